"""Response by total tumour volume: exploratory, with the sphere equivalents of the RECIST thresholds."""

from __future__ import annotations

from enum import Enum

from DuOncoUnityLib.response.explain import Explained, Number

RESPONSE_FACTOR = 0.7 ** 3      # a sphere with 30 % less diameter has 65.7 % less volume
PROGRESSION_FACTOR = 1.2 ** 3   # and one with 20 % more diameter 72.8 % more
_TOLERANCE = 1e-9


class VolumeResponse(str, Enum):
    """Response by volume."""

    VCR = "vCR"
    VPR = "vPR"
    VSD = "vSD"
    VPD = "vPD"
    NE = "NE"


def volume_response(volume_ml: float, baseline_ml: float, nadir_ml: float, *,
                    complete: bool = True) -> Explained | None:
    """Volumetric response; None where there was no disease at baseline and there is none now.

    Args:
        volume_ml: total volume at the visit.
        baseline_ml: at baseline.
        nadir_ml: the lowest before this visit, baseline included.
        complete: whether every known lesion could be seen; otherwise the volume is a lower bound that can show
            progression, but nothing else.
    """
    if not volume_ml and not baseline_ml:
        return None
    numbers: dict[str, Number] = {"volume_ml": volume_ml, "baseline_ml": baseline_ml, "nadir_ml": nadir_ml}
    progressed = volume_ml > 0 and volume_ml >= nadir_ml * PROGRESSION_FACTOR * (1 - _TOLERANCE)
    if not complete and not progressed:
        return Explained(VolumeResponse.NE, "volume_ne", numbers)
    if not volume_ml:
        return Explained(VolumeResponse.VCR, "volume_cr", numbers)
    if progressed:
        return Explained(VolumeResponse.VPD, "volume_pd", numbers)
    if volume_ml <= baseline_ml * RESPONSE_FACTOR * (1 + _TOLERANCE):
        return Explained(VolumeResponse.VPR, "volume_pr", numbers)
    return Explained(VolumeResponse.VSD, "volume_sd", numbers)

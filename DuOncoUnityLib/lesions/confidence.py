"""How sure the network is of a lesion."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.components import BoolArray, Box
from DuOncoUnityLib.model.calibration import Calibration

_MOST_SAMPLES = 5000
_LOWEST_PROBABILITY = 0.5 / 255.0  # half a step of the probability map


@dataclass(frozen=True)
class ProbabilityMap:
    """Probability of the network that a voxel is disease, on the network's own, usually coarser grid.

    Attributes:
        values: uint8, KJI; 0 is probability 0 and 255 is 1.
        geometry: its grid.
    """

    values: npt.NDArray[np.uint8]
    geometry: Geometry


@dataclass(frozen=True)
class LesionScore:
    """What the network's probability says about one lesion.

    Attributes:
        mean: probability over its voxels, 0 to 1.
        peak: the highest of them.
        volume_ml: of its mask.
    """

    mean: float
    peak: float
    volume_ml: float

    @property
    def features(self) -> dict[str, float]:
        """What a calibration weighs, see `model.calibration`."""
        return {"mean_logit": _logit(self.mean), "peak_logit": _logit(self.peak),
                "log10_volume_ml": math.log10(self.volume_ml)}

    def confidence(self, layer: str, calibration: Calibration | None) -> float:
        """Calibrated probability of disease; the mean probability of the network where nothing was calibrated."""
        return calibration.confidence(layer, self.features) if calibration else self.mean


def score_of(mask: BoolArray, box: Box, geometry: Geometry, probability: ProbabilityMap) -> LesionScore:
    """The score of a lesion; of an even sample of its voxels where there are very many.

    Args:
        mask: the lesion, cut to `box` (KJI).
        box: where the mask lies on the grid of the scan.
        geometry: the grid of the scan.
        probability: the network's map; voxels outside it count as 0.
    """
    inside = np.flatnonzero(mask)
    volume_ml = len(inside) * geometry.voxel_volume_ml
    inside = inside[::max(1, len(inside) // _MOST_SAMPLES)]
    kji = np.stack(np.unravel_index(inside, mask.shape), axis=-1) + [part.start for part in box]
    nearest = np.rint(probability.geometry.world_to_index(geometry.index_to_world(kji[:, ::-1]))).astype(int)[:, ::-1]
    known = np.all((nearest >= 0) & (nearest < probability.geometry.shape), axis=1)
    values = probability.values[tuple(nearest[known].T)]
    mean = float(values.sum(dtype=np.int64)) / 255.0 / len(inside)
    return LesionScore(mean, float(values.max(initial=0)) / 255.0, volume_ml)


def _logit(probability: float) -> float:
    bounded = min(max(probability, _LOWEST_PROBABILITY), 1.0 - _LOWEST_PROBABILITY)
    return math.log(bounded / (1.0 - bounded))

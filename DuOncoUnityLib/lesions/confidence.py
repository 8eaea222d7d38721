"""How sure one can be of a lesion: what the network's probability and its own form say."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.geometry import Geometry, Vector
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
    """What speaks for one lesion.

    Attributes:
        mean: probability over its voxels, 0 to 1.
        peak: the highest of them.
        volume_ml: of its mask.
        roundness: 1 for a ball, 0 for a line or a plane (`roundness_of`). Disease grows into lumps; vessels, bowel
            and cortex, which look alike in density, are tubes and sheets.
    """

    mean: float
    peak: float
    volume_ml: float
    roundness: float

    @property
    def features(self) -> dict[str, float]:
        """What a calibration weighs, see `model.calibration`."""
        return {"mean_logit": _logit(self.mean), "peak_logit": _logit(self.peak),
                "log10_volume_ml": math.log10(self.volume_ml), "roundness": self.roundness}

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
    return LesionScore(mean, float(values.max(initial=0)) / 255.0, volume_ml, roundness_of(kji, geometry.spacing_mm))


def roundness_of(kji: npt.NDArray[np.int64], spacing_mm: Vector) -> float:
    """Shortest over longest principal axis of the ellipsoid with the same second moments, 0 to 1.

    Args:
        kji: indices (n, 3) of the voxels, which count as cuboids: a single one is not infinitely thin.
        spacing_mm: (i, j, k).
    """
    spacing_kji = np.array(spacing_mm[::-1])
    moments = np.cov(kji.T, ddof=0) * np.outer(spacing_kji, spacing_kji) + np.diag(spacing_kji**2 / 12.0)
    variances = np.linalg.eigvalsh(moments)
    return math.sqrt(variances[0] / variances[-1])


def _logit(probability: float) -> float:
    bounded = min(max(probability, _LOWEST_PROBABILITY), 1.0 - _LOWEST_PROBABILITY)
    return math.log(bounded / (1.0 - bounded))

"""A scan and what the networks saw on it, as far as the confidence of its proposals asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.components import LabelArray
from DuOncoUnityLib.model.context import organ_medians

ENHANCED_BLOOD_HU = 100.0  # blood without contrast medium has 30 to 60 HU, as tumours have
_MOST_MEDIAN_VOXELS = 10_000_000

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ProbabilityMap:
    """Probability of the network that a voxel is disease, on the network's own, usually coarser grid.

    Attributes:
        values: uint8, KJI; 0 is probability 0 and 255 is 1.
        geometry: its grid.
    """

    values: LabelArray
    geometry: Geometry


@dataclass(frozen=True)
class SeenScan:
    """A scan with the maps of the networks.

    Attributes:
        ct: the scan.
        probability: of disease; voxels outside the map count as 0.
        anatomy: organs on the grid of the scan; None where they are not known, so that no voxel lies in any.
    """

    ct: CTVolume
    probability: ProbabilityMap
    anatomy: LabelMap | None = None

    @cached_property
    def blood_hu(self) -> float | None:
        """Median density of heart and great vessels; None where no contrast medium tells blood from soft tissue."""
        blood = self.ct.hu[self.anatomy.mask("heart", "great_vessels")] if self.anatomy else ()
        density = float(np.median(blood)) if len(blood) else 0.0
        return density if density >= ENHANCED_BLOOD_HU else None

    @cached_property
    def organ_hu(self) -> FloatArray:
        """Median density by label value (256), of an even sample of a large scan; NaN for organs hardly there."""
        if self.anatomy is None:
            return np.full(256, np.nan, np.float32)
        step = max(1, round((self.ct.hu.size / _MOST_MEDIAN_VOXELS) ** (1 / 3)))
        sample = (slice(None, None, step),) * 3
        return organ_medians(self.ct.hu[sample], self.anatomy.labels[sample])

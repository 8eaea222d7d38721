"""How sure the network is of a lesion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.components import BoolArray, Box

_MOST_SAMPLES = 5000


@dataclass(frozen=True)
class ProbabilityMap:
    """Probability of the network that a voxel is disease, on the network's own, usually coarser grid.

    Attributes:
        values: uint8, KJI; 0 is probability 0 and 255 is 1.
        geometry: its grid.
    """

    values: npt.NDArray[np.uint8]
    geometry: Geometry


def confidence_of(mask: BoolArray, box: Box, geometry: Geometry, probability: ProbabilityMap) -> float:
    """Mean probability over the voxels of a lesion, 0 to 1; of an even sample where there are very many.

    Args:
        mask: the lesion, cut to `box` (KJI).
        box: where the mask lies on the grid of the scan.
        geometry: the grid of the scan.
        probability: the network's map; voxels outside it count as 0.
    """
    inside = np.flatnonzero(mask)
    inside = inside[::max(1, len(inside) // _MOST_SAMPLES)]
    kji = np.stack(np.unravel_index(inside, mask.shape), axis=-1) + [part.start for part in box]
    nearest = np.rint(probability.geometry.world_to_index(geometry.index_to_world(kji[:, ::-1]))).astype(int)[:, ::-1]
    known = np.all((nearest >= 0) & (nearest < probability.geometry.shape), axis=1)
    values = probability.values[tuple(nearest[known].T)]
    return float(values.sum(dtype=np.int64)) / 255.0 / len(inside)

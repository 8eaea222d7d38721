"""The place of one lesion, read from its segment without reading the whole scan."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from DuOncoUnityLib.followup.extent import Extent, extent_of_mask
from DuOncoUnityLib.records.model import Lesion, TimePoint
from DuOncoUnityLib.scene.result import Result
from DuOncoUnityLib.scene.segmentation import read_box


def lesion_extent(result: Result, time_point: TimePoint, lesion: Lesion) -> Extent | None:
    """The piece of the segment in the lesion's box that holds its seed; None where the segment is empty there."""
    if result.volume is None:
        return None
    i0, j0, k0, i1, j1, k1 = lesion.measurement.bounding_box_ijk
    box = (slice(k0, k1 + 1), slice(j0, j1 + 1), slice(i0, i1 + 1))
    mask = read_box(result.segmentation, lesion.layer, result.volume, box)
    pieces, _ = ndimage.label(mask, np.ones((3, 3, 3)))
    i, j, k = lesion.measurement.seed_ijk
    at_seed = int(pieces[k - k0, j - j0, i - i0])
    if at_seed == 0:
        return None
    return extent_of_mask(pieces == at_seed, time_point.geometry.crop([k0, j0, i0], mask.shape))

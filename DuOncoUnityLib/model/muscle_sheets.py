"""Thin sheets deep in the body that the network calls muscle: diaphragm, rims of vertebrae and discs, walls of vessels.

The muscles of body composition (psoas, quadratus lumborum, those of the back and of the walls of the trunk:
Mourtzakis, Appl Physiol Nutr Metab 2008;33:997) are thick, or lie under the skin or along ribs and pelvis.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from DuOncoUnityLib.model.sampling import Box, Grid, Triple, nearest

GRID_MM = 3.0  # of the anatomy network
THINNEST_VOXELS = 3
UNDER_SKIN_VOXELS = 4
ALONG_BONE_VOXELS = 1

BoolArray = npt.NDArray[np.bool_]


def remove_muscle_sheets(labels: npt.NDArray[np.uint8], spacing_kji_mm: Triple, organs: Sequence[str],
                         body: Box) -> None:
    """Give muscle that is thinner than 9 mm to the other soft tissue, in place, but near skin, ribs and pelvis.

    Args:
        labels: organs of the voxels (S, P, L); index into `organs`.
        spacing_kji_mm: voxel size along the axes.
        organs: keys of `terminology.ORGANS` by label; without muscle and soft tissue nothing is done.
        body: half-open ranges of voxels in which the body lies.
    """
    if not {"muscle", "soft_tissue"} <= set(organs):
        return
    grid = Grid.covering(body, spacing_kji_mm, GRID_MM)
    coarse = nearest(labels, Grid.of_voxels(labels.shape), grid)
    muscle = coarse == organs.index("muscle")
    stays = _grown(~_grown(~muscle, THINNEST_VOXELS // 2), THINNEST_VOXELS // 2)
    for organ, reach in (("subcutaneous_tissue", UNDER_SKIN_VOXELS), ("bone", ALONG_BONE_VOXELS)):
        if organ in organs:
            stays |= _grown(coarse == organs.index(organ), reach)
    sheets = ~_grown(stays & muscle, 1)  # what touches a muscle belongs to it
    shape = tuple(part.stop - part.start for part in body)
    start = tuple(float(part.start) for part in body)
    there = nearest(sheets, grid, Grid((shape[0], shape[1], shape[2]), (start[0], start[1], start[2]), (1.0, 1.0, 1.0)))
    there &= labels[body] == organs.index("muscle")
    labels[body][there] = organs.index("soft_tissue")


def _grown(mask: BoolArray, voxels: int) -> BoolArray:
    """With all voxels of a cube that reaches so far around each; far faster than a ball. Beyond the grid is nothing."""
    cube = 2 * voxels + 1
    return ndimage.maximum_filter(mask.view(np.uint8), cube, mode="constant").view(np.bool_)

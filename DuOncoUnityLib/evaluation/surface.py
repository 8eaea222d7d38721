"""Distances between the surfaces of two masks.

Definitions of Metrics Reloaded (Maier-Hein et al., Nat Methods 2024;21:195), with the surface of a mask being the
centres of its voxels that touch the outside by a face, as there. Distances are Euclidean in mm between these points, so
that slices thicker than pixels and oblique grids need no care.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from DuOncoUnityLib.geometry import FloatArray, Geometry
from DuOncoUnityLib.lesions.components import BoolArray

_ROUNDING_MM = 1e-6


@dataclass(frozen=True)
class SurfaceAgreement:
    """Distances between two surfaces.

    Attributes:
        mean_mm: average symmetric surface distance: the mean over the points of both surfaces together.
        hd95_mm: 95 % Hausdorff distance: the larger of the two 95th percentiles, one per direction.
        surface_dice: normalised surface Dice (Nikolov et al., J Med Internet Res 2021;23:e26151): share of the points
            of both surfaces within the tolerance of the other surface.
        tolerance_mm: that tolerance.
    """

    mean_mm: float
    hd95_mm: float
    surface_dice: float
    tolerance_mm: float


def surface_agreement(first: BoolArray, second: BoolArray, geometry: Geometry,
                      tolerance_mm: float) -> SurfaceAgreement | None:
    """Compare the surfaces of two masks (KJI) on one grid; None where one of them is empty."""
    surfaces = [surface_points(mask, geometry) for mask in (first, second)]
    if not all(len(points) for points in surfaces):
        return None
    there, back = (cKDTree(to).query(points, workers=-1)[0] for points, to in (surfaces, surfaces[::-1]))
    both = np.concatenate((there, back))
    return SurfaceAgreement(
        float(both.mean()), float(max(np.percentile(there, 95), np.percentile(back, 95))),
        float(np.count_nonzero(both <= tolerance_mm + _ROUNDING_MM)) / len(both), tolerance_mm)


def surface_points(mask: BoolArray, geometry: Geometry) -> FloatArray:
    """LPS mm (n, 3) of the voxels of a mask (KJI) that touch the outside by a face; outside the grid is outside."""
    boxes = ndimage.find_objects(mask.astype(np.uint8))
    if not boxes:
        return np.empty((0, 3))
    inside = mask[boxes[0]]
    start = [part.start for part in boxes[0]]
    kji = np.argwhere(inside & ~ndimage.binary_erosion(inside)) + start
    return geometry.index_to_world(kji[:, ::-1])

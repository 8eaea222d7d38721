"""Painting solid shapes into a label map: ellipsoids and tubes in millimetres, each only in its own bounding box."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.training.structures import CODE, LabelArray

Box = tuple[slice, slice, slice]
BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float32]


class Canvas:
    """A label map on an axis-aligned grid (axes along S, P, L) with the millimetres of its voxels.

    Attributes:
        labels: uint8, KJI, values of `structures.CODE`.
        x, y, z: LPS positions of the columns, rows and slices.
    """

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry
        self.labels: LabelArray = np.zeros(geometry.shape, dtype=np.uint8)
        self.x, self.y, self.z = axes_mm(geometry)

    def box(self, low: npt.NDArray[Any], high: npt.NDArray[Any]) -> Box:
        """Array slices (k, j, i) of the voxels between two LPS corners."""
        k, j, i = (slice(int(np.searchsorted(axis, a)), int(np.searchsorted(axis, b, side="right")))
                   for axis, a, b in zip((self.z, self.y, self.x), low[::-1], high[::-1], strict=True))
        return k, j, i

    def grid(self, box: Box) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Broadcastable x, y, z of a box."""
        return self.x[None, None, box[2]], self.y[None, box[1], None], self.z[box[0], None, None]

    def fill(self, box: Box, mask: BoolArray, structure: str,
             within: BoolArray | None = None) -> None:
        """Paint the mask of a box; `within` (whole grid) protects everything else."""
        if within is not None:
            mask = mask & within[box]
        self.labels[box][mask] = CODE[structure]

    def ellipsoid(self, centre: npt.ArrayLike, radii: npt.ArrayLike, structure: str, *, within: BoolArray | None = None,
                  exponent: float = 2.0, rotation: npt.ArrayLike | None = None, shrink_mm: float = 0.0) -> None:
        """Paint a (super)ellipsoid; `rotation` (3x3) turns its axes, `shrink_mm` paints an inner shell's inside."""
        middle = np.asarray(centre, dtype=np.float32)
        half = np.maximum(np.asarray(radii, dtype=np.float32) - shrink_mm, 0.1)
        reach = half if rotation is None else np.full(3, half.max())
        box = self.box(middle - reach, middle + reach)
        x, y, z = self.grid(box)
        local = [x - middle[0], y - middle[1], z - middle[2]]
        if rotation is not None:
            turn = np.asarray(rotation, dtype=np.float32)
            local = [turn[0, row] * local[0] + turn[1, row] * local[1] + turn[2, row] * local[2] for row in range(3)]
        a, b, c = (np.abs(value / radius) ** exponent for value, radius in zip(local, half, strict=True))
        self.fill(box, a + b + c <= 1.0, structure, within)

    def tube(self, points: npt.ArrayLike, radii_mm: npt.ArrayLike, structure: str, *,
             within: BoolArray | None = None, shrink_mm: float = 0.0) -> None:
        """Paint a tube along a polyline (n, 3) with a radius per point; `shrink_mm` paints its inside."""
        path = np.asarray(points, dtype=np.float32)
        radius = np.broadcast_to(np.asarray(radii_mm, dtype=np.float32), len(path)) - shrink_mm
        for start, end, r0, r1 in zip(path[:-1], path[1:], radius[:-1], radius[1:], strict=True):
            thick = max(float(r0), float(r1))
            if thick <= 0:
                continue
            box = self.box(np.minimum(start, end) - thick, np.maximum(start, end) + thick)
            x, y, z = self.grid(box)
            axis = end - start
            length2 = max(float(axis @ axis), 1e-6)
            along = ((x - start[0]) * axis[0] + (y - start[1]) * axis[1] + (z - start[2]) * axis[2]) / length2
            along = np.clip(along, 0.0, 1.0)
            distance2 = ((x - start[0] - along * axis[0]) ** 2 + (y - start[1] - along * axis[1]) ** 2
                         + (z - start[2] - along * axis[2]) ** 2)
            self.fill(box, distance2 <= (r0 + along * (r1 - r0)) ** 2, structure, within)


def axes_mm(geometry: Geometry) -> tuple[FloatArray, FloatArray, FloatArray]:
    """LPS positions of the columns (x), rows (y) and slices (z) of an axis-aligned grid."""
    x, y, z = ((start + step * np.arange(count)).astype(np.float32) for start, step, count in
               zip(geometry.origin_mm, geometry.spacing_mm, geometry.shape[::-1], strict=True))
    return x, y, z


def smooth_curve(points: npt.ArrayLike, step_mm: float = 6.0) -> npt.NDArray[np.float64]:
    """Points of a smooth curve (cubic, clamped ends) through the given ones, about `step_mm` apart."""
    path = np.asarray(points, dtype=float)
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    samples = np.linspace(0.0, arc[-1], max(int(arc[-1] / step_mm), 2) + 1)
    return np.asarray(PchipInterpolator(arc, path)(samples))

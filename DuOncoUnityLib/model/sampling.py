"""Resampling between a CT and the isotropic grid of a network, separable along the axes of the CT.

All arrays here are in patient order (S, P, L), see `Geometry.to_patient_order`, so that the storage order of a file
changes nothing. A `Grid` shares the axes of its CT; only start and step differ per axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch

from DuOncoUnityLib.geometry import FloatArray, Geometry

AIR_HU = -1024
_POINTS_AT_ONCE = 32

LabelType = TypeVar("LabelType", np.bool_, np.uint8)
Triple = tuple[float, float, float]
Box = tuple[slice, slice, slice]


@dataclass(frozen=True)
class Grid:
    """A regular grid along the axes of a CT in patient order.

    Attributes:
        shape: number of grid points along (S, P, L).
        start: position of the first grid point in voxel indices of the CT, same order.
        step: distance of grid points in voxels of the CT.
    """

    shape: tuple[int, int, int]
    start: Triple
    step: Triple

    @classmethod
    def covering(cls, box: Box, voxel_mm: Triple, spacing_mm: float) -> Grid:
        """The isotropic grid that covers and is centred on a box of CT voxels (whole voxels, not only their centres).

        Args:
            box: half-open range of voxels along (S, P, L).
            voxel_mm: spacing of the CT along (S, P, L).
        """
        shape, start = [], []
        for part, voxel in zip(box, voxel_mm, strict=True):
            count = max(1, int(np.ceil(round((part.stop - part.start) * voxel / spacing_mm, 6))))
            shape.append(count)
            start.append((part.start + part.stop - 1) / 2 - (count - 1) / 2 * spacing_mm / voxel)
        step = [spacing_mm / voxel for voxel in voxel_mm]
        return cls((shape[0], shape[1], shape[2]), (start[0], start[1], start[2]), (step[0], step[1], step[2]))

    @classmethod
    def of_voxels(cls, shape: tuple[int, int, int]) -> Grid:
        """The grid of the CT's own voxels."""
        return cls(shape, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))

    def positions(self, axis: int) -> FloatArray:
        """CT voxel indices (fractional) of the grid points along an axis."""
        return self.start[axis] + self.step[axis] * np.arange(self.shape[axis], dtype=np.float64)

    def index_of(self, axis: int, voxels: FloatArray | npt.NDArray[np.int64]) -> FloatArray:
        """Fractional grid index of CT voxel indices along an axis, clamped to the grid."""
        return np.clip((voxels - self.start[axis]) / self.step[axis], 0, self.shape[axis] - 1)

    def geometry(self, ct: Geometry) -> Geometry:
        """Where the grid lies in the patient; `ct` is the geometry of the CT in patient order."""
        spacing = np.multiply(self.step[::-1], ct.spacing_mm)
        origin = ct.index_to_world(self.start[::-1])
        return Geometry(self.shape, (float(spacing[0]), float(spacing[1]), float(spacing[2])),
                        (float(origin[0]), float(origin[1]), float(origin[2])), ct.direction)


def nearest(labels: npt.NDArray[LabelType], source: Grid, target: Grid) -> npt.NDArray[LabelType]:
    """Labels or a mask on one grid of a CT, taken over to another one (nearest neighbour)."""
    indices = [np.rint(source.index_of(axis, target.positions(axis))).astype(int) for axis in range(3)]
    return labels[np.ix_(*indices)]


def resample_hu(hu: npt.NDArray[np.int16], grid: Grid) -> npt.NDArray[np.int16]:
    """CT numbers on a grid: linear interpolation, and averages where the grid is coarser than the CT.

    Args:
        hu: the CT in patient order; any strides.
        grid: must lie within the CT.

    Returns:
        int16 array of `grid.shape`, rounded to whole HU. Works in slabs: memory beyond the result stays small.
    """
    slices, rows, columns = (_filter(grid, axis, hu.shape[axis]) for axis in range(3))
    result = np.empty(grid.shape, dtype=np.int16)
    done = 0
    for part in slices:
        slab = torch.from_numpy(hu[part.voxels].astype(np.float32, order="C"))
        slab = torch.cat([slab[:, :, columns_part.voxels] @ columns_part.weights.T for columns_part in columns], dim=2)
        slab = torch.cat([rows_part.weights @ slab[:, rows_part.voxels] for rows_part in rows], dim=1)
        slab = (part.weights @ slab.flatten(1)).round_()
        result[done:done + len(slab)] = slab.view(-1, *grid.shape[1:]).numpy()
        done += len(slab)
    return result


@dataclass(frozen=True)
class _FilterPart:
    """Weights (grid points, voxels) by which a range of voxels makes some consecutive grid points of an axis."""

    voxels: slice
    weights: torch.Tensor


def _filter(grid: Grid, axis: int, size: int) -> list[_FilterPart]:
    """The filter along an axis of `size` voxels: few dense products cost less than many sparse ones.

    Linear interpolation, averaged over what a grid step is longer than a voxel: as wide as a grid step, exact on
    densities that rise linearly.
    """
    average = max(grid.step[axis] - 1, 1e-6)
    parts = []
    for positions in np.split(grid.positions(axis), range(_POINTS_AT_ONCE, grid.shape[axis], _POINTS_AT_ONCE)):
        reach = 1 + average / 2
        first = max(0, int(positions[0] - reach))
        voxels = np.arange(first, min(size, int(positions[-1] + reach) + 2))
        distance = positions[:, None] - voxels
        weights = _triangle_integral(distance + average / 2) - _triangle_integral(distance - average / 2)
        weights /= weights.sum(axis=1, keepdims=True)
        parts.append(_FilterPart(slice(first, first + len(voxels)), torch.from_numpy(weights.astype(np.float32))))
    return parts


def _triangle_integral(x: FloatArray) -> FloatArray:
    """Integral from minus infinity to x of the kernel of linear interpolation, max(0, 1 - |t|)."""
    x = np.clip(x, -1, 1)
    return 0.5 + x - np.sign(x) * x * x / 2

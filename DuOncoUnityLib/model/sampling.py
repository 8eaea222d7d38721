"""Resampling between a CT and the isotropic grid of a network, separable along the axes of the CT.

All arrays here are in patient order (S, P, L), see `Geometry.to_patient_order`, so that the storage order of a file
changes nothing. A `Grid` shares the axes of its CT; only start and step differ per axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from DuOncoUnityLib.geometry import Geometry

AIR_HU = -1024
_SLICES_AT_ONCE = 32

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

    def positions(self, axis: int) -> npt.NDArray[np.float64]:
        """CT voxel indices (fractional) of the grid points along an axis."""
        return self.start[axis] + self.step[axis] * np.arange(self.shape[axis])

    def index_of(self, axis: int, voxels: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        """Fractional grid index of CT voxel indices along an axis, clamped to the grid."""
        return np.clip((voxels - self.start[axis]) / self.step[axis], 0, self.shape[axis] - 1)

    def geometry(self, ct: Geometry) -> Geometry:
        """Where the grid lies in the patient; `ct` is the geometry of the CT in patient order."""
        spacing = np.multiply(self.step[::-1], ct.spacing_mm)
        origin = ct.index_to_world(self.start[::-1])
        return Geometry(self.shape, (float(spacing[0]), float(spacing[1]), float(spacing[2])),
                        (float(origin[0]), float(origin[1]), float(origin[2])), ct.direction)


def nearest(mask: npt.NDArray[np.bool_], source: Grid, target: Grid) -> npt.NDArray[np.bool_]:
    """A mask on one grid of a CT, taken over to another one (nearest neighbour)."""
    indices = [np.rint(source.index_of(axis, target.positions(axis))).astype(int) for axis in range(3)]
    return mask[np.ix_(*indices)]


def resample_hu(hu: npt.NDArray[np.int16], grid: Grid) -> npt.NDArray[np.int16]:
    """CT numbers on a grid: linear interpolation, averaged (triangle filter) where the grid is coarser than the CT.

    Args:
        hu: the CT in patient order; any strides.
        grid: must lie within the CT.

    Returns:
        int16 array of `grid.shape`, rounded to whole HU. Works in slabs: memory beyond the result stays small.
    """
    firsts, weights = zip(*(_filter_matrix(grid, axis, hu.shape[axis]) for axis in range(3)), strict=True)
    inner = tuple(slice(first, first + matrix.shape[1]) for first, matrix in zip(firsts, weights, strict=True))
    result = np.empty(grid.shape, dtype=np.int16)
    for low in range(0, grid.shape[0], _SLICES_AT_ONCE):
        rows = weights[0][low:low + _SLICES_AT_ONCE]
        used = rows.any(dim=0).nonzero().flatten()
        first, last = int(used[0]), int(used[-1]) + 1
        source = hu[firsts[0] + first:firsts[0] + last, inner[1], inner[2]].astype(np.float32, order="C")
        plane = weights[1] @ (torch.from_numpy(source) @ weights[2].T)
        slab = rows[:, first:last] @ plane.flatten(1)
        result[low:low + len(rows)] = slab.round_().view(len(rows), *grid.shape[1:]).numpy()
    return result


def _filter_matrix(grid: Grid, axis: int, size: int) -> tuple[int, torch.Tensor]:
    """Weights (grid points, voxels) of the voxels from the first one used on, and the index of that one."""
    width = max(grid.step[axis], 1.0)
    distance = np.abs(grid.positions(axis)[:, None] - np.arange(size)[None, :])
    weights = np.clip(1 - distance / width, 0, None)
    weights /= weights.sum(axis=1, keepdims=True)
    used = np.flatnonzero(weights.any(axis=0))
    return int(used[0]), torch.from_numpy(weights[:, used[0]:used[-1] + 1].astype(np.float32))

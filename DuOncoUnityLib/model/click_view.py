"""One view of a lesion: the block around a click on one voxel size, and what the click network says on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from DuOncoUnityLib.geometry import FloatArray, Geometry
from DuOncoUnityLib.model.sampling import AIR_HU, Box, Grid, resample_hu

NEAR_CLICK_VOXELS = 2.0
MARGIN_VOXELS = 2  # between clicks or a lesion and the border
_AROUND_VOXELS = 4


@dataclass(frozen=True)
class View:
    """What the network says on one view.

    Attributes:
        logit: lesion against background (k, j, i), on `grid`.
        click: the first click in voxels of the view.
    """

    grid: Grid
    voxel_mm: float
    logit: npt.NDArray[np.float32]
    click: FloatArray

    @cached_property
    def near_click(self) -> npt.NDArray[np.bool_]:
        """The connected part of the lesion at the click; empty where there is none."""
        parts, _ = ndimage.label(self.logit > 0)
        number = part_at(parts, self.click)
        return parts == number if number else np.zeros(parts.shape, dtype=bool)

    def is_cut(self) -> bool:
        """Whether the lesion reaches the border of the view."""
        places = np.argwhere(self.near_click)
        return bool(len(places) and (places.min() == 0 or (places.max(axis=0) == np.array(self.logit.shape) - 1).any()))

    @property
    def extent_mm(self) -> float:
        """Longest side of the lesion's box; 0 without a lesion."""
        places = np.argwhere(self.near_click)
        return float(np.ptp(places, axis=0).max() + 1) * self.voxel_mm if len(places) else 0.0

    @cached_property
    def middle(self) -> FloatArray | None:
        """The deepest voxel of the lesion (k, j, i) in the view; None without a lesion."""
        return deepest_voxel(self.near_click).astype(float) if self.near_click.any() else None

    @cached_property
    def expected_dice(self) -> float:
        """Dice of the lesion at the click with the truth, as far as the probabilities around it can be believed.

        Expected overlap over expected size, 2 sum(p in mask) / (size of mask + sum(p)), within a few voxels of the
        lesion's box; 0 without a lesion.
        """
        found = ndimage.find_objects(self.near_click.astype(np.uint8))
        if not found:
            return 0.0
        box = tuple(slice(max(part.start - _AROUND_VOXELS, 0), part.stop + _AROUND_VOXELS) for part in found[0])
        inside = self.near_click[box]
        probability = 1.0 / (1.0 + np.exp(-self.logit[box]))
        return 2.0 * float(probability[inside].sum()) / (float(inside.sum()) + float(probability.sum()))

    def on_voxels(self, shape: tuple[int, ...]) -> tuple[npt.NDArray[np.bool_], Box]:
        """Lesion on the voxels of the CT, in patient order, within a box around the view's lesion and the click."""
        inside = self.near_click
        low, high = self.click, self.click
        if inside.any():
            places = np.argwhere(inside)
            low, high = np.minimum(low, places.min(0)), np.maximum(high, places.max(0))
        parts, weights = [], []
        for axis in range(3):
            ends = [self.grid.start[axis] + self.grid.step[axis] * (end + side * MARGIN_VOXELS)
                    for end, side in ((low[axis], -1), (high[axis], 1))]
            parts.append(slice(max(int(np.floor(ends[0])), 0), min(int(np.ceil(ends[1])) + 1, shape[axis])))
            position = self.grid.index_of(axis, np.arange(parts[-1].start, parts[-1].stop))
            weights.append(_interpolation(position, self.grid.shape[axis]))
        z, y, x = weights
        logit = np.einsum("ak,kji->aji", z, np.where(inside, self.logit, np.minimum(self.logit, -0.5)))
        logit = np.matmul(np.matmul(y, logit), x.T)
        return logit > 0, (parts[0], parts[1], parts[2])


def deepest_voxel(mask: npt.NDArray[np.bool_],
                  spacing_kji_mm: Sequence[float] = (1.0, 1.0, 1.0)) -> npt.NDArray[np.int64]:
    """The voxel (k, j, i) of a lesion that lies farthest from its outline, the border of the array included.

    Args:
        mask: KJI, not empty.
        spacing_kji_mm: of its voxels.
    """
    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    depth = ndimage.distance_transform_edt(np.pad(mask[box], 1), sampling=spacing_kji_mm)[1:-1, 1:-1, 1:-1]
    return np.array(np.unravel_index(int(depth.argmax()), depth.shape)) + [part.start for part in box]


def grid_around(centre: FloatArray, geometry: Geometry, voxel_mm: float, shape: tuple[int, int, int]) -> Grid:
    step = voxel_mm / np.array(geometry.spacing_mm[::-1])
    start = centre - (np.array(shape) // 2) * step
    return Grid(shape, (start[0], start[1], start[2]), (step[0], step[1], step[2]))


def patch_of(hu: npt.NDArray[np.int16], grid: Grid) -> npt.NDArray[np.float32]:
    """Density on a grid that may reach beyond the CT: air there."""
    inside, part = [], []
    for axis, size in enumerate(hu.shape):
        within = np.flatnonzero((grid.positions(axis) > -0.5) & (grid.positions(axis) < size - 0.5))
        inside.append(slice(int(within[0]), int(within[-1]) + 1))
        part.append((len(within), float(grid.positions(axis)[within[0]])))
    (nk, k), (nj, j), (ni, i) = part
    patch = np.full(grid.shape, AIR_HU, dtype=np.float32)
    patch[tuple(inside)] = resample_hu(hu, Grid((nk, nj, ni), (k, j, i), grid.step))
    return patch


def _interpolation(position: FloatArray, size: int) -> FloatArray:
    """Matrix (positions, grid points) of linear interpolation."""
    return np.maximum(1.0 - np.abs(position[:, None] - np.arange(size)), 0.0)


def part_at(parts: npt.NDArray[np.int32], click: FloatArray) -> int:
    """Number of the part at the click, or of the nearest one within reach; 0 for none."""
    places = np.argwhere(parts)
    if not len(places):
        return 0
    distance = ((places - click) ** 2).sum(axis=1)
    nearest = int(distance.argmin())
    return int(parts[tuple(places[nearest])]) if distance[nearest] <= NEAR_CLICK_VOXELS**2 else 0

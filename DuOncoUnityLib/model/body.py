"""Where the patient is: a coarse mask of the body that leaves out table, air and clothes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.model.sampling import Box, Grid, Triple, resample_hu

_SPACING_MM = 5.0
_SAMPLE_MM = 2.5  # the CT is read at this distance only, which is enough for a mask of 5 mm
_TISSUE_HU = -300
_TABLE_MM = 15.0  # thinner sheets vanish: table tops, blankets
_LUNG_MM = 40.0  # air that holds such a ball; the inside of a table top is thinner, or lies beside the body
_MARGIN_MM = 10.0
_SMALLEST_ML = 100.0
_SMALLEST_PART = 0.03  # of the largest part; legs and arms are kept, cushions and cables are not


@dataclass(frozen=True)
class Body:
    """The body on a coarse grid of its CT.

    Attributes:
        mask: in patient order, holes (lungs, bowel gas) filled, a centimetre wider than the skin.
        grid: of the mask.
        box: CT voxels that hold the mask, half-open ranges along (S, P, L).
    """

    mask: npt.NDArray[np.bool_]
    grid: Grid
    box: Box


def find_body(hu: npt.NDArray[np.int16], voxel_mm: Triple) -> Body:
    """Find the body on a CT in patient order.

    Raises:
        DuOncoError: no body on the scan.
    """
    strides = [max(1, int(_SAMPLE_MM / voxel)) for voxel in voxel_mm]
    coarse = hu[::strides[0], ::strides[1], ::strides[2]]
    coarse_mm = (voxel_mm[0] * strides[0], voxel_mm[1] * strides[1], voxel_mm[2] * strides[2])
    whole = (slice(0, coarse.shape[0]), slice(0, coarse.shape[1]), slice(0, coarse.shape[2]))
    grid = Grid.covering(whole, coarse_mm, _SPACING_MM)
    mask = _body_mask(resample_hu(coarse, grid) > _TISSUE_HU)
    start = [a * stride for a, stride in zip(grid.start, strides, strict=True)]
    step = [a * stride for a, stride in zip(grid.step, strides, strict=True)]
    grid = Grid(grid.shape, (start[0], start[1], start[2]), (step[0], step[1], step[2]))
    return Body(mask, grid, _voxel_box(mask, grid, hu.shape))


def _body_mask(tissue: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Opening removes table and blankets, the large parts are kept, holes are filled slice by slice.

    Lungs are filled before: the opening would take the chest wall of a thin person for a sheet. Of the holes, axial
    slices come first; the others close what is open at the edge of a narrow field of view.
    """
    kept = _large_parts(_without_sheets(tissue | _lungs(tissue)))
    kept = ndimage.binary_dilation(kept, _ball(round(_MARGIN_MM / _SPACING_MM)))
    for axis in range(3):
        kept = _filled(kept, axis)
    return kept


def _without_sheets(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    radius = round(_TABLE_MM / 2 / _SPACING_MM)
    core = ndimage.binary_erosion(np.pad(mask, radius, mode="edge"), _ball(radius))
    core = ndimage.binary_dilation(core, _ball(radius))
    return np.asarray(core[radius:-radius, radius:-radius, radius:-radius])


def _large_parts(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The largest part and what is not much smaller.

    Raises:
        DuOncoError: none is as large as a body.
    """
    parts, count = ndimage.label(mask)
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    sizes[0] = 0
    if sizes.max() * _SPACING_MM**3 / 1000 < _SMALLEST_ML:
        raise DuOncoError("No body was found on the scan.")
    return np.asarray((sizes >= _SMALLEST_PART * sizes.max())[parts])


def _lungs(tissue: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Large air spaces that tissue encloses on axial slices, with their middle between the thick parts of the body."""
    parts, _ = ndimage.label(_filled(tissue, axis=0) & ~tissue)
    depth_mm = ndimage.distance_transform_edt(parts > 0) * _SPACING_MM
    _, rows, columns = np.nonzero(_large_parts(_without_sheets(tissue)))
    lungs = np.zeros_like(tissue)
    for number in np.unique(parts[depth_mm >= _LUNG_MM / 2]):
        _, row, column = ndimage.center_of_mass(parts == number)
        if rows.min() <= row <= rows.max() and columns.min() <= column <= columns.max():
            lungs |= parts == number
    return lungs


def _filled(mask: npt.NDArray[np.bool_], axis: int) -> npt.NDArray[np.bool_]:
    """Without holes on the slices across an axis."""
    return np.stack([ndimage.binary_fill_holes(plane) for plane in np.moveaxis(mask, axis, 0)], axis=axis)


def _ball(radius: int) -> npt.NDArray[np.bool_]:
    offsets = np.arange(-radius, radius + 1)
    return (np.add.outer(np.add.outer(offsets**2, offsets**2), offsets**2) <= (radius + 0.5) ** 2).astype(bool)


def _voxel_box(mask: npt.NDArray[np.bool_], grid: Grid, shape: tuple[int, ...]) -> Box:
    ranges = []
    for axis in range(3):
        used = np.flatnonzero(mask.any(axis=tuple(other for other in range(3) if other != axis)))
        positions = grid.positions(axis)
        low = int(np.floor(positions[used[0]] - grid.step[axis] / 2))
        high = int(np.ceil(positions[used[-1]] + grid.step[axis] / 2)) + 1
        ranges.append(slice(max(low, 0), min(high, shape[axis])))
    return ranges[0], ranges[1], ranges[2]

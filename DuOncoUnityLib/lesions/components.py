"""Connected components of sparse labels on a large scan.

Two voxels that touch by a face, an edge or a corner (26-connectivity) belong to one lesion, so that lesions are apart
when a full plane of background remains between them, which is RECIST's rule for lesions that meet; with faces alone,
thin and oblique parts of a lesion would fall into pieces of their own and be counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import ndimage

BoolArray = npt.NDArray[np.bool_]
LabelArray = npt.NDArray[np.uint8]
Box = tuple[slice, slice, slice]

ALL_NEIGHBOURS = np.ones((3, 3, 3), bool)

_BLOCK = 8


class Component(NamedTuple):
    """A connected set of voxels with one label.

    Attributes:
        value: the label.
        box: the smallest box that holds it, slices for (k, j, i).
        mask: which voxels of the box belong to it.
    """

    value: int
    box: Box
    mask: BoolArray


def connected_components(labels: LabelArray, values: Sequence[int]) -> Iterator[Component]:
    """The connected components of some labels, each label on its own.

    Lesions are sparse: the scan is first reduced to blocks of 8x8x8 voxels, and only neighbourhoods of occupied blocks
    are labelled at full resolution. That is several times faster than labelling the whole scan.

    Args:
        labels: KJI.
        values: the labels looked for; others are background.
    """
    neighbourhoods, count = ndimage.label(_occupied_blocks(labels, values), structure=ALL_NEIGHBOURS)
    for number, blocks in enumerate(ndimage.find_objects(neighbourhoods, count), start=1):
        box = _box([slice(part.start * _BLOCK, min(part.stop * _BLOCK, size))
                    for part, size in zip(blocks, labels.shape, strict=True)])
        crop = labels[box]
        own = neighbourhoods[blocks] == number
        if not own.all():
            own = own.repeat(_BLOCK, 0).repeat(_BLOCK, 1).repeat(_BLOCK, 2)
            crop = np.where(own[:crop.shape[0], :crop.shape[1], :crop.shape[2]], crop, 0)
        parts = ndimage.find_objects(crop, max(values))
        for value in values:
            part = parts[value - 1]
            if part is not None:
                yield from components_of(crop[part] == value, shift_box(part, [axis.start for axis in box]), value)


def components_of(mask: BoolArray, box: Box, value: int) -> Iterator[Component]:
    """The connected components of a small mask that lies at `box` on the scan."""
    numbered, count = ndimage.label(mask, structure=ALL_NEIGHBOURS)
    for number, part in enumerate(ndimage.find_objects(numbered, count), start=1):
        yield Component(value, shift_box(part, [axis.start for axis in box]), numbered[part] == number)


def shift_box(box: Box, offset_kji: Sequence[int]) -> Box:
    """The box moved by an offset in voxels."""
    return _box([slice(part.start + offset, part.stop + offset) for part, offset in zip(box, offset_kji, strict=True)])


def join_boxes(boxes: Sequence[Box]) -> Box:
    """The smallest box around all boxes."""
    return _box([slice(min(part.start for part in parts), max(part.stop for part in parts))
                 for parts in zip(*boxes, strict=True)])


def boxes_meet(first: Box, second: Box) -> bool:
    """Whether two boxes have a voxel in common."""
    return all(a.start < b.stop and b.start < a.stop for a, b in zip(first, second, strict=True))


def relative_box(box: Box, outer: Box) -> Box:
    """The part of `box` that lies in `outer`, counted from the start of `outer`; may be empty."""
    return _box([slice(max(part.start - around.start, 0), max(min(part.stop, around.stop) - around.start, 0))
                 for part, around in zip(box, outer, strict=True)])


def grow_box(box: Box, shape: tuple[int, ...], voxels: int = 1) -> Box:
    """The box with a margin, cut to an array of the given shape."""
    return _box([slice(max(part.start - voxels, 0), min(part.stop + voxels, size))
                 for part, size in zip(box, shape, strict=True)])


def shell_around(mask: BoolArray, box: Box, shape: tuple[int, ...], spacing_kji_mm: Sequence[float],
                 reach_mm: float) -> tuple[BoolArray, Box]:
    """Voxels of a scan within a distance of a mask, not those of the mask.

    Args:
        mask: cut to `box` (KJI).
        box: where the mask lies on the scan.
        shape: of the scan, KJI.
        spacing_kji_mm: of its axes, in the same order.
        reach_mm: the distance, between the centres of voxels.

    Returns:
        the shell, cut to the second value, its box on the scan.
    """
    around = grow_box(box, shape, math.ceil(reach_mm / min(spacing_kji_mm)))
    outside = np.ones([part.stop - part.start for part in around], bool)
    outside[relative_box(box, around)] = ~mask
    distance_mm = ndimage.distance_transform_edt(outside, sampling=spacing_kji_mm)
    return outside & (distance_mm <= reach_mm), around


def _box(parts: list[slice]) -> Box:
    k, j, i = parts
    return k, j, i


def _occupied_blocks(labels: LabelArray, values: Sequence[int]) -> BoolArray:
    """Which blocks hold any of the values."""
    _, height, width = labels.shape
    rows = []
    for k in range(0, labels.shape[0], _BLOCK):
        plane = np.zeros((height, width), bool)
        for flat in labels[k:k + _BLOCK]:
            for value in values:  # np.isin takes seven times as long
                plane |= flat == value
        padded = np.pad(plane, ((0, -height % _BLOCK), (0, -width % _BLOCK)))
        rows.append(padded.reshape(padded.shape[0] // _BLOCK, _BLOCK, -1, _BLOCK).any(axis=(1, 3)))
    return np.stack(rows)

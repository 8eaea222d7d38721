"""Stray parts of organs: a network that takes a piece of the blanket for lung does not know that lungs come in twos."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Labels = npt.NDArray[np.uint8]
Box = tuple[slice, ...]

SMALLEST_SHARE: dict[str, float] = {
    **dict.fromkeys(("heart", "liver", "gallbladder", "spleen", "pancreas", "stomach", "bladder", "sacrum", "kidney",
                     "cervical_spine", "thoracic_spine", "lumbar_spine"), 0.1),
    "lung": 0.05,
}
"""Organs of one or two pieces: what a piece must have of the volume of the largest one. Chosen by anatomy (a lung may
be mostly collapsed, a kidney atrophic), not fitted to any scan. A part near the limit may go either way with the last
digit of the arithmetic; at a tenth that concerns little of the organ."""

LARGEST_OUTSIDE_SHARE = 0.25
"""Of the shell of a part of these organs, how much may lie outside the body. None of them comes to the skin; a blanket
between air and skin does."""

COARSE_MM = 3.0
_TOUCHING = np.ones((3, 3, 3), dtype=bool)


def remove_stray_parts(labels: Labels, spacing_kji_mm: Sequence[float], organs: Sequence[str]) -> None:
    """Give small separate parts of organs, and parts outside the body, to what surrounds them, in place.

    Parts are told apart on every n-th voxel, about `COARSE_MM` apart, so that a full-size scan takes about a second.

    Args:
        labels: organs of the voxels (KJI); index into `organs`.
        spacing_kji_mm: voxel size along the axes of `labels`.
        organs: keys of `terminology.ORGANS` by label; those without an entry in `SMALLEST_SHARE` are left alone.
    """
    steps = [max(1, round(COARSE_MM / spacing)) for spacing in spacing_kji_mm]
    coarse = labels[:: steps[0], :: steps[1], :: steps[2]]
    for index, box in enumerate(ndimage.find_objects(coarse), start=1):
        if box is None or organs[index] not in SMALLEST_SHARE:
            continue
        box = _widened(box, coarse.shape)
        parts, count = ndimage.label(coarse[box] == index, _TOUCHING)
        sizes = np.bincount(parts.ravel(), minlength=count + 1)[1:]
        for number, place in enumerate(ndimage.find_objects(parts), start=1):
            wide = _widened(place, parts.shape)
            # a margin of one coarse voxel, which no other part of the organ reaches
            around = ndimage.binary_dilation(parts[wide] == number, _TOUCHING)
            shell = np.bincount(coarse[_shifted(wide, box)][around & (parts[wide] != number)], minlength=1)
            small = sizes[number - 1] < SMALLEST_SHARE[organs[index]] * sizes.max()
            if small or shell[0] > LARGEST_OUTSIDE_SHARE * shell.sum():
                _replace(labels, index, int(shell.argmax()), _shifted(wide, box), around, steps)


def _widened(box: Box, shape: tuple[int, ...]) -> Box:
    return tuple(slice(max(part.start - 1, 0), min(part.stop + 1, size)) for part, size in zip(box, shape, strict=True))


def _shifted(box: Box, outer: Box) -> Box:
    """A box within another one, in indices of the whole."""
    return tuple(slice(part.start + at.start, part.stop + at.start) for part, at in zip(box, outer, strict=True))


def _replace(labels: Labels, index: int, replacement: int, box: Box, around: npt.NDArray[np.bool_],
             steps: Sequence[int]) -> None:
    """Replace a label within a coarse mask by another one, on all voxels."""
    fine = tuple(slice(part.start * step, part.stop * step) for part, step in zip(box, steps, strict=True))
    voxels = labels[fine]
    for axis, step in enumerate(steps):
        around = np.repeat(around, step, axis=axis)
    voxels[(voxels == index) & around[tuple(slice(size) for size in voxels.shape)]] = replacement

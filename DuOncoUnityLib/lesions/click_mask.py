"""What a click segmented, fitted between the lesions that are there already."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.lesions.components import (
    ALL_NEIGHBOURS,
    BoolArray,
    Box,
    LabelArray,
    grow_box,
    join_boxes,
    relative_box,
)
from DuOncoUnityLib.lesions.instances import LESION_LAYERS, InstanceMap
from DuOncoUnityLib.terminology import Layer


def fit_mask(mask: BoolArray, box: Box, clicked_kji: tuple[int, int, int], layer: Layer, replaced: str,
             instances: InstanceMap, labels: LabelArray) -> tuple[BoolArray, Box]:
    """The part of a new mask that takes nothing from other lesions and stays a plane apart from those of its layer.

    Args:
        mask, box: what was segmented, and where it lies on the scan.
        clicked_kji: voxel of the scan; of a mask in pieces the one that holds it is taken, else the largest.
        layer: that it is to belong to.
        replaced: id of the lesion whose place it takes, "" for a new one.
        instances, labels: what is there: masks, and the KJI label map with the values of `Layer.label`.

    Returns:
        the mask and its box, which also holds the lesion that is replaced.

    Raises:
        DuOncoError: nothing is left of it.
    """
    own = instances.instances.get(replaced)
    around = grow_box(join_boxes([box, *([own.box] if own else [])]), labels.shape)
    there = labels[around].copy()
    if own is not None:
        there[relative_box(own.box, around)][own.mask] = 0
    fitted = np.zeros(there.shape, bool)
    fitted[relative_box(box, around)] = mask
    fitted &= ~np.isin(there, [one.label for one in LESION_LAYERS])
    fitted &= ~ndimage.binary_dilation(there == layer.label, ALL_NEIGHBOURS)
    parts, count = ndimage.label(fitted, ALL_NEIGHBOURS)
    if not count:
        raise DuOncoError("There is already a lesion at this place; choose it to change it.")
    clicked = tuple(index - part.start for index, part in zip(clicked_kji, around, strict=True))
    is_inside = all(0 <= index < size for index, size in zip(clicked, parts.shape, strict=True))
    chosen = int(parts[clicked]) if is_inside else 0
    return parts == (chosen or 1 + int(np.argmax(np.bincount(parts.ravel())[1:]))), around

"""One mass, one proposal: a network now and then calls the rim of a node a lesion, or half a tumour a node."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.components import (
    BoolArray,
    Box,
    Component,
    LabelArray,
    boxes_meet,
    connected_components,
    grow_box,
    relative_box,
)

# of its surface: a ball cut in two shares a third of that of each half, a thin shell half; two balls that are pressed
# together by a tenth of their diameter 5 %
COMMON_SURFACE = 0.25


def join_parts(labels: LabelArray, geometry: Geometry, values: Sequence[int]) -> None:
    """Give a part that shares much of its surface with a larger one of another label the label of that one.

    Args:
        labels: KJI, changed in place; in it, parts with one label that touch are one.
        geometry: its grid.
        values: the labels that are joined.
    """
    face_mm2 = geometry.voxel_volume_ml * 1000.0 / np.array(geometry.spacing_mm[::-1])
    joined: list[Component] = []
    for part in sorted(connected_components(labels, values), key=_voxel_count, reverse=True):
        around = grow_box(part.box, labels.shape)
        mask = _cut(part, around)
        enough_mm2 = COMMON_SURFACE * _common_surface_mm2(mask, ~mask, face_mm2)
        near = labels[around]
        others = np.isin(near, values) & (near != part.value)
        if _common_surface_mm2(mask, others, face_mm2) >= enough_mm2:
            host = next((other for other in joined if other.value != part.value and boxes_meet(other.box, around)
                         and _common_surface_mm2(mask, _cut(other, around), face_mm2) >= enough_mm2), None)
            if host is not None:
                labels[part.box][part.mask] = host.value
                part = part._replace(value=host.value)
        joined.append(part)


def _voxel_count(part: Component) -> int:
    return int(np.count_nonzero(part.mask))


def _cut(part: Component, box: Box) -> BoolArray:
    """The mask of a part within a box."""
    mask = np.zeros([axis.stop - axis.start for axis in box], dtype=bool)
    mask[relative_box(part.box, box)] = part.mask[relative_box(box, part.box)]
    return mask


def _common_surface_mm2(first: BoolArray, second: BoolArray, face_mm2: npt.NDArray[np.float64]) -> float:
    """Area of the voxel faces between two masks."""
    area = 0.0
    for axis, face in enumerate(face_mm2):
        a, b = np.moveaxis(first, axis, 0), np.moveaxis(second, axis, 0)
        area += face * (np.count_nonzero(a[1:] & b[:-1]) + np.count_nonzero(a[:-1] & b[1:]))
    return float(area)

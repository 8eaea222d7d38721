"""The vertebral level at which body composition is measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from DuOncoUnityLib.anatomy.label_map import LabelMap

LUMBAR_HEIGHT_MM = 175.0
"""Usual height of L1 to L5 with discs; used only where one end of the lumbar spine is not on the scan."""

LUMBAR_RANGE_MM = (110.0, 240.0)
FALLBACK_ORDER = ("L3", "L2", "L4", "L5", "L1")


@dataclass(frozen=True)
class VertebralLevel:
    """A vertebral level found on a scan.

    Attributes:
        name: "L3", or the level that replaces it.
        slice_index: axial slice in patient order (0 = lowest).
        position_mm: distance of that slice from the lowest slice, along the slice axis.
        error_mm: estimated error of the position.
        slab: first and last axial slice of the lumbar spine on the scan, patient order.
    """

    name: str
    slice_index: int
    position_mm: float
    error_mm: float
    slab: tuple[int, int]


def find_level(anatomy: LabelMap) -> VertebralLevel | None:
    """L3, or the nearest replacement on the scan (L2, L4, L5, L1, in this order); None without a lumbar spine.

    The lumbar spine is cut into five equal levels between its junctions with the thoracic spine and the sacrum. Where
    only one junction is on the scan, the usual height is assumed and the error estimate grows with the distance.
    """
    ordered = anatomy.patient_order()
    spacing_mm = ordered.geometry.spacing_mm[2]
    lumbar = _largest_run(_slice_areas_mm2(ordered, "lumbar_spine") > 200.0)
    if lumbar is None:
        return None
    bottom, top = lumbar
    has_top = _structure_near(ordered, "thoracic_spine", top, 25.0)
    has_bottom = _structure_near(ordered, "sacrum", bottom, 35.0)
    height_mm = (top - bottom + 1) * spacing_mm
    if has_top and has_bottom and LUMBAR_RANGE_MM[0] <= height_mm <= LUMBAR_RANGE_MM[1]:
        top_mm, lumbar_mm, error_mm = (top + 0.5) * spacing_mm, height_mm, 6.0
    elif has_top:
        top_mm, lumbar_mm, error_mm = (top + 0.5) * spacing_mm, LUMBAR_HEIGHT_MM, 12.0
    elif has_bottom:
        top_mm, lumbar_mm, error_mm = (bottom - 0.5) * spacing_mm + LUMBAR_HEIGHT_MM, LUMBAR_HEIGHT_MM, 15.0
    else:
        return None
    for name in FALLBACK_ORDER:
        center_mm = top_mm - (int(name[1]) - 0.5) / 5.0 * lumbar_mm
        index = round(center_mm / spacing_mm)
        if bottom <= index <= top:
            return VertebralLevel(name, index, index * spacing_mm, error_mm + spacing_mm / 2, (bottom, top))
    return None


def _slice_areas_mm2(ordered: LabelMap, organ: str) -> npt.NDArray[np.float64]:
    pixel_mm2 = ordered.geometry.spacing_mm[0] * ordered.geometry.spacing_mm[1]
    areas: npt.NDArray[np.float64] = np.count_nonzero(ordered.mask(organ), axis=(1, 2)) * pixel_mm2
    return areas


def _largest_run(flags: npt.NDArray[np.bool_]) -> tuple[int, int] | None:
    """First and last index of the longest run of True, gaps of up to two slices closed."""
    closed = ndimage.binary_closing(np.pad(flags, 3), iterations=1, structure=np.ones(3, bool))[3:-3]
    runs, count = ndimage.label(closed)
    if count == 0:
        return None
    longest = int(np.argmax(np.bincount(runs.ravel())[1:])) + 1
    indices = np.flatnonzero(runs == longest)
    return int(indices[0]), int(indices[-1])


def _structure_near(ordered: LabelMap, organ: str, slice_index: int, distance_mm: float) -> bool:
    """Whether the organ shows on a slice within the distance."""
    reach = int(np.ceil(distance_mm / ordered.geometry.spacing_mm[2]))
    window = slice(max(slice_index - reach, 0), slice_index + reach + 1)
    return bool((_slice_areas_mm2(ordered, organ)[window] > 100.0).any())

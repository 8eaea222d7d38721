"""The vertebral level at which body composition is measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.anatomy.label_map import LabelMap

FloatArray = npt.NDArray[np.float64]

LUMBAR_HEIGHT_MM = 175.0
"""Usual height of L1 to L5 with discs."""

LUMBAR_RANGE_MM = (75.0, 220.0)
"""Chosen wide: from 0.43 of the usual height, for small children, to tall adults."""

FALLBACK_ORDER = ("L3", "L2", "L4", "L5", "L1")

SPINE = ("sacrum", "lumbar_spine", "thoracic_spine")
# below this area the spine of a slice says nothing
_SMALLEST_SPINE_MM2 = 150.0
# a part of the spine counts as seen from this much agreement with the labels
_SEEN_MM = 12.0
# what a lumbar spine 25 mm longer or shorter than usual must gain in agreement with the labels
_UNUSUAL_HEIGHT_MM = 2.0


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
    """L3, or the nearest replacement on the scan (L2, L4, L5, L1, in this order).

    Labels of single slices may be wrong, so the two ends of the lumbar spine are placed where sacrum below, lumbar
    between and thoracic spine above agree with as much of the spine as possible, at a height that occurs in people;
    the lumbar spine is then cut into five equal levels. One end on the scan is enough; the error estimate grows then,
    and with the disagreement of the labels.

    Returns:
        None where the scan shows no lumbar spine, or neither of its ends.
    """
    ordered = anatomy.patient_order()
    spacing_mm = ordered.geometry.spacing_mm[2]
    shares_mm = _label_shares(ordered) * spacing_mm
    bottom, height = _best_ends(shares_mm, spacing_mm)
    count = shares_mm.shape[1]
    low, high = max(bottom, 0), min(bottom + height, count)
    sacrum, lumbar, thoracic = shares_mm[0, :low].sum(), shares_mm[1, low:high].sum(), shares_mm[2, high:].sum()
    if lumbar < _SEEN_MM or max(sacrum, thoracic) < _SEEN_MM:
        return None
    agreement = lumbar / max(shares_mm[:, low:high].sum(), 1e-6)
    error_mm = (8.0 if min(sacrum, thoracic) >= _SEEN_MM else 14.0) + 15.0 * (1.0 - agreement) + spacing_mm / 2
    for name in FALLBACK_ORDER:
        center = bottom + height * (1.0 - (int(name[1]) - 0.5) / 5.0) - 0.5
        index = round(center)
        if 0 <= index < count:
            return VertebralLevel(name, index, index * spacing_mm, float(error_mm), (low, high - 1))
    return None


def _label_shares(ordered: LabelMap) -> FloatArray:
    """Share of sacrum, lumbar and thoracic spine in the spine of every slice: (3, slices), lowest slice first."""
    pixel_mm2 = ordered.geometry.spacing_mm[0] * ordered.geometry.spacing_mm[1]
    areas_mm2 = np.stack([np.count_nonzero(ordered.mask(part), axis=(1, 2)) * pixel_mm2 for part in SPINE])
    total = areas_mm2.sum(axis=0)
    return np.where(total >= _SMALLEST_SPINE_MM2, areas_mm2 / np.maximum(total, 1.0), 0.0)


def _best_ends(shares_mm: FloatArray, spacing_mm: float) -> tuple[int, int]:
    """First slice and number of slices of the lumbar spine that agree best; it may reach beyond the scan.

    What counts is how much more often than on the whole scan a slice bears a label: a network that takes all of the
    spine for thoracic does so less often where it is not.
    """
    count = shares_mm.shape[1]
    seen = shares_mm.sum(axis=0) > 0
    mean_mm = shares_mm.sum(axis=1, keepdims=True) / max(np.count_nonzero(seen), 1)
    above_mean = np.where(seen, shares_mm - mean_mm, 0.0)
    sums = np.concatenate([np.zeros((3, 1)), np.cumsum(above_mean, axis=1)], axis=1)
    heights = np.arange(int(LUMBAR_RANGE_MM[0] / spacing_mm), int(LUMBAR_RANGE_MM[1] / spacing_mm) + 1)
    bottoms = np.arange(-heights[-1], count + 1)[:, None]
    low, high = np.clip(bottoms, 0, count), np.clip(bottoms + heights, 0, count)
    agreement = sums[0][low] + sums[1][high] - sums[1][low] + sums[2][-1] - sums[2][high]
    agreement = agreement - _UNUSUAL_HEIGHT_MM * ((heights * spacing_mm - LUMBAR_HEIGHT_MM) / 25.0) ** 2
    best = np.unravel_index(int(np.argmax(agreement)), agreement.shape)
    return int(bottoms[best[0], 0]), int(heights[best[1]])

"""How large a change must be to be more than noise: voxel size, slice thickness and repeatability of measuring.

Repeatability: two CT within 15 minutes differ by less than 10 % in the diameter of most lung tumours (Oxnard,
J Clin Oncol 2011;29:3114), and in the volume of nodules by up to 27 % with 95 % confidence (Marchiano, Radiology
2009;251:919).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

LENGTH_REPEATABILITY = 0.10
VOLUME_REPEATABILITY = 0.27
# an end point lies anywhere in its voxel: standard deviation p / sqrt(12) at each end, 95 % within 1.96 sd
_LENGTH_PER_VOXEL = 1.96 * math.sqrt(2 / 12)


def length_change_limit_mm(before_mm: float, after_mm: float, pixel_before_mm: float, pixel_after_mm: float) -> float:
    """Changes of a diameter up to this are within the uncertainty of measuring (95 %).

    Args:
        before_mm, after_mm: diameters.
        pixel_before_mm, pixel_after_mm: in-plane voxel size of the two scans.
    """
    grid = _LENGTH_PER_VOXEL * math.hypot(pixel_before_mm, pixel_after_mm)
    return math.hypot(grid, LENGTH_REPEATABILITY * (before_mm + after_mm) / 2)


def sum_change_limit_mm(limits_mm: Sequence[float]) -> float:
    """The limit for a sum of diameters measured independently of each other."""
    return math.hypot(*limits_mm)


def volume_change_limit_ml(before_ml: float, after_ml: float, slice_before_mm: float, slice_after_mm: float) -> float:
    """Changes of a volume up to this are within the uncertainty of measuring (95 %).

    The first and last slice of a lesion may be cut anywhere, which thick slices make worse for small lesions.

    Args:
        before_ml, after_ml: volumes.
        slice_before_mm, slice_after_mm: slice thickness of the two scans.
    """
    cut = math.hypot(_cut_ml(before_ml, slice_before_mm), _cut_ml(after_ml, slice_after_mm))
    return math.hypot(cut, VOLUME_REPEATABILITY * (before_ml + after_ml) / 2)


def _cut_ml(volume_ml: float, slice_mm: float) -> float:
    if volume_ml <= 0:
        return 0.0
    diameter_mm = (6000 * volume_ml / math.pi) ** (1 / 3)
    return volume_ml * min(1.0, _LENGTH_PER_VOXEL * slice_mm / diameter_mm)

"""What changed between two scans, and how large a change must be on them to be more than noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from DuOncoUnityLib.records.decisions import LesionRole
from DuOncoUnityLib.records.model import TimePoint
from DuOncoUnityLib.response.disagreement import LesionChange, Trend
from DuOncoUnityLib.response.explain import mm
from DuOncoUnityLib.response.observations import slice_thickness
from DuOncoUnityLib.response.recist import TargetSize
from DuOncoUnityLib.response.tracked import TrackedLesion
from DuOncoUnityLib.response.uncertainty import (
    length_change_limit_mm,
    sum_change_limit_mm,
    volume_change_limit_ml,
)


@dataclass(frozen=True)
class ScanPair:
    """Two scans that follow each other."""

    before: TimePoint
    after: TimePoint

    @cached_property
    def pixels_mm(self) -> tuple[float, float]:
        """The larger in-plane voxel size of either scan."""
        return _pixel_mm(self.before), _pixel_mm(self.after)

    @cached_property
    def slices_mm(self) -> tuple[float, float]:
        """Slice thickness or distance of either scan, whichever is larger."""
        return mm(slice_thickness(self.before)), mm(slice_thickness(self.after))


def _pixel_mm(point: TimePoint) -> float:
    left, posterior, _ = point.geometry.patient_axes
    return max(point.geometry.spacing_mm[left], point.geometry.spacing_mm[posterior])


def day_of(text: str | None) -> date | None:
    """The day of an ISO date or time."""
    return date.fromisoformat(text[:10]) if text else None


def days_between(first: TimePoint | None, second: TimePoint | None) -> int | None:
    """Days from one scan to another; None where a date is unknown."""
    start, end = day_of(first.date if first else None), day_of(second.date if second else None)
    return None if start is None or end is None else (end - start).days


def lesion_changes(lesions: Sequence[TrackedLesion], roles: Mapping[str, LesionRole],
                   pair: ScanPair) -> list[LesionChange]:
    """Changes of all lesions with a role that were there and can be told on both scans; merged ones are left out."""
    changes = []
    for lesion in lesions:
        if lesion.id not in roles:
            continue
        before, after = lesion.sightings[pair.before.id], lesion.sightings[pair.after.id]
        sizes = lesion.size(pair.before.id), lesion.size(pair.after.id)
        if sizes[0] is None or sizes[1] is None or before.merged_with or after.merged_with or not sizes[0]:
            continue
        change_ml = after.volume_ml - before.volume_ml
        limit_ml = volume_limit_ml(before.volume_ml, after.volume_ml, pair)
        trend = Trend.STABLE
        if abs(change_ml) > limit_ml:
            trend = Trend.GROWING if change_ml > 0 else Trend.SHRINKING
        changes.append(LesionChange(lesion.id, lesion.site, roles[lesion.id], trend, mm(sizes[0]), mm(sizes[1]),
                                    before.volume_ml, after.volume_ml))
    return changes


def volume_limit_ml(before_ml: float, after_ml: float, pair: ScanPair) -> float:
    """Changes of a volume up to this are within the uncertainty of measuring on these scans."""
    return volume_change_limit_ml(before_ml, after_ml, *pair.slices_mm)


def sum_limit_mm(before: Sequence[TargetSize], after: Sequence[TargetSize], pair: ScanPair) -> float | None:
    """Changes of the sum of diameters up to this are within the uncertainty; None where a target is missing."""
    if not before or any(target.fragments is None for target in (*before, *after)):
        return None
    return sum_change_limit_mm([length_change_limit_mm(mm(first.size), mm(second.size), *pair.pixels_mm)
                                for first, second in zip(before, after, strict=True)])

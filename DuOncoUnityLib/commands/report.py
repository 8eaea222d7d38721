"""What the commands print about analysed scans."""

from __future__ import annotations

from collections.abc import Sequence

from DuOncoUnityLib.exports.tables import burden_table
from DuOncoUnityLib.lesions.burden import tumour_burden
from DuOncoUnityLib.records.model import TimePoint


def print_result(time_points: Sequence[TimePoint]) -> None:
    """Print the burden of the scans side by side, and what a reader of the numbers must know."""
    titles = [time_point.date or "date unknown" for time_point in time_points]
    if len(set(titles)) < len(titles):
        titles = [f"{number}: {title}" for number, title in enumerate(titles, start=1)]
    print(burden_table({title: tumour_burden(time_point.lesions)
                        for title, time_point in zip(titles, time_points, strict=True)}))
    for title, time_point in zip(titles, time_points, strict=True):
        for warning in time_point.warnings:
            print(f"Note ({title}): {warning}")
    print("Research use, not a medical device.")

"""The course of a case as one picture: sum of diameters, total volume and number of lesions, with the responses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from DuOncoUnityLib.files import replacing
from DuOncoUnityLib.response.assessment import CaseAssessment
from DuOncoUnityLib.response.visit_assessment import VisitAssessment

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CAPTION = "Research use, not a medical device"

_RESPONSE_COLORS = {"CR": "#1a7f37", "PR": "#5aa469", "SD": "#b8860b", "NON-CR/NON-PD": "#b8860b", "PD": "#c0392b",
                    "NE": "#7f8c8d"}


def write_timeline(path: Path, assessment: CaseAssessment) -> None:
    """Draw `timeline.png`: three curves under each other over the same time axis.

    Raises:
        DuOncoError: the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    visits = assessment.visits
    positions = visit_days(visits)
    figure = Figure(figsize=(9.0, 7.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(3, 1, sharex=True)
    _draw(axes[0], positions, [visit.sod_mm for visit in visits], "Sum of target\ndiameters (mm)", "#2c5f8a")
    _draw(axes[1], positions, [visit.burden.volume_ml for visit in visits], "Total tumour\nvolume (ml)", "#8e44ad")
    _draw(axes[2], positions, [visit.burden.count for visit in visits], "Lesions", "#555555")
    if all(visit.sod_mm is None for visit in visits):
        axes[0].set_yticks([])
        axes[0].text(0.5, 0.5, "No target lesion was measured", transform=axes[0].transAxes, ha="center",
                     color="#777777")
    nadirs = [visit.nadir_mm for visit in visits]
    axes[0].plot(positions, [float("nan") if value is None else value for value in nadirs], "_", color="#2c5f8a",
                 markersize=14, label="nadir before")
    if any(value is not None for value in nadirs):
        axes[0].legend(loc="best", fontsize=8, frameon=False)
    for position, visit in zip(positions, visits, strict=True):
        _mark(axes[0], position, visit)
    axes[2].yaxis.get_major_locator().set_params(integer=True)
    axes[2].set_xticks(positions, [visit.date or visit.time_point_id for visit in visits], rotation=30, ha="right")
    reach = max(positions[-1] - positions[0], 1.0)
    axes[2].set_xlim(positions[0] - 0.08 * reach, positions[-1] + 0.08 * reach)
    figure.suptitle("Tumour burden over time", fontsize=12)
    figure.supxlabel(CAPTION, x=0.995, ha="right", fontsize=7, color="#777777")
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=120)


def visit_days(visits: Sequence[VisitAssessment]) -> list[float]:
    """Days since the first scan; the number of the scan where a date is missing."""
    days = [date.fromisoformat(visit.date[:10]).toordinal() for visit in visits if visit.date]
    if len(days) < len(visits):
        return [float(number) for number in range(len(visits))]
    return [float(day - days[0]) for day in days]


def _draw(axes: Axes, positions: list[float], values: list[float | None] | list[float] | list[int], label: str,
          color: str) -> None:
    known = [float("nan") if value is None else float(value) for value in values]
    axes.plot(positions, known, "o-", color=color, linewidth=1.8, markersize=5)
    axes.set_ylabel(label)
    highest = max((value for value in known if value == value), default=1.0)
    axes.set_ylim(0.0, max(highest, 1.0) * 1.4)
    axes.grid(axis="y", color="#e5e5e5")
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for position, value in zip(positions, known, strict=True):
        if value == value:
            axes.annotate(f"{value:.0f}", (position, value), (0, 6), textcoords="offset points", ha="center",
                          fontsize=8, color=color)


def _mark(axes: Axes, position: float, visit: VisitAssessment) -> None:
    """The response of a visit above its point."""
    text = visit.overall.value if visit.overall else visit.phase.value
    if visit.irecist is not None:
        text += f"\n{visit.irecist.value}"
    color = _RESPONSE_COLORS.get(visit.overall.value if visit.overall else "", "#777777")
    axes.annotate(text, (position, 1.0), xycoords=("data", "axes fraction"), ha="center", va="top", fontsize=9,
                  color=color, fontweight="bold")

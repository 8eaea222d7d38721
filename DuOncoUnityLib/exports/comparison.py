"""A case over time for people, spreadsheets and scripts: responses, lesion tracks, and everything as JSON."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from DuOncoUnityLib.exports.tables import plain_text, site_name
from DuOncoUnityLib.files import replacing
from DuOncoUnityLib.followup.registration import RegistrationQuality
from DuOncoUnityLib.records.decisions import LesionRole
from DuOncoUnityLib.records.model import Case, Lesion, TimePoint, Track, TrackState
from DuOncoUnityLib.response.assessment import CaseAssessment
from DuOncoUnityLib.response.explain import Explained
from DuOncoUnityLib.response.visit_assessment import VisitAssessment
from DuOncoUnityLib.terminology import LAYERS, Layer

RESPONSE_COLUMNS = (
    "time_point", "date", "phase", "sod_mm", "baseline_sod_mm", "nadir_sod_mm", "from_baseline_mm",
    "from_baseline_percent", "from_nadir_mm", "from_nadir_percent", "sod_uncertainty_mm", "target", "non_target",
    "new_lesions", "equivocal_lesions", "overall", "irecist", "volume_response", "total_volume_ml",
    "volume_uncertainty_ml", "lesion_count", "sites", "dmax_mm", "tgr_percent_per_month", "tgk_mm_per_month",
    "sgr_percent_per_day", "doubling_time_days", "not_reviewed", "why", "remarks",
)
TRACK_COLUMNS = (
    "track", "role", "layer", "site", "time_point", "date", "event", "lesions", "merged_with", "recist_size_mm",
    "volume_ml", "long_axis_mm", "short_axis_mm", "mean_hu", "link_confidence", "confirmed_by", "confirmed_at_utc",
)


def write_response_table(path: Path, assessment: CaseAssessment) -> None:
    """Write `response.csv`, one row per scan; lengths in mm, volumes in ml, empty where it does not apply.

    Raises:
        DuOncoError: the file cannot be written.
    """
    _write(path, RESPONSE_COLUMNS, [_response_row(visit) for visit in assessment.visits])


def write_track_table(path: Path, case: Case, assessment: CaseAssessment) -> None:
    """Write `lesion_tracks.csv`, one row per lesion and scan.

    Raises:
        DuOncoError: the file cannot be written.
    """
    _write(path, TRACK_COLUMNS, track_rows(case, assessment))


def track_rows(case: Case, assessment: CaseAssessment) -> list[list[str]]:
    """The cells of all tracks under `TRACK_COLUMNS`, scan after scan for each track."""
    roles = {proposal.track_id: proposal.role for proposal in assessment.roles}
    sizes = {visit.time_point_id: visit.sizes_mm for visit in assessment.visits}
    points = {point.id: point for point in case.time_points}
    return [_track_row(track, state, points[state.time_point_id], roles.get(track.id),
                       sizes[state.time_point_id].get(track.id))
            for track in case.tracks for state in track.states]


def comparison_json(assessment: CaseAssessment, registrations: Mapping[tuple[str, str], RegistrationQuality],
                    notes: Sequence[str]) -> str:
    """Everything that was found out about a case, as JSON text; every result with its rule, numbers and source."""
    return json.dumps({
        "assessment": _plain_value(assessment),
        "registrations": [{"prior": prior, "current": current, "reliable": quality.reliable,
                           "error_mm": quality.error_mm, **_plain_value(quality)}
                          for (prior, current), quality in registrations.items()],
        "notes": list(notes),
    }, ensure_ascii=False, allow_nan=False, indent=1)


def response_text(assessment: CaseAssessment) -> str:
    """The responses of all scans as a table for a terminal, with what a reader must know below it."""
    header = ["scan", "SOD mm", "baseline", "nadir", "target", "non-target", "new", "RECIST", "iRECIST", "volume ml",
              "lesions"]
    rows = [header, *(_text_row(visit) for visit in assessment.visits)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    if assessment.best is not None:
        lines.append(f"Best overall response: {assessment.best.unconfirmed.value}, "
                     f"confirmed: {assessment.best.confirmed.value}")
    for visit in assessment.visits:
        title = visit.date or visit.time_point_id
        lines.extend(f"{title}: {remark.sentence}" for remark in (*visit.findings, *visit.disagreements))
    return "\n".join(lines)


def _text_row(visit: VisitAssessment) -> list[str]:
    return [visit.date or visit.time_point_id, _number(visit.sod_mm), _percent(visit.from_baseline_percent),
            _percent(visit.from_nadir_percent), _value(visit.target), _value(visit.non_target),
            str(len(visit.new_lesions) or ""), _value(visit.overall) or visit.phase.value, _value(visit.irecist),
            _number(visit.burden.volume_ml), str(visit.burden.count)]


def _response_row(visit: VisitAssessment) -> list[str]:
    growth = visit.kinetics
    remarks = [remark.sentence for remark in (*visit.findings, *visit.disagreements)]
    return [
        visit.time_point_id, visit.date or "", visit.phase.value,
        *(_number(value) for value in (
            visit.sod_mm, visit.baseline_mm, visit.nadir_mm, visit.from_baseline_mm, visit.from_baseline_percent,
            visit.from_nadir_mm, visit.from_nadir_percent, visit.sod_limit_mm)),
        _value(visit.target), _value(visit.non_target), " ".join(visit.new_lesions), " ".join(visit.equivocal_lesions),
        _value(visit.overall), _value(visit.irecist), _value(visit.volume),
        _number(visit.burden.volume_ml, 3), _number(visit.volume_limit_ml, 3), str(visit.burden.count),
        str(len(visit.burden.sites)), _number(visit.burden.dmax_mm),
        *(_number(value, 3) for value in (
            (growth.tgr_percent_per_month, growth.tgk_mm_per_month, growth.sgr_percent_per_day,
             growth.doubling_time_days) if growth else (None,) * 4)),
        " ".join(visit.provisional), visit.overall.sentence if visit.overall else "", " ".join(remarks),
    ]


def _track_row(track: Track, state: TrackState, point: TimePoint, role: LesionRole | None,
               size_mm: float | None) -> list[str]:
    held = [lesion for lesion in point.lesions if lesion.id in state.lesion_ids]
    largest = max(held, key=lambda lesion: lesion.measurement.volume_ml, default=None)
    return [
        track.id, role.value if role else "", LAYERS[Layer(track.layer)].name, site_name(track.site), point.id,
        point.date or "", state.event.value, " ".join(state.lesion_ids), " ".join(state.merged_with),
        _number(size_mm), _number(sum(lesion.measurement.volume_ml for lesion in held), 3) if held else "",
        *_measurements(largest), _number(state.confidence, 2), plain_text(state.confirmed_by),
        state.confirmed_at or "",
    ]


def _measurements(lesion: Lesion | None) -> list[str]:
    if lesion is None:
        return ["", "", ""]
    measurement = lesion.measurement
    return [_number(measurement.long_axis.length_mm), _number(measurement.short_axis.length_mm),
            _number(measurement.mean_hu)]


def _plain_value(value: Any) -> Any:
    """JSON value; results carry their sentence and source."""
    if isinstance(value, Explained):
        return {"value": value.value, "rule": value.rule, "numbers": dict(value.numbers),
                "lesions": list(value.lesions), "sentence": value.sentence, "source": value.source}
    if dataclasses.is_dataclass(value):
        return {field.name: _plain_value(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {key: _plain_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain_value(item) for item in value]
    return value


def _write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def _value(result: Explained | None) -> str:
    return result.value if result else ""


def _number(value: float | None, digits: int = 1) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:+.1f} %"

"""An assessment as flat rows, as a table to print and as JSON: for every view the same numbers and sentences."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from enum import Enum
from typing import Any

from DuOncoUnityLib.records.decisions import LesionRole
from DuOncoUnityLib.response.assessment import CaseAssessment
from DuOncoUnityLib.response.explain import Explained
from DuOncoUnityLib.response.kinetics import Kinetics
from DuOncoUnityLib.response.visit_assessment import VisitAssessment

Cell = str | int | float | None

_UNKNOWN_GROWTH = Kinetics(0, None, None, None, None, None, ())


def visit_rows(assessment: CaseAssessment, language: str = "en") -> list[dict[str, Cell]]:
    """One flat row per scan for `response.csv`; the unit is in the name of the column, None where not applicable."""
    return [_visit_row(visit, language) for visit in assessment.visits]


def _visit_row(visit: VisitAssessment, language: str) -> dict[str, Cell]:
    growth = visit.kinetics or _UNKNOWN_GROWTH
    return {
        "time_point": visit.time_point_id, "date": visit.date, "phase": visit.phase.value,
        "sod_mm": visit.sod_mm, "nadir_mm": visit.nadir_mm,
        "from_baseline_mm": visit.from_baseline_mm, "from_baseline_percent": visit.from_baseline_percent,
        "from_nadir_mm": visit.from_nadir_mm, "from_nadir_percent": visit.from_nadir_percent,
        "sod_uncertainty_mm": _rounded(visit.sod_limit_mm, 1),
        "target": _value(visit.target), "non_target": _value(visit.non_target),
        "new_lesions": " ".join(visit.new_lesions), "equivocal_lesions": " ".join(visit.equivocal_lesions),
        "overall": _value(visit.overall), "irecist": _value(visit.irecist), "volume_response": _value(visit.volume),
        "total_volume_ml": _rounded(visit.burden.volume_ml, 3),
        "volume_uncertainty_ml": _rounded(visit.volume_limit_ml, 3), "lesion_count": visit.burden.count,
        "site_count": len(visit.burden.sites), "dmax_mm": _rounded(visit.burden.dmax_mm, 1),
        "tgr_percent_per_month": _rounded(growth.tgr_percent_per_month, 2),
        "tgk_mm_per_month": _rounded(growth.tgk_mm_per_month, 2),
        "volume_tgr_percent_per_month": _rounded(growth.volume_tgr_percent_per_month, 2),
        "sgr_percent_per_day": _rounded(growth.sgr_percent_per_day, 4),
        "doubling_time_days": _rounded(growth.doubling_time_days, 1),
        "not_reviewed_count": len(visit.provisional),
        "reason": visit.overall.sentence_in(language) if visit.overall else "",
        "remarks": " ".join(remark.sentence_in(language) for remark in (*visit.findings, *visit.disagreements)),
    }


def _value(found: Explained | None) -> str:
    return found.value if found else ""


def _rounded(number: float | None, digits: int) -> float | None:
    return None if number is None else round(number, digits)


def text_table(assessment: CaseAssessment, language: str = "en") -> str:
    """The assessment as text for a terminal: a table of visits, the best responses, then the remarks."""
    header = ["Date", "SOD mm", "vs base", "vs nadir", "Target", "Non-target", "New", "RECIST", "iRECIST", "Volume ml",
              "Volume", "Lesions", "Sites"]
    lines = [header, *(_cells(visit) for visit in assessment.visits)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    text.insert(1, "-" * len(text[0]))
    if assessment.best is not None and assessment.irecist_best is not None:
        text += ["", f"Best overall response: {assessment.best.unconfirmed.value}, "
                     f"confirmed: {assessment.best.confirmed.value}, iRECIST: {assessment.irecist_best.value}"]
    targets = [proposal for proposal in assessment.roles if proposal.role is LesionRole.TARGET]
    text += ["", *(f"{proposal.track_id}: {proposal.reason.sentence_in(language)}" for proposal in targets)]
    for visit in assessment.visits:
        explained = [found for found in (visit.target, visit.non_target, visit.overall, visit.irecist) if found]
        remarks = [remark.sentence_in(language) for remark in (*explained, *visit.findings, *visit.disagreements)]
        if remarks:
            text += ["", f"{visit.date or visit.time_point_id} ({visit.phase.value})",
                     *(f"  {remark}" for remark in remarks)]
    return "\n".join(text)


def _cells(visit: VisitAssessment) -> list[str]:
    new = len(visit.new_lesions)
    return [visit.date or visit.time_point_id, _number(visit.sod_mm), _percent(visit.from_baseline_percent),
            _percent(visit.from_nadir_percent), _value(visit.target) or "-", _value(visit.non_target) or "-",
            str(new) if new else "-", _value(visit.overall) or "-", _value(visit.irecist) or "-",
            _number(visit.burden.volume_ml), _value(visit.volume) or "-", str(visit.burden.count),
            str(len(visit.burden.sites))]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:+.1f} %"


def as_json(value: Any, languages: Sequence[str] = ("en",)) -> Any:
    """JSON value of an assessment or any part of it; every result carries its sentence and source."""
    if isinstance(value, Explained):
        sentences = {f"sentence_{language}": value.sentence_in(language) for language in languages}
        return {"value": value.value, "rule": value.rule, "numbers": dict(value.numbers),
                "lesions": list(value.lesions), "source": value.source, **sentences}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name), languages) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {as_json(key): as_json(item, languages) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item, languages) for item in value]
    return value

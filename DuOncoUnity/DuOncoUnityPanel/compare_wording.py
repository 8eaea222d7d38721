"""What the panel says about the course of a patient."""

from __future__ import annotations

from slicer.i18n import tr as _

from DuOncoUnityLib.followup.registration import RegistrationQuality
from DuOncoUnityLib.records.decisions import LesionRole, ResultItem
from DuOncoUnityLib.records.model import TrackEvent
from DuOncoUnityLib.response.assessment import CaseAssessment
from DuOncoUnityLib.response.explain import Explained
from DuOncoUnityLib.response.rows import Seen
from DuOncoUnityLib.response.visit_assessment import VisitAssessment
from DuOncoUnityPanel.language import decimal, language


def quality_text(quality: RegistrationQuality) -> str:
    """How well two scans lie on each other."""
    if quality.reliable:
        return _("The scans lie well on each other (expected error {error} mm).").format(
            error=f"{quality.error_mm:.0f}")
    return _("The scans could not be laid well over each other: check every link between their lesions.")


def role_text(role: LesionRole | None) -> str:
    """The part that a lesion plays in RECIST."""
    return {None: "", LesionRole.TARGET: _("Target"), LesionRole.NON_TARGET: _("Non-target"),
            LesionRole.NEW: _("New"), LesionRole.NOT_COUNTED: _("Not counted")}[role]


def seen_text(seen: Seen) -> str:
    """Size of a lesion on one scan, or what became of it."""
    events = {TrackEvent.DISAPPEARED: _("gone"), TrackEvent.NOT_SCANNED: _("not scanned")}
    remarks = {TrackEvent.NEW: _("new"), TrackEvent.SPLIT: _("split"), TrackEvent.MERGED: _("merged"),
               TrackEvent.REAPPEARED: _("back")}
    if not seen.lesion_ids and not seen.size_mm:
        return events.get(seen.event, "")
    size = f"{decimal(seen.volume_ml, 1)} ml" if seen.size_mm is None else f"{decimal(seen.size_mm, 1)} mm"
    return f"{size} ({remarks[seen.event]})" if seen.event in remarks else size


def link_text(seen: Seen) -> str:
    """Who confirmed the link to the scan before, or how sure it is."""
    if seen.confirmed_by:
        return f"✓ {seen.confirmed_by}"
    return "" if seen.confidence is None else f"{100 * seen.confidence:.0f} %"


def percent_text(percent: float | None) -> str:
    """A change with its sign."""
    return "" if percent is None else f"{decimal(percent, 1, '+')} %"


def response_rows(assessment: CaseAssessment) -> list[tuple[ResultItem | None, list[str]]]:
    """The responses, a row for each kind of result: its title, then one cell for each scan.

    Returns:
        With every row the result that a person may set instead, if there is one.
    """
    def value(result: Explained | None) -> str:
        return "" if result is None else result.value

    def length(mm: float | None) -> str:
        return "" if mm is None else decimal(mm, 1)

    visits = assessment.visits
    rows: list[tuple[ResultItem | None, str, list[str]]] = [
        (None, _("Sum of diameters (mm)"), [length(visit.sod_mm) for visit in visits]),
        (None, _("Change from baseline"), [percent_text(visit.from_baseline_percent) for visit in visits]),
        (None, _("Lowest sum before (mm)"), [length(visit.nadir_mm) for visit in visits]),
        (None, _("Change from the lowest"), [percent_text(visit.from_nadir_percent) for visit in visits]),
        (ResultItem.TARGET, _("Target lesions"), [value(visit.target) for visit in visits]),
        (ResultItem.NON_TARGET, _("Non-target lesions"), [value(visit.non_target) for visit in visits]),
        (None, _("New lesions"), [", ".join(visit.new_lesions) for visit in visits]),
        (ResultItem.OVERALL, "RECIST 1.1", [value(visit.overall) for visit in visits]),
        (ResultItem.IRECIST, "iRECIST", [value(visit.irecist) for visit in visits]),
        (None, _("Total volume (ml)"), [decimal(visit.burden.volume_ml, 1) for visit in visits]),
        (None, _("Response by volume"), [value(visit.volume) for visit in visits]),
    ]
    return [(item, [title, *cells]) for item, title, cells in rows]


def reason_of(visit: VisitAssessment, row: int) -> Explained | None:
    """Why a cell of `response_rows` says what it says."""
    return {4: visit.target, 5: visit.non_target, 7: visit.overall, 8: visit.irecist, 10: visit.volume}.get(row)


def best_text(assessment: CaseAssessment) -> str:
    """The best response of all visits; "" before there is one."""
    if assessment.best is None:
        return ""
    text = _("Best overall response: {best}, confirmed: {confirmed}.").format(
        best=assessment.best.unconfirmed.value, confirmed=assessment.best.confirmed.value)
    if assessment.irecist_best is not None:
        text += " " + _("By iRECIST: {best}.").format(best=assessment.irecist_best.value)
    return text


def remarks_text(visit: VisitAssessment) -> str:
    """Where RECIST, iRECIST and volume disagree, and what else a reader must know, a line for each."""
    remarks = [remark.sentence_in(language()) for remark in (*visit.disagreements, *visit.findings)]
    return "\n".join(f"• {remark}" for remark in remarks) or _("RECIST, iRECIST and volume agree.")

"""RECIST 1.1 over all visits of one patient: baseline, nadir, and the response at each visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from DuOncoUnityLib.records.decisions import ResultItem
from DuOncoUnityLib.response.explain import Explained
from DuOncoUnityLib.response.recist import (
    NonTargetStatus,
    RecistSettings,
    Response,
    TargetSize,
    non_target_response,
    overall_response,
    sum_of_diameters,
    target_response,
)


@dataclass(frozen=True)
class Observation:
    """What was seen at one visit, in the terms of RECIST.

    Attributes:
        visit: id of the visit.
        date: ISO date; None where unknown.
        targets: every target of the patient.
        non_targets: status of every non-target lesion.
        new_lesions: unequivocal new lesions present or first seen by now; an equivocal one that is confirmed later
            is listed from its first sight on.
        equivocal_lesions: followed, not counted.
        new_targets: size in tenths of a mm of the new lesions that iRECIST measures; None when not evaluable.
        growing: non-target and new non-target lesions that a person saw growing further since the visit before.
        new_symptom: whether the scan was made for a new symptom (early confirmation in iRECIST).
        overruled: results that a person set for this visit.
    """

    visit: str
    date: str | None
    targets: tuple[TargetSize, ...] = ()
    non_targets: dict[str, NonTargetStatus] = field(default_factory=dict)
    new_lesions: tuple[str, ...] = ()
    equivocal_lesions: tuple[str, ...] = ()
    new_targets: dict[str, int | None] = field(default_factory=dict)
    growing: tuple[str, ...] = ()
    new_symptom: bool = False
    overruled: dict[ResultItem, Explained] = field(default_factory=dict)


@dataclass(frozen=True)
class VisitResponse:
    """The responses of one visit after baseline; lengths in tenths of a mm.

    Attributes:
        sum: SOD; None where a target is missing or there is none.
        baseline, nadir: sums known before this visit.
        target, non_target: None where the patient has no such lesions.
    """

    visit: str
    date: str | None
    sum: int | None
    baseline: int | None
    nadir: int | None
    target: Explained | None
    non_target: Explained | None
    overall: Explained


def respond(baseline: Observation, visits: Sequence[Observation], settings: RecistSettings) -> list[VisitResponse]:
    """Responses of all `visits` after `baseline`, in the order of time."""
    baseline_sum = sum_of_diameters(baseline.targets)
    nadir = baseline_sum
    had_response = had_complete_response = False
    responses = []
    for visit in visits:
        target = visit.overruled.get(ResultItem.TARGET) or target_response(
            visit.targets, baseline_sum, nadir, settings, had_response=had_response)
        non_target = visit.overruled.get(ResultItem.NON_TARGET) or non_target_response(visit.non_targets)
        overall = overall_response(_value(target), _value(non_target), visit.new_lesions)
        if had_complete_response and settings.disease_after_cr_is_progression and _disease_seen(target, non_target):
            overall = Explained(Response.PD, "overall_pd_after_cr", overall.numbers)
        overall = visit.overruled.get(ResultItem.OVERALL, overall)
        total = sum_of_diameters(visit.targets)
        responses.append(VisitResponse(visit.visit, visit.date, total, baseline_sum, nadir, target, non_target,
                                       overall))
        if total is not None:
            nadir = total if nadir is None else min(nadir, total)
        if target is not None and target.value != Response.NE:
            had_response = target.value in (Response.CR, Response.PR)
        had_complete_response = had_complete_response or overall.value == Response.CR
    return responses


def _value(explained: Explained | None) -> Response | None:
    return None if explained is None else Response(explained.value)


def _disease_seen(target: Explained | None, non_target: Explained | None) -> bool:
    seen = (Response.PR, Response.SD, Response.PD, Response.NON_CR_NON_PD)
    return _value(target) in seen or _value(non_target) in seen

"""Best overall response from the responses of all visits, unconfirmed and confirmed (RECIST 1.1, table 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from DuOncoUnityLib.response.explain import Explained, Number
from DuOncoUnityLib.response.recist import RecistSettings, Response

_STABLE = (Response.SD, Response.NON_CR_NON_PD)
_DISEASE_CONTROL = (Response.CR, Response.PR, *_STABLE)


@dataclass(frozen=True)
class VisitOutcome:
    """The overall response of one visit after baseline and its date, None where unknown."""

    response: Response
    date: date | None


@dataclass(frozen=True)
class BestResponse:
    """Best overall response, without and with the demand that CR and PR be confirmed."""

    unconfirmed: Explained
    confirmed: Explained


def best_response(outcomes: Sequence[VisitOutcome], baseline: date | None, settings: RecistSettings) -> BestResponse:
    """Best overall response of the visits up to the first progression.

    Args:
        outcomes: visits after baseline in the order of time.
        baseline: date of the baseline; None where unknown, then the minimum duration of SD is taken as met.
    """
    visits = _until_progression(_after_complete_response(outcomes, settings))
    return BestResponse(_unconfirmed(visits, baseline, settings), _confirmed(visits, baseline, settings))


def _after_complete_response(outcomes: Sequence[VisitOutcome], settings: RecistSettings) -> list[VisitOutcome]:
    """Resolve disease after a CR: it is progression, or the CR was none and is read as PR."""
    visits = list(outcomes)
    complete = next((i for i, visit in enumerate(visits) if visit.response is Response.CR), None)
    if complete is None:
        return visits
    diseased = (Response.PR, *_STABLE)
    for index in range(complete + 1, len(visits)):
        if visits[index].response not in diseased:
            continue
        if settings.disease_after_cr_is_progression:
            visits[index] = VisitOutcome(Response.PD, visits[index].date)
            break
        visits[:index] = [VisitOutcome(Response.PR, visit.date) if visit.response is Response.CR else visit
                          for visit in visits[:index]]
    return visits


def _until_progression(visits: list[VisitOutcome]) -> list[VisitOutcome]:
    first = next((i for i, visit in enumerate(visits) if visit.response is Response.PD), len(visits))
    return visits[:first + 1]


def _unconfirmed(visits: list[VisitOutcome], baseline: date | None, settings: RecistSettings) -> Explained:
    for response in (Response.CR, Response.PR):
        for visit in visits:
            if visit.response is response:
                return Explained(response, "bor_first", {"date": _text(visit.date)})
    return _without_response(visits, baseline, settings)


def _confirmed(visits: list[VisitOutcome], baseline: date | None, settings: RecistSettings) -> Explained:
    for response in (Response.CR, Response.PR):
        for index, visit in enumerate(visits):
            if visit.response is not response:
                continue
            second = _confirmation(visits, index, settings)
            if second is not None:
                return Explained(response, "bor_confirmed", {
                    "date": _text(visit.date), "second_date": _text(second.date), "days": settings.confirm_days})
    for index, visit in enumerate(visits[:-1]):
        # RECIST 1.1 table 3 gives PR followed by SD as SD whatever the minimum duration
        following = visits[index + 1]
        if visit.response is Response.PR and following.response in _STABLE and _apart(visit, following, settings):
            return Explained(Response.SD, "bor_pr_then_sd", {"date": _text(visit.date)})
    return _without_response(visits, baseline, settings)


def _confirmation(visits: list[VisitOutcome], index: int, settings: RecistSettings) -> VisitOutcome | None:
    """The visit that confirms the CR or PR at `index`, or None."""
    first = visits[index].response
    accepted = (Response.CR,) if first is Response.CR else (Response.CR, Response.PR)
    tolerated = (Response.NE,) if first is Response.CR else (Response.NE, *_STABLE)
    gaps_left = 1 if settings.gap_between_responses else 0
    for visit in visits[index + 1:]:
        if visit.response in accepted:
            if _apart(visits[index], visit, settings):
                return visit
        elif visit.response in tolerated and gaps_left:
            gaps_left -= 1
        else:
            return None
    return None


def _apart(first: VisitOutcome, second: VisitOutcome, settings: RecistSettings) -> bool:
    return (first.date is not None and second.date is not None
            and (second.date - first.date).days >= settings.confirm_days)


def _without_response(visits: list[VisitOutcome], baseline: date | None, settings: RecistSettings) -> Explained:
    """SD (without targets: non-CR/non-PD) if it lasted long enough, else PD, else NE."""
    numbers: dict[str, Number] = {"days": settings.min_sd_days}
    without_targets = any(visit.response is Response.NON_CR_NON_PD for visit in visits)
    for visit in visits:
        if visit.response in _DISEASE_CONTROL and _lasted(visit, baseline, settings):
            rule = "bor_sd" if baseline is not None else "bor_sd_unknown_baseline"
            stable = Response.NON_CR_NON_PD if without_targets else Response.SD
            return Explained(stable, rule, {**numbers, "date": _text(visit.date)})
    if visits and visits[-1].response is Response.PD:
        return Explained(Response.PD, "bor_pd", {**numbers, "date": _text(visits[-1].date)})
    early = any(visit.response in _DISEASE_CONTROL for visit in visits)
    return Explained(Response.NE, "bor_ne_too_early" if early else "bor_ne", numbers)


def _lasted(visit: VisitOutcome, baseline: date | None, settings: RecistSettings) -> bool:
    if baseline is None:
        return True
    return visit.date is not None and (visit.date - baseline).days >= settings.min_sd_days


def _text(day: date | None) -> str:
    return "?" if day is None else day.isoformat()

"""Several readers of one case, kept apart, and the result after adjudication."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.records.decisions import Adjudication
from DuOncoUnityLib.records.model import Case
from DuOncoUnityLib.response.assessment import CaseAssessment, assess_case
from DuOncoUnityLib.response.best_response import BestResponse, VisitOutcome, best_response
from DuOncoUnityLib.response.changes import day_of
from DuOncoUnityLib.response.explain import Explained, Number
from DuOncoUnityLib.response.recist import RecistSettings, Response
from DuOncoUnityLib.response.visit_assessment import Phase


@dataclass(frozen=True)
class ReadVisit:
    """One visit as all readers saw it.

    Attributes:
        overall: overall response by reader.
        final: what holds; None where readers disagree and nobody has adjudicated.
        note: agreement, adjudication or the need for it, in a sentence.
    """

    time_point_id: str
    date: str | None
    overall: dict[str, str]
    final: Response | None
    note: Explained


@dataclass(frozen=True)
class ReaderComparison:
    """All readings of a case; `best` is None while a visit waits for adjudication."""

    assessments: dict[str, CaseAssessment]
    visits: list[ReadVisit]
    best: BestResponse | None


def compare_readers(case: Case, settings: RecistSettings | None = None) -> ReaderComparison:
    """Assess the case for every reader and settle each visit: agreed, adjudicated, or open.

    Raises:
        DuOncoError: an adjudication names a reader who has not read the case.
    """
    settings = settings or RecistSettings()
    names = [reader.name for reader in case.decisions.readers] or [""]
    for adjudication in case.decisions.adjudications:
        if adjudication.reader not in names:
            raise DuOncoError("An adjudication names a reader who has not read this case.")
    assessments = {name: assess_case(case, settings, name) for name in names}
    first = assessments[names[0]].visits
    visits = [_settle(place, assessments, case.decisions.adjudications)
              for place, visit in enumerate(first) if visit.phase is Phase.FOLLOW_UP]
    baseline = next(visit for visit in first if visit.phase is Phase.BASELINE)
    outcomes = [VisitOutcome(visit.final, day_of(visit.date)) for visit in visits if visit.final is not None]
    settled = bool(visits) and len(outcomes) == len(visits)
    best = best_response(outcomes, day_of(baseline.date), settings) if settled else None
    return ReaderComparison(assessments, visits, best)


def _settle(place: int, assessments: dict[str, CaseAssessment], adjudications: Sequence[Adjudication]) -> ReadVisit:
    visits = {name: assessment.visits[place] for name, assessment in assessments.items()}
    overall = {name: visit.overall.value for name, visit in visits.items() if visit.overall is not None}
    visit = next(iter(visits.values()))
    # a decision on this visit outweighs one on the whole case, and a later one an earlier one
    deciding = sorted((adjudication for adjudication in adjudications
                       if adjudication.time_point_id in (None, visit.time_point_id)),
                      key=lambda adjudication: adjudication.time_point_id is not None)
    numbers: dict[str, Number] = {"readings": ", ".join(f"{name or '-'} {value}" for name, value in overall.items())}
    if len(set(overall.values())) == 1:
        final = Response(next(iter(overall.values())))
        note = Explained(final, "readers_agree", numbers)
        return ReadVisit(visit.time_point_id, visit.date, overall, final, note)
    if not deciding:
        return ReadVisit(visit.time_point_id, visit.date, overall, None, Explained("", "readers_open", numbers))
    chosen = deciding[-1]
    final = Response(overall[chosen.reader])
    signature = chosen.signature
    note = Explained(final, "readers_adjudicated", {**numbers, "reader": chosen.reader, "by": signature.by or "?",
                                                    "at": signature.at, "reason": signature.reason or "-"})
    return ReadVisit(visit.time_point_id, visit.date, overall, final, note)

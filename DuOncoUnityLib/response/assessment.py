"""The one entry: everything that RECIST, iRECIST, volumes and growth say about a case, visit by visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.records.decisions import LesionRole, Reader, ResultItem
from DuOncoUnityLib.records.model import Case, TimePoint
from DuOncoUnityLib.response.best_response import BestResponse, VisitOutcome, best_response
from DuOncoUnityLib.response.burden import burden
from DuOncoUnityLib.response.changes import day_of, days_between
from DuOncoUnityLib.response.explain import Explained, mm
from DuOncoUnityLib.response.irecist import best_immune_response, immune_responses
from DuOncoUnityLib.response.kinetics import hyperprogression
from DuOncoUnityLib.response.measurability import NODES
from DuOncoUnityLib.response.observations import Roles, assign_roles, observe
from DuOncoUnityLib.response.overruling import overruling
from DuOncoUnityLib.response.recist import RecistSettings, Response
from DuOncoUnityLib.response.targets import RoleProposal
from DuOncoUnityLib.response.timeline import Observation, VisitResponse, respond
from DuOncoUnityLib.response.tracked import in_order, tracked_lesions
from DuOncoUnityLib.response.visit_assessment import CourseOfCase, Phase, VisitAssessment


@dataclass(frozen=True)
class CaseAssessment:
    """A case as one reader sees it.

    Attributes:
        visits: all scans in the order of time, also those before baseline.
        observations: what RECIST looks at, from the baseline on.
        roles: role of every lesion, the targets first, with its reason.
        best: best overall response by RECIST 1.1; None before there is a visit after baseline.
        irecist_best: iBOR.
        hyperprogression: published criteria at the first visit, or what is missing for them.
    """

    reader: str
    settings: RecistSettings
    visits: list[VisitAssessment]
    observations: list[Observation]
    roles: list[RoleProposal]
    best: BestResponse | None
    irecist_best: Explained | None
    hyperprogression: list[Explained]


def assess_case(case: Case, settings: RecistSettings | None = None, reader: str | None = None) -> CaseAssessment:
    """Assess all scans of a case.

    Args:
        settings: choices that RECIST leaves to the protocol.
        reader: whose decisions hold; None for the adjudicated one, else the first.

    Raises:
        DuOncoError: the case has no scan, the reader or the chosen baseline is unknown, or a result set by a person
            is none that exists.
    """
    settings = settings or RecistSettings()
    chosen = choose_reader(case, reader)
    points = in_order(case.time_points)
    start = _baseline_position(case, points)
    visits = points[start:]
    lesions = tracked_lesions(case, chosen, settings)
    roles = assign_roles(lesions, visits, chosen)
    observations = observe(roles, visits, chosen)
    responses = respond(observations[0], observations[1:], settings)
    immune = immune_responses(observations[1:], responses)
    earlier = [VisitAssessment(point.id, point.date, Phase.BEFORE_BASELINE, burden(point.lesions))
               for point in points[:start]]
    followed = CourseOfCase(lesions, roles, visits, observations, responses, immune).assess()
    return CaseAssessment(
        chosen.name, settings, [*earlier, *followed], observations, [*roles.proposals, *_new_roles(roles, visits)],
        _best(chosen, responses, visits[0], settings), _best_immune(chosen, immune),
        _hyperprogression(points, start, roles, responses))


def choose_reader(case: Case, name: str | None) -> Reader:
    """The reader called `name`; without a name the adjudicated one, else the first, else one without decisions."""
    readers = case.decisions.readers
    if name is None:
        final = [adjudication.reader for adjudication in case.decisions.adjudications
                 if adjudication.time_point_id is None]
        name = final[-1] if final else readers[0].name if readers else ""
    found = next((reader for reader in readers if reader.name == name), None)
    if found is None and (readers or name):
        raise DuOncoError("The case has no reader of that name.", details=f"{len(readers)} readers")
    return found or Reader()


def _baseline_position(case: Case, points: Sequence[TimePoint]) -> int:
    if not points:
        raise DuOncoError("The case has no scan.")
    wanted = case.decisions.baseline_time_point_id
    if wanted is None:
        return 0
    position = next((place for place, point in enumerate(points) if point.id == wanted), None)
    if position is None:
        raise DuOncoError("The scan chosen as baseline is not part of the case.")
    return position


def _new_roles(roles: Roles, visits: Sequence[TimePoint]) -> list[RoleProposal]:
    proposals = []
    for found in roles.new:
        rule = ("new_equivocal" if found.equivocal else
                "new_not_scanned_before" if found.not_scanned_before else "new_since")
        reason = Explained(LesionRole.NEW, rule, {"date": visits[found.since].date or visits[found.since].id,
                                                  "site": found.lesion.site or "?"}, (found.lesion.id,))
        organ = NODES if found.lesion.is_node else found.lesion.site
        proposals.append(RoleProposal(found.lesion.id, LesionRole.NEW, reason, organ))
    return proposals


def _best(reader: Reader, responses: Sequence[VisitResponse], baseline: TimePoint,
          settings: RecistSettings) -> BestResponse | None:
    if not responses:
        return None
    outcomes = [VisitOutcome(Response(response.overall.value), day_of(response.date)) for response in responses]
    best = best_response(outcomes, day_of(baseline.date), settings)
    decided = {decision.item: overruling(decision) for decision in reader.results if decision.time_point_id is None}
    return BestResponse(decided.get(ResultItem.BEST_UNCONFIRMED, best.unconfirmed),
                        decided.get(ResultItem.BEST_CONFIRMED, best.confirmed))


def _best_immune(reader: Reader, immune: Sequence[Explained]) -> Explained | None:
    if not immune:
        return None
    decided = [overruling(decision) for decision in reader.results if decision.item is ResultItem.IRECIST_BEST]
    return decided[-1] if decided else best_immune_response(immune)


def _hyperprogression(points: Sequence[TimePoint], start: int, roles: Roles,
                      responses: Sequence[VisitResponse]) -> list[Explained]:
    def target_sum(point: TimePoint | None) -> float | None:
        sizes = [target.size(point.id) for target in roles.targets] if point else []
        known = [size for size in sizes if size is not None]
        return mm(sum(known)) if sizes and len(known) == len(sizes) else None

    before = points[start - 1] if start else None
    after = points[start + 1] if len(points) > start + 1 else None
    sums = (target_sum(before), target_sum(points[start]), target_sum(after))
    days = (days_between(before, points[start]), days_between(points[start], after))
    return hyperprogression(Response(responses[0].overall.value) if responses else None, sums, days)

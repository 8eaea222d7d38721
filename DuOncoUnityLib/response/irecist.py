"""iRECIST: progression must be confirmed before it counts (Seymour, Lancet Oncol 2017;18:e143)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from DuOncoUnityLib.records.decisions import ResultItem
from DuOncoUnityLib.response.explain import Explained, Number, mm
from DuOncoUnityLib.response.recist import (
    PROGRESSION_MINIMUM,
    NonTargetStatus,
    Response,
    is_progression,
    overall_response,
)
from DuOncoUnityLib.response.timeline import Observation, VisitResponse

CONFIRM_DAYS = 28


class ImmuneResponse(str, Enum):
    """Response by iRECIST at one visit, or the best of all visits."""

    ICR = "iCR"
    IPR = "iPR"
    ISD = "iSD"
    NON = "NON-iCR/NON-iUPD"
    IUPD = "iUPD"
    ICPD = "iCPD"
    NE = "NE"


_OF_RECIST = {Response.CR: ImmuneResponse.ICR, Response.PR: ImmuneResponse.IPR, Response.SD: ImmuneResponse.ISD,
              Response.NON_CR_NON_PD: ImmuneResponse.NON, Response.NE: ImmuneResponse.NE}
_BETTER_FIRST = (Response.CR, Response.PR, Response.SD, Response.NON_CR_NON_PD, Response.PD)


@dataclass
class _Unconfirmed:
    """A progression that waits for confirmation, with the measures it is compared with (tenths of a mm).

    Attributes:
        base: response without the new lesions when it began.
        target_sum: SOD at the first target progression of this episode; None while targets have not progressed.
        non_targets: non-target lesions already called progressive.
        non_target_seen, new_seen: whether non-target or new lesions have progressed in this episode.
        starting_sum: SOD when it began, whatever progressed.
        new_sizes: measured new lesions at their first sight in this episode.
    """

    day: date | None
    base: Response
    starting_sum: int | None
    target_sum: int | None = None
    non_targets: set[str] = field(default_factory=set)
    new_sizes: dict[str, int] = field(default_factory=dict)
    non_target_seen: bool = False
    new_seen: bool = False


class _Course:
    """What is carried from visit to visit: the new lesions of the last one, all their sizes, and the progression."""

    def __init__(self) -> None:
        self.known_new: set[str] = set()
        self.new_sizes: list[dict[str, int | None]] = []
        self.episode: _Unconfirmed | None = None
        self.confirmed = False


def immune_responses(visits: Sequence[Observation], responses: Sequence[VisitResponse]) -> list[Explained]:
    """iRECIST response of each visit after baseline; value of `ImmuneResponse`.

    Args:
        visits: observations after baseline in the order of time.
        responses: RECIST 1.1 of the same visits.
    """
    course = _Course()
    results = []
    for visit, response in zip(visits, responses, strict=True):
        computed = _respond(course, visit, response)
        results.append(visit.overruled.get(ResultItem.IRECIST, computed))
    return results


def _respond(course: _Course, visit: Observation, response: VisitResponse) -> Explained:
    if course.confirmed:
        return Explained(ImmuneResponse.ICPD, "icpd_before")
    progressed = _progressed(course, visit, response)
    base = _base(response)
    if course.episode is None:
        result = _begin(course, visit, response, base, progressed) if progressed else _settled(visit, base)
    else:
        result = _continue(course, course.episode, visit, response, base, progressed)
    if result.rule == "iupd_too_early":
        return result
    course.known_new = set(visit.new_lesions)
    course.new_sizes.append(visit.new_targets)
    course.confirmed = result.value == ImmuneResponse.ICPD
    return result


def _progressed(course: _Course, visit: Observation, response: VisitResponse) -> dict[str, tuple[str, ...]]:
    """Categories in progression by RECIST at this visit, with the lesions meant where they are single ones."""
    found: dict[str, tuple[str, ...]] = {}
    if response.target is not None and response.target.value == Response.PD:
        found["target"] = ()
    if response.non_target is not None and response.non_target.value == Response.PD:
        found["non_target"] = response.non_target.lesions
    fresh = tuple(lesion for lesion in visit.new_lesions if lesion not in course.known_new)
    if fresh:
        found["new"] = fresh
    elif course.episode is None and _new_lesions_progress(course, visit):
        found["new"] = tuple(visit.new_targets)
    return found


def _new_lesions_progress(course: _Course, visit: Observation) -> bool:
    """Whether the sum of the known new lesions is in progression against its own nadir."""
    now = _sum(visit.new_targets, visit.new_targets)
    before = [total for sizes in course.new_sizes if (total := _sum(sizes, visit.new_targets)) is not None]
    return now is not None and bool(before) and is_progression(now, min(before))


def _base(response: VisitResponse) -> Response:
    """The response that targets and non-targets alone give."""
    target = Response(response.target.value) if response.target else None
    non_target = Response(response.non_target.value) if response.non_target else None
    return Response(overall_response(target, non_target, ()).value)


def _begin(course: _Course, visit: Observation, response: VisitResponse, base: Response,
           progressed: dict[str, tuple[str, ...]]) -> Explained:
    course.episode = _Unconfirmed(_day(visit), base, response.sum)
    _note(course.episode, visit, progressed)
    lesions = tuple(lesion for found in progressed.values() for lesion in found)
    return Explained(ImmuneResponse.IUPD, "iupd_first", {"categories": _names(progressed)}, lesions)


def _note(episode: _Unconfirmed, visit: Observation, progressed: dict[str, tuple[str, ...]]) -> None:
    """Keep the measures of whatever progressed for the first time in this episode."""
    if "target" in progressed and episode.target_sum is None:
        episode.target_sum = _measured(visit)
    if "non_target" in progressed:
        episode.non_targets.update(lesion for lesion, status in visit.non_targets.items()
                                   if status is NonTargetStatus.PROGRESSION)
        episode.non_target_seen = True
    if visit.new_lesions:
        episode.new_seen = True
        for lesion, size in visit.new_targets.items():
            if size is not None:
                episode.new_sizes.setdefault(lesion, size)


def _measured(visit: Observation) -> int:
    return sum(target.size for target in visit.targets)


def _continue(course: _Course, episode: _Unconfirmed, visit: Observation, response: VisitResponse, base: Response,
              progressed: dict[str, tuple[str, ...]]) -> Explained:
    confirmation = _confirmation(episode, visit, progressed)
    day = _day(visit)
    early = episode.day is not None and day is not None and (day - episode.day).days < CONFIRM_DAYS
    if confirmation is not None and early and not (visit.new_symptom and progressed.get("new")):
        # nothing is noted, so that the next scan can still confirm by what this one showed
        return Explained(ImmuneResponse.IUPD, "iupd_too_early", {"days": CONFIRM_DAYS}, confirmation.lesions)
    if confirmation is not None:
        return confirmation
    still = {name for name in ("target", "non_target") if name in progressed}
    _note(episode, visit, progressed)
    if still:
        return Explained(ImmuneResponse.IUPD, "iupd_unchanged", {"categories": _names(still)})
    if base is Response.NE:
        return Explained(ImmuneResponse.NE, "irecist_ne")
    if visit.new_lesions and not _improved(episode, response, base):
        return Explained(ImmuneResponse.IUPD, "iupd_new_unchanged", {}, visit.new_lesions)
    course.episode = None
    return _settled(visit, base, reset=True)


def _confirmation(episode: _Unconfirmed, visit: Observation,
                  progressed: dict[str, tuple[str, ...]]) -> Explained | None:
    """iCPD with its reason, if anything grew since the progression that waits for confirmation."""
    def confirmed(rule: str, lesions: tuple[str, ...] = (), **numbers: Number) -> Explained:
        return Explained(ImmuneResponse.ICPD, rule, numbers, lesions)

    grown = _measured(visit) - episode.target_sum if episode.target_sum is not None else 0
    if grown >= PROGRESSION_MINIMUM:
        return confirmed("icpd_target", change_mm=mm(grown))
    growing = tuple(lesion for lesion in visit.growing if lesion in visit.non_targets)
    worse = tuple(lesion for lesion in progressed.get("non_target", ()) if lesion not in episode.non_targets)
    if episode.non_target_seen and (growing or worse):
        return confirmed("icpd_non_target", growing + worse)
    if episode.new_seen and progressed.get("new"):
        return confirmed("icpd_another_new", progressed["new"])
    growth = {lesion: size - episode.new_sizes[lesion] for lesion, size in visit.new_targets.items()
              if size is not None and lesion in episode.new_sizes}
    if sum(growth.values()) >= PROGRESSION_MINIMUM:
        return confirmed("icpd_new_targets", tuple(growth), change_mm=mm(sum(growth.values())))
    new_growing = tuple(lesion for lesion in visit.growing
                        if lesion in visit.new_lesions and lesion not in visit.new_targets)
    if episode.new_seen and new_growing:
        return confirmed("icpd_new_non_targets", new_growing)
    others = {name: lesions for name, lesions in progressed.items() if not _has_progressed(episode, name)}
    if others:
        return confirmed("icpd_other_category", tuple(lesion for found in others.values() for lesion in found),
                         categories=_names(others))
    return None


def _has_progressed(episode: _Unconfirmed, category: str) -> bool:
    return {"target": episode.target_sum is not None, "non_target": episode.non_target_seen,
            "new": episode.new_seen}[category]


def _improved(episode: _Unconfirmed, response: VisitResponse, base: Response) -> bool:
    """Whether the disease changed for the better since the progression: a better response, or targets 5 mm smaller."""
    shrunk = (response.sum is not None and episode.starting_sum is not None
              and episode.starting_sum - response.sum >= PROGRESSION_MINIMUM)
    better = (base in _BETTER_FIRST and episode.base in _BETTER_FIRST
              and _BETTER_FIRST.index(base) < _BETTER_FIRST.index(episode.base))
    return shrunk or better


def _settled(visit: Observation, base: Response, *, reset: bool = False) -> Explained:
    """No progression waits for confirmation: iCR, iPR, iSD; with new lesions left it is at best iPR."""
    response = _OF_RECIST[base]
    if response is ImmuneResponse.ICR and visit.new_lesions:
        return Explained(ImmuneResponse.IPR, "ipr_new_left", {}, visit.new_lesions)
    return Explained(response, "irecist_reset" if reset else "irecist_base")


def _sum(sizes: Mapping[str, int | None], lesions: Collection[str]) -> int | None:
    """Sum over `lesions`; None where there is none or one was not measured."""
    known = [size for lesion in lesions if (size := sizes.get(lesion)) is not None]
    return sum(known) if known and len(known) == len(lesions) else None


def _day(visit: Observation) -> date | None:
    return date.fromisoformat(visit.date[:10]) if visit.date else None


def _names(categories: Collection[str]) -> str:
    return ", ".join(name for name in ("target", "non_target", "new") if name in categories)


def best_immune_response(responses: Sequence[Explained]) -> Explained:
    """iBOR: the best response before confirmed progression (Seymour 2017, table 3)."""
    values = [ImmuneResponse(response.value) for response in responses]
    before = values[:values.index(ImmuneResponse.ICPD)] if ImmuneResponse.ICPD in values else values
    for best in (ImmuneResponse.ICR, ImmuneResponse.IPR, ImmuneResponse.ISD, ImmuneResponse.NON):
        if best in before:
            return Explained(best, "ibor_best")
    if ImmuneResponse.ICPD in values:
        return Explained(ImmuneResponse.ICPD, "ibor_icpd")
    if ImmuneResponse.IUPD in values:
        return Explained(ImmuneResponse.IUPD, "ibor_iupd")
    return Explained(ImmuneResponse.NE, "ibor_ne")

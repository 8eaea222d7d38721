"""The one entry: everything that RECIST, iRECIST, volumes and growth say about a case, visit by visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.records.decisions import LesionRole, Reader, ResultItem
from DuOncoUnityLib.records.model import Case, TimePoint
from DuOncoUnityLib.response.best_response import BestResponse, VisitOutcome, best_response
from DuOncoUnityLib.response.burden import Burden, burden
from DuOncoUnityLib.response.changes import ScanPair, lesion_changes, sum_limit_mm, volume_limit_ml
from DuOncoUnityLib.response.disagreement import LesionChange, Picture, disagreements
from DuOncoUnityLib.response.explain import Explained, mm, percent_change
from DuOncoUnityLib.response.irecist import ImmuneResponse, best_immune_response, immune_responses
from DuOncoUnityLib.response.kinetics import Kinetics, hyperprogression, kinetics
from DuOncoUnityLib.response.observations import Roles, assign_roles, observe, overruling
from DuOncoUnityLib.response.recist import RecistSettings, Response, sum_of_diameters
from DuOncoUnityLib.response.targets import RoleProposal
from DuOncoUnityLib.response.timeline import Observation, VisitResponse, respond
from DuOncoUnityLib.response.tracked import TrackedLesion, tracked_lesions
from DuOncoUnityLib.response.volumes import VolumeResponse, volume_response


@dataclass(frozen=True)
class VisitAssessment:
    """Everything about one scan; lengths in mm, volumes in ml, None where it does not apply or cannot be told.

    Attributes:
        phase: "before baseline", "baseline" or "follow-up".
        sod_limit_mm: changes of the sum since the scan before up to this are within the uncertainty of measuring.
        volume_limit_ml: the same for the total volume.
        sizes_mm: size of every lesion in its role (node: short axis), by track.
        provisional: tracks that decide here and that nobody has reviewed.
        findings: remarks on single results.
        disagreements: where RECIST, iRECIST and the whole burden differ, and early signs of resistance.
    """

    time_point_id: str
    date: str | None
    phase: str
    burden: Burden
    sod_mm: float | None = None
    baseline_mm: float | None = None
    nadir_mm: float | None = None
    from_baseline_mm: float | None = None
    from_baseline_percent: float | None = None
    from_nadir_mm: float | None = None
    from_nadir_percent: float | None = None
    sod_limit_mm: float | None = None
    volume_limit_ml: float | None = None
    target: Explained | None = None
    non_target: Explained | None = None
    overall: Explained | None = None
    irecist: Explained | None = None
    new_sum_mm: float | None = None
    volume: Explained | None = None
    kinetics: Kinetics | None = None
    new_lesions: tuple[str, ...] = ()
    equivocal_lesions: tuple[str, ...] = ()
    sizes_mm: dict[str, float | None] = field(default_factory=dict)
    changes: tuple[LesionChange, ...] = ()
    provisional: tuple[str, ...] = ()
    findings: tuple[Explained, ...] = ()
    disagreements: tuple[Explained, ...] = ()


@dataclass(frozen=True)
class CaseAssessment:
    """A case as one reader sees it.

    Attributes:
        roles: role of every lesion, the targets first, with its reason.
        best: best overall response by RECIST 1.1; None before there is a visit after baseline.
        irecist_best: iBOR.
        hyperprogression: published criteria at the first visit, or what is missing for them.
    """

    reader: str
    settings: RecistSettings
    visits: list[VisitAssessment]
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
        DuOncoError: the case has no scan, or the reader or the chosen baseline is unknown.
    """
    settings = settings or RecistSettings()
    chosen = choose_reader(case, reader)
    points = sorted(case.time_points, key=lambda point: point.date or "")
    start = _baseline_position(case, points)
    visits = points[start:]
    lesions = tracked_lesions(case, chosen)
    roles = assign_roles(lesions, visits, chosen, settings)
    observations = observe(roles, visits, chosen, settings)
    responses = respond(observations[0], observations[1:], settings)
    immune = immune_responses(observations[1:], responses)
    earlier = [VisitAssessment(point.id, point.date, "before baseline", burden(point.lesions))
               for point in points[:start]]
    followed = _Followed(lesions, roles, visits, observations, responses, immune, settings).assess()
    return CaseAssessment(
        chosen.name, settings, [*earlier, *followed],
        [*roles.proposals, *(_new_role(roles, visits))],
        _best(chosen, responses, visits[0], settings), _best_immune(chosen, immune),
        _hyperprogression(points, start, roles, responses, settings))


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


def _new_role(roles: Roles, visits: Sequence[TimePoint]) -> list[RoleProposal]:
    proposals = []
    for found in roles.new:
        rule = ("new_equivocal" if found.equivocal else
                "new_not_scanned_before" if found.not_scanned_before else "new_since")
        reason = Explained(LesionRole.NEW, rule, {"date": visits[found.since].date or visits[found.since].id,
                                                  "site": found.lesion.site or "?"}, (found.lesion.id,))
        proposals.append(RoleProposal(found.lesion.id, LesionRole.NEW, reason))
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


def _hyperprogression(points: Sequence[TimePoint], start: int, roles: Roles, responses: Sequence[VisitResponse],
                      settings: RecistSettings) -> list[Explained]:
    def target_sum(point: TimePoint) -> float | None:
        sizes = [target.size(point.id, settings) for target in roles.targets]
        known = [size for size in sizes if size is not None]
        return mm(sum(known)) if sizes and len(known) == len(sizes) else None

    before = points[start - 1] if start else None
    after = points[start + 1] if len(points) > start + 1 else None
    sums = (target_sum(before) if before else None, target_sum(points[start]), target_sum(after) if after else None)
    days = (days_between(before, points[start]) if before else None,
            days_between(points[start], after) if after else None)
    return hyperprogression(Response(responses[0].overall.value) if responses else None, sums, days)


def day_of(text: str | None) -> date | None:
    """The day of an ISO date or time."""
    return date.fromisoformat(text[:10]) if text else None


def days_between(first: TimePoint, second: TimePoint) -> int | None:
    """Days from one scan to another; None where a date is unknown."""
    start, end = day_of(first.date), day_of(second.date)
    return None if start is None or end is None else (end - start).days


@dataclass
class _Followed:
    """Baseline and all visits after it, on the way to their assessments."""

    lesions: list[TrackedLesion]
    roles: Roles
    visits: list[TimePoint]
    observations: list[Observation]
    responses: list[VisitResponse]
    immune: list[Explained]
    settings: RecistSettings

    def assess(self) -> list[VisitAssessment]:
        burdens = [burden(visit.lesions) for visit in self.visits]
        baseline = self.observations[0]
        total = sum_of_diameters(baseline.targets)
        assessed = [VisitAssessment(baseline.visit, baseline.date, "baseline", burdens[0],
                                    sod_mm=None if total is None else mm(total), sizes_mm=self._sizes(0),
                                    provisional=self._provisional(0))]
        assessed.extend(self._visit(position, burdens) for position in range(1, len(self.visits)))
        return assessed

    def _visit(self, position: int, burdens: Sequence[Burden]) -> VisitAssessment:
        observation, response = self.observations[position], self.responses[position - 1]
        pair = ScanPair(self.visits[position - 1], self.visits[position])
        changes = lesion_changes(self.lesions, self._role_of(), pair, self.settings)
        now_ml, before_ml = burdens[position].volume_ml, burdens[position - 1].volume_ml
        nadir_ml = min(earlier.volume_ml for earlier in burdens[:position])
        limit_ml = volume_limit_ml(before_ml, now_ml, pair)
        volume = volume_response(now_ml, burdens[0].volume_ml, nadir_ml)
        previous = self.observations[position - 1]
        sod, before = response.sum, sum_of_diameters(previous.targets)
        limit_mm = sum_limit_mm(previous.targets, observation.targets, pair)
        picture = Picture(
            recist=Response(response.overall.value), irecist=ImmuneResponse(self.immune[position - 1].value),
            volume=VolumeResponse(volume.value) if volume else None,
            sod_mm=_mm(sod), nadir_sod_mm=_mm(response.nadir), volume_ml=now_ml, nadir_volume_ml=nadir_ml,
            volume_limit_ml=limit_ml, changes=changes, non_target_ml=self._non_target_volumes(position),
            non_target=Response(response.non_target.value) if response.non_target else None,
            new=_fresh(observation.new_lesions, previous.new_lesions),
            equivocal=_fresh(observation.equivocal_lesions, previous.equivocal_lesions))
        findings = self._findings(position, limit_mm, sod, before)
        new_sizes = list(observation.new_targets.values())
        return VisitAssessment(
            observation.visit, observation.date, "follow-up", burdens[position],
            sod_mm=_mm(sod), baseline_mm=_mm(response.baseline), nadir_mm=_mm(response.nadir),
            from_baseline_mm=_difference(sod, response.baseline),
            from_baseline_percent=_percent(sod, response.baseline),
            from_nadir_mm=_difference(sod, response.nadir), from_nadir_percent=_percent(sod, response.nadir),
            sod_limit_mm=limit_mm, volume_limit_ml=limit_ml,
            target=response.target, non_target=response.non_target, overall=response.overall,
            irecist=self.immune[position - 1],
            new_sum_mm=mm(sum(size for size in new_sizes if size is not None))
            if new_sizes and None not in new_sizes else None,
            volume=volume,
            kinetics=kinetics((_mm(before), _mm(sod)), (before_ml, now_ml), days_between(pair.before, pair.after),
                              limit_ml),
            new_lesions=observation.new_lesions, equivocal_lesions=observation.equivocal_lesions,
            sizes_mm=self._sizes(position), changes=tuple(changes), provisional=self._provisional(position),
            findings=tuple(findings), disagreements=tuple(disagreements(picture)))

    def _role_of(self) -> dict[str, LesionRole]:
        roles = {lesion.id: LesionRole.TARGET for lesion in self.roles.targets}
        roles.update((lesion.id, LesionRole.NON_TARGET) for lesion in self.roles.non_targets)
        roles.update((found.lesion.id, LesionRole.NEW) for found in self.roles.new)
        return roles

    def _sizes(self, position: int) -> dict[str, float | None]:
        roles = self._role_of()
        visit = self.visits[position].id
        return {lesion.id: _mm(lesion.size(visit, self.settings)) for lesion in self.lesions if lesion.id in roles}

    def _provisional(self, position: int) -> tuple[str, ...]:
        roles = self._role_of()
        visit = self.visits[position].id
        return tuple(lesion.id for lesion in self.lesions
                     if lesion.id in roles and lesion.sightings[visit].is_unreviewed)

    def _non_target_volumes(self, position: int) -> tuple[float, float] | None:
        """Total volume of the non-target lesions now and at its lowest before."""
        if not self.roles.non_targets:
            return None
        totals = [sum(lesion.sightings[visit.id].volume_ml for lesion in self.roles.non_targets)
                  for visit in self.visits[:position + 1]]
        return totals[-1], min(totals[:-1])

    def _findings(self, position: int, limit_mm: float | None, sod: int | None, before: int | None) -> list[Explained]:
        visit = self.visits[position].id
        findings = []
        for target in self.roles.targets:
            sighting = target.sightings[visit]
            if len(sighting.lesions) > 1:
                findings.append(Explained("", "target_split", {"count": len(sighting.lesions)}, (target.id,)))
            if sighting.merged_with and sighting.lesions:
                findings.append(Explained("", "target_merged", {"others": ", ".join(sighting.merged_with)},
                                          (target.id,)))
        if limit_mm is not None and sod is not None and before is not None and sod != before:
            change = mm(abs(sod - before))
            if change <= limit_mm:
                findings.append(Explained("", "sum_within_uncertainty",
                                          {"change_mm": mm(sod - before), "limit_mm": limit_mm}))
        dated_back = tuple(found.lesion.id for found in self.roles.new if found.since == position
                           and not found.equivocal and found.lesion.sightings[visit].is_equivocal)
        if dated_back:
            findings.append(Explained("", "dated_back", {}, dated_back))
        missing = tuple(lesion.id for lesion in [*self.roles.targets, *self.roles.non_targets]
                        if not lesion.sightings[visit].scanned and lesion.sightings[visit].decision is None)
        if missing:
            findings.append(Explained("", "not_scanned", {"count": len(missing)}, missing))
        provisional = self._provisional(position)
        if provisional:
            findings.append(Explained("", "provisional", {"count": len(provisional)}, provisional[:10]))
        return findings


def _fresh(now: tuple[str, ...], before: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(lesion for lesion in now if lesion not in before)


def _mm(tenths: int | None) -> float | None:
    return None if tenths is None else mm(tenths)


def _difference(now: int | None, before: int | None) -> float | None:
    return None if now is None or before is None else mm(now - before)


def _percent(now: int | None, before: int | None) -> float | None:
    return None if now is None or before is None else percent_change(now, before)

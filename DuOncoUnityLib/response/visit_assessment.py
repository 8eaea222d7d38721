"""Everything about one scan of a case, put together from the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from DuOncoUnityLib.records.decisions import LesionRole
from DuOncoUnityLib.records.model import TimePoint
from DuOncoUnityLib.response.burden import Burden, burden
from DuOncoUnityLib.response.changes import ScanPair, days_between, lesion_changes, sum_limit_mm, volume_limit_ml
from DuOncoUnityLib.response.disagreement import LesionChange, Picture, disagreements
from DuOncoUnityLib.response.explain import Explained, mm, percent_change
from DuOncoUnityLib.response.findings import baseline_findings, visit_findings
from DuOncoUnityLib.response.irecist import ImmuneResponse
from DuOncoUnityLib.response.kinetics import Kinetics, kinetics
from DuOncoUnityLib.response.observations import Roles
from DuOncoUnityLib.response.recist import Response, sum_of_diameters
from DuOncoUnityLib.response.timeline import Observation, VisitResponse
from DuOncoUnityLib.response.tracked import TrackedLesion
from DuOncoUnityLib.response.volumes import VolumeResponse, volume_response


class Phase(str, Enum):
    """Where a scan stands in the course of treatment."""

    BEFORE_BASELINE = "before baseline"
    BASELINE = "baseline"
    FOLLOW_UP = "follow-up"


@dataclass(frozen=True)
class VisitAssessment:
    """Everything about one scan; lengths in mm, volumes in ml, None where it does not apply or cannot be told.

    Attributes:
        sod_mm: sum of diameters of the targets; `baseline_mm` and `nadir_mm` are what it is compared with.
        sod_limit_mm: changes of the sum since the scan before up to this are within the uncertainty of measuring.
        volume_limit_ml: the same for the total volume.
        volume_complete: whether every lesion known before could be seen; otherwise the total is a lower bound.
        new_sum_mm: sum of the new lesions that iRECIST measures.
        sizes_mm: size of every lesion that has a role (node: short axis), by track; 0 gone, None not evaluable.
        changes: of every lesion since the scan before.
        provisional: tracks with a role that nobody has reviewed on this scan.
        findings: remarks on single results.
        disagreements: where RECIST, iRECIST and the whole burden differ, and early signs of resistance.
    """

    time_point_id: str
    date: str | None
    phase: Phase
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
    volume_complete: bool = True
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


@dataclass
class CourseOfCase:
    """Baseline and all visits after it with their responses, on the way to their assessments."""

    lesions: list[TrackedLesion]
    roles: Roles
    visits: list[TimePoint]
    observations: list[Observation]
    responses: list[VisitResponse]
    immune: list[Explained]

    def assess(self) -> list[VisitAssessment]:
        """One assessment per scan from the baseline on."""
        return [self._baseline(), *(self._visit(position) for position in range(1, len(self.visits)))]

    @cached_property
    def role_of(self) -> dict[str, LesionRole]:
        """Role of every lesion that has one, by track."""
        roles = {lesion.id: LesionRole.TARGET for lesion in self.roles.targets}
        roles.update((lesion.id, LesionRole.NON_TARGET) for lesion in self.roles.non_targets)
        roles.update((found.lesion.id, LesionRole.NEW) for found in self.roles.new)
        return roles

    @cached_property
    def burdens(self) -> list[Burden]:
        """Burden of every scan."""
        return [burden(visit.lesions) for visit in self.visits]

    @cached_property
    def complete(self) -> list[bool]:
        """Whether every lesion seen on an earlier scan could be seen or missed on this one."""
        known: set[str] = set()
        result = []
        for visit in self.visits:
            here = {lesion.id: lesion.sightings[visit.id] for lesion in self.lesions}
            result.append(all(here[track].is_evaluable for track in known))
            known.update(track for track, sighting in here.items() if sighting.is_present)
        return result

    def _baseline(self) -> VisitAssessment:
        observation = self.observations[0]
        return VisitAssessment(
            observation.visit, observation.date, Phase.BASELINE, self.burdens[0],
            sod_mm=_mm(sum_of_diameters(observation.targets)), sizes_mm=self._sizes(0),
            provisional=self._provisional(0),
            findings=tuple(baseline_findings(self.roles.proposals, self._provisional(0))))

    def _visit(self, position: int) -> VisitAssessment:
        observation, response = self.observations[position], self.responses[position - 1]
        previous = self.observations[position - 1]
        pair = ScanPair(self.visits[position - 1], self.visits[position])
        changes = tuple(lesion_changes(self.lesions, self.role_of, pair))
        limit_mm = sum_limit_mm(previous.targets, observation.targets, pair)
        limit_ml = volume_limit_ml(self.burdens[position - 1].volume_ml, self.burdens[position].volume_ml, pair)
        volume = self._volume(position)
        return VisitAssessment(
            observation.visit, observation.date, Phase.FOLLOW_UP, self.burdens[position],
            sod_mm=_mm(response.sum), baseline_mm=_mm(response.baseline), nadir_mm=_mm(response.nadir),
            from_baseline_mm=_difference(response.sum, response.baseline),
            from_baseline_percent=_percent(response.sum, response.baseline),
            from_nadir_mm=_difference(response.sum, response.nadir),
            from_nadir_percent=_percent(response.sum, response.nadir),
            sod_limit_mm=limit_mm, volume_limit_ml=limit_ml, volume_complete=self.complete[position],
            target=response.target, non_target=response.non_target, overall=response.overall,
            irecist=self.immune[position - 1], new_sum_mm=_new_sum_mm(observation), volume=volume,
            kinetics=self._kinetics(position, limit_ml),
            new_lesions=observation.new_lesions, equivocal_lesions=observation.equivocal_lesions,
            sizes_mm=self._sizes(position), changes=changes, provisional=self._provisional(position),
            findings=tuple(visit_findings(self.roles, self.visits, position, previous, observation, limit_mm,
                                          self._provisional(position))),
            disagreements=tuple(disagreements(self._picture(position, changes, volume, limit_ml))))

    def _volume(self, position: int) -> Explained | None:
        return volume_response(self.burdens[position].volume_ml, self.burdens[0].volume_ml,
                               self._nadir_ml(position), complete=self.complete[position])

    def _nadir_ml(self, position: int) -> float:
        """Lowest total volume before; the baseline is complete by definition."""
        return min(burden.volume_ml for burden, complete in
                   zip(self.burdens[:position], self.complete[:position], strict=True) if complete)

    def _kinetics(self, position: int, limit_ml: float) -> Kinetics | None:
        sums = [_mm(sum_of_diameters(observation.targets)) for observation in self.observations[position - 1:][:2]]
        known = all(self.complete[position - 1:position + 1])
        volumes = (self.burdens[position - 1].volume_ml, self.burdens[position].volume_ml) if known else None
        return kinetics((sums[0], sums[1]), volumes, days_between(*self.visits[position - 1:position + 1]), limit_ml)

    def _picture(self, position: int, changes: Sequence[LesionChange], volume: Explained | None,
                 limit_ml: float) -> Picture:
        observation, response = self.observations[position], self.responses[position - 1]
        previous = self.observations[position - 1]
        return Picture(
            recist=Response(response.overall.value), irecist=ImmuneResponse(self.immune[position - 1].value),
            volume=VolumeResponse(volume.value) if volume else None,
            sod_mm=_mm(response.sum), nadir_sod_mm=_mm(response.nadir),
            volume_ml=self.burdens[position].volume_ml, nadir_volume_ml=self._nadir_ml(position),
            volume_limit_ml=limit_ml, changes=changes, non_target_ml=self._non_target_volumes(position),
            non_target=Response(response.non_target.value) if response.non_target else None,
            new=self._appeared(observation.new_lesions, previous.new_lesions),
            equivocal=self._appeared(observation.equivocal_lesions, previous.equivocal_lesions))

    def _appeared(self, now: tuple[str, ...], before: tuple[str, ...]) -> dict[str, str]:
        """Site of every lesion that is listed now and was not before."""
        site = {found.lesion.id: found.lesion.site for found in self.roles.new}
        return {lesion: site[lesion] for lesion in now if lesion not in before}

    def _non_target_volumes(self, position: int) -> tuple[float, float] | None:
        """Total volume of the non-target lesions now and at its lowest before."""
        if not self.roles.non_targets:
            return None
        totals = [sum(lesion.sightings[visit.id].volume_ml for lesion in self.roles.non_targets)
                  for visit in self.visits[:position + 1]]
        return totals[-1], min(totals[:-1])

    def _sizes(self, position: int) -> dict[str, float | None]:
        visit = self.visits[position].id
        return {lesion.id: _mm(lesion.size(visit)) for lesion in self.lesions
                if lesion.id in self.role_of}

    def _provisional(self, position: int) -> tuple[str, ...]:
        visit = self.visits[position].id
        return tuple(lesion.id for lesion in self.lesions
                     if lesion.id in self.role_of and lesion.sightings[visit].is_unreviewed)


def _new_sum_mm(observation: Observation) -> float | None:
    sizes = [size for size in observation.new_targets.values() if size is not None]
    return mm(sum(sizes)) if sizes and len(sizes) == len(observation.new_targets) else None


def _mm(tenths: int | None) -> float | None:
    return None if tenths is None else mm(tenths)


def _difference(now: int | None, before: int | None) -> float | None:
    return None if now is None or before is None else mm(now - before)


def _percent(now: int | None, before: int | None) -> float | None:
    return None if now is None or before is None else percent_change(now, before)

"""From tracked lesions and decisions to what RECIST and iRECIST look at, visit by visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from DuOncoUnityLib.records.decisions import LesionReading, LesionRole, Reader, ResultItem
from DuOncoUnityLib.records.model import TimePoint
from DuOncoUnityLib.response.explain import Explained
from DuOncoUnityLib.response.measurability import Candidate, Measurability, measurability
from DuOncoUnityLib.response.overruling import overruling
from DuOncoUnityLib.response.recist import NODE_NORMAL_BELOW, NonTargetStatus, TargetSize, tenths_of_mm
from DuOncoUnityLib.response.targets import MAX_PER_ORGAN, MAX_TARGETS, RoleProposal, propose_roles, role_by_person
from DuOncoUnityLib.response.timeline import Observation
from DuOncoUnityLib.response.tracked import Sighting, TrackedLesion


@dataclass(frozen=True)
class NewLesion:
    """A track that was no disease at baseline and is later.

    Attributes:
        since: position of the visit at which it was first seen (0 is the baseline).
        equivocal: never affirmed after it was called equivocal; followed, not counted.
        not_scanned_before: its place was not on the baseline scan.
        is_measured: one of the new lesions that iRECIST sums up.
    """

    lesion: TrackedLesion
    since: int
    equivocal: bool
    not_scanned_before: bool
    is_measured: bool


@dataclass(frozen=True)
class Roles:
    """Every lesion in its role; the rest of the tracks are normal nodes, cysts or not counted by decision."""

    targets: list[TrackedLesion]
    non_targets: list[TrackedLesion]
    new: list[NewLesion]
    proposals: list[RoleProposal]


def assign_roles(lesions: Sequence[TrackedLesion], visits: Sequence[TimePoint], reader: Reader) -> Roles:
    """Roles of all lesions; `visits` begins with the baseline."""
    baseline = visits[0]
    decisions = {decision.track_id: decision for decision in reader.roles}
    by_id = {lesion.id: lesion for lesion in lesions}
    candidates = [candidate(lesion, baseline) for lesion in lesions
                  if lesion.sightings[baseline.id].is_present]
    proposals = propose_roles(candidates, {track: decision for track, decision in decisions.items()
                                           if decision.role is not LesionRole.NEW})
    role = {proposal.track_id: proposal.role for proposal in proposals}
    targets = [by_id[proposal.track_id] for proposal in proposals if proposal.role is LesionRole.TARGET]
    non_targets = [by_id[proposal.track_id] for proposal in proposals if proposal.role is LesionRole.NON_TARGET]
    new = []
    for lesion in lesions:
        decided = decisions.get(lesion.id)
        if decided is None or decided.role is LesionRole.NEW:
            no_disease = lesion.id not in role or (
                role[lesion.id] is LesionRole.NOT_COUNTED and lesion.is_node)
            if no_disease and (found := _new_lesion(lesion, visits)) is not None:
                new.append(found)
        elif lesion.id not in role and decided.role is LesionRole.NON_TARGET:
            non_targets.append(lesion)
            proposals.append(role_by_person(decided, candidate(lesion, baseline).organ))
    return Roles(targets, non_targets, _choose_measured(new, visits), proposals)


def candidate(lesion: TrackedLesion, point: TimePoint) -> Candidate:
    """The lesion as it is judged at one time point."""
    masks = lesion.sightings[point.id].lesions
    size = lesion.size(point.id) or 0
    long_axis = max((tenths_of_mm(mask.measurement.long_axis.length_mm) for mask in masks), default=size)
    short_axis = max((tenths_of_mm(mask.measurement.short_axis.length_mm) for mask in masks), default=size)
    if lesion.is_node:
        short_axis = size
    else:
        long_axis = size
    return Candidate(lesion.id, lesion.is_node, lesion.site, long_axis, short_axis, slice_thickness(point),
                     lesion.traits)


def slice_thickness(point: TimePoint) -> int:
    """The thicker of slice thickness and distance between slices, in tenths of a mm."""
    distance = point.geometry.spacing_mm[point.geometry.patient_axes[2]]
    return tenths_of_mm(max(distance, point.acquisition.slice_thickness_mm or 0.0))


def _new_lesion(lesion: TrackedLesion, visits: Sequence[TimePoint]) -> NewLesion | None:
    sightings = [lesion.sightings[visit.id] for visit in visits]
    seen = [position for position in range(1, len(visits)) if _is_disease(lesion, visits[position])]
    if not seen:
        return None
    doubted = [position for position in seen if sightings[position].is_equivocal]
    affirmed = any(sightings[position].is_affirmed for position in seen if doubted and position > doubted[0])
    return NewLesion(lesion, seen[0], bool(doubted) and not affirmed, not sightings[0].scanned, False)


def _is_disease(lesion: TrackedLesion, visit: TimePoint) -> bool:
    """Present, and for a node that was measured at least 10 mm."""
    sighting = lesion.sightings[visit.id]
    fragments = sighting.fragments
    if lesion.is_node and fragments is not None:
        return any(fragment >= NODE_NORMAL_BELOW for fragment in fragments)
    return sighting.is_present


def _choose_measured(new: Sequence[NewLesion], visits: Sequence[TimePoint]) -> list[NewLesion]:
    """Mark up to five measurable new lesions, two per organ, in the order of appearance and size."""
    def at_first_sight(found: NewLesion) -> Candidate:
        return candidate(found.lesion, visits[found.since])

    chosen: list[Candidate] = []
    marked = []
    for found in sorted(new, key=lambda found: (found.since, -at_first_sight(found).size, found.lesion.id)):
        judged = at_first_sight(found)
        places = sum(other.organ == judged.organ for other in chosen)
        measured = (not found.equivocal and measurability(judged).value == Measurability.TARGET
                    and places < MAX_PER_ORGAN and len(chosen) < MAX_TARGETS)
        if measured:
            chosen.append(judged)
        marked.append(NewLesion(found.lesion, found.since, found.equivocal, found.not_scanned_before, measured))
    return marked


def observe(roles: Roles, visits: Sequence[TimePoint], reader: Reader) -> list[Observation]:
    """One observation per visit, the first being the baseline."""
    overruled: dict[str, dict[ResultItem, Explained]] = {}
    for decision in reader.results:
        if decision.time_point_id is not None:
            overruled.setdefault(decision.time_point_id, {})[decision.item] = overruling(decision)
    return [_observe(roles, visit, position, reader, overruled.get(visit.id, {}))
            for position, visit in enumerate(visits)]


def _observe(roles: Roles, visit: TimePoint, position: int, reader: Reader,
             overruled: dict[ResultItem, Explained]) -> Observation:
    new = [found for found in roles.new if position >= found.since
           and (_is_disease(found.lesion, visit) or not found.lesion.sightings[visit.id].is_evaluable)]
    followed = [*roles.non_targets, *(found.lesion for found in new)]
    return Observation(
        visit.id, visit.date,
        targets=_target_sizes(roles.targets, visit),
        non_targets={lesion.id: _non_target_status(lesion, visit) for lesion in roles.non_targets},
        new_lesions=tuple(found.lesion.id for found in new if not found.equivocal),
        equivocal_lesions=tuple(found.lesion.id for found in new if found.equivocal),
        new_targets={found.lesion.id: found.lesion.size(visit.id) for found in roles.new
                     if found.is_measured and position >= found.since},
        growing=tuple(lesion.id for lesion in followed
                      if lesion.sightings[visit.id].reading is LesionReading.GROWING),
        new_symptom=visit.id in reader.new_symptoms,
        overruled=overruled)


def _target_sizes(targets: Sequence[TrackedLesion], visit: TimePoint) -> tuple[TargetSize, ...]:
    """Sizes of all targets; a lesion that several targets merged into is counted with the first of them."""
    sizes = []
    counted: set[str] = set()
    for target in targets:
        sighting = target.sightings[visit.id]
        fragments = sighting.fragments
        if _counted_elsewhere(sighting, counted):
            fragments = ()
        counted.update((target.id,) if fragments else ())
        sizes.append(TargetSize(target.id, target.is_node, fragments))
    return tuple(sizes)


def _counted_elsewhere(sighting: Sighting, counted: set[str]) -> bool:
    return bool(sighting.lesions) and any(other in counted for other in sighting.merged_with)


def _non_target_status(lesion: TrackedLesion, visit: TimePoint) -> NonTargetStatus:
    sighting = lesion.sightings[visit.id]
    if sighting.reading is LesionReading.UNEQUIVOCAL_PROGRESSION:
        return NonTargetStatus.PROGRESSION
    if not sighting.is_evaluable:
        return NonTargetStatus.NOT_EVALUABLE
    fragments = sighting.fragments
    normal_node = lesion.is_node and fragments is not None and all(size < NODE_NORMAL_BELOW for size in fragments)
    return NonTargetStatus.PRESENT if sighting.is_present and not normal_node else NonTargetStatus.ABSENT

"""The lesions of a case by track and time point, with a reader's decisions applied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from DuOncoUnityLib.records.decisions import LesionReading, LesionTrait, Reader, ReadingDecision
from DuOncoUnityLib.records.model import Case, Lesion, ReviewStatus, TimePoint, Track, TrackEvent, TrackState
from DuOncoUnityLib.response.recist import RecistSettings, tenths_of_mm
from DuOncoUnityLib.terminology import Layer

_SEEN_BY_A_PERSON = (ReviewStatus.CONFIRMED, ReviewStatus.CORRECTED, ReviewStatus.ADDED)


@dataclass(frozen=True)
class Sighting:
    """A track at one time point.

    Attributes:
        lesions: its masks that count as disease; several when it split, none when it is gone.
        is_node: measured by its short axis.
        too_small: tenths of a mm recorded for a lesion too small to measure.
        scanned: whether its place was on the scan.
        merged_with: other tracks that share the mask.
        decision: what the reader said; None where he let the mask speak.
    """

    lesions: tuple[Lesion, ...]
    is_node: bool
    too_small: int
    scanned: bool
    merged_with: tuple[str, ...] = ()
    decision: ReadingDecision | None = None

    @property
    def reading(self) -> LesionReading | None:
        """What the reader saw, where it differs from the mask."""
        return self.decision.reading if self.decision else None

    @property
    def is_present(self) -> bool:
        """Whether disease is seen: by the reader's word, else by the mask."""
        if self.reading in (LesionReading.ABSENT, LesionReading.NOT_EVALUABLE):
            return False
        return bool(self.lesions) or self.reading is not None or self._typed_size is not None

    @property
    def is_evaluable(self) -> bool:
        """Whether presence and size can be told."""
        if self.reading is LesionReading.NOT_EVALUABLE:
            return False
        return self.scanned or self.reading is not None or self._typed_size is not None

    @property
    def is_equivocal(self) -> bool:
        """Seen, but not certain to be disease."""
        if self.reading in (LesionReading.EQUIVOCAL, LesionReading.UNEQUIVOCAL):
            return self.reading is LesionReading.EQUIVOCAL
        return any(lesion.review.equivocal for lesion in self.lesions)

    @property
    def is_affirmed(self) -> bool:
        """A person saw it and is certain."""
        return self.reading is LesionReading.UNEQUIVOCAL or (not self.is_equivocal and any(
            lesion.review.status in _SEEN_BY_A_PERSON for lesion in self.lesions))

    @property
    def is_unreviewed(self) -> bool:
        """Only the network has seen it."""
        return self.decision is None and any(
            lesion.review.status is ReviewStatus.PROPOSED for lesion in self.lesions)

    @cached_property
    def volume_ml(self) -> float:
        """Volume of all its masks."""
        return sum(lesion.measurement.volume_ml for lesion in self.lesions)

    @property
    def _typed_size(self) -> float | None:
        return self.decision.size_mm if self.decision else None

    @cached_property
    def fragments(self) -> tuple[int, ...] | None:
        """Size of each fragment in tenths of a mm (node: short axis); empty when gone, None when not evaluable."""
        if not self.is_evaluable:
            return None
        if self._typed_size is not None:
            return (tenths_of_mm(self._typed_size),) if self._typed_size > 0 else ()
        if not self.is_present:
            return ()
        if self.reading is LesionReading.TOO_SMALL and not (self.is_node and self.lesions):
            return (self.too_small,)
        if not self.lesions:
            return None
        return tuple(max(1, tenths_of_mm((lesion.measurement.short_axis if self.is_node
                                          else lesion.measurement.long_axis).length_mm)) for lesion in self.lesions)


@dataclass(frozen=True)
class TrackedLesion:
    """One lesion through all time points, as one reader sees it."""

    id: str
    is_node: bool
    site: str
    traits: frozenset[LesionTrait]
    sightings: dict[str, Sighting]

    def size(self, time_point_id: str) -> int | None:
        """Sum of the fragments in tenths of a mm; 0 when gone, None when not evaluable."""
        fragments = self.sightings[time_point_id].fragments
        return None if fragments is None else sum(fragments)


def in_order(points: Sequence[TimePoint]) -> list[TimePoint]:
    """Scans by date; as they are where one has none."""
    return sorted(points, key=lambda point: point.date or "") if all(point.date for point in points) else list(points)


def tracked_lesions(case: Case, reader: Reader, settings: RecistSettings) -> list[TrackedLesion]:
    """All tracks of the case; a lesion that belongs to no track gets one of its own."""
    too_small = tenths_of_mm(settings.too_small_mm)
    lesions = {point.id: {lesion.id: lesion for lesion in point.lesions} for point in case.time_points}
    decisions = {(decision.track_id, decision.time_point_id): decision for decision in reader.readings}
    traits: dict[str, set[LesionTrait]] = {}
    for trait in reader.traits:
        traits.setdefault(trait.track_id, set()).add(trait.trait)
    tracked = []
    for track in [*case.tracks, *untracked(case)]:
        states = {state.time_point_id: state for state in track.states}
        is_node = track.layer == Layer.LYMPH_NODE.value
        sightings = {}
        for point in case.time_points:
            state = states.get(point.id)
            sightings[point.id] = Sighting(
                _counted(state, lesions[point.id]), is_node, too_small,
                state is not None and state.event is not TrackEvent.NOT_SCANNED,
                tuple(state.merged_with) if state else (), decisions.get((track.id, point.id)))
        tracked.append(TrackedLesion(track.id, is_node, track.site, frozenset(traits.get(track.id, ())), sightings))
    return tracked


def _counted(state: TrackState | None, lesions: dict[str, Lesion]) -> tuple[Lesion, ...]:
    found = (lesions[lesion_id] for lesion_id in (state.lesion_ids if state else ()) if lesion_id in lesions)
    return tuple(lesion for lesion in found if lesion.counts)


def untracked(case: Case) -> Iterable[Track]:
    """Tracks for lesions that matching has not seen, such as one just drawn.

    They count as absent before; after, nobody knows what became of them, and they are not evaluable.
    """
    followed = {(state.time_point_id, lesion_id) for track in case.tracks for state in track.states
                for lesion_id in state.lesion_ids}
    points = in_order(case.time_points)
    for position, point in enumerate(points):
        for lesion in point.lesions:
            if (point.id, lesion.id) not in followed:
                name = lesion.id if len(points) == 1 else f"{point.id}:{lesion.id}"
                states = [TrackState(earlier.id, [], TrackEvent.ABSENT) for earlier in points[:position]]
                event = TrackEvent.NEW if position else TrackEvent.FIRST
                yield Track(name, lesion.layer, lesion.site, [*states, TrackState(point.id, [lesion.id], event)])

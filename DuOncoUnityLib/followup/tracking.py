"""Follows every lesion of a case through all its scans, around the decisions that people made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.followup.assignment import Link, Place, assign
from DuOncoUnityLib.followup.coverage import Coverage
from DuOncoUnityLib.followup.extent import Extent, extent_of, union
from DuOncoUnityLib.followup.registration import RegistrationQuality
from DuOncoUnityLib.geometry import FloatArray
from DuOncoUnityLib.records.model import Case, Lesion, TimePoint, Track, TrackEvent, TrackState
from DuOncoUnityLib.terminology import Layer


class PointMap(Protocol):
    """Maps positions (..., 3), LPS mm, between a prior scan and a later one."""

    def map_points(self, lps_mm: npt.ArrayLike) -> FloatArray: ...

    def map_points_back(self, lps_mm: npt.ArrayLike) -> FloatArray: ...


class RegisteredPair(Protocol):
    """What following lesions needs of a registration."""

    @property
    def transform(self) -> PointMap: ...

    @property
    def quality(self) -> RegistrationQuality: ...


Registrar = Callable[[str, str], RegisteredPair]
"""Gives the registration of a prior time point to a later one, by their ids."""

_PREFIX = {Layer.LESION.value: "L", Layer.LYMPH_NODE.value: "N"}


@dataclass
class _Followed:
    """A track while it is followed, and where its lesion was when the place was scanned last."""

    track: Track
    seen_at: str
    extent: Extent
    fragments: int = 1
    absent: bool = False


@dataclass
class _Visit:
    """A time point with the lesions that count, in an order that does not depend on how they are listed."""

    time_point: TimePoint
    coverage: Coverage
    lesions: list[Lesion]
    extents: list[Extent]
    decided: dict[str, TrackState] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.time_point.id

    def index_of(self, lesion_ids: list[str]) -> list[int]:
        wanted = set(lesion_ids)
        return [index for index, lesion in enumerate(self.lesions) if lesion.id in wanted]


def match_case(case: Case, register: Registrar, coverage: Mapping[str, Coverage] | None = None,
               extents: Mapping[tuple[str, str], Extent] | None = None) -> list[Track]:
    """The lesions of all time points linked into tracks; `case` is not changed.

    States of `case.tracks` that a person confirmed, made or cut are kept as they are, and everything else is decided
    around them. A lesion that was followed before keeps its track's name; other names count on from the highest one.

    Args:
        case: time points sorted by date, and the tracks so far.
        register: called for neighbouring time points, and for pairs around a scan that left a place out.
        coverage: what each scan shows, by time point id; by default the box of the scan.
        extents: places of lesions taken from their masks, by (time point id, lesion id); by default a ball.

    Returns:
        Tracks sorted by first visit, then by the volume of their first lesion, the largest first.
    """
    visits = [_visit(time_point, case, coverage or {}, extents or {}) for time_point in case.time_points]
    names = _Names(case)
    followed: list[_Followed] = []
    for number, visit in enumerate(visits):
        taken = _follow(followed, visit, register)
        beginnings = _beginnings(visit, taken)
        followed.extend(_begin(visits, number, indices, names, register) for indices in beginnings)
    return [entry.track for entry in followed]


def rename_tracks(case: Case, names: Mapping[str, str]) -> None:
    """Give tracks of a case other names, such as "T1" for the first target; only before anybody has seen the old ones.

    Args:
        names: new name by old name.
    """
    for track in case.tracks:
        track.id = names.get(track.id, track.id)
        for state in track.states:
            state.merged_with = sorted(names.get(other, other) for other in state.merged_with)


def _visit(time_point: TimePoint, case: Case, coverage: Mapping[str, Coverage],
           extents: Mapping[tuple[str, str], Extent]) -> _Visit:
    measured = [(lesion, extents.get((time_point.id, lesion.id)) or extent_of(lesion))
                for lesion in time_point.lesions if lesion.counts]
    measured.sort(key=lambda pair: (-pair[1].volume_ml, pair[0].measurement.centroid_lps_mm, pair[0].id))
    known = {lesion.id for lesion, _ in measured}
    decided = {}
    for track in case.tracks:
        for state in track.states:
            # a decision on lesions that exist no more is void
            if state.time_point_id == time_point.id and state.confirmed_by and known.issuperset(state.lesion_ids):
                decided[track.id] = state
    return _Visit(time_point, coverage.get(time_point.id) or Coverage(time_point.geometry),
                  [lesion for lesion, _ in measured], [extent for _, extent in measured], decided)


def _follow(followed: list[_Followed], visit: _Visit, register: Registrar) -> set[int]:
    """Add the state at this visit to every track; returns the lesions that now belong to one or must not."""
    expected, error_mm = _carried(followed, visit, register)
    found: list[list[Link]] = [[] for _ in followed]
    reserved: set[int] = set()
    for row, entry in enumerate(followed):
        if (state := visit.decided.get(entry.track.id)) is not None:
            found[row] = [Link(row, index, 1.0) for index in visit.index_of(state.lesion_ids)]
    for state in visit.decided.values():
        reserved.update(visit.index_of(state.lesion_ids))
    rows = [row for row, entry in enumerate(followed) if entry.track.id not in visit.decided]
    columns = [index for index in range(len(visit.lesions)) if index not in reserved]
    places = [Place(visit.extents[index], visit.lesions[index].site, visit.lesions[index].layer) for index in columns]
    for link in assign([expected[row] for row in rows], places, error_mm[rows]):
        row, index = rows[link.prior], columns[link.current]
        found[row].append(Link(row, index, link.confidence))
    owners: dict[int, list[int]] = {}
    for links in found:
        for link in links:
            owners.setdefault(link.current, []).append(link.prior)
    for row, entry in enumerate(followed):
        others = sorted({followed[owner].track.id for link in found[row] for owner in owners[link.current]}
                        - {entry.track.id})
        _continue(entry, visit, expected[row].extent, float(error_mm[row]), found[row], others)
    return set(owners)


def _carried(followed: list[_Followed], visit: _Visit, register: Registrar) -> tuple[list[Place], FloatArray]:
    """Where each followed lesion is expected on this scan, and the error of that."""
    places = [Place(entry.extent, entry.track.site, entry.track.layer) for entry in followed]
    error_mm = np.zeros(len(followed))
    for seen_at in dict.fromkeys(entry.seen_at for entry in followed):
        registration = register(seen_at, visit.id)
        rows = [row for row, entry in enumerate(followed) if entry.seen_at == seen_at]
        mapped = registration.transform.map_points(np.concatenate([followed[row].extent.points for row in rows]))
        ends = np.cumsum([len(followed[row].extent.points) for row in rows])
        error_mm[rows] = registration.quality.error_mm
        for row, points in zip(rows, np.split(mapped, ends[:-1]), strict=True):
            places[row] = Place(places[row].extent.moved(points), places[row].site, places[row].layer)
    return places, error_mm


def _continue(entry: _Followed, visit: _Visit, expected: Extent, error_mm: float, links: list[Link],
              merged_with: list[str]) -> None:
    lesions = [visit.lesions[link.current] for link in links]
    scanned = bool(lesions) or visit.coverage.contains(expected.centre, error_mm)
    state = TrackState(visit.id, [lesion.id for lesion in lesions], TrackEvent.SAME, merged_with=merged_with)
    if not scanned:
        state.event = TrackEvent.NOT_SCANNED
    elif not lesions:
        state.event = TrackEvent.DISAPPEARED
    elif merged_with:
        state.event = TrackEvent.MERGED
    elif len(lesions) > entry.fragments:
        state.event = TrackEvent.SPLIT
    elif entry.absent:
        state.event = TrackEvent.REAPPEARED
    if lesions:
        state.confidence = min(link.confidence for link in links)
    _keep_signature(state, visit.decided.get(entry.track.id))
    entry.track.states.append(state)
    if not scanned:
        return
    entry.seen_at, entry.absent = visit.id, not lesions
    entry.extent = expected
    if lesions and not merged_with:
        # a merged lesion keeps the place of its own part, so that the parts are told apart when they separate again
        entry.extent = union([visit.extents[link.current] for link in links])
        entry.fragments = len(lesions)


def _beginnings(visit: _Visit, taken: set[int]) -> list[list[int]]:
    """Lesions without a track; those that a person called fragments of one lesion stay together."""
    groups: dict[int, list[int]] = {}
    for index in range(len(visit.lesions)):
        together = next((visit.index_of(state.lesion_ids) for state in visit.decided.values()
                         if visit.lesions[index].id in state.lesion_ids), [index])
        if index not in taken:
            groups[min(together)] = together
    return list(groups.values())


def _begin(visits: list[_Visit], number: int, indices: list[int], names: _Names, register: Registrar) -> _Followed:
    """A track that starts with a lesion, with what earlier scans showed of its place."""
    visit = visits[number]
    lesions, extent = [visit.lesions[index] for index in indices], union([visit.extents[index] for index in indices])
    track = Track(names.name(visit.id, lesions), lesions[0].layer, lesions[0].site)
    centre, error_mm = extent.centre, 0.0
    for earlier, later in zip(reversed(visits[:number]), reversed(visits[1:number + 1]), strict=True):
        registration = register(earlier.id, later.id)
        centre = registration.transform.map_points_back(centre)
        error_mm = float(np.hypot(error_mm, registration.quality.error_mm))
        shown = earlier.coverage.contains(centre, error_mm)
        track.states.insert(0, TrackState(earlier.id, [], TrackEvent.ABSENT if shown else TrackEvent.NOT_SCANNED))
    event = TrackEvent.NEW if number else TrackEvent.FIRST
    state = TrackState(visit.id, [lesion.id for lesion in lesions], event)
    _keep_signature(state, visit.decided.get(track.id))
    track.states.append(state)
    return _Followed(track, visit.id, extent, fragments=len(lesions))


def _keep_signature(state: TrackState, decided: TrackState | None) -> None:
    if decided is not None:
        state.confirmed_by, state.confirmed_at = decided.confirmed_by, decided.confirmed_at


class _Names:
    """Names of tracks: kept for lesions that began a track before, else the next free one of the layer."""

    def __init__(self, case: Case) -> None:
        self._kept: dict[tuple[str, str], str] = {}
        self._highest: dict[str, int] = {}
        self._given: set[str] = set()
        for track in case.tracks:
            first = next((state for state in track.states if state.lesion_ids), None)
            if first is not None:
                self._kept.update({(first.time_point_id, lesion_id): track.id for lesion_id in first.lesion_ids})
            prefix = track.id.rstrip("0123456789")
            number = int(track.id[len(prefix):] or 0)
            self._highest[prefix] = max(self._highest.get(prefix, 0), number)

    def name(self, time_point_id: str, lesions: list[Lesion]) -> str:
        kept = [self._kept.get((time_point_id, lesion.id)) for lesion in lesions]
        name = next((name for name in kept if name is not None and name not in self._given), None)
        if name is None:
            prefix = _PREFIX.get(lesions[0].layer, "L")
            self._highest[prefix] = self._highest.get(prefix, 0) + 1
            name = f"{prefix}{self._highest[prefix]}"
        self._given.add(name)
        return name

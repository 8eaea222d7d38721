"""What a person may do with the links between scans: confirm one, make one, cut one. `match_case` works around them."""

from __future__ import annotations

from datetime import datetime, timezone

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.records.model import Case, Track, TrackEvent, TrackState


def confirm(case: Case, track_id: str, time_point_id: str, person: str, at: str | None = None) -> None:
    """Confirm what a track holds at a time point, be it one lesion, several or none.

    Args:
        person: who decided.
        at: ISO 8601 time in UTC; now by default.

    Raises:
        DuOncoError: no such track or time point, or no name of a person.
    """
    _sign(_state(_track(case, track_id), time_point_id), person, at)


def link(case: Case, track_id: str, time_point_id: str, lesion_id: str, person: str, at: str | None = None, *,
         shared: bool = False) -> None:
    """Make a lesion part of a track at a time point; it leaves the tracks that had it unless it is `shared` (merged).

    A second lesion in the same state is a fragment. Later scans follow with the next `match_case`.

    Raises:
        DuOncoError: no such track, time point or lesion, the track starts later, or no name of a person.
    """
    track = _track(case, track_id)
    _require_lesion(case, time_point_id, lesion_id)
    state = _state(track, time_point_id)
    _require_person(person)
    others = [other for other in case.tracks if other is not track and _holds(other, time_point_id, lesion_id)]
    if lesion_id not in state.lesion_ids:
        state.lesion_ids.append(lesion_id)
    state.event = _event(track, state, merged=shared and bool(others))
    _sign(state, person, at)
    for other in others:
        other_state = _state(other, time_point_id)
        if shared:
            state.merged_with = sorted({*state.merged_with, other.id})
            other_state.merged_with = sorted({*other_state.merged_with, track.id})
            other_state.event = TrackEvent.MERGED
            _sign(other_state, person, at)
        else:
            _remove(case, other, other_state, lesion_id, person, at)


def cut(case: Case, track_id: str, time_point_id: str, lesion_id: str, person: str, at: str | None = None) -> str:
    """Take a lesion out of a track from a time point on; without another track it begins its own.

    Returns:
        The name of the track that now holds the lesion.

    Raises:
        DuOncoError: no such track, time point or lesion in it, or no name of a person.
    """
    track = _track(case, track_id)
    if not _holds(track, time_point_id, lesion_id):
        raise DuOncoError(f"{track_id} does not hold {lesion_id} at this scan.")
    _require_person(person)
    state = _state(track, time_point_id)
    if state.lesion_ids == [lesion_id] and state.event in (TrackEvent.FIRST, TrackEvent.NEW):
        raise DuOncoError(f"{track_id} begins with {lesion_id}; there is no link to cut.")
    _remove(case, track, state, lesion_id, person, at)
    for other in case.tracks:
        if _holds(other, time_point_id, lesion_id):
            other_state = _state(other, time_point_id)
            other_state.merged_with = [name for name in other_state.merged_with if name != track_id]
            other_state.event = _event(other, other_state, merged=bool(other_state.merged_with))
            _sign(other_state, person, at)
            return other.id
    own = Track(_next_name(case, track), track.layer, track.site)
    for time_point in case.time_points:
        if time_point.id == time_point_id:
            break
        own.states.append(TrackState(time_point.id, [], TrackEvent.ABSENT))
    own.states.append(TrackState(time_point_id, [lesion_id], TrackEvent.NEW))
    _sign(own.states[-1], person, at)
    case.tracks.append(own)
    return own.id


def _remove(case: Case, track: Track, state: TrackState, lesion_id: str, person: str, at: str | None) -> None:
    state.lesion_ids.remove(lesion_id)
    state.merged_with = []
    if not any(earlier.lesion_ids for earlier in track.states):
        # the lesion was all that the track ever held
        case.tracks.remove(track)
        return
    first = next(other for other in track.states if other.lesion_ids)
    if track.states.index(first) > track.states.index(state):
        # nothing is left before: the track begins with the next scan on which it holds a lesion
        first.event = TrackEvent.NEW
        for earlier in track.states[:track.states.index(first)]:
            if earlier.event is not TrackEvent.NOT_SCANNED:
                earlier.event = TrackEvent.ABSENT
        return
    state.event = _event(track, state, merged=False)
    state.confidence = None
    _sign(state, person, at)


def _event(track: Track, state: TrackState, *, merged: bool) -> TrackEvent:
    """What the state means, given the lesions before it."""
    before = [earlier for earlier in track.states[:track.states.index(state)]
              if earlier.event not in (TrackEvent.NOT_SCANNED, TrackEvent.ABSENT)]
    if not state.lesion_ids:
        return TrackEvent.DISAPPEARED
    if merged:
        return TrackEvent.MERGED
    if not before:
        return state.event
    if not before[-1].lesion_ids:
        return TrackEvent.REAPPEARED
    return TrackEvent.SPLIT if len(state.lesion_ids) > len(before[-1].lesion_ids) else TrackEvent.SAME


def _track(case: Case, track_id: str) -> Track:
    for track in case.tracks:
        if track.id == track_id:
            return track
    raise DuOncoError(f"There is no lesion {track_id} in this case.")


def _state(track: Track, time_point_id: str) -> TrackState:
    for state in track.states:
        if state.time_point_id == time_point_id:
            return state
    raise DuOncoError(f"{track.id} is not followed at this scan.")


def _holds(track: Track, time_point_id: str, lesion_id: str) -> bool:
    return any(state.time_point_id == time_point_id and lesion_id in state.lesion_ids for state in track.states)


def _require_lesion(case: Case, time_point_id: str, lesion_id: str) -> None:
    if not any(lesion.id == lesion_id for time_point in case.time_points if time_point.id == time_point_id
               for lesion in time_point.lesions):
        raise DuOncoError(f"There is no lesion {lesion_id} on this scan.")


def _require_person(person: str) -> None:
    if not person:
        raise DuOncoError("A decision needs the name of the person who made it.")


def _sign(state: TrackState, person: str, at: str | None) -> None:
    _require_person(person)
    state.confirmed_by = person
    state.confirmed_at = at or datetime.now(timezone.utc).isoformat(timespec="seconds")


def _next_name(case: Case, like: Track) -> str:
    prefix = {"lymph_node": "N"}.get(like.layer, "L")
    numbers = [int(track.id[len(prefix):]) for track in case.tracks
               if track.id.startswith(prefix) and track.id[len(prefix):].isdigit()]
    return f"{prefix}{max(numbers, default=0) + 1}"

"""How much each lesion of a scan changed against the scan before it, for lists of lesions."""

from __future__ import annotations

from dataclasses import dataclass

from DuOncoUnityLib.records.model import Case, TimePoint, Track, TrackEvent


@dataclass(frozen=True)
class ChangeOfLesion:
    """What became of a lesion since the scan before.

    Attributes:
        event: as linked.
        volume_fraction: change of volume divided by the volume before (0.25 for a quarter more); None where there was
            none. Parts of a split lesion are taken together.
    """

    event: TrackEvent
    volume_fraction: float | None


def changes_since_prior(case: Case, time_point: TimePoint) -> dict[str, ChangeOfLesion]:
    """The change of every followed lesion of a scan, by lesion id; empty at the first scan."""
    at = next(n for n, point in enumerate(case.time_points) if point.id == time_point.id)
    if at == 0:
        return {}
    prior = case.time_points[at - 1]
    changes = {}
    for track in case.tracks:
        state = next((one for one in track.states if one.time_point_id == time_point.id), None)
        if state is None or not state.lesion_ids:
            continue
        before, after = _volume_ml(track, prior), _volume_ml(track, time_point)
        fraction = (after - before) / before if before > 0 else None
        changes.update({lesion_id: ChangeOfLesion(state.event, fraction) for lesion_id in state.lesion_ids})
    return changes


def _volume_ml(track: Track, time_point: TimePoint) -> float:
    ids = {lesion_id for state in track.states if state.time_point_id == time_point.id
           for lesion_id in state.lesion_ids}
    return sum(lesion.measurement.volume_ml for lesion in time_point.lesions if lesion.id in ids)

"""What a person compares: every lesion on an earlier and on the current scan."""

from __future__ import annotations

from dataclasses import dataclass

from DuOncoUnityLib.records.decisions import LesionRole
from DuOncoUnityLib.records.model import Case, Track, TrackEvent, TrackState
from DuOncoUnityLib.response.assessment import CaseAssessment
from DuOncoUnityLib.response.explain import Explained, percent_change


@dataclass(frozen=True)
class Seen:
    """A lesion on one scan.

    Attributes:
        event: what became of it; None where it is not followed on this scan.
        lesion_ids: its masks.
        size_mm: by RECIST (node: short axis); 0 gone, None without a role or not evaluable.
        volume_ml: of all its masks.
        confidence: of the link to the scan before, 0 to 1.
        confirmed_by: who confirmed or made the link; "" while only proposed.
    """

    event: TrackEvent | None
    lesion_ids: tuple[str, ...]
    size_mm: float | None
    volume_ml: float
    confidence: float | None
    confirmed_by: str


@dataclass(frozen=True)
class ComparedLesion:
    """One lesion on both scans.

    Attributes:
        role, reason: in RECIST, and why; None where it plays none.
        change_percent: of the RECIST size, else of the volume; None where one is missing or was zero.
    """

    track_id: str
    layer: str
    site: str
    role: LesionRole | None
    reason: Explained | None
    prior: Seen
    current: Seen
    change_percent: float | None


def compared_lesions(case: Case, assessment: CaseAssessment, prior_id: str, current_id: str) -> list[ComparedLesion]:
    """All lesions of a case that were followed, on two of its scans; the targets first.

    Args:
        prior_id, current_id: time points of the case.
    """
    proposals = {proposal.track_id: proposal for proposal in assessment.roles}
    volumes = {(point.id, lesion.id): lesion.measurement.volume_ml for point in case.time_points
               for lesion in point.lesions if lesion.counts}
    sizes = {visit.time_point_id: visit.sizes_mm for visit in assessment.visits}

    def seen(track: Track, time_point_id: str) -> Seen:
        state = next((state for state in track.states if state.time_point_id == time_point_id), None)
        if state is None:
            return Seen(None, (), None, 0.0, None, "")
        return Seen(state.event, tuple(state.lesion_ids), sizes.get(time_point_id, {}).get(track.id),
                    _volume_ml(state, volumes), state.confidence, state.confirmed_by)

    rows = []
    for track in case.tracks:
        proposal = proposals.get(track.id)
        prior, current = seen(track, prior_id), seen(track, current_id)
        rows.append(ComparedLesion(track.id, track.layer, track.site, proposal.role if proposal else None,
                                   proposal.reason if proposal else None, prior, current, _change(prior, current)))
    order = {proposal.track_id: place for place, proposal in enumerate(assessment.roles)}
    return sorted(rows, key=lambda row: order.get(row.track_id, len(order)))


def _volume_ml(state: TrackState, volumes: dict[tuple[str, str], float]) -> float:
    return sum(volumes.get((state.time_point_id, lesion_id), 0.0) for lesion_id in state.lesion_ids)


def _change(prior: Seen, current: Seen) -> float | None:
    if prior.size_mm is not None and current.size_mm is not None:
        return percent_change(current.size_mm, prior.size_mm)
    if prior.lesion_ids and current.lesion_ids:
        return percent_change(current.volume_ml, prior.volume_ml)
    return None

"""Links and names over the scans of a case, and what people decided before there were any."""

from __future__ import annotations

import numpy as np
import pytest

from DuOncoUnityLib.followup.registration import Registration, RegistrationQuality, Stage
from DuOncoUnityLib.followup.spatial_transform import SpatialTransform
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.records.decisions import LesionRole, Signature
from DuOncoUnityLib.records.model import Acquisition, Caliper, Case, Lesion, Measurement, Provenance, TimePoint
from DuOncoUnityLib.response.assessment import assess_case
from DuOncoUnityLib.response.linking import follow

SIGNED = Signature("Dr A", "2026-03-01T12:00:00Z")


def still(_prior: str, _current: str) -> Registration:
    return Registration(SpatialTransform(np.eye(4)), RegistrationQuality(Stage.RIGID, 0.9, 0.98, 0.8))


def lesion(lesion_id: str, height_mm: float, size_mm: float) -> Lesion:
    caliper = Caliper(size_mm, (0.0, 0.0, height_mm), (size_mm, 0.0, height_mm))
    return Lesion(lesion_id, "lesion", "liver", Measurement(
        size_mm**3 / 2000, 100, caliper, caliper, 40.0, 9.0, (0.0, 0.0, height_mm), (0, 0, 0, 1, 1, 1), (0, 0, 0)))


@pytest.fixture
def case() -> Case:
    """Two scans: a small lesion listed first, a large one, and one too small for a target."""
    provenance = Provenance("1", "test", "1", "", "", "2026-01-01T00:00:00Z")
    grid = Geometry((100, 50, 50), (5.0, 5.0, 5.0), (-100.0, -100.0, -400.0))
    return Case("case", [
        TimePoint(f"V{number}", f"2026-0{number}-01", grid, Acquisition(), provenance,
                  [lesion("L1", -100.0, 20.0 - number), lesion("L2", -200.0, 40.0 + number), lesion("L3", 0.0, 8.0)])
        for number in (1, 2)])


def test_lesions_are_named_by_their_role(case: Case) -> None:
    follow(case, still)
    assert {track.id: track.states[1].lesion_ids for track in case.tracks} == {
        "T1": ["L2"], "T2": ["L1"], "NT1": ["L3"]}


def test_what_was_decided_before_there_were_tracks_goes_with_the_lesion(case: Case) -> None:
    case.decisions.reader("").choose_role("V1:L1", LesionRole.NON_TARGET, SIGNED)
    follow(case, still)
    (decision,) = case.decisions.readers[0].roles
    track = next(track for track in case.tracks if track.id == decision.track_id)
    assert track.states[0].lesion_ids == ["L1"]
    roles = {role.track_id: role.role for role in assess_case(case).roles}
    assert roles[track.id] is LesionRole.NON_TARGET


def test_linking_again_changes_nothing(case: Case) -> None:
    follow(case, still)
    before = [track.id for track in case.tracks]
    follow(case, still)
    assert [track.id for track in case.tracks] == before

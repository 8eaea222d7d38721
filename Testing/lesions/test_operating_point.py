"""The threshold moves without the network: masks, ids and numbers come and go whole, people's work stays."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.instances import InstanceMap
from DuOncoUnityLib.lesions.operating_point import decided_lesions, hold_back, move_threshold
from DuOncoUnityLib.lesions.proposal import propose_lesions
from DuOncoUnityLib.records.decisions import LesionRole, RoleDecision, Signature
from DuOncoUnityLib.records.model import (
    BELOW_THRESHOLD,
    Acquisition,
    Case,
    Lesion,
    Provenance,
    TimePoint,
    Track,
    TrackEvent,
    TrackState,
)
from DuOncoUnityLib.records.review import confirm, correct, reject, undo

GRID = Geometry((20, 40, 60), (1.0, 1.0, 2.0))
CONFIDENCES = {"L1": 0.9, "L2": 0.3, "L3": 0.6, "N1": 0.2, "N2": 0.7}
"""By the ids that the proposals get where all of them are shown."""


def proposals() -> tuple[np.ndarray, list[Lesion], InstanceMap]:
    labels = np.zeros(GRID.shape, np.uint8)
    for number, (k, j, i) in enumerate([(15, 5, 5), (11, 20, 20), (7, 30, 40)]):
        labels[k:k + 3, j:j + 4 + number, i:i + 5] = 1
    labels[2:5, 4:10, 40:47] = 2
    labels[15:18, 4:10, 40:47] = 2
    lesions, instances = propose_lesions(labels, CTVolume(np.full(GRID.shape, 40, np.int16), GRID))
    for lesion in lesions:
        lesion.confidence = CONFIDENCES[lesion.id]
    return labels, lesions, instances


class Scan:
    """A scan whose proposals are shown from a threshold on."""

    def __init__(self, threshold: float, reasons: dict[str, str] | None = None) -> None:
        self.labels, lesions, found = proposals()
        shown, held_back, self.instances = hold_back(lesions, found, self.labels, threshold, reasons or {})
        self.time_point = TimePoint("t", None, GRID, Acquisition(), Provenance("", "", "", "", "", ""), shown,
                                    confidence_threshold=threshold, held_back=held_back,
                                    highest_lesion_number=dict(self.instances.highest_number))

    def move(self, threshold: float, **facts: Any) -> Any:
        return move_threshold(self.time_point, self.instances, self.labels, threshold, **facts)

    def lesion(self, lesion_id: str) -> Lesion:
        return next(lesion for lesion in self.time_point.lesions if lesion.id == lesion_id)

    @property
    def confidences(self) -> list[float | None]:
        return sorted(lesion.confidence for lesion in self.time_point.lesions)


def test_shown_lesions_are_numbered_first_and_masks_of_the_others_leave_the_labels() -> None:
    scan = Scan(0.5)
    assert {lesion.id for lesion in scan.time_point.lesions} == {"L1", "L2", "N1"}
    assert {(held.lesion.id, held.reason) for held in scan.time_point.held_back} == {
        ("L3", BELOW_THRESHOLD), ("N2", BELOW_THRESHOLD)}
    assert scan.time_point.highest_lesion_number == {"L": 3, "N": 2}
    shown = sum(lesion.measurement.voxel_count for lesion in scan.time_point.lesions)
    assert np.count_nonzero(scan.labels) == shown


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.65, 0.8, 1.0]), min_size=1, max_size=6))
def test_the_way_to_a_threshold_does_not_matter(thresholds: list[float]) -> None:
    """Any moves that end at a threshold end with the same lesions, masks and ids."""
    scan, straight = Scan(0.5), Scan(0.5)
    for threshold in thresholds:
        scan.move(threshold)
    straight.move(thresholds[-1])
    np.testing.assert_array_equal(scan.labels, straight.labels)
    ids = {lesion.id: lesion for lesion in scan.time_point.lesions}
    assert ids == {lesion.id: lesion for lesion in straight.time_point.lesions}
    assert set(scan.instances.instances) == set(ids)
    assert scan.confidences == sorted(c for c in CONFIDENCES.values() if c >= thresholds[-1])
    assert scan.time_point.confidence_threshold == thresholds[-1]


def test_a_move_tells_what_appeared_and_what_is_gone() -> None:
    scan = Scan(0.5)
    assert scan.move(0.25).shown == ["L3"]
    move = scan.move(0.65)
    assert move.shown == []
    assert len(move.hidden) == 2
    for instance in move.hidden:
        assert not scan.labels[instance.box][instance.mask].any()


def confirm_(lesion: Lesion) -> None:
    confirm(lesion, "Dr A")


def reject_(lesion: Lesion) -> None:
    reject(lesion, "Dr A")


def correct_(lesion: Lesion) -> None:
    correct(lesion, "Dr A")


@pytest.mark.parametrize("decide", [confirm_, reject_, correct_])
def test_what_a_person_decided_on_stays_at_any_threshold(decide: Any) -> None:
    scan = Scan(0.0)
    decide(scan.lesion("L2"))
    decided = copy.deepcopy(scan.lesion("L2"))
    mask, box = scan.instances.mask("L2")
    scan.move(1.0)
    assert scan.time_point.lesions == [decided]
    assert (scan.labels[box][mask] == 1).all()


def test_a_decision_taken_back_is_none() -> None:
    scan = Scan(0.0)
    confirm(scan.lesion("L2"), "Dr A")
    undo(scan.lesion("L2"))
    scan.move(1.0)
    assert scan.time_point.lesions == []


def test_what_a_person_drew_has_no_confidence_and_stays() -> None:
    scan = Scan(0.0)
    scan.lesion("L3").confidence = None
    scan.move(1.0)
    assert [lesion.id for lesion in scan.time_point.lesions] == ["L3"]


def test_lesions_with_a_role_or_a_confirmed_track_stay() -> None:
    scan = Scan(0.0)
    tracks = [Track(f"T{n}", "lesion", "", [TrackState("t", [f"L{n}"], TrackEvent.FIRST)]) for n in (1, 2, 3)]
    tracks[0].states[0].confirmed_by = "Dr A"
    case = Case("c", [scan.time_point], tracks)
    case.decisions.reader("").roles.append(RoleDecision("T2", LesionRole.TARGET, Signature("Dr A", "2026-01-01")))
    decided = decided_lesions(case, "t")
    assert decided == {"L1", "L2"}
    assert decided_lesions(case, "another") == set()
    scan.move(1.0, decided=decided)
    assert {lesion.id for lesion in scan.time_point.lesions} == {"L1", "L2"}


def test_suppressed_proposals_stay_held_back_with_their_reason() -> None:
    scan = Scan(0.0, {"L1": "gas"})
    scan.move(0.0)
    assert [(held.lesion.confidence, held.reason) for held in scan.time_point.held_back] == [(0.9, "gas")]


@pytest.mark.parametrize(("drawn", "layer", "appears"), [
    ("over it", 1, False), ("over it", 2, False), ("beside it", 1, False), ("beside it", 2, True), ("apart", 1, True)])
def test_no_proposal_appears_where_a_person_has_drawn_since(drawn: str, layer: int, appears: bool) -> None:
    scan = Scan(0.5)
    held = next(held for held in scan.time_point.held_back if held.lesion.layer == "lesion")
    i0, j0, k0, i1, _, _ = held.lesion.measurement.bounding_box_ijk
    i = {"over it": i1, "beside it": i1 + 1, "apart": i1 + 2}[drawn]
    scan.labels[k0, j0, i:i + 3] = layer
    before = scan.labels.copy()
    assert (held.lesion.id in scan.move(0.25).shown) is appears
    assert (scan.labels[before > 0] == before[before > 0]).all()
    assert i0 < i1


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
def test_a_threshold_is_a_probability(threshold: float) -> None:
    scan = Scan(0.5)
    before = copy.deepcopy(scan.time_point)
    with pytest.raises(DuOncoError, match="between 0 and 1") as caught:
        scan.move(threshold)
    assert caught.value.exit_code is ExitCode.USAGE
    assert scan.time_point == before


def test_a_damaged_mask_changes_nothing() -> None:
    scan = Scan(0.5)
    scan.time_point.held_back[-1].mask = "x"
    before = copy.deepcopy((scan.time_point, scan.labels.tolist()))
    with pytest.raises(DuOncoError, match="damaged"):
        scan.move(0.0)
    assert (scan.time_point, scan.labels.tolist()) == before

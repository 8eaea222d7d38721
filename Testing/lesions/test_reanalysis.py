"""A scan is analysed again: what people decided stays, everything else is that of the new analysis."""

from __future__ import annotations

import numpy as np
import pytest

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.lesions.instances import restore_instances
from DuOncoUnityLib.lesions.operating_point import hold_back
from DuOncoUnityLib.lesions.proposal import propose_lesions
from DuOncoUnityLib.lesions.reanalysis import keep_decisions
from DuOncoUnityLib.lesions.rejection import reject_lesion
from DuOncoUnityLib.records.model import Acquisition, Lesion, Provenance, ReviewStatus, TimePoint
from DuOncoUnityLib.records.review import confirm

LUNG, LIVER, NODE = np.s_[24:27, 20:26, 10:18], np.s_[4:9, 22:30, 15:25], np.s_[5:9, 22:28, 64:70]
ELSEWHERE = np.s_[15:18, 40:44, 40:44]


def analysed(labels: np.ndarray, ct: CTVolume, point_id: str = "again", threshold: float = 0.0) -> TimePoint:
    lesions, instances = propose_lesions(labels, ct)
    for lesion in lesions:
        lesion.confidence = 0.5
    shown, held, instances = hold_back(lesions, instances, labels, threshold, {})
    return TimePoint(point_id, None, ct.geometry, Acquisition(), Provenance("", point_id, "", "", "", ""), shown,
                     highest_lesion_number=dict(instances.highest_number), held_back=held)


def painted(*places: tuple[tuple[slice, ...], int]) -> np.ndarray:
    labels = np.zeros((30, 60, 80), np.uint8)
    for place, label in places:
        labels[place] = label
    return labels


@pytest.fixture
def former(labels: np.ndarray, ct: CTVolume) -> TimePoint:
    """L1 in the lung, L2 in the liver, N1: seen by nobody."""
    return analysed(labels, ct, "first")


def by_id(point: TimePoint) -> dict[str, Lesion]:
    return {lesion.id: lesion for lesion in point.lesions}


def test_a_confirmed_lesion_keeps_mask_numbers_and_decision(former: TimePoint, labels: np.ndarray,
                                                            ct: CTVolume) -> None:
    confirm(by_id(former)["L2"], "Dr A")
    kept = by_id(former)["L2"]
    new = painted((np.s_[4:9, 24:32, 15:25], 1), (ELSEWHERE, 1), (np.s_[0:2, :, :], 3))
    fresh = analysed(new, ct)
    keep_decisions(former, labels, fresh, new, set())
    assert fresh.id == "first"
    assert fresh.provenance.model == "again"
    assert by_id(fresh)["L2"] == kept
    assert sorted(by_id(fresh)) == ["L2", "L3"]  # the finding elsewhere has a number that was never used
    assert (new[LIVER] == 1).all() and not new[4:9, 30:32, 15:25].any()
    assert (new[0:2] == 3).all()


def test_what_nobody_touched_is_that_of_the_new_analysis_under_the_former_ids(
        former: TimePoint, labels: np.ndarray, ct: CTVolume) -> None:
    new = painted((np.s_[24:27, 20:26, 12:19], 1), (NODE, 2))
    fresh = analysed(new, ct)
    keep_decisions(former, labels, fresh, new, set())
    lesions = by_id(fresh)
    assert sorted(lesions) == ["L1", "N1"]
    assert lesions["L1"].measurement.voxel_count == 3 * 6 * 7
    assert (new[24:27, 20:26, 12:19] == 1).all() and not new[LIVER].any()
    _, changes = restore_instances(fresh.lesions, new, ct.geometry, fresh.highest_lesion_number)
    assert not (changes.added or changes.erased or changes.merged)


def test_a_lesion_decided_on_elsewhere_stays(former: TimePoint, labels: np.ndarray, ct: CTVolume) -> None:
    new = painted((ELSEWHERE, 1))
    fresh = analysed(new, ct)
    keep_decisions(former, labels, fresh, new, {"L1"})
    assert sorted(by_id(fresh)) == ["L1", "L3"]
    assert (new[LUNG] == 1).all()


@pytest.mark.parametrize("threshold", [0.0, 0.9])
def test_a_rejected_lesion_stays_rejected_at_any_threshold(former: TimePoint, labels: np.ndarray, ct: CTVolume,
                                                           threshold: float) -> None:
    instances, _ = restore_instances(former.lesions, labels, ct.geometry, former.highest_lesion_number)
    reject_lesion(former, instances, labels, "L2", "Dr A")
    new = painted((LIVER, 1))
    fresh = analysed(new, ct, threshold=threshold)
    keep_decisions(former, labels, fresh, new, set())
    assert fresh.lesions == []
    assert [(held.lesion.id, held.lesion.review.status) for held in fresh.held_back] == [
        ("L2", ReviewStatus.REJECTED)]
    assert not new[LIVER].any()


def test_ids_of_held_back_proposals_are_told_apart_too(former: TimePoint, labels: np.ndarray, ct: CTVolume) -> None:
    confirm(by_id(former)["L1"], "Dr A")
    new = painted((LIVER, 1), (ELSEWHERE, 1))
    fresh = analysed(new, ct, threshold=0.9)
    keep_decisions(former, labels, fresh, new, set())
    assert sorted(held.lesion.id for held in fresh.held_back) == ["L2", "L3"]
    assert fresh.highest_lesion_number == {"L": 3, "N": 1}

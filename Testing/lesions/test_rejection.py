"""A rejected lesion leaves the layers and comes back as it was."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.lesions.burden import tumour_burden
from DuOncoUnityLib.lesions.instances import InstanceMap
from DuOncoUnityLib.lesions.operating_point import move_threshold
from DuOncoUnityLib.lesions.proposal import propose_lesions
from DuOncoUnityLib.lesions.rejection import reject_lesion, restore_lesion
from DuOncoUnityLib.records.model import Acquisition, Case, Provenance, ReviewStatus, TimePoint
from DuOncoUnityLib.records.review import confirm
from DuOncoUnityLib.records.store import case_from_json, case_to_json


@pytest.fixture
def proposed(labels: np.ndarray, ct: CTVolume, anatomy: LabelMap) -> tuple[TimePoint, InstanceMap, np.ndarray]:
    lesions, instances = propose_lesions(labels, ct, anatomy)
    time_point = TimePoint("t", None, ct.geometry, Acquisition(), Provenance("", "", "", "", "", ""), lesions)
    return time_point, instances, labels


Proposed = tuple[TimePoint, InstanceMap, np.ndarray]


def test_a_rejected_lesion_leaves_layers_and_burden(proposed: Proposed) -> None:
    time_point, instances, labels = proposed
    mask, box = instances.mask("L2")
    before = tumour_burden(time_point.lesions).total.count
    reject_lesion(time_point, instances, labels, "L2", "Dr A", "2026-01-01T00:00:00Z")
    assert not labels[box][mask].any()
    assert tumour_burden(time_point.lesions).total.count == before - 1
    assert [(one.id, one.review.status, one.review.reviewer) for one in time_point.rejected] == [
        ("L2", ReviewStatus.REJECTED, "Dr A")]


def test_a_restored_lesion_is_where_and_what_it_was(proposed: Proposed) -> None:
    time_point, instances, labels = proposed
    confirm(time_point.lesions[1], "Dr B")
    lesion, mask = copy.deepcopy(time_point.lesions[1]), labels.copy()
    reject_lesion(time_point, instances, labels, lesion.id, "Dr A")
    time_point = case_from_json(case_to_json(Case("c", [time_point]))).time_points[0]
    restore_lesion(time_point, instances, labels, lesion.id, "Dr A")
    back = next(one for one in time_point.lesions if one.id == lesion.id)
    assert np.array_equal(labels, mask)
    assert back.review.status is ReviewStatus.CONFIRMED
    assert back.measurement == lesion.measurement
    assert instances.instances[lesion.id].voxel_count == lesion.measurement.voxel_count
    assert time_point.held_back == []


def test_a_rejected_lesion_stays_away_at_any_threshold(proposed: Proposed) -> None:
    time_point, instances, labels = proposed
    reject_lesion(time_point, instances, labels, "L2", "Dr A")
    move_threshold(time_point, instances, labels, 0.0)
    assert [one.id for one in time_point.rejected] == ["L2"]


def test_what_was_drawn_since_is_not_painted_over(proposed: Proposed) -> None:
    time_point, instances, labels = proposed
    _mask, box = instances.mask("L2")
    reject_lesion(time_point, instances, labels, "L2", "Dr A")
    labels[box] = 2
    before = copy.deepcopy(time_point)
    with pytest.raises(DuOncoError, match="drawn in its place"):
        restore_lesion(time_point, instances, labels, "L2", "Dr A")
    assert time_point == before


@pytest.mark.parametrize("change", [reject_lesion, restore_lesion])
def test_nothing_happens_to_a_lesion_that_is_not_there_or_without_a_name(proposed: Proposed, change: object) -> None:
    time_point, instances, labels = proposed
    before, masks = copy.deepcopy(time_point), labels.copy()
    for lesion_id, reviewer in (("L99", "Dr A"), ("L2", " ")):
        with pytest.raises(DuOncoError):
            change(time_point, instances, labels, lesion_id, reviewer)  # type: ignore[operator]
    assert time_point == before
    assert np.array_equal(labels, masks)
    assert "L2" in instances.instances

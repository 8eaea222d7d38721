"""The record after edits: signed, only what changed, decisions kept."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.lesions.edits import apply_changes
from DuOncoUnityLib.lesions.identity import InstanceChanges
from DuOncoUnityLib.lesions.instances import InstanceMap, changed_box, update_instances
from DuOncoUnityLib.lesions.measure import measure_lesion
from DuOncoUnityLib.lesions.proposal import propose_lesions
from DuOncoUnityLib.records.model import Acquisition, Lesion, Provenance, ReviewStatus, TimePoint
from DuOncoUnityLib.records.review import confirm, reject


class Workplace:
    """A reader with a result open: edits go through the same calls as in Slicer."""

    def __init__(self, labels: np.ndarray, ct: CTVolume, anatomy: LabelMap) -> None:
        self.labels, self.ct, self.anatomy = labels, ct, anatomy
        lesions, self.instances = propose_lesions(labels, ct, anatomy)
        self.time_point = TimePoint("t", None, ct.geometry, Acquisition(), Provenance("", "", "", "", "", ""), lesions,
                                    highest_lesion_number=dict(self.instances.highest_number))

    def paint(self, box: tuple[slice, slice, slice], value: int) -> InstanceChanges:
        former = self.labels.copy()
        self.labels[box] = value
        changes = update_instances(self.instances, self.labels, changed_box(former, self.labels))
        apply_changes(self.time_point, self.instances, changes, self.ct, self.anatomy, "Dr A", "2026-01-01T00:00:00Z")
        return changes

    def lesion(self, lesion_id: str) -> Lesion:
        return next(lesion for lesion in self.time_point.lesions if lesion.id == lesion_id)


@pytest.fixture
def workplace(labels: np.ndarray, ct: CTVolume, anatomy: LabelMap) -> Workplace:
    return Workplace(labels, ct, anatomy)


def fresh(instances: InstanceMap, ct: CTVolume) -> dict[str, object]:
    return {one: measure_lesion(*instances.mask(one), ct) for one in instances.instances}


def test_only_the_edited_lesion_changes(workplace: Workplace) -> None:
    before = copy.deepcopy(workplace.time_point.lesions)
    untouched = {lesion.id: lesion.measurement for lesion in workplace.time_point.lesions if lesion.id != "L1"}
    workplace.paint((slice(27, 28), slice(20, 26), slice(10, 18)), 1)
    edited = workplace.lesion("L1")
    assert (edited.review.status, edited.review.reviewer) == (ReviewStatus.CORRECTED, "Dr A")
    assert edited.measurement.voxel_count == before[0].measurement.voxel_count + 48
    assert all(workplace.lesion(one).measurement is measurement for one, measurement in untouched.items())
    assert {one.id: one.measurement for one in workplace.time_point.lesions} == fresh(workplace.instances, workplace.ct)


def test_decisions_on_other_lesions_survive(workplace: Workplace) -> None:
    confirm(workplace.lesion("L2"), "Dr B")
    decided = copy.deepcopy(workplace.lesion("L2"))
    workplace.paint((slice(27, 28), slice(20, 26), slice(10, 18)), 1)
    assert workplace.lesion("L2") == decided


def test_a_drawn_lesion_is_added_with_site_and_without_confidence(workplace: Workplace) -> None:
    workplace.paint((slice(22, 25), slice(40, 44), slice(30, 34)), 1)
    added = workplace.lesion("L3")
    assert (added.review.status, added.review.reviewer, added.site) == (ReviewStatus.ADDED, "Dr A", "lung")
    assert added.confidence is None
    assert workplace.time_point.highest_lesion_number == {"L": 3, "N": 1}


def test_parts_of_a_rejected_lesion_stay_rejected(workplace: Workplace) -> None:
    reject(workplace.lesion("L2"), "Dr B")
    changes = workplace.paint((slice(4, 9), slice(22, 30), slice(18, 19)), 0)
    assert changes.split == {"L3": "L2"}
    assert not workplace.lesion("L2").counts
    assert not workplace.lesion("L3").counts
    assert workplace.lesion("L3").site == "liver"


def test_an_erased_lesion_leaves_and_its_number_is_not_given_again(workplace: Workplace) -> None:
    workplace.paint((slice(4, 9), slice(22, 30), slice(15, 25)), 0)
    assert {lesion.id for lesion in workplace.time_point.lesions} == {"L1", "N1"}
    workplace.paint((slice(4, 9), slice(22, 30), slice(15, 25)), 1)
    assert {lesion.id for lesion in workplace.time_point.lesions} == {"L1", "L3", "N1"}


def test_an_unsigned_edit_changes_nothing(workplace: Workplace) -> None:
    before = copy.deepcopy(workplace.time_point)
    with pytest.raises(DuOncoError, match="your name"):
        apply_changes(workplace.time_point, workplace.instances, InstanceChanges(["L1"]), workplace.ct, None, "")
    assert workplace.time_point == before

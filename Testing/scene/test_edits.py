"""Edits in the Segment Editor reach record and table at once; what was not touched stays as decided."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import slicer

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.proposal import propose_lesions
from DuOncoUnityLib.records.model import Case, Lesion, ReviewStatus
from DuOncoUnityLib.records.review import confirm
from DuOncoUnityLib.scene.edits import EditTracker
from DuOncoUnityLib.scene.record import save_record
from DuOncoUnityLib.scene.result import Result, result_of, show_result
from DuOncoUnityLib.scene.segmentation import read_layer, write_layer
from DuOncoUnityLib.scene.volume import read_ct
from DuOncoUnityLib.terminology import ORGANS

FIRST = (slice(3, 6), slice(4, 9), slice(5, 11))
SECOND = (slice(11, 15), slice(15, 20), slice(20, 26))
GROWTH = (slice(3, 6), slice(9, 12), slice(5, 11))
BRIDGE = (slice(4, 13), slice(6, 18), slice(8, 22))
ELSEWHERE = (slice(8, 9), slice(2, 4), slice(28, 31))
EVERYWHERE = (slice(None), slice(None), slice(None))


@pytest.fixture
def labels(awkward_geometry: Geometry) -> np.ndarray:
    """Two lesions and a lymph node in muscle."""
    labels = np.full(awkward_geometry.shape, 3, np.uint8)
    labels[FIRST] = 1
    labels[SECOND] = 1
    labels[3:6, 15:20, 20:26] = 2
    return labels


@pytest.fixture
def analysed(case_of: Callable[..., Case]) -> Callable[..., Result]:
    """Shows the lesions of a label map as the analysis would."""

    def show(volume_node: Any, labels: np.ndarray, anatomy: np.ndarray | None = None) -> Result:
        ct = read_ct(volume_node)
        case = case_of("A", geometry=ct.geometry)
        time_point = case.time_points[0]
        time_point.lesions, instances = propose_lesions(labels, ct, smallest_ml=0.0)
        time_point.highest_lesion_number = dict(instances.highest_number)
        return show_result(volume_node, case, labels, anatomy)

    return show


@pytest.fixture
def result(ct_node: Any, labels: np.ndarray, analysed: Callable[..., Result]) -> Result:
    return analysed(ct_node, labels)


@pytest.fixture
def events() -> list[str]:
    return []


@pytest.fixture
def tracker(result: Result, events: list[str]) -> Iterator[EditTracker]:
    tracker = EditTracker(result, "Dr A", lambda: events.append("edited"))
    yield tracker
    tracker.stop()


def test_nothing_happens_without_an_edit(result: Result, tracker: EditTracker) -> None:
    before = result.record.GetText()
    assert tracker.update() is None
    assert result.record.GetText() == before


def test_a_grown_lesion_is_measured_again_and_others_are_left_alone(
        result: Result, tracker: EditTracker, events: list[str]) -> None:
    before = lesions(result)
    paint(result, "lesion", GROWTH)
    assert events
    tracker.update()
    after = lesions(result)
    grown = next(name for name in ("L1", "L2") if before[name] != after[name])
    other = {"L1": "L2", "L2": "L1"}[grown]
    assert after[grown].measurement.voxel_count == 3 * 8 * 6
    assert after[grown].review.status is ReviewStatus.CORRECTED
    assert after[grown].review.reviewer == "Dr A"
    assert after[other] == before[other]
    assert after["N1"] == before["N1"]
    status = result.table.GetTable().GetValueByName(rows(result).index(grown), "status").ToString()
    assert status == "corrected"


def test_a_decision_on_an_untouched_lesion_survives_edits_of_others(result: Result, tracker: EditTracker) -> None:
    decide(result, "N1")
    decided = lesions(result)["N1"]
    paint(result, "lesion", GROWTH)
    tracker.update()
    assert lesions(result)["N1"] == decided
    assert decided.review.status is ReviewStatus.CONFIRMED


def test_a_drawn_lesion_gets_a_new_id_and_is_marked_as_added(result: Result, tracker: EditTracker) -> None:
    paint(result, "lesion", ELSEWHERE)
    tracker.update()
    assert lesions(result)["L3"].review.status is ReviewStatus.ADDED
    assert lesions(result)["L3"].measurement.voxel_count == 6
    assert "L3" in rows(result)


def test_an_erased_lesion_leaves_and_its_id_is_not_given_again(result: Result, tracker: EditTracker) -> None:
    paint(result, "lesion", EVERYWHERE, value=False)
    tracker.update()
    assert rows(result) == ["N1"]
    paint(result, "lesion", ELSEWHERE)
    tracker.update()
    assert rows(result) == ["N1", "L3"]


def test_removing_the_segment_removes_its_lesions(result: Result, tracker: EditTracker, events: list[str]) -> None:
    result.segmentation.GetSegmentation().RemoveSegment("lesion")
    assert events
    tracker.update()
    assert rows(result) == ["N1"]


def test_editing_muscle_changes_no_lesion(result: Result, tracker: EditTracker) -> None:
    paint(result, "skeletal_muscle", (slice(0, 2), slice(None), slice(None)), value=False)
    assert tracker.update() is None


def test_edits_made_while_nobody_followed_are_taken_over(result: Result) -> None:
    paint(result, "lesion", ELSEWHERE)
    assert "L3" not in lesions(result)
    EditTracker(result, "Dr A", lambda: None).stop()
    assert lesions(result)["L3"].review.status is ReviewStatus.ADDED


def test_after_stopping_nobody_is_told(result: Result, tracker: EditTracker, events: list[str]) -> None:
    tracker.stop()
    paint(result, "lesion", ELSEWHERE)
    assert events == []


@pytest.mark.parametrize("edit", ["grow", "erase", "join", "draw"])
def test_undo_in_the_segment_editor_brings_everything_back(edit: str, result: Result, tracker: EditTracker) -> None:
    decide(result, "L1")
    before = lesions(result)
    history = slicer.vtkSegmentationHistory()
    history.SetSegmentation(result.segmentation.GetSegmentation())
    history.SaveState()
    where, value = {"grow": (GROWTH, True), "erase": (FIRST, False), "join": (BRIDGE, True),
                    "draw": (ELSEWHERE, True)}[edit]
    paint(result, "lesion", where, value)
    tracker.update()
    assert lesions(result) != before
    history.RestorePreviousState()
    tracker.update()
    assert lesions(result) == before
    assert sorted(rows(result)) == sorted(before)


def test_undo_does_not_take_back_a_decision_made_after_the_edit(result: Result, tracker: EditTracker) -> None:
    grown = "L1" if lesions(result)["L1"].measurement.bounding_box_ijk[2] == 3 else "L2"
    paint(result, "lesion", GROWTH)
    tracker.update()
    decide(result, grown)
    paint(result, "lesion", GROWTH, value=False)
    tracker.update()
    lesion = lesions(result)[grown]
    assert "Dr B" in [review.reviewer for review in (*lesion.review_history, lesion.review)]


def test_a_drawn_lesion_knows_its_organ(ct_node: Any, labels: np.ndarray, analysed: Callable[..., Result]) -> None:
    liver = list(ORGANS).index("liver") + 1
    result = analysed(ct_node, labels, np.full_like(labels, liver))
    tracker = EditTracker(result, "Dr A", lambda: None)
    paint(result, "lesion", ELSEWHERE)
    tracker.update()
    assert lesions(result)["L3"].site == "liver"


def test_muscle_and_fat_are_measured_again(result: Result, tracker: EditTracker, ct_node: Any) -> None:
    assert tracker.update_composition()
    before = result.load()[1].composition["skeletal_muscle_volume_ml"]
    removed = (slice(0, 2), slice(None), slice(None))
    paint(result, "skeletal_muscle", removed, value=False)
    assert tracker.update_composition()
    after = result.load()[1].composition["skeletal_muscle_volume_ml"]
    voxels = np.prod(read_ct(ct_node).hu[removed].shape)
    assert before - after == pytest.approx(voxels * read_ct(ct_node).geometry.voxel_volume_ml)
    assert not tracker.update_composition()


def test_editing_needs_the_ct(result: Result, scene: Any) -> None:
    scene.RemoveNode(result.volume)
    orphan = result_of(result.segmentation)
    assert orphan is not None
    with pytest.raises(DuOncoError, match="no longer in the scene"):
        EditTracker(orphan, "Dr A", lambda: None)


def test_editing_needs_a_name(result: Result) -> None:
    with pytest.raises(DuOncoError, match="name"):
        EditTracker(result, " ", lambda: None)


def test_an_edit_among_five_hundred_lesions_is_followed_at_once(add_volume: Callable[..., Any],
                                                                analysed: Callable[..., Result]) -> None:
    geometry = Geometry((160, 256, 256), (0.8, 0.8, 2.5))
    labels = np.zeros(geometry.shape, np.uint8)
    for n in range(500):
        k, j, i = 3 + n // 100 * 30, 5 + n // 10 % 10 * 24, 5 + n % 10 * 24
        labels[k:k + 4, j:j + 8, i:i + 8] = 1
    volume = add_volume(np.zeros(geometry.shape, np.int16), geometry)
    result = analysed(volume, labels)
    tracker = EditTracker(result, "Dr A", lambda: None)
    paint(result, "lesion", (slice(3, 7), slice(5, 13), slice(13, 16)))
    started = time.process_time()
    changes = tracker.update()
    assert time.process_time() - started < 0.3
    assert changes is not None
    assert len(changes.changed) == 1


def lesions(result: Result) -> dict[str, Lesion]:
    _case, time_point = result.load()
    return {lesion.id: lesion for lesion in time_point.lesions}


def decide(result: Result, lesion_id: str) -> None:
    case, time_point = result.load()
    confirm(next(lesion for lesion in time_point.lesions if lesion.id == lesion_id), "Dr B", "2024-02-01T10:00:00Z")
    save_record(result.record, case)


def paint(result: Result, segment_id: str, where: tuple[slice, ...], value: bool = True) -> None:
    """What the paint and erase effects do: write one segment."""
    mask = read_layer(result.segmentation, segment_id, result.volume)
    mask[where] = value
    write_layer(result.segmentation, segment_id, mask, result.volume)


def rows(result: Result) -> list[str]:
    table = result.table.GetTable()
    return [table.GetValueByName(row, "id").ToString() for row in range(table.GetNumberOfRows())]

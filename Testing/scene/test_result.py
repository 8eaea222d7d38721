"""A result in the scene: its nodes find each other, belong to the right patient, and survive saving."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.exports.seg_nrrd import LAYER_TERMS, write_segmentation
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.records.model import Acquisition, Case
from DuOncoUnityLib.records.store import save_case
from DuOncoUnityLib.scene.record import record_nodes
from DuOncoUnityLib.scene.result import load_result, result_of, results, show_result
from DuOncoUnityLib.scene.segmentation import read_layer
from DuOncoUnityLib.scene.volume import volume_geometry
from DuOncoUnityLib.terminology import ORGANS

GRID = Geometry((8, 12, 14), (0.8, 1.1, 2.5), (-20.0, 30.0, -400.0), (-1.0, 0, 0, 0, 1.0, 0, 0, 0, -1.0))


@pytest.fixture
def labels() -> np.ndarray:
    labels = np.zeros(GRID.shape, np.uint8)
    labels[2:5, 3:6, 4:9] = 1
    labels[6:, 8:, 10:] = 2
    return labels


@pytest.fixture
def add_ct(add_volume: Callable[..., Any]) -> Callable[..., Any]:
    return lambda name="CT": add_volume(np.zeros(GRID.shape, np.int16), GRID, name)


def test_layers_table_and_record_appear_together(add_ct: Callable[..., Any], labels: np.ndarray,
                                                 case_of: Callable[..., Case]) -> None:
    ct = add_ct()
    case = case_of("A", lesions=3)
    result = show_result(ct, case, labels, anatomy=labels)
    assert result.volume is ct
    assert result.table.GetNumberOfRows() == 3
    np.testing.assert_array_equal(read_layer(result.segmentation, "lesion", ct), labels == 1)
    assert result.anatomy.GetDisplayNode().GetVisibility() == 0
    assert result.load() == (case, case.time_points[0])
    assert results(ct.GetScene()) == [result]


@pytest.mark.parametrize("suffix", ["mrml", "mrb"])
def test_everything_is_there_after_saving_and_reopening(
        suffix: str, add_ct: Callable[..., Any], labels: np.ndarray, case_of: Callable[..., Case],
        study_of: Callable[..., int], reopened: Callable[[str], Any]) -> None:
    first, second = add_ct("one"), add_ct("two")
    study_of(first, patient="A")
    study_of(second, patient="B")
    before = [show_result(first, case_of("A", 3), labels, labels), show_result(second, case_of("B", 5), labels)]
    after = results(reopened(suffix))
    assert [result.load() for result in after] == [result.load() for result in before]
    for result in after:
        assert result.volume.GetName() in ("one", "two")
        assert result.table.GetNumberOfRows() == len(result.load()[1].lesions)
        assert result.table.GetColumnUnitLabel("volume_ml") == "ml"
        np.testing.assert_array_equal(read_layer(result.segmentation, "lesion", result.volume), labels == 1)
        segment = result.segmentation.GetSegmentation().GetSegment("lesion")
        assert "108369006" in segment.GetTerminology()
    assert after[0].anatomy.GetSegmentation().GetNumberOfSegments() > 20
    assert after[1].anatomy is None


def test_scans_of_one_patient_share_a_record_sorted_by_date(
        add_ct: Callable[..., Any], labels: np.ndarray, case_of: Callable[..., Case], scene: Any) -> None:
    ct_nodes = [add_ct(), add_ct()]
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "A")
    for ct in ct_nodes:
        hierarchy.CreateItem(hierarchy.CreateStudyItem(patient, "Study"), ct)
    later = show_result(ct_nodes[0], case_of("A", 1, date="2024-06-01"), labels)
    earlier = show_result(ct_nodes[1], case_of("A", 2, date="2024-01-01"), labels)
    assert len(record_nodes(scene)) == 1
    assert hierarchy.GetItemParent(hierarchy.GetItemByDataNode(later.record)) == patient
    case, time_point = earlier.load()
    assert [point.date for point in case.time_points] == ["2024-01-01", "2024-06-01"]
    assert len({point.id for point in case.time_points}) == 2
    assert len(time_point.lesions) == 2
    assert len(later.load()[1].lesions) == 1


def test_two_patients_keep_their_own_records(add_ct: Callable[..., Any], labels: np.ndarray, scene: Any,
                                             case_of: Callable[..., Case], study_of: Callable[..., int]) -> None:
    for patient in ("A", "B"):
        ct = add_ct()
        study_of(ct, patient=patient)
        show_result(ct, case_of(patient, 1), labels)
    assert len(record_nodes(scene)) == 2
    assert [result.load()[0].id for result in results(scene)] == ["A", "B"]


def test_a_new_analysis_of_a_scan_changes_nothing_of_the_former(
        add_ct: Callable[..., Any], labels: np.ndarray, case_of: Callable[..., Case],
        study_of: Callable[..., int]) -> None:
    ct = add_ct()
    study_of(ct)
    former = show_result(ct, case_of("A", 3), labels)
    text = former.record.GetText()
    again = show_result(ct, case_of("A", 1), np.zeros_like(labels))
    assert former.record.GetText() == text
    assert former.table.GetNumberOfRows() == 3
    assert read_layer(former.segmentation, "lesion", ct).any()
    assert again.record is not former.record


def test_nodes_that_a_person_deleted_are_missed_without_harm(
        add_ct: Callable[..., Any], labels: np.ndarray, case_of: Callable[..., Case], scene: Any) -> None:
    ct = add_ct()
    result = show_result(ct, case_of("A", 1), labels)
    scene.RemoveNode(result.table)
    scene.RemoveNode(ct)
    found = result_of(result.segmentation)
    assert found is not None
    assert (found.table, found.volume) == (None, None)
    scene.RemoveNode(result.record)
    assert results(scene) == []


def test_a_segmentation_from_elsewhere_is_no_result(scene: Any) -> None:
    assert result_of(scene.AddNewNodeByClass("vtkMRMLSegmentationNode")) is None


@pytest.fixture
def written(labels: np.ndarray, case_of: Callable[..., Case], tmp_path: Path) -> Path:
    """The files of the command line."""
    folder = tmp_path / "result"
    folder.mkdir()
    save_case(case_of("A", 2, geometry=GRID), folder / "case.json")
    write_segmentation(folder / "segmentation.seg.nrrd", labels, GRID, LAYER_TERMS)
    write_segmentation(folder / "anatomy.seg.nrrd", labels, GRID, {1: ORGANS["spleen"], 2: ORGANS["liver"]})
    return folder


def test_the_files_of_the_command_line_become_a_result(add_ct: Callable[..., Any], written: Path,
                                                       labels: np.ndarray) -> None:
    ct = add_ct()
    result = load_result(ct, written, Acquisition(date="2024-05-06", patient_sex="F"))
    _case, time_point = result.load()
    assert volume_geometry(ct).same_grid(time_point.geometry)
    assert (time_point.acquisition.date, time_point.acquisition.patient_sex) == ("2024-05-06", "F")
    np.testing.assert_array_equal(read_layer(result.segmentation, "lymph_node", ct), labels == 2)
    np.testing.assert_array_equal(read_layer(result.anatomy, "liver", ct), labels == 2)
    assert not read_layer(result.anatomy, "lung", ct).any()


def test_the_anatomy_is_optional(add_ct: Callable[..., Any], written: Path) -> None:
    (written / "anatomy.seg.nrrd").unlink()
    assert load_result(add_ct(), written).anatomy is None


@pytest.mark.parametrize("fault", ["missing", "truncated", "elsewhere"])
def test_a_bad_file_is_a_sentence_and_adds_nothing(fault: str, add_ct: Callable[..., Any], written: Path,
                                                   scene: Any) -> None:
    path = written / "segmentation.seg.nrrd"
    if fault == "missing":
        path.unlink()
    elif fault == "truncated":
        path.write_bytes(path.read_bytes()[:200])
    else:
        write_segmentation(path, np.zeros(GRID.shape, np.uint8), GRID.crop((1, 1, 1), GRID.shape), LAYER_TERMS)
    ct = add_ct()
    count = scene.GetNumberOfNodes()
    with pytest.raises(DuOncoError, match=r"^[A-Z].*\.$"):
        load_result(ct, written)
    assert scene.GetNumberOfNodes() == count

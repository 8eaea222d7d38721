"""Painting and erasing, as the effects of the Segment Editor do it, and how the panel follows."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from DuOncoUnityLib.lesions.burden import tumour_burden
from DuOncoUnityLib.lesions.components import Box
from DuOncoUnityLib.records.model import Lesion, ReviewStatus
from DuOncoUnityLib.scene.result import Result
from DuOncoUnityLib.scene.segmentation import read_layer
from Testing.desktop.full_size import add_full_size_scan
from Testing.desktop.patient import add_result, open_section, rows, settle
from Testing.desktop.slicer_desktop import Desktop
from Testing.synthetic_patient import DATES, FEW, lay_over

LIVER, SECOND, LUNG, NODE = (FEW[number].centre for number in (0, 1, 2, 4))


@pytest.fixture
def result(desktop: Desktop) -> Result:
    return add_result(desktop)


def stroke(result: Result, box: Box, layer: str = "lesion", adds: bool = True) -> None:
    """What Paint and Erase do with "Allow overlap": the shape of the brush is merged into the segment."""
    brush = slicer.vtkOrientedImageData()
    brush.SetExtent([end for part in reversed(box) for end in (part.start, part.stop - 1)])
    brush.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    vtk_to_numpy(brush.GetPointData().GetScalars())[:] = adds
    matrix = vtk.vtkMatrix4x4()
    result.volume.GetIJKToRASMatrix(matrix)
    brush.SetGeometryFromImageToWorldMatrix(matrix)
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    mode = logic.MODE_MERGE_MAX if adds else logic.MODE_MERGE_MIN
    assert logic.SetBinaryLabelmapToSegment(brush, result.segmentation, layer, mode)


def followed(desktop: Desktop, paint: Callable[[], None]) -> None:
    """Paint, and wait until the panel has taken it over as one step."""
    steps = len(desktop.widget.session.history)
    paint()
    desktop.wait(lambda: len(desktop.widget.session.history) == steps + 1)


def lesions(result: Result) -> dict[str, Lesion]:
    return {lesion.id: lesion for lesion in result.load()[1].lesions}


def at(desktop: Desktop, result: Result, kji: tuple[int, int, int]) -> str:
    place = desktop.widget.session.editor().ct.geometry.index_to_world(kji[::-1])
    return str(desktop.widget.session.editor().lesion_at(place))


def listed(desktop: Desktop) -> dict[str, str]:
    """Volume in the list of lesions, by lesion."""
    model = desktop.section("review").ui.lesionTable.model()
    return {model.item(row, 0).text(): model.item(row, 2).text() for row in range(model.rowCount())}


def beside(kji: tuple[int, int, int], k: int = 1, j: int = 3, i: int = 3) -> Box:
    """A box from the centre of a lesion outwards, to its left."""
    return np.s_[kji[0]:kji[0] + k, kji[1]:kji[1] + j, kji[2]:kji[2] + i]


def test_a_stroke_makes_a_lesion_larger_and_one_of_the_eraser_smaller(desktop: Desktop, result: Result) -> None:
    lesion_id, before = at(desktop, result, LUNG), lesions(result)
    for adds, box in ((True, beside(LUNG, i=9)), (False, beside(LUNG, k=6, j=6, i=9))):
        was = lesions(result)[lesion_id].measurement.voxel_count
        followed(desktop, lambda box=box, adds=adds: stroke(result, box, adds=adds))
        lesion = lesions(result)[lesion_id]
        assert (lesion.measurement.voxel_count > was) is adds
        assert lesion.review.status is ReviewStatus.CORRECTED
        assert listed(desktop)[lesion_id] == f"{lesion.measurement.volume_ml:.2f}"
    assert {one.id: one for one in lesions(result).values() if one.id != lesion_id} == {
        one.id: one for one in before.values() if one.id != lesion_id}


def test_a_cut_makes_two_lesions_and_a_bridge_makes_one(desktop: Desktop, result: Result) -> None:
    lesion_id, count = at(desktop, result, LIVER), len(lesions(result))
    cut = np.s_[40:80, LIVER[1] + 1:LIVER[1] + 3, 10:45]
    followed(desktop, lambda: stroke(result, cut, adds=False))
    assert len(lesions(result)) == count + 1
    assert lesion_id in lesions(result)
    part = at(desktop, result, (LIVER[0], LIVER[1] + 5, LIVER[2]))
    assert part not in ("", lesion_id)
    followed(desktop, lambda: stroke(result, np.s_[LIVER[0]:LIVER[0] + 1, LIVER[1]:LIVER[1] + 5, 30:32]))
    assert set(lesions(result)) == {one for one in lesions(result) if one != part}
    assert len(lesions(result)) == count


@pytest.mark.parametrize("edit", ["paint", "erase", "remove", "cut", "join", "draw"])
def test_each_stroke_is_undone_in_one_step(desktop: Desktop, result: Result, edit: str) -> None:
    before, mask, table = lesions(result), read_layer(result.segmentation, "lesion", result.volume), listed(desktop)
    strokes = {"paint": (beside(LUNG, i=9), True), "erase": (beside(LUNG), False),
               "remove": (np.s_[85:105, 30:50, 20:40], False), "cut": (np.s_[40:80, 41:43, 10:45], False),
               "join": (np.s_[60:68, 40:54, 30:50], True), "draw": (np.s_[2:5, 3:6, 3:6], True)}
    box, adds = strokes[edit]
    followed(desktop, lambda: stroke(result, box, adds=adds))
    assert lesions(result) != before
    desktop.press("Ctrl+Z")
    assert lesions(result) == before
    assert np.array_equal(read_layer(result.segmentation, "lesion", result.volume), mask)
    assert listed(desktop) == table


def test_a_stroke_over_a_lymph_node_leaves_the_node(desktop: Desktop, result: Result) -> None:
    node, before = read_layer(result.segmentation, "lymph_node", result.volume), lesions(result)["N1"]
    followed(desktop, lambda: stroke(result, np.s_[NODE[0]:NODE[0] + 2, NODE[1]:NODE[1] + 9, 48:52]))
    assert np.array_equal(read_layer(result.segmentation, "lymph_node", result.volume), node)
    assert lesions(result)["N1"] == before
    assert not (read_layer(result.segmentation, "lesion", result.volume) & node).any()


def test_a_decision_after_a_stroke_holds_for_the_new_mask(desktop: Desktop, result: Result) -> None:
    lesion_id = at(desktop, result, LUNG)
    desktop.widget.session.choose_lesion(lesion_id)
    stroke(result, beside(LUNG, i=9))
    desktop.press("C")
    lesion = lesions(result)[lesion_id]
    assert lesion.review.status is ReviewStatus.CORRECTED
    assert [review.status for review in lesion.review_history] == [ReviewStatus.PROPOSED, ReviewStatus.CORRECTED]
    assert len(desktop.widget.session.history) == 2


def test_an_edit_on_a_scan_of_full_size_is_followed_everywhere_at_once(desktop: Desktop) -> None:
    """Sixty lesions on each of two scans of 105 million voxels: ids, numbers, table, sums and response."""
    scans = [add_full_size_scan(desktop.scene, date) for date in DATES[:2]]
    lay_over(*scans)
    settle(desktop)
    session, result = desktop.widget.session, scans[1]
    session.choose_scan(result.volume)
    burden, compare = open_section(desktop, "burden"), open_section(desktop, "compare")
    assert compare.lesionTable.rowCount == 60
    target = session.course.compared(session.course.assessment())[0].current.lesion_ids[0]
    i, j, k = lesions(result)[target].measurement.seed_ijk
    took = []
    for attempt in range(3):
        former = tumour_burden(session.time_point.lesions).total.volume_ml, rows(compare.responseTable)
        sums = rows(burden.burdenTable)
        stroke(result, np.s_[k:k + 2, j - 12 - attempt:j + 13 + attempt, i:i + 2])
        started = time.process_time()
        session.take_over_edits()
        desktop.wait(lambda: True)
        took.append(time.process_time() - started)
        assert tumour_burden(session.time_point.lesions).total.volume_ml > former[0]
        assert rows(burden.burdenTable) != sums
        assert rows(compare.responseTable) != former[1]
    print("edits:", [f"{seconds:.3f} s" for seconds in took])
    assert min(took) < 0.3

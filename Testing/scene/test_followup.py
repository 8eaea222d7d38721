"""Follow-up in the scene: priors at the place of the current scan, tracks, curves, and target lines that measure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed (pip install duonco-unity[scene])")

from DuOncoUnityLib.followup.spatial_transform import SpatialTransform  # noqa: E402
from DuOncoUnityLib.geometry import Geometry  # noqa: E402
from DuOncoUnityLib.records.model import Case, Lesion, Track, TrackEvent, TrackState  # noqa: E402
from DuOncoUnityLib.response.assessment import CaseAssessment, assess_case  # noqa: E402
from DuOncoUnityLib.scene.prior_alignment import align_prior, link_views, release_prior, vtk_transform  # noqa: E402
from DuOncoUnityLib.scene.record import create_record, load_record, save_record  # noqa: E402
from DuOncoUnityLib.scene.result import Result, show_result  # noqa: E402
from DuOncoUnityLib.scene.target_lines import TargetLines, line_length_mm  # noqa: E402
from DuOncoUnityLib.scene.timeline_plot import create_timeline_plot, update_timeline_plot  # noqa: E402
from DuOncoUnityLib.scene.track_table import create_track_table, update_track_table  # noqa: E402


@pytest.fixture
def deformation(awkward_geometry: Geometry) -> SpatialTransform:
    k, j, i = np.indices((5, 6, 7)) / 8.0
    smooth = 3.0 * np.stack([np.sin(i + k), np.cos(j), k - j * i], axis=-1)
    grid = Geometry((5, 6, 7), (9.0, 8.0, 15.0), awkward_geometry.origin_mm, awkward_geometry.direction)
    affine = np.array([[1.02, 0.05, 0, 12.0], [-0.05, 0.98, 0, -30.0], [0, 0.01, 1.0, 400.0], [0, 0, 0, 1.0]])
    return SpatialTransform(affine, smooth.astype(np.float32), grid)


@pytest.fixture
def case(case_of: Callable[..., Case], lesion_at: Callable[..., Lesion]) -> Case:
    """Two scans: a target that shrinks from 40 to 30 mm, and one of 20 mm that is gone at the second scan."""
    case, later = case_of("case", date="2024-01-15"), case_of("case", date="2024-03-15")
    first, second = case.time_points[0], later.time_points[0]
    second.id = "T2"
    case.time_points.append(second)
    first.lesions = [lesion_at("L1", (0, 0, 0), long_mm=40.0), lesion_at("L2", (0, 0, 50), long_mm=20.0)]
    second.lesions = [lesion_at("L1", (1, 0, 0), long_mm=30.0)]
    case.tracks = [
        Track("T1", "lesion", "liver", [TrackState("T1", ["L1"], TrackEvent.FIRST),
                                        TrackState("T2", ["L1"], TrackEvent.SAME, 0.9)]),
        Track("T2", "lesion", "liver", [TrackState("T1", ["L2"], TrackEvent.FIRST),
                                        TrackState("T2", [], TrackEvent.DISAPPEARED)])]
    return case


@pytest.fixture
def second_result(scene: Any, case: Case, add_volume: Callable[..., Any]) -> Result:
    """The result of the second scan, whose record holds the whole case."""
    point = case.time_points[1]
    volume = add_volume(np.zeros(point.geometry.shape, np.int16), point.geometry)
    result = show_result(volume, Case("case", [point]), np.zeros(point.geometry.shape, np.uint8))
    save_record(result.record, case)
    return result


def transform_node(scene: Any, transform: SpatialTransform) -> Any:
    node = scene.AddNewNodeByClass("vtkMRMLTransformNode")
    node.SetAndObserveTransformToParent(vtk_transform(transform))
    return node


def test_a_prior_lies_where_its_anatomy_is_now(ct_node: Any, deformation: SpatialTransform,
                                               awkward_geometry: Geometry) -> None:
    node = transform_node(ct_node.GetScene(), deformation)
    align_prior([ct_node], node)
    assert ct_node.GetParentTransformNode() is node
    rng = np.random.default_rng(1)
    inside = awkward_geometry.index_to_world(rng.uniform(2, 14, (20, 3)))
    for point, expected in zip(inside, deformation.map_points(inside), strict=True):
        moved = node.GetTransformToParent().TransformPoint(-point[0], -point[1], point[2])
        np.testing.assert_allclose((-moved[0], -moved[1], moved[2]), expected, atol=0.02)
        back = node.GetTransformFromParent().TransformPoint(*moved)
        np.testing.assert_allclose(back, (-point[0], -point[1], point[2]), atol=0.1)


def test_releasing_a_prior_puts_it_back(ct_node: Any, deformation: SpatialTransform) -> None:
    node = transform_node(ct_node.GetScene(), deformation)
    align_prior([ct_node], node)
    release_prior(node)
    assert ct_node.GetParentTransformNode() is None


def test_a_prior_that_was_moved_before_keeps_its_own_transform(scene: Any, ct_node: Any) -> None:
    own = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    ct_node.SetAndObserveTransformNodeID(own.GetID())
    node = transform_node(scene, SpatialTransform(np.eye(4)))
    align_prior([ct_node], node)
    assert ct_node.GetParentTransformNode() is own and own.GetParentTransformNode() is node
    release_prior(node)
    assert ct_node.GetParentTransformNode() is own and own.GetParentTransformNode() is None


def test_an_aligned_prior_survives_saving(ct_node: Any, deformation: SpatialTransform,
                                          awkward_geometry: Geometry, reopened: Callable[[str], Any]) -> None:
    align_prior([ct_node], transform_node(ct_node.GetScene(), deformation))
    (volume,) = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode", reopened("mrb"))
    point = awkward_geometry.index_to_world((6.0, 7.0, 8.0))
    moved = volume.GetParentTransformNode().GetTransformToParent().TransformPoint(-point[0], -point[1], point[2])
    np.testing.assert_allclose((-moved[0], -moved[1], moved[2]), deformation.map_points(point), atol=0.05)


def test_linked_views_follow_each_other(scene: Any) -> None:
    composites = [scene.AddNewNodeByClass("vtkMRMLSliceCompositeNode") for _ in range(2)]
    link_views(composites)
    assert all(node.GetLinkedControl() and node.GetHotLinkedControl() for node in composites)


def test_the_track_table_says_what_became_of_every_lesion(scene: Any, case: Case) -> None:
    node = create_track_table(scene)
    update_track_table(node, case, assess_case(case))
    rows = [[node.GetCellText(row, column) for column in range(node.GetNumberOfColumns())]
            for row in range(node.GetNumberOfRows())]
    assert [node.GetColumnName(column) for column in range(6)] == ["Lesion", "Role", "Layer", "Site", "2024-01-15",
                                                                  "2024-03-15"]
    assert rows == [["T1", "target", "Lesions", "Liver", "40.0 mm", "30.0 mm"],
                    ["T2", "target", "Lesions", "Liver", "20.0 mm", "gone"]]


def test_the_timeline_is_plotted_in_percent_of_baseline(scene: Any, case: Case) -> None:
    plot = create_timeline_plot(scene)
    update_timeline_plot(plot, assess_case(case))
    update_timeline_plot(plot, assess_case(case))
    assert plot.chart.GetNumberOfPlotSeriesNodes() == 3
    sums = slicer.util.arrayFromTableColumn(plot.table, "Sum of diameters")
    np.testing.assert_allclose(sums, [60.0, 30.0])
    np.testing.assert_allclose(slicer.util.arrayFromTableColumn(plot.table, "Sum of diameters (%)"), [100.0, 50.0])
    np.testing.assert_allclose(slicer.util.arrayFromTableColumn(plot.table, "Day"), [0.0, 60.0])
    for series in plot.series:
        assert series.GetTableNode() is plot.table
        assert plot.table.GetColumnIndex(series.GetYColumnName()) >= 0


def test_moving_a_target_line_updates_the_sum_and_is_recorded(second_result: Result, case: Case) -> None:
    heard: list[CaseAssessment] = []
    lines = TargetLines(second_result, "reader 1", heard.append)
    (line,) = lines.show(assess_case(case))
    assert line_length_mm(line) == pytest.approx(30.0)
    line.SetNthControlPointPosition(0, line.GetNthControlPointPosition(1)[0] + 55.0, 0.0, 0.0)
    line.InvokeEvent(slicer.vtkMRMLMarkupsNode.PointEndInteractionEvent)
    assert heard[-1].visits[1].sod_mm == 55.0
    (decision,) = load_record(second_result.record).decisions.readers[0].readings
    assert (decision.track_id, decision.time_point_id, decision.signature.by) == ("T1", "T2", "reader 1")
    assert decision.size_mm == pytest.approx(55.0)
    # moved again: the newest length counts, in one record
    line.SetNthControlPointPosition(0, line.GetNthControlPointPosition(1)[0] + 25.0, 0.0, 0.0)
    line.InvokeEvent(slicer.vtkMRMLMarkupsNode.PointEndInteractionEvent)
    assert heard[-1].visits[1].sod_mm == 25.0
    assert len(load_record(second_result.record).decisions.readers[0].readings) == 1


def test_a_moved_line_stays_moved_and_closed_lines_are_silent(second_result: Result, case: Case) -> None:
    heard: list[CaseAssessment] = []
    lines = TargetLines(second_result, "reader 1", heard.append)
    (line,) = lines.show(assess_case(case))
    line.SetNthControlPointPosition(0, 99.0, 0.0, 0.0)
    (same,) = lines.show(assess_case(case))
    assert same is line and line.GetNthControlPointPosition(0)[0] == 99.0
    lines.close()
    line.InvokeEvent(slicer.vtkMRMLMarkupsNode.PointEndInteractionEvent)
    assert heard == []


def test_a_line_on_an_aligned_prior_measures_in_its_own_scan(second_result: Result, case: Case) -> None:
    stretch = SpatialTransform(np.diag([2.0, 2.0, 2.0, 1.0]))
    align_prior([second_result.volume], transform_node(second_result.volume.GetScene(), stretch))
    (line,) = TargetLines(second_result, "reader 1", lambda assessment: None).show(assess_case(case))
    assert line.GetLineLengthWorld() == pytest.approx(60.0)
    assert line_length_mm(line) == pytest.approx(30.0)


def test_a_second_patient_keeps_its_own_record(scene: Any, second_result: Result, case: Case) -> None:
    other = create_record(scene, Case("other"))
    (line,) = TargetLines(second_result, "reader 1", lambda assessment: None).show(assess_case(case))
    line.InvokeEvent(slicer.vtkMRMLMarkupsNode.PointEndInteractionEvent)
    assert load_record(other).decisions.readers == []

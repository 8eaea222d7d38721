"""Long and short axes in the views: where the lesion is, as long as measured, only for chosen lesions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.records.model import Lesion
from DuOncoUnityLib.scene.axes import axis_nodes, show_axes, update_axes
from DuOncoUnityLib.scene.segmentation import LAYER_TERMS, create_segmentation


@pytest.fixture
def result(ct_node: Any, awkward_geometry: Geometry) -> Any:
    return create_segmentation(ct_node, np.zeros(awkward_geometry.shape, np.uint8), LAYER_TERMS, "Result")


def test_a_line_is_as_long_as_the_measurement_and_lies_in_the_patient(
        result: Any, lesion_at: Callable[..., Lesion]) -> None:
    show_axes(result, [lesion_at("L1", (12.5, -30.0, -850.0), long_mm=23.4, short_mm=11.2)])
    lines = {node.GetAttribute("DuOncoUnity.Axis"): node for node in axis_nodes(result)}
    assert lines["long"].GetLineLengthWorld() == pytest.approx(23.4)
    assert lines["short"].GetLineLengthWorld() == pytest.approx(11.2)
    np.testing.assert_allclose(lines["long"].GetNthControlPointPositionWorld(0), (-12.5 + 11.7, 30.0, -850.0))
    assert lines["long"].GetLocked()


def test_only_the_chosen_lesions_show_axes(result: Any, lesion_at: Callable[..., Lesion]) -> None:
    lesions = [lesion_at(f"L{n}", (n, 0, 0)) for n in range(1, 6)]
    show_axes(result, lesions[:3])
    show_axes(result, lesions[2:4])
    assert {node.GetAttribute("DuOncoUnity.Lesion") for node in axis_nodes(result)} == {"L3", "L4"}
    show_axes(result, [])
    assert axis_nodes(result) == []


@pytest.mark.parametrize(("layer", "axis"), [("lesion", "long"), ("lymph_node", "short")])
def test_the_axis_that_recist_measures_is_labelled(result: Any, lesion_at: Callable[..., Lesion], layer: str,
                                                   axis: str) -> None:
    show_axes(result, [lesion_at("L1", (0, 0, 0), layer=layer)])
    assert [node.GetAttribute("DuOncoUnity.Axis") for node in axis_nodes(result)
            if node.GetDisplayNode().GetPropertiesLabelVisibility()] == [axis]


def test_a_changed_measurement_moves_the_same_line(result: Any, lesion_at: Callable[..., Lesion]) -> None:
    show_axes(result, [lesion_at("L1", (0, 0, 0), long_mm=20)])
    before = {node.GetID() for node in axis_nodes(result)}
    show_axes(result, [lesion_at("L1", (0, 0, 0), long_mm=30)])
    assert {node.GetID() for node in axis_nodes(result)} == before
    assert max(node.GetLineLengthWorld() for node in axis_nodes(result)) == pytest.approx(30)


def test_after_an_edit_shown_axes_follow_and_those_of_erased_lesions_go(
        result: Any, lesion_at: Callable[..., Lesion]) -> None:
    show_axes(result, [lesion_at("L1", (0, 0, 0)), lesion_at("L2", (9, 0, 0))])
    update_axes(result, [lesion_at("L1", (0, 0, 0), long_mm=30), lesion_at("L3", (5, 0, 0))])
    assert [node.GetAttribute("DuOncoUnity.Lesion") for node in axis_nodes(result)] == ["L1", "L1"]
    assert max(node.GetLineLengthWorld() for node in axis_nodes(result)) == pytest.approx(30)


def test_lines_of_other_results_and_of_people_stay(result: Any, ct_node: Any, scene: Any,
                                                   lesion_at: Callable[..., Lesion]) -> None:
    other = create_segmentation(ct_node, np.zeros(ct_node.GetImageData().GetDimensions()[::-1], np.uint8),
                                LAYER_TERMS, "Result")
    scene.AddNewNodeByClass("vtkMRMLMarkupsLineNode", "measured by hand")
    show_axes(other, [lesion_at("L1", (0, 0, 0))])
    show_axes(result, [lesion_at("L1", (0, 0, 0))])
    show_axes(result, [])
    assert len(axis_nodes(other)) == 2
    assert scene.GetNumberOfNodesByClass("vtkMRMLMarkupsLineNode") == 3

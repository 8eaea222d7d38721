"""Correcting: the Segment Editor is on the right layer, and what is painted counts."""

from __future__ import annotations

from typing import Any

import pytest
import slicer

from DuOncoUnityLib.scene.result import Result
from DuOncoUnityLib.scene.segmentation import read_layer, write_layer
from DuOncoUnityPanel.phantom import add_phantom
from Testing.desktop.slicer_desktop import Desktop
from Testing.synthetic_patient import DATES, FEW, add_scan


@pytest.fixture
def result(desktop: Desktop) -> Result:
    result = add_scan(desktop.scene, FEW, DATES[0])
    desktop.widget.session.choose_scan(result.volume)
    desktop.widget.enter()
    desktop.wait(lambda: True)
    return result


@pytest.mark.parametrize(("lesion_id", "layer"), [("L2", "lesion"), ("N1", "lymph_node")])
def test_edit_opens_the_layer_of_the_lesion_and_protects_the_others(desktop: Desktop, result: Result, lesion_id: str,
                                                                    layer: str) -> None:
    desktop.widget.session.choose_lesion(lesion_id)
    desktop.click(desktop.section("review").ui.editButton)
    ui: Any = desktop.section("correct").ui
    node = desktop.scene.GetSingletonNode("SegmentEditor", "vtkMRMLSegmentEditorNode")
    assert not ui.correctSection.collapsed
    assert ui.editor.mrmlSegmentEditorNode() is node
    assert node.GetSegmentationNode() is result.segmentation
    assert node.GetSourceVolumeNode() is result.volume
    assert node.GetSelectedSegmentID() == layer
    assert node.GetOverwriteMode() == slicer.vtkMRMLSegmentEditorNode.OverwriteNone
    desktop.screenshot("correct")


def test_the_editor_offers_nothing_that_would_take_it_off_the_result(desktop: Desktop, result: Result) -> None:
    """Scan, segmentation and layers are those of the panel: none is added, removed or changed for another."""
    editor = desktop.section("correct").ui.editor
    assert not editor.addRemoveSegmentButtonsVisible
    assert not editor.segmentationNodeSelectorVisible
    assert not editor.sourceVolumeNodeSelectorVisible
    assert not editor.specifyGeometryButtonVisible
    assert not editor.switchToSegmentationsButtonVisible


def test_a_drawn_lesion_becomes_a_row(desktop: Desktop, result: Result) -> None:
    session, review = desktop.widget.session, desktop.section("review").ui
    desktop.click(review.addButton)
    before = {lesion.id for lesion in session.time_point.lesions}
    mask = read_layer(result.segmentation, "lesion", result.volume)
    mask[1:5, 1:6, 1:6] = True
    write_layer(result.segmentation, "lesion", mask, result.volume)
    desktop.wait(lambda: len(session.time_point.lesions) > len(before))
    added = [lesion for lesion in session.time_point.lesions if lesion.id not in before]
    assert [lesion.review.status.value for lesion in added] == ["added"]
    assert review.lesionTable.model().rowCount() == len(before) + 1


def test_another_module_gets_no_strokes(desktop: Desktop, result: Result) -> None:
    editor = desktop.section("correct").ui.editor
    editor.setActiveEffectByName("Paint")
    desktop.widget.exit()
    assert editor.activeEffect() is None


def test_a_scan_that_is_no_longer_current_gets_no_strokes(desktop: Desktop, result: Result) -> None:
    """Nobody follows its edits; a scan without a result would leave the brush on it."""
    editor = desktop.section("correct").ui.editor
    editor.setActiveEffectByName("Paint")
    desktop.widget.session.choose_scan(add_phantom())
    assert desktop.widget.session.result is None
    assert editor.activeEffect() is None

"""A lesion that goes leaves no hole: its voxels are muscle or fat again, as the analysis would see them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from DuOncoUnityLib.scene.result import Result
from DuOncoUnityLib.scene.segmentation import read_layer, write_layer
from Testing.desktop.slicer_desktop import Desktop
from Testing.synthetic_patient import DATES, FEW, GRID, add_scan

MUSCLE_BOX = np.s_[48:73, 28:53, 18:43]
LAYERS = ("lesion", "lymph_node", "skeletal_muscle", "subcutaneous_fat", "visceral_fat", "intermuscular_fat")


@pytest.fixture
def result(desktop: Desktop) -> Result:
    """The largest lesion lies in a muscle."""
    result = add_scan(desktop.scene, FEW, DATES[0])
    muscle = np.zeros(GRID.shape, bool)
    muscle[MUSCLE_BOX] = True
    write_layer(result.anatomy, "liver", read_layer(result.anatomy, "liver", result.volume) & ~muscle, result.volume)
    write_layer(result.anatomy, "muscle", muscle, result.volume)
    lesion = read_layer(result.segmentation, "lesion", result.volume)
    muscle |= read_layer(result.segmentation, "skeletal_muscle", result.volume)
    write_layer(result.segmentation, "skeletal_muscle", muscle & ~lesion, result.volume)
    desktop.widget.session.choose_scan(result.volume)
    desktop.wait(lambda: True)
    return result


@pytest.fixture
def ui(desktop: Desktop, result: Result) -> Any:
    """The lesion in the muscle is chosen."""
    desktop.widget.session.choose_lesion(lesion_in_muscle(desktop))
    return desktop.section("review").ui


def lesion_in_muscle(desktop: Desktop) -> str:
    largest = max(desktop.widget.session.time_point.lesions, key=lambda lesion: lesion.measurement.volume_ml)
    return largest.id


def layers(result: Result) -> dict[str, np.ndarray]:
    return {name: read_layer(result.segmentation, name, result.volume) for name in LAYERS}


def same(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> bool:
    return all(np.array_equal(first[name], second[name]) for name in LAYERS)


def test_a_rejected_lesion_becomes_muscle(desktop: Desktop, ui: Any, result: Result) -> None:
    before = layers(result)
    desktop.click(ui.rejectButton)
    after = layers(result)
    gone = before["lesion"] & ~after["lesion"]
    assert gone.sum() > 1000
    assert np.array_equal(after["skeletal_muscle"], before["skeletal_muscle"] | gone)
    assert all(np.array_equal(before[name], after[name]) for name in LAYERS if name.endswith("fat"))


@pytest.mark.parametrize("way", ["undo", "restore"])
def test_a_rejection_that_is_taken_back_brings_every_voxel_back(desktop: Desktop, ui: Any, result: Result,
                                                                way: str) -> None:
    before, stored = layers(result), result.segmentation.GetSegmentation().GetNumberOfLayers()
    desktop.click(ui.rejectButton)
    desktop.widget.session.choose_lesion(desktop.widget.session.time_point.rejected[0].id)
    desktop.click(ui.undoButton if way == "undo" else ui.restoreButton)
    assert same(layers(result), before)
    assert result.segmentation.GetSegmentation().GetNumberOfLayers() == stored


def test_undoing_a_restoration_makes_it_muscle_again(desktop: Desktop, ui: Any, result: Result) -> None:
    desktop.click(ui.rejectButton)
    rejected = layers(result)
    desktop.widget.session.choose_lesion(desktop.widget.session.time_point.rejected[0].id)
    desktop.click(ui.restoreButton)
    desktop.click(ui.undoButton)
    assert same(layers(result), rejected)


def test_muscle_that_a_person_left_beneath_the_lesion_stays_as_it_is(desktop: Desktop, ui: Any,
                                                                     result: Result) -> None:
    """Strokes of the Segment Editor lie over muscle, they do not cut it."""
    muscle = read_layer(result.segmentation, "skeletal_muscle", result.volume)
    muscle[MUSCLE_BOX] = True
    write_layer(result.segmentation, "skeletal_muscle", muscle, result.volume)
    before = layers(result)
    desktop.click(ui.rejectButton)
    assert np.array_equal(layers(result)["skeletal_muscle"], muscle)
    desktop.click(ui.undoButton)
    assert same(layers(result), before)


def test_proposals_below_the_confidence_become_muscle_until_they_are_shown_again(desktop: Desktop, ui: Any,
                                                                                 result: Result) -> None:
    before = layers(result)
    for value in (0.5, 0.8, 1.0):
        ui.thresholdSlider.value = value
        desktop.wait(lambda: True)
    hidden = layers(result)
    assert not hidden["lesion"].any()
    assert hidden["skeletal_muscle"][MUSCLE_BOX].all()
    ui.thresholdSlider.value = 0.0
    desktop.wait(lambda: True)
    assert same(layers(result), before)


def test_moves_of_the_confidence_are_undone_together(desktop: Desktop, ui: Any, result: Result) -> None:
    before = layers(result)
    for value in (0.5, 0.9, 0.6, 1.0, 0.7):
        ui.thresholdSlider.value = value
        desktop.wait(lambda: True)
    desktop.press("Ctrl+Z")
    assert same(layers(result), before)


def test_the_figures_of_the_muscle_follow(desktop: Desktop, ui: Any, result: Result) -> None:
    session = desktop.widget.session
    session.measure_composition()
    before = session.time_point.composition["skeletal_muscle_volume_ml"]
    volume_ml = next(lesion.measurement.volume_ml for lesion in session.time_point.lesions
                     if lesion.id == session.lesion_id)
    desktop.click(ui.rejectButton)
    desktop.wait(lambda: session.time_point.composition["skeletal_muscle_volume_ml"] != before, 30)
    assert session.time_point.composition["skeletal_muscle_volume_ml"] - before == pytest.approx(volume_ml)

"""A scan is analysed again: what a person corrected of muscle, fat and organs stays, all else is found anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import slicer

from DuOncoUnityLib.anatomy.levels import find_level
from DuOncoUnityLib.composition.corrections import KEPT_CORRECTIONS, KEPT_WHOLE
from DuOncoUnityLib.composition.figures import body_composition
from DuOncoUnityLib.composition.tissues import compose_layers
from DuOncoUnityLib.exports.seg_nrrd import write_segmentation
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.records.model import Case
from DuOncoUnityLib.records.store import save_case
from DuOncoUnityLib.scene.edited_organs import KEPT_ORGANS, were_edited
from DuOncoUnityLib.scene.result import Result, results
from DuOncoUnityLib.scene.segmentation import LAYER_TERMS, ORGAN_TERMS, read_layer, write_layer
from DuOncoUnityLib.scene.volume import RAS_TO_LPS
from DuOncoUnityLib.terminology import ORGAN_LABELS, Layer
from Testing.desktop.patient import analyse_again, reopen, settle
from Testing.desktop.slicer_desktop import Desktop
from Testing.synthetic_patient import DATES, FEW, Analysed, Ball, analysed, place_in_study

GRID = Geometry((110, 80, 110), (0.7, 0.9, 2.5), (40.0, -36.0, -140.0), (-1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0))
MUSCLE_BOX = np.s_[20:73, 20:53, 18:65]
SPINE = {"sacrum": slice(0, 10), "lumbar_spine": slice(10, 80), "thoracic_spine": slice(80, 110)}
PAINTED, ERASED, RENAMED = np.s_[40:46, 54:60, 30:40], np.s_[24:30, 22:28, 20:30], np.s_[30:34, 30:36, 20:30]

Again = Callable[..., Result]


def scan(balls: tuple[Ball, ...], wider: int = 0) -> Analysed:
    """A scan whose lesions lie in a muscle; another network sees the muscle some slices longer."""
    made = analysed(balls, DATES[0], grid=GRID)
    disease = np.where(made.labels <= Layer.LYMPH_NODE.label, made.labels, 0)
    made.organs.labels[MUSCLE_BOX] = ORGAN_LABELS["muscle"]
    made.organs.labels[73:73 + wider, 20:53, 18:65] = ORGAN_LABELS["muscle"]
    for part, slices in SPINE.items():
        made.organs.labels[slices, 57:72, 45:65] = ORGAN_LABELS[part]
    made.labels[:] = compose_layers(made.ct, made.organs, disease)
    made.point.composition = body_composition(made.ct, made.labels, find_level(made.organs))
    return made


@pytest.fixture
def again(desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Again:
    """Analyses the scan in the panel; the worker finds this."""
    volume = slicer.util.addVolumeFromArray(analysed(FEW, DATES[0], grid=GRID).ct.hu, RAS_TO_LPS @ GRID.affine, "CT")
    place_in_study(desktop.scene, volume, "Lee", DATES[0])
    settle(desktop)

    def analyse(made: Analysed) -> Result:
        folder = tmp_path / f"found-{len(list(tmp_path.glob('found-*')))}"
        folder.mkdir()
        for name, terms, labels in (("segmentation", LAYER_TERMS, made.labels),
                                    ("anatomy", ORGAN_TERMS, made.organs.labels)):
            write_segmentation(folder / f"{name}.seg.nrrd", labels, GRID, dict(enumerate(terms, start=1)))
        save_case(Case("again", [made.point]), folder / "case.json")
        result = analyse_again(desktop, volume, folder, monkeypatch)
        assert desktop.widget.ui.messageLabel.text == ""
        return result

    return analyse


def masks(result: Result) -> dict[Layer, np.ndarray]:
    return {layer: read_layer(result.segmentation, layer.value, result.volume) for layer in Layer}


def as_found(made: Analysed) -> dict[Layer, np.ndarray]:
    return {layer: made.labels == layer.label for layer in Layer}


def edit(result: Result, layer: Layer, change: Callable[[np.ndarray], None]) -> None:
    """A stroke of the Segment Editor: it changes one layer and leaves the others."""
    mask = read_layer(result.segmentation, layer.value, result.volume)
    change(mask)
    write_layer(result.segmentation, layer.value, mask, result.volume)


def paint(result: Result, layer: Layer, place: tuple[slice, ...]) -> None:
    edit(result, layer, lambda mask: mask.__setitem__(place, True))


def erase(result: Result, layer: Layer, place: tuple[slice, ...]) -> None:
    edit(result, layer, lambda mask: mask.__setitem__(place, False))


def status(desktop: Desktop) -> str:
    return desktop.section("analyse").ui.statusLabel.text


def test_voxels_that_a_person_changed_stay_and_the_others_are_new(desktop: Desktop, again: Again) -> None:
    result = again(scan(FEW))
    paint(result, Layer.MUSCLE, PAINTED)
    erase(result, Layer.MUSCLE, ERASED)
    paint(result, Layer.INTERMUSCULAR_FAT, RENAMED)  # over muscle, which stays beneath the stroke
    fresh = scan(FEW, wider=3)
    now, expected = masks(again(fresh)), as_found(fresh)
    assert expected[Layer.VISCERAL_FAT][PAINTED].any()
    expected[Layer.MUSCLE][PAINTED], expected[Layer.VISCERAL_FAT][PAINTED] = True, False
    expected[Layer.MUSCLE][ERASED] = expected[Layer.MUSCLE][RENAMED] = False
    expected[Layer.INTERMUSCULAR_FAT][RENAMED] = True
    for layer in Layer:
        assert np.array_equal(now[layer], expected[layer]), layer
    assert now[Layer.MUSCLE][73:76].any()
    assert status(desktop) == f"CT: {KEPT_CORRECTIONS}"


def test_the_figures_are_those_of_the_corrected_layers(desktop: Desktop, again: Again) -> None:
    result = again(scan(FEW))
    paint(result, Layer.MUSCLE, PAINTED)
    fresh = scan(FEW, wider=3)
    before, after = dict(fresh.point.composition), again(fresh).load()[1].composition
    added = np.zeros(GRID.shape, bool)
    added[PAINTED] = True
    added &= scan(FEW, wider=3).labels != Layer.MUSCLE.label
    assert added.sum() > 100
    gained_ml = after["skeletal_muscle_volume_ml"] - before["skeletal_muscle_volume_ml"]
    assert gained_ml == pytest.approx(added.sum() * 0.7 * 0.9 * 2.5 / 1000)
    assert before["level"] == after["level"] == "L3"
    assert after["skeletal_muscle_area_cm2"] > before["skeletal_muscle_area_cm2"]


def test_a_lesion_of_the_new_analysis_takes_its_voxels_from_corrected_muscle(desktop: Desktop, again: Again) -> None:
    result = again(scan(FEW))
    paint(result, Layer.MUSCLE, PAINTED)
    fresh = scan((*FEW, Ball((43, 57, 35), 9.0)))
    now = masks(again(fresh))
    assert np.array_equal(now[Layer.LESION], fresh.labels == Layer.LESION.label)
    assert now[Layer.LESION][PAINTED].sum() > 10
    assert np.array_equal(now[Layer.MUSCLE][PAINTED], ~now[Layer.LESION][PAINTED])
    assert (sum(mask.astype(int) for mask in now.values()) <= 1).all()


def test_corrections_stay_again_and_again(desktop: Desktop, again: Again) -> None:
    result = again(scan(FEW))
    paint(result, Layer.MUSCLE, PAINTED)
    first = again(scan(FEW))
    kept = masks(first)
    second = again(scan(FEW))
    assert all(np.array_equal(kept[layer], masks(second)[layer]) for layer in Layer)
    assert second.load()[1].warnings == first.load()[1].warnings == [KEPT_CORRECTIONS]


def test_nothing_is_said_where_muscle_and_fat_were_left_alone(desktop: Desktop, again: Again) -> None:
    """A rejected lesion is muscle, before and after: nobody corrected muscle."""
    result = again(scan(FEW))
    review, session = desktop.section("review").ui, desktop.widget.session
    session.choose_lesion(max(session.time_point.lesions, key=lambda lesion: lesion.measurement.volume_ml).id)
    desktop.click(review.rejectButton)
    rejected = masks(result)
    for _ in range(2):
        result = again(scan(FEW))
        assert all(np.array_equal(masks(result)[layer], rejected[layer]) for layer in Layer)
        assert status(desktop) == "" and result.load()[1].warnings == []


def test_a_lesion_that_a_person_made_smaller_leaves_no_hole_in_the_muscle(desktop: Desktop, again: Again) -> None:
    result = again(scan(FEW))
    rim = np.s_[60:90, 20:60, 20:45]
    erase(result, Layer.LESION, rim)
    desktop.wait(lambda: desktop.widget.session.history.latest is not None)
    result = again(scan(FEW))
    now, tissue = masks(result), compose_layers(scan(FEW).ct, scan(FEW).organs, np.zeros(GRID.shape, np.uint8))
    assert not now[Layer.LESION][60:64, 35:45, 25:35].any()
    assert np.array_equal(now[Layer.MUSCLE][60:64, 35:45, 25:35], tissue[60:64, 35:45, 25:35] == Layer.MUSCLE.label)
    assert status(desktop) == ""


def test_without_the_organs_of_the_former_analysis_all_of_its_muscle_and_fat_stays(desktop: Desktop,
                                                                                   again: Again) -> None:
    result = again(scan(FEW))
    paint(result, Layer.MUSCLE, PAINTED)
    former = masks(result)
    former[Layer.VISCERAL_FAT] &= ~former[Layer.MUSCLE]
    desktop.scene.RemoveNode(result.anatomy)
    now = masks(again(scan(FEW, wider=3)))
    assert all(np.array_equal(now[layer], former[layer]) for layer in Layer)
    assert status(desktop) == f"CT: {KEPT_WHOLE}"


def test_a_layer_that_was_removed_is_found_anew(desktop: Desktop, again: Again) -> None:
    result = again(scan(FEW))
    result.segmentation.GetSegmentation().RemoveSegment(Layer.MUSCLE.value)
    fresh = scan(FEW)
    now = masks(again(fresh))
    assert all(np.array_equal(now[layer], as_found(fresh)[layer]) for layer in Layer)
    assert status(desktop) == ""


def test_a_segment_that_a_person_added_stays_as_it_is(desktop: Desktop, again: Again) -> None:
    result = again(scan(FEW))
    drawn = np.zeros(GRID.shape, bool)
    drawn[50:62, 30:50, 20:50] = True  # over lesions and muscle
    segments = result.segmentation.GetSegmentation()
    write_layer(result.segmentation, segments.AddEmptySegment("thrombus", "Thrombus", (0.2, 0.4, 0.6)), drawn,
                result.volume)
    fresh = scan(FEW, wider=3)
    result = again(fresh)
    segment = result.segmentation.GetSegmentation().GetSegment("thrombus")
    assert segment.GetName() == "Thrombus" and segment.GetColor() == pytest.approx((0.2, 0.4, 0.6))
    assert np.array_equal(read_layer(result.segmentation, "thrombus", result.volume), drawn)
    assert all(np.array_equal(masks(result)[layer], as_found(fresh)[layer]) for layer in Layer)


def test_organs_that_a_person_edited_stay_beside_the_new_ones(desktop: Desktop, again: Again) -> None:
    result = again(scan(FEW))
    edited, strokes = result.anatomy, read_layer(result.anatomy, "muscle", result.volume)
    write_layer(edited, "liver", strokes, result.volume)
    fresh, liver = again(scan(FEW)), scan(FEW).organs.labels == ORGAN_LABELS["liver"]
    assert status(desktop) == f"CT: {KEPT_ORGANS}" and fresh.load()[1].warnings == [KEPT_ORGANS]
    assert edited.GetScene() is desktop.scene and edited.GetName().endswith(", edited")
    assert np.array_equal(read_layer(edited, "liver", result.volume), strokes)
    assert np.array_equal(read_layer(fresh.anatomy, "liver", fresh.volume), liver)
    names = [node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLSegmentationNode")]
    again(scan(FEW))
    assert [node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLSegmentationNode")] == names


def test_organs_are_known_to_be_edited_or_not_after_the_scene_was_reopened(desktop: Desktop, again: Again,
                                                                           tmp_path: Path) -> None:
    """Slicer stores the slices of this left-handed scan in the opposite order."""
    again(scan(FEW))
    reopen(desktop, tmp_path / "work.mrb")
    result = results(desktop.scene)[0]
    assert not were_edited(result.anatomy, result.volume)
    muscle = read_layer(result.anatomy, "muscle", result.volume)
    for change in (lambda: write_layer(result.anatomy, "muscle", np.roll(muscle, 1, axis=2), result.volume),
                   lambda: result.anatomy.GetSegmentation().AddEmptySegment("mine")):
        change()
        assert were_edited(result.anatomy, result.volume)
        write_layer(result.anatomy, "muscle", muscle, result.volume)

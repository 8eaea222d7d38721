"""Step 1: the CTs of the scene by patient and date, and what a person knows about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import slicer
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.records.model import Case
from DuOncoUnityLib.records.scan_facts import ScanFacts
from DuOncoUnityLib.scene.axes import axis_nodes
from DuOncoUnityLib.scene.comparison import composites
from DuOncoUnityLib.scene.record import record_nodes
from DuOncoUnityLib.scene.result import Result, show_result
from DuOncoUnityLib.scene.typed_facts import type_facts
from DuOncoUnityLib.scene.volume import acquisition_of_volume
from Testing.desktop.slicer_desktop import Desktop
from Testing.synthetic_patient import DATES, FEW, add_scan, place_in_study

SMALL = Geometry((4, 5, 6), (1.0, 1.0, 1.0))


def add_ct(name: str) -> Any:
    """A small CT without patient, as from a file."""
    lps_to_ras = np.diag([-1.0, -1.0, 1.0, 1.0])
    return slicer.util.addVolumeFromArray(np.zeros(SMALL.shape, np.int16), lps_to_ras @ SMALL.affine, name)


@pytest.fixture
def scans(desktop: Desktop, case_of: Callable[..., Case]) -> list[Result]:
    """Two patients: one with three scans that arrive out of order, one with a single scan."""
    def add(patient: str, date: str) -> Result:
        volume = add_ct(f"CT {date}")
        place_in_study(desktop.scene, volume, patient, date)
        return show_result(volume, case_of(patient, 1, SMALL, date), np.zeros(SMALL.shape, np.uint8))

    added = [add("Lee", DATES[2]), add("Lee", DATES[0]), add("Lee", DATES[1]), add("Martin", DATES[1])]
    settle(desktop)
    return added


def settle(desktop: Desktop) -> None:
    desktop.wait(lambda: not desktop.section("scans")._timer.isActive())


def rows(desktop: Desktop) -> list[tuple[str, ...]]:
    tree, found = desktop.section("scans").ui.scanTree, []
    for number in range(tree.topLevelItemCount):
        heading = tree.topLevelItem(number)
        found.append((heading.text(0),))
        found += [tuple(heading.child(row).text(column) for column in range(3)) for row in range(heading.childCount())]
    return found


def row_of(desktop: Desktop, *path: int) -> Any:
    item = desktop.section("scans").ui.scanTree.topLevelItem(path[0])
    for number in path[1:]:
        item = item.child(number)
    return item


def click_row(desktop: Desktop, *path: int, keys: Any = Qt.NoModifier, on_tick: bool = False) -> None:
    tree = desktop.section("scans").ui.scanTree
    place = tree.visualItemRect(row_of(desktop, *path))
    x = place.left() + 12 if on_tick else place.left() + 80
    QTest.mouseClick(tree.viewport(), Qt.LeftButton, keys, QPoint(x, place.center().y()))
    settle(desktop)


def test_scans_stand_under_their_patient_in_the_order_of_time(desktop: Desktop, scans: list[Result]) -> None:
    assert rows(desktop) == [
        ("Lee",), *((date, f"CT {date}", "Analysed") for date in DATES[:3]),
        ("Martin",), (DATES[1], f"CT {DATES[1]}", "Analysed")]
    desktop.screenshot("scans", desktop.section("scans").widget)


def test_a_click_on_a_row_makes_that_scan_the_current_one(desktop: Desktop, scans: list[Result]) -> None:
    click_row(desktop, 1, 0)
    assert desktop.widget.session.result == scans[3]
    click_row(desktop, 0, 0)
    assert desktop.widget.session.result == scans[1]


def test_only_scans_without_a_result_are_ticked_by_themselves(desktop: Desktop, scans: list[Result]) -> None:
    add_ct("new")
    settle(desktop)
    assert [volume.GetName() for volume in desktop.widget.session.chosen_scans()] == ["new"]
    click_row(desktop, 0, 1, on_tick=True)
    assert [volume.GetName() for volume in desktop.widget.session.chosen_scans()] == [f"CT {DATES[1]}", "new"]


def test_what_is_no_ct_is_not_listed(desktop: Desktop) -> None:
    desktop.scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
    magnetic = add_ct("MR")
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(desktop.scene)
    hierarchy.SetItemAttribute(hierarchy.CreateItem(hierarchy.GetSceneItemID(), magnetic), "DICOM.Modality", "MR")
    settle(desktop)
    assert rows(desktop) == []


def test_a_renamed_scan_is_shown_under_its_new_name(desktop: Desktop, scans: list[Result]) -> None:
    scans[1].volume.SetName("before treatment")
    settle(desktop)
    assert rows(desktop)[1] == (DATES[0], "before treatment", "Analysed")


def test_a_deleted_scan_disappears_and_another_one_becomes_current(desktop: Desktop, scans: list[Result]) -> None:
    click_row(desktop, 0, 0)
    desktop.scene.RemoveNode(scans[1].volume)
    settle(desktop)
    assert len(rows(desktop)) == 5
    assert desktop.widget.session.volume in [scan.volume for scan in scans]
    desktop.scene.Clear(0)
    settle(desktop)
    assert rows(desktop) == []
    assert desktop.widget.session.volume is None


def test_scans_from_files_are_dated_and_put_into_one_patient_by_hand(desktop: Desktop) -> None:
    for name in ("second", "first"):
        add_ct(name)
    settle(desktop)
    assert rows(desktop) == [("Without patient",), ("Date unknown", "second", "Not analysed"),
                             ("Date unknown", "first", "Not analysed")]
    ui = desktop.section("scans").ui
    for date in ("2024-03-01", "2024-01-01"):
        click_row(desktop, 0, 0 if date.endswith("03-01") else 1)
        ui.dateEdit.text = date
        ui.dateEdit.editingFinished.emit()
        settle(desktop)
    click_row(desktop, 0, 0)
    assert not ui.groupButton.enabled
    click_row(desktop, 0, 1, keys=Qt.ControlModifier)
    desktop.click(ui.groupButton)
    settle(desktop)
    assert rows(desktop) == [("Patient",), ("2024-01-01", "first", "Not analysed"),
                             ("2024-03-01", "second", "Not analysed")]


def test_scans_that_were_analysed_apart_become_one_case(desktop: Desktop, case_of: Callable[..., Case]) -> None:
    results = []
    for date in ("2024-03-01", "2024-01-01"):
        volume = add_ct(f"CT {date}")
        results.append(show_result(volume, case_of(date, 1, SMALL, date), np.zeros(SMALL.shape, np.uint8)))
        type_facts(volume, ScanFacts(date=date))
    settle(desktop)
    assert results[0].record is not results[1].record
    click_row(desktop, 0, 0)
    click_row(desktop, 0, 1, keys=Qt.ControlModifier)
    desktop.click(desktop.section("scans").ui.groupButton)
    settle(desktop)
    session = desktop.widget.session
    assert [point.date for point in session.case.time_points] == ["2024-01-01", "2024-03-01"]
    assert [scan.volume.GetName() for scan in session.course.scans] == ["CT 2024-01-01", "CT 2024-03-01"]
    assert desktop.widget.ui.messageLabel.text == ""
    assert len(record_nodes(desktop.scene)) == 1


def test_the_slice_views_show_the_scan_that_a_person_chooses_and_no_other_lesions(desktop: Desktop) -> None:
    """Scans of a patient lie on each other: lesions of one would be taken for those of the other."""
    scans = [add_scan(desktop.scene, FEW[:1], date) for date in DATES[:2]]
    settle(desktop)
    session, views = desktop.widget.session, composites(desktop.scene)
    for row, chosen in ((1, scans[1]), (0, scans[0])):
        click_row(desktop, 0, row)
        desktop.wait(lambda chosen=chosen: session.result == chosen)
        session.choose_lesion("L1")
        assert {view.GetBackgroundVolumeID() for view in views} == {chosen.volume.GetID()}
        assert [scan for scan in scans if scan.segmentation.GetDisplayNode().GetVisibility()] == [chosen]
        shown = [line for line in slicer.util.getNodesByClass("vtkMRMLMarkupsLineNode")
                 if line.GetDisplayNode().GetVisibility()]
        assert shown == axis_nodes(chosen.segmentation)


def test_scans_without_a_date_cannot_be_put_in_order(desktop: Desktop) -> None:
    for name in ("one", "two"):
        add_ct(name)
    settle(desktop)
    click_row(desktop, 0, 0)
    click_row(desktop, 0, 1, keys=Qt.ControlModifier)
    desktop.click(desktop.section("scans").ui.groupButton)
    assert desktop.widget.ui.messageLabel.text == "Enter the date of every scan first."


def test_two_patients_become_one_only_if_a_person_says_so(desktop: Desktop, scans: list[Result]) -> None:
    desktop.answer = False
    click_row(desktop, 0, 0)
    click_row(desktop, 1, 0, keys=Qt.ControlModifier)
    desktop.click(desktop.section("scans").ui.groupButton)
    assert desktop.messages == ["The selected scans belong to different patients: Lee, Martin. "
                                "Are they the same person?"]
    assert len(rows(desktop)) == 6


def test_a_typed_height_gives_the_muscle_index_and_stays_with_the_scan(desktop: Desktop) -> None:
    scan = add_scan(desktop.scene, FEW[:1], DATES[0])
    place_in_study(desktop.scene, add_ct("another"), "Patient", DATES[1])
    settle(desktop)
    ui = desktop.section("scans").ui
    area = scan.load()[1].composition["skeletal_muscle_area_cm2"]
    ui.heightEdit.setValue(1.6)
    ui.weightEdit.setValue(71.5)
    point = scan.load()[1]
    assert point.composition["smi_cm2_m2"] == pytest.approx(area / 1.6**2)
    assert (point.acquisition.patient_height_m, point.acquisition.patient_weight_kg) == (1.6, 71.5)
    assert acquisition_of_volume(scan.volume).patient_weight_kg == 71.5
    click_row(desktop, 0, 1)
    assert ui.weightEdit.text == "unknown"
    click_row(desktop, 0, 0)
    assert ui.heightEdit.value == 1.6


def test_a_height_that_nobody_has_is_refused_in_a_sentence(desktop: Desktop, scans: list[Result]) -> None:
    click_row(desktop, 0, 0)
    desktop.section("scans").ui.heightEdit.setValue(0.2)
    assert "metres" in desktop.widget.ui.messageLabel.text
    assert desktop.section("scans").ui.heightEdit.value == 0.0


def test_a_corrected_date_puts_the_scan_in_its_place(desktop: Desktop, scans: list[Result]) -> None:
    click_row(desktop, 0, 0)
    date = desktop.section("scans").ui.dateEdit
    date.text = "2024-12-24"
    date.editingFinished.emit()
    settle(desktop)
    assert [row[0] for row in rows(desktop)[1:4]] == [DATES[1], DATES[2], "2024-12-24"]
    assert [point.date for point in desktop.widget.session.case.time_points] == [DATES[1], DATES[2], "2024-12-24"]

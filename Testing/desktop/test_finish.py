"""Step 6 and the state of the work: sign-off, export, saving and reopening, two patients, reload."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import slicer

from DuOncoUnityLib.records.review import confirm
from DuOncoUnityLib.records.store import load_case, save_case
from DuOncoUnityLib.scene.hierarchy import patient_item
from DuOncoUnityLib.scene.signed_versions import version_nodes
from Testing.desktop.patient import add_patient, open_section, rows, settle
from Testing.desktop.slicer_desktop import Desktop
from Testing.synthetic_patient import lay_over


def test_signing_freezes_a_version_and_later_changes_make_a_new_one(desktop: Desktop) -> None:
    scans = add_patient(desktop)
    ui, session = open_section(desktop, "finish"), desktop.widget.session
    assert ui.signedLabel.text == "Not signed yet."
    assert ui.reviewLabel.text.splitlines()[1] == "2024-04-12: 4 of 4 not reviewed (L1, L2, L3, N1)"
    desktop.answer = False
    desktop.click(ui.signButton)
    assert "Sign all the same?" in desktop.messages[-1] and session.case.versions == []
    desktop.answer = True
    desktop.click(ui.signButton)
    assert ui.signedLabel.text.startswith("Version 1, signed by Dr A on ")
    assert "Lesions not reviewed when it was signed: 9." in ui.signedLabel.text
    assert not ui.signButton.enabled
    frozen = version_nodes(scans[0].record)[1].GetText()
    session.change_record(lambda case: confirm(scans[1].time_point(case).lesions[0], "Dr B"))
    assert "Changed since then" in ui.signedLabel.text and ui.signButton.text == "Sign version 2"
    desktop.screenshot("finish", desktop.section("finish").widget)
    desktop.click(ui.signButton)
    assert [version.number for version in session.case.versions] == [1, 2]
    assert version_nodes(scans[0].record)[1].GetText() == frozen
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(desktop.scene)
    assert not any(hierarchy.GetItemByDataNode(node) for node in version_nodes(scans[0].record).values())
    assert desktop.widget.ui.messageLabel.text == ""
    assert ui.useLabel.isVisible() and ui.useLabel.text == "Research use. Not a medical device."


def test_in_testing_mode_every_question_is_agreed_to(desktop: Desktop) -> None:
    """Slicer's own functions say no then, whatever they promise: no button that asks could be tested."""
    add_patient(desktop)
    desktop.is_testing, desktop.answer = True, False
    desktop.click(open_section(desktop, "finish").signButton)
    assert len(desktop.widget.session.case.versions) == 1
    assert desktop.messages == []


def test_the_export_holds_everything_and_no_identity(desktop: Desktop, tmp_path: Path) -> None:
    scans = add_patient(desktop)
    lay_over(*scans)
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(desktop.scene)
    hierarchy.SetItemName(patient_item(scans[0].volume), "Lee^Margaret")
    for scan in scans:
        for node in (scan.volume, scan.segmentation, scan.table, scan.anatomy):
            node.SetName("Lee^Margaret")
    ui, folder = open_section(desktop, "finish"), tmp_path / "export"
    assert not ui.exportButton.enabled
    ui.folderEdit.setCurrentPath(str(folder))
    desktop.click(ui.exportButton)
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    of_scan = ["anatomy.seg.nrrd", "case.json", "lesions.csv", "registration.nrrd", "segmentation.seg.nrrd"]
    assert names == ["RS.csv", "TR.csv", "TU.csv", "case.json", "comparison.json", "lesion_tracks.csv", "response.csv",
                     *(f"scan-{number}/{name}" for number in (1, 2) for name in of_scan)]
    assert ui.exportLabel.text.startswith("Files written: 17.")
    assert load_case(folder / "case.json") == desktop.widget.session.case
    assert all(b"Margaret" not in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    ui.folderEdit.setCurrentPath("/proc/nowhere")
    desktop.click(ui.exportButton)
    assert desktop.widget.ui.messageLabel.text.endswith(".") and ui.exportLabel.text == ""


def test_an_export_that_fails_half_way_leaves_the_former_one_whole(desktop: Desktop, tmp_path: Path) -> None:
    scans = add_patient(desktop)
    ui, folder = open_section(desktop, "finish"), tmp_path / "export"
    ui.folderEdit.setCurrentPath(str(folder))
    desktop.click(ui.exportButton)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    desktop.widget.session.choose_scan(scans[0].volume)
    sheared = desktop.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    sheared.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(np.eye(4) + 0.3 * np.eye(4, k=1)))
    scans[1].volume.SetAndObserveTransformNodeID(sheared.GetID())
    desktop.click(ui.exportButton)
    assert desktop.widget.ui.messageLabel.text.startswith("The volume is sheared by its transform")
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


def test_files_of_other_scans_are_replaced_only_after_a_question(desktop: Desktop, tmp_path: Path) -> None:
    add_patient(desktop)
    ui, folder = open_section(desktop, "finish"), tmp_path / "export"
    ui.folderEdit.setCurrentPath(str(folder))
    desktop.click(ui.exportButton)
    desktop.click(ui.exportButton)
    assert desktop.messages == []
    case = load_case(folder / "case.json")
    for point in case.time_points:
        point.provenance = replace(point.provenance, input_sha256="of another scan")
    save_case(case, folder / "case.json")
    desktop.answer = False
    desktop.click(ui.exportButton)
    assert desktop.messages == ["This folder holds the files of other scans. Replace them?"]
    assert load_case(folder / "case.json") == case
    desktop.answer = True
    desktop.click(ui.exportButton)
    assert load_case(folder / "case.json") == desktop.widget.session.case
    assert ui.exportLabel.text.startswith("Files written: 17.")


def test_work_goes_on_where_it_was_after_saving_closing_and_reopening(desktop: Desktop, tmp_path: Path) -> None:
    scans = add_patient(desktop)
    lay_over(*scans)
    compare, finish = open_section(desktop, "compare"), open_section(desktop, "finish")
    desktop.click(finish.signButton)
    table, case = rows(compare.lesionTable), desktop.widget.session.case
    path = str(tmp_path / "work.mrb")
    assert desktop.scene.WriteToMRB(path)
    desktop.scene.Clear(0)
    settle(desktop)
    assert desktop.widget.session.volume is None and desktop.section("review").ui.missingLabel.text
    assert desktop.scene.ReadFromMRB(path)
    settle(desktop)
    session = desktop.widget.session
    assert session.volume.GetName() == "CT 2024-04-12" and session.case == case
    assert session.tracker is not None
    assert rows(compare.lesionTable) == table
    assert finish.signedLabel.text.startswith("Version 1, signed by Dr A")
    assert not finish.signButton.enabled


def test_two_patients_in_one_scene_stay_apart(desktop: Desktop) -> None:
    first, second = add_patient(desktop, "Lee"), add_patient(desktop, "Martin")
    lay_over(*first)
    lay_over(*second)
    ui, session = open_section(desktop, "compare"), desktop.widget.session
    assert session.case.id == "Martin-case" and session.course.scans == second
    other = second[0].record.GetText()
    session.choose_scan(first[1].volume)
    ui.lesionTable.selectRow(0)
    desktop.click(ui.confirmButton)
    assert session.case.id == "Lee-case"
    assert second[0].record.GetText() == other


def test_the_module_can_be_loaded_again_in_the_middle_of_the_work(desktop: Desktop) -> None:
    scans = add_patient(desktop)
    lay_over(*scans)
    open_section(desktop, "compare")
    desktop.click(desktop.section("compare").ui.besideButton)
    parent = desktop.widget.parent
    desktop.widget.exit()
    desktop.widget.cleanup()
    assert scans[0].volume.GetParentTransformNode() is None
    while parent.layout().count():
        parent.layout().takeAt(0).widget().setParent(None)
    desktop.widget = desktop.module.DuOncoUnityWidget(parent)
    desktop.widget.setup()
    desktop.widget.enter()
    settle(desktop)
    assert desktop.widget.session.result == scans[1]
    assert len(rows(open_section(desktop, "compare").lesionTable)) == 5


def test_a_signed_text_that_somebody_deleted_is_missed(desktop: Desktop) -> None:
    scans = add_patient(desktop)
    ui = open_section(desktop, "finish")
    desktop.click(ui.signButton)
    desktop.scene.RemoveNode(version_nodes(scans[0].record)[1])
    desktop.section("finish").refresh()
    assert desktop.widget.ui.messageLabel.text == "The text of version 1 is no longer in the scene."

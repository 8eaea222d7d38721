"""What happens to a scene in the middle of the work: nodes deleted and renamed, workers that die, reload, close."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer

from DuOncoUnityLib.records.model import ReviewStatus
from DuOncoUnityLib.scene.result import Result, results
from DuOncoUnityLib.scene.scans import choose
from DuOncoUnityLib.scene.segmentation import write_layer
from DuOncoUnityPanel.worker import ProcessWorker
from Testing.desktop.patient import add_compared_patient, add_patient, open_section, reopen, rows, settle
from Testing.desktop.slicer_desktop import Desktop
from Testing.synthetic_patient import DATES, FEW, add_scan, write_analysis

SLEEPS = "import time; print('{\"stage\": \"Segmenting\", \"fraction\": 0.5}', flush=True); time.sleep(60)"


@pytest.fixture
def scans(desktop: Desktop) -> list[Result]:
    """Two scans laid over each other, the later one current, all sections open."""
    return add_compared_patient(desktop, *desktop.widget.sections)


def run_instead(monkeypatch: pytest.MonkeyPatch, desktop: Desktop, program: str) -> None:
    """Let a program take the place of the analysis; it gets the result folder."""
    monkeypatch.setattr(desktop.widget.session, "_start_worker", lambda _ct, out, _facts: ProcessWorker(
        [sys.executable, "-c", program, str(out)]))


def analyse(desktop: Desktop, volume: Any) -> None:
    choose(volume, True)
    desktop.section("analyse").refresh()
    desktop.click(desktop.section("analyse").ui.analyseButton)


def test_renamed_nodes_are_the_same_nodes(desktop: Desktop, scans: list[Result], tmp_path: Path) -> None:
    session, review = desktop.widget.session, desktop.section("review").ui
    for scan in scans:
        for node in (scan.volume, scan.segmentation, scan.table, scan.anatomy, scan.record):
            node.SetName("renamed")
        scan.segmentation.GetSegmentation().GetSegment("lesion").SetName("Metastases")
    settle(desktop)
    session.choose_lesion("L1")
    desktop.click(review.confirmButton)
    desktop.click(review.rejectButton)
    desktop.click(review.undoButton)
    desktop.click(desktop.section("compare").ui.besideButton)
    desktop.click(desktop.section("compare").ui.besideButton)
    assert session.time_point.lesions[0].review.status is ReviewStatus.CONFIRMED
    assert len(session.course.scans) == 2
    reopen(desktop, tmp_path / "renamed.mrb")
    assert len(session.course.scans) == 2
    assert session.time_point.lesions[0].review.status is ReviewStatus.CONFIRMED
    assert desktop.widget.ui.messageLabel.text == ""


def test_a_scan_renamed_while_it_is_analysed_gets_its_result(desktop: Desktop, tmp_path: Path,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    volume = add_scan(desktop.scene, FEW, DATES[0]).volume
    settle(desktop)
    write_analysis(tmp_path / "ready", FEW, DATES[0])
    run_instead(monkeypatch, desktop, f"import shutil, sys, time; time.sleep(1); shutil.copytree({str(tmp_path)!r} + "
                                      "'/ready', sys.argv[1]); print('{\"done\": true}')")
    analyse(desktop, volume)
    volume.SetName("renamed")
    desktop.wait(lambda: desktop.widget.session.queue is None, 60)
    assert desktop.widget.session.result_of(volume) is not None
    assert desktop.messages[1:] == []


@pytest.mark.parametrize("name", ["volume", "segmentation", "table", "anatomy", "record"])
def test_a_deleted_node_is_missed_without_harm(desktop: Desktop, scans: list[Result], name: str) -> None:
    """Whatever a person deletes of the current result: no traceback, and the other scan stays usable."""
    session = desktop.widget.session
    session.choose_lesion("L1")
    desktop.scene.RemoveNode(getattr(scans[1], name))
    settle(desktop)
    for section in desktop.widget.sections.values():
        section.refresh()
    for button in ("confirmButton", "nextButton", "undoButton"):
        widget = getattr(desktop.section("review").ui, button)
        if widget.isVisible() and widget.enabled:
            desktop.click(widget)
    other = scans[0].volume
    session.choose_scan(other)
    if name != "record":  # it holds all scans of the patient
        assert session.time_point is not None
        session.choose_lesion("L1")
        desktop.click(desktop.section("review").ui.confirmButton)
        assert session.time_point.lesions[0].review.status is ReviewStatus.CONFIRMED
    else:
        assert session.result is None
        assert desktop.section("review").ui.missingLabel.text == "Analyse a scan first."


def test_a_worker_that_is_killed_says_so_and_leaves_nothing(desktop: Desktop, scans: list[Result],
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    run_instead(monkeypatch, desktop, SLEEPS)
    volume = add_scan(desktop.scene, FEW, DATES[2], "Other").volume
    settle(desktop)
    nodes = desktop.scene.GetNumberOfNodes()
    analyse(desktop, volume)
    desktop.widget.session.analysis._worker._process.kill()
    desktop.wait(lambda: desktop.widget.session.queue is None, 60)
    assert "The analysis stopped unexpectedly" in desktop.messages[-1]
    assert desktop.scene.GetNumberOfNodes() == nodes
    assert list(Path(desktop.folder).glob("duonco-*")) == []


@pytest.mark.parametrize("missing", ["segmentation.seg.nrrd", "case.json"])
def test_a_result_that_is_half_there_is_not_shown(desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                  missing: str) -> None:
    before = add_scan(desktop.scene, FEW, DATES[0])
    settle(desktop)
    write_analysis(tmp_path / "ready", FEW[:1], DATES[0])
    (tmp_path / "ready" / missing).write_bytes((tmp_path / "ready" / missing).read_bytes()[:100])
    run_instead(monkeypatch, desktop, f"import shutil, sys; shutil.copytree({str(tmp_path)!r} + '/ready', sys.argv[1]);"
                                      "print('{\"done\": true}')")
    text, nodes = before.record.GetText(), desktop.scene.GetNumberOfNodes()
    analyse(desktop, before.volume)
    desktop.wait(lambda: desktop.widget.session.queue is None, 60)
    assert desktop.messages[-1].endswith(".")
    assert results(desktop.scene) == [before]
    assert before.record.GetText() == text
    assert desktop.scene.GetNumberOfNodes() == nodes
    assert list(Path(desktop.folder).glob("duonco-*")) == []


@pytest.fixture
def comparing(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> list[Result]:
    """Two scans that are being laid over each other by a worker that takes its time."""
    scans = add_patient(desktop)
    open_section(desktop, "compare")
    monkeypatch.setattr(desktop.widget.session.course, "_start",
                        lambda _images, _folder: ProcessWorker([sys.executable, "-c", SLEEPS]))
    desktop.click(desktop.section("compare").ui.registerButton)
    assert desktop.widget.session.course.job is not None
    return scans


def close_scene(desktop: Desktop) -> None:
    desktop.scene.Clear(0)


def end_module(desktop: Desktop) -> None:
    desktop.widget.exit()
    desktop.widget.cleanup()


@pytest.mark.parametrize("end", [close_scene, end_module])
def test_comparing_ends_with_the_scene_and_the_module(desktop: Desktop, comparing: list[Result],
                                                      end: Callable[[Desktop], None]) -> None:
    process = desktop.widget.session.course.job._worker._process
    end(desktop)
    assert process.poll() is not None
    assert desktop.widget.session.course.job is None
    assert list(Path(desktop.folder).glob("duonco-*")) == []


def test_a_scan_deleted_while_it_is_compared_ends_the_comparison(desktop: Desktop, comparing: list[Result],
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    session = desktop.widget.session
    for node in (comparing[0].segmentation, comparing[0].volume):
        desktop.scene.RemoveNode(node)
    settle(desktop)
    session.course.job._worker._process.kill()
    desktop.wait(lambda: session.course.job is None, 60)
    assert desktop.section("compare").ui.missingLabel.text.startswith("Analyse at least two scans")
    assert list(Path(desktop.folder).glob("duonco-*")) == []


def test_reload_ends_a_running_analysis(desktop: Desktop, scans: list[Result], monkeypatch: pytest.MonkeyPatch) -> None:
    run_instead(monkeypatch, desktop, SLEEPS)
    analyse(desktop, scans[1].volume)
    process = desktop.widget.session.analysis._worker._process
    end_module(desktop)
    assert process.poll() is not None
    assert list(Path(desktop.folder).glob("duonco-*")) == []


def test_edits_made_in_another_module_are_there_on_return(desktop: Desktop, scans: list[Result]) -> None:
    session = desktop.widget.session
    desktop.widget.exit()
    drawn = np.zeros(session.time_point.geometry.shape, bool)
    drawn[60:64, 30:34, 20:24] = True
    write_layer(scans[1].segmentation, "lesion", drawn, scans[1].volume)
    desktop.widget.enter()
    desktop.wait(lambda: [lesion.layer for lesion in session.time_point.lesions].count("lesion") == 1)
    assert [row[4] for row in rows(desktop.section("compare").ui.lesionTable)].count("gone") >= 1


def test_a_computer_without_accounts_asks_for_a_name(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Containers run under numbers that no account belongs to."""
    def no_account() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr("getpass.getuser", no_account)
    desktop.widget.session.choose_scan(add_scan(desktop.scene, FEW[:1], DATES[0]).volume)
    assert desktop.widget.ui.messageLabel.text.startswith("Enter your name first")
    slicer.app.applicationLogic().GetUserInformation().SetName("Dr B")
    assert desktop.widget.logic.reviewer() == "Dr B"

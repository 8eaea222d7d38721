"""A scan is analysed again: it keeps its place in the comparison, and what people decided stays."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import slicer

from DuOncoUnityLib.records.decisions import LesionRole
from DuOncoUnityLib.records.model import ReviewStatus
from DuOncoUnityLib.scene.burden_plot import find_burden_plot
from DuOncoUnityLib.scene.result import Result, results
from DuOncoUnityLib.scene.scans import choose
from DuOncoUnityLib.scene.segmentation import read_layer
from DuOncoUnityPanel.worker import ProcessWorker
from Testing.desktop.patient import add_compared_patient, analyse_again, rows
from Testing.desktop.slicer_desktop import Desktop
from Testing.synthetic_patient import DATES, FEW, Ball, scaled, write_analysis

NOW = scaled(FEW, {0: 0.8, 1: 1.6, 3: 0.0})


@pytest.fixture
def scans(desktop: Desktop) -> list[Result]:
    """Two scans laid over each other, the later one current."""
    return add_compared_patient(desktop, "burden", "compare", "finish")


@pytest.fixture
def again(desktop: Desktop, scans: list[Result], tmp_path: Path,
          monkeypatch: pytest.MonkeyPatch) -> Callable[[int, tuple[Ball, ...]], Result]:
    """Analyses a scan again; the worker finds these lesions."""
    def analyse(number: int, found: tuple[Ball, ...]) -> Result:
        folder = tmp_path / "found"
        write_analysis(folder, found, DATES[number])
        return analyse_again(desktop, scans[number].volume, folder, monkeypatch)

    return analyse


def lesions(result: Result) -> dict[str, Any]:
    return {lesion.id: lesion for lesion in result.load()[1].lesions}


def test_a_scan_analysed_again_keeps_its_place_in_the_comparison(
        desktop: Desktop, scans: list[Result], again: Callable[..., Result]) -> None:
    session, compare = desktop.widget.session, desktop.section("compare").ui
    desktop.click(desktop.section("burden").ui.chartButton)
    result = again(1, NOW)
    assert "Analysed before: CT 2024-04-12." in desktop.messages[-1]
    assert session.volume is scans[1].volume and session.result == result
    assert session.course.scans == [scans[0], result]
    assert session.course.is_registered
    assert [row[4] for row in rows(compare.lesionTable)].count("gone") == 1
    assert len(results(desktop.scene)) == 2
    assert slicer.util.getNodesByClass("vtkMRMLTextNode").count(result.record) == 1
    assert find_burden_plot(result) is not None
    assert desktop.widget.ui.messageLabel.text == ""


def test_decisions_stay_and_the_rest_is_found_anew(desktop: Desktop, scans: list[Result],
                                                   again: Callable[..., Result]) -> None:
    session, course = desktop.widget.session, desktop.widget.session.course
    review = desktop.section("review").ui
    largest, second, *_ = sorted(lesions(scans[1]), key=lambda key: -lesions(scans[1])[key].measurement.volume_ml)
    session.choose_lesion(largest)
    desktop.click(review.confirmButton)
    session.choose_lesion(second)
    desktop.click(review.rejectButton)
    node = next(track for track in session.case.tracks if track.layer == "lymph_node")
    course.choose_role(node.id, LesionRole.NOT_COUNTED, "sarcoid")
    confirmed, mask = lesions(scans[1])[largest], read_layer(scans[1].segmentation, "lesion", scans[1].volume)
    result = again(1, (*NOW[:1], Ball((20, 45, 30), 9.0)))
    now = lesions(result)
    assert now[largest] == confirmed
    assert [lesion.id for lesion in session.time_point.rejected] == [second]
    assert second not in now
    assert "N1" in now  # its role was decided: it stays although the new analysis does not find it
    assert [lesion.review.status for key, lesion in now.items() if key not in (largest, "N1")] == [
        ReviewStatus.PROPOSED]
    kept = mask & read_layer(result.segmentation, "lesion", result.volume)
    assert kept.sum() == confirmed.measurement.voxel_count
    assert next(row for row in rows(desktop.section("compare").ui.lesionTable) if row[0] == node.id)[1] == "Not counted"
    assert not review.undoButton.enabled


def test_an_earlier_scan_analysed_again_leaves_the_current_one_as_it_is(
        desktop: Desktop, scans: list[Result], again: Callable[..., Result]) -> None:
    session = desktop.widget.session
    session.choose_lesion("L1")
    desktop.click(desktop.section("review").ui.confirmButton)
    desktop.click(desktop.section("compare").ui.besideButton)
    session.choose_scan(scans[1].volume)
    result = again(0, FEW[:3])
    assert session.course.scans == [result, scans[1]]
    assert result.volume.GetParentTransformNode() is None
    assert result.segmentation.GetParentTransformNode() is None
    assert lesions(scans[1])["L1"].review.status is ReviewStatus.CONFIRMED


def test_no_scan_is_analysed_again_without_a_yes(desktop: Desktop, scans: list[Result]) -> None:
    choose(scans[1].volume, True)
    desktop.section("analyse").refresh()
    desktop.answer = False
    desktop.click(desktop.section("analyse").ui.analyseButton)
    assert desktop.widget.session.queue is None


def test_a_new_analysis_that_fails_leaves_everything_as_it_was(desktop: Desktop, scans: list[Result],
                                                               monkeypatch: pytest.MonkeyPatch) -> None:
    session = desktop.widget.session
    session.choose_lesion("L1")
    desktop.click(desktop.section("review").ui.confirmButton)
    text = scans[1].record.GetText()
    fails = "print('{\"error\": \"This scan shows no body.\"}'); raise SystemExit(3)"
    monkeypatch.setattr(session, "_start_worker", lambda *_: ProcessWorker([sys.executable, "-c", fails]))
    choose(scans[1].volume, True)
    desktop.section("analyse").refresh()
    desktop.click(desktop.section("analyse").ui.analyseButton)
    desktop.wait(lambda: session.queue is None, 60)
    assert session.result == scans[1]
    assert scans[1].record.GetText() == text
    assert desktop.section("review").ui.undoButton.enabled

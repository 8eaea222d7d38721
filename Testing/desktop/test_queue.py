"""Step 2: one button for all ticked scans; what happens to some of them does not stop the others."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer

from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.records.store import save_case
from DuOncoUnityLib.scene.volume import RAS_TO_LPS
from DuOncoUnityPanel.worker import ProcessWorker
from Testing.desktop.slicer_desktop import Desktop
from Testing.synthetic_patient import DATES, place_in_study

GRID = Geometry((40, 60, 70), (3.0, 3.0, 5.0), (100.0, 80.0, -400.0), (-1.0, 0, 0, 0, -1.0, 0, 0, 0, 1.0))


@pytest.fixture
def add_ct(desktop: Desktop) -> Callable[[str], Any]:
    """Adds a body of soft tissue with one dense mass to the patient, as loading a study does."""
    k, j, i = np.mgrid[:40, :60, :70]
    hu = np.full(GRID.shape, -1000, np.int16)
    hu[((i - 35) / 32) ** 2 + ((j - 30) / 26) ** 2 < 1] = 40
    hu[((i - 45) / 5) ** 2 + ((j - 30) / 5) ** 2 + ((k - 20) / 4) ** 2 < 1] = 600

    def add(date: str) -> Any:
        volume = slicer.util.addVolumeFromArray(hu, RAS_TO_LPS @ GRID.affine, f"CT {date}")
        place_in_study(desktop.scene, volume, "Lee", date)
        desktop.wait(lambda: not desktop.section("scans")._timer.isActive())
        return volume

    return add


@pytest.fixture
def worker(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Programs that take the place of the analysis, the first for the first scan; each gets the result folder."""
    programs: list[str] = []

    def start(_ct: Path, folder: Path, _facts: Any) -> ProcessWorker:
        return ProcessWorker([sys.executable, "-c", programs.pop(0), str(folder)])

    monkeypatch.setattr(desktop.widget.session, "_start_worker", start)
    return programs


FAILS = "print('{\"error\": \"This scan shows no body.\"}'); raise SystemExit(3)"
SLEEPS = """
import time
print('{"stage": "Segmenting", "fraction": 0.5, "remaining_s": 30}', flush=True)
time.sleep(60)
"""


@pytest.fixture
def succeeds(tmp_path: Path, case_of: Callable[..., Any]) -> str:
    """A program that writes the result of an analysis which found nothing."""
    from DuOncoUnityLib.exports.seg_nrrd import LAYER_TERMS, write_segmentation

    ready = tmp_path / "ready"
    ready.mkdir()
    write_segmentation(ready / "segmentation.seg.nrrd", np.zeros(GRID.shape, np.uint8), GRID, LAYER_TERMS)
    save_case(case_of("A", geometry=GRID), ready / "case.json")
    return f"import shutil, sys; shutil.copytree({str(ready)!r}, sys.argv[1]); print('{{\"done\": true}}')"


def finished(desktop: Desktop) -> bool:
    return desktop.widget.session.queue is None


def test_all_ticked_scans_are_analysed_with_the_real_worker_and_model(
        desktop: Desktop, add_ct: Callable[[str], Any], threshold_bundle: Path) -> None:
    volumes = [add_ct(date) for date in DATES[:2]]
    ui = desktop.section("analyse").ui
    ui.modelEdit.setCurrentPath(str(threshold_bundle))
    ui.deviceBox.setCurrentIndex(ui.deviceBox.findData("cpu"))
    assert ui.analyseButton.text == "Analyse 2 scans"
    desktop.click(ui.analyseButton)
    assert ui.cancelButton.enabled
    assert ui.progressBar.isVisible()
    desktop.wait(lambda: "Scan 2 of 2" in ui.statusLabel.text, 400)
    desktop.screenshot("analyse", desktop.section("analyse").widget)
    desktop.wait(lambda: finished(desktop), 400)
    session = desktop.widget.session
    results = [session.result_of(volume) for volume in volumes]
    assert [result.time_point_id for result in results] == list(DATES[:2])
    assert results[0].record is results[1].record
    assert session.volume is volumes[1]
    assert [result.segmentation.GetDisplayNode().GetVisibility() for result in results] == [0, 1]
    assert results[0].load()[1].provenance.model == "threshold"
    assert session.chosen_scans() == []
    assert not ui.analyseButton.enabled
    assert desktop.messages == []


def test_a_scan_that_fails_does_not_stop_the_next(desktop: Desktop, add_ct: Callable[[str], Any], worker: list[str],
                                                  succeeds: str) -> None:
    volumes = [add_ct(date) for date in DATES[:2]]
    worker += [FAILS, succeeds]
    ui = desktop.section("analyse").ui
    desktop.click(ui.analyseButton)
    desktop.wait(lambda: finished(desktop), 200)
    assert desktop.widget.session.result_of(volumes[0]) is None
    assert desktop.widget.session.result_of(volumes[1]) is not None
    assert ui.statusLabel.text == f"Scans analysed: 1 of 2\nCT {DATES[0]}: This scan shows no body."
    assert desktop.messages == [ui.statusLabel.text]
    assert desktop.widget.session.chosen_scans() == [volumes[0]]
    desktop.screenshot("analyse-failed", desktop.section("analyse").widget)


def test_cancel_keeps_the_scans_that_are_done(desktop: Desktop, add_ct: Callable[[str], Any], worker: list[str],
                                              succeeds: str) -> None:
    volumes = [add_ct(date) for date in DATES[:3]]
    worker += [succeeds, SLEEPS]
    ui = desktop.section("analyse").ui
    desktop.click(ui.analyseButton)
    desktop.wait(lambda: "Scan 2 of 3" in ui.statusLabel.text and "left" in ui.statusLabel.text, 200)
    desktop.click(ui.cancelButton)
    assert finished(desktop)
    assert ui.statusLabel.text == "Stopped; nothing was changed."
    assert [desktop.widget.session.result_of(volume) is not None for volume in volumes] == [True, False, False]
    assert ui.analyseButton.enabled


def test_a_scan_deleted_while_it_runs_or_waits_is_left_out(desktop: Desktop, add_ct: Callable[[str], Any],
                                                           worker: list[str], succeeds: str) -> None:
    volumes = [add_ct(date) for date in DATES[:3]]
    worker += ["import time; time.sleep(1);" + succeeds, succeeds]
    desktop.click(desktop.section("analyse").ui.analyseButton)
    for volume in volumes[:2]:
        desktop.scene.RemoveNode(volume)
    desktop.wait(lambda: finished(desktop), 200)
    assert desktop.section("analyse").ui.statusLabel.text == (
        f"Scans analysed: 1 of 3\nCT {DATES[0]}: The CT was removed while it was analysed; its result was dropped.\n"
        f"CT {DATES[1]}: The CT was removed before it was analysed.")
    assert desktop.widget.session.volume is volumes[2]


def test_closing_the_scene_stops_everything(desktop: Desktop, add_ct: Callable[[str], Any], worker: list[str]) -> None:
    add_ct(DATES[0]), add_ct(DATES[1])
    worker += [SLEEPS, SLEEPS]
    desktop.click(desktop.section("analyse").ui.analyseButton)
    process = desktop.widget.session.analysis._worker._process
    desktop.scene.Clear(0)
    assert process.poll() is not None
    assert finished(desktop)
    desktop.wait(lambda: not desktop.section("analyse")._timer.isActive())
    assert slicer.util.getNodesByClass("vtkMRMLSegmentationNode") == []
    assert worker == [SLEEPS]


def test_a_wrong_model_folder_is_a_sentence(desktop: Desktop, add_ct: Callable[[str], Any], tmp_path: Path) -> None:
    add_ct(DATES[0])
    ui = desktop.section("analyse").ui
    ui.modelEdit.setCurrentPath(str(tmp_path / "none"))
    desktop.click(ui.analyseButton)
    desktop.wait(lambda: finished(desktop), 200)
    assert desktop.messages == [ui.statusLabel.text]
    assert ui.statusLabel.text.startswith(f"CT {DATES[0]}: ") and ui.statusLabel.text.endswith(".")

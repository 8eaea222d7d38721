"""A patient with two analysed scans in the running desktop, and what tests read off the tables of the panel."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from DuOncoUnityLib.scene.result import Result
from DuOncoUnityLib.scene.scans import choose as tick
from DuOncoUnityPanel.worker import ProcessWorker
from Testing.desktop.slicer_desktop import Desktop
from Testing.synthetic_patient import DATES, FEW, add_scan, lay_over, scaled


def add_patient(desktop: Desktop, name: str = "Lee") -> list[Result]:
    """Add two scans; the second is current. The first lesion shrinks, the second grows, the smallest is gone."""
    courses = (FEW, scaled(FEW, {0: 0.8, 1: 1.6, 3: 0.0}))
    scans = [add_scan(desktop.scene, balls, date, name) for balls, date in zip(courses, DATES, strict=False)]
    settle(desktop)
    desktop.widget.session.choose_scan(scans[1].volume)
    return scans


def add_compared_patient(desktop: Desktop, *sections: str) -> list[Result]:
    """Add the two scans laid over each other, and unfold sections."""
    scans = add_patient(desktop)
    lay_over(*scans)
    for name in sections:
        open_section(desktop, name)
    return scans


def add_result(desktop: Desktop) -> Result:
    """Add and choose one scan with five lesions that nobody has looked at."""
    result = add_scan(desktop.scene, FEW, DATES[0])
    desktop.widget.session.choose_scan(result.volume)
    desktop.wait(lambda: True)
    return result


def analyse_again(desktop: Desktop, volume: Any, found: Path, monkeypatch: pytest.MonkeyPatch) -> Result:
    """Tick a scan and press Analyse; the worker finds what lies in the folder."""
    program = f"import shutil, sys; shutil.copytree({str(found)!r}, sys.argv[1]); print('{{\"done\": true}}')"
    monkeypatch.setattr(desktop.widget.session, "_start_worker", lambda _ct, out, _facts: ProcessWorker(
        [sys.executable, "-c", program, str(out)]))
    tick(volume, True)
    desktop.section("analyse").refresh()
    desktop.click(desktop.section("analyse").ui.analyseButton)
    desktop.wait(lambda: desktop.widget.session.queue is None, 60)
    settle(desktop)
    result = desktop.widget.session.result_of(volume)
    assert result is not None
    return result


def reopen(desktop: Desktop, path: Path) -> None:
    """Save the scene as an `.mrb` file, close it and open the file."""
    assert desktop.scene.WriteToMRB(str(path))
    desktop.scene.Clear(0)
    settle(desktop)
    assert desktop.scene.ReadFromMRB(str(path))
    settle(desktop)


def settle(desktop: Desktop) -> None:
    """Wait until the panel has seen what happened in the scene."""
    desktop.wait(lambda: not desktop.section("scans")._timer.isActive())


def open_section(desktop: Desktop, name: str) -> Any:
    """Unfold a section; returns its widgets."""
    ui = desktop.section(name).ui
    getattr(ui, f"{name}Section").collapsed = False
    desktop.wait(lambda: True)
    return ui


def rows(table: Any) -> list[list[str]]:
    """The texts of a table."""
    return [[item.text() if (item := table.item(row, column)) else "" for column in range(table.columnCount)]
            for row in range(table.rowCount)]


def choose(box: Any, value: str) -> None:
    """Choose the entry of a box that stands for this value."""
    box.setCurrentIndex(box.findData(value))

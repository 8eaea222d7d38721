"""First use: one question that names what is missing; download, a folder, or not now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import qt

from DuOncoUnityPanel import installation
from DuOncoUnityPanel.dependencies import PACKAGES
from DuOncoUnityPanel.phantom import add_phantom
from Testing.desktop.slicer_desktop import Desktop


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """PyTorch is missing; what is installed from then on, and how."""
    calls: list[Any] = []
    monkeypatch.setattr(installation, "missing_packages", lambda: PACKAGES)
    monkeypatch.setattr(installation, "install", lambda packages: calls.append("download"))
    monkeypatch.setattr(installation, "install_from_folder", lambda packages, folder: calls.append(folder))
    return calls


@pytest.fixture
def answer() -> Callable[[str], list[str]]:
    """Presses a button of the next message box; what the box said is in the list."""
    waiting = qt.QTimer()

    def press_soon(text: str) -> list[str]:
        said: list[str] = []

        def press() -> None:
            box = qt.QApplication.activeModalWidget()
            if box is not None:
                waiting.stop()
                said.append(box.text)
                next(button for button in box.buttons() if button.text.replace("&", "") == text).click()

        waiting.connect("timeout()", press)
        waiting.start(20)
        return said

    return press_soon


def test_nothing_is_asked_if_nothing_is_missing(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "missing_packages", list)
    assert installation.ensure_packages()


def test_download(desktop: Desktop, done: list[Any], answer: Callable[[str], list[str]]) -> None:
    said = answer("Download")
    assert installation.ensure_packages()
    assert "torch (0.1 to 3 GB)" in said[0]
    assert done == ["download"]


def test_from_a_folder(desktop: Desktop, done: list[Any], answer: Callable[[str], list[str]],
                       monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(installation, "_choose_folder", lambda: str(tmp_path))
    answer("From a folder...")
    assert installation.ensure_packages()
    assert done == [tmp_path]


def test_no_folder_chosen(desktop: Desktop, done: list[Any], answer: Callable[[str], list[str]],
                          monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "_choose_folder", lambda: "")
    answer("From a folder...")
    assert not installation.ensure_packages()
    assert done == []


def test_in_testing_mode_nobody_is_asked(desktop: Desktop, done: list[Any]) -> None:
    """As with Slicer's own windows: a test that waits for an answer never ends."""
    desktop.is_testing = True
    desktop.widget.session.choose_scan(add_phantom())
    desktop.wait(lambda: desktop.section("analyse").ui.analyseButton.enabled)
    desktop.click(desktop.section("analyse").ui.analyseButton)
    assert desktop.section("analyse").ui.statusLabel.text == "PyTorch is not installed."
    assert done == []


def test_not_now_leaves_everything_as_it_was(desktop: Desktop, done: list[Any],
                                             answer: Callable[[str], list[str]]) -> None:
    desktop.widget.session.choose_scan(add_phantom())
    desktop.wait(lambda: desktop.section("analyse").ui.analyseButton.enabled)
    said = answer("Cancel")
    desktop.click(desktop.section("analyse").ui.analyseButton)
    assert said
    assert done == []
    assert desktop.widget.session.queue is None

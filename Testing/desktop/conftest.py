"""The real module with its real `.ui` files in real Qt, over the real MRML of slicer-core."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from Testing.desktop.slicer_desktop import Desktop, install
from Testing.scene import conftest as scene_fixtures

install()

case_of, lesion_at = scene_fixtures.case_of, scene_fixtures.lesion_at
new_scene, scene, add_volume = scene_fixtures.new_scene, scene_fixtures.scene, scene_fixtures.add_volume
study_of = scene_fixtures.study_of


@pytest.fixture
def open_slicer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Desktop]]:
    """Starts Slicer with the module opened and an empty scene, in the language of the given locale."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("PATH", os.environ["PATH"])
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr("getpass.getuser", lambda: "Dr A")
    running: list[Desktop] = []

    def start(locale: str = "en_US") -> Desktop:
        running.append(Desktop(tmp_path, locale))
        return running[-1]

    yield start
    for application in running:
        application.close()


@pytest.fixture
def desktop(open_slicer: Callable[..., Desktop]) -> Desktop:
    """Slicer in English with the module opened and an empty scene."""
    return open_slicer()


@pytest.fixture
def french(open_slicer: Callable[..., Desktop]) -> Desktop:
    """The same in French."""
    return open_slicer("fr_FR")

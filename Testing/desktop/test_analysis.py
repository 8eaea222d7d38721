"""From the Analyse button to the result in the scene, with the real command line in a real process."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import DuOncoUnityLib
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.records.model import ReviewStatus
from DuOncoUnityLib.scene.result import results
from DuOncoUnityLib.scene.segmentation import read_layer
from DuOncoUnityPanel.analysis import Analysis, start_command_line
from DuOncoUnityPanel.worker import ProcessWorker, WorkerState

LIBRARY = Path(DuOncoUnityLib.__file__).parent
GRID = Geometry((40, 60, 70), (3.0, 3.0, 5.0), (100.0, 80.0, -400.0), (-1.0, 0, 0, 0, -1.0, 0, 0, 0, 1.0))


@pytest.fixture
def phantom(add_volume: Callable[..., Any]) -> Any:
    """A body of soft tissue with one dense mass."""
    k, j, i = np.mgrid[:40, :60, :70]
    hu = np.full(GRID.shape, -1000, np.int16)
    hu[((i - 35) / 32) ** 2 + ((j - 30) / 26) ** 2 < 1] = 40
    hu[((i - 45) / 5) ** 2 + ((j - 30) / 5) ** 2 + ((k - 20) / 4) ** 2 < 1] = 600
    return add_volume(hu, GRID, "DOE^JANE")


def finished(analysis: Analysis, timeout_s: float = 120.0) -> WorkerState:
    deadline = time.monotonic() + timeout_s
    while not (state := analysis.poll()).finished:
        assert time.monotonic() < deadline, state
        time.sleep(0.05)
    return state


def worker_folders(tmp_path: Path) -> list[Path]:
    return list(tmp_path.glob("duonco-*"))


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def test_a_ct_becomes_layers_table_and_record(phantom: Any, study_of: Callable[..., int], threshold_bundle: Path,
                                              tmp_path: Path) -> None:
    study_of(phantom, date="20240131")
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "DUONCO_LOG": str(tmp_path / "log.txt")}
    worker = start_command_line(sys.executable, LIBRARY, environment, ["--model", str(threshold_bundle),
                                                                       "--device", "cpu"])
    analysis = Analysis(phantom, worker)
    assert finished(analysis).error == ""
    result = analysis.load()
    lesion = read_layer(result.segmentation, "lesion", phantom)
    assert lesion[20, 30, 45]
    assert not lesion[20, 30, 20]
    _case, time_point = result.load()
    assert time_point.date == "2024-01-31"
    assert [one.review.status for one in time_point.lesions] == [ReviewStatus.PROPOSED] * len(time_point.lesions)
    assert result.table.GetNumberOfRows() == len(time_point.lesions) > 0
    assert worker_folders(tmp_path) == []
    assert "DOE" not in (tmp_path / "log.txt").read_text()


def test_the_sentence_of_the_command_line_reaches_the_caller(add_volume: Callable[..., Any], scene: Any,
                                                            tmp_path: Path) -> None:
    air = add_volume(np.full(GRID.shape, -1000, np.int16), GRID)
    worker = start_command_line(sys.executable, LIBRARY, {**os.environ, "DUONCO_LOG": str(tmp_path / "log.txt")},
                                ["--model", str(tmp_path / "none")])
    analysis = Analysis(air, worker)
    sentence = finished(analysis).error
    with pytest.raises(DuOncoError) as raised:
        analysis.load()
    assert raised.value.message == sentence
    assert sentence.endswith(".")
    assert results(scene) == []
    assert worker_folders(tmp_path) == []


def start_sleeping(_ct: Path, _out: Path, _facts: Any) -> ProcessWorker:
    return ProcessWorker([sys.executable, "-c", "import time; time.sleep(60)"])


def test_cancel_leaves_the_scene_and_the_disk_as_they_were(phantom: Any, scene: Any, tmp_path: Path) -> None:
    count = scene.GetNumberOfNodes()
    analysis = Analysis(phantom, start_sleeping)
    started = time.monotonic()
    analysis.cancel()
    assert time.monotonic() - started < 2.0
    assert scene.GetNumberOfNodes() == count
    assert worker_folders(tmp_path) == []


def test_a_running_analysis_has_no_result_yet(phantom: Any) -> None:
    analysis = Analysis(phantom, start_sleeping)
    with pytest.raises(DuOncoError, match="still running"):
        analysis.load()
    analysis.cancel()


def test_a_ct_that_is_deleted_meanwhile_is_a_sentence(phantom: Any, scene: Any, tmp_path: Path) -> None:
    analysis = Analysis(phantom, lambda *_: ProcessWorker([sys.executable, "-c", "print('{\"done\": true}')"]))
    scene.RemoveNode(phantom)
    finished(analysis)
    with pytest.raises(DuOncoError, match="removed while"):
        analysis.load()
    assert worker_folders(tmp_path) == []


def test_what_cannot_be_analysed_leaves_no_files(scene: Any, tmp_path: Path) -> None:
    with pytest.raises(DuOncoError):
        Analysis(scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode"), start_sleeping)
    assert worker_folders(tmp_path) == []

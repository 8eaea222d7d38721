"""What the panel does, pressed through without the panel."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.lesions.proposal import propose_lesions
from DuOncoUnityLib.records.model import Case
from DuOncoUnityLib.records.review import confirm
from DuOncoUnityLib.scene.axes import axis_nodes
from DuOncoUnityLib.scene.result import Result, show_result
from DuOncoUnityLib.scene.segmentation import read_layer, write_layer
from DuOncoUnityLib.scene.volume import read_ct, volume_geometry
from DuOncoUnityPanel.phantom import MASS_KJI, add_phantom, mass
from DuOncoUnityPanel.session import Session
from DuOncoUnityPanel.worker import ProcessWorker


def sleep(*_: Any) -> ProcessWorker:
    return ProcessWorker([sys.executable, "-c", "import time; time.sleep(60)"])


@pytest.fixture
def session(scene: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    session = Session(scene, sleep, lambda: "Dr A")
    yield session
    session.cancel()
    session.leave()


@pytest.fixture
def result(scene: Any, case_of: Callable[..., Case]) -> Result:
    """The phantom with its mass as the only lesion."""
    volume = add_phantom()
    labels = mass().astype(np.uint8)
    case = case_of("A", geometry=volume_geometry(volume))
    case.time_points[0].lesions, instances = propose_lesions(labels, read_ct(volume))
    case.time_points[0].highest_lesion_number = dict(instances.highest_number)
    return show_result(volume, case, labels)


def test_the_phantom_is_a_ct_with_a_mass(scene: Any) -> None:
    hu = read_ct(add_phantom()).hu
    assert hu[MASS_KJI] == 250
    assert hu[0, 0, 0] == -1000
    assert mass()[MASS_KJI]


def test_a_scan_has_no_result_before_it_is_analysed(session: Session, scene: Any) -> None:
    assert session.result_of(None) is None
    assert session.result_of(add_phantom()) is None


def test_one_analysis_runs_at_a_time(session: Session, scene: Any) -> None:
    volume = add_phantom()
    session.start(volume)
    with pytest.raises(DuOncoError, match="Another scan"):
        session.start(volume)
    session.cancel()
    session.start(volume)
    assert session.analysis is not None


def test_cancelling_twice_is_fine(session: Session, scene: Any) -> None:
    session.start(add_phantom())
    session.cancel()
    session.cancel()
    assert session.analysis is None


def test_a_failed_start_leaves_the_session_free(session: Session, scene: Any) -> None:
    with pytest.raises(DuOncoError):
        session.start(scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode"))
    assert session.analysis is None


def test_the_latest_result_of_a_scan_is_shown(session: Session, result: Result, case_of: Callable[..., Case]) -> None:
    assert session.result_of(result.volume) == result
    again = show_result(result.volume, case_of("A"), np.zeros_like(mass(), np.uint8))
    assert session.result_of(result.volume) == again


def test_edits_are_followed_for_the_current_result_only(session: Session, result: Result,
                                                         case_of: Callable[..., Case]) -> None:
    edited: list[int] = []
    session.edited.connect(lambda: edited.append(1))
    session.choose_scan(result.volume)
    paint_second_lesion(result)
    assert edited
    session.take_over_edits()
    assert result.table.GetNumberOfRows() == 2
    session.choose_scan(None)
    edited.clear()
    write_layer(result.segmentation, "lesion", np.zeros(mass().shape, bool), result.volume)
    assert not edited


def paint_second_lesion(result: Result) -> None:
    lesion = read_layer(result.segmentation, "lesion", result.volume)
    lesion[10:13, 45:50, 60:65] = True
    write_layer(result.segmentation, "lesion", lesion, result.volume)


def test_everybody_hears_of_a_change_of_the_record_once(session: Session, result: Result) -> None:
    heard: list[int] = []
    session.record_changed.connect(lambda: heard.append(1))
    session.choose_scan(result.volume)
    session.change_record(lambda case: confirm(case.time_points[0].lesions[0], "Dr A"))
    assert heard == [1]
    assert result.load()[1].lesions[0].review.reviewer == "Dr A"


def test_a_change_that_fails_half_way_leaves_the_record_as_it_was(session: Session, result: Result) -> None:
    def change(case: Case) -> None:
        case.time_points[0].lesions.clear()
        raise DuOncoError("No.")

    session.choose_scan(result.volume)
    with pytest.raises(DuOncoError):
        session.change_record(change)
    assert session.time_point is not None
    assert len(session.time_point.lesions) == 1


def test_a_chosen_lesion_is_centred_and_shows_its_axes(session: Session, result: Result, scene: Any) -> None:
    view = scene.AddNewNodeByClass("vtkMRMLSliceNode")
    chosen: list[str] = []
    session.lesion_chosen.connect(chosen.append)
    session.choose_scan(result.volume)
    session.choose_lesion("L1")
    centre_ras = [view.GetSliceToRAS().GetElement(row, 3) for row in range(3)]
    k, j, i = MASS_KJI
    expected = volume_geometry(result.volume).index_to_world((i, j, k)) * (-1, -1, 1)
    np.testing.assert_allclose(centre_ras, expected, atol=3)
    assert len(axis_nodes(result.segmentation)) == 2
    assert chosen == ["L1"]


def test_a_lesion_that_is_gone_shows_nothing(session: Session, result: Result) -> None:
    session.choose_scan(result.volume)
    session.choose_lesion("L9")
    assert axis_nodes(result.segmentation) == []
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLMarkupsLineNode") == 0

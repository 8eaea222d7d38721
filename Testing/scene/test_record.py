"""The case record in the scene: exact, and still there after saving and reopening."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.records.model import Case
from DuOncoUnityLib.scene.record import create_record, load_record, record_nodes, save_record


def test_a_record_reads_back_exactly(scene: Any, case_of: Callable[..., Case]) -> None:
    case = case_of("A", lesions=3)
    assert load_record(create_record(scene, case)) == case


def test_saving_replaces_the_record(scene: Any, case_of: Callable[..., Case]) -> None:
    node = create_record(scene, case_of("A", lesions=3))
    changed = case_of("A", lesions=1)
    save_record(node, changed)
    assert load_record(node) == changed
    assert record_nodes(scene) == [node]


@pytest.mark.parametrize("suffix", ["mrml", "mrb"])
def test_a_record_survives_saving_and_reopening(suffix: str, scene: Any, case_of: Callable[..., Case],
                                                reopened: Callable[[str], Any], tmp_path: Path) -> None:
    case = case_of('A "ä" <&> %20; |\\', lesions=500)
    create_record(scene, case)
    other = case_of("B", lesions=1)
    create_record(scene, other)
    assert [load_record(node) for node in record_nodes(reopened(suffix))] == [case, other]


def test_text_of_a_person_is_no_record(scene: Any) -> None:
    scene.AddNewNodeByClass("vtkMRMLTextNode", "my notes")
    assert record_nodes(scene) == []


def test_a_damaged_record_is_a_sentence(scene: Any, case_of: Callable[..., Case]) -> None:
    node = create_record(scene, case_of("A"))
    node.SetText(node.GetText()[:40])
    with pytest.raises(DuOncoError, match="not a case record"):
        load_record(node)

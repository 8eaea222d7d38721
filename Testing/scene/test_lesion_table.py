"""The lesion table: the numbers of the records, once, for people and for code."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from DuOncoUnityLib.records.model import Lesion, Review, ReviewStatus
from DuOncoUnityLib.scene.lesion_table import COLUMNS, create_lesion_table, update_lesion_table


@pytest.fixture
def table(scene: Any) -> Any:
    return create_lesion_table(scene, "Lesions")


def test_every_lesion_has_a_row(table: Any, lesion_at: Callable[..., Lesion]) -> None:
    decided = Review(ReviewStatus.CONFIRMED, "Dr A", "2024-02-01T10:00:00Z")
    update_lesion_table(table, [lesion_at("L1", (0, 0, 0), 20.04, 10.06, confidence=0.876),
                                lesion_at("N1", (5, 5, 5), layer="lymph_node", site="mediastinum", review=decided)])
    assert _row(table, 0) == ["L1", "Lesions", "Liver", "1.235", "20", "10.1", "46", "0.88", "proposed", ""]
    assert _row(table, 1) == ["N1", "Lymph nodes", "Mediastinum", "1.235", "20", "10", "46", "", "confirmed", "Dr A"]


def test_the_panel_finds_the_id_of_a_row_in_its_first_column() -> None:
    assert COLUMNS[0].name == "id"


def test_columns_say_their_unit(table: Any, lesion_at: Callable[..., Lesion]) -> None:
    update_lesion_table(table, [lesion_at("L1", (0, 0, 0))])
    assert [table.GetColumnName(index) for index in range(table.GetNumberOfColumns())] == [c.name for c in COLUMNS]
    assert table.GetColumnTitle("volume_ml") == "Volume"
    assert table.GetColumnUnitLabel("volume_ml") == "ml"


def test_an_unknown_site_is_left_empty(table: Any, lesion_at: Callable[..., Lesion]) -> None:
    update_lesion_table(table, [lesion_at("L1", (0, 0, 0), site="")])
    assert _row(table, 0)[2] == ""


def test_updating_replaces_all_rows_and_tells_observers_once(table: Any, lesion_at: Callable[..., Lesion]) -> None:
    update_lesion_table(table, [lesion_at(f"L{n}", (n, 0, 0)) for n in range(5)])
    calls: list[str] = []
    table.AddObserver("ModifiedEvent", lambda *_: calls.append("modified"))
    update_lesion_table(table, [lesion_at("L7", (0, 0, 0))])
    assert table.GetNumberOfRows() == 1
    assert _row(table, 0)[0] == "L7"
    assert len(calls) == 1


def test_no_lesion_leaves_an_empty_table(table: Any, lesion_at: Callable[..., Lesion]) -> None:
    update_lesion_table(table, [lesion_at("L1", (0, 0, 0))])
    update_lesion_table(table, [])
    assert table.GetNumberOfRows() == 0
    assert table.GetNumberOfColumns() == len(COLUMNS)


def test_the_table_is_locked_against_typing(table: Any) -> None:
    assert table.GetLocked()


def test_five_hundred_lesions_fill_the_table_at_once(table: Any, lesion_at: Callable[..., Lesion]) -> None:
    lesions = [lesion_at(f"L{n}", (n, 0, 0)) for n in range(500)]
    started = time.perf_counter()
    update_lesion_table(table, lesions)
    assert time.perf_counter() - started < 0.1
    assert table.GetNumberOfRows() == 500


def _row(table: Any, row: int) -> list[str]:
    return [table.GetTable().GetValue(row, column).ToString() for column in range(table.GetNumberOfColumns())]

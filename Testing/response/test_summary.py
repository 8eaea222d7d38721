"""The assessment as rows, text and JSON."""

from __future__ import annotations

import json

import pytest

from DuOncoUnityLib.response.assessment import assess_case
from DuOncoUnityLib.response.explain import Explained
from DuOncoUnityLib.response.sentences import RULES
from DuOncoUnityLib.response.summary import as_json, text_table, visit_rows


@pytest.fixture
def assessment(case_of):
    return assess_case(case_of({"T1:liver": [60, 40, 44], "N1:mediastinum*": [20, 12, 12], "B1:bone": [20, 20, 30],
                                "X1:lung": [0, 0, 9]}))


def test_rows_hold_the_numbers_and_the_reason(assessment) -> None:
    rows = visit_rows(assessment)
    assert [row["sod_mm"] for row in rows] == [80, 52, 56]
    assert [row["overall"] for row in rows] == ["", "PR", "PD"]
    assert rows[2]["new_lesions"] == "X1" and rows[2]["reason"] == "New disease (X1): progression."
    assert visit_rows(assessment, "fr")[2]["reason"] == "Nouvelle maladie (X1) : progression."
    assert len({tuple(row) for row in rows}) == 1


def test_the_printed_table_is_aligned_and_complete(assessment) -> None:
    lines = text_table(assessment).splitlines()
    assert lines[0].startswith("Date") and set(lines[1]) == {"-"}
    column = lines[0].index("RECIST")
    assert [line[column:column + 2] for line in lines[2:5]] == ["- ", "PR", "PD"]
    assert "Best overall response: PR, confirmed: SD, iRECIST: iPR" in lines
    assert "T1: Target: 60.0 mm in liver, place 1 by size among 2 measurable lesions." in lines


def test_json_carries_sentence_and_source_of_every_result(assessment) -> None:
    data = json.loads(json.dumps(as_json(assessment, ("en", "fr")), allow_nan=False))
    overall = data["visits"][2]["overall"]
    assert overall["value"] == "PD" and overall["sentence_en"] and overall["sentence_fr"]
    assert overall["source"].startswith("RECIST 1.1")
    assert data["visits"][1]["burden"]["sites"] == ["bone", "liver", "lymph_node"]


def test_organs_are_named_in_the_language_of_the_sentence() -> None:
    found = Explained("", "new_lesions", {"count": 1, "named": "X1 (peritoneum_retroperitoneum)"}, ("X1",))
    assert found.sentence == "1 new since the scan before: X1 (peritoneum and retroperitoneum)."
    assert found.sentence_in("fr") == "1 nouvelle(s) depuis l'examen précédent : X1 (péritoine et rétropéritoine)."


@pytest.mark.parametrize("key", sorted(RULES))
def test_every_rule_has_two_languages_that_take_the_same_numbers_and_a_source(key: str) -> None:
    import string
    rule = RULES[key]

    def fields(template: str) -> set[tuple[str, str]]:
        return {(name, form) for _, name, form, _ in string.Formatter().parse(template) if name}

    assert fields(rule.english) == fields(rule.french) and rule.english != rule.french and rule.source

"""Two readers kept apart, agreement, disagreement and adjudication."""

from __future__ import annotations

import pytest

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.records.decisions import Adjudication, LesionReading, Reader, ReadingDecision, Signature
from DuOncoUnityLib.records.model import Case
from DuOncoUnityLib.response.assessment import assess_case
from DuOncoUnityLib.response.readers import compare_readers

SIGNED = Signature("Dr C", "2024-05-01T08:00:00Z", "agrees with the prior")


def read_twice(case_of) -> Case:
    """Reader B measures the target 10 mm smaller at the second of three visits."""
    case = case_of({"T1:liver": [40, 36, 36]})
    case.decisions.readers = [Reader("A"), Reader("B", readings=[ReadingDecision("T1", "V1", SIGNED, size_mm=26.0)])]
    return case


def test_readers_are_kept_apart(case_of) -> None:
    found = compare_readers(read_twice(case_of))
    assert [visit.overall for visit in found.visits] == [{"A": "SD", "B": "PR"}, {"A": "SD", "B": "PD"}]
    assert found.assessments["A"].visits[1].sod_mm == 36 and found.assessments["B"].visits[1].sod_mm == 26


def test_disagreement_waits_for_adjudication(case_of) -> None:
    found = compare_readers(read_twice(case_of))
    assert [visit.final for visit in found.visits] == [None, None] and found.best is None
    assert found.visits[0].note.sentence == "The readers disagree (A SD, B PR); adjudication is needed."


def test_an_adjudication_of_the_case_and_of_one_visit(case_of) -> None:
    case = read_twice(case_of)
    case.decisions.adjudications = [Adjudication("B", SIGNED, "V1"), Adjudication("A", SIGNED)]
    found = compare_readers(case)
    assert [visit.final.value for visit in found.visits] == ["PR", "SD"]
    assert "Dr C chose the reading of B" in found.visits[0].note.sentence
    assert found.best.unconfirmed.value == "PR" and found.best.confirmed.value == "SD"
    assert assess_case(case).reader == "A"


def test_agreement_needs_nobody(case_of) -> None:
    case = case_of({"T1:liver": [40, 20, 20]})
    case.decisions.readers = [Reader("A"), Reader("B")]
    found = compare_readers(case)
    assert [visit.final.value for visit in found.visits] == ["PR", "PR"] and found.best.confirmed.value == "PR"


def test_a_single_unnamed_reader_is_simply_right(case_of) -> None:
    assert [visit.final.value for visit in compare_readers(case_of({"T1:liver": [40, 20]})).visits] == ["PR"]


def test_an_adjudication_for_nobody_is_refused(case_of) -> None:
    case = read_twice(case_of)
    case.decisions.adjudications = [Adjudication("Z", SIGNED)]
    with pytest.raises(DuOncoError, match="adjudication"):
        compare_readers(case)


def test_one_readers_word_does_not_touch_the_other(case_of) -> None:
    case = read_twice(case_of)
    case.decisions.readers[0].readings.append(ReadingDecision("T1", "V2", SIGNED, LesionReading.NOT_EVALUABLE))
    found = compare_readers(case)
    assert found.visits[1].overall == {"A": "NE", "B": "PD"}

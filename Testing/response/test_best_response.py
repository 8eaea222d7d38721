"""Best overall response: RECIST 1.1 table 3 pair by pair, durations, gaps, and what must always hold."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from DuOncoUnityLib.response.best_response import VisitOutcome, best_response
from DuOncoUnityLib.response.recist import RecistSettings, Response

BASELINE = date(2024, 1, 1)
CODES = {response.value: response for response in Response} | {"NON": Response.NON_CR_NON_PD}


def best(course: str, *days: int, settings: RecistSettings | None = None) -> tuple[str, str]:
    """Unconfirmed and confirmed response of "PR PR ..." at days after baseline (56, 112, ... by default)."""
    codes = course.split()
    days = days or tuple(56 * (n + 1) for n in range(len(codes)))
    outcomes = [VisitOutcome(CODES[code], BASELINE + timedelta(day)) for code, day in zip(codes, days, strict=True)]
    found = best_response(outcomes, BASELINE, settings or RecistSettings())
    for result in (found.unconfirmed, found.confirmed):
        assert result.sentence and result.sentence_in("fr") and result.source
    return found.unconfirmed.value, found.confirmed.value


@pytest.mark.parametrize(("course", "if_minimum_met", "else_"), [
    ("CR CR", "CR", "CR"), ("CR PR", "SD", "PD"), ("CR SD", "SD", "PD"), ("CR PD", "SD", "PD"), ("CR NE", "SD", "NE"),
    ("PR CR", "PR", "PR"), ("PR PR", "PR", "PR"), ("PR SD", "SD", "SD"), ("PR PD", "SD", "PD"), ("PR NE", "SD", "NE"),
    ("NE NE", "NE", "NE"),
    ("SD PD", "SD", "PD"), ("SD NE", "SD", "NE"), ("NE PD", "PD", "PD"), ("PD", "PD", "PD"), ("PD PR", "PD", "PD"),
    ("NON PD", "NON-CR/NON-PD", "PD"), ("NON CR", "NON-CR/NON-PD", "NE")])
def test_confirmed_response_by_the_table(course: str, if_minimum_met: str, else_: str) -> None:
    count = len(course.split())
    assert best(course, *(42, 70)[:count])[1] == if_minimum_met
    assert best(course, *(10, 41)[:count])[1] == else_


@pytest.mark.parametrize(("course", "expected"), [
    ("PR PD", "PR"), ("CR PR", "CR"), ("SD PR", "PR"), ("SD SD", "SD"), ("NE PD", "PD"), ("PD CR", "PD"),
    ("NE NE", "NE"), ("SD CR PD", "CR"), ("NON NON", "NON-CR/NON-PD")])
def test_unconfirmed_response(course: str, expected: str) -> None:
    assert best(course)[0] == expected


def test_responses_need_no_minimum_duration_but_stable_disease_does() -> None:
    assert best("PR", 20) == ("PR", "NE")
    assert best("SD", 41) == ("NE", "NE")
    assert best("SD", 42) == ("SD", "SD")


def test_confirmation_needs_four_weeks() -> None:
    assert best("PR PR", 42, 69) == ("PR", "SD")
    assert best("PR PR", 42, 70) == ("PR", "PR")
    assert best("PR PR PR", 42, 50, 70) == ("PR", "PR")


def test_a_complete_response_confirmed_by_a_later_one_is_complete() -> None:
    assert best("PR CR CR") == ("CR", "CR")
    assert best("PR CR") == ("CR", "PR")


def test_one_gap_between_two_responses_confirms_only_if_allowed() -> None:
    allowed = RecistSettings(gap_between_responses=True)
    for course in ("PR SD PR", "PR NE PR"):
        assert best(course)[1] == "SD"
        assert best(course, settings=allowed)[1] == "PR"
    assert best("PR SD SD PR", settings=allowed)[1] == "SD"
    assert best("CR NE CR")[1] == "SD"
    assert best("CR NE CR", settings=allowed)[1] == "CR"


def test_a_false_complete_response_is_read_as_partial_if_switched_so() -> None:
    off = RecistSettings(disease_after_cr_is_progression=False)
    assert best("CR PR", settings=off) == ("PR", "PR")
    assert best("CR SD", settings=off) == ("PR", "SD")
    assert best("CR CR", settings=off) == ("CR", "CR")


def test_nothing_after_progression_counts() -> None:
    assert best("SD PD CR CR") == ("SD", "SD")


def test_without_a_baseline_date_the_duration_is_not_checked_and_the_sentence_says_so() -> None:
    found = best_response([VisitOutcome(Response.SD, date(2024, 1, 5))], None, RecistSettings())
    assert found.confirmed.value == "SD"
    assert "not checked" in found.confirmed.sentence


def test_without_dates_nothing_is_confirmed() -> None:
    visits = [VisitOutcome(Response.PR, None), VisitOutcome(Response.PR, None)]
    assert best_response(visits, BASELINE, RecistSettings()).confirmed.value == "NE"


def test_without_visits_it_is_not_evaluable() -> None:
    found = best_response([], BASELINE, RecistSettings())
    assert (found.unconfirmed.value, found.confirmed.value) == ("NE", "NE")


RANK = ["CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE"]
courses = st.lists(st.tuples(st.sampled_from(["CR", "PR", "SD", "NON", "PD", "NE"]), st.integers(1, 60)),
                   min_size=1, max_size=7)


def _days(course: list[tuple[str, int]]) -> tuple[str, list[int]]:
    total, days = 0, []
    for _, step in course:
        total += step
        days.append(total)
    return " ".join(code for code, _ in course), days


@given(courses)
def test_a_confirmed_response_is_never_better_than_the_unconfirmed(course: list[tuple[str, int]]) -> None:
    codes, days = _days(course)
    unconfirmed, confirmed = best(codes, *days)
    assert RANK.index(unconfirmed) <= RANK.index(confirmed)


@given(courses)
def test_a_stricter_confirmation_never_improves_the_response(course: list[tuple[str, int]]) -> None:
    codes, days = _days(course)
    lenient = best(codes, *days, settings=RecistSettings(confirm_days=14, min_sd_days=14))
    strict = best(codes, *days, settings=RecistSettings(confirm_days=56, min_sd_days=84))
    assert all(RANK.index(first) <= RANK.index(second) for first, second in zip(lenient, strict, strict=True))


@given(courses, courses)
def test_visits_after_progression_change_nothing(before: list[tuple[str, int]], after: list[tuple[str, int]]) -> None:
    until = [*before, ("PD", 30)]
    codes, days = _days(until)
    more_codes, more_days = _days([*until, *after])
    assert best(codes, *days) == best(more_codes, *more_days)


@given(courses, st.integers(-400, 400))
def test_only_intervals_count_not_dates(course: list[tuple[str, int]], shift: int) -> None:
    codes, days = _days(course)
    moved = [VisitOutcome(CODES[code], BASELINE + timedelta(day + shift))
             for code, day in zip(codes.split(), days, strict=True)]
    found = best_response(moved, BASELINE + timedelta(shift), RecistSettings())
    assert (found.unconfirmed.value, found.confirmed.value) == best(codes, *days)

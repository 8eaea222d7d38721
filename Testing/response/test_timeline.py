"""RECIST 1.1 over several visits: nadir, persistence, disease after complete response."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from DuOncoUnityLib.records.decisions import ResultItem
from DuOncoUnityLib.response.explain import Explained
from DuOncoUnityLib.response.recist import NonTargetStatus, RecistSettings, TargetSize, tenths_of_mm
from DuOncoUnityLib.response.timeline import Observation, respond

SETTINGS = RecistSettings()


def visits_of(*sums_mm: float | None, node: bool = False, present: str = "") -> list[Observation]:
    """One target, and one non-target whose presence is spelt by `present` ("+" present, "-" gone, "?" unknown)."""
    status = {"+": NonTargetStatus.PRESENT, "-": NonTargetStatus.ABSENT, "?": NonTargetStatus.NOT_EVALUABLE,
              "!": NonTargetStatus.PROGRESSION}
    return [Observation(f"V{n}", None,
                        (TargetSize("T1", node, None if total is None else (tenths_of_mm(total),) if total else ()),),
                        {"NT1": status[present[n]]} if present else {})
            for n, total in enumerate(sums_mm)]


def overall(*sums_mm: float | None, settings: RecistSettings = SETTINGS, **options: object) -> list[str]:
    baseline, *visits = visits_of(*sums_mm, **options)
    return [visit.overall.value for visit in respond(baseline, visits, settings)]


def test_eortc_example_of_a_response_that_persists() -> None:
    assert overall(100, 70, 70, 80, 80, 80) == ["PR"] * 5
    off = RecistSettings(partial_response_persists=False)
    assert overall(100, 70, 70, 80, 80, 80, settings=off) == ["PR", "PR", "SD", "SD", "SD"]


def test_eortc_example_of_a_response_that_continues() -> None:
    assert overall(165, 63, 65) == ["PR", "PR"]


def test_a_response_no_longer_persists_after_progression() -> None:
    assert overall(100, 70, 90, 80) == ["PR", "PD", "SD"]


def test_a_response_persists_over_a_visit_that_could_not_be_evaluated() -> None:
    assert overall(100, 70, None, 80) == ["PR", "NE", "PR"]


def test_the_nadir_includes_the_baseline_and_leaves_out_incomplete_visits() -> None:
    assert overall(50, 60) == ["PD"]
    baseline, *visits = visits_of(50, None, 55)
    assert [visit.nadir for visit in respond(baseline, visits, SETTINGS)] == [500, 500]


def test_progression_is_judged_against_the_lowest_sum_not_the_first() -> None:
    assert overall(100, 50, 60) == ["PR", "PD"]


def test_disease_after_a_complete_response_is_progression_unless_switched_off() -> None:
    assert overall(20, 0, 4) == ["CR", "PD"]
    off = RecistSettings(disease_after_cr_is_progression=False)
    assert overall(20, 0, 4, settings=off) == ["CR", "PR"]


def test_a_node_reappears_only_at_ten_millimetres() -> None:
    assert overall(20, 9.0, 9.9, node=True) == ["CR", "CR"]
    assert overall(20, 9.0, 10.0, node=True) == ["CR", "PD"]


def test_a_non_target_that_comes_back_after_a_complete_response_is_progression() -> None:
    assert overall(20, 0, 0, present="+-+") == ["CR", "PD"]


def test_what_cannot_be_seen_after_a_complete_response_is_no_disease() -> None:
    assert overall(20, 0, None) == ["CR", "NE"]
    assert overall(20, 0, 0, present="+-?") == ["CR", "PR"]


def test_a_complete_response_of_targets_only_allows_them_to_come_back_small() -> None:
    assert overall(20, 0, 4, present="+++") == ["PR", "PR"]


def test_a_new_lesion_is_progression_as_long_as_it_is_seen() -> None:
    baseline, first, second = visits_of(100, 50, 50)
    first = replace(first, new_lesions=("N1",))
    assert [visit.overall.value for visit in respond(baseline, [first, second], SETTINGS)] == ["PD", "PR"]


def test_an_equivocal_lesion_does_not_count() -> None:
    baseline, first = visits_of(100, 100)
    assert respond(baseline, [replace(first, equivocal_lesions=("N1",))], SETTINGS)[0].overall.value == "SD"


def test_a_person_overrules_any_part_and_the_rest_follows() -> None:
    baseline, first, second = visits_of(100, 100, 100)
    by_person = Explained("PR", "overruled", {"by": "A", "at": "2024-01-01", "reason": "-"})
    first = replace(first, overruled={ResultItem.TARGET: by_person})
    second = replace(second, overruled={ResultItem.OVERALL: replace(by_person, value="NE")})
    results = respond(baseline, [first, second], SETTINGS)
    assert [result.overall.value for result in results] == ["PR", "NE"]
    assert results[0].target is by_person


sums = st.lists(st.one_of(st.none(), st.integers(0, 2000).map(lambda tenths: tenths / 10)), min_size=1, max_size=6)


@given(st.integers(1, 2000).map(lambda tenths: tenths / 10), sums)
def test_later_visits_never_change_earlier_responses(first: float, course: list[float | None]) -> None:
    whole = overall(first, *course)
    for count in range(len(course)):
        assert overall(first, *course[:count]) == whole[:count]


@given(st.integers(1, 2000).map(lambda tenths: tenths / 10), sums)
def test_the_same_visit_twice_gives_the_same_target_response(first: float, course: list[float | None]) -> None:
    doubled = [value for total in course for value in (total, total)]
    baseline, *visits = visits_of(first, *doubled)
    results = [result.target.value for result in respond(baseline, visits, SETTINGS)]
    assert results[::2] == results[1::2]


@pytest.mark.parametrize("count", [1, 3])
def test_a_visit_like_the_baseline_is_stable(count: int) -> None:
    assert overall(*[42.0] * (count + 1)) == ["SD"] * count

"""RECIST 1.1 at one visit: every row of every table, the float traps, and what must hold for any numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from DuOncoUnityLib.response.recist import (
    NonTargetStatus,
    RecistSettings,
    Response,
    TargetSize,
    non_target_response,
    overall_response,
    target_response,
    tenths_of_mm,
)

CR, PR, SD, PD, NE = Response.CR, Response.PR, Response.SD, Response.PD, Response.NE
NON = Response.NON_CR_NON_PD
SETTINGS = RecistSettings()
ABSENT, PRESENT = NonTargetStatus.ABSENT, NonTargetStatus.PRESENT
WORSE, UNKNOWN = NonTargetStatus.PROGRESSION, NonTargetStatus.NOT_EVALUABLE


def lesion(size_mm: float | None, node: bool = False, name: str = "T1") -> TargetSize:
    return TargetSize(name, node, None if size_mm is None else (tenths_of_mm(size_mm),) if size_mm else ())


def respond(*sizes_mm: float | None, baseline: float | None, nadir: float | None = None, node: bool = False,
            had_response: bool = False, settings: RecistSettings = SETTINGS) -> str:
    tenths = [None if length is None else tenths_of_mm(length) for length in (baseline, nadir or baseline)]
    found = target_response([lesion(size, node, f"T{n}") for n, size in enumerate(sizes_mm)], *tenths, settings,
                            had_response=had_response)
    assert found is not None and found.sentence and found.source
    return found.value


@pytest.mark.parametrize(("now", "baseline", "nadir", "expected"), [
    (0, 100, 100, CR), (69.9, 100, 100, PR), (70.0, 100, 100, PR), (70.1, 100, 100, SD), (100, 100, 100, SD),
    (119.9, 100, 100, SD), (120, 100, 100, PD), (60, 100, 50, PD), (59.9, 100, 50, PR),
    (24, 100, 20, PR),          # 20 % but 4 mm only
    (24.9, 100, 20, PR), (25, 100, 20, PD),
    (14.0, 14.0, 14.0, SD), (9.8, 14.0, 14.0, PR), (9.9, 14.0, 14.0, SD),       # -30 % exactly
    (32.4, 27.0, 27.0, PD), (32.3, 27.0, 27.0, SD),                             # +20 % exactly
    (0.7, 1.0, 1.0, PR), (4.9, 100, 0.1, PR), (5.1, 100, 0.1, PD)])
def test_one_target_by_its_change(now: float, baseline: float, nadir: float, expected: Response) -> None:
    assert respond(now, baseline=baseline, nadir=nadir) == expected


def test_nodes_below_ten_are_complete_response_though_the_sum_is_not_zero() -> None:
    assert respond(9.9, 9.9, baseline=40, node=True) == CR
    assert respond(9.9, 10.0, baseline=40, node=True) == PR


def test_complete_response_comes_before_progression() -> None:
    assert respond(9.0, baseline=16, nadir=3, node=True) == CR


def test_a_missing_target_is_not_evaluable_unless_the_rest_is_progression() -> None:
    assert respond(30, None, baseline=100, nadir=100) == NE
    assert respond(0, None, baseline=100, nadir=100) == NE
    assert respond(60, None, baseline=100, nadir=50) == PD


def test_an_incomplete_baseline_leaves_only_complete_response_and_progression() -> None:
    assert respond(30, baseline=None) == NE
    assert respond(0, baseline=None) == CR


def test_a_partial_response_persists_until_progression_if_the_setting_is_on() -> None:
    assert respond(80, baseline=100, nadir=70, had_response=True) == PR
    assert respond(84, baseline=100, nadir=70, had_response=True) == PD
    off = RecistSettings(partial_response_persists=False)
    assert respond(80, baseline=100, nadir=70, had_response=True, settings=off) == SD


def test_fragments_of_a_split_target_are_added_and_each_node_fragment_must_be_normal() -> None:
    split = [TargetSize("T1", False, (200, 280))]
    assert target_response(split, 400, 400, SETTINGS).value == PD
    assert target_response([TargetSize("N1", True, (90, 80))], 200, 200, SETTINGS).value == CR
    assert target_response([TargetSize("N1", True, (110, 20))], 200, 200, SETTINGS).value == PR


def test_without_targets_there_is_no_target_response() -> None:
    assert target_response([], None, None, SETTINGS) is None
    assert non_target_response({}) is None


@pytest.mark.parametrize(("statuses", "expected"), [
    ((ABSENT,), CR), ((ABSENT, ABSENT), CR), ((ABSENT, PRESENT), NON), ((PRESENT,), NON),
    ((PRESENT, WORSE), PD), ((UNKNOWN, WORSE), PD), ((PRESENT, UNKNOWN), NE), ((ABSENT, UNKNOWN), NE)])
def test_non_target_response(statuses: tuple[NonTargetStatus, ...], expected: Response) -> None:
    found = non_target_response({f"NT{n}": status for n, status in enumerate(statuses)})
    assert found is not None and found.value == expected and found.sentence


@pytest.mark.parametrize(("target", "non_target", "new", "expected"), [
    (CR, CR, False, CR), (CR, None, False, CR),
    (CR, NON, False, PR), (CR, NE, False, PR),
    (PR, CR, False, PR), (PR, NON, False, PR), (PR, NE, False, PR), (PR, None, False, PR),
    (SD, CR, False, SD), (SD, NON, False, SD), (SD, NE, False, SD), (SD, None, False, SD),
    (NE, CR, False, NE), (NE, NON, False, NE), (NE, None, False, NE), (NE, NE, False, NE),
    *((PD, non_target, new, PD) for non_target in (CR, NON, NE, PD, None) for new in (True, False)),
    *((target, PD, new, PD) for target in (CR, PR, SD, NE, PD, None) for new in (True, False)),
    *((target, non_target, True, PD) for target in (CR, PR, SD, NE, None) for non_target in (CR, NON, NE, None)),
    (None, CR, False, CR), (None, NON, False, NON), (None, NE, False, NE), (None, PD, False, PD)])
def test_overall_response_by_the_table(target: Response | None, non_target: Response | None, new: bool,
                                       expected: Response) -> None:
    found = overall_response(target, non_target, ("N1",) if new else ())
    assert found.value == expected
    assert found.sentence and found.sentence_in("fr") != found.sentence and found.source


@pytest.mark.parametrize(("length", "tenths"), [(9.8, 98), (9.849, 98), (9.85, 99), ("27.05", 271), (0, 0), (0.04, 0)])
def test_lengths_become_whole_tenths(length: float | str, tenths: int) -> None:
    assert tenths_of_mm(length) == tenths


lengths = st.integers(0, 2000)
courses = st.lists(st.tuples(lengths, st.booleans()), min_size=1, max_size=5)


def _respond_tenths(sizes: list[tuple[int, bool]], baseline: int, nadir: int, had_response: bool = False) -> Response:
    targets = [TargetSize(f"T{n}", node, (size,) if size else ()) for n, (size, node) in enumerate(sizes)]
    found = target_response(targets, baseline, nadir, SETTINGS, had_response=had_response)
    assert found is not None
    return Response(found.value)


RANK = [CR, PR, SD, PD]


@given(lengths, lengths, st.integers(1, 3000), st.integers(0, 3000))
def test_a_larger_lesion_is_never_a_better_response(first: int, second: int, baseline: int, nadir: int) -> None:
    small, large = sorted((first, second))
    nadir = min(nadir, baseline)
    responses = [_respond_tenths([(size, False)], baseline, nadir) for size in (small, large)]
    assert RANK.index(responses[0]) <= RANK.index(responses[1])


@given(courses, st.randoms(), st.integers(1, 3000), st.integers(0, 3000))
def test_the_order_of_the_targets_does_not_matter(sizes: list[tuple[int, bool]], random: object, baseline: int,
                                                  nadir: int) -> None:
    shuffled = list(sizes)
    random.shuffle(shuffled)
    assert _respond_tenths(sizes, baseline, nadir) == _respond_tenths(shuffled, baseline, nadir)


@given(lengths, st.integers(500, 3000), st.integers(2, 9))
def test_relative_thresholds_do_not_depend_on_the_unit(now: int, baseline: int, factor: int) -> None:
    """Above 25 mm the 5 mm rule never decides, so scaling all lengths changes nothing."""
    once = _respond_tenths([(now, False)], baseline, baseline)
    assert once == _respond_tenths([(now * factor, False)], baseline * factor, baseline * factor)


@given(courses, st.integers(1, 3000), st.integers(0, 3000))
def test_splitting_a_lesion_on_paper_changes_nothing(sizes: list[tuple[int, bool]], baseline: int, nadir: int) -> None:
    whole = [TargetSize(f"T{n}", False, (size,) if size else ()) for n, (size, _) in enumerate(sizes)]
    split = [TargetSize(f"T{n}", False, (1, size - 1) if size > 1 else (size,) if size else ())
             for n, (size, _) in enumerate(sizes)]
    assert target_response(whole, baseline, nadir, SETTINGS) == target_response(split, baseline, nadir, SETTINGS)


@given(courses, st.integers(1, 3000), st.integers(0, 3000))
def test_a_target_more_that_cannot_be_seen_never_improves_the_response(sizes: list[tuple[int, bool]], baseline: int,
                                                                       nadir: int) -> None:
    targets = [TargetSize(f"T{n}", node, (size,) if size else ()) for n, (size, node) in enumerate(sizes)]
    found = target_response([*targets, TargetSize("T9", False, None)], baseline, nadir, SETTINGS)
    assert found is not None and found.value in (NE, PD)

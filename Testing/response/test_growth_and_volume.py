"""Kinetics with published numbers, volumetric response, burden and uncertainty."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from DuOncoUnityLib.response.burden import burden
from DuOncoUnityLib.response.kinetics import (
    DAYS_PER_MONTH,
    doubling_time,
    growth_kinetics,
    growth_rate,
    hyperprogression,
    kinetics,
    specific_growth_rate,
    volume_growth_rate,
)
from DuOncoUnityLib.response.recist import Response
from DuOncoUnityLib.response.uncertainty import length_change_limit_mm, sum_change_limit_mm, volume_change_limit_ml
from DuOncoUnityLib.response.volumes import volume_response


def test_growth_rate_of_the_published_examples() -> None:
    assert growth_rate(100, 120, 2) == pytest.approx(31.45, abs=0.005)
    assert growth_rate(100, 80, 2) == pytest.approx(-28.45, abs=0.005)


def test_growth_rate_of_diameter_and_sphere_volume_agree() -> None:
    assert volume_growth_rate(1.0, 1.2 ** 3, 2) == pytest.approx(growth_rate(100, 120, 2))


@pytest.mark.parametrize(("before", "after", "months"), [(0, 10, 1), (10, 0, 1), (10, 12, 0)])
def test_growth_is_undefined_from_or_to_nothing(before: float, after: float, months: float) -> None:
    assert growth_rate(before, after, months) is None
    assert specific_growth_rate(before, after, months) is None
    assert doubling_time(before, after, months) is None


def test_doubling_and_halving_time() -> None:
    assert doubling_time(10, 20, 90) == pytest.approx(90)
    assert doubling_time(20, 10, 90) == pytest.approx(-90)
    assert doubling_time(10, 10, 90) is None
    assert specific_growth_rate(10, 20, 100) == pytest.approx(100 * math.log(2) / 100)
    assert growth_kinetics(100, 130, 2) == pytest.approx(15)


def test_growth_between_two_scans_states_what_it_cannot_say() -> None:
    found = kinetics((100.0, None), (10.0, 10.5), 61, volume_limit_ml=3.0)
    assert found is not None
    assert found.tgr_percent_per_month is None and found.doubling_time_days is None
    assert [remark.rule for remark in found.remarks] == ["growth_needs_sums", "doubling_within_uncertainty"]
    assert kinetics((100.0, 90.0), (10.0, 9.0), None, 1.0) is None
    soon = kinetics((100.0, 90.0), (10.0, 9.0), 13, 1.0)
    assert soon is not None and soon.tgk_mm_per_month is None and "14 days" in soon.remarks[0].sentence
    incomplete = kinetics((100.0, 90.0), None, 61, 1.0)
    assert incomplete is not None and incomplete.sgr_percent_per_day is None
    assert incomplete.remarks[0].rule == "growth_needs_volumes"


def days(months: float) -> int:
    return round(months * DAYS_PER_MONTH)


def test_hyperprogression_needs_a_scan_before_baseline() -> None:
    found = hyperprogression(Response.PD, (None, 100, 150), (None, 60))
    assert [remark.value for remark in found] == [""]
    assert "a scan at least 14 days before baseline" in found[0].sentence
    assert hyperprogression(Response.PD, (90, 100, 150), (13, 60)) == found


def test_hyperprogression_by_three_criteria_that_disagree() -> None:
    found = hyperprogression(Response.PD, (100, 105, 130), (days(2), days(2)))
    assert {remark.rule: remark.value for remark in found} == {
        "hyper_champiat": "yes", "hyper_saada_bouzid": "yes", "hyper_ferrara": "no"}
    assert all("disagree" in remark.sentence for remark in found)
    # slow growth before and after without progression is none, whatever the ratio of growth rates
    slow = hyperprogression(Response.SD, (100, 102, 108), (days(2), days(2)))
    assert slow[0].value == "no"


def test_no_ratio_where_the_tumour_shrank_before_baseline() -> None:
    found = hyperprogression(Response.PD, (110, 100, 200), (days(2), days(2)))
    assert [remark.value for remark in found] == ["", "", "yes"]


@given(st.floats(20, 90), st.floats(20, 90), st.floats(1, 24))
def test_growth_has_the_sign_of_the_change_and_reverses_with_time(before: float, after: float, months: float) -> None:
    rate, back = growth_rate(before, after, months), growth_rate(after, before, months)
    assert (rate > 0) == (after > before) or math.isclose(before, after)
    assert (1 + rate / 100) * (1 + back / 100) == pytest.approx(1, rel=1e-6)


@pytest.mark.parametrize(("volume", "baseline", "nadir", "expected"), [
    (0, 10, 10, "vCR"), (3.43, 10, 10, "vPR"), (3.44, 10, 10, "vSD"), (10, 10, 10, "vSD"),
    (17.27, 10, 10, "vSD"), (17.28, 10, 10, "vPD"), (1.728, 10, 1, "vPD"), (5, 0, 0, "vPD")])
def test_volume_response_by_sphere_equivalents(volume: float, baseline: float, nadir: float, expected: str) -> None:
    found = volume_response(volume, baseline, nadir)
    assert found is not None and found.value == expected
    assert "exploratory" in found.sentence and "exploratoire" in found.sentence_in("fr")


def test_an_incomplete_volume_can_only_show_progression() -> None:
    assert volume_response(2, 10, 10, complete=False).value == "NE"
    assert volume_response(18, 10, 10, complete=False).value == "vPD"
    assert volume_response(0, 0, 0) is None


def test_burden_counts_all_nodes_as_one_site_and_leaves_out_normal_ones(case_of) -> None:
    case = case_of({"A:liver": [20], "B:liver": [10], "C:lung": [30], "N1:mediastinum*": [12],
                    "N2:pelvic_organs*": [15], "N3:mediastinum*": [9.9]})
    found = burden(case.time_points[0].lesions)
    assert found.count == 5
    assert found.count_by_layer == {"lesion": 3, "lymph_node": 2}
    assert found.count_by_organ == {"liver": 2, "lung": 1, "lymph_node": 2}
    assert found.sites == ["liver", "lung", "lymph_node"]
    assert found.volume_ml == pytest.approx(sum(found.volume_by_organ_ml.values()))
    assert found.dmax_mm == pytest.approx(math.sqrt(40 ** 2 + 12 ** 2 + 28 ** 2))


def test_burden_of_nothing_and_of_one_lesion(case_of) -> None:
    assert burden([]).dmax_mm is None and burden([]).sites == []
    assert burden(case_of({"A:liver": [20]}).time_points[0].lesions).dmax_mm is None


def test_uncertainty_grows_with_voxels_and_size() -> None:
    grid = 0.8 * 0.7 * math.sqrt(2)
    assert length_change_limit_mm(20, 20, 0.7, 0.7) == pytest.approx(math.hypot(2.0, grid), abs=0.01)
    assert length_change_limit_mm(20, 20, 2.0, 0.7) > length_change_limit_mm(20, 20, 0.7, 0.7)
    assert volume_change_limit_ml(1, 1, 5, 5) > volume_change_limit_ml(1, 1, 1, 1) > 0.27
    assert volume_change_limit_ml(0, 0, 5, 5) == 0
    assert sum_change_limit_mm([3, 4]) == pytest.approx(5)

"""Figures of many scans, against cases counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from DuOncoUnityLib.training.scoring import (
    bootstrap,
    calibration_error,
    false_proposals,
    mean,
    reliability,
    sensitivity,
    sensitivity_at,
    threshold_for,
    true_lesions,
    volume_bias_percent,
)


def lesion(layer: str, long_axis_mm: float, confidence: float | None, volume_ml: float = 1.0) -> dict:
    return {"layer": layer, "long_axis_mm": long_axis_mm, "confidence": confidence, "volume_ml": volume_ml}


def proposal(confidence: float, is_disease: bool, volume_ml: float = 1.0) -> dict:
    return {"confidence": confidence, "is_disease": is_disease, "volume_ml": volume_ml}


SCANS = (
    {"truth": [lesion("lesion", 20.0, 0.9), lesion("lesion", 15.0, None), lesion("lesion", 6.0, 0.9),
               lesion("lymph_node", 14.0, 0.4)],
     "proposals": [proposal(0.9, True), proposal(0.9, True), proposal(0.4, True), proposal(0.8, False),
                   proposal(0.3, False)]},
    {"truth": [lesion("lesion", 12.0, 0.5)], "proposals": [proposal(0.5, True), proposal(0.6, False)]})


def sized(layer: str):
    return lambda row: row["layer"] == layer and row["long_axis_mm"] >= 10.0


def test_sensitivity_is_the_share_found_with_that_confidence() -> None:
    lesions, nodes = (true_lesions(SCANS, sized(layer)) for layer in ("lesion", "lymph_node"))
    assert sensitivity(lesions, 0.0) == pytest.approx(2 / 3)
    assert sensitivity(nodes, 0.0) == 1.0
    assert sensitivity(lesions, 0.6) == pytest.approx(1 / 3)
    assert np.isnan(sensitivity([], 0.0))


@pytest.mark.parametrize(("per_scan", "kept"), [(0.5, [0.8]), (1.0, [0.8, 0.6]), (8.0, [0.8, 0.6, 0.3])])
def test_the_threshold_keeps_the_allowed_false_proposals(per_scan: float, kept: list[float]) -> None:
    rows = false_proposals(SCANS, threshold_for(SCANS, per_scan))
    assert sorted((row["confidence"] for row in rows), reverse=True) == kept


def test_fewer_false_proposals_never_find_more() -> None:
    values = [sensitivity_at(SCANS, allowed, sized("lesion")).value for allowed in (0.5, 1, 2, 8)]
    assert values == sorted(values)
    assert values[-1] == pytest.approx(2 / 3)


def test_the_interval_of_a_mean_is_that_of_statistics() -> None:
    values = list(np.random.default_rng(0).normal(5.0, 2.0, 200))
    estimate = bootstrap(values, mean)
    error = 1.96 * 2.0 / np.sqrt(200)
    assert estimate.value == pytest.approx(np.mean(values))
    assert estimate.low == pytest.approx(estimate.value - error, abs=0.06)
    assert estimate.high == pytest.approx(estimate.value + error, abs=0.06)
    assert bootstrap(values, mean) == estimate, "figures are the same on every run"


def test_what_is_not_defined_has_no_interval() -> None:
    assert np.isnan(bootstrap([], mean)).all()
    assert bootstrap([3.0], mean).value == 3.0
    assert np.isnan(bootstrap([3.0], mean).low)


def test_the_volume_bias_counts_what_is_shown() -> None:
    assert volume_bias_percent(SCANS, 0.0) == pytest.approx(100 * (7 - 5) / 5)
    assert volume_bias_percent(SCANS, 0.85) == pytest.approx(100 * (2 - 5) / 5)


def test_reliability_counts_every_proposal_once() -> None:
    table = reliability(SCANS)
    assert sum(row[2] for row in table) == 7
    low, high, count, confidence, share = table[-1]
    assert (low, high, count) == (0.8, 1.0, 3)
    assert confidence == pytest.approx((0.9 + 0.9 + 0.8) / 3)
    assert share == pytest.approx(2 / 3)


def test_a_perfect_confidence_has_no_calibration_error() -> None:
    sure = [{"truth": [], "proposals": [proposal(1.0, True), proposal(0.0, False)]}]
    wrong = [{"truth": [], "proposals": [proposal(1.0, False), proposal(0.0, True)]}]
    assert calibration_error(sure) == 0.0
    assert calibration_error(wrong) == 1.0

"""The confidence that a bundle's calibration gives, and what is refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from DuOncoUnityLib.lesions.confidence import LesionScore
from DuOncoUnityLib.model.calibration import read_calibration

ENTRY: dict[str, Any] = {
    "intercepts": {"lesion": -1.0, "lymph_node": -2.0},
    "weights": {layer: {"mean_logit": 0.5, "peak_logit": 0.25, "log10_volume_ml": 0.8, "roundness": 0.0,
                        "rim_logit": 0.0, "gut_share": 0.0, "in_kidney": 0.0, "dense_outside_bone": 0.0,
                        "blood_likeness": 0.0} for layer in ("lesion", "lymph_node")},
    "thresholds": {"low": 0.7, "default": 0.4, "high": 0.2}, "measured": {"scans": 8}}


def test_confidence_rises_with_the_probability_and_differs_by_layer() -> None:
    calibration = read_calibration(ENTRY)
    scores = [LesionScore(p, p, 1.0, 0.8, *[0.0] * 6, p, *[0.0] * 5) for p in (0.0, 0.2, 0.5, 0.9, 1.0)]
    confidences = [score.confidence("lesion", calibration) for score in scores]
    assert confidences == sorted(set(confidences))
    assert all(0.0 < confidence < 1.0 for confidence in confidences)
    assert scores[2].confidence("lesion", calibration) == pytest.approx(1 / (1 + 2.718281828**1.0))
    assert scores[2].confidence("lymph_node", calibration) < scores[2].confidence("lesion", calibration)


def test_without_calibration_it_is_the_mean_probability() -> None:
    assert LesionScore(0.83, 1.0, 2.0, 0.8, *[0.0] * 6, 0.83, *[0.0] * 5).confidence("lesion", None) == 0.83


def test_each_layer_has_its_own_weights() -> None:
    entry = copy.deepcopy(ENTRY)
    entry["weights"]["lymph_node"]["roundness"] = 4.0
    calibration = read_calibration(entry)
    flat, round_one = (LesionScore(0.8, 0.9, 1.0, one, *[0.0] * 6, 0.8, *[0.0] * 5) for one in (0.1, 1.0))
    assert flat.confidence("lesion", calibration) == round_one.confidence("lesion", calibration)
    assert flat.confidence("lymph_node", calibration) < round_one.confidence("lymph_node", calibration)


def test_weights_that_are_not_told_apart_by_layer_are_those_of_both() -> None:
    together = {**ENTRY, "weights": ENTRY["weights"]["lesion"]}
    assert read_calibration(together) == read_calibration(ENTRY)


@pytest.mark.parametrize("layer", ["lesion", "lymph_node"])
@pytest.mark.parametrize(("name", "value"), [("mean_logit", -0.1), ("core_logit", -0.1), ("peak_logit", float("nan"))])
def test_weights_without_sense_are_refused(layer: str, name: str, value: float) -> None:
    entry = copy.deepcopy(ENTRY)
    entry["weights"][layer][name] = value
    with pytest.raises(ValueError, match="calibration"):
        read_calibration(entry)


@pytest.mark.parametrize(("part", "name", "value"), [
    ("intercepts", "lesion", float("inf")),
    ("thresholds", "low", 0.3), ("thresholds", "high", -0.1), ("thresholds", "default", float("nan"))])
def test_nonsense_is_refused(part: str, name: str, value: float) -> None:
    entry = copy.deepcopy(ENTRY)
    entry[part][name] = value
    with pytest.raises(ValueError, match=r"calibration|thresholds"):
        read_calibration(entry)


def test_a_calibration_made_before_a_feature_was_known_still_works() -> None:
    entry = copy.deepcopy(ENTRY)
    for weights in entry["weights"].values():
        del weights["roundness"]
    round_one, flat_one = (LesionScore(0.8, 0.9, 1.0, one, *[0.0] * 6, 0.8, *[0.0] * 5) for one in (1.0, 0.1))
    calibration = read_calibration(entry)
    assert round_one.confidence("lesion", calibration) == flat_one.confidence("lesion", calibration)


def test_an_incomplete_entry_is_refused() -> None:
    with pytest.raises(KeyError):
        read_calibration({name: value for name, value in ENTRY.items() if name != "thresholds"})

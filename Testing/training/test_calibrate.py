"""The calibration recovers known probabilities, chooses the asked operating point and lands in the bundle whole."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.lesions.confidence import LesionScore
from DuOncoUnityLib.model.bundle import load_bundle
from DuOncoUnityLib.model.calibration import read_calibration
from DuOncoUnityLib.model.engine import Engine
from DuOncoUnityLib.training.calibrate import (
    Candidate,
    choose_threshold,
    expected_calibration_error,
    find_candidates,
    fit_calibration,
    validation_scan,
    write_calibration,
)
from DuOncoUnityLib.training.patients import make_case

SCANS = 40


@pytest.fixture(scope="module")
def candidates() -> list[Candidate]:
    """Proposals of an overconfident network: at its probability p, only p squared of them are disease."""
    rng = np.random.default_rng(1)
    found = []
    for scan in range(SCANS):
        for _ in range(25):
            p = float(rng.uniform(0.3, 0.999))
            layer = "lesion" if rng.random() < 0.7 else "lymph_node"
            score = LesionScore(p, p, 1.0, 0.8, *[0.0] * 6, p, *[0.0] * 5)
            found.append(Candidate(scan, layer, score.features, bool(rng.random() < p * p)))
    return found


def test_an_overconfident_network_is_corrected(candidates: list[Candidate]) -> None:
    entry = fit_calibration(candidates, SCANS, true_count=500)
    calibration = read_calibration(entry)
    for p in (0.5, 0.7, 0.9):
        score = LesionScore(p, p, 1.0, 0.8, *[0.0] * 6, p, *[0.0] * 5)
        assert score.confidence("lesion", calibration) == pytest.approx(p * p, abs=0.1)
    assert entry["measured"]["expected_calibration_error"] < 0.05


def test_the_operating_points_keep_their_promise(candidates: list[Candidate]) -> None:
    entry = fit_calibration(candidates, SCANS, true_count=500)
    points = entry["measured"]["operating_points"]
    assert [points[name]["false_per_scan"] <= limit for name, limit in (("low", 0.5), ("default", 2), ("high", 8))] == [
        True, True, True]
    assert points["low"]["sensitivity"] < points["default"]["sensitivity"] < points["high"]["sensitivity"]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30), st.integers(0, 10))
def test_no_other_threshold_finds_more_or_as_many_with_fewer_false(pairs: list[tuple[float, bool]],
                                                                   most_false: int) -> None:
    confidence, truth = np.array([p for p, _ in pairs]).round(4), np.array([true for _, true in pairs])

    def shown(threshold: float) -> tuple[int, int]:
        return int((truth & (confidence >= threshold)).sum()), int((~truth & (confidence >= threshold)).sum())

    found, false = shown(choose_threshold(confidence, truth, most_false))
    if false > most_false:  # unavoidable: the surest lesion alone brings as many
        assert all(shown(other)[1] >= false for other in confidence[truth])
        return
    for other in (*confidence, 1.1):
        more, wrong = shown(other)
        assert wrong > most_false or more < found or (more == found and (wrong >= false or found == 0))


def test_a_model_whose_surest_proposals_are_false_still_shows_its_surest_lesion() -> None:
    confidence, truth = np.array([0.9, 0.8, 0.7, 0.6]), np.array([False, False, True, True])
    assert choose_threshold(confidence, truth, 1) == 0.7


def test_a_model_that_finds_nothing_true_shows_nothing() -> None:
    assert choose_threshold(np.array([0.9, 0.8]), np.array([False, False]), 8) == 1.0


def test_the_calibration_error_is_that_of_the_definition() -> None:
    confidence, truth = np.array([0.05, 0.05, 0.95, 0.95]), np.array([False, True, True, True])
    assert expected_calibration_error(confidence, truth) == pytest.approx(0.5 * 0.45 + 0.5 * 0.05)
    assert expected_calibration_error(np.array([0.0, 1.0]), np.array([False, True])) == 0.0


def test_all_true_and_all_false_still_give_a_usable_entry() -> None:
    for truth in (True, False):
        score = LesionScore(0.9, 1.0, 2.0, 0.8, *[0.0] * 6, 0.9, *[0.0] * 5)
        entry = fit_calibration([Candidate(scan, "lesion", score.features, truth) for scan in range(4)], 4, 4)
        read_calibration(entry)


def test_a_feature_of_a_small_range_weighs_as_much_as_one_of_a_large_range() -> None:
    rng = np.random.default_rng(2)
    roundness = rng.uniform(0.2, 0.9, 200)
    truth = rng.random(200) < (roundness - 0.2) / 0.7
    score = LesionScore(0.5, 0.5, 1.0, 0.8, *[0.0] * 6, 0.5, *[0.0] * 5).features
    entries = [fit_calibration([Candidate(n % 8, "lesion", {**score, "roundness": scale * float(value)}, bool(true))
                                for n, (value, true) in enumerate(zip(roundness, truth, strict=True))], 8, 200)
               for scale in (1.0, 0.01)]
    small, large = (entry["weights"]["lesion"]["roundness"] for entry in entries)
    assert large == pytest.approx(100 * small, rel=1e-3)
    assert entries[1]["thresholds"] == pytest.approx(entries[0]["thresholds"], abs=1e-3)


def test_lesions_and_nodes_have_weights_of_their_own() -> None:
    """Roundness that tells true from false lesions, and says nothing about nodes, counts for lesions alone."""
    rng = np.random.default_rng(3)
    score = LesionScore(0.5, 0.5, 1.0, 0.8, *[0.0] * 6, 0.5, *[0.0] * 5).features
    candidates = []
    for n in range(400):
        layer, roundness = ("lesion", "lymph_node")[n % 2], float(rng.uniform(0.2, 0.9))
        truth = rng.random() < ((roundness - 0.2) / 0.7 if layer == "lesion" else 0.5)
        candidates.append(Candidate(n % 8, layer, {**score, "roundness": roundness}, bool(truth)))
    weights = fit_calibration(candidates, 8, 400)["weights"]
    assert weights["lesion"]["roundness"] > 3.0 > 1.5 > abs(weights["lymph_node"]["roundness"])


def test_nothing_to_fit_to_is_a_sentence() -> None:
    with pytest.raises(DuOncoError, match="cannot be calibrated"):
        fit_calibration([], 4, 0)


def test_the_entry_lands_in_the_bundle_and_nothing_else_changes(candidates: list[Candidate], threshold_bundle: Path,
                                                                tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(threshold_bundle, bundle)
    before = json.loads((bundle / "bundle.json").read_text())
    entry = fit_calibration(candidates, SCANS, true_count=500)
    write_calibration(bundle / "bundle.json", entry)
    after = json.loads((bundle / "bundle.json").read_text())
    assert after.pop("lesion_confidence") == entry
    assert after == before
    assert load_bundle(bundle).calibration == read_calibration(entry)
    assert load_bundle(bundle).sha256 != load_bundle(threshold_bundle).sha256
    assert sorted(path.name for path in bundle.iterdir()) == sorted(path.name for path in threshold_bundle.iterdir())


def test_half_of_the_validation_scans_are_portal_venous_and_every_phase_is_there() -> None:
    phases = [validation_scan(scan, (8.0, 8.0, 8.0)).ct.acquisition.contrast_phase for scan in range(8)]
    assert phases.count("portal") == 4
    assert set(phases) == {"portal", "arterial", "late", None}


def test_candidates_are_paired_with_the_truth(threshold_bundle: Path) -> None:
    """A network that calls everything dense a lesion, on a coarse scan: bone is false, and every number is there."""
    case = make_case(700_001, (5.0, 5.0, 5.0), lesion_count=4)
    found = list(find_candidates(case, Engine(load_bundle(threshold_bundle), "cpu"), 3))
    assert found
    assert {candidate.scan for candidate in found} == {3}
    assert not all(candidate.is_disease for candidate in found)

"""`duonco-unity analyze --threshold` and `propose`: more or fewer proposals, never less of a person's work."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from DuOncoUnityLib.cli import main
from DuOncoUnityLib.errors import ExitCode
from DuOncoUnityLib.exports.seg_nrrd import LAYER_TERMS, read_segmentation, write_segmentation
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.records.model import TimePoint
from DuOncoUnityLib.records.review import confirm
from DuOncoUnityLib.records.store import load_case, save_case
from DuOncoUnityLib.results import FILES

LARGE, SMALL = 33.5, 7.2
"""Volumes (ml) of the two spheres of the phantom; the calibration below is sure of the large one only."""


@pytest.fixture(scope="module")
def calibrated_bundle(threshold_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of known behaviour, whose confidence rises with the volume: 0.52 and 0.07 for the spheres."""
    bundle = tmp_path_factory.mktemp("calibrated") / "bundle"
    shutil.copytree(threshold_bundle, bundle)
    document = json.loads((bundle / "bundle.json").read_text())
    document["lesion_confidence"] = {
        "intercepts": {"lesion": -6.0, "lymph_node": -6.0},
        "weights": {"mean_logit": 0.0, "peak_logit": 0.0, "log10_volume_ml": 4.0, "roundness": 0.0,
                    "rim_logit": 0.0, "gut_share": 0.0, "in_kidney": 0.0, "dense_outside_bone": 0.0,
                    "blood_likeness": 0.0},
        "thresholds": {"low": 0.9, "default": 0.3, "high": 0.05}}
    (bundle / "bundle.json").write_text(json.dumps(document))
    return bundle


def analyse(ct: Path, bundle: Path, out: Path, *options: str) -> int:
    return main(["analyze", str(ct), "--out", str(out), "--model", str(bundle), "--progress", "none", "--no-preview",
                 *options])


def propose(result: Path, ct: Path, threshold: float, *options: str) -> int:
    return main(["propose", str(result), str(ct), "--threshold", str(threshold), "--progress", "none", "--no-preview",
                 *options])


def time_point(folder: Path) -> TimePoint:
    return load_case(folder / "case.json").time_points[0]


def volumes(folder: Path) -> list[float]:
    return sorted(lesion.measurement.volume_ml for lesion in time_point(folder).lesions)


@pytest.fixture
def result(phantom_ct: Path, calibrated_bundle: Path, tmp_path: Path) -> Path:
    out = tmp_path / "result"
    assert analyse(phantom_ct, calibrated_bundle, out) == ExitCode.OK
    return out


@pytest.mark.parametrize(("options", "count"), [
    ([], 1), (["--sensitivity", "low"], 0), (["--sensitivity", "high"], 2), (["--threshold", "0.6"], 0),
    (["--threshold", "0"], 2)])
def test_the_operating_point_decides_what_is_shown(options: list[str], count: int, phantom_ct: Path,
                                                   calibrated_bundle: Path, tmp_path: Path) -> None:
    assert analyse(phantom_ct, calibrated_bundle, tmp_path / "out", *options) == ExitCode.OK
    point = time_point(tmp_path / "out")
    assert (len(point.lesions), len(point.held_back)) == (count, 2 - count)


def test_a_model_without_calibration_shows_all_and_says_so(phantom_ct: Path, threshold_bundle: Path, tmp_path: Path,
                                                           capsys: pytest.CaptureFixture[str]) -> None:
    assert analyse(phantom_ct, threshold_bundle, tmp_path / "out") == ExitCode.OK
    point = time_point(tmp_path / "out")
    assert (len(point.lesions), point.confidence_threshold) == (2, 0.0)
    assert "not calibrated" in str(point.provenance.parameters["confidence"])
    assert analyse(phantom_ct, threshold_bundle, tmp_path / "other", "--sensitivity", "high") == ExitCode.USAGE
    assert "not calibrated" in capsys.readouterr().err


def test_what_is_held_back_appears_at_a_lower_threshold_as_if_analysed_there(
        result: Path, phantom_ct: Path, calibrated_bundle: Path, phantom_geometry: Geometry, tmp_path: Path) -> None:
    assert propose(result, phantom_ct, 0.0) == ExitCode.OK
    assert volumes(result) == pytest.approx([SMALL, LARGE], rel=0.15)
    assert {path.name for path in result.iterdir()} == FILES - {"preview.png"}
    direct = tmp_path / "direct"
    analyse(phantom_ct, calibrated_bundle, direct, "--threshold", "0")
    layers, expected = (read_segmentation(folder / "segmentation.seg.nrrd", phantom_geometry, LAYER_TERMS)
                        for folder in (result, direct))
    np.testing.assert_array_equal(layers, expected)
    assert time_point(result).composition == time_point(direct).composition


def test_there_and_back_changes_nothing(result: Path, phantom_ct: Path, phantom_geometry: Geometry) -> None:
    """Also not muscle and fat: hidden voxels are again the tissue that they were."""
    before = read_segmentation(result / "segmentation.seg.nrrd", phantom_geometry, LAYER_TERMS)
    first = time_point(result)
    propose(result, phantom_ct, 0.0)
    propose(result, phantom_ct, first.confidence_threshold)
    assert time_point(result) == first
    np.testing.assert_array_equal(
        read_segmentation(result / "segmentation.seg.nrrd", phantom_geometry, LAYER_TERMS), before)


def test_a_confirmed_lesion_stays_at_any_threshold(result: Path, phantom_ct: Path) -> None:
    case = load_case(result / "case.json")
    confirm(case.time_points[0].lesions[0], "Dr A")
    save_case(case, result / "case.json")
    assert propose(result, phantom_ct, 1.0) == ExitCode.OK
    assert time_point(result).lesions == case.time_points[0].lesions


def test_segments_edited_elsewhere_must_be_measured_first(result: Path, phantom_ct: Path, phantom_geometry: Geometry,
                                                          capsys: pytest.CaptureFixture[str]) -> None:
    path = result / "segmentation.seg.nrrd"
    layers = read_segmentation(path, phantom_geometry, LAYER_TERMS)
    layers[20:22, 40:43, 40:43] = 1
    write_segmentation(path, layers, phantom_geometry, LAYER_TERMS)
    before = path.read_bytes()
    assert propose(result, phantom_ct, 0.0) == ExitCode.BAD_INPUT
    assert "duonco-unity measure" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_another_reviewed_result_is_not_replaced(result: Path, phantom_ct: Path, tmp_path: Path) -> None:
    reviewed = tmp_path / "reviewed"
    shutil.copytree(result, reviewed)
    case = load_case(reviewed / "case.json")
    confirm(case.time_points[0].lesions[0], "Dr A")
    save_case(case, reviewed / "case.json")
    assert propose(result, phantom_ct, 0.0, "--out", str(reviewed)) == ExitCode.CANNOT_WRITE
    assert load_case(reviewed / "case.json") == case


@pytest.mark.parametrize("threshold", [-1, 2])
def test_a_threshold_is_a_probability(threshold: float, result: Path, phantom_ct: Path) -> None:
    assert propose(result, phantom_ct, threshold) == ExitCode.USAGE

"""The scans on which the networks are judged: the same persons and lesions under every condition."""

from __future__ import annotations

import numpy as np
import pytest

from DuOncoUnityLib.training.calibrate import FIRST_SEED as CALIBRATION_SEED
from DuOncoUnityLib.training.calibrate import SCANS as CALIBRATION_SCANS
from DuOncoUnityLib.training.generator import Metal
from DuOncoUnityLib.training.hold_out import CONDITIONS, FIRST_SEED, LESIONS, USUAL
from DuOncoUnityLib.training.label_bank import TRAINING_SEED
from DuOncoUnityLib.training.metal import Implant, add_implant
from DuOncoUnityLib.training.patients import SyntheticCase
from DuOncoUnityLib.training.structures import CODE

SPACING = (6.0, 6.0, 6.0)


@pytest.fixture(scope="module")
def cases() -> dict[str, SyntheticCase]:
    return {condition.key: condition.make(FIRST_SEED, SPACING) for condition in (USUAL, *CONDITIONS)}


def extent_mm(case: SyntheticCase) -> np.ndarray:
    voxels = np.argwhere((case.structures > 0) & (case.structures != CODE["air"]))
    return (voxels.max(axis=0) - voxels.min(axis=0) + 1) * case.ct.geometry.spacing_mm[::-1]


def test_persons_are_those_of_no_other_purpose() -> None:
    assert FIRST_SEED > CALIBRATION_SEED + CALIBRATION_SCANS > TRAINING_SEED + 100_000


@pytest.mark.parametrize("key", ["no_contrast", "oral_contrast", "metal"])
def test_the_scanner_changes_and_the_disease_does_not(cases: dict[str, SyntheticCase], key: str) -> None:
    assert np.array_equal(cases[key].lesion_ids, cases["usual"].lesion_ids)
    assert not np.array_equal(cases[key].ct.hu, cases["usual"].ct.hu)
    assert len(cases["usual"].lesions) == pytest.approx(LESIONS, abs=4)


@pytest.mark.parametrize(("key", "count"), [("slices_5", 2), ("slices_10", 4)])
def test_thick_slices_are_averages_on_their_own_grid(cases: dict[str, SyntheticCase], key: str, count: int) -> None:
    thin, thick = cases["usual"], cases[key]
    assert thick.ct.geometry.spacing_mm[2] == pytest.approx(count * SPACING[2])
    assert thick.ct.hu[3] == pytest.approx(thin.ct.hu[3 * count:4 * count].mean(axis=0), abs=0.51)
    middle = np.mean([thin.ct.geometry.index_to_world((0, 0, 3 * count + n))[2] for n in range(count)])
    assert thick.ct.geometry.index_to_world((0, 0, 3))[2] == pytest.approx(middle)


@pytest.mark.parametrize("key", [condition.key for condition in CONDITIONS])
def test_the_truth_lies_on_the_scan(cases: dict[str, SyntheticCase], key: str) -> None:
    case = cases[key]
    assert case.ct.hu.shape == case.structures.shape == case.lesion_ids.shape == case.ct.geometry.shape
    assert {lesion.number for lesion in case.lesions} == set(np.unique(case.lesion_ids)) - {0}
    k, j, i = np.rint(case.ct.geometry.world_to_index(case.l3_centre_mm)).astype(int)[::-1]
    assert case.structures[k, j, i] in (CODE["lumbar_marrow"], CODE["lumbar_cortex"])


def test_an_abdomen_holds_neither_apices_nor_hips(cases: dict[str, SyntheticCase]) -> None:
    usual, part = cases["usual"], cases["partial"]
    assert len(part.ct.hu) < 0.4 * len(usual.ct.hu)
    assert np.array_equal(part.ct.hu, usual.ct.hu[int(0.28 * len(usual.ct.hu)):][:len(part.ct.hu)])


def test_bodies_have_their_size(cases: dict[str, SyntheticCase]) -> None:
    assert extent_mm(cases["child"]) == pytest.approx(0.65 * extent_mm(cases["usual"]), rel=0.06)
    assert (extent_mm(cases["large"])[1:] > 1.1 * extent_mm(cases["usual"])[1:]).all()
    assert extent_mm(cases["arms_down"])[2] > extent_mm(cases["usual"])[2] + 100


def test_metal_is_dense_and_darkens_what_lies_between() -> None:
    axes = tuple(np.arange(-60.0, 60.0, 2.0, dtype=np.float32) for _ in range(3))
    hu = np.full((60, 60, 60), 50.0, np.float32)
    add_implant(hu, Implant(((-20.0, 10.0), (20.0, 10.0)), 5.0, (-30.0, 30.0)), Metal(3000.0, 350.0), axes)
    assert hu[30, 35, 20] == hu[30, 35, 40] == 3000.0
    assert hu[30, 33:38, 30].min() < -150.0, "the dark band between the rods"
    assert abs(hu[30, 5, 30] - 50.0) < 40.0, "far from them hardly anything changes"
    assert (hu[:14] == 50.0).all()
    assert (hu[-14:] == 50.0).all()

"""Synthetic patients: physical densities, exact truth, two comparable time points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from DuOncoUnityLib.training import patients
from DuOncoUnityLib.training.generator_file import bundled_generator
from DuOncoUnityLib.training.patients import SyntheticCase, make_case, make_follow_up
from DuOncoUnityLib.training.structures import CODE

SPACING = (4.0, 4.0, 5.0)


@pytest.fixture(scope="module")
def visits() -> tuple[SyntheticCase, SyntheticCase]:
    return make_follow_up(3, SPACING, lesion_count=8)


@pytest.fixture(scope="module")
def baseline(visits: tuple[SyntheticCase, SyntheticCase]) -> SyntheticCase:
    return visits[0]


@pytest.mark.parametrize(("structure", "hu", "within"), [
    ("subcutaneous_fat", -103, 20), ("visceral_fat", -98, 20), ("muscle", 62, 20), ("lung", -840, 100),
    ("liver", 112, 35), ("artery", 165, 70), ("urine", 8, 20)])
def test_densities_are_physical(baseline: SyntheticCase, structure: str, hu: float, within: float) -> None:
    tissue = (baseline.structures == CODE[structure]) & (baseline.lesion_ids == 0)
    assert np.median(baseline.ct.hu[tissue]) == pytest.approx(hu, abs=within)


def test_bone_is_denser_than_everything_soft(baseline: SyntheticCase) -> None:
    assert np.median(baseline.ct.hu[baseline.structures == CODE["cortical_bone"]]) > 300


def test_air_around_the_body_is_air(baseline: SyntheticCase) -> None:
    assert np.median(baseline.ct.hu[baseline.structures == CODE["air"]]) == pytest.approx(-1000, abs=5)


def test_the_truth_table_agrees_with_the_mask(baseline: SyntheticCase) -> None:
    assert len(baseline.lesions) >= 6
    for lesion in baseline.lesions:
        voxels = np.argwhere(baseline.lesion_ids == lesion.number)
        assert len(voxels) * baseline.ct.geometry.voxel_volume_ml == pytest.approx(lesion.volume_ml)
        reach = lesion.long_axis_mm / 2 * 1.3 + 4.0
        world = baseline.ct.geometry.index_to_world(voxels[:, ::-1])
        assert (np.linalg.norm(world - lesion.centre_mm, axis=1) <= reach).all()


def test_l3_is_told_in_the_frame_of_the_scan(visits: tuple[SyntheticCase, SyntheticCase]) -> None:
    for case in visits:
        k, j, i = np.rint(case.ct.geometry.world_to_index(case.l3_centre_mm)).astype(int)[::-1]
        assert case.structures[k, j, i] in (CODE["lumbar_marrow"], CODE["lumbar_cortex"])


def test_the_follow_up_has_a_vanished_a_new_and_a_grown_lesion(visits: tuple[SyntheticCase, SyntheticCase]) -> None:
    before, after = ({lesion.number: lesion for lesion in case.lesions} for case in visits)
    assert set(before) - set(after) == {2}
    assert len(set(after) - set(before)) == 1
    assert after[1].long_axis_mm == pytest.approx(1.5 * before[1].long_axis_mm)


def test_the_visits_are_dated_and_differ_in_place(visits: tuple[SyntheticCase, SyntheticCase]) -> None:
    first, second = (case.ct for case in visits)
    assert (first.acquisition.date, second.acquisition.date) == ("2024-01-15", "2024-04-15")
    assert first.geometry.origin_mm != second.geometry.origin_mm


def test_organs_keep_their_density_between_visits(visits: tuple[SyntheticCase, SyntheticCase]) -> None:
    liver = [np.median(case.ct.hu[(case.structures == CODE["liver"]) & (case.lesion_ids == 0)]) for case in visits]
    assert liver[0] == pytest.approx(liver[1], abs=5)


def test_a_case_is_decided_by_its_seed() -> None:
    first, again = (make_case(4, (8.0, 8.0, 8.0), lesion_count=3) for _ in range(2))
    assert np.array_equal(first.ct.hu, again.ct.hu)
    assert first.lesions == again.lesions


def test_what_only_looks_like_disease_shows_and_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    case = make_case(3, SPACING, lesion_count=6)
    numbers = bundled_generator()
    none = replace(numbers, scans=replace(numbers.scans, look_alikes=(0, 0)))
    monkeypatch.setattr(patients, "bundled_generator", lambda: none)
    without = make_case(3, SPACING, lesion_count=6)
    assert np.array_equal(case.lesion_ids, without.lesion_ids) and case.lesions == without.lesions
    shown = np.abs(case.ct.hu.astype(int) - without.ct.hu) > 50
    assert ndimage.label(shown)[1] >= 3
    assert shown.mean() < 0.01

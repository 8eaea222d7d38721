"""The procedural torso: deterministic, anatomically ordered, the same body on every grid."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from DuOncoUnityLib.terminology import ORGANS
from DuOncoUnityLib.training.body import BodyState
from DuOncoUnityLib.training.structures import CODE, STRUCTURES, codes_of, is_one_of
from DuOncoUnityLib.training.torso import Torso, make_torso

CAN_BE_MISSING = {"cervical_spine", "gallbladder"}


def centre_mm(torso: Torso, organ: str) -> np.ndarray:
    voxels = np.argwhere(np.isin(torso.labels, codes_of(organ)))
    return torso.geometry.index_to_world(voxels[:, ::-1]).mean(axis=0)


def volume_ml(torso: Torso, organ: str) -> float:
    return float(np.isin(torso.labels, codes_of(organ)).sum()) * torso.geometry.voxel_volume_ml


def test_the_same_seed_gives_the_same_body_and_another_seed_another() -> None:
    first, again, other = (make_torso(seed, (8.0, 8.0, 8.0)) for seed in (5, 5, 6))
    assert np.array_equal(first.labels, again.labels)
    assert first.labels.shape != other.labels.shape or not np.array_equal(first.labels, other.labels)


def test_every_organ_of_the_terminology_is_there(torso: Torso) -> None:
    present = {STRUCTURES[value].organ for value in np.unique(torso.labels)} - {""}
    assert set(ORGANS) - CAN_BE_MISSING <= present


@pytest.mark.parametrize(("organ", "low_ml", "high_ml"), [
    ("lung", 2500, 8000), ("liver", 800, 2600), ("spleen", 80, 450), ("kidney", 150, 600), ("heart", 300, 1100),
    ("muscle", 8000, 40000), ("pancreas", 30, 250), ("adrenal", 1, 30)])
def test_organs_have_human_volumes(torso: Torso, organ: str, low_ml: float, high_ml: float) -> None:
    assert low_ml < volume_ml(torso, organ) < high_ml


def test_organs_lie_where_they_belong(torso: Torso) -> None:
    liver, spleen, heart, bladder = (centre_mm(torso, organ) for organ in ("liver", "spleen", "heart", "bladder"))
    assert liver[0] < 0 < spleen[0], "LPS: the liver on the right (-x), the spleen on the left (+x)"
    assert bladder[2] < liver[2] < heart[2]
    assert centre_mm(torso, "lumbar_spine")[1] > liver[1], "the spine is behind the liver"


def test_a_kidney_has_pyramids_between_cortex_around_a_sinus_of_fat() -> None:
    """7 to 18 pyramids in a kidney (Gray's Anatomy): one dark ball in a bright cortex would look like a tumour."""
    fine = make_torso(7, (2.0, 2.0, 2.0), arms="up")
    pyramids, count = ndimage.label(fine.labels == CODE["kidney_medulla"])
    assert 14 <= count <= 36, "both kidneys"
    assert ndimage.sum_labels(pyramids > 0, pyramids, range(1, count + 1)).max() * fine.geometry.voxel_volume_ml < 4.0
    kidney = np.isin(fine.labels, codes_of("kidney"))
    hull = ndimage.binary_closing(kidney, iterations=6)
    sinus = hull & (fine.labels == CODE["visceral_fat"])
    assert 0.02 < sinus.sum() / kidney.sum() < 0.4


def test_l3_lies_in_the_lumbar_spine_between_l2_and_l4(torso: Torso) -> None:
    centres = torso.level_centres_mm
    assert centres["L4"][2] < centres["L3"][2] < centres["L2"][2]
    k, j, i = np.rint(torso.geometry.world_to_index(centres["L3"])).astype(int)[::-1]
    assert is_one_of(torso.labels[k, j, i], "lumbar_marrow", "lumbar_cortex")


def test_dense_joint_processes_lie_beside_the_canal_at_the_discs() -> None:
    """Articular processes reach the next vertebra: bright spots behind a disc that are no metastases."""
    fine = make_torso(7, (2.0, 2.0, 2.0), arms="up")
    disc = (np.array(fine.level_centres_mm["L3"]) + fine.level_centres_mm["L4"]) / 2
    behind = fine.labels[np.rint(fine.geometry.world_to_index(disc)).astype(int)[2]]
    dense, count = ndimage.label(is_one_of(behind, "lumbar_cortex"))
    middle = fine.geometry.world_to_index(disc)[0]
    sides = [np.sign(centre[1] - middle) for centre in ndimage.center_of_mass(dense > 0, dense, range(1, count + 1))]
    assert {-1.0, 1.0} <= set(sides)


def test_the_body_does_not_depend_on_the_grid(torso: Torso) -> None:
    fine = make_torso(7, (3.0, 3.0, 5.0), arms="up")
    for organ in ("lung", "liver", "lumbar_spine", "muscle"):
        assert volume_ml(fine, organ) == pytest.approx(volume_ml(torso, organ), rel=0.06)
        assert np.allclose(centre_mm(fine, organ), centre_mm(torso, organ), atol=2.5)


def test_deep_breath_lowers_the_liver_but_not_the_spine(torso: Torso) -> None:
    deep = make_torso(7, (4.0, 4.0, 4.0), arms="up", state=BodyState(breathing_mm=15.0))
    assert 6.0 < centre_mm(torso, "liver")[2] - centre_mm(deep, "liver")[2] < 20.0
    assert abs(centre_mm(torso, "lumbar_spine")[2] - centre_mm(deep, "lumbar_spine")[2]) < 1.0


def test_arms_down_widen_the_scan(torso: Torso) -> None:
    assert make_torso(7, (4.0, 4.0, 4.0), arms="down").labels.shape[2] > torso.labels.shape[2] + 40


def test_the_skin_closes_the_body(torso: Torso) -> None:
    middle = torso.labels[torso.labels.shape[0] // 2]
    row = middle[middle.shape[0] // 2]
    inside = np.flatnonzero(row)
    assert is_one_of(row[inside[[0, -1]]], "skin", "subcutaneous_fat").all()
    assert CODE["skin"] in torso.labels

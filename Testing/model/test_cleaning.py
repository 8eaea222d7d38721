"""Separate small parts of organs go to what surrounds them."""

from __future__ import annotations

import numpy as np
import pytest

from DuOncoUnityLib.model.cleaning import remove_stray_parts

ORGANS = ("background", "lung", "liver", "bowel", "muscle")
LUNG, LIVER, BOWEL, MUSCLE = 1, 2, 3, 4
SPACINGS = [(3.0, 3.0, 3.0), (5.0, 0.8, 0.8), (1.25, 1.5, 1.0)]


def body(spacing_kji_mm: tuple[float, float, float]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Muscle everywhere but in the air in front of 30 mm; the positions of the voxels in mm."""
    shape = [round(150 / spacing) for spacing in spacing_kji_mm]
    position = np.meshgrid(*(np.arange(n) * s for n, s in zip(shape, spacing_kji_mm, strict=True)), indexing="ij")
    return np.where(position[1] < 30, 0, MUSCLE).astype(np.uint8), position


def ball(position: list[np.ndarray], centre_mm: tuple[float, float, float], radius_mm: float) -> np.ndarray:
    return sum((p - c) ** 2 for p, c in zip(position, centre_mm, strict=True)) <= radius_mm**2


@pytest.mark.parametrize("spacing", SPACINGS)
def test_a_small_separate_part_becomes_what_surrounds_it(spacing):
    labels, position = body(spacing)
    liver, stray, blanket = (ball(position, (75, 90, 50), 30), ball(position, (75, 90, 120), 10),
                             ball(position, (75, 15, 100), 9))
    labels[liver | stray | blanket] = LIVER
    remove_stray_parts(labels, spacing, ORGANS)
    assert (labels[liver] == LIVER).all()
    # a tip thinner than the coarse grid may stay
    assert (labels[stray] == MUSCLE).mean() > 0.998
    assert (labels[blanket] == 0).mean() > 0.998


@pytest.mark.parametrize("spacing", SPACINGS)
def test_a_blanket_on_the_skin_is_no_lung_however_large(spacing):
    labels, position = body(spacing)
    lung = ball(position, (75, 90, 75), 30)
    blanket = (position[1] >= 18) & (position[1] < 30) & (position[0] > 20) & (position[0] < 130)
    labels[lung | blanket] = LUNG
    remove_stray_parts(labels, spacing, ORGANS)
    assert (labels[lung] == LUNG).all()
    assert (labels[blanket] == LUNG).mean() < 0.002


@pytest.mark.parametrize("spacing", SPACINGS)
def test_the_smaller_lung_stays(spacing):
    labels, position = body(spacing)
    lungs = ball(position, (75, 90, 40), 30) | ball(position, (75, 90, 115), 14)
    labels[lungs] = LUNG
    expected = labels.copy()
    remove_stray_parts(labels, spacing, ORGANS)
    np.testing.assert_array_equal(labels, expected)


def test_organs_of_many_parts_are_left_alone():
    labels, position = body((3.0, 3.0, 3.0))
    labels[ball(position, (75, 90, 50), 30) | ball(position, (75, 90, 120), 6)] = BOWEL
    expected = labels.copy()
    remove_stray_parts(labels, (3.0, 3.0, 3.0), ORGANS)
    np.testing.assert_array_equal(labels, expected)


def test_flipped_and_permuted_storage_gives_the_same():
    labels, position = body((5.0, 1.5, 3.0))
    labels[ball(position, (75, 90, 50), 30) | ball(position, (75, 80, 120), 8)] = LIVER
    turned = np.ascontiguousarray(labels.transpose(2, 0, 1))[::-1]
    remove_stray_parts(labels, (5.0, 1.5, 3.0), ORGANS)
    remove_stray_parts(turned, (3.0, 5.0, 1.5), ORGANS)
    np.testing.assert_array_equal(turned[::-1].transpose(1, 2, 0), labels)


def test_nothing_is_changed_where_nothing_was_found():
    labels = np.zeros((4, 5, 6), dtype=np.uint8)
    remove_stray_parts(labels, (3.0, 3.0, 3.0), ORGANS)
    assert not labels.any()

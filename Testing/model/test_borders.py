"""Borders lie where the density says: half-way between lung and soft tissue, and between fat and what is no fat."""

from __future__ import annotations

import numpy as np
import pytest

from DuOncoUnityLib.model.borders import DEPTH_MM, sharpen_borders

ORGANS = ("background", "lung", "liver", "muscle", "subcutaneous_tissue", "peritoneum_retroperitoneum", "bowel")
LUNG, LIVER, MUSCLE, SUBCUTANEOUS, PERITONEUM, BOWEL = 1, 2, 3, 4, 5, 6
SPACINGS = [(3.0, 3.0, 3.0), (5.0, 0.7, 0.7), (2.5, 1.4, 1.4)]


def chest(spacing_kji_mm: tuple[float, float, float], true_mm: float, found_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Lung in front of two borders across the rows: of the density and of the labels; muscle behind."""
    shape = [round(60 / spacing) for spacing in spacing_kji_mm]
    depth = np.broadcast_to((np.arange(shape[1]) * spacing_kji_mm[1])[None, :, None], shape)
    return (np.where(depth < found_mm, LUNG, MUSCLE).astype(np.uint8),
            np.where(depth < true_mm, -850, 50).astype(np.int16))


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("error_mm", [DEPTH_MM - 0.1, 0.1 - DEPTH_MM])
def test_a_border_that_is_off_by_half_a_voxel_of_the_network_is_put_right(spacing, error_mm):
    labels, hu = chest(spacing, true_mm=30.0, found_mm=30.0 + error_mm)
    sharpen_borders(labels, hu, spacing, ORGANS)
    np.testing.assert_array_equal(labels == LUNG, hu < -400)
    assert (labels[hu > -400] == MUSCLE).all()


@pytest.mark.parametrize("spacing", SPACINGS)
def test_consolidated_lung_stays_but_for_its_border(spacing):
    labels, hu = chest(spacing, true_mm=10.0, found_mm=40.0)
    before = labels.copy()
    sharpen_borders(labels, hu, spacing, ORGANS)
    lost_mm = (before != labels).sum(axis=1) * spacing[1]
    assert (lost_mm <= DEPTH_MM + spacing[1] / 2).all()


def test_vessels_and_nodules_inside_stay_lung():
    labels, hu = chest((1.0, 1.0, 1.0), true_mm=40.0, found_mm=40.0)
    hu[20:30, 15:25, 20:30] = 60
    before = labels.copy()
    sharpen_borders(labels, hu, (1.0, 1.0, 1.0), ORGANS)
    np.testing.assert_array_equal(labels, before)


def test_the_voxels_go_to_the_organ_that_they_touch():
    labels, hu = np.full((3, 9, 9), LUNG, np.uint8), np.full((3, 9, 9), -850, np.int16)
    labels[:, :, 6:] = LIVER
    hu[:, :, 5:] = 60
    sharpen_borders(labels, hu, (1.0, 1.0, 1.0), ORGANS)
    assert (labels[:, :, 5:] == LIVER).all() and (labels[:, :, :5] == LUNG).all()


def test_thick_slices_are_not_trimmed_along_the_patient():
    labels, hu = np.full((6, 5, 5), LUNG, np.uint8), np.full((6, 5, 5), -850, np.int16)
    labels[4:] = LIVER
    hu[3:] = 60
    sharpen_borders(labels, hu, (5.0, 1.0, 1.0), ORGANS)
    assert (labels[:4] == LUNG).all(), "a slice of 5 mm is more than the network can be wrong by"


def test_the_end_of_the_scan_is_no_border():
    labels, hu = np.full((4, 4, 4), LUNG, np.uint8), np.full((4, 4, 4), 60, np.int16)
    sharpen_borders(labels, hu, (1.0, 1.0, 1.0), ORGANS)
    assert (labels == LUNG).all()


def test_without_lungs_nothing_happens():
    labels, hu = np.full((4, 4, 4), LIVER, np.uint8), np.full((4, 4, 4), 60, np.int16)
    sharpen_borders(labels, hu, (1.0, 1.0, 1.0), ORGANS)
    sharpen_borders(labels, hu, (1.0, 1.0, 1.0), ("background", "spine"))
    assert (labels == LIVER).all()


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("error_mm", [DEPTH_MM - 0.1, 0.1 - DEPTH_MM])
def test_fat_under_the_skin_ends_where_the_muscle_begins(spacing, error_mm):
    labels, hu = chest(spacing, true_mm=30.0, found_mm=30.0 + error_mm)
    labels[labels == LUNG] = SUBCUTANEOUS
    hu[hu == -850] = -100
    sharpen_borders(labels, hu, spacing, ORGANS)
    np.testing.assert_array_equal(labels == MUSCLE, hu == 50)


def test_fat_deep_in_a_muscle_stays_in_it():
    labels, hu = chest((1.0, 1.0, 1.0), true_mm=30.0, found_mm=30.0)
    labels[labels == LUNG] = PERITONEUM
    hu[hu == -850] = -100
    hu[20:30, 40:50, 20:30] = -90
    before = labels.copy()
    sharpen_borders(labels, hu, (1.0, 1.0, 1.0), ORGANS)
    np.testing.assert_array_equal(labels, before)


def bowel_in_fat(spacing: tuple[float, float, float], wall_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Bowel from 30 mm on, behind fat; its wall has the density of soft tissue from `wall_mm` on."""
    labels, hu = chest(spacing, true_mm=wall_mm, found_mm=30.0)
    labels[labels == LUNG], labels[labels == MUSCLE] = PERITONEUM, BOWEL
    hu[hu == -850] = -100
    return labels, hu


@pytest.mark.parametrize("spacing", SPACINGS)
def test_bowel_ends_where_the_fat_around_it_begins(spacing):
    labels, hu = bowel_in_fat(spacing, wall_mm=30.0 + DEPTH_MM - 0.1)
    sharpen_borders(labels, hu, spacing, ORGANS)
    np.testing.assert_array_equal(labels == BOWEL, hu == 50)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_a_thin_wall_before_gas_is_bowel_though_it_has_the_density_of_fat(spacing):
    labels, hu = bowel_in_fat(spacing, wall_mm=30.0)
    hu[labels == BOWEL] = -900
    wall = (labels == BOWEL) & np.roll(labels == PERITONEUM, 1, axis=1)
    hu[wall] = -80
    before = labels.copy()
    sharpen_borders(labels, hu, spacing, ORGANS)
    np.testing.assert_array_equal(labels, before)


def test_bowel_keeps_its_fatty_content_and_fat_its_vessels():
    labels, hu = bowel_in_fat((1.0, 1.0, 1.0), wall_mm=30.0)
    hu[:, 33:, :] = -60
    hu[:, 27:29, 10:20] = 60
    before = labels.copy()
    sharpen_borders(labels, hu, (1.0, 1.0, 1.0), ORGANS)
    np.testing.assert_array_equal(labels, before)


def test_the_storage_of_the_scan_changes_nothing(awkward_geometry):
    """Borders are drawn on views in patient order."""
    rng = np.random.default_rng(3)
    labels = rng.integers(0, len(ORGANS), awkward_geometry.shape).astype(np.uint8)
    hu = rng.choice([-850, -100, 50], awkward_geometry.shape).astype(np.int16)
    geometry = awkward_geometry.to_patient_order(labels)[1]
    ordered, ordered_hu = (awkward_geometry.to_patient_order(array)[0].copy() for array in (labels, hu))
    sharpen_borders(ordered, ordered_hu, geometry.spacing_mm[::-1], ORGANS)
    view, view_hu = (awkward_geometry.to_patient_order(array)[0] for array in (labels, hu))
    sharpen_borders(view, view_hu, geometry.spacing_mm[::-1], ORGANS)
    np.testing.assert_array_equal(awkward_geometry.to_patient_order(labels)[0], ordered)

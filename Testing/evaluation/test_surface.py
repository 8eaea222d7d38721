"""Surface distances: by hand on simple shapes, on awkward grids, and against MONAI."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
import torch
from monai.metrics import compute_average_surface_distance, compute_hausdorff_distance, compute_surface_dice
from scipy.spatial.distance import cdist

from DuOncoUnityLib.evaluation.overlap import dice
from DuOncoUnityLib.evaluation.surface import surface_agreement, surface_points
from DuOncoUnityLib.geometry import Geometry

from .conftest import ball, middle_mm

THICK = Geometry((20, 40, 40), (0.8, 1.2, 5.0), (3.0, -7.0, 11.0))


def shifted_boxes(geometry: Geometry, shift: int, axis: int) -> tuple[np.ndarray, np.ndarray]:
    first = np.zeros(geometry.shape, bool)
    first[5:13, 6:16, 7:18] = True
    return first, np.roll(first, shift, axis)


def test_dice_of_half_overlapping_masks_is_a_half() -> None:
    first, second = np.zeros((2, 4, 4), bool), np.zeros((2, 4, 4), bool)
    first[0, :2], second[0, 1:3] = True, True
    assert dice(first, second) == pytest.approx(0.5)
    assert dice(first, first) == 1.0
    assert dice(first, ~first) == 0.0
    assert dice(first & False, first & False) == 1.0


def test_a_mask_agrees_with_itself(awkward_geometry: Geometry) -> None:
    mask = ball(awkward_geometry, middle_mm(awkward_geometry), 9.0)
    agreement = surface_agreement(mask, mask, awkward_geometry, 0.0)
    assert agreement is not None
    assert (agreement.mean_mm, agreement.hd95_mm, agreement.surface_dice) == (0.0, 0.0, 1.0)


def test_an_empty_mask_has_no_surface(awkward_geometry: Geometry) -> None:
    mask = ball(awkward_geometry, middle_mm(awkward_geometry), 9.0)
    assert surface_agreement(mask, mask & False, awkward_geometry, 1.0) is None
    assert surface_agreement(mask & False, mask & False, awkward_geometry, 1.0) is None


def test_a_single_voxel_moved_by_n_slices_is_n_slice_distances_away(awkward_geometry: Geometry) -> None:
    first, second = np.zeros((2, *awkward_geometry.shape), bool)
    first[4, 5, 6], second[7, 5, 6] = True, True
    agreement = surface_agreement(first, second, awkward_geometry, 2.0)
    assert agreement is not None
    assert agreement.mean_mm == pytest.approx(3 * awkward_geometry.spacing_mm[2])
    assert agreement.hd95_mm == pytest.approx(3 * awkward_geometry.spacing_mm[2])
    assert agreement.surface_dice == 0.0


def test_concentric_balls_are_as_far_apart_as_their_radii_differ(awkward_geometry: Geometry) -> None:
    small, large = (ball(awkward_geometry, middle_mm(awkward_geometry), radius) for radius in (6.0, 12.0))
    agreement = surface_agreement(small, large, awkward_geometry, 7.5)
    assert agreement is not None
    assert agreement.mean_mm == pytest.approx(6.0, abs=1.0)
    assert agreement.surface_dice > 0.95


def test_the_tolerance_includes_its_limit() -> None:
    first, second = shifted_boxes(THICK, 1, 0)
    assert surface_agreement(first, second, THICK, 5.0).surface_dice == 1.0  # type: ignore[union-attr]
    assert surface_agreement(first, second, THICK, 4.9).surface_dice < 1.0  # type: ignore[union-attr]


def test_the_border_of_the_scan_is_a_surface() -> None:
    points = surface_points(np.ones((3, 3, 3), bool), Geometry((3, 3, 3), (1.0, 1.0, 1.0)))
    assert len(points) == 26


def test_storage_order_changes_nothing(awkward_geometry: Geometry) -> None:
    centre = middle_mm(awkward_geometry)
    masks = [ball(awkward_geometry, centre + shift, 8.0) for shift in (0.0, 2.5)]
    ordered = [awkward_geometry.to_patient_order(mask) for mask in masks]
    as_stored = surface_agreement(*masks, awkward_geometry, 1.0)
    in_order = surface_agreement(ordered[0][0], ordered[1][0], ordered[0][1], 1.0)
    assert as_stored is not None and in_order is not None
    assert astuple(as_stored) == pytest.approx(astuple(in_order))


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_the_definition_written_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    masks = [ball(THICK, middle_mm(THICK) + rng.uniform(-6, 6, 3), rng.uniform(4, 14)) for _ in range(2)]
    first, second = (surface_points(mask, THICK) for mask in masks)
    distances = cdist(first, second)
    there, back = distances.min(1), distances.min(0)
    agreement = surface_agreement(*masks, THICK, 2.1)
    assert agreement is not None
    assert agreement.mean_mm == pytest.approx((there.sum() + back.sum()) / (len(there) + len(back)))
    assert agreement.hd95_mm == pytest.approx(max(np.percentile(there, 95), np.percentile(back, 95)))
    within = np.count_nonzero(there <= 2.1) + np.count_nonzero(back <= 2.1)
    assert agreement.surface_dice == pytest.approx(within / (len(there) + len(back)))


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_monai(seed: int) -> None:
    rng = np.random.default_rng(seed)
    masks = [ball(THICK, middle_mm(THICK) + rng.uniform(-6, 6, 3), rng.uniform(4, 14)) for _ in range(2)]
    first, second = (torch.from_numpy(np.stack((~mask, mask)))[None].float() for mask in masks)
    spacing = THICK.spacing_mm[::-1]
    agreement = surface_agreement(*masks, THICK, 2.1)
    assert agreement is not None
    assert agreement.mean_mm == pytest.approx(float(
        compute_average_surface_distance(first, second, symmetric=True, spacing=spacing)), abs=1e-4)
    assert agreement.hd95_mm == pytest.approx(float(
        compute_hausdorff_distance(first, second, percentile=95, spacing=spacing)), abs=1e-4)
    assert agreement.surface_dice == pytest.approx(float(
        compute_surface_dice(first, second, [2.1], spacing=spacing)), abs=1e-4)

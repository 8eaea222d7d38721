"""Resampling keeps places and densities: linear where the grid is finer, averaged where it is coarser."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.model.sampling import Grid, nearest, resample_hu

SHAPE = (20, 37, 41)
VOXEL_MM = (5.0, 0.9, 1.3)  # S, P, L
WHOLE = (slice(0, 20), slice(0, 37), slice(0, 41))


@given(st.integers(1, 600), st.floats(0.5, 10), st.floats(1, 6))
def test_a_grid_covers_its_box_and_is_centred_on_it(voxels: int, voxel_mm: float, spacing_mm: float) -> None:
    grid = Grid.covering((slice(7, 7 + voxels),) * 3, (voxel_mm,) * 3, spacing_mm)
    low = (grid.positions(0)[0] - 7 + 0.5) * voxel_mm
    high = (7 + voxels - 0.5 - grid.positions(0)[-1]) * voxel_mm
    assert low == pytest.approx(high, abs=1e-6)
    assert 0 < low <= spacing_mm / 2 + 1e-5
    assert grid.step[0] * voxel_mm == pytest.approx(spacing_mm)


@pytest.mark.parametrize("spacing_mm", [0.7, 1.5, 3.0, 8.0])
def test_a_linear_density_stays_where_it_is(spacing_mm: float) -> None:
    z, y, x = np.meshgrid(*[np.arange(n) * mm for n, mm in zip(SHAPE, VOXEL_MM, strict=True)], indexing="ij")
    grid = Grid.covering(WHOLE, VOXEL_MM, spacing_mm)
    found = resample_hu((5 * z - 9 * y + 7 * x).astype(np.int16), grid)
    z, y, x = np.meshgrid(*[grid.positions(axis) * VOXEL_MM[axis] for axis in range(3)], indexing="ij")
    complete = np.ones(grid.shape, dtype=bool)  # where the filter lies on the scan as a whole
    for position, size, voxel_mm in zip((z, y, x), SHAPE, VOXEL_MM, strict=True):
        reach = (spacing_mm + voxel_mm) / 2 if spacing_mm > voxel_mm else 0
        complete &= (position >= reach) & (position <= (size - 1) * voxel_mm - reach)
    assert complete.any()
    assert np.abs(found - (5 * z - 9 * y + 7 * x))[complete].max() <= 1.51


def test_interpolation_is_that_of_itk() -> None:
    hu = np.random.default_rng(0).integers(-1000, 1000, SHAPE).astype(np.int16)
    grid = Grid.covering((slice(2, 18), slice(4, 30), slice(6, 35)), VOXEL_MM, 0.85)
    ct = Geometry(SHAPE, VOXEL_MM[::-1], (10.0, -20.0, 30.0))
    target = grid.geometry(ct)
    image = sitk.Cast(ct.to_sitk(hu), sitk.sitkFloat32)
    expected = sitk.GetArrayFromImage(sitk.Resample(image, target.to_sitk(np.zeros(target.shape)), sitk.Transform(),
                                                    sitk.sitkLinear))
    assert np.abs(resample_hu(hu, grid) - expected).max() <= 0.51


def test_thin_slices_are_averaged() -> None:
    noise = np.random.default_rng(0).normal(0, 100, (120, 60, 60)).astype(np.int16)
    grid = Grid.covering((slice(0, 120), slice(0, 60), slice(0, 60)), (0.75,) * 3, 3.0)
    found = resample_hu(noise, grid)
    assert found.shape == (30, 15, 15)
    assert found.std() < 100 / 6
    assert abs(found.mean()) < 2


def test_a_constant_stays_constant_up_to_the_edges() -> None:
    for spacing_mm in (0.6, 2.0, 7.0):
        found = resample_hu(np.full(SHAPE, -777, dtype=np.int16), Grid.covering(WHOLE, VOXEL_MM, spacing_mm))
        assert (found == -777).all()


def test_flipped_and_permuted_storage_gives_the_same_numbers() -> None:
    hu = np.random.default_rng(0).integers(-1000, 1000, SHAPE).astype(np.int16)
    stored = np.ascontiguousarray(hu.transpose(2, 0, 1)[::-1, :, ::-1])
    view = stored[::-1, :, ::-1].transpose(1, 2, 0)
    grid = Grid.covering(WHOLE, VOXEL_MM, 1.5)
    assert np.array_equal(resample_hu(view, grid), resample_hu(hu, grid))


def test_a_single_slice_can_be_resampled() -> None:
    hu = np.arange(36, dtype=np.int16).reshape(1, 6, 6)
    grid = Grid.covering((slice(0, 1), slice(0, 6), slice(0, 6)), (4.0, 1.0, 1.0), 2.0)
    assert resample_hu(hu, grid).shape == (2, 3, 3)


def test_a_mask_moves_between_grids_in_place(awkward_geometry: Geometry) -> None:
    box = tuple(slice(0, n) for n in awkward_geometry.shape)
    voxel_mm = awkward_geometry.spacing_mm[::-1]
    coarse, fine = (Grid.covering(box, voxel_mm, spacing_mm) for spacing_mm in (2.0, 1.0))
    centre = awkward_geometry.index_to_world((np.array(awkward_geometry.shape[::-1]) - 1) / 2)

    def ball(grid: Grid) -> np.ndarray:
        geometry = grid.geometry(awkward_geometry)
        indices = np.stack(np.meshgrid(*[np.arange(n) for n in grid.shape], indexing="ij")[::-1], axis=-1)
        return np.linalg.norm(geometry.index_to_world(indices) - centre, axis=-1) < 10

    moved = nearest(ball(coarse), coarse, fine)
    expected = ball(fine)
    assert 2 * (moved & expected).sum() / (moved.sum() + expected.sum()) > 0.9

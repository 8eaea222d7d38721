"""Geometry: where voxels lie, in every storage order."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from DuOncoUnityLib.geometry import Geometry, voxels_within


def test_index_and_world_agree_with_itk(awkward_geometry: Geometry) -> None:
    image = awkward_geometry.to_sitk(np.zeros(awkward_geometry.shape, np.int16))
    for ijk in [(0, 0, 0), (33, 25, 17), (5, 11, 2)]:
        expected = image.TransformIndexToPhysicalPoint(ijk)
        np.testing.assert_allclose(awkward_geometry.index_to_world(ijk), expected, atol=1e-6)
        np.testing.assert_allclose(awkward_geometry.world_to_index(expected), ijk, atol=1e-6)


def test_survives_the_way_through_itk(awkward_geometry: Geometry) -> None:
    image = awkward_geometry.to_sitk(np.zeros(awkward_geometry.shape, np.int16))
    assert Geometry.from_sitk(image).same_grid(awkward_geometry)


def test_patient_order_is_a_view_that_runs_to_superior_posterior_left(awkward_geometry: Geometry) -> None:
    rng = np.random.default_rng(0)
    array = rng.integers(0, 1000, awkward_geometry.shape)
    view, geometry = awkward_geometry.to_patient_order(array)
    assert np.shares_memory(view, array)
    assert geometry.patient_axes == (0, 1, 2)
    assert np.all(np.diag(np.reshape(geometry.direction, (3, 3))) > 0.5)
    for _ in range(20):
        kji = tuple(int(rng.integers(n)) for n in view.shape)
        original = np.rint(awkward_geometry.world_to_index(geometry.index_to_world(kji[::-1]))).astype(int)
        assert view[kji] == array[tuple(original[::-1])]


def test_patient_order_agrees_with_itk_orientation(awkward_geometry: Geometry) -> None:
    array = np.random.default_rng(1).integers(0, 1000, awkward_geometry.shape).astype(np.int16)
    oriented = sitk.DICOMOrient(awkward_geometry.to_sitk(array), "LPS")
    view, geometry = awkward_geometry.to_patient_order(array)
    np.testing.assert_array_equal(view, sitk.GetArrayFromImage(oriented))
    assert Geometry.from_sitk(oriented).same_grid(geometry)


def test_axial_axis_is_the_one_nearest_to_superior(awkward_geometry: Geometry) -> None:
    image = awkward_geometry.to_sitk(np.zeros(awkward_geometry.shape, np.int16))
    direction = np.reshape(image.GetDirection(), (3, 3))
    assert awkward_geometry.axial_axis == 2 - int(np.argmax(np.abs(direction[2])))


def test_crop_keeps_voxels_where_they_were(awkward_geometry: Geometry) -> None:
    block = awkward_geometry.crop((3, 5, 7), (4, 4, 4))
    np.testing.assert_allclose(block.index_to_world((1, 2, 3)), awkward_geometry.index_to_world((8, 7, 6)))
    outside = awkward_geometry.crop((-2, 0, 0), (4, 4, 4))
    np.testing.assert_allclose(outside.index_to_world((0, 0, 2)), awkward_geometry.index_to_world((0, 0, 0)))


def test_a_shifted_grid_is_not_the_same(awkward_geometry: Geometry) -> None:
    moved = Geometry(awkward_geometry.shape, awkward_geometry.spacing_mm, (-123.4, 56.7, -889.9),
                     awkward_geometry.direction)
    assert not moved.same_grid(awkward_geometry)
    assert awkward_geometry.same_grid(awkward_geometry)


def test_a_block_in_patient_order_finds_back_to_its_place(awkward_geometry: Geometry) -> None:
    array = np.random.default_rng(1).integers(0, 1000, awkward_geometry.shape)
    view, _ = awkward_geometry.to_patient_order(array)
    box = (slice(2, 9), slice(5, 11), slice(1, 8))
    block, place = awkward_geometry.from_patient_order(view[box], box)
    np.testing.assert_array_equal(array[place], block)


@pytest.mark.parametrize(("spacing_mm", "expected"), [
    (0.7, 2), (1.4, 1), (2.9999, 1), (3.0, 1), (3.0000001, 1), (5.0, 0)])
def test_a_rounded_spacing_does_not_change_the_voxels_within_a_depth(spacing_mm: float, expected: int) -> None:
    assert voxels_within(1.5, spacing_mm) == expected

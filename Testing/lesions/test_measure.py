"""Measurements of one lesion: right on analytic shapes, the same in every storage order, and near a radiologist's."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from scipy.spatial.transform import Rotation

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.components import Box
from DuOncoUnityLib.lesions.measure import measure_lesion
from DuOncoUnityLib.records.model import Measurement

OBLIQUE = (0.9848078, -0.1736482, 0.0, 0.1710101, 0.9698463, -0.1736482, 0.0301537, 0.1710101, 0.9848078)


def measure(mask: np.ndarray, geometry: Geometry, hu: np.ndarray | None = None) -> Measurement:
    """Measure a mask on the whole grid, as the library does it: cut to its box."""
    box: Box = ndimage.find_objects(mask.astype(np.uint8))[0]
    return measure_lesion(mask[box], box, CTVolume(np.zeros(mask.shape, np.int16) if hu is None else hu, geometry))


def digitise(geometry: Geometry, inside: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Voxels whose centre (LPS mm) lies inside a shape."""
    ijk = np.stack(np.indices(geometry.shape)[::-1], axis=-1)
    return inside(geometry.index_to_world(ijk))


def middle(geometry: Geometry) -> np.ndarray:
    return geometry.index_to_world((np.array(geometry.shape[::-1]) - 1) / 2)


def pixel_mm(geometry: Geometry) -> float:
    """The longer side of a pixel of the axial slices."""
    return max(np.delete(geometry.spacing_mm[::-1], geometry.axial_axis))


def ellipsoid_mask(geometry: Geometry, radii_mm: tuple[float, float, float]) -> np.ndarray:
    """An ellipsoid along L, P and S around the middle of the grid."""
    return digitise(geometry, lambda lps: (np.square((lps - middle(geometry)) / radii_mm)).sum(-1) <= 1)


def test_sphere(awkward_geometry: Geometry) -> None:
    measurement = measure(ellipsoid_mask(awkward_geometry, (9.0, 9.0, 9.0)), awkward_geometry)
    assert measurement.volume_ml == pytest.approx(4 / 3 * np.pi * 0.9 ** 3, rel=0.05)
    assert measurement.long_axis.length_mm == pytest.approx(18.0, abs=pixel_mm(awkward_geometry))
    assert measurement.short_axis.length_mm == pytest.approx(18.0, abs=pixel_mm(awkward_geometry))
    np.testing.assert_allclose(measurement.centroid_lps_mm, middle(awkward_geometry), atol=1e-6)


def test_ellipsoid_at_isotropic_spacing() -> None:
    geometry = Geometry((40, 40, 60), (0.5, 0.5, 0.5), (10.0, -20.0, 30.0))
    measurement = measure(ellipsoid_mask(geometry, (12.0, 7.0, 8.0)), geometry)
    assert measurement.volume_ml == pytest.approx(4 / 3 * np.pi * 1.2 * 0.7 * 0.8, rel=0.01)
    assert measurement.long_axis.length_mm == pytest.approx(24.0, abs=0.5)
    assert measurement.short_axis.length_mm == pytest.approx(14.0, abs=0.5)
    start, end = np.array(measurement.long_axis.start_lps_mm), np.array(measurement.long_axis.end_lps_mm)
    assert np.abs((end - start) / 24.0)[0] == pytest.approx(1.0, abs=0.03)


def test_axes_lie_in_the_axial_plane_also_when_the_lesion_is_longest_head_to_feet() -> None:
    geometry = Geometry((60, 40, 40), (0.7, 0.7, 1.0))
    measurement = measure(ellipsoid_mask(geometry, (6.0, 6.0, 28.0)), geometry)
    assert measurement.long_axis.length_mm == pytest.approx(12.0, abs=0.7)


def test_box_has_exact_volume_and_place(awkward_geometry: Geometry) -> None:
    mask = np.zeros(awkward_geometry.shape, bool)
    mask[3:9, 4:16, 5:25] = True
    measurement = measure(mask, awkward_geometry)
    assert measurement.voxel_count == 6 * 12 * 20
    assert measurement.volume_ml == pytest.approx(6 * 12 * 20 * 0.8 * 1.1 * 2.5 / 1000)
    assert measurement.bounding_box_ijk == (5, 4, 3, 24, 15, 8)
    centre = awkward_geometry.index_to_world((14.5, 9.5, 5.5))
    np.testing.assert_allclose(measurement.centroid_lps_mm, centre, atol=1e-6)
    sides_mm = np.delete(np.array([6 * 2.5, 12 * 1.1, 20 * 0.8]), awkward_geometry.axial_axis)
    assert measurement.long_axis.length_mm == pytest.approx(np.hypot(*sides_mm), abs=1e-6)


def test_a_long_cylinder_and_a_ragged_mask_are_measured_quickly() -> None:
    """A hundred equal slices, and slices with thousands of outline pieces."""
    geometry = Geometry((100, 120, 120), (1.0, 1.0, 1.0))
    j, i = np.ogrid[-60:60, -60:60]
    cylinder = np.broadcast_to(np.hypot(j, i) < 50, geometry.shape)
    ragged = np.random.default_rng(0).random((2, 80, 80)) < 0.5
    started = time.process_time()
    assert measure(cylinder, geometry).long_axis.length_mm == pytest.approx(100.0, abs=1.0)
    assert measure(ragged, Geometry(ragged.shape, (1.0, 1.0, 1.0))).long_axis.length_mm > 105
    assert time.process_time() - started < 1.5


def test_single_voxel(awkward_geometry: Geometry) -> None:
    mask = np.zeros(awkward_geometry.shape, bool)
    mask[7, 8, 9] = True
    measurement = measure(mask, awkward_geometry, np.full(mask.shape, -33, np.int16))
    assert measurement.voxel_count == 1
    assert (measurement.mean_hu, measurement.sd_hu) == (-33.0, 0.0)
    assert measurement.seed_ijk == (9, 8, 7)
    sides_mm = np.delete(np.array([2.5, 1.1, 0.8]), awkward_geometry.axial_axis)
    diagonal_mm = np.hypot(*sides_mm)
    assert measurement.long_axis.length_mm == pytest.approx(diagonal_mm)
    assert measurement.short_axis.length_mm == pytest.approx(sides_mm.min() * diagonal_mm / sides_mm.max())


def test_density_is_mean_and_population_sd() -> None:
    geometry = Geometry((6, 7, 8), (1.0, 1.0, 2.0))
    rng = np.random.default_rng(0)
    hu = rng.integers(-1024, 3071, geometry.shape).astype(np.int16)
    mask = rng.random(geometry.shape) < 0.5
    measurement = measure(mask, geometry, hu)
    assert measurement.mean_hu == pytest.approx(hu[mask].mean(dtype=float), rel=1e-12)
    assert measurement.sd_hu == pytest.approx(hu[mask].std(dtype=float), rel=1e-12)


def test_calipers_are_as_long_as_their_end_points_are_apart(awkward_geometry: Geometry) -> None:
    measurement = measure(ellipsoid_mask(awkward_geometry, (10.0, 6.0, 9.0)), awkward_geometry)
    directions = []
    for caliper in (measurement.long_axis, measurement.short_axis):
        line = np.array(caliper.end_lps_mm) - caliper.start_lps_mm
        assert np.linalg.norm(line) == pytest.approx(caliper.length_mm, rel=1e-5)
        directions.append(line / np.linalg.norm(line))
    assert np.dot(*directions) == pytest.approx(0.0, abs=1e-5)


def test_seed_is_deep_inside_a_ring() -> None:
    geometry = Geometry((5, 40, 40), (1.0, 1.0, 1.0))
    lps = geometry.index_to_world(np.stack(np.indices(geometry.shape)[::-1], axis=-1)) - middle(geometry)
    radius = np.hypot(lps[..., 0], lps[..., 1])
    mask = (radius < 18) & (radius > 10)
    i, j, k = measure(mask, geometry).seed_ijk
    assert mask[k, j, i]
    assert radius[k, j, i] == pytest.approx(14.0, abs=1.5)


@st.composite
def blobs(draw: st.DrawFn) -> np.ndarray:
    shape = draw(st.tuples(st.integers(1, 5), st.integers(1, 9), st.integers(1, 9)))
    mask = np.random.default_rng(draw(st.integers(0, 2 ** 32))).random(shape) < draw(st.floats(0.1, 1.0))
    mask[tuple(n // 2 for n in shape)] = True
    return mask


@st.composite
def geometries(draw: st.DrawFn) -> Geometry:
    """Any spacing, place and direction."""
    spacing = draw(st.tuples(*[st.floats(0.3, 6.0)] * 3))
    turn = Rotation.random(random_state=draw(st.integers(0, 2**32 - 1))).as_matrix()
    axes, signs = draw(st.permutations([0, 1, 2])), draw(st.tuples(*[st.sampled_from([-1.0, 1.0])] * 3))
    return Geometry((20, 22, 24), spacing, draw(st.tuples(*[st.floats(-500, 500)] * 3)),
                    tuple((turn[:, axes] * signs).ravel()))


@settings(max_examples=80, deadline=None)
@given(geometries(), st.tuples(*[st.integers(0, 8)] * 3), st.tuples(*[st.integers(1, 12)] * 3))
def test_a_box_is_exact_at_any_spacing_and_direction(geometry: Geometry, start: tuple[int, ...],
                                                     size: tuple[int, ...]) -> None:
    mask = np.zeros(geometry.shape, bool)
    mask[tuple(slice(a, a + n) for a, n in zip(start, size, strict=True))] = True
    measurement = measure(mask, geometry)
    sides_mm = np.array(size) * geometry.spacing_mm[::-1]
    short_side, long_side = sorted(np.delete(sides_mm, geometry.axial_axis))
    diagonal = np.hypot(short_side, long_side)
    assert measurement.volume_ml == pytest.approx(np.prod(sides_mm) / 1000, rel=1e-9)
    assert measurement.long_axis.length_mm == pytest.approx(diagonal, abs=1e-6)
    assert measurement.short_axis.length_mm == pytest.approx(short_side * diagonal / long_side, abs=1e-5)
    # the ends of the diagonal are two opposite corners of the box in the world
    centre = geometry.index_to_world((np.array(start) + (np.array(size) - 1) / 2)[::-1])
    middle_of_axis = (np.array(measurement.long_axis.start_lps_mm) + measurement.long_axis.end_lps_mm) / 2
    off_centre = np.abs((middle_of_axis - centre) @ np.array(geometry.direction).reshape(3, 3))
    assert np.delete(off_centre, 2 - geometry.axial_axis) == pytest.approx(0, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(blobs(), st.permutations([0, 1, 2]), st.tuples(*[st.booleans()] * 3), st.integers(0, 1000))
def test_storage_order_does_not_change_the_numbers(mask: np.ndarray, order: list[int], flips: tuple[bool, ...],
                                                   seed: int) -> None:
    hu = np.random.default_rng(seed).integers(-1000, 1000, mask.shape).astype(np.int16)
    geometry = Geometry(mask.shape, (0.7, 0.9, 2.5), (-11.0, 22.0, 33.0), OBLIQUE)
    expected = measure(mask, geometry, hu)
    stored = geometry.to_sitk(hu), geometry.to_sitk(mask.astype(np.uint8))
    hu2, mask2 = (sitk.Flip(sitk.PermuteAxes(image, order), flips) for image in stored)
    actual = measure(sitk.GetArrayFromImage(mask2) > 0, Geometry.from_sitk(hu2), sitk.GetArrayFromImage(hu2))
    assert actual.voxel_count == expected.voxel_count
    assert (actual.mean_hu, actual.sd_hu) == (expected.mean_hu, expected.sd_hu)
    assert actual.volume_ml == pytest.approx(expected.volume_ml, rel=1e-12)
    assert actual.long_axis.length_mm == pytest.approx(expected.long_axis.length_mm, rel=1e-12)
    assert actual.short_axis.length_mm == pytest.approx(expected.short_axis.length_mm, rel=1e-9)
    for name in ("long_axis", "short_axis"):
        for end in ("start_lps_mm", "end_lps_mm"):
            points = [getattr(getattr(one, name), end) for one in (actual, expected)]
            np.testing.assert_allclose(*points, atol=1e-6)
    np.testing.assert_allclose(actual.centroid_lps_mm, expected.centroid_lps_mm, atol=1e-6)
    np.testing.assert_allclose(Geometry.from_sitk(hu2).index_to_world(actual.seed_ijk),
                               geometry.index_to_world(expected.seed_ijk), atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(blobs(), st.sampled_from([1, 2, 3]), st.booleans())
def test_turned_and_mirrored_patients_have_the_same_lengths(mask: np.ndarray, turns: int, mirror: bool) -> None:
    other = np.rot90(mask[:, :, ::-1] if mirror else mask, turns, axes=(1, 2))
    spacing = (0.8, 0.8, 3.0)
    first, second = measure(mask, Geometry(mask.shape, spacing)), measure(other, Geometry(other.shape, spacing))
    assert second.long_axis.length_mm == pytest.approx(first.long_axis.length_mm, rel=1e-9)
    assert second.short_axis.length_mm == pytest.approx(first.short_axis.length_mm, rel=1e-6)


@settings(max_examples=30, deadline=None)
@given(blobs(), st.floats(0.2, 5.0))
def test_lengths_and_volume_scale_with_the_patient(mask: np.ndarray, scale: float) -> None:
    first = measure(mask, Geometry(mask.shape, (0.8, 0.9, 3.0)))
    second = measure(mask, Geometry(mask.shape, (0.8 * scale, 0.9 * scale, 3.0 * scale)))
    assert second.long_axis.length_mm == pytest.approx(first.long_axis.length_mm * scale, rel=1e-9)
    assert second.short_axis.length_mm == pytest.approx(first.short_axis.length_mm * scale, rel=1e-6)
    assert second.volume_ml == pytest.approx(first.volume_ml * scale ** 3, rel=1e-9)


def test_agrees_with_a_radiologist(real_data: Path) -> None:
    """DeepLesion 000010_01_01 was measured 63.5 x 50.3 mm by hand; masks are drawn generously, 5 to 20 % larger."""
    slab = np.load(real_data / "slabs" / "CT_Lesion_000010_01_01_078-090.npz")
    mask = slab["gts"] > 0
    geometry = Geometry(mask.shape, tuple(slab["spacing"]), tuple(slab["origin"]), tuple(slab["direction"]))
    measurement = measure(mask, geometry)
    assert 1.0 <= measurement.long_axis.length_mm / 63.5 <= 1.2
    assert 1.0 <= measurement.short_axis.length_mm / 50.3 <= 1.2

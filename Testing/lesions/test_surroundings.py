"""A proposal and what lies around it are seen alike whatever the voxels, the direction and the storage order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.ct.checks import AIR_HU
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Geometry, Vector
from DuOncoUnityLib.lesions.components import BoolArray, Box
from DuOncoUnityLib.lesions.seen_scan import ProbabilityMap, SeenScan
from DuOncoUnityLib.lesions.surroundings import VIEW_VOXELS, Surroundings, surroundings_of

OBLIQUE = (0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, -1.0)
ORIGIN_MM = (-30.0, 50.0, 700.0)


def scan_geometry(spacing_mm: Vector, extent_mm: float = 90.0) -> Geometry:
    """An oblique, flipped scan of some extent."""
    k, j, i = (round(extent_mm / step) for step in spacing_mm[::-1])
    return Geometry((k, j, i), spacing_mm, ORIGIN_MM, OBLIQUE)


def distance_mm(geometry: Geometry) -> np.ndarray:
    """Of every voxel (k, j, i) from the middle of the grid."""
    kji = np.indices(geometry.shape) - (np.array(geometry.shape) - 1)[:, None, None, None] / 2
    return np.sqrt(((kji * np.array(geometry.spacing_mm[::-1])[:, None, None, None]) ** 2).sum(axis=0))


def ball(geometry: Geometry, radius_mm: float) -> tuple[BoolArray, Box]:
    """A ball in the middle, cut to its box."""
    mask = distance_mm(geometry) <= radius_mm
    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    return mask[box], box


def network_map(scan: Geometry, chance: np.ndarray | None = None, spacing_mm: float = 1.5) -> ProbabilityMap:
    """A map on isotropic voxels along the axes of the scan, with the same middle; probability 0 if none is given."""
    k, j, i = (round(n * step / spacing_mm) for n, step in zip(scan.shape, scan.spacing_mm[::-1], strict=True))
    middle = scan.index_to_world((np.array(scan.shape[::-1]) - 1) / 2)
    half = (np.array((i, j, k)) - 1) / 2 * spacing_mm
    x, y, z = middle - np.reshape(scan.direction, (3, 3)) @ half
    geometry = Geometry((k, j, i), (spacing_mm,) * 3, (float(x), float(y), float(z)), scan.direction)
    values = np.zeros(geometry.shape) if chance is None else chance
    return ProbabilityMap(np.rint(values * 255).astype(np.uint8), geometry)


def look(hu: np.ndarray, geometry: Geometry, chances: ProbabilityMap, radius_mm: float = 8.0,
         anatomy: LabelMap | None = None) -> Surroundings:
    """At a ball in the middle."""
    ct = CTVolume(hu.astype(np.int16), geometry)
    return surroundings_of(*ball(geometry, radius_mm), SeenScan(ct, chances, anatomy))


@given(st.tuples(*[st.floats(0.6, 5.0)] * 3), st.tuples(*[st.floats(-3.0, 3.0)] * 3))
def test_a_density_that_rises_along_the_patient_is_met_where_it_is(spacing_mm: Vector, slope: Vector) -> None:
    geometry = scan_geometry(spacing_mm)
    rising = geometry.index_to_world(np.indices(geometry.shape)[::-1].transpose(1, 2, 3, 0)) - ORIGIN_MM
    seen = look(np.rint(rising @ slope), geometry, network_map(geometry))
    middle_mm = geometry.index_to_world((np.array(geometry.shape[::-1]) - 1) / 2) - ORIGIN_MM
    around = (slice(VIEW_VOXELS // 2 - 8, VIEW_VOXELS // 2 + 8),) * 3
    # the view lies on the points of the map, the nearest of which is up to one off the middle; HU are whole numbers
    off_mm = 1.5 * np.sqrt(3.0)
    assert abs(seen.hu[around].mean() - middle_mm @ slope) <= off_mm * np.linalg.norm(slope) + 1.0
    steps = np.array([np.diff(seen.hu[around], axis=axis).mean() for axis in (2, 1, 0)])
    assert steps == pytest.approx(1.5 * np.reshape(OBLIQUE, (3, 3)).T @ slope, abs=0.3)


def test_noise_of_fine_voxels_is_averaged_as_the_network_averages_it() -> None:
    """Eight voxels of 0.75 mm lie in one of 1.5 mm."""
    rng = np.random.default_rng(1)
    spread = {}
    for voxel_mm in (0.75, 1.5):
        geometry = scan_geometry((voxel_mm,) * 3, 60.0)
        spread[voxel_mm] = look(rng.normal(40.0, 20.0, geometry.shape), geometry,
                                network_map(geometry)).density_spread_hu
    assert spread[0.75] < 0.55 * spread[1.5]
    assert spread[1.5] == pytest.approx(1.35 * 20.0, rel=0.35)  # IQR of a normal distribution; some interpolation


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 1.0), (0.7, 0.9, 3.0)])
def test_the_core_lies_away_from_the_uncertain_rim(spacing_mm: Vector) -> None:
    geometry = scan_geometry(spacing_mm)
    grid = network_map(geometry).geometry
    chance = np.where(distance_mm(grid) <= 6.0, 0.8, 0.2)
    seen = look(np.zeros(geometry.shape), geometry, network_map(geometry, chance), 10.0)
    assert seen.core_probability == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 1.0), (0.7, 0.9, 3.0)])
@pytest.mark.parametrize(("far_mm", "expected"), [(2.0, False), (7.0, True), (13.0, False)])
def test_around_is_from_4_to_10_mm(spacing_mm: Vector, far_mm: float, expected: bool) -> None:
    geometry = scan_geometry(spacing_mm)
    grid = network_map(geometry).geometry
    chance = (np.abs(distance_mm(grid) - 8.0 - far_mm) < 0.5) * 1.0
    seen = look(np.zeros(geometry.shape), geometry, network_map(geometry, chance))
    assert (seen.probability_around > 0.01) == expected


def test_hollow_organs_around_are_counted() -> None:
    geometry = scan_geometry((0.8, 0.8, 2.5))
    organs = np.ones(geometry.shape, np.uint8)
    organs[:, :, :geometry.shape[2] // 2] = 2
    anatomy = LabelMap(organs, geometry, {"liver": 1, "bladder": 2})
    hu = np.zeros(geometry.shape)
    assert look(hu, geometry, network_map(geometry), anatomy=anatomy).hollow_around == pytest.approx(0.5, abs=0.05)
    assert look(hu, geometry, network_map(geometry)).hollow_around == 0.0


@pytest.mark.parametrize(("hu", "expected"), [(60, 40.0), (140, 40.0), (400, 100.0), (100, 0.0)])
def test_contrast_to_the_organ_counts_brighter_and_darker_alike_up_to_100_hu(hu: int, expected: float) -> None:
    geometry = scan_geometry((0.8, 0.8, 2.5))
    density = np.where(distance_mm(geometry) <= 8.0, hu, 100)
    anatomy = LabelMap(np.ones(geometry.shape, np.uint8), geometry, {"liver": 1})
    seen = look(density, geometry, network_map(geometry), 7.0, anatomy)
    assert seen.organ_contrast_hu == pytest.approx(expected, abs=1.0)
    assert look(density, geometry, network_map(geometry)).organ_contrast_hu == 0.0


def test_spread_and_upper_density_are_those_of_the_proposal_alone() -> None:
    geometry = scan_geometry((1.5, 1.5, 1.5))
    density = np.where(distance_mm(geometry) <= 9.0, np.indices(geometry.shape)[0] % 2 * 100, 1000)
    seen = look(density, geometry, network_map(geometry), 7.0)
    assert (seen.density_spread_hu, seen.upper_density_hu) == (100.0, 100.0)


def test_the_storage_order_of_the_scan_changes_nothing() -> None:
    geometry = scan_geometry((0.7, 0.9, 3.0))
    rng = np.random.default_rng(2)
    hu = ndimage.gaussian_filter(rng.normal(0.0, 400.0, geometry.shape), 2).astype(np.int16)
    organs = rng.integers(0, 3, geometry.shape).astype(np.uint8)
    grid = network_map(geometry).geometry
    chances = ProbabilityMap(rng.integers(0, 256, grid.shape).astype(np.uint8), grid)
    mask, box = ball(geometry, 8.0)
    whole = np.zeros(geometry.shape, bool)
    whole[box] = mask
    names = {"liver": 1, "stomach": 2}
    stored = surroundings_of(mask, box, SeenScan(CTVolume(hu, geometry), chances, LabelMap(organs, geometry, names)))
    turned_hu, turned = geometry.to_patient_order(hu)
    turned_organs, turned_whole = (geometry.to_patient_order(array)[0] for array in (organs, whole))
    turned_box = ndimage.find_objects(turned_whole.astype(np.uint8))[0]
    scan = SeenScan(CTVolume(turned_hu, turned), chances, LabelMap(turned_organs, turned, names))
    other = surroundings_of(turned_whole[turned_box], turned_box, scan)
    assert np.array_equal(stored.mask, other.mask)
    assert np.array_equal(stored.probability, other.probability)
    np.testing.assert_allclose(stored.hu, other.hu, atol=0.01)
    np.testing.assert_allclose(stored.off_organ_hu, other.off_organ_hu, atol=0.01)
    assert np.array_equal(stored.hollow, other.hollow)


def test_beyond_the_scan_there_is_air_and_no_disease() -> None:
    geometry = Geometry((6, 6, 6), (1.5, 1.5, 1.5))
    certain = ProbabilityMap(np.full(geometry.shape, 255, np.uint8), geometry)
    ct = CTVolume(np.zeros(geometry.shape, np.int16), geometry)
    seen = surroundings_of(np.ones((6, 6, 6), bool), (slice(0, 6),) * 3, SeenScan(ct, certain))
    assert (seen.hu[0, 0, 0], seen.probability_around, seen.core_probability) == (AIR_HU, 0.0, 1.0)


def test_what_slips_between_the_points_of_the_grid_is_looked_at_where_it_is() -> None:
    geometry = Geometry((40, 40, 40), (0.5, 0.5, 0.5))
    coarse = ProbabilityMap(np.full((5, 5, 5), 255, np.uint8), Geometry((5, 5, 5), (4.0, 4.0, 4.0)))
    ct = CTVolume(np.full(geometry.shape, 55, np.int16), geometry)
    seen = surroundings_of(np.ones((1, 1, 1), bool), (slice(19, 20),) * 3, SeenScan(ct, coarse))
    assert seen.mask.sum() == 1
    assert seen.upper_density_hu == 55.0

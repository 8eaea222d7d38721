"""Known deformations of a synthetic chest are found again, whatever the scanner and the storage order were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
import SimpleITK as sitk
from scipy import ndimage

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.followup.coarse_search import candidate_shifts, masked_correlation
from DuOncoUnityLib.followup.registration import Registration, Stage, register
from DuOncoUnityLib.followup.registration_image import RegistrationImage, make_registration_image
from DuOncoUnityLib.geometry import FloatArray, Geometry
from DuOncoUnityLib.training.structures import CODE
from DuOncoUnityLib.training.torso import make_torso

SPACING_MM = 5.0


def image_of(volume: CTVolume, spacing_mm: float = SPACING_MM) -> RegistrationImage:
    return make_registration_image(volume, spacing_mm=spacing_mm)


def rescanned(volume: CTVolume, back: sitk.Transform, geometry: Geometry, seed: int = 0) -> CTVolume:
    """The patient of `volume` after a motion, on another grid; `back` maps points of the new scan to the old one."""
    image = sitk.Resample(volume.geometry.to_sitk(volume.hu), list(geometry.shape[::-1]), back, sitk.sitkLinear,
                          geometry.origin_mm, geometry.spacing_mm, geometry.direction, -1000)
    noise = np.random.default_rng(seed).normal(0.0, 12.0, geometry.shape)
    return CTVolume((sitk.GetArrayFromImage(image) + noise).astype(np.int16), geometry)


def table_shift(volume: CTVolume, shift_mm: tuple[float, float, float]) -> Geometry:
    origin = np.asarray(volume.geometry.origin_mm) + shift_mm
    return replace(volume.geometry, origin_mm=tuple(float(value) for value in origin))


def rigid(volume: CTVolume, shift_mm: tuple[float, float, float]) -> sitk.Transform:
    transform = sitk.Euler3DTransform()
    size = np.asarray(volume.geometry.shape[::-1])
    transform.SetCenter((volume.geometry.index_to_world(size / 2) + shift_mm).tolist())
    transform.SetRotation(0.03, 0.05, -0.08)
    transform.SetTranslation([-value for value in shift_mm])
    return transform


def affine(volume: CTVolume, shift_mm: tuple[float, float, float]) -> sitk.Transform:
    transform = sitk.AffineTransform(3)
    size = np.asarray(volume.geometry.shape[::-1])
    transform.SetCenter((volume.geometry.index_to_world(size / 2) + shift_mm).tolist())
    transform.SetMatrix((1.05, 0.03, 0.0, -0.04, 0.94, 0.02, 0.01, 0.0, 1.06))
    transform.SetTranslation([-value for value in shift_mm])
    return transform


def elastic(volume: CTVolume, shift_mm: tuple[float, float, float]) -> sitk.Transform:
    rng = np.random.default_rng(4)
    shape = tuple(size // 4 + 3 for size in volume.geometry.shape)
    field = np.stack([ndimage.gaussian_filter(rng.normal(size=shape), 2.5) for _ in range(3)], axis=-1)
    field *= 15.0 / np.abs(field).max()
    spacing = tuple(4.0 * value for value in volume.geometry.spacing_mm)
    grid = Geometry(shape, spacing, volume.geometry.origin_mm)
    composite = sitk.CompositeTransform(3)
    composite.AddTransform(sitk.DisplacementFieldTransform(grid.to_sitk(field)))
    composite.AddTransform(rigid(volume, shift_mm))
    return composite


def errors_mm(registration: Registration, current: RegistrationImage, back: sitk.Transform,
              seen: RegistrationImage) -> FloatArray:
    """Errors of the map at points of the current body whose place the prior scan shows, well inside."""
    inside = ndimage.binary_erosion(current.body, iterations=2)
    points = current.geometry.index_to_world(np.argwhere(inside)[::331, ::-1])
    origins = np.array([back.TransformPoint(point.tolist()) for point in points])
    index = seen.geometry.world_to_index(origins)
    shown = np.all((index > 1) & (index < np.asarray(seen.geometry.shape[::-1]) - 2), axis=1)
    assert shown.sum() > 30
    return np.linalg.norm(registration.transform.map_points(origins[shown]) - points[shown], axis=1)


@pytest.mark.parametrize(("motion", "median_mm", "worst_mm"), [(rigid, 1.0, 3.0), (affine, 3.0, 7.5),
                                                               (elastic, 3.0, 9.0)])
def test_known_motions_are_recovered(chest: CTVolume, motion: object, median_mm: float, worst_mm: float) -> None:
    assert callable(motion)
    shift = (15.0, -30.0, 410.0)
    back = motion(chest, shift)
    current = image_of(rescanned(chest, back, table_shift(chest, shift)))
    prior = image_of(chest)
    registration = register(prior, current)
    errors = errors_mm(registration, current, back, prior)
    assert np.median(errors) < median_mm and np.percentile(errors, 95) < worst_mm
    assert registration.quality.reliable
    low, high = registration.quality.jacobian_range
    assert 0.5 < low <= high < 2.0


@pytest.mark.parametrize("seed", [8, 9, 10])
def test_an_affine_motion_of_any_body_is_recovered(seed: int, chest_of: Callable[[int], CTVolume]) -> None:
    body, shift = chest_of(seed), (15.0, -30.0, 410.0)
    back = affine(body, shift)
    prior, current = image_of(body), image_of(rescanned(body, back, table_shift(body, shift)))
    registration = register(prior, current)
    errors = errors_mm(registration, current, back, prior)
    assert np.median(errors) < 2.0 and np.percentile(errors, 95) < 5.0
    assert registration.quality.stage is Stage.AFFINE, "a linear motion needs no deformation"


def test_scans_that_share_a_third_are_registered(chest: CTVolume) -> None:
    shift = (0.0, 10.0, -200.0)
    back = rigid(chest, shift)
    upper = table_shift(chest, (shift[0], shift[1], shift[2] + 43 * 5.0))
    current = image_of(rescanned(chest, back, upper))
    lower = image_of(replace(chest, hu=chest.hu[:64], geometry=chest.geometry.crop((0, 0, 0), chest.hu.shape)))
    registration = register(lower, current)
    assert np.percentile(errors_mm(registration, current, back, lower), 90) < 5.0
    assert registration.quality.common_mm < 130.0


def test_thick_slices_and_another_contrast_phase_do_no_harm(chest: CTVolume) -> None:
    shift = (5.0, 5.0, 80.0)
    back = rigid(chest, shift)
    thick = Geometry((32, *chest.geometry.shape[1:]), (4.0, 4.0, 10.0), table_shift(chest, shift).origin_mm)
    scan = rescanned(chest, back, thick)
    enhanced = np.where((scan.hu > 20) & (scan.hu < 70), scan.hu + 60, scan.hu).astype(np.int16)
    current, prior = image_of(replace(scan, hu=enhanced)), image_of(chest)
    errors = errors_mm(register(prior, current), current, back, prior)
    assert np.median(errors) < 2.5 and np.percentile(errors, 95) < 7.0


def test_storage_order_plays_no_role(chest: CTVolume) -> None:
    shift = (15.0, -30.0, 10.0)
    scan = rescanned(chest, rigid(chest, shift), table_shift(chest, shift))
    geometry = scan.geometry
    turned_grid = Geometry(
        (geometry.shape[2], geometry.shape[0], geometry.shape[1]),
        (geometry.spacing_mm[1], geometry.spacing_mm[2], geometry.spacing_mm[0]),
        tuple(float(v) for v in geometry.index_to_world((geometry.shape[2] - 1, 0, geometry.shape[0] - 1))),
        (0.0, 0.0, -1.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0))
    # array axes k, j, i of the turned scan run along -i, -k, j of the other
    turned = CTVolume(np.ascontiguousarray(scan.hu.transpose(2, 0, 1)[::-1, ::-1, :]), turned_grid)
    np.testing.assert_allclose(turned_grid.index_to_world((3, 2, 1)), geometry.index_to_world(
        (geometry.shape[2] - 2, 3, geometry.shape[0] - 3)))
    plain, other = image_of(scan), image_of(turned)
    np.testing.assert_array_equal(plain.hu, other.hu)
    assert plain.geometry.same_grid(other.geometry)


def test_registering_twice_gives_the_same_result(chest: CTVolume) -> None:
    shift = (15.0, -30.0, 10.0)
    half = replace(chest, hu=chest.hu[:32], geometry=chest.geometry.crop((0, 0, 0), (32, *chest.hu.shape[1:])))
    prior = image_of(half)
    current = image_of(rescanned(chest, elastic(chest, shift), table_shift(chest, shift)))
    first, second = register(prior, current), register(prior, current)
    points = prior.geometry.index_to_world(np.argwhere(prior.body)[::500, ::-1])
    np.testing.assert_array_equal(first.transform.map_points(points), second.transform.map_points(points))
    assert first.quality == second.quality


def test_scans_without_common_anatomy_are_not_called_registered(chest: CTVolume) -> None:
    rng = np.random.default_rng(1)
    blob = ndimage.gaussian_filter(rng.normal(size=chest.hu.shape), 3.0)
    strange = replace(chest, hu=np.where(blob > -0.02, 40, -1000).astype(np.int16))
    registration = register(image_of(chest, 7.0), image_of(strange, 7.0))
    assert not registration.quality.reliable
    assert registration.quality.error_mm >= 10.0


def test_slabs_too_thin_to_compare_are_placed_by_their_centres(chest: CTVolume) -> None:
    thin = replace(chest, hu=chest.hu[:4], geometry=chest.geometry.crop((0, 0, 0), (4, *chest.hu.shape[1:])))
    registration = register(image_of(chest, 7.0), image_of(thin, 7.0))
    assert registration.quality.stage is Stage.NONE and not registration.quality.reliable


def test_masked_correlation_is_that_of_the_overlap() -> None:
    rng = np.random.default_rng(2)
    fixed, moving = rng.normal(size=(6, 7, 8)), rng.normal(size=(5, 4, 6))
    masks: list[npt.NDArray[np.float64]] = [(rng.random(array.shape) > 0.2).astype(float) for array in (fixed, moving)]
    correlation, count = masked_correlation(fixed, masks[0], moving, masks[1])
    common = np.s_[2:6, 3:7, 1:7]  # moving shifted by (2, 3, 1)
    both = (masks[0][common] * masks[1][:4, :4, :6]) > 0
    assert count[2, 3, 1] == pytest.approx(both.sum(), abs=1e-6)
    expected = np.corrcoef(fixed[common][both], moving[:4, :4, :6][both])[0, 1]
    assert correlation[2, 3, 1] == pytest.approx(expected, abs=1e-6)


def test_the_search_finds_a_large_shift_of_the_table(chest: CTVolume) -> None:
    image = image_of(chest)
    origin = tuple(float(v) for v in np.asarray(image.geometry.origin_mm) + (12.0, -60.0, 732.0))
    moved = replace(image, geometry=replace(image.geometry, origin_mm=origin))
    np.testing.assert_allclose(candidate_shifts(image, moved)[0], (12.0, -60.0, 732.0), atol=1e-6)


def test_arms_up_and_thin_slices_against_arms_down_and_thick_slices() -> None:
    thin = make_torso(77, (4.0, 4.0, 1.0), arms="up")
    thick = make_torso(77, (4.0, 4.0, 5.0), arms="down")
    scans = []
    for torso, origin_mm in ((thin, (0.0, 0.0, 0.0)), (thick, (20.0, -10.0, 300.0))):
        hu = np.array([-1000, 40], np.int16)[(torso.labels > 0).astype(int)]
        hu[torso.labels == CODE["lung"]] = -850
        hu[np.isin(torso.labels, [value for name, value in CODE.items() if "cortex" in name or "bone" in name])] = 600
        moved = np.asarray(torso.geometry.origin_mm) + origin_mm
        scans.append(CTVolume(hu, replace(torso.geometry, origin_mm=tuple(float(value) for value in moved))))
    found = register(image_of(scans[0]), image_of(scans[1]))
    chest = np.asarray(thin.level_centres_mm["L3"]) + np.random.default_rng(0).uniform(
        [-80, -120, -120], [80, 0, 250], (200, 3))
    error_mm = np.linalg.norm(found.transform.map_points(chest) - (chest + (20.0, -10.0, 300.0)), axis=1)
    assert found.quality.reliable
    assert np.percentile(error_mm, 90) < 5.0

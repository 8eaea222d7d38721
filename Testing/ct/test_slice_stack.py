"""Loose slices become one regular stack, or a sentence says why not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from DuOncoUnityLib.ct.read import read_ct
from DuOncoUnityLib.ct.slice_stack import straighten
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.geometry import Geometry


def shift(dataset: Dataset, along: int, mm: float) -> None:
    position = [float(x) for x in dataset.ImagePositionPatient]
    position[along] += mm
    dataset.ImagePositionPatient = [f"{x:.8g}" for x in position]


def test_rounded_positions_are_regular(phantom: Callable, write_series: Callable, tmp_path: Path) -> None:
    geometry = Geometry((60, 48, 64), (6.0, 5.5, 0.625), (-190.0, -130.0, -700.0))

    def round_position(k: int, dataset: Dataset) -> None:
        dataset.ImagePositionPatient = [f"{float(x):.1f}" for x in dataset.ImagePositionPatient]

    write_series(tmp_path, phantom(geometry), geometry, edit=round_position)
    ct = read_ct(tmp_path)
    assert ct.geometry.spacing_mm[2] == pytest.approx(0.625, abs=0.002)
    assert ct.geometry.same_grid(geometry, tolerance_mm=0.1)


def test_one_missing_thin_slice_is_interpolated_and_told(phantom: Callable, write_series: Callable,
                                                         tmp_path: Path) -> None:
    geometry = Geometry((40, 48, 64), (6.0, 5.5, 2.5), (-190.0, -130.0, -700.0))
    hu = phantom(geometry)
    write_series(tmp_path, hu, geometry, edit=lambda k, _: k != 11)
    ct = read_ct(tmp_path)
    assert any("number 12 of 40" in warning for warning in ct.warnings)
    assert ct.geometry.same_grid(geometry)
    np.testing.assert_array_equal(np.delete(ct.hu, 11, 0), np.delete(hu, 11, 0))
    assert np.abs(ct.hu[11] - hu[11].astype(int)).mean() < 10


@pytest.mark.parametrize(("spacing_mm", "missing"), [(5.0, {11}), (1.0, {11, 20}), (2.0, {11, 12})])
def test_missing_slices_that_could_hide_a_lesion_are_refused(spacing_mm: float, missing: set[int], phantom: Callable,
                                                             write_series: Callable, tmp_path: Path) -> None:
    geometry = Geometry((40, 48, 64), (6.0, 5.5, spacing_mm), (-190.0, -130.0, -700.0))
    write_series(tmp_path, phantom(geometry), geometry, edit=lambda k, _: k not in missing)
    with pytest.raises(DuOncoError, match=f"{len(missing)} of 40 slices are missing"):
        read_ct(tmp_path)


def test_irregular_spacing_is_refused(scan_geometry: Geometry, phantom: Callable, write_series: Callable,
                                      tmp_path: Path) -> None:
    write_series(tmp_path, phantom(scan_geometry), scan_geometry,
                 edit=lambda k, dataset: shift(dataset, 2, 1.5) if k == 7 else None)
    with pytest.raises(DuOncoError, match="irregular"):
        read_ct(tmp_path)


def test_two_spacings_in_one_series_are_refused(scan_geometry: Geometry, phantom: Callable, write_series: Callable,
                                                tmp_path: Path) -> None:
    write_series(tmp_path, phantom(scan_geometry), scan_geometry,
                 edit=lambda k, dataset: shift(dataset, 2, 5.0 * (k - 10)) if k > 10 else None)
    with pytest.raises(DuOncoError, match="missing"):
        read_ct(tmp_path)


def test_slices_shifted_sideways_are_refused(scan_geometry: Geometry, phantom: Callable, write_series: Callable,
                                             tmp_path: Path) -> None:
    write_series(tmp_path, phantom(scan_geometry), scan_geometry,
                 edit=lambda k, dataset: shift(dataset, 0, 20.0) if k == 7 else None)
    with pytest.raises(DuOncoError, match="shifted against each other"):
        read_ct(tmp_path)


def test_identical_copies_are_dropped_and_told(scan_geometry: Geometry, phantom: Callable, write_series: Callable,
                                               tmp_path: Path) -> None:
    hu = phantom(scan_geometry)
    paths = write_series(tmp_path, hu, scan_geometry)
    (tmp_path / "copies").mkdir()
    for path in paths[:3]:
        (tmp_path / "copies" / path.name).write_bytes(path.read_bytes())
    ct = read_ct(tmp_path)
    np.testing.assert_array_equal(ct.hu, hu)
    assert any("3 images are copies" in warning for warning in ct.warnings)


def test_different_images_at_one_place_are_refused(scan_geometry: Geometry, phantom: Callable, write_series: Callable,
                                                   tmp_path: Path) -> None:
    write_series(tmp_path, phantom(scan_geometry), scan_geometry)
    write_series(tmp_path, phantom(scan_geometry, 1), scan_geometry, prefix="again")
    with pytest.raises(DuOncoError, match="different images at the same place"):
        read_ct(tmp_path)


@pytest.mark.parametrize(("elements", "sentence"), [
    ({"PixelSpacing": [0, 0]}, "pixel size of the images is invalid"),
    ({"PixelSpacing": [-1, 1]}, "pixel size of the images is invalid"),
    ({"PixelSpacing": [50, 50]}, "voxel size is implausible"),
    ({"PixelSpacing": None}, "do not say where they lie"),
    ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, "direction or the pixel size"),
    ({"ImageOrientationPatient": [0, 0, 0, 0, 0, 0]}, "direction or the pixel size"),
    ({"ImagePositionPatient": [0, 0, 0]}, "only 1 slices"),
])
def test_impossible_places_are_refused(elements: dict, sentence: str, scan_geometry: Geometry, phantom: Callable,
                                       write_series: Callable, tmp_path: Path) -> None:
    def edit(k: int, dataset: Dataset) -> None:
        for keyword, value in elements.items():
            setattr(dataset, keyword, value)

    write_series(tmp_path, phantom(scan_geometry), scan_geometry, edit=edit)
    with pytest.raises(DuOncoError, match=sentence):
        read_ct(tmp_path)


def test_too_few_slices_are_refused(scan_geometry: Geometry, phantom: Callable, write_series: Callable,
                                    tmp_path: Path) -> None:
    write_series(tmp_path, phantom(scan_geometry), scan_geometry, edit=lambda k, _: k < 9)
    with pytest.raises(DuOncoError, match="only 9 slices"):
        read_ct(tmp_path)


def test_gaps_between_thin_slices_are_told(scan_geometry: Geometry, phantom: Callable, write_series: Callable,
                                           tmp_path: Path) -> None:
    write_series(tmp_path, phantom(scan_geometry), scan_geometry, SliceThickness=1.25)
    assert any("do not touch" in warning for warning in read_ct(tmp_path).warnings)


@pytest.mark.parametrize("degrees", [-20.0, 4.0, 25.0])
def test_gantry_tilt_is_straightened(degrees: float, phantom: Callable, write_series: Callable,
                                     tmp_path: Path) -> None:
    """A tilted scanner moves the table along z, not along the normal of the slices: the stack is sheared."""
    tilt = np.radians(degrees)
    direction = (1.0, 0, 0, 0, np.cos(tilt), -np.sin(tilt), 0, np.sin(tilt), np.cos(tilt))
    spacing = (6.0, 5.5, 5.0 * np.cos(tilt))
    truth = Geometry((24, 200, 64), spacing, (-190.0, -500.0, -700.0), direction)
    ball = truth.index_to_world((30, 100, 12))

    def image_at(origin: np.ndarray) -> np.ndarray:
        """What the scanner sees in a slice: a smooth function of the place in the patient."""
        j, i = np.indices((60, 64))
        place = origin + i[..., None] * 6.0 * np.array(direction[0::3]) + j[..., None] * 5.5 * np.array(direction[1::3])
        distance = np.linalg.norm((place - ball) / (150, 100, 1000), axis=-1)
        return np.rint(np.clip(1000 * (1 - distance), -1000, 40)).astype(np.int16)

    start = ball - np.array([190.0, 160.0, 60.0])
    origins = [start + np.array([0, 0, 5.0 * k]) for k in range(24)]

    def place_slice(k: int, dataset: Dataset) -> None:
        dataset.ImagePositionPatient = [f"{x:.8g}" for x in origins[k]]

    slices = Geometry((24, 60, 64), spacing, tuple(start), direction)
    write_series(tmp_path, np.stack([image_at(origin) for origin in origins]), slices, edit=place_slice)
    ct = read_ct(tmp_path)
    assert any("tilted" in warning for warning in ct.warnings)
    assert ct.geometry.spacing_mm == pytest.approx(spacing)
    np.testing.assert_allclose(ct.geometry.direction, direction, atol=1e-6)
    # wherever a slice was, the straight volume shows what lies there
    for k in (0, 11, 23):
        expected = image_at(ct.geometry.index_to_world((0, 0, k)))
        seen = ct.hu[k, :60] > -1000
        assert seen.mean() > 0.2
        assert np.abs(ct.hu[k, :60].astype(int) - expected)[seen].mean() < 5


@settings(max_examples=20, deadline=None)
@given(st.floats(-9, 9), st.floats(-9, 9))
def test_straightening_puts_a_point_where_it_was_scanned(shear_i: float, shear_j: float) -> None:
    geometry = Geometry((12, 30, 32), (1.5, 2.0, 3.0), (10.0, -20.0, 30.0),
                        (0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 1.0))
    columns = np.reshape(geometry.direction, (3, 3)).T
    shear = shear_i * columns[0] + shear_j * columns[1]
    hu = np.full(geometry.shape, -1024, np.int16)
    hu[:, 14:17, 15:18] = 976  # a small square in every slice, 2000 HU above air
    out, straight = straighten(hu, geometry, tuple(shear))
    for k in (0, 5, 11):
        weights = out[k].astype(float) + 1024
        assert weights.sum() == pytest.approx(9 * 2000, rel=0.01)
        j, i = np.indices(weights.shape)
        centre = [(weights * axis).sum() / weights.sum() for axis in (i, j)]
        np.testing.assert_allclose(straight.index_to_world((*centre, k)),
                                   geometry.index_to_world((16, 15, k)) + k * shear, atol=0.02)

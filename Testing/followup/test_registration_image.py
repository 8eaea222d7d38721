"""The small picture for later registration: same for every storage order, nothing but body, complete on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.followup.coverage import Coverage
from DuOncoUnityLib.followup.registration_image import (
    AIR_HU,
    load_registration_image,
    make_registration_image,
    save_registration_image,
)
from DuOncoUnityLib.geometry import Geometry


@pytest.fixture
def cylinder(awkward_geometry: Geometry) -> tuple[CTVolume, LabelMap]:
    """A body of 40 HU with a table below it and an organ in it, on every awkward grid, 3 times finer than usual."""
    geometry = Geometry((60, 70, 80), (1.5, 1.4, 1.6), awkward_geometry.origin_mm, awkward_geometry.direction)
    world = geometry.index_to_world(np.stack(np.indices(geometry.shape)[::-1], axis=-1))
    x, y, _ = np.moveaxis(world - geometry.index_to_world((40, 35, 30)), -1, 0)
    body = (x / 36) ** 2 + (y / 26) ** 2 < 1
    table = (y > 32) & (y < 36)
    hu = np.where(body, 40, np.where(table, 100, -1000)).astype(np.int16)
    organ = ((x - 12) ** 2 + y**2 < 100).astype(np.uint8)
    return CTVolume(hu, geometry), LabelMap(organ, geometry, {"liver": 1})


def test_body_and_organ_lie_where_they_lay(cylinder: tuple[CTVolume, LabelMap]) -> None:
    volume, anatomy = cylinder
    image = make_registration_image(volume, anatomy)
    assert image.geometry.direction == (1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0) and image.organs is not None
    centre = volume.geometry.index_to_world((40, 35, 30))
    np.testing.assert_allclose(image.geometry.index_to_world(np.argwhere(image.body).mean(axis=0)[::-1])[:2],
                               centre[:2], atol=3.0)
    np.testing.assert_allclose(image.geometry.index_to_world(np.argwhere(image.organs == 1).mean(axis=0)[::-1])[:2],
                               (centre + (12.0, 0, 0))[:2], atol=3.0)
    k, j, i = np.round(image.geometry.world_to_index(centre)).astype(int)[::-1]
    assert image.hu[k, j, i] == 40


def test_a_scan_of_very_fine_voxels_keeps_extent_and_place() -> None:
    """Averaged before it is filtered; its sizes are no multiples of the averaged blocks."""
    geometry = Geometry((121, 151, 161), (0.7, 0.6, 0.5), (-40.0, -45.0, 10.0))
    k, j, i = np.ogrid[:121, :151, :161]
    body = ((i - 80) * 0.7 / 45) ** 2 + ((j - 75) * 0.6 / 35) ** 2 < 1
    volume = CTVolume(np.where(body & (k >= 0), 40, -1000).astype(np.int16), geometry)
    image = make_registration_image(volume)
    assert image.scanned.all()
    centre = image.geometry.index_to_world(np.argwhere(image.body).mean(axis=0)[::-1])
    np.testing.assert_allclose(centre, geometry.index_to_world((80, 75, 60)), atol=0.5)
    assert np.count_nonzero(image.hu > -480) * 9.0 == pytest.approx(np.pi * 45 * 35 * image.hu.shape[0], rel=0.03)


def test_the_table_is_not_in_the_picture(cylinder: tuple[CTVolume, LabelMap]) -> None:
    volume, _ = cylinder
    image = make_registration_image(volume)
    k, j, i = np.round(image.geometry.world_to_index(
        volume.geometry.index_to_world((40, 35, 30)) + (0.0, 34.0, 0.0))).astype(int)[::-1]
    assert image.hu[k, j, i] == AIR_HU


def test_file_and_picture_agree_and_name_nobody(cylinder: tuple[CTVolume, LabelMap], tmp_path: Path) -> None:
    volume, anatomy = cylinder
    for organs in (anatomy, None):
        save_registration_image(volume, organs, tmp_path / "registration.nrrd")
        made, read = make_registration_image(volume, organs), load_registration_image(tmp_path / "registration.nrrd")
        np.testing.assert_array_equal(read.hu, made.hu)
        assert read.geometry.same_grid(made.geometry) and read.index_of == made.index_of
    keys = set(sitk.ReadImage(str(tmp_path / "registration.nrrd")).GetMetaDataKeys())
    assert not {key for key in keys if "atient" in key or "UID" in key}


def test_air_alone_is_refused(tmp_path: Path) -> None:
    empty = CTVolume(np.full((20, 20, 20), -1000, np.int16), Geometry((20, 20, 20), (3.0, 3.0, 3.0)))
    with pytest.raises(DuOncoError, match="No body"):
        save_registration_image(empty, None, tmp_path / "registration.nrrd")
    (tmp_path / "broken.nrrd").write_bytes(b"NRRD0004\n")
    with pytest.raises(DuOncoError, match="could not be read"):
        load_registration_image(tmp_path / "broken.nrrd")


def test_coverage_ends_at_the_last_slice_and_around_the_body(cylinder: tuple[CTVolume, LabelMap]) -> None:
    volume, _ = cylinder
    geometry = volume.geometry
    image = make_registration_image(volume)
    centre = geometry.index_to_world((40, 35, 30))
    axis = geometry.patient_axes[2]
    outside = np.array([40.0, 35.0, 30.0])
    outside[axis] = -2.0
    for coverage in (Coverage(geometry), Coverage(geometry, image)):
        assert coverage.contains(centre)
        assert not coverage.contains(geometry.index_to_world(outside))
    first = outside.copy()
    first[axis] = 1.0
    assert Coverage(geometry).contains(geometry.index_to_world(first))
    assert not Coverage(geometry).contains(geometry.index_to_world(first), margin_mm=10.0)
    beside = centre - (0.0, 46.0, 0.0)
    assert Coverage(geometry).contains(beside) and not Coverage(geometry, image).contains(beside)

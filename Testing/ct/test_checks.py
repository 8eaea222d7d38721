"""What is no plausible CT of a body is refused with the reason; doubts become warnings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from DuOncoUnityLib.ct.checks import check_grid, check_volume
from DuOncoUnityLib.ct.read import read_ct
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.geometry import Geometry


@pytest.mark.parametrize(("change", "sentence"), [
    (lambda hu: hu + 1024, "shifted by about 1024"),
    (lambda hu: hu - 1024, "No body"),
    (lambda hu: np.clip(hu, -160, 240), "not in Hounsfield units"),
    (lambda hu: (hu > -500).astype(np.int16), "not in Hounsfield units"),
    (lambda hu: np.clip((hu + 1024) / 8, 0, 255), "not in Hounsfield units"),
    (lambda hu: np.full_like(hu, -1000), "No body"),
    (lambda hu: np.zeros_like(hu), "not in Hounsfield units"),
    (lambda hu: -hu, "not in Hounsfield units"),
    (lambda hu: np.random.default_rng(0).integers(-1024, 3000, hu.shape), "not in Hounsfield units"),
])
def test_values_that_are_no_ct(change: Callable, sentence: str, scan_geometry: Geometry, phantom: Callable) -> None:
    hu = np.clip(change(phantom(scan_geometry)), -1024, 32767).astype(np.int16)
    with pytest.raises(DuOncoError, match=sentence):
        check_volume(CTVolume(hu, scan_geometry))


@pytest.mark.parametrize("scale", [0.15, 8.0])
def test_bodies_of_impossible_size(scale: float, scan_geometry: Geometry, phantom: Callable) -> None:
    hu = phantom(scan_geometry)
    shrunk = replace(scan_geometry, spacing_mm=tuple(s * scale for s in scan_geometry.spacing_mm))
    with pytest.raises(DuOncoError, match="No body"):
        check_volume(CTVolume(hu, shrunk))


def test_the_judgement_does_not_depend_on_the_storage_order(awkward_geometry: Geometry, phantom: Callable) -> None:
    geometry = Geometry((40, 44, 50), (8.0, 7.5, 7.0), (-123.4, 56.7, -890.1), awkward_geometry.direction)
    hu = phantom(geometry)
    (warning,) = check_volume(CTVolume(hu, geometry))
    extent = geometry.to_patient_order(hu)[1]
    assert f"{extent.shape[0] * extent.spacing_mm[2]:.0f} mm" in warning


def test_a_long_scan_gives_no_warning(phantom: Callable) -> None:
    geometry = Geometry((110, 48, 64), (6.0, 5.5, 5.0))
    assert check_volume(CTVolume(phantom(geometry), geometry)) == ()


def test_a_damaged_slice_is_told(phantom: Callable) -> None:
    geometry = Geometry((110, 96, 128), (3.0, 2.75, 5.0))
    hu = phantom(geometry)
    hu[40] = np.random.default_rng(0).integers(-1024, 3000, hu[40].shape)
    (warning,) = check_volume(CTVolume(hu, geometry))
    assert "1 slices" in warning
    assert "number 41" in warning


@pytest.mark.parametrize(("geometry", "sentence"), [
    (Geometry((5, 512, 512), (0.8, 0.8, 5.0)), "only 5 slices"),
    (Geometry((100, 512, 512), (0.0008, 0.0008, 0.005)), "voxel size"),
    (Geometry((100, 512, 512), (0.8, 0.8, 50.0)), "voxel size"),
    (Geometry((100, 512, 512), (0.8, 0.8, float("nan"))), "voxel size"),
    (Geometry((2000, 512, 512), (0.8, 0.8, 5.0)), "larger than any patient"),
    (Geometry((2000, 2000, 2000), (0.3, 0.3, 0.3)), "too large"),
    (Geometry((100, 512, 512), (0.8, 0.8, 5.0), direction=(1.0, 0.2, 0, 0, 1, 0, 0, 0, 1)), "right angles"),
])
def test_impossible_grids(geometry: Geometry, sentence: str) -> None:
    with pytest.raises(DuOncoError, match=sentence):
        check_grid(geometry)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_numbers(value: float, scan_geometry: Geometry, phantom: Callable,
                                     tmp_path: Path) -> None:
    hu = phantom(scan_geometry).astype(np.float32)
    hu[3, 4, 5] = value
    sitk.WriteImage(scan_geometry.to_sitk(hu), str(tmp_path / "ct.nrrd"))
    with pytest.raises(DuOncoError, match="not numbers"):
        read_ct(tmp_path / "ct.nrrd")


@pytest.mark.parametrize(("image", "sentence"), [
    (sitk.Image([64, 64], sitk.sitkInt16), "2 dimensions"),
    (sitk.Image([16, 16, 16, 3], sitk.sitkInt16), "4 dimensions"),
    (sitk.Image([16, 16, 16], sitk.sitkVectorInt16, 3), "colour"),
    (sitk.Image([16, 16, 16], sitk.sitkComplexFloat32), "several values"),
])
def test_images_that_are_no_volume_of_numbers(image: sitk.Image, sentence: str, tmp_path: Path) -> None:
    sitk.WriteImage(image, str(tmp_path / "ct.nrrd"))
    with pytest.raises(DuOncoError, match=sentence):
        read_ct(tmp_path / "ct.nrrd")


def test_a_huge_image_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    (tmp_path / "ct.nrrd").write_bytes(b"NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\n"
                                       b"sizes: 100000 100000 100000\nspace directions: (1,0,0) (0,1,0) (0,0,1)\n"
                                       b"encoding: raw\nendian: little\n\n")
    with pytest.raises(DuOncoError) as raised:
        read_ct(tmp_path / "ct.nrrd")
    assert raised.value.exit_code in (ExitCode.BAD_INPUT, ExitCode.OUT_OF_RESOURCES)


def drop_nifti_codes(content: bytes) -> bytes:
    return content[:252] + bytes(4) + content[256:]


@pytest.mark.parametrize(("name", "forget"), [
    ("ct.nii", drop_nifti_codes),
    ("ct.nrrd", lambda content: content.replace(b"space: left-posterior-superior", b"space dimension: 3")),
    ("ct.mha", lambda content: content.replace(b"TransformMatrix = 1 0 0 0 1 0 0 0 1", b"Comment = none")),
])
def test_a_file_without_orientation_is_told(name: str, forget: Callable, scan_geometry: Geometry, phantom: Callable,
                                            tmp_path: Path) -> None:
    path = tmp_path / name
    sitk.WriteImage(scan_geometry.to_sitk(phantom(scan_geometry)), str(path))
    assert not any("how the patient lies" in warning for warning in read_ct(path).warnings)
    path.write_bytes(forget(path.read_bytes()))
    assert any("how the patient lies" in warning for warning in read_ct(path).warnings)

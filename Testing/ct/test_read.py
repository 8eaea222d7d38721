"""Whatever a CT is stored in, the same voxels lie at the same place in the patient."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from DuOncoUnityLib.ct.read import read_ct
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import Cancelled, DuOncoError
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.progress import Progress, ProgressEvent

FORMATS = ["ct.nii", "ct.nii.gz", "ct.nrrd", "ct.mha", "ct.mhd", "ct.nhdr"]


def body_grid(direction: tuple[float, ...]) -> Geometry:
    """Anisotropic, off-centre, long enough along every axis for any storage order."""
    return Geometry((40, 44, 50), (8.0, 7.5, 7.0), (-123.4, 56.7, -890.1), direction)


def assert_same_patient(ct: CTVolume, hu: np.ndarray, geometry: Geometry) -> None:
    """The same densities at the same places, whatever the storage order."""
    expected, expected_grid = geometry.to_patient_order(hu)
    found, found_grid = ct.geometry.to_patient_order(ct.hu)
    assert found_grid.same_grid(expected_grid)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", FORMATS)
def test_image_files_keep_voxels_order_and_place(name: str, awkward_geometry: Geometry, phantom: Callable,
                                                 tmp_path: Path) -> None:
    geometry = body_grid(awkward_geometry.direction)
    hu = phantom(geometry)
    sitk.WriteImage(geometry.to_sitk(hu), str(tmp_path / name), useCompression=name != "ct.nii")
    ct = read_ct(tmp_path / name)
    np.testing.assert_array_equal(ct.hu, hu)
    assert ct.hu.dtype == np.int16
    assert ct.geometry.same_grid(geometry)


def test_dicom_keeps_voxels_and_place(awkward_geometry: Geometry, phantom: Callable, write_series: Callable,
                                      tmp_path: Path) -> None:
    geometry = body_grid(awkward_geometry.direction)
    hu = phantom(geometry)
    write_series(tmp_path, hu, geometry)
    assert_same_patient(read_ct(tmp_path), hu, geometry)


def test_one_scan_has_one_identity_in_all_formats(scan_geometry: Geometry, phantom: Callable, write_series: Callable,
                                                  tmp_path: Path) -> None:
    hu = phantom(scan_geometry)
    write_series(tmp_path / "dicom", hu, scan_geometry)
    for name in FORMATS:
        sitk.WriteImage(scan_geometry.to_sitk(hu), str(tmp_path / name))
    hashes = {read_ct(tmp_path / name).sha256 for name in [*FORMATS, "dicom"]}
    assert len(hashes) == 1
    moved = Geometry(scan_geometry.shape, scan_geometry.spacing_mm, (-190.0, -130.0, -699.0))
    sitk.WriteImage(moved.to_sitk(hu), str(tmp_path / "moved.nrrd"))
    assert read_ct(tmp_path / "moved.nrrd").sha256 not in hashes


def test_any_file_of_a_series_stands_for_the_series(scan_geometry: Geometry, phantom: Callable, write_series: Callable,
                                                    tmp_path: Path) -> None:
    hu = phantom(scan_geometry)
    paths = write_series(tmp_path, hu, scan_geometry)
    write_series(tmp_path, phantom(scan_geometry, 1), scan_geometry, prefix="other", SeriesInstanceUID="1.2.9")
    assert_same_patient(read_ct(paths[7]), hu, scan_geometry)


def test_densities_in_floating_point_are_rounded_and_padding_is_air(scan_geometry: Geometry, phantom: Callable,
                                                                    tmp_path: Path) -> None:
    hu = phantom(scan_geometry).astype(np.float64) + 0.4
    hu[:, 0, 0] = -3024
    hu[5, 20, 20] = 1e9
    sitk.WriteImage(scan_geometry.to_sitk(hu), str(tmp_path / "ct.nii"))
    ct = read_ct(tmp_path / "ct.nii")
    assert ct.hu[3, 0, 0] == -1024
    assert ct.hu[5, 20, 20] == 32767
    np.testing.assert_array_equal(ct.hu[:, 1:, 1:][ct.hu[:, 1:, 1:] < 32767],
                                  phantom(scan_geometry)[:, 1:, 1:][ct.hu[:, 1:, 1:] < 32767])


def test_a_fourth_dimension_of_one_is_no_obstacle(scan_geometry: Geometry, phantom: Callable, tmp_path: Path) -> None:
    hu = phantom(scan_geometry)
    sitk.WriteImage(sitk.JoinSeries([scan_geometry.to_sitk(hu)]), str(tmp_path / "ct.nrrd"))
    ct = read_ct(tmp_path / "ct.nrrd")
    np.testing.assert_array_equal(ct.hu, hu)
    assert ct.geometry.same_grid(scan_geometry)


def test_real_compressed_dicom(real_data: Path) -> None:
    ct = read_ct(real_data / "tissue" / "example_ct_dicom")
    assert ct.hu.shape == (20, 512, 512)
    assert ct.geometry.spacing_mm == pytest.approx((0.9765625, 0.9765625, 2.0))
    assert ct.acquisition.slice_thickness_mm == 3.0
    reader = sitk.ImageSeriesReader()
    files = reader.GetGDCMSeriesFileNames(str(real_data / "tissue" / "example_ct_dicom"))
    reader.SetFileNames(files)
    image = reader.Execute()
    np.testing.assert_array_equal(ct.hu, np.maximum(sitk.GetArrayFromImage(image), -1024))
    assert ct.geometry.same_grid(Geometry.from_sitk(image))


def test_real_nifti(real_data: Path) -> None:
    ct = read_ct(real_data / "ct" / "CRLM-CT-1004_ct.nii.gz")
    image = sitk.ReadImage(str(real_data / "ct" / "CRLM-CT-1004_ct.nii.gz"))
    np.testing.assert_array_equal(ct.hu, sitk.GetArrayFromImage(image))
    assert ct.geometry.same_grid(Geometry.from_sitk(image))
    assert any("205 mm" in warning for warning in ct.warnings)


@pytest.mark.parametrize(("name", "content", "sentence"), [
    ("nothing.nii", None, "does not exist"),
    ("empty.nii.gz", b"", "empty"),
    ("text.nrrd", b"a letter", "damaged"),
    ("text.txt", b"a letter", "no CT in a known format"),
    ("image", b"\0" * 2000, "no CT in a known format"),
])
def test_what_is_no_image_is_told(name: str, content: bytes | None, sentence: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DuOncoError, match=sentence):
        read_ct(tmp_path / name)


def test_reading_reports_progress_and_can_be_stopped(scan_geometry: Geometry, phantom: Callable,
                                                     write_series: Callable, tmp_path: Path) -> None:
    write_series(tmp_path, phantom(scan_geometry), scan_geometry)
    events: list[ProgressEvent] = []
    read_ct(tmp_path, progress=Progress(events.append))
    fractions = [event.fraction for event in events]
    assert fractions == sorted(fractions)
    assert [event.stage for event in (events[0], events[-1])] == ["Reading the headers", "Reading the images"]
    with pytest.raises(Cancelled):
        read_ct(tmp_path, progress=Progress(events.append, cancelled=lambda: len(events) > len(fractions) + 25))
    assert len(events) == len(fractions) + 26


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(DuOncoError, match="no DICOM images"):
        read_ct(tmp_path)

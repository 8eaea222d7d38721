"""Stored values become HU, whatever the encoding, compression and rescale."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    RLELossless,
)

from DuOncoUnityLib.ct.read import read_ct
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.geometry import Geometry


@pytest.mark.parametrize("syntax", [RLELossless, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_transfer_syntaxes(syntax: pydicom.uid.UID, scan_geometry: Geometry, phantom: Callable,
                           write_series: Callable, tmp_path: Path) -> None:
    def encode(k: int, dataset: Dataset) -> None:
        if syntax == RLELossless:
            dataset.compress(syntax, generate_instance_uid=False)
        dataset.file_meta.TransferSyntaxUID = syntax

    hu = phantom(scan_geometry)
    write_series(tmp_path, hu, scan_geometry, edit=encode)
    ct = read_ct(tmp_path)
    np.testing.assert_array_equal(ct.hu, hu)
    assert ct.geometry.same_grid(scan_geometry)


def test_big_endian(scan_geometry: Geometry, phantom: Callable, write_series: Callable, tmp_path: Path) -> None:
    hu = phantom(scan_geometry)
    for path in write_series(tmp_path, hu, scan_geometry):
        dataset = pydicom.dcmread(path)
        dataset.PixelData = np.frombuffer(dataset.PixelData, "<i2").astype(">i2").tobytes()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
        pydicom.dcmwrite(path, dataset, implicit_vr=False, little_endian=False)
    np.testing.assert_array_equal(read_ct(tmp_path).hu, hu)


@pytest.mark.parametrize(("compressor", "syntax"), [("JPEG2000", JPEG2000Lossless), ("JPEG", JPEGLosslessSV1)])
def test_jpeg_families(compressor: str, syntax: pydicom.uid.UID, scan_geometry: Geometry, phantom: Callable,
                       write_series: Callable, tmp_path: Path) -> None:
    """Compressed by GDCM, moved into a CT header."""
    def encode(k: int, dataset: Dataset) -> None:
        dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 12, 11, 0
        dataset.RescaleIntercept = -1024
        stored = np.frombuffer(dataset.PixelData, "<i2").reshape(dataset.Rows, dataset.Columns) + 1024
        writer = sitk.ImageFileWriter()
        writer.SetImageIO("GDCMImageIO")
        writer.SetFileName(str(tmp_path / "encoded"))
        writer.UseCompressionOn()
        writer.SetCompressor(compressor)
        writer.Execute(sitk.GetImageFromArray(stored.astype(np.uint16)))
        encoded = pydicom.dcmread(tmp_path / "encoded")
        assert encoded.file_meta.TransferSyntaxUID == syntax
        dataset.PixelData = encoded.PixelData
        dataset["PixelData"].is_undefined_length = True
        dataset.file_meta.TransferSyntaxUID = syntax

    hu = phantom(scan_geometry)
    write_series(tmp_path / "series", hu, scan_geometry, edit=encode)
    ct = read_ct(tmp_path / "series")
    np.testing.assert_array_equal(ct.hu, hu)
    assert not any("damaged" in warning for warning in ct.warnings)


def test_real_jpeg_2000_frames_in_a_multi_frame_file(real_data: Path, tmp_path: Path) -> None:
    """Two real JPEG 2000 slices in one file decode to the same values as in two files."""
    from pydicom.encaps import encapsulate, generate_frames

    from DuOncoUnityLib.ct.dicom_pixels import _stored_values

    files = sorted((real_data / "tissue" / "example_ct_dicom").iterdir())[:2]
    both = pydicom.dcmread(files[0])
    both.PixelData = encapsulate([next(generate_frames(pydicom.dcmread(file).PixelData)) for file in files])
    both.NumberOfFrames = 2
    both.save_as(tmp_path / "both")
    stored, _, complete = _stored_values(tmp_path / "both", tmp_path)
    assert complete
    for frame, file in zip(stored, files, strict=True):
        np.testing.assert_array_equal(frame, _stored_values(file, tmp_path)[0][0])


def test_enhanced_multi_frame_with_a_rescale_per_frame(scan_geometry: Geometry, phantom: Callable,
                                                       write_enhanced: Callable, tmp_path: Path) -> None:
    hu = phantom(scan_geometry) // 2 * 2
    write_enhanced(tmp_path / "image", hu, scan_geometry, slopes=(1.0, 2.0))
    ct = read_ct(tmp_path)
    np.testing.assert_array_equal(ct.hu, hu)
    assert ct.geometry.same_grid(scan_geometry)
    assert ct.acquisition.kernel == "Br40"
    assert read_ct(tmp_path / "image").sha256 == ct.sha256


def test_every_slice_has_its_own_rescale(scan_geometry: Geometry, phantom: Callable, write_series: Callable,
                                         tmp_path: Path) -> None:
    def rescale(k: int, dataset: Dataset) -> None:
        slope = 0.5 + 0.01 * k
        dataset.RescaleSlope, dataset.RescaleIntercept = slope, -1000
        stored = np.rint((np.frombuffer(dataset.PixelData, "<i2").astype(float) + 1000) / slope)
        dataset.PixelData = stored.astype("<i2").tobytes()

    hu = phantom(scan_geometry)
    write_series(tmp_path, hu, scan_geometry, edit=rescale)
    assert np.abs(read_ct(tmp_path).hu - hu.astype(int)).max() <= 1


def test_twelve_bits_with_an_overlay_in_the_unused_ones(scan_geometry: Geometry, phantom: Callable,
                                                        write_series: Callable, tmp_path: Path) -> None:
    def pack(k: int, dataset: Dataset) -> None:
        dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 12, 11, 0
        dataset.RescaleIntercept = -1024
        stored = (np.frombuffer(dataset.PixelData, "<i2") + 1024).astype("<u2")
        dataset.PixelData = (stored | 0x4000).tobytes()

    hu = phantom(scan_geometry)
    write_series(tmp_path, hu, scan_geometry, edit=pack)
    np.testing.assert_array_equal(read_ct(tmp_path).hu, hu)


def test_signed_twelve_bits(scan_geometry: Geometry, phantom: Callable, write_series: Callable,
                            tmp_path: Path) -> None:
    def pack(k: int, dataset: Dataset) -> None:
        dataset.BitsStored, dataset.HighBit = 12, 11
        stored = np.frombuffer(dataset.PixelData, "<i2").astype("<u2") & 0x0FFF
        dataset.PixelData = stored.tobytes()

    hu = phantom(scan_geometry)
    write_series(tmp_path, hu, scan_geometry, edit=pack)
    np.testing.assert_array_equal(read_ct(tmp_path).hu, hu)


@pytest.mark.parametrize("padding", [-2000, 63536, 0, 500])
def test_padding_around_the_field_of_view_is_air(padding: int, scan_geometry: Geometry, phantom: Callable,
                                                 write_series: Callable, tmp_path: Path) -> None:
    hu = phantom(scan_geometry)
    inside = hu.copy()
    inside[:, :4, :4] = padding if padding < 32768 else padding - 65536
    inside[:, 24, 32] = np.clip(padding, 0, 500)  # tissue of the same value in the patient stays

    def pad(k: int, dataset: Dataset) -> None:
        dataset.add_new("PixelPaddingValue", "SS" if padding < 32768 else "US", padding)

    write_series(tmp_path, inside, scan_geometry, edit=pad)
    ct = read_ct(tmp_path)
    assert np.all(ct.hu[:, :4, :4] == -1024)
    assert np.all(ct.hu[:, 24, 32] == np.clip(padding, 0, 500))


def test_monochrome1_does_not_invert_densities(scan_geometry: Geometry, phantom: Callable, write_series: Callable,
                                               tmp_path: Path) -> None:
    hu = phantom(scan_geometry)
    write_series(tmp_path, hu, scan_geometry, PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(read_ct(tmp_path).hu, hu)


def test_missing_rescale_is_told_when_the_values_are_plausible(scan_geometry: Geometry, phantom: Callable,
                                                               write_series: Callable, tmp_path: Path) -> None:
    write_series(tmp_path, phantom(scan_geometry), scan_geometry, RescaleSlope=None, RescaleIntercept=None)
    assert any("no rescale" in warning for warning in read_ct(tmp_path).warnings)


def test_missing_rescale_is_refused_when_the_values_are_not(scan_geometry: Geometry, phantom: Callable,
                                                            write_series: Callable, tmp_path: Path) -> None:
    write_series(tmp_path, phantom(scan_geometry) + 1024, scan_geometry, RescaleSlope=None, RescaleIntercept=None)
    with pytest.raises(DuOncoError, match="without rescale"):
        read_ct(tmp_path)


@pytest.mark.parametrize("slope", [0, -1, 1e9])
def test_invalid_rescale_is_refused(slope: float, scan_geometry: Geometry, phantom: Callable, write_series: Callable,
                                    tmp_path: Path) -> None:
    write_series(tmp_path, phantom(scan_geometry), scan_geometry, RescaleSlope=slope)
    with pytest.raises(DuOncoError, match="rescale"):
        read_ct(tmp_path)


def test_truncated_pixel_data_are_refused(scan_geometry: Geometry, phantom: Callable, write_series: Callable,
                                          tmp_path: Path) -> None:
    path = write_series(tmp_path, phantom(scan_geometry), scan_geometry)[4]
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(DuOncoError, match="damaged or not complete"):
        read_ct(tmp_path)


def test_lossy_compression_is_told(scan_geometry: Geometry, phantom: Callable, write_series: Callable,
                                   tmp_path: Path) -> None:
    write_series(tmp_path, phantom(scan_geometry), scan_geometry, LossyImageCompression="01")
    assert any("compressed with loss" in warning for warning in read_ct(tmp_path).warnings)

"""A folder of mixed studies: every series is listed, the right one chosen, and no identifier is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import MediaStorageDirectoryStorage, MRImageStorage, SecondaryCaptureImageStorage

from DuOncoUnityLib.ct.dicom import choose_series, list_series
from DuOncoUnityLib.ct.read import read_ct
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.geometry import Geometry

LONG = Geometry((24, 24, 32), (12.0, 11.0, 5.0), (-190.0, -130.0, -700.0))
SHORT = Geometry((12, 24, 32), (12.0, 11.0, 5.0), (-190.0, -130.0, -700.0))
THIN = Geometry((60, 24, 32), (12.0, 11.0, 2.0), (-190.0, -130.0, -700.0))

SCOUT = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}
UNUSABLE = {
    "not a CT": {"Modality": "MR", "SOPClassUID": MRImageStorage},
    "localizer": SCOUT,
    "secondary capture": {"SOPClassUID": SecondaryCaptureImageStorage},
    "projection or rendering": {"ImageType": ["DERIVED", "SECONDARY", "AXIAL", "MIP"]},
    "not Hounsfield units": {"RescaleType": "mg/ml"},
    "where they lie": {"FrameOfReferenceUID": "1.9"},  # position removed in the test
}


@pytest.mark.parametrize(("worse", "better", "why"), [
    ((SHORT, {}), (LONG, {}), "120 mm long"),
    ((LONG, {"ImageType": ["DERIVED", "SECONDARY", "MPR"]}), (SHORT, {}), "original"),
    ((LONG, {"ConvolutionKernel": "B70f"}), (LONG, {}), "kernel B30f"),
    ((LONG, {"ConvolutionKernel": "LUNG"}), (LONG, {"ConvolutionKernel": "STANDARD"}), "kernel STANDARD"),
    ((LONG, {"SeriesDescription": "TAP sans injection"}), (LONG, {}), "portal venous"),
    ((LONG, {"SeriesDescription": "TAP arteriel"}), (LONG, {}), "portal venous"),
    ((LONG, {"StudyDate": "20230101"}), (LONG, {"SeriesDescription": "TAP arteriel"}), "2024-02-29"),
    ((LONG, {}), (THIN, {}), "60 images"),
])
def test_the_better_series_is_chosen(worse: tuple, better: tuple, why: str, phantom: Callable, write_series: Callable,
                                     tmp_path: Path) -> None:
    for uid, (geometry, changes) in (("1.2.1", worse), ("1.2.2", better)):
        write_series(tmp_path / uid, phantom(geometry), geometry, SeriesInstanceUID=uid, **changes)
    series = list_series(tmp_path)
    assert len(series) == 2
    best, reason = choose_series(series)
    assert best.uid == "1.2.2"
    assert why in reason
    ct = read_ct(tmp_path)
    assert reason in ct.warnings
    assert ct.hu.shape == better[0].shape
    assert read_ct(tmp_path, series_uid="1.2.1").hu.shape == worse[0].shape


def test_a_coronal_reformat_is_not_chosen(phantom: Callable, write_series: Callable, tmp_path: Path) -> None:
    coronal = Geometry((48, 100, 64), (6.0, 5.5, 5.5), (-190.0, -130.0, 0.0), (1.0, 0, 0, 0, 0, 1.0, 0, -1.0, 0))
    write_series(tmp_path / "a", phantom(coronal), coronal, SeriesInstanceUID="1.2.1")
    write_series(tmp_path / "b", phantom(SHORT), SHORT, SeriesInstanceUID="1.2.2")
    series = {info.uid: info for info in list_series(tmp_path)}
    assert (series["1.2.1"].orientation, series["1.2.2"].orientation) == ("coronal", "axial")
    assert choose_series(list(series.values()))[0].uid == "1.2.2"


@pytest.mark.parametrize("problem", sorted(UNUSABLE))
def test_what_is_no_ct_is_listed_with_the_reason(problem: str, phantom: Callable, write_series: Callable,
                                                 tmp_path: Path) -> None:
    def edit(k: int, dataset: Dataset) -> None:
        if problem == "where they lie":
            del dataset.ImagePositionPatient

    write_series(tmp_path, phantom(SHORT), SHORT, edit=edit, **UNUSABLE[problem])
    (info,) = list_series(tmp_path)
    assert not info.usable
    assert problem in info.problem
    with pytest.raises(DuOncoError, match=problem):
        read_ct(tmp_path)
    with pytest.raises(DuOncoError, match=problem):
        read_ct(tmp_path, series_uid=info.uid)


def test_colour_is_refused(phantom: Callable, write_series: Callable, tmp_path: Path) -> None:
    def colour(k: int, dataset: Dataset) -> None:
        dataset.SamplesPerPixel, dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 3, 8, 8, 7
        dataset.PhotometricInterpretation, dataset.PlanarConfiguration, dataset.PixelRepresentation = "RGB", 0, 0
        dataset.PixelData = bytes(dataset.Rows * dataset.Columns * 3)

    write_series(tmp_path, phantom(SHORT), SHORT, edit=colour)
    with pytest.raises(DuOncoError, match="colour"):
        read_ct(tmp_path)


def test_a_localizer_inside_the_series_is_passed_over(phantom: Callable, write_series: Callable,
                                                      tmp_path: Path) -> None:
    hu = phantom(SHORT)
    write_series(tmp_path, hu, SHORT)
    write_series(tmp_path, hu[:1], SHORT, prefix="scout", **SCOUT)
    series = list_series(tmp_path)
    assert [info.usable for info in series] == [True, False]
    assert [info.uid for info in series] == ["1.2.3", "1.2.3:2"]
    np.testing.assert_array_equal(read_ct(tmp_path).hu, hu)


def test_two_contrast_phases_in_one_series_are_two_scans(phantom: Callable, write_series: Callable,
                                                         tmp_path: Path) -> None:
    first, second = phantom(SHORT, 1), phantom(SHORT, 2)
    write_series(tmp_path, first, SHORT, prefix="a", AcquisitionNumber=1)
    write_series(tmp_path, second, SHORT, prefix="b", AcquisitionNumber=2)
    assert {info.uid for info in list_series(tmp_path)} == {"1.2.3", "1.2.3:2"}
    np.testing.assert_array_equal(read_ct(tmp_path, "1.2.3").hu, first)
    ct = read_ct(tmp_path, "1.2.3:2")
    np.testing.assert_array_equal(ct.hu, second)
    assert any("12 images of the same series" in warning for warning in ct.warnings)


def test_one_series_acquired_in_two_parts_stays_one(phantom: Callable, write_series: Callable,
                                                    tmp_path: Path) -> None:
    hu = phantom(SHORT)

    def part(k: int, dataset: Dataset) -> None:
        dataset.AcquisitionNumber = 1 + k // 6

    write_series(tmp_path, hu, SHORT, edit=part)
    np.testing.assert_array_equal(read_ct(tmp_path).hu, hu)


def test_other_files_lying_around_do_not_disturb(phantom: Callable, write_series: Callable, tmp_path: Path) -> None:
    hu = phantom(SHORT)
    write_series(tmp_path / "deep" / "er", hu, SHORT)
    (tmp_path / "report.txt").write_text("text")
    (tmp_path / "deep" / "picture.png").write_bytes(b"\x89PNG" + bytes(500))
    (tmp_path / "zeros").write_bytes(bytes(500))
    directory = pydicom.dataset.FileDataset("", {}, preamble=bytes(128), file_meta=pydicom.dataset.FileMetaDataset())
    directory.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    directory.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    directory.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    directory.DirectoryRecordSequence = []
    directory.save_as(tmp_path / "DICOMDIR", enforce_file_format=True)
    ct = read_ct(tmp_path)
    np.testing.assert_array_equal(ct.hu, hu)
    assert not any("could not be read" in warning for warning in ct.warnings)


def test_files_of_old_software_without_preamble(phantom: Callable, write_series: Callable, tmp_path: Path) -> None:
    hu = phantom(SHORT)
    for path in write_series(tmp_path, hu, SHORT):
        dataset = pydicom.dcmread(path)
        bare = Dataset()
        bare.update(dataset)
        pydicom.dcmwrite(path, bare, implicit_vr=True, little_endian=True, enforce_file_format=False)
        assert path.read_bytes()[128:132] != b"DICM"
    np.testing.assert_array_equal(read_ct(tmp_path).hu, hu)


@pytest.mark.parametrize("bytes_left", [0, 25, 140, 200])
def test_a_damaged_file_in_the_folder_is_told(bytes_left: int, phantom: Callable, write_series: Callable,
                                              tmp_path: Path) -> None:
    paths = write_series(tmp_path, phantom(SHORT), SHORT)
    last = next(path for path in paths if pydicom.dcmread(path).InstanceNumber == 12)
    last.write_bytes(last.read_bytes()[:bytes_left])
    ct = read_ct(tmp_path)
    assert len(ct.hu) == 11
    assert any("1 files" in warning for warning in ct.warnings)


def test_two_patients_in_one_folder_are_not_guessed(phantom: Callable, write_series: Callable,
                                                    tmp_path: Path) -> None:
    for number in (1, 2):
        write_series(tmp_path / str(number), phantom(SHORT), SHORT, PatientID=f"P{number}",
                     SeriesInstanceUID=f"1.2.{number}")
    with pytest.raises(DuOncoError, match="2 patients"):
        read_ct(tmp_path)
    assert read_ct(tmp_path, "1.2.2").hu.shape == SHORT.shape


def test_an_unknown_series_is_told(phantom: Callable, write_series: Callable, tmp_path: Path) -> None:
    write_series(tmp_path, phantom(SHORT), SHORT)
    with pytest.raises(DuOncoError, match="does not hold the chosen series"):
        read_ct(tmp_path, "9.9")


def test_nothing_that_is_told_names_the_patient(phantom: Callable, write_series: Callable, tmp_path: Path) -> None:
    write_series(tmp_path, phantom(SHORT), SHORT, SeriesDescription="Secret^Name portal")
    info = list_series(tmp_path)[0]
    assert "secret" not in f"{info} {choose_series([info])[1]} {read_ct(tmp_path)}".lower()

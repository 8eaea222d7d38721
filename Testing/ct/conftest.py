"""Real DICOM files for the reader tests: a phantom in HU, written slice by slice as a scanner would."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import CTImageStorage, EnhancedCTImageStorage, ExplicitVRLittleEndian, generate_uid

from DuOncoUnityLib.geometry import Geometry

SeriesWriter = Callable[..., list[Path]]


def make_phantom(geometry: Geometry, seed: int = 0) -> np.ndarray:
    """HU of an elliptic body of soft tissue with a fat rim, a bone off centre (no symmetry) and noise, in air."""
    k, j, i = np.indices(geometry.shape)
    world = geometry.index_to_world(np.stack([i, j, k], axis=-1))
    centre = geometry.index_to_world((np.array(geometry.shape[::-1]) - 1) / 2)
    x, y, z = np.moveaxis(world - centre, -1, 0)
    radius = np.hypot(x / 150, y / 100)
    hu = np.full(geometry.shape, -1000.0)
    hu[radius < 1] = -100
    hu[radius < 0.9] = 40
    hu[np.hypot(x - 40, y - 30) < 15 + 0.05 * z] = 700
    hu += np.random.default_rng(seed).normal(0, 5, hu.shape)
    return np.rint(np.clip(hu, -1024, 3071)).astype(np.int16)


@pytest.fixture
def scan_geometry() -> Geometry:
    """A straight axial grid of a small body scan."""
    return Geometry((20, 48, 64), (6.0, 5.5, 5.0), (-190.0, -130.0, -700.0))


@pytest.fixture
def phantom() -> Callable[..., np.ndarray]:
    return make_phantom


def ct_header(**changes: object) -> FileDataset:
    """A complete CT header; `changes` replace data elements, None deletes them."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = CTImageStorage
    header = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    values: dict[str, object] = {
        "SOPClassUID": CTImageStorage, "SOPInstanceUID": generate_uid(), "Modality": "CT",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"], "PatientID": "SECRET-ID", "PatientName": "Secret^Name",
        "StudyDate": "20240229", "StudyInstanceUID": generate_uid(), "SeriesInstanceUID": "1.2.3",
        "FrameOfReferenceUID": "1.2.3.4", "SeriesDescription": "TAP portal", "ConvolutionKernel": "B30f",
        "SliceThickness": 5.0, "AcquisitionNumber": 1, "PhotometricInterpretation": "MONOCHROME2",
        "SamplesPerPixel": 1, "BitsAllocated": 16, "BitsStored": 16, "HighBit": 15, "PixelRepresentation": 1,
        "RescaleSlope": 1, "RescaleIntercept": 0, "RescaleType": "HU",
    }
    for keyword, value in {**values, **changes}.items():
        if value is not None:
            setattr(header, keyword, value)
    meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    return header


@pytest.fixture
def write_series() -> SeriesWriter:
    """Write a volume as single-frame DICOM files, named in no order.

    Args: folder, hu, geometry, `names` for the files, `edit(k, dataset)` changes one slice before writing (returning
    False leaves it out), and data elements for all slices.
    """
    def write(folder: Path, hu: np.ndarray, geometry: Geometry, *, prefix: str = "",
              edit: Callable[[int, Dataset], bool | None] | None = None, **changes: object) -> list[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        names = np.random.default_rng(1).permutation(len(hu))
        columns = np.reshape(geometry.direction, (3, 3)).T
        paths = []
        for k, image in enumerate(hu):
            header = ct_header(**{"SliceThickness": geometry.spacing_mm[2], **changes})
            header.Rows, header.Columns = image.shape
            header.PixelSpacing = [geometry.spacing_mm[1], geometry.spacing_mm[0]]
            header.ImageOrientationPatient = _decimals([*columns[0], *columns[1]])
            header.ImagePositionPatient = _decimals(geometry.index_to_world((0, 0, k)))
            header.InstanceNumber = k + 1
            header.PixelData = image.astype("<i2").tobytes()
            if edit is not None and edit(k, header) is False:
                continue
            paths.append(folder / f"{prefix}{names[k]:04d}")
            header.save_as(paths[-1], enforce_file_format=True)
        return paths

    return write


@pytest.fixture
def write_enhanced() -> Callable[..., Path]:
    """Write a volume as one enhanced (multi-frame) CT file, its frames in reverse order with their own rescale."""
    def write(path: Path, hu: np.ndarray, geometry: Geometry, *, slopes: Sequence[float] = (1.0,)) -> Path:
        header = ct_header(SOPClassUID=EnhancedCTImageStorage, RescaleSlope=None, RescaleIntercept=None,
                           RescaleType=None, ConvolutionKernel=None, SliceThickness=None)
        header.file_meta.MediaStorageSOPClassUID = EnhancedCTImageStorage
        columns = np.reshape(geometry.direction, (3, 3)).T
        header.NumberOfFrames, header.Rows, header.Columns = hu.shape
        header.SharedFunctionalGroupsSequence = DicomSequence([_item(
            PixelMeasuresSequence=_item(PixelSpacing=[geometry.spacing_mm[1], geometry.spacing_mm[0]],
                                        SliceThickness=geometry.spacing_mm[2]),
            PlaneOrientationSequence=_item(ImageOrientationPatient=_decimals([*columns[0], *columns[1]])),
            CTReconstructionSequence=_item(ConvolutionKernel="Br40"))])
        frames, pixels = [], []
        for k in reversed(range(len(hu))):
            slope = slopes[k % len(slopes)]
            pixels.append(np.rint((hu[k] + 1024) / slope).astype("<i2"))
            frames.append(_item(
                PlanePositionSequence=_item(ImagePositionPatient=_decimals(geometry.index_to_world((0, 0, k)))),
                PixelValueTransformationSequence=_item(RescaleSlope=slope, RescaleIntercept=-1024, RescaleType="HU")))
        header.PerFrameFunctionalGroupsSequence = DicomSequence(frames)
        header.PixelData = np.stack(pixels).tobytes()
        path.parent.mkdir(parents=True, exist_ok=True)
        header.save_as(path, enforce_file_format=True)
        return path

    return write


def _item(**elements: object) -> Dataset:
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, DicomSequence([value]) if isinstance(value, Dataset) else value)
    return item


def _decimals(values: Sequence[float] | np.ndarray) -> list[str]:
    """DICOM decimal strings have at most 16 characters."""
    return [f"{value:.10g}"[:16] for value in values]

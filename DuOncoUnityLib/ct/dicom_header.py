"""What the DICOM files of a folder say about their images, without reading a pixel."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import MediaStorageDirectoryStorage

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.progress import Progress

logger = logging.getLogger(__name__)

MAX_FILES = 50_000
MAX_FRAMES = 20_000

HEADER_TAGS = [
    "SOPClassUID", "SOPInstanceUID", "Modality", "ImageType", "SeriesInstanceUID", "FrameOfReferenceUID", "PatientID",
    "StudyDate", "SeriesDate", "AcquisitionDate", "AcquisitionDateTime", "SeriesDescription", "ContrastBolusAgent",
    "ContrastBolusRoute", "ConvolutionKernel", "SliceThickness", "AcquisitionNumber", "TemporalPositionIdentifier",
    "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns", "SamplesPerPixel",
    "NumberOfFrames", "BitsAllocated", "PixelRepresentation", "RescaleSlope", "RescaleIntercept", "RescaleType",
    "LossyImageCompression", "PatientSize", "PatientWeight", "PatientSex",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
]


@contextmanager
def quiet_pydicom() -> Iterator[None]:
    """pydicom warns with the values of invalid elements, which may name the patient: keep them off terminal and log."""
    pydicom_logger = logging.getLogger("pydicom")
    was_disabled = pydicom_logger.disabled
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pydicom_logger.disabled = True
        try:
            yield
        finally:
            pydicom_logger.disabled = was_disabled


@dataclass(frozen=True, eq=False)
class Frame:
    """One image plane: a single-frame file, or one frame of a multi-frame (enhanced) file.

    Attributes:
        path, number: the file and the index of the frame in it.
        header: the data elements `HEADER_TAGS` of the file (shared by the frames of one file).
        image_type: values of ImageType or FrameType, upper case.
        position_mm, orientation: LPS position of the first pixel and the directions of a row and a column;
            None where absent or not numbers. The same holds for the other optional values.
        pixel_spacing_mm: (between rows, between columns), as in DICOM.
        acquisition, temporal_position: what tells apart several scans of one place in one series.
    """

    path: Path
    number: int
    header: Dataset
    image_type: tuple[str, ...]
    position_mm: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    pixel_spacing_mm: tuple[float, ...] | None
    thickness_mm: float | None
    rescale_slope: float | None
    rescale_intercept: float | None
    rescale_type: str
    kernel: str
    acquisition: str
    temporal_position: str

    @property
    def size(self) -> tuple[int, int]:
        """(rows, columns); zeros for what is not an image."""
        return integer(self.header, "Rows"), integer(self.header, "Columns")


def read_frames(folder: Path, progress: Progress, recursive: bool = True) -> tuple[list[Frame], int]:
    """All DICOM images below a folder, and the number of files that could not be read or are damaged.

    Files that are not DICOM are passed over; those named like the images beside them count as damaged.

    Raises:
        DuOncoError: the folder cannot be opened or holds more than `MAX_FILES` files.
    """
    frames: list[Frame] = []
    unreadable = 0
    images: list[Path] = []
    others: list[Path] = []
    paths = list(_files(folder, recursive))
    for number, path in enumerate(paths):
        progress.update("Reading the headers", number / len(paths))
        try:
            found = file_frames(path)
        except Exception as error:
            logger.debug("unreadable file: %s", type(error).__name__)
            unreadable += 1
        else:
            frames.extend(found)
            (images if found else others).append(path)
    kinds = {_kind(path) for path in images}
    return frames, unreadable + sum(_kind(path) in kinds and path.name.upper() != "DICOMDIR" for path in others)


def _kind(path: Path) -> tuple[Path, str]:
    """Folder and ending; files without ending are often named by a UID, whose last number is none."""
    return path.parent, "" if path.suffix[1:].isdigit() else path.suffix.lower()


@quiet_pydicom()
def file_frames(path: Path) -> list[Frame]:
    """The frames of one file; empty where it is not a DICOM image. Raises what pydicom or the disk raises."""
    has_preamble = _dicom_kind(path)
    if has_preamble is None:
        return []
    header = pydicom.dcmread(path, stop_before_pixels=True, force=not has_preamble, specific_tags=HEADER_TAGS)
    if _is_directory(header) or (not has_preamble and "Modality" not in header):
        return []
    if "Modality" not in header and "SOPClassUID" not in header:
        raise ValueError("neither modality nor SOP class: the header is damaged")
    per_frame = header.get("PerFrameFunctionalGroupsSequence") or [Dataset()]
    if len(per_frame) > MAX_FRAMES:
        raise ValueError("too many frames")
    shared = (header.get("SharedFunctionalGroupsSequence") or [Dataset()])[0]
    return [_frame(path, number, header, shared, own) for number, own in enumerate(per_frame)]


def _frame(path: Path, number: int, header: Dataset, shared: Dataset, own: Dataset) -> Frame:
    def group(keyword: str) -> Dataset:
        """Where the values of a functional group stand: at the frame, shared by all, or in the plain header."""
        for place in (own, shared):
            items = place.get(keyword)
            if items:
                return items[0]
        return header

    measures, rescale = group("PixelMeasuresSequence"), group("PixelValueTransformationSequence")
    content, kind = group("FrameContentSequence"), group("CTImageFrameTypeSequence")
    image_type = text(kind, "FrameType") or text(header, "ImageType")
    return Frame(
        path=path, number=number, header=header, image_type=tuple(image_type.upper().split("\\")),
        position_mm=numbers(group("PlanePositionSequence"), "ImagePositionPatient", 3),
        orientation=numbers(group("PlaneOrientationSequence"), "ImageOrientationPatient", 6),
        pixel_spacing_mm=numbers(measures, "PixelSpacing", 2), thickness_mm=number_of(measures, "SliceThickness"),
        rescale_slope=number_of(rescale, "RescaleSlope"), rescale_intercept=number_of(rescale, "RescaleIntercept"),
        rescale_type=text(rescale, "RescaleType").upper(),
        kernel=text(group("CTReconstructionSequence"), "ConvolutionKernel").replace("\\", "/"),
        acquisition=text(content, "FrameAcquisitionNumber") or text(header, "AcquisitionNumber"),
        temporal_position=text(content, "TemporalPositionIndex") or text(header, "TemporalPositionIdentifier"))


def text(dataset: Dataset, keyword: str) -> str:
    """A data element as text, several values joined by a backslash; "" where absent or unreadable."""
    value = _value(dataset, keyword)
    if value is None:
        return ""
    if isinstance(value, (list, pydicom.multival.MultiValue)):
        return "\\".join(str(part).strip() for part in value)
    return str(value).strip()


def numbers(dataset: Dataset, keyword: str, count: int) -> tuple[float, ...] | None:
    """A data element of `count` finite numbers; None where it is anything else."""
    try:
        values = tuple(float(part) for part in np.ravel(_value(dataset, keyword)))
    except (TypeError, ValueError):
        return None
    return values if len(values) == count and bool(np.isfinite(values).all()) else None


def number_of(dataset: Dataset, keyword: str) -> float | None:
    """A data element that is one finite number; None where it is anything else."""
    values = numbers(dataset, keyword, 1)
    return None if values is None else values[0]


def integer(dataset: Dataset, keyword: str) -> int:
    """A data element that is a whole number; 0 where it is anything else."""
    return int(number_of(dataset, keyword) or 0)


def _value(dataset: Dataset, keyword: str) -> Any:
    try:
        return dataset.get(keyword)
    except Exception:  # values are parsed when asked for; invalid ones raise many kinds of errors
        return None


def _is_directory(header: Dataset) -> bool:
    meta = getattr(header, "file_meta", Dataset())
    return text(meta, "MediaStorageSOPClassUID") == MediaStorageDirectoryStorage


def _files(folder: Path, recursive: bool) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise DuOncoError("The folder cannot be opened; check that it exists and that you may read it.",
                          details=type(error).__name__)

    count = 0
    for root, folders, names in os.walk(folder, onerror=refuse):
        folders.sort()
        if not recursive:
            folders.clear()
        for name in sorted(names):
            count += 1
            if count > MAX_FILES:
                raise DuOncoError(f"The folder holds more than {MAX_FILES} files; choose the folder of one patient.")
            yield Path(root) / name


def _dicom_kind(path: Path) -> bool | None:
    """True: DICOM with its preamble; False: a bare data set of old software; None: not DICOM."""
    if not path.is_file():  # pipes and devices would block
        return None
    with path.open("rb") as file:
        start = file.read(132)
    if start[128:] == b"DICM":
        return True
    # a bare little-endian data set starts with group 0008 (or the file meta group 0002), element below 0x20
    if len(start) == 132 and start[0] in (0x02, 0x08) and start[1] == 0 and start[2] < 0x20 and start[3] == 0:
        return False
    if not start:
        raise ValueError("empty file")
    return None

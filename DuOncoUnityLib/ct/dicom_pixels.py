"""Pixel data of a DICOM stack as one array in HU."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pydicom
import SimpleITK as sitk
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    RLELossless,
    generate_uid,
)

from DuOncoUnityLib.ct.checks import AIR_HU
from DuOncoUnityLib.ct.dicom_header import Frame, integer, number_of
from DuOncoUnityLib.ct.itk_reading import itk_reader, read_pixels
from DuOncoUnityLib.ct.slice_stack import SliceStack
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.progress import Progress

PIXEL_TAGS = ["Rows", "Columns", "SamplesPerPixel", "NumberOfFrames", "BitsAllocated", "BitsStored", "HighBit",
              "PixelRepresentation", "PixelPaddingValue", "PixelData"]
ITEM_TAG = b"\xfe\xff\x00\xe0"
END_OF_IMAGE = b"\xff\xd9"
Shape = tuple[int, int, int]
MAX_HU = int(np.iinfo(np.int16).max)


def load_hu(stack: SliceStack, progress: Progress) -> tuple[npt.NDArray[np.int16], tuple[str, ...]]:
    """Read, decode and rescale all slices.

    Values below -1024 and padding become -1024 (air); values above are kept up to 32767, so that metal stays metal.
    MONOCHROME1 needs no care: it changes the display, not the rescaled value. The rescale of each slice is its own.

    Returns:
        int16 KJI array on the grid of the stack (a tilted stack still has its slices aside of each other), warnings.

    Raises:
        DuOncoError: a file is truncated or cannot be decoded, the rescale is invalid, or copies of a slice differ.
    """
    hu = np.empty(stack.geometry.shape, np.int16)
    filled = np.zeros(len(hu), bool)
    incomplete = 0
    with tempfile.TemporaryDirectory(prefix="duonco-") as scratch:
        files = _by_file(stack)
        for number, (path, places) in enumerate(files.items()):
            progress.update("Reading the images", number / len(files))
            stored, header, complete = _stored_values(path, Path(scratch))
            incomplete += not complete
            for k, frame in places:
                if frame.number >= len(stored) or stored.shape[1:] != hu.shape[1:]:
                    raise _damaged(f"frame {frame.number} of {stored.shape}")
                image = _to_hu(stored[frame.number], frame, header)
                if filled[k] and not np.array_equal(hu[k], image):
                    raise DuOncoError("The series holds different images at the same place.")
                hu[k] = image
                filled[k] = True
    warnings = []
    if incomplete:
        warnings.append(f"The compressed data of {incomplete} files have no proper end; they may be damaged.")
    for k in np.flatnonzero(~filled).tolist():
        hu[k] = np.rint((hu[k - 1].astype(np.float32) + hu[k + 1]) / 2)
    return hu, tuple(warnings)


def _by_file(stack: SliceStack) -> dict[Path, list[tuple[int, Frame]]]:
    files: dict[Path, list[tuple[int, Frame]]] = defaultdict(list)
    for k, frames in enumerate(stack.slices):
        for frame in frames:
            files[frame.path].append((k, frame))
    return files


def _to_hu(stored: npt.NDArray[np.integer], frame: Frame, header: Dataset) -> npt.NDArray[np.int16]:
    slope = 1.0 if frame.rescale_slope is None else frame.rescale_slope
    intercept = 0.0 if frame.rescale_intercept is None else frame.rescale_intercept
    if not 0 < slope < 1000 or abs(intercept) > 100_000:
        raise DuOncoError("The rescale values of the images are invalid.", details=f"{slope} {intercept}")
    values = stored.astype(np.float32) * slope + intercept
    padding = number_of(header, "PixelPaddingValue")
    if padding is not None:
        if integer(header, "PixelRepresentation") and padding > MAX_HU:
            padding -= 65536.0
        # a padding value can be a density of tissue, too; only outside the round field of view it is surely padding
        values[(stored == padding) & _outside_circle(stored.shape)] = AIR_HU
    return np.rint(np.clip(values, AIR_HU, MAX_HU)).astype(np.int16)


def _outside_circle(shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    y, x = (np.linspace(-1, 1, n) for n in shape)
    return (y[:, None] ** 2 + x[None, :] ** 2) > 1.0


def _stored_values(path: Path, scratch: Path) -> tuple[npt.NDArray[np.integer], Dataset, bool]:
    """All frames (frame, row, column) of a file before rescale, its header, whether compressed data end properly."""
    try:
        header = pydicom.dcmread(path, force=True, specific_tags=PIXEL_TAGS)
        data = header.PixelData
        syntax = getattr(getattr(header, "file_meta", None), "TransferSyntaxUID", ImplicitVRLittleEndian)
        encapsulated = syntax.is_encapsulated
    except Exception as error:  # damaged files make pydicom raise almost anything
        raise _damaged(type(error).__name__) from None
    shape = (max(1, integer(header, "NumberOfFrames")), integer(header, "Rows"), integer(header, "Columns"))
    if integer(header, "SamplesPerPixel") > 1 or min(shape) < 1:
        raise _damaged(f"not a plain image of {shape}")
    if not encapsulated:
        return _native(header, data, shape, big_endian=syntax == ExplicitVRBigEndian), header, True
    if shape[0] > _fragment_count(data):
        raise _damaged("fewer fragments than frames")
    complete = syntax == RLELossless or END_OF_IMAGE in data[-16:]
    return _decoded(header, data, syntax, shape, scratch), header, complete


def _native(header: Dataset, data: bytes, shape: Shape, *, big_endian: bool) -> npt.NDArray[np.integer]:
    """Uncompressed pixels: BitsStored of them count, up to HighBit; the rest may hold old overlays."""
    allocated, stored = integer(header, "BitsAllocated"), integer(header, "BitsStored")
    high = integer(header, "HighBit")
    if allocated not in (8, 16, 32) or not 0 < stored <= high + 1 <= allocated:
        raise _damaged(f"bits {allocated} {stored} {high}")
    count = shape[0] * shape[1] * shape[2]
    if count * allocated // 8 > len(data):
        raise _damaged("pixel data are shorter than the image")
    kind = "i" if integer(header, "PixelRepresentation") else "u"
    dtype = np.dtype(f"{'>' if big_endian else '<'}{kind}{allocated // 8}")
    values = np.frombuffer(data, dtype, count).reshape(shape)
    if stored == allocated:
        return values
    native = values.astype(values.dtype.newbyteorder("="))
    return (native << (allocated - 1 - high)) >> (allocated - stored)


def _fragment_count(data: bytes) -> int:
    """Encapsulated pixel data are a chain of items; GDCM searches for many seconds where the chain is broken."""
    count = place = 0
    while place < len(data):
        if data[place:place + 4] != ITEM_TAG:
            raise _damaged("broken chain of fragments")
        place += 8 + int.from_bytes(data[place + 4:place + 8], "little")
        count += 1
    if place != len(data):
        raise _damaged("the last fragment is cut off")
    return count - 1  # the first item is the offset table


def _decoded(header: Dataset, data: bytes, syntax: UID, shape: Shape, scratch: Path) -> npt.NDArray[np.integer]:
    """Compressed pixels, decoded by GDCM from a copy that holds nothing but the pixels.

    The copy keeps GDCM from applying the rescale of the first frame to all, and from identifiers and damaged headers.
    """
    clean = Dataset()
    clean.file_meta = FileMetaDataset()
    clean.file_meta.TransferSyntaxUID = syntax
    clean.file_meta.MediaStorageSOPClassUID = clean.SOPClassUID = MultiFrameGrayscaleWordSecondaryCaptureImageStorage
    clean.file_meta.MediaStorageSOPInstanceUID = clean.SOPInstanceUID = generate_uid()
    clean.SamplesPerPixel, clean.PhotometricInterpretation = 1, "MONOCHROME2"
    clean.NumberOfFrames, clean.Rows, clean.Columns = shape
    for keyword in ("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"):
        setattr(clean, keyword, integer(header, keyword) & 0xFF)
    clean.PixelData = data
    clean["PixelData"].is_undefined_length = True
    copy = scratch / "image.dcm"
    try:
        clean.save_as(copy, enforce_file_format=True)
    except OSError as error:
        raise DuOncoError("There is no room on the disk to decode the images.", details=str(error.strerror),
                          exit_code=ExitCode.OUT_OF_RESOURCES) from None
    array = sitk.GetArrayFromImage(read_pixels(itk_reader(copy, "GDCMImageIO")))
    if array.size != shape[0] * shape[1] * shape[2]:
        raise _damaged(f"decoded to {array.shape}")
    return array.reshape(shape)


def _damaged(details: str) -> DuOncoError:
    return DuOncoError("An image of the series is damaged or not complete.", details=details)

"""CT from NIfTI, NRRD and MetaImage files, read by ITK."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from DuOncoUnityLib.ct.checks import AIR_HU, check_grid
from DuOncoUnityLib.ct.itk_reading import itk_reader, read_pixels
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.geometry import Geometry

IMAGE_IO = {".nii": "NiftiImageIO", ".nii.gz": "NiftiImageIO", ".nrrd": "NrrdImageIO", ".nhdr": "NrrdImageIO",
            ".mha": "MetaImageIO", ".mhd": "MetaImageIO"}
# header fields of which one per set is needed to know where the voxels lie
PLACE_FIELDS = {
    "NrrdImageIO": ({"space"}, {"space directions"}, {"space origin"}),
    "MetaImageIO": ({"TransformMatrix", "Rotation", "Orientation"}, {"Offset", "Origin", "Position"},
                    {"ElementSpacing"}),
}
# no compressor makes a CT smaller than this; a header that claims more is damaged
MAX_COMPRESSION = 1100
CHUNK = 1 << 20
MAX_HU = int(np.iinfo(np.int16).max)


def is_image_file(path: Path) -> bool:
    """Whether the name ends as one of the formats read here."""
    return _ending(path) in IMAGE_IO


def read_image_file(path: Path) -> CTVolume:
    """Read a file whose voxels are HU; the densities are not yet checked.

    Values below -1024 become -1024; values above are kept up to 32767. The voxels stay in the order of the file.

    Raises:
        DuOncoError: damaged or truncated file, not 3D, colour or complex, NaN or infinite values, implausible grid.
    """
    reader, geometry = open_volume(path)
    check_grid(geometry)
    image = read_whole(path, reader)  # must outlive the view of its memory
    hu = hu_from_values(sitk.GetArrayViewFromImage(image).reshape(geometry.shape))
    warnings = () if _place_is_stated(path, _ending(path), reader) else (
        "The file does not state how the patient lies in it; the axes were taken as they are stored.",)
    return CTVolume(hu, geometry, warnings=warnings)


def open_volume(path: Path) -> tuple[sitk.ImageFileReader, Geometry]:
    """Reader of a 3D image with one value per voxel, and its grid; nothing of the size of the image is allocated.

    Raises:
        DuOncoError: damaged header, not 3D, colour or complex.
    """
    reader = itk_reader(path, IMAGE_IO[_ending(path)])
    size = [int(n) for n in reader.GetSize()]
    while len(size) > 3 and size[-1] == 1:
        size.pop()
    if len(size) != 3:
        raise DuOncoError(f"The image has {len(size)} dimensions; a CT volume has 3.")
    if reader.GetNumberOfComponents() != 1:
        raise DuOncoError("The image is in colour or has several values per voxel; a CT has one.")
    dimension = reader.GetDimension()
    direction = np.reshape(reader.GetDirection(), (dimension, dimension))[:3, :3]
    return reader, Geometry((size[2], size[1], size[0]), reader.GetSpacing()[:3], reader.GetOrigin()[:3],
                            tuple(float(x) for x in direction.ravel()))


def read_whole(path: Path, reader: sitk.ImageFileReader) -> sitk.Image:
    """The image of an opened volume.

    Raises:
        DuOncoError: damaged or truncated file.
    """
    _check_length(path, _ending(path), int(np.prod(reader.GetSize(), dtype=object)) * _bytes_per_voxel(reader))
    return read_pixels(reader)


def hu_from_values(values: npt.NDArray) -> npt.NDArray[np.int16]:
    """HU as int16, at least -1024; slice by slice, so that no second volume in floating point is needed.

    Raises:
        DuOncoError: values that are not finite numbers.
    """
    if values.dtype.kind not in "iuf":
        raise DuOncoError("The values of the image are not plain numbers.")
    hu = np.empty(values.shape, np.int16)
    for k, image in enumerate(values):
        if values.dtype.kind == "f":
            if not np.isfinite(image).all():
                raise DuOncoError("The image holds values that are not numbers (NaN or infinite).")
            image = np.rint(image)
        hu[k] = np.clip(image, AIR_HU, MAX_HU)
    return hu


def _place_is_stated(path: Path, ending: str, reader: sitk.ImageFileReader) -> bool:
    """Without it, left and right or head and feet may be swapped."""
    if ending in (".nii", ".nii.gz"):
        return any(reader.HasMetaDataKey(key) and reader.GetMetaData(key).strip() not in ("", "0")
                   for key in ("qform_code", "sform_code"))
    with path.open("rb") as file:
        fields = _text_header(file, ending).keys()
    return all(not fields.isdisjoint(synonyms) for synonyms in PLACE_FIELDS[IMAGE_IO[ending]])


def _bytes_per_voxel(reader: sitk.ImageFileReader) -> int:
    return int(sitk.GetArrayViewFromImage(sitk.Image([1, 1], reader.GetPixelID())).itemsize)


def _check_length(path: Path, ending: str, voxel_bytes: int) -> None:
    """Refuse truncated and damaged files that ITK would read as if they were whole.

    ITK does so with NIfTI and with compressed NRRD and MetaImage. The checksums of compressed files are verified;
    damage in uncompressed voxels cannot be seen.
    """
    file_bytes = path.stat().st_size
    try:
        if ending == ".nii":
            complete = file_bytes >= voxel_bytes + 348
        elif file_bytes * MAX_COMPRESSION < voxel_bytes and ending not in (".nhdr", ".mhd"):
            complete = False
        elif ending == ".nii.gz":
            with gzip.open(path) as stream:
                complete = _count(stream, voxel_bytes) >= voxel_bytes + 348
        else:
            complete = _compressed_part_complete(path, ending, voxel_bytes)
    except (OSError, EOFError, zlib.error) as error:
        raise _truncated(type(error).__name__) from None
    if not complete:
        raise _truncated(f"{file_bytes} bytes for {voxel_bytes} bytes of voxels")


def _count(stream: BinaryIO | gzip.GzipFile, limit: int) -> int:
    """Length of a stream; reading it to its end verifies the checksum. Stops far beyond the limit."""
    total = 0
    while total < 2 * limit + CHUNK and (chunk := stream.read(CHUNK)):
        total += len(chunk)
    return total


def _text_header(file: BinaryIO, ending: str) -> dict[str, str]:
    """Fields of the header of a NRRD or MetaImage file, which is left open where the header ends."""
    last_field = "" if ending in (".nrrd", ".nhdr") else "ElementDataFile"
    fields: dict[str, str] = {}
    while last_field not in fields and (line := file.readline(10_000)):
        key, _, value = line.decode("latin-1").strip().replace(":", "=", 1).partition("=")
        fields[key.strip()] = value.strip()
    return fields


def _compressed_part_complete(path: Path, ending: str, voxel_bytes: int) -> bool:
    """Whether the voxels of a NRRD or MetaImage inflate to their length; True where they are not compressed."""
    with path.open("rb") as file:
        fields = _text_header(file, ending)
        if fields.get("CompressedData", "").lower() != "true" and fields.get("encoding") not in ("gz", "gzip"):
            return True  # of uncompressed voxels, ITK itself notices that some are missing
        data_file = fields.get("ElementDataFile") or fields.get("data file") or fields.get("datafile") or "LOCAL"
        if data_file.upper() == "LOCAL":
            return _inflated_length(file, voxel_bytes) == voxel_bytes
    with (path.parent / data_file).open("rb") as data:
        return _inflated_length(data, voxel_bytes) == voxel_bytes


def _inflated_length(stream: BinaryIO, limit: int) -> int:
    """Length of a zlib or gzip stream with its checksum verified; -1 where it does not end."""
    inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    total = 0
    while total <= limit and not inflate.eof and (chunk := inflate.unconsumed_tail or stream.read(CHUNK)):
        total += len(inflate.decompress(chunk, CHUNK))
    return total if inflate.eof else -1


def _truncated(details: str) -> DuOncoError:
    return DuOncoError("The image file is damaged or not complete.", details=details)


def _ending(path: Path) -> str:
    name = path.name.lower()
    return ".nii.gz" if name.endswith(".nii.gz") else path.suffix.lower()

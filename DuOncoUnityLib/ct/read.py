"""Read a CT from whatever it is stored in, and check it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from DuOncoUnityLib.ct.checks import check_grid, check_volume
from DuOncoUnityLib.ct.dicom import choose_series, list_series, read_series
from DuOncoUnityLib.ct.dicom_header import file_frames
from DuOncoUnityLib.ct.image_file import is_image_file, read_image_file
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.ct.windowed import restore_air
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.progress import Progress


def read_ct(path: Path, series_uid: str | None = None, progress: Progress | None = None) -> CTVolume:
    """Read and check one CT.

    Args:
        path: a DICOM folder (searched below, too), a DICOM file (its series is read from its folder), or a NIfTI,
            NRRD or MetaImage file in HU.
        series_uid: which series of a DICOM folder; None chooses by rule (`choose_series`).
        progress: told about DICOM files read; through it reading is cancelled.

    Returns:
        The CT in HU on the grid of the file, with warnings that a reader of the results must know.

    Raises:
        DuOncoError: nothing there, not readable, damaged, or no CT of a body; the message says which.
    """
    try:
        ct = _read(Path(path), series_uid, progress or Progress())
    except OSError as error:
        raise _unreadable(error) from None
    except MemoryError:
        raise DuOncoError("There is not enough memory to read the CT.", exit_code=ExitCode.OUT_OF_RESOURCES) from None
    return checked(ct)


def checked(ct: CTVolume) -> CTVolume:
    """The same CT with its hash, the warnings of all checks and air where it was cut off (`windowed`).

    Also for a CT that comes from elsewhere. The hash is that of the voxels as they came.

    Raises:
        DuOncoError: it is no plausible CT of a body.
    """
    check_grid(ct.geometry)
    whole = restore_air(ct)
    return replace(whole, sha256=volume_sha256(ct), warnings=whole.warnings + check_volume(whole))


def volume_sha256(ct: CTVolume) -> str:
    """Hash of the voxels (little-endian int16, KJI) and the geometry (in micrometres): the identity of the input."""
    digest = hashlib.sha256()
    geometry = ct.geometry
    digest.update(np.array(geometry.shape, "<i8").tobytes())
    digest.update(np.rint(geometry.affine[:3] * 1000).astype("<i8").tobytes())
    digest.update(np.ascontiguousarray(ct.hu, "<i2").data)
    return digest.hexdigest()


def _read(path: Path, series_uid: str | None, progress: Progress) -> CTVolume:
    if path.is_dir():
        return _read_folder(path, series_uid, progress)
    if not path.exists():
        raise DuOncoError("The input does not exist.")
    if not path.is_file():
        raise DuOncoError("The input is neither a file nor a folder.")
    if path.stat().st_size == 0:
        raise DuOncoError("The file is empty.")
    if is_image_file(path):
        with path.open("rb"):  # so that a missing permission is told as such
            return read_image_file(path)
    return _read_series_of_file(path, progress)


def _read_folder(folder: Path, series_uid: str | None, progress: Progress) -> CTVolume:
    series = list_series(folder, progress=progress.part(0.0, 0.5))
    pixel_progress = progress.part(0.5, 1.0)
    if series_uid is None:
        chosen, reason = choose_series(series)
        ct = read_series(chosen, pixel_progress)
        return replace(ct, warnings=(reason, *ct.warnings)) if len(series) > 1 else ct
    for info in series:
        if info.uid == series_uid:
            return read_series(info, pixel_progress)
    raise DuOncoError("The folder does not hold the chosen series.", exit_code=ExitCode.USAGE)


def _read_series_of_file(path: Path, progress: Progress) -> CTVolume:
    """A person picked one file of a series: read the series from its folder."""
    try:
        frames = file_frames(path)
    except OSError:
        raise
    except Exception as error:  # damaged headers make pydicom raise almost anything
        raise DuOncoError("The DICOM file is damaged.", details=type(error).__name__) from None
    if not frames:
        raise DuOncoError("The file is no CT in a known format (DICOM, NIfTI, NRRD, MHA).")
    candidates = [info for info in list_series(path.parent, recursive=False, progress=progress.part(0.0, 0.5))
                  if any(frame.path == path for frame in info.frames)]
    return read_series(candidates[0], progress.part(0.5, 1.0))


def _unreadable(error: OSError) -> DuOncoError:
    if isinstance(error, PermissionError):
        return DuOncoError("You may not read the input (permission denied).")
    return DuOncoError("The input could not be read from the disk.", details=str(error.strerror))

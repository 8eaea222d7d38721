"""Lays scans of one patient over each other, each over the next, and writes how: for programs that follow lesions
themselves, such as the module for 3D Slicer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.exports.folder import result_folder
from DuOncoUnityLib.followup.registration import Registration, RegistrationQuality, register
from DuOncoUnityLib.followup.registration_image import load_registration_image
from DuOncoUnityLib.followup.spatial_transform import SpatialTransform
from DuOncoUnityLib.progress import Progress

_QUALITIES = "qualities.json"
_MOST_SCANS = 200
_FILES = frozenset({_QUALITIES, *(f"registration_{number}.h5" for number in range(2, _MOST_SCANS + 1))})


def register_in_order(images: Sequence[Path], out: Path, progress: Progress | None = None) -> None:
    """Register every scan to the next one.

    Args:
        images: files `registration.nrrd` of analysed scans, by date.
        out: folder for `registration_N.h5` (maps points of scan N - 1 to scan N, LPS mm) and `qualities.json`.

    Raises:
        DuOncoError: a file cannot be used, or the folder cannot be written; `out` keeps its former content.
    """
    if not 2 <= len(images) <= _MOST_SCANS:
        raise DuOncoError(f"Give 2 to {_MOST_SCANS} scans.", exit_code=ExitCode.USAGE)
    progress = progress or Progress()
    loaded = [load_registration_image(path) for path in images]
    with result_folder(out, _FILES) as folder:
        qualities = []
        for position in range(1, len(loaded)):
            part = progress.part((position - 1) / (len(loaded) - 1), position / (len(loaded) - 1))
            registration = register(loaded[position - 1], loaded[position], part)
            registration.transform.save(folder / f"registration_{position + 1}.h5")
            qualities.append(asdict(registration.quality))
        (folder / _QUALITIES).write_text(json.dumps(qualities), encoding="utf-8")
    progress.update("Done", 1.0)


def load_registrations(folder: Path) -> list[Registration]:
    """What `register_in_order` wrote: of the first scan to the second, and so on.

    Raises:
        DuOncoError: a file is missing or damaged.
    """
    try:
        values = json.loads((folder / _QUALITIES).read_text(encoding="utf-8"))
        qualities = [RegistrationQuality.from_plain(quality) for quality in values]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DuOncoError("The registration of two scans cannot be read.", details=type(error).__name__) from error
    return [Registration(SpatialTransform.load(folder / f"registration_{number}.h5"), quality)
            for number, quality in enumerate(qualities, start=2)]

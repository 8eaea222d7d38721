"""A single mask as an image file on the grid of its CT."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.files import write_errors
from DuOncoUnityLib.geometry import Geometry

SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".mha")


def check_mask_path(path: Path) -> None:
    """Refuse a file name that no mask can be written to.

    Raises:
        DuOncoError: with exit code USAGE.
    """
    if not path.name.lower().endswith(SUFFIXES):
        raise DuOncoError(f"The mask's file name must end in {', '.join(SUFFIXES)}.", exit_code=ExitCode.USAGE)


def write_mask(path: Path, mask: npt.NDArray[np.uint8], geometry: Geometry) -> None:
    """Write a mask (KJI) whole or not at all.

    Raises:
        DuOncoError: the file cannot be written.
    """
    import SimpleITK as sitk

    temporary = path.with_name(f".duonco-{path.name}")
    try:
        sitk.WriteImage(geometry.to_sitk(mask), str(temporary), useCompression=True)
        with write_errors():
            temporary.replace(path)
    except RuntimeError as error:
        raise DuOncoError("The mask cannot be written; check that the folder exists and that you may write to it.",
                          details=str(error), exit_code=ExitCode.CANNOT_WRITE) from error
    finally:
        temporary.unlink(missing_ok=True)

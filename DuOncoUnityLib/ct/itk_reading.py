"""Reading with ITK: its errors become sentences, and what its format libraries print stays off the terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import SimpleITK as sitk

from DuOncoUnityLib.errors import DuOncoError


def itk_reader(path: Path, image_io: str) -> sitk.ImageFileReader:
    """A reader that knows size, spacing and pixel type of a file; nothing of the size of the image is allocated.

    Args:
        path: the file.
        image_io: ITK's name of the format, such as "NiftiImageIO".

    Raises:
        DuOncoError: ITK cannot read the header.
    """
    reader = sitk.ImageFileReader()
    reader.SetImageIO(image_io)
    reader.SetFileName(str(path))
    with _errors_as_sentences(path):
        reader.ReadImageInformation()
    return reader


def read_pixels(reader: sitk.ImageFileReader) -> sitk.Image:
    """The image of a reader.

    Raises:
        DuOncoError: ITK cannot read it.
    """
    with _errors_as_sentences(Path(reader.GetFileName())):
        return reader.Execute()


@contextmanager
def _errors_as_sentences(path: Path) -> Iterator[None]:
    try:
        with _silent_stderr():
            yield
    except RuntimeError as error:
        details = str(error).replace(str(path), "the file").replace(str(path.parent), "")
        if "orthonormal" in details:
            raise DuOncoError("The axes of the image are not at right angles (the gantry may have been tilted).",
                              details=details) from None
        raise DuOncoError("The image file is damaged or not what its name says.", details=details) from None


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Nothing written to the standard error stream, not even by C libraries (niftilib and MetaIO print directly)."""
    try:
        saved = os.dup(2)
    except OSError:  # no terminal at all, as in a desktop program on Windows
        yield
        return
    try:
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123 (a device, not a path)
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)

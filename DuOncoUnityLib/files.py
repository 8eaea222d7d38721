"""Writing files so that nobody ever sees a half-written one."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from DuOncoUnityLib.errors import DuOncoError, ExitCode


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file that appears complete or not at all.

    Yields:
        a temporary path in the same folder, with the suffix of `path`; it takes the place of `path` when the block ends
        without an error and disappears otherwise.

    Raises:
        DuOncoError: the file cannot be written.
    """
    temporary = path.with_name(f".duonco-{uuid.uuid4().hex[:12]}{path.suffix}")
    with write_errors():
        try:
            yield temporary
            sync(temporary)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def write_errors() -> Iterator[None]:
    """Turn an `OSError` while writing into a sentence for the user."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            message = "The disk is full; the result was not written."
        else:
            message = "The result cannot be written; check that the output folder exists and that you may write to it."
        raise DuOncoError(message, details=f"{type(error).__name__}: {os.strerror(error.errno or 0)}",
                          exit_code=ExitCode.CANNOT_WRITE) from error


def sync(path: Path) -> None:
    """Wait until the data of a file are on the disk, so that a power cut cannot leave an empty file under its name."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())

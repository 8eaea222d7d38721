"""The output folder holds the complete former result or the complete new one, at any moment and after any kill.

A result is written into a hidden folder beside the output folder, and the two change places in one step of the file
system (renameat2 with RENAME_EXCHANGE on Linux, renameatx_np with RENAME_SWAP on macOS). Where that is not possible
(Windows, some network drives) the former folder is renamed away first; a kill in that instant leaves the former result
complete under the hidden name, and the next run, or `restore_result`, puts it back.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path

from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.files import sync, write_errors

RESULT_FILES = frozenset({"segmentation.seg.nrrd", "anatomy.seg.nrrd", "lesions.csv", "case.json", "preview.png"})

_TEMPORARY = ".duonco-"


@contextmanager
def result_folder(path: Path, names: frozenset[str] = RESULT_FILES) -> Iterator[Path]:
    """Write a result that replaces the output folder as a whole.

    Args:
        path: the output folder; need not exist.
        names: the files a result may consist of, those in folders as "folder/file"; those of the former result go with
            it, whatever else is there moves over to the new one.

    Yields:
        an empty folder to write into; it becomes `path` when the block ends without an error and disappears otherwise.

    Raises:
        DuOncoError: the folder is the current folder or the top of a drive, or cannot be written.
    """
    path = path.resolve()
    unfinished, former = _hidden(path, "unfinished"), _hidden(path, "former")
    with write_errors():
        path.parent.mkdir(parents=True, exist_ok=True)
        restore_result(path)
        _check_replaceable(path)
        for hidden in (unfinished, former):
            _clear(hidden, path, names)
        unfinished.mkdir()
    try:
        yield unfinished
        with write_errors():
            for file in unfinished.rglob("*"):
                if file.is_file():
                    sync(file)
            _put_in_place(unfinished, path, former)
    finally:
        restore_result(path)
        for hidden in (unfinished, former):
            _clear(hidden, path, names)


def restore_result(path: Path) -> None:
    """Put the former result back if the program was killed between moving it away and moving the new one in."""
    former = _hidden(path.resolve(), "former")
    if former.is_dir() and not path.exists():
        former.rename(path)


def _put_in_place(unfinished: Path, path: Path, former: Path) -> None:
    if not path.exists():
        unfinished.rename(path)
    elif not _exchange(unfinished, path):
        path.rename(former)
        unfinished.rename(path)


def _check_replaceable(path: Path) -> None:
    if not path.exists():
        return
    if not path.is_dir():
        raise DuOncoError("The output folder is a file; choose another folder.", exit_code=ExitCode.CANNOT_WRITE)
    if Path.cwd().is_relative_to(path):
        raise DuOncoError("The output folder is the current folder; choose another, for example a new folder in it.",
                          exit_code=ExitCode.CANNOT_WRITE)
    if os.path.ismount(path):
        raise DuOncoError("The output folder is the top folder of a drive; choose a folder in it.",
                          exit_code=ExitCode.CANNOT_WRITE)


def _hidden(path: Path, purpose: str) -> Path:
    """A name beside the folder that does not give away the name of the folder, which may be that of a patient."""
    return path.with_name(f"{_TEMPORARY}{hashlib.sha256(path.name.encode()).hexdigest()[:12]}-{purpose}")


def _clear(hidden: Path, path: Path, names: frozenset[str]) -> None:
    """Delete a hidden folder, former result or unfinished; what a person put into it moves to the output folder."""
    if hidden.is_dir() and path.is_dir():
        _move_others(hidden, path, names)
    shutil.rmtree(hidden, ignore_errors=True)


def _move_others(source: Path, target: Path, names: Set[str]) -> None:
    """Move everything that does not have one of the names into another folder, unless that has something there."""
    for entry in source.iterdir():
        place, inside = target / entry.name, f"{entry.name}/"
        names_inside = {name.removeprefix(inside) for name in names if name.startswith(inside)}
        if names_inside and entry.is_dir():
            _move_others(entry, place, names_inside)
        elif entry.name not in names and not entry.name.startswith(_TEMPORARY) and not place.exists():
            target.mkdir(exist_ok=True)
            entry.rename(place)


def _exchange(first: Path, second: Path) -> bool:
    """Let two folders change places in one step; False where the system cannot."""
    arguments = {"linux": ("renameat2", -100, -100, 2), "darwin": ("renameatx_np", -2, -2, 2)}.get(sys.platform)
    function = getattr(ctypes.CDLL(None, use_errno=True), arguments[0], None) if arguments else None
    if arguments is None or function is None:
        return False
    _, at_first, at_second, swap = arguments
    if function(at_first, os.fsencode(first), at_second, os.fsencode(second), ctypes.c_uint(swap)) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP):
        return False
    raise OSError(code, os.strerror(code))

"""The log file: what a developer needs to understand a failure, without anything that names the patient."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path


def default_log_path() -> Path:
    """`$DUONCO_LOG`, else the usual place of the platform for a user's logs."""
    if chosen := os.environ.get("DUONCO_LOG"):
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", str(Path.home())))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Logs"
    else:
        base = Path(os.environ.get("XDG_STATE_HOME", str(Path.home() / ".local" / "state")))
    return base / "duonco-unity" / "duonco-unity.log"


class _ScrubPaths(logging.Formatter):
    """Folder and file names can hold a patient's name: those of this call are written as <path 1>, <path 2>..."""

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        names = {str(Path(path).resolve()) for path in paths} | set(paths)
        self._names = sorted((name for name in names if name.strip("./\\")), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for number, name in enumerate(self._names, start=1):
            text = text.replace(name, f"<path {number}>")
        return text


def start_log(path: Path, private_paths: Sequence[str] = ()) -> Path | None:
    """Send all log records to the file (rotated at 1 MB); returns it, or None where it cannot be written.

    Args:
        private_paths: names that must not appear in the log.
    """
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    for old in list(root.handlers):
        if isinstance(old, RotatingFileHandler):
            root.removeHandler(old)
            old.close()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=2, encoding="utf-8")
    except OSError:
        root.addHandler(logging.NullHandler())
        return None
    handler.setFormatter(_ScrubPaths(private_paths))
    root.addHandler(handler)
    return path

"""Work of the command line on files of its own: a temporary folder and the worker that reads and fills it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityPanel.worker import Worker, WorkerState


class Job:
    """A running or finished job; no file of it is left after `cancel` or `finished`.

    Args:
        start: writes the input into the folder it is given, and starts the work.

    Raises:
        whatever `start` raises; OSError if the temporary folder cannot be written.
    """

    def __init__(self, start: Callable[[Path], Worker]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="duonco-"))
        try:
            self._worker = start(self._folder)
        except Exception:
            self._remove_files()
            raise

    def poll(self) -> WorkerState:
        """Where the work is; returns at once."""
        return self._worker.poll()

    def cancel(self) -> None:
        """Stop the work and leave nothing behind; also after it has ended."""
        self._worker.cancel()
        self._remove_files()

    @contextmanager
    def finished(self) -> Iterator[Path]:
        """The folder while its result is read; it goes afterwards, well or not.

        Raises:
            DuOncoError: the worker did not succeed, or still runs; then the files stay.
        """
        state = self._worker.poll()
        if not state.finished:
            raise DuOncoError("The work is still running.")
        try:
            if state.error:
                raise DuOncoError(state.error, details=state.details)
            yield self._folder
        finally:
            self._remove_files()

    def _remove_files(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

"""The analysis in a process of its own: Slicer stays usable, and stopping is immediate."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import IO, Protocol


@dataclass(frozen=True)
class WorkerState:
    """Where the work is.

    Attributes:
        stage: what is being done, in the words of the command line.
        fraction: finished part of the whole, 0 to 1.
        remaining_s: estimated seconds left; None while unknown.
        finished: the process has ended, well or not.
        error: a sentence for the user if it did not end well.
        details: what the process wrote to its log, for developers.
    """

    stage: str = ""
    fraction: float = 0.0
    remaining_s: float | None = None
    finished: bool = False
    error: str = ""
    details: str = ""


class Worker(Protocol):
    """Long work that runs elsewhere."""

    def poll(self) -> WorkerState:
        """The present state; returns at once."""

    def cancel(self) -> None:
        """Stop the work; returns when nothing of it runs any more."""


class ProcessWorker:
    """Runs `duonco-unity analyze ... --progress json`, which prints one JSON object per line.

    Args:
        command: program and arguments.
        environment: of the process; by default that of this one.
    """

    _LOG_LINES = 200

    def __init__(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self._state = WorkerState()
        self._done = False
        self._log: deque[str] = deque(maxlen=self._LOG_LINES)
        options = ({"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
                   if os.name == "nt" else {"start_new_session": True})
        self._process = subprocess.Popen(list(command), env=environment, stdin=subprocess.DEVNULL,
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                                         errors="replace", **options)
        self._readers = [threading.Thread(target=self._read, args=(stream, handle), daemon=True)
                         for stream, handle in ((self._process.stdout, self._on_line),
                                                (self._process.stderr, self._log.append))]
        for reader in self._readers:
            reader.start()

    def poll(self) -> WorkerState:
        """The present state; returns at once."""
        if not self._state.finished and self._process.poll() is not None:
            self._finish()
        return self._state

    def cancel(self) -> None:
        """Kill the process and everything it started (Slicer's Python is a launcher with a child)."""
        if self._process.poll() is None:
            if os.name == "nt":
                subprocess.run(["taskkill", "/PID", str(self._process.pid), "/T", "/F"], check=False,
                               capture_output=True, creationflags=subprocess.CREATE_NO_WINDOW)
            else:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._finish()

    def _finish(self) -> None:
        for reader in self._readers:
            reader.join(timeout=1.0)
        error = self._state.error
        if not error and not (self._done and self._process.returncode == 0):
            error = f"The analysis stopped unexpectedly (exit code {self._process.returncode})."
        self._state = replace(self._state, finished=True, error=error, details="".join(self._log))

    @staticmethod
    def _read(stream: IO[str], handle) -> None:
        for line in stream:
            handle(line)

    def _on_line(self, line: str) -> None:
        try:
            message = json.loads(line)
        except json.JSONDecodeError:
            message = None
        if not isinstance(message, dict):
            self._log.append(line)
        elif "error" in message:
            self._state = replace(self._state, error=str(message["error"]))
        elif message.get("done"):
            self._done = True
        elif "fraction" in message:
            self._state = replace(self._state, stage=str(message.get("stage", "")),
                                  fraction=float(message["fraction"]), remaining_s=message.get("remaining_s"))

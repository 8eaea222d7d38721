"""How the command line shows progress: a bar for a person, JSON lines for a program."""

from __future__ import annotations

import json
import sys
from typing import TextIO

from DuOncoUnityLib.progress import ProgressEvent

_BAR_WIDTH = 30


class ProgressBar:
    """A bar on a terminal; elsewhere one line per stage."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._stage = ""
        self._drawn = False

    def __call__(self, event: ProgressEvent) -> None:
        if not self._stream.isatty():
            if event.stage != self._stage:
                print(event.stage, file=self._stream, flush=True)
            self._stage = event.stage
            return
        filled = round(_BAR_WIDTH * event.fraction)
        left = "" if event.remaining_s is None else f", {event.remaining_s:.0f} s left"
        line = f"[{'#' * filled}{'.' * (_BAR_WIDTH - filled)}] {event.fraction:4.0%} {event.stage}{left}"
        self._stream.write(f"\r{line:<78}"[:79])
        self._stream.flush()
        self._drawn = True

    def close(self) -> None:
        """End the line of the bar."""
        if self._drawn:
            self._stream.write("\n")
            self._drawn = False


class JsonLines:
    """One JSON object per line on standard output: progress, then {"done": true} or {"error": sentence}."""

    def __call__(self, event: ProgressEvent) -> None:
        self.write({"stage": event.stage, "fraction": round(event.fraction, 4), "remaining_s": event.remaining_s})

    def write(self, message: dict[str, object]) -> None:
        print(json.dumps(message), flush=True)

    def close(self) -> None:
        """Nothing is left open between lines."""

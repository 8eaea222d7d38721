"""How long work tells where it is and is asked to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from DuOncoUnityLib.errors import Cancelled


@dataclass(frozen=True)
class ProgressEvent:
    """State of the work: the stage, the finished fraction of the whole (0 to 1) and the estimated seconds left."""

    stage: str
    fraction: float
    remaining_s: float | None


class Progress:
    """Passed down into long work; also the one place where cancelling is noticed.

    Args:
        report: called with every event; None for silence.
        cancelled: asked at every report; True stops the work with `Cancelled`.
    """

    def __init__(self, report: Callable[[ProgressEvent], None] | None = None,
                 cancelled: Callable[[], bool] | None = None) -> None:
        self._report = report
        self._cancelled = cancelled
        self._started = time.monotonic()
        self._start = 0.0
        self._end = 1.0

    def update(self, stage: str, fraction: float) -> None:
        """Report the fraction of the current part; raises `Cancelled` when the user asked to stop."""
        if self._cancelled is not None and self._cancelled():
            raise Cancelled
        if self._report is None:
            return
        whole = self._start + (self._end - self._start) * min(max(fraction, 0.0), 1.0)
        elapsed = time.monotonic() - self._started
        remaining = elapsed * (1.0 - whole) / whole if whole > 0.02 else None
        self._report(ProgressEvent(stage, whole, remaining))

    def part(self, start: float, end: float) -> Progress:
        """A view for a part of the work that covers the fractions `start` to `end` of this one."""
        child = Progress(self._report, self._cancelled)
        child._started = self._started
        width = self._end - self._start
        child._start, child._end = self._start + width * start, self._start + width * end
        return child

"""Several scans analysed one after the other."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import slicer

from DuOncoUnityLib.composition.corrections import KEPT_CORRECTIONS, KEPT_WHOLE
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.scene.edited_organs import KEPT_ORGANS
from DuOncoUnityLib.scene.result import Result

if TYPE_CHECKING:
    from DuOncoUnityPanel.session import Session

_KEPT = (KEPT_CORRECTIONS, KEPT_WHOLE, KEPT_ORGANS)


@dataclass(frozen=True)
class QueueState:
    """Where the work is.

    Attributes:
        scan: name of the scan that is analysed.
        number, count: which it is, of how many.
        stage: what is being done.
        fraction: finished part of all scans, 0 to 1.
        remaining_s: estimated seconds left for all of them; None while unknown.
    """

    scan: str
    number: int
    count: int
    stage: str
    fraction: float
    remaining_s: float | None


@dataclass(frozen=True)
class Failure:
    """A scan that could not be analysed, and why."""

    scan: str
    error: DuOncoError


class AnalysisQueue:
    """Analyses scans one after the other; one that fails does not keep the others from being analysed.

    Args:
        session: runs one analysis at a time.
        volume_nodes: the CTs.

    Attributes:
        results, failures: of the scans that are done.
        kept: name of a scan, and a sentence on what people did to it that the new analysis left as it was.
    """

    def __init__(self, session: Session, volume_nodes: Sequence[slicer.vtkMRMLScalarVolumeNode]) -> None:
        self._session = session
        self._waiting = [(node.GetID(), node.GetName()) for node in volume_nodes]
        self._count = len(self._waiting)
        self._scan = ""
        self._started = 0.0
        self._seconds: list[float] = []
        self.results: list[Result] = []
        self.failures: list[Failure] = []
        self.kept: list[tuple[str, str]] = []
        self._start_next()

    def poll(self) -> QueueState | None:
        """Where the work is; takes over what is done and starts what comes next. None when nothing is left."""
        analysis = self._session.analysis
        if analysis is None:
            return None
        state = analysis.poll()
        if not state.finished:
            return QueueState(self._scan, self._number, self._count, state.stage,
                              (self._number - 1 + state.fraction) / self._count, self._remaining_s(state.remaining_s))
        try:
            self._add(self._session.finish())
        except DuOncoError as error:
            self._fail(error)
        self._seconds.append(time.monotonic() - self._started)
        self._start_next()
        if self._session.analysis is None:
            return None
        return QueueState(self._scan, self._number, self._count, "", (self._number - 1) / self._count, None)

    @property
    def _number(self) -> int:
        return self._count - len(self._waiting)

    def _start_next(self) -> None:
        while self._waiting and self._session.analysis is None:
            identifier, self._scan = self._waiting.pop(0)
            self._started = time.monotonic()
            node = self._session.scene.GetNodeByID(identifier)
            try:
                if node is None:
                    raise DuOncoError("The CT was removed before it was analysed.")
                self._session.start(node)
            except DuOncoError as error:
                self._fail(error)

    def _add(self, result: Result) -> None:
        self.results.append(result)
        _, point = result.load()
        self.kept += [(self._scan, warning) for warning in point.warnings if warning in _KEPT]

    def _fail(self, error: DuOncoError) -> None:
        logging.error("%s %s", error.message, error.details)
        self.failures.append(Failure(self._scan, error))

    def _remaining_s(self, of_this_s: float | None) -> float | None:
        """The others are taken to last as long as those that are done, else as the present one."""
        if of_this_s is None:
            return None
        lasted = self._seconds or [time.monotonic() - self._started + of_this_s]
        return of_this_s + len(self._waiting) * sum(lasted) / len(lasted)

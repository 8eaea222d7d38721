"""Laying the scans of one patient over each other, in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.followup.registration_image import write_registration_image
from DuOncoUnityLib.registrations import load_registrations
from DuOncoUnityLib.scene.registration import keep_registration
from DuOncoUnityLib.scene.registration_image import registration_image_of
from DuOncoUnityLib.scene.result import Result
from DuOncoUnityPanel.job import Job
from DuOncoUnityPanel.worker import ProcessWorker, Worker

StartRegistration = Callable[[Sequence[Path], Path], Worker]
"""Starts the registration of each picture to the next one (first argument) into an output folder."""


class RegistrationJob(Job):
    """A running or finished registration.

    Args:
        scans: neighbours in time, the oldest first.
        start: starts the work.

    Raises:
        DuOncoError: a CT is no longer in the scene, or the temporary folder cannot be written.
    """

    def __init__(self, scans: Sequence[Result], start: StartRegistration) -> None:
        self._scans = list(scans)

        def start_in(folder: Path) -> Worker:
            paths = []
            for number, scan in enumerate(scans, start=1):
                paths.append(folder / f"scan-{number}.nrrd")
                write_registration_image(registration_image_of(scan), paths[-1])
            return start(paths, folder / "result")

        super().__init__(start_in)

    def load(self) -> None:
        """Keep the registrations in the scene, and forget the files.

        Raises:
            DuOncoError: the worker did not succeed, or a scan was removed meanwhile.
        """
        with self.finished() as folder:
            if any(scan.segmentation.GetScene() is None for scan in self._scans):
                raise DuOncoError("A scan was removed while it was compared.")
            registrations = load_registrations(folder / "result")
            for (prior, current), registration in zip(pairwise(self._scans), registrations, strict=True):
                keep_registration(prior, current, registration)


def start_register_command(python: str, library: Path,
                           environment: Mapping[str, str] | None = None) -> StartRegistration:
    """Starts `duonco-unity register` from the library's folder with this Python; see `RegistrationJob`."""
    def start(images: Sequence[Path], folder: Path) -> Worker:
        return ProcessWorker([python, str(library / "__main__.py"), "register", *map(str, images), "--out",
                              str(folder), "--progress", "json"], environment)

    return start

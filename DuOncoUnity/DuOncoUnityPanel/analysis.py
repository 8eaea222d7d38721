"""One analysis of one CT of the scene: the file for the worker, the worker, and the result back in the scene."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import slicer

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.records.model import Acquisition
from DuOncoUnityLib.scene.reanalysis import show_latest
from DuOncoUnityLib.scene.result import Result, load_result
from DuOncoUnityLib.scene.volume import DicomFile, read_ct, write_for_worker
from DuOncoUnityPanel.job import Job
from DuOncoUnityPanel.worker import ProcessWorker, Worker

StartWorker = Callable[[Path, Path, Acquisition], Worker]
"""Starts the analysis of a CT file (first path) into an output folder (second path), with facts the file lacks."""


@dataclass(frozen=True)
class AnalysisOptions:
    """How to analyse.

    Attributes:
        model: folder of the model; None for the one that comes with the extension.
        device: "auto", "cpu", "cuda" or "mps".
    """

    model: Path | None = None
    device: str = "auto"

    @property
    def arguments(self) -> list[str]:
        """The same for the command line."""
        return [*(["--model", str(self.model)] if self.model else []), "--device", self.device]


class Analysis(Job):
    """A running or finished analysis.

    Args:
        volume_node: the CT.
        start_worker: starts the work.
        dicom_file: finds the files of the scan, see `read_ct`.

    Raises:
        DuOncoError: the volume cannot be analysed, or the temporary folder cannot be written.
    """

    def __init__(self, volume_node: slicer.vtkMRMLScalarVolumeNode, start_worker: StartWorker,
                 dicom_file: DicomFile | None = None) -> None:
        self._scene = volume_node.GetScene()
        self._volume_id = volume_node.GetID()

        def start(folder: Path) -> Worker:
            ct = read_ct(volume_node, dicom_file)
            self._acquisition = ct.acquisition
            return start_worker(write_for_worker(ct, folder), folder / "result", ct.acquisition)

        super().__init__(start)

    @property
    def volume(self) -> slicer.vtkMRMLScalarVolumeNode | None:
        """The CT; None once it was removed."""
        return self._scene.GetNodeByID(self._volume_id)

    def load(self) -> Result:
        """Bring the finished result into the scene, in the place of a former one, and forget the files.

        Raises:
            DuOncoError: the worker did not succeed, or the CT is no longer in the scene.
        """
        with self.finished() as folder:
            if self.volume is None:
                raise DuOncoError("The CT was removed while it was analysed; its result was dropped.")
            return load_result(self.volume, folder / "result", self._acquisition, show_latest)


def start_command_line(python: str, library: Path, environment: Mapping[str, str] | None = None,
                       options: Sequence[str] = ()) -> StartWorker:
    """Starts `duonco-unity analyze` from the library's folder with this Python; see `Analysis`."""
    def start(ct_file: Path, result_folder: Path, acquisition: Acquisition) -> Worker:
        facts = [*(["--date", acquisition.date] if acquisition.date else []),
                 *(["--height", str(acquisition.patient_height_m)] if acquisition.patient_height_m else [])]
        return ProcessWorker([python, str(library / "__main__.py"), "analyze", str(ct_file), "--out",
                              str(result_folder), "--progress", "json", "--no-preview", *facts, *options], environment)

    return start

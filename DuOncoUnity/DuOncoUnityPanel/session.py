"""What the panel does, without the panel: one analysis at a time, and the result that is being looked at."""

from __future__ import annotations

from collections.abc import Callable

import slicer

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.scene.axes import show_axes
from DuOncoUnityLib.scene.edits import EditTracker
from DuOncoUnityLib.scene.result import Result, results
from DuOncoUnityLib.scene.volume import DicomFile
from DuOncoUnityPanel.analysis import Analysis, StartWorker


class Session:
    """The work on one scene.

    Args:
        scene: the MRML scene.
        start_worker: starts analyses.
        reviewer: gives the name of the person at the screen.
        dicom_file: finds the files of a scan, see `read_ct`.
    """

    def __init__(self, scene: slicer.vtkMRMLScene, start_worker: StartWorker, reviewer: Callable[[], str],
                 dicom_file: DicomFile | None = None) -> None:
        self._scene = scene
        self._start_worker = start_worker
        self._reviewer = reviewer
        self._dicom_file = dicom_file
        self.analysis: Analysis | None = None
        self.tracker: EditTracker | None = None

    def start(self, volume_node: slicer.vtkMRMLScalarVolumeNode) -> None:
        """Analyse a CT; `analysis.poll()` tells how far it is, `finish` shows the result."""
        if self.analysis is not None:
            raise DuOncoError("Another scan is being analysed; wait for it or cancel it.")
        self.analysis = Analysis(volume_node, self._start_worker, self._dicom_file)

    def finish(self) -> Result:
        """Bring the result into the scene, or raise a DuOncoError that says why there is none."""
        if self.analysis is None:
            raise DuOncoError("No scan is being analysed.")
        analysis, self.analysis = self.analysis, None
        return analysis.load()

    def cancel(self) -> None:
        """Stop the running analysis, if there is one."""
        if self.analysis is not None:
            self.analysis.cancel()
            self.analysis = None

    def result_of(self, volume_node: slicer.vtkMRMLScalarVolumeNode | None) -> Result | None:
        """The latest result of a CT; None if it was not analysed yet."""
        found = [result for result in results(self._scene) if volume_node and result.volume is volume_node]
        return found[-1] if found else None

    def follow(self, result: Result, edited: Callable[[], None]) -> None:
        """Follow the edits of this result and of no other; see `EditTracker`."""
        self.unfollow()
        self.tracker = EditTracker(result, self._reviewer(), edited)

    def unfollow(self) -> None:
        """Follow no edits."""
        if self.tracker is not None:
            self.tracker.stop()
            self.tracker = None

    def show_lesion(self, result: Result, lesion_id: str) -> None:
        """Centre all slice views on a lesion and show its axes."""
        _case, time_point = result.load()
        chosen = [lesion for lesion in time_point.lesions if lesion.id == lesion_id]
        show_axes(result.segmentation, chosen)
        for lesion in chosen:
            left, posterior, superior = lesion.measurement.centroid_lps_mm
            slicer.vtkMRMLSliceNode.JumpAllSlices(self._scene, -left, -posterior, superior,
                                                  slicer.vtkMRMLSliceNode.CenteredJumpSlice)

"""What the panel does, without the panel: one analysis at a time, and the result that is being looked at."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

import slicer

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.geometry import Vector
from DuOncoUnityLib.records.model import Case, Lesion, TimePoint
from DuOncoUnityLib.records.review import draw_axis
from DuOncoUnityLib.scene.axes import AxisHandles, show_axes
from DuOncoUnityLib.scene.comparison import composites, put_back, show_segments
from DuOncoUnityLib.scene.edits import EditTracker
from DuOncoUnityLib.scene.history import History, Step
from DuOncoUnityLib.scene.record import LiveRecord
from DuOncoUnityLib.scene.result import Result, latest_result, results
from DuOncoUnityLib.scene.scans import choose, is_chosen, scans_by_patient
from DuOncoUnityLib.scene.surfaces import renew_surfaces
from DuOncoUnityLib.scene.volume import DicomFile
from DuOncoUnityPanel.analysis import Analysis, AnalysisOptions, StartWorker
from DuOncoUnityPanel.analysis_queue import AnalysisQueue
from DuOncoUnityPanel.course import Course
from DuOncoUnityPanel.registration_job import StartRegistration
from DuOncoUnityPanel.signals import Signal

T = TypeVar("T")


class Session:
    """The work on one scene, shared by all sections of the panel.

    Args:
        scene: the MRML scene.
        start_worker: starts analyses.
        reviewer: gives the name of the person at the screen.
        dicom_file: finds the files of a scan, see `read_ct`.
        start_registration: starts to lay scans over each other.

    Attributes:
        volume, result: the current scan and its latest result; None where there is none.
        lesion_id: the chosen lesion of the current result, "" for none.
        tracker: follows the edits of the current result.
        options: model and device of the analyses started from now on.
        course: the scans of the current patient over time.
        analysis, queue: the running analysis, and the scans that are analysed one after the other.
        history: what a person did to the current result since it was chosen.
        scan_changed: another scan is current, or it has another result.
        scans_changed: a CT came, went or moved, or another one is to be analysed.
        record_changed: decisions, masks or measurements changed in the record of the current result.
        lesion_chosen: called with the id of the chosen lesion.
        edit_asked: a person wants to change the mask of the chosen lesion, or to draw a new one where none is chosen.
        edited: a segment changed; comes many times for one edit, `take_over_edits` is due when they are over.
        masks_changing: masks are about to be changed by the panel; the Segment Editor keeps their state for its undo.
        history_changed: there is another step to undo, or none.
        undone: called with the key of the step that was taken back.
        analysis_changed: an analysis was started or has ended.
        asked: a person asks for something; what was said of the last thing is over.
        problem: called with the DuOncoError that a person has to know.
    """

    def __init__(self, scene: slicer.vtkMRMLScene, start_worker: StartWorker, reviewer: Callable[[], str],
                 dicom_file: DicomFile | None = None, start_registration: StartRegistration | None = None) -> None:
        self.scene = scene
        self.reviewer = reviewer
        self._start_worker = start_worker
        self.dicom_file = dicom_file
        self.course = Course(self, start_registration)
        self.options = AnalysisOptions()
        self.analysis: Analysis | None = None
        self.queue: AnalysisQueue | None = None
        self.volume: slicer.vtkMRMLScalarVolumeNode | None = None
        self.result: Result | None = None
        self.lesion_id = ""
        self.tracker: EditTracker | None = None
        self._axes: AxisHandles | None = None
        self._record: LiveRecord | None = None
        self._record_tag = 0
        self.scan_changed, self.record_changed, self.analysis_changed = Signal(), Signal(), Signal()
        self.scans_changed = Signal()
        self.lesion_chosen, self.edit_asked, self.edited = Signal(), Signal(), Signal()
        self.asked, self.problem = Signal(), Signal()
        self.masks_changing, self.history_changed, self.undone = Signal(), Signal(), Signal()
        self.history = History(self.history_changed.emit)

    @property
    def case(self) -> Case | None:
        """The record of the current result; change it with `change_record` only."""
        return self._record.case if self._record else None

    @property
    def time_point(self) -> TimePoint | None:
        """The current scan in the record."""
        return self.result.time_point(self._record.case) if self.result and self._record else None

    def attempt(self, action: Callable[[], T]) -> T | None:
        """Do what a person asks for, which ends what was said before; a problem goes to `problem` and the log."""
        self.asked.emit()
        return self.follow_up(action)

    def follow_up(self, action: Callable[[], T]) -> T | None:
        """Do what follows by itself, so that what was said to the person stays; a problem as with `attempt`."""
        try:
            return action()
        except DuOncoError as error:
            self._report(error)
            return None

    def choose_scan(self, volume_node: slicer.vtkMRMLScalarVolumeNode | None) -> None:
        """Make a CT the current one, show its latest result and follow the edits of it."""
        result = self.result_of(volume_node)
        if volume_node is self.volume and result == self.result:
            return
        self.leave()
        put_back(self.scene)
        self.volume, self.result = volume_node, result
        if result is not None:
            self._record = LiveRecord(result.record)
            event = slicer.vtkMRMLTextNode.TextModifiedEvent
            self._record_tag = result.record.AddObserver(event, lambda *_: self.record_changed.emit())
        problem = self._follow(result) if result is not None else None
        self.scan_changed.emit()
        if problem is not None:  # not before: what was said of the former scan goes when the scan changes
            self._report(problem)

    def show_scan(self) -> None:
        """Show the current scan in the slice views, and of all results its own only: they lie on each other."""
        if self.volume is None:
            return
        if any(view.GetBackgroundVolumeID() != self.volume.GetID() for view in composites(self.scene)):
            logic = slicer.app.applicationLogic()
            logic.GetSelectionNode().SetActiveVolumeID(self.volume.GetID())
            logic.PropagateBackgroundVolumeSelection()
        for result in results(self.scene):
            show_segments(result, result == self.result)

    def leave(self) -> None:
        """Forget the current scan; nobody is told."""
        if self.tracker is not None:
            self.tracker.stop()
            self.tracker = None
        if self._axes is not None:
            self._axes.close()
            self._axes = None
        self.history.clear()
        if self.result is not None:
            self.result.record.RemoveObserver(self._record_tag)
        self.volume, self.result, self._record, self.lesion_id = None, None, None, ""

    def result_of(self, volume_node: slicer.vtkMRMLScalarVolumeNode | None) -> Result | None:
        """The latest result of a CT; None if it was not analysed yet."""
        return latest_result(volume_node)

    def is_chosen(self, volume_node: slicer.vtkMRMLScalarVolumeNode) -> bool:
        """Whether a person wants a CT analysed; unless somebody said otherwise, every one that was not analysed yet."""
        return is_chosen(volume_node, default=self.result_of(volume_node) is None)

    def chosen_scans(self) -> list[slicer.vtkMRMLScalarVolumeNode]:
        """The CTs to analyse, patient by patient, the oldest first."""
        return [volume for patient in scans_by_patient(self.scene) for volume in patient.volumes
                if self.is_chosen(volume)]

    def change_record(self, change: Callable[[Case], T], what: str = "decision") -> T:
        """Let `change` enter a person's decision into the record, and save it; everybody hears of it once.

        Args:
            change: edits the case in place.
            what: key of the step that can be undone; "" for upkeep by the program itself, and for signing.
        """
        if self._record is None:
            raise DuOncoError("Analyse a scan first.")
        before = self._record.text
        try:
            value = change(self._record.case)
        except Exception:
            self._record.discard()
            raise
        self._record.save()
        if what:
            self.history.add(Step(what, before, self._record.text))
        else:
            self.history.follow(before, self._record.text)
        if self.tracker is not None:
            self.tracker.show_record()
        return value

    def editor(self) -> EditTracker:
        """What changes masks and record together.

        Raises:
            DuOncoError: there is no result, or its CT is gone.
        """
        if self.tracker is None:
            raise DuOncoError("Analyse a scan first.")
        return self.tracker

    def undo(self) -> None:
        """Take back the latest thing that a person did to the current result: a decision, a bulk of them, an edit."""
        tracker = self.editor()
        self.take_over_edits()
        step = self.history.latest
        if step is not None and step.patches:
            self.masks_changing.emit()
        tracker.take_back()
        self.show_axes()
        self.undone.emit(step.what if step else "")

    def take_over_edits(self) -> None:
        """Bring record and table up to date with the edited masks."""
        if self.tracker is None:
            return
        latest, steps = self.history.latest, len(self.history)
        self.follow_up(self.tracker.update)
        if latest is not None and len(self.history) < steps:  # undone in the Segment Editor
            self.undone.emit(latest.what)

    def measure_composition(self) -> None:
        """Measure muscle and fat again after edits."""
        if self.tracker is not None:
            self.follow_up(self.tracker.update_composition)

    def renew_surfaces(self) -> None:
        """Bring the 3D views up to date with the masks, once nobody has changed any for a while."""
        for result in results(self.scene):
            renew_surfaces(result.segmentation)

    def choose_lesion(self, lesion_id: str, centre: bool = True) -> None:
        """Show a lesion and its axes; "" for none.

        Args:
            lesion_id: which one.
            centre: whether all slice views go to it.
        """
        if self.result is None or lesion_id == self.lesion_id:
            return
        self.lesion_id = lesion_id
        self.show_lesion(centre)
        self.lesion_chosen.emit(lesion_id)

    def show_lesion(self, centre: bool = True) -> None:
        """Show the chosen lesion; where all slice views are to be centred on it, also after somebody scrolled away."""
        for lesion in self.show_axes():
            self._show_outline(lesion)
            if centre:
                self.jump_to(lesion.measurement.centroid_lps_mm)

    def jump_to(self, place_lps_mm: Vector) -> None:
        """Centre all slice views on a place."""
        left, posterior, superior = place_lps_mm
        slicer.vtkMRMLSliceNode.JumpAllSlices(self.scene, -left, -posterior, superior,
                                              slicer.vtkMRMLSliceNode.CenteredJumpSlice)

    def show_axes(self) -> list[Lesion]:
        """Show the axes of the chosen lesion, ready to be dragged; returns it in a list, an empty one for none."""
        if self.result is None or self.time_point is None:
            return []
        chosen = [lesion for lesion in (*self.time_point.lesions, *self.time_point.rejected)
                  if lesion.id == self.lesion_id]
        show_axes(self.result.segmentation, chosen)
        if self._axes is not None:
            self._axes.follow()
        return chosen

    def _show_outline(self, lesion: Lesion) -> None:
        display = self.result.segmentation.GetDisplayNode() if self.result else None
        if display is not None:
            display.SetVisibility(True)
            display.SetSegmentVisibility(lesion.layer, True)
            display.SetSegmentVisibility2DOutline(lesion.layer, True)

    def _draw_axis(self, lesion_id: str, axis: str, start: Vector, end: Vector) -> None:
        """A person dragged an end of an axis."""
        def change(case: Case) -> None:
            lesions = self.result.time_point(case).lesions if self.result else []
            for lesion in lesions:
                if lesion.id == lesion_id:
                    draw_axis(lesion, axis, start, end, self.reviewer())

        self.attempt(lambda: self.change_record(change, "axis"))

    def start(self, volume_node: slicer.vtkMRMLScalarVolumeNode) -> None:
        """Analyse a CT; `analysis.poll()` tells how far it is, `finish` shows the result."""
        if self.analysis is not None:
            raise DuOncoError("Another scan is being analysed; wait for it or cancel it.")
        put_back(self.scene)
        self.analysis = Analysis(volume_node, self._start_worker, self.dicom_file)
        self.analysis_changed.emit()

    def analyse(self, volume_nodes: Sequence[slicer.vtkMRMLScalarVolumeNode]) -> AnalysisQueue:
        """Analyse several CTs one after the other; `queue.poll()` tells how far they are."""
        if self.queue is not None:
            raise DuOncoError("Another scan is being analysed; wait for it or cancel it.")
        self.queue = AnalysisQueue(self, volume_nodes)
        self.analysis_changed.emit()
        return self.queue

    def finish_queue(self) -> None:
        """Nothing is left to be analysed."""
        self.queue = None
        self.analysis_changed.emit()

    def finish(self) -> Result:
        """Bring the result into the scene, or raise a DuOncoError that says why there is none."""
        if self.analysis is None:
            raise DuOncoError("No scan is being analysed.")
        analysis, self.analysis = self.analysis, None
        try:
            former = self.result_of(analysis.volume)
            is_again = former is not None and not analysis.poll().error
            result = self._finish_again(former, analysis) if is_again else analysis.load()
            choose(result.volume, False)
            return result
        except DuOncoError:
            analysis.cancel()
            raise
        finally:
            self.analysis_changed.emit()

    def _finish_again(self, former: Result, analysis: Analysis) -> Result:
        """Bring in a new analysis of a scan that has a result; what people did to that one is taken over."""
        volume, current = self.volume, self.result
        put_back(self.scene)
        if former == current:
            self.take_over_edits()
            self.leave()
        else:
            EditTracker(former, self.reviewer(), lambda: None).stop()
        try:
            return analysis.load()
        finally:
            if former == current:
                self.choose_scan(volume)
            elif current is not None and current.record is former.record:
                self.history.clear()  # its steps hold the record with the former analysis
                self.scan_changed.emit()

    def cancel(self) -> None:
        """Stop the running analysis and registration, if there are any, and drop the scans that wait."""
        self.course.cancel()
        analysis, self.analysis = self.analysis, None
        queue, self.queue = self.queue, None
        if analysis is not None:
            analysis.cancel()
        if analysis is not None or queue is not None:
            self.analysis_changed.emit()

    def _follow(self, result: Result) -> DuOncoError | None:
        """Follow the edits of a result; returns why they cannot be followed."""
        try:
            self.tracker = EditTracker(result, self.reviewer(), self.edited.emit, self._record, self.history)
        except DuOncoError as error:
            return error
        self._axes = AxisHandles(result.segmentation, self._draw_axis)
        return None

    def _report(self, error: DuOncoError) -> None:
        logging.error("%s %s", error.message, error.details)
        self.problem.emit(error)

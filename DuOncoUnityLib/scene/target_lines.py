"""The RECIST line of every target at one scan; a person who moves one measures, and the sums follow."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import slicer

from DuOncoUnityLib.records.decisions import LesionRole, Signature
from DuOncoUnityLib.records.model import Caliper, Case, Track
from DuOncoUnityLib.records.review import utc_now
from DuOncoUnityLib.response.assessment import CaseAssessment, assess_case
from DuOncoUnityLib.response.recist import RecistSettings
from DuOncoUnityLib.scene.axes import ras
from DuOncoUnityLib.scene.hierarchy import place_beside
from DuOncoUnityLib.scene.record import load_record, save_record
from DuOncoUnityLib.scene.result import Result
from DuOncoUnityLib.terminology import Layer

TRACK_ATTRIBUTE = "DuOncoUnity.Track"
_RESULT_ROLE = "DuOncoUnity.TargetOf"
_COLOR = (0.2, 1.0, 0.3)


class TargetLines:
    """Shows the targets of one result as lines and listens to them; `close` when the panel goes.

    Args:
        result: the time point.
        reader: who moves lines; sizes are recorded under this name.
        changed: called with the new assessment after a line was moved.
        settings: choices that RECIST leaves to the protocol.
    """

    def __init__(self, result: Result, reader: str, changed: Callable[[CaseAssessment], None],
                 settings: RecistSettings | None = None) -> None:
        self._result = result
        self._reader = reader
        self._changed = changed
        self._settings = settings
        self._observed: list[tuple[slicer.vtkMRMLMarkupsLineNode, int]] = []

    def show(self, assessment: CaseAssessment) -> list[slicer.vtkMRMLMarkupsLineNode]:
        """Lines for exactly the present targets that have a mask here; a line that a person moved stays moved."""
        self.close()
        case, time_point = self._result.load()
        lesions = {lesion.id: lesion for lesion in time_point.lesions}
        targets = {role.track_id for role in assessment.roles if role.role is LesionRole.TARGET}
        lines = {line.GetAttribute(TRACK_ATTRIBUTE): line for line in self.nodes()}
        shown = []
        for track in case.tracks:
            held = [lesions[name] for state in track.states if state.time_point_id == time_point.id
                    for name in state.lesion_ids if name in lesions]
            if track.id not in targets or not held:
                continue
            line = lines.pop(track.id, None)
            if line is None:
                largest = max(held, key=lambda lesion: lesion.measurement.long_axis.length_mm).measurement
                line = self._create(track, largest.short_axis if _is_node(track) else largest.long_axis)
            event = slicer.vtkMRMLMarkupsNode.PointEndInteractionEvent
            self._observed.append((line, line.AddObserver(event, self._moved)))
            shown.append(line)
        for line in lines.values():
            line.GetScene().RemoveNode(line)
        return shown

    def nodes(self) -> list[slicer.vtkMRMLMarkupsLineNode]:
        """The target lines of this result in the scene."""
        segmentation = self._result.segmentation
        found = slicer.util.getNodesByClass("vtkMRMLMarkupsLineNode", segmentation.GetScene())
        return [line for line in found if line.GetNodeReference(_RESULT_ROLE) is segmentation]

    def close(self) -> None:
        """Stop listening; the lines stay."""
        for line, tag in self._observed:
            line.RemoveObserver(tag)
        self._observed.clear()

    def _moved(self, line: slicer.vtkMRMLMarkupsLineNode, _event: str) -> None:
        case = load_record(self._result.record)
        self._record_size(case, line)
        save_record(self._result.record, case)
        self._changed(assess_case(case, self._settings, self._reader))

    def _record_size(self, case: Case, line: slicer.vtkMRMLMarkupsLineNode) -> None:
        signature = Signature(self._reader, utc_now(), "line moved")
        case.decisions.reader(self._reader).measure(
            line.GetAttribute(TRACK_ATTRIBUTE), self._result.time_point_id, line_length_mm(line), signature)

    def _create(self, track: Track, caliper: Caliper) -> slicer.vtkMRMLMarkupsLineNode:
        segmentation = self._result.segmentation
        line = segmentation.GetScene().AddNewNodeByClass("vtkMRMLMarkupsLineNode", track.id)
        line.SetAttribute(TRACK_ATTRIBUTE, track.id)
        line.SetNodeReferenceID(_RESULT_ROLE, segmentation.GetID())
        line.CreateDefaultDisplayNodes()
        line.GetDisplayNode().SetSelectedColor(_COLOR)
        line.AddControlPoint(ras(caliper.start_lps_mm))
        line.AddControlPoint(ras(caliper.end_lps_mm))
        if self._result.volume is not None:
            place_beside(line, self._result.volume)
            line.SetAndObserveTransformNodeID(self._result.volume.GetTransformNodeID())
        return line


def line_length_mm(line: slicer.vtkMRMLMarkupsLineNode) -> float:
    """Length in the scan itself: a transform to the position of another scan may stretch what is seen."""
    start, end = (np.array(line.GetNthControlPointPosition(number)) for number in range(2))
    return float(np.linalg.norm(end - start))


def _is_node(track: Track) -> bool:
    return track.layer == Layer.LYMPH_NODE.value

"""All lesions over all scans as one table node: a row for each lesion, a column for each scan."""

from __future__ import annotations

import slicer
import vtk

from DuOncoUnityLib.exports.tables import site_name
from DuOncoUnityLib.records.model import Case, Track, TrackEvent
from DuOncoUnityLib.response.assessment import CaseAssessment
from DuOncoUnityLib.terminology import LAYERS, Layer

_WORDS = {TrackEvent.ABSENT: "", TrackEvent.DISAPPEARED: "gone", TrackEvent.NOT_SCANNED: "not scanned"}
_REMARKS = {TrackEvent.NEW: "new", TrackEvent.SPLIT: "split", TrackEvent.MERGED: "merged",
            TrackEvent.REAPPEARED: "back"}


def create_track_table(scene: slicer.vtkMRMLScene, name: str = "Lesions over time") -> slicer.vtkMRMLTableNode:
    """An empty, locked table: its numbers come from the records, nobody types them."""
    node = scene.AddNewNodeByClass("vtkMRMLTableNode", scene.GenerateUniqueName(name))
    node.SetLocked(True)
    return node


def update_track_table(node: slicer.vtkMRMLTableNode, case: Case, assessment: CaseAssessment) -> None:
    """Fill the table; a cell holds the RECIST size in mm, else the volume in ml, and what became of the lesion."""
    roles = {proposal.track_id: proposal.role.value.replace("_", "-") for proposal in assessment.roles}
    columns = {
        "Lesion": [track.id for track in case.tracks],
        "Role": [roles.get(track.id, "") for track in case.tracks],
        "Layer": [LAYERS[Layer(track.layer)].name for track in case.tracks],
        "Site": [site_name(track.site) for track in case.tracks],
    }
    for visit in assessment.visits:
        columns[visit.date or visit.time_point_id] = [
            _cell(case, track, visit.time_point_id, visit.sizes_mm.get(track.id)) for track in case.tracks]
    modifying = node.StartModify()
    node.RemoveAllColumns()
    for title, cells in columns.items():
        array = vtk.vtkStringArray()
        array.SetName(title)
        for cell in cells:
            array.InsertNextValue(cell)
        node.AddColumn(array)
    node.EndModify(modifying)


def _cell(case: Case, track: Track, time_point_id: str, size_mm: float | None) -> str:
    state = next((state for state in track.states if state.time_point_id == time_point_id), None)
    if state is None:
        return ""
    if not state.lesion_ids and size_mm in (None, 0.0):
        return _WORDS.get(state.event, "")
    volume_ml = sum(lesion.measurement.volume_ml for point in case.time_points if point.id == time_point_id
                    for lesion in point.lesions if lesion.id in state.lesion_ids)
    size = f"{volume_ml:.2f} ml" if size_mm is None else f"{size_mm:.1f} mm"
    remark = _REMARKS.get(state.event)
    return f"{size} ({remark})" if remark else size

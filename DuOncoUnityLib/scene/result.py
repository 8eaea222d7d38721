"""The result of one scan as nodes that find each other, also after the scene was saved and reopened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
import slicer

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.followup.registration_image import load_registration_image
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.records.model import Acquisition, Case, TimePoint
from DuOncoUnityLib.records.store import load_case
from DuOncoUnityLib.scene.edited_organs import mark_as_found
from DuOncoUnityLib.scene.hierarchy import patient_item, place_beside, place_in_patient
from DuOncoUnityLib.scene.lesion_table import create_lesion_table, update_lesion_table
from DuOncoUnityLib.scene.record import create_record, load_record, record_nodes, save_record
from DuOncoUnityLib.scene.registration_image import keep_registration_image
from DuOncoUnityLib.scene.segmentation import LAYER_TERMS, ORGAN_TERMS, create_segmentation
from DuOncoUnityLib.scene.volume import volume_geometry
from DuOncoUnityLib.terminology import Term

_TIME_POINT_ATTRIBUTE = "DuOncoUnity.TimePoint"
_RECORD_ROLE = "DuOncoUnity.Record"
_TABLE_ROLE = "DuOncoUnity.Table"
_ANATOMY_ROLE = "DuOncoUnity.Anatomy"


@dataclass(frozen=True)
class Result:
    """The nodes of one time point; those that a person deleted are None."""

    segmentation: slicer.vtkMRMLSegmentationNode
    record: slicer.vtkMRMLTextNode
    volume: slicer.vtkMRMLScalarVolumeNode | None
    table: slicer.vtkMRMLTableNode | None
    anatomy: slicer.vtkMRMLSegmentationNode | None
    time_point_id: str

    def load(self) -> tuple[Case, TimePoint]:
        """The case as recorded, and the time point of this result in it.

        Raises:
            DuOncoError: the record is damaged, of a newer version, or does not know this time point.
        """
        case = load_record(self.record)
        return case, self.time_point(case)

    def time_point(self, case: Case) -> TimePoint:
        """The time point of this result in its case."""
        for time_point in case.time_points:
            if time_point.id == self.time_point_id:
                return time_point
        raise DuOncoError("The record of this case does not know this scan.")


Show = Callable[[slicer.vtkMRMLScalarVolumeNode, Case, npt.NDArray[np.uint8], "npt.NDArray[np.uint8] | None"], Result]
"""Shows a new result: `show_result` and what takes its place."""


def results(scene: slicer.vtkMRMLScene) -> list[Result]:
    """All results of a scene."""
    nodes = slicer.util.getNodesByClass("vtkMRMLSegmentationNode", scene)
    return [found for node in nodes if (found := result_of(node)) is not None]


def latest_result(volume_node: slicer.vtkMRMLScalarVolumeNode | None) -> Result | None:
    """The latest result of a CT; None if it was not analysed yet."""
    found = [] if volume_node is None else [result for result in results(volume_node.GetScene())
                                            if result.volume is volume_node]
    return found[-1] if found else None


def result_of(segmentation_node: slicer.vtkMRMLSegmentationNode) -> Result | None:
    """The result that a segmentation belongs to; None for a segmentation from elsewhere."""
    time_point_id = segmentation_node.GetAttribute(_TIME_POINT_ATTRIBUTE)
    record = segmentation_node.GetNodeReference(_RECORD_ROLE)
    if time_point_id is None or record is None:
        return None
    volume_role = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()
    return Result(segmentation_node, record, segmentation_node.GetNodeReference(volume_role),
                  segmentation_node.GetNodeReference(_TABLE_ROLE), segmentation_node.GetNodeReference(_ANATOMY_ROLE),
                  time_point_id)


def load_result(volume_node: slicer.vtkMRMLScalarVolumeNode, folder: Path, acquisition: Acquisition | None = None,
                show: Show | None = None) -> Result:
    """Bring the files of `duonco-unity analyze` into the scene, as new nodes beside the CT.

    Args:
        volume_node: the CT that was analysed.
        folder: holds `segmentation.seg.nrrd`, `case.json`, and where they are known `anatomy.seg.nrrd` and
            `registration.nrrd`.
        acquisition: what the scene knows of the scan and the file for the worker did not say.
        show: `show_result`, or what takes its place.

    Raises:
        DuOncoError: a file is missing or damaged, or lies on another grid than the CT; nothing was changed.
    """
    case = load_case(folder / "case.json")
    time_point = case.time_points[0]
    if acquisition is not None:
        known = {field.name: value for field in fields(acquisition)
                 if (value := getattr(acquisition, field.name)) is not None}
        time_point.acquisition = replace(time_point.acquisition, **known)
    geometry = volume_geometry(volume_node)
    labels = _read_labels(folder / "segmentation.seg.nrrd", geometry, LAYER_TERMS)
    anatomy_file = folder / "anatomy.seg.nrrd"
    anatomy = _read_labels(anatomy_file, geometry, ORGAN_TERMS) if anatomy_file.exists() else None
    result = (show or show_result)(volume_node, case, labels, anatomy)
    if (folder / "registration.nrrd").exists():
        keep_registration_image(result.segmentation, load_registration_image(folder / "registration.nrrd"))
    return result


def show_result(volume_node: slicer.vtkMRMLScalarVolumeNode, case: Case, labels: npt.NDArray[np.uint8],
                anatomy: npt.NDArray[np.uint8] | None = None) -> Result:
    """Add a result to the scene: layers, lesion table and record; nothing that exists is changed but the record.

    Args:
        volume_node: the CT.
        case: a case with one time point, that of this scan. It joins the record of the same patient, if the scene
            has one without this scan.
        labels: KJI on the grid of the CT: `Layer.label` of every voxel.
        anatomy: KJI: 1 for the first of `terminology.ORGANS`, and so on; None where unknown.
    """
    record, time_point = _enter(case, volume_node)
    return show_time_point(volume_node, record, time_point, labels, anatomy)


def show_time_point(volume_node: slicer.vtkMRMLScalarVolumeNode, record: slicer.vtkMRMLTextNode,
                    time_point: TimePoint, labels: npt.NDArray[np.uint8],
                    anatomy: npt.NDArray[np.uint8] | None = None) -> Result:
    """Add layers and lesion table of a time point; the record is left as it is. Arguments as of `show_result`."""
    scene, name = volume_node.GetScene(), volume_node.GetName()
    segmentation = create_segmentation(volume_node, labels, LAYER_TERMS, f"{name} lesions and tissue")
    table = create_lesion_table(scene, f"{name} lesion table")
    update_lesion_table(table, time_point.lesions)
    place_beside(table, volume_node)
    segmentation.SetAttribute(_TIME_POINT_ATTRIBUTE, time_point.id)
    segmentation.SetNodeReferenceID(_RECORD_ROLE, record.GetID())
    segmentation.SetNodeReferenceID(_TABLE_ROLE, table.GetID())
    organs = None
    if anatomy is not None:
        organs = create_segmentation(volume_node, anatomy, ORGAN_TERMS, f"{name} anatomy")
        organs.GetDisplayNode().SetVisibility(False)
        mark_as_found(organs, anatomy, volume_node)
        segmentation.SetNodeReferenceID(_ANATOMY_ROLE, organs.GetID())
    return Result(segmentation, record, volume_node, table, organs, time_point.id)


def _enter(case: Case, volume_node: slicer.vtkMRMLScalarVolumeNode) -> tuple[slicer.vtkMRMLTextNode, TimePoint]:
    """Enter the time point of a new case into the record it belongs to."""
    time_point = case.time_points[0]
    record = _record_of_patient(volume_node)
    if record is None:
        record = create_record(volume_node.GetScene(), case)
        place_in_patient(record, volume_node)
        return record, time_point
    known = load_record(record)
    _add(known, time_point)
    save_record(record, known)
    return record, time_point


def join(found: Sequence[Result]) -> None:
    """Bring scans of one patient that were analysed apart into the record of the first of them.

    Raises:
        DuOncoError: another of their records holds more than one scan or is signed; nothing was changed.
    """
    target = found[0].record
    apart = [result for result in found if result.record is not target]
    loaded = [result.load() for result in apart]
    if any(len(case.time_points) > 1 or case.versions or case.decisions.readers for case, _point in loaded):
        raise DuOncoError("These scans belong to cases that people have worked on; they cannot be joined.")
    joined = load_record(target)
    for result, (_case, time_point) in zip(apart, loaded, strict=True):
        _add(joined, time_point)
        result.segmentation.SetAttribute(_TIME_POINT_ATTRIBUTE, time_point.id)
        result.segmentation.SetNodeReferenceID(_RECORD_ROLE, target.GetID())
        target.GetScene().RemoveNode(result.record)
    save_record(target, joined)


def _add(case: Case, time_point: TimePoint) -> None:
    """Add a time point at its place in time, under an id of its own."""
    taken = {point.id for point in case.time_points}
    time_point.id = next(name for n in range(1, len(taken) + 2)
                         if (name := time_point.id if n == 1 else f"{time_point.id}-{n}") not in taken)
    case.time_points = sorted([*case.time_points, time_point], key=lambda point: point.date or "9999")


def _record_of_patient(volume_node: slicer.vtkMRMLScalarVolumeNode) -> slicer.vtkMRMLTextNode | None:
    """The record of the volume's patient that does not hold this volume yet; a new analysis starts a new record."""
    patient = patient_item(volume_node)
    if not patient:
        return None
    present = [result for result in results(volume_node.GetScene()) if result.volume is not None]
    for record in record_nodes(volume_node.GetScene()):
        volumes = [result.volume for result in present if result.record is record]
        if volumes and volume_node not in volumes and all(patient_item(volume) == patient for volume in volumes):
            return record
    return None


def _read_labels(path: Path, geometry: Geometry, terms: Sequence[Term]) -> npt.NDArray[np.uint8]:
    """The label map of a `.seg.nrrd` of one layer: 1 for the first term, and so on.

    SimpleITK rather than slicerio, which Slicer does not bring, and which the module must not need before it is asked.
    """
    try:
        image = sitk.ReadImage(str(path), sitk.sitkUInt8)
    except RuntimeError as error:
        raise DuOncoError("The result of the analysis cannot be read.", details=str(error)) from error
    if image.GetDimension() != 3 or not Geometry.from_sitk(image).same_grid(geometry):
        raise DuOncoError("The result of the analysis does not lie on the CT.")
    label_of = {}
    for key in image.GetMetaDataKeys():
        if key.startswith("Segment") and key.endswith("_ID"):
            label_of[image.GetMetaData(key)] = int(image.GetMetaData(key.replace("_ID", "_LabelValue")))
    lookup = np.zeros(256, np.uint8)
    for value, term in enumerate(terms, start=1):
        if term.key in label_of:
            lookup[label_of[term.key]] = value
    return lookup[sitk.GetArrayViewFromImage(image)]

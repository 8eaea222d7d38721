"""The CTs of a scene: whose they are, when they were made, and which of them a person wants analysed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import slicer

from DuOncoUnityLib.composition.figures import with_height
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.records.model import Case
from DuOncoUnityLib.records.scan_facts import ScanFacts
from DuOncoUnityLib.scene.hierarchy import patient_item, patient_name, place_in_study, study_attribute
from DuOncoUnityLib.scene.volume import acquisition_of_volume

_CHOSEN = "DuOncoUnity.Analyse"


@dataclass(frozen=True)
class PatientScans:
    """The CTs of one patient, sorted by date, those without a date last.

    Attributes:
        item: of the patient in the subject hierarchy; 0 for CTs outside any patient.
        name: as in the subject hierarchy; "" outside any patient.
    """

    item: int
    name: str
    volumes: tuple[slicer.vtkMRMLScalarVolumeNode, ...]


def scans_by_patient(scene: slicer.vtkMRMLScene) -> list[PatientScans]:
    """All CTs of the scene, patients in the order in which they came, CTs outside any patient last."""
    groups: dict[int, list[slicer.vtkMRMLScalarVolumeNode]] = {}
    for volume in ct_volumes(scene):
        groups.setdefault(patient_item(volume), []).append(volume)
    return [PatientScans(item, patient_name(groups[item][0]), tuple(sorted(groups[item], key=_by_date)))
            for item in sorted(groups, key=lambda item: item == 0)]


def ct_volumes(scene: slicer.vtkMRMLScene) -> list[slicer.vtkMRMLScalarVolumeNode]:
    """The scalar volumes that may be CTs: no label maps, nothing hidden, no other modality by the DICOM header."""
    return [node for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode", scene)
            if node.GetClassName() == "vtkMRMLScalarVolumeNode" and not node.GetHideFromEditors()
            and study_attribute(node, "Modality") in ("", "CT")]


def scan_date(volume_node: slicer.vtkMRMLScalarVolumeNode) -> str:
    """ISO date of the scan, as typed or in the subject hierarchy; "" where unknown."""
    return acquisition_of_volume(volume_node).date or ""


def is_chosen(volume_node: slicer.vtkMRMLScalarVolumeNode, *, default: bool) -> bool:
    """Whether a person wants the scan analysed; `default` where nobody said."""
    answer = volume_node.GetAttribute(_CHOSEN)
    return default if answer is None else answer == "1"


def choose(volume_node: slicer.vtkMRMLScalarVolumeNode, chosen: bool) -> None:
    """Keep with the scan whether a person wants it analysed."""
    volume_node.SetAttribute(_CHOSEN, "1" if chosen else "0")


def group_as_one_patient(volumes: Sequence[slicer.vtkMRMLScalarVolumeNode]) -> None:
    """Put scans into one patient of the subject hierarchy: that of the first that has one, else a new one.

    Raises:
        DuOncoError: a scan has no date, so that nobody could tell what came first.
    """
    if any(not scan_date(volume) for volume in volumes):
        raise DuOncoError("Enter the date of every scan first.")
    patient = next((item for volume in volumes if (item := patient_item(volume))), 0)
    for volume in volumes:
        if not patient or patient_item(volume) != patient:
            patient = place_in_study(volume, patient, scan_date(volume))


def enter_facts(case: Case, time_point_id: str, facts: ScanFacts) -> None:
    """Enter facts that became known after the analysis: date, height and weight, and the muscle index with them."""
    for point in case.time_points:
        if point.id == time_point_id:
            point.acquisition = facts.of(point.acquisition)
            point.date = point.acquisition.date
            point.composition = with_height(point.composition, point.acquisition.patient_height_m)
    case.time_points.sort(key=lambda point: point.date or "9999")


def _by_date(volume_node: slicer.vtkMRMLScalarVolumeNode) -> tuple[bool, str]:
    date = scan_date(volume_node)
    return not date, date

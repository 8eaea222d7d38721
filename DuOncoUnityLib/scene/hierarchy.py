"""The patient and study of a scan in Slicer's subject hierarchy."""

from __future__ import annotations

import slicer


def place_beside(node: slicer.vtkMRMLNode, volume_node: slicer.vtkMRMLScalarVolumeNode) -> None:
    """Put a node into the folder (the study, for DICOM) in which the volume lies."""
    hierarchy = _hierarchy(volume_node)
    parent = hierarchy.GetItemParent(_item(hierarchy, volume_node))
    hierarchy.SetItemParent(_item(hierarchy, node), parent)


def place_in_patient(node: slicer.vtkMRMLNode, volume_node: slicer.vtkMRMLScalarVolumeNode) -> None:
    """Put a node that belongs to all studies under the volume's patient; beside the volume where there is none."""
    patient = patient_item(volume_node)
    if patient:
        hierarchy = _hierarchy(volume_node)
        hierarchy.SetItemParent(_item(hierarchy, node), patient)
    else:
        place_beside(node, volume_node)


def add_hidden(scene: slicer.vtkMRMLScene, class_name: str, name: str) -> slicer.vtkMRMLNode:
    """Add a node that no tree and no selector of Slicer offers: a node that is hidden later stays in the hierarchy."""
    node = scene.CreateNodeByClass(class_name)
    node.UnRegister(None)
    node.SetName(name)
    node.SetHideFromEditors(True)
    return scene.AddNode(node)


def study_attribute(volume_node: slicer.vtkMRMLScalarVolumeNode, tag_name: str) -> str:
    """A DICOM attribute ("StudyDate", "PatientSex") of the volume's series, study or patient; "" where none has it."""
    hierarchy = _hierarchy(volume_node)
    item = _item(hierarchy, volume_node)
    while item not in (0, hierarchy.GetSceneItemID()):
        value = hierarchy.GetItemAttribute(item, f"DICOM.{tag_name}")
        if value:
            return str(value)
        item = hierarchy.GetItemParent(item)
    return ""


def patient_item(volume_node: slicer.vtkMRMLScalarVolumeNode) -> int:
    """The subject hierarchy item of the volume's patient; 0 for a volume outside any patient."""
    hierarchy = _hierarchy(volume_node)
    return int(hierarchy.GetItemAncestorAtLevel(_item(hierarchy, volume_node), "Patient"))


def patient_name(volume_node: slicer.vtkMRMLScalarVolumeNode) -> str:
    """The name of the volume's patient as the subject hierarchy shows it; "" for a volume outside any patient."""
    patient = patient_item(volume_node)
    return str(_hierarchy(volume_node).GetItemName(patient)) if patient else ""


def place_in_study(volume_node: slicer.vtkMRMLScalarVolumeNode, patient: int, date: str) -> int:
    """Put a volume into a new study of a patient.

    Args:
        patient: item of the patient; 0 for a new one.
        date: ISO date, kept as that of the study.

    Returns:
        The item of the patient.
    """
    hierarchy = _hierarchy(volume_node)
    patient = patient or hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "Patient")
    study = hierarchy.CreateStudyItem(patient, date)
    hierarchy.SetItemAttribute(study, "DICOM.StudyDate", date.replace("-", ""))
    hierarchy.SetItemParent(_item(hierarchy, volume_node), study)
    return int(patient)


def _hierarchy(node: slicer.vtkMRMLNode) -> slicer.vtkMRMLSubjectHierarchyNode:
    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(node.GetScene())


def _item(hierarchy: slicer.vtkMRMLSubjectHierarchyNode, node: slicer.vtkMRMLNode) -> int:
    """The node's item; the desktop application makes one for every node, the MRML library alone does not."""
    return int(hierarchy.GetItemByDataNode(node) or hierarchy.CreateItem(hierarchy.GetSceneItemID(), node))

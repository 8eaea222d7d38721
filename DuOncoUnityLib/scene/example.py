"""A synthetic patient for a first try: made on this computer in seconds, nothing is downloaded."""

from __future__ import annotations

import slicer

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Vector
from DuOncoUnityLib.scene.volume import RAS_TO_LPS
from DuOncoUnityLib.training.patients import make_follow_up

SEED, LESIONS = 2024, 11
SPACING_MM = (2.0, 2.0, 4.0)
WINDOW_HU, LEVEL_HU = 400.0, 40.0


def add_synthetic_patient(scene: slicer.vtkMRMLScene, name: str = "Synthetic patient",
                          spacing_mm: Vector = SPACING_MM) -> list[slicer.vtkMRMLScalarVolumeNode]:
    """Add two CTs of a synthetic patient, three months apart, each in its study of the subject hierarchy.

    Args:
        scene: where to.
        name: of the patient.
        spacing_mm: of the voxels (left, posterior, superior).

    Returns:
        The two CTs, the earlier one first.
    """
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), name)
    volumes = []
    for case in make_follow_up(SEED, spacing_mm, lesion_count=LESIONS):
        date = case.ct.acquisition.date or ""
        volume = _add_volume(scene, case.ct, f"CT {date}")
        study = hierarchy.CreateStudyItem(patient, date)
        hierarchy.SetItemAttribute(study, "DICOM.StudyDate", date.replace("-", ""))
        # the desktop application makes an item for every node, the MRML library alone does not
        item = hierarchy.GetItemByDataNode(volume)
        if item:
            hierarchy.SetItemParent(item, study)
        else:
            hierarchy.CreateItem(study, volume)
        volumes.append(volume)
    return volumes


def _add_volume(scene: slicer.vtkMRMLScene, ct: CTVolume, name: str) -> slicer.vtkMRMLScalarVolumeNode:
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    slicer.util.updateVolumeFromArray(volume, ct.hu)
    volume.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(RAS_TO_LPS @ ct.geometry.affine))
    volume.CreateDefaultDisplayNodes()
    display = volume.GetDisplayNode()
    display.SetAutoWindowLevel(False)
    display.SetWindowLevel(WINDOW_HU, LEVEL_HU)
    return volume

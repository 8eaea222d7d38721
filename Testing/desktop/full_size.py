"""A scan of the usual size with many lesions, drawn without passing over all voxels more often than needed."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.proposal import propose_lesions
from DuOncoUnityLib.records.model import Acquisition, Case, Provenance, TimePoint
from DuOncoUnityLib.scene.result import Result, show_result
from DuOncoUnityLib.scene.volume import RAS_TO_LPS
from DuOncoUnityLib.terminology import ORGAN_LABELS, Layer
from Testing.synthetic_patient import place_in_study

GRID = Geometry((400, 512, 512), (0.8, 0.8, 1.5), (-204.0, -204.0, -600.0))
BODY = np.s_[:, 90:420, 60:450]
ORGAN = np.s_[:, 140:360, 120:390]
RADIUS = 9


def lesion_centres(count: int) -> list[tuple[int, int, int]]:
    """Places in rows through the organ, the last ones in the muscle around it."""
    inside = [(k, j, i) for k in range(30, 390, 60) for j in (170, 250, 330) for i in (150, 250, 350)]
    return [*inside, *((k, 115, 250) for k in range(30, 390, 40))][:count]


def add_full_size_scan(scene: Any, date: str, count: int = 60, patient: str = "Patient") -> Result:
    """Add a CT in the study of a patient, with a result of so many lesions."""
    hu, labels, anatomy = np.full(GRID.shape, -1000, np.int16), np.zeros(GRID.shape, np.uint8), np.zeros(GRID.shape,
                                                                                                        np.uint8)
    hu[BODY], labels[BODY], anatomy[BODY] = 50, Layer.MUSCLE.label, ORGAN_LABELS["muscle"]
    hu[ORGAN], labels[ORGAN], anatomy[ORGAN] = 100, 0, ORGAN_LABELS["liver"]
    ball = sum(axis**2 for axis in np.mgrid[-RADIUS:RADIUS + 1, -RADIUS:RADIUS + 1, -RADIUS:RADIUS + 1]) <= RADIUS**2
    for k, j, i in lesion_centres(count):
        box = tuple(slice(at - RADIUS, at + RADIUS + 1) for at in (k, j, i))
        hu[box][ball], labels[box][ball] = 60, Layer.LESION.label
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", f"CT {date}")
    slicer.util.updateVolumeFromArray(volume, hu)
    volume.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(RAS_TO_LPS @ GRID.affine))
    volume.CreateDefaultDisplayNodes()
    place_in_study(scene, volume, patient, date)
    lesions, instances = propose_lesions(labels, CTVolume(hu, GRID, Acquisition(date=date)),
                                         LabelMap(anatomy, GRID, ORGAN_LABELS))
    point = TimePoint(date, date, GRID, Acquisition(date=date),
                      Provenance("0.1.0", "test", "1", "00", f"{patient} {date}", "2024-01-31T12:00:00Z"), lesions,
                      ["thorax", "abdomen", "pelvis"], highest_lesion_number=dict(instances.highest_number))
    return show_result(volume, Case(f"{patient}-case", [point]), labels, anatomy)

"""A real MRML scene, as the desktop application sets it up but without Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer

from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.records.model import (
    Acquisition,
    Caliper,
    Case,
    Lesion,
    Measurement,
    Provenance,
    TimePoint,
)
from DuOncoUnityLib.scene.volume import RAS_TO_LPS
from Testing.mrml_scene import ApplicationScene


@pytest.fixture
def new_scene(tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """Makes an empty scene with the module logics registered, also as `slicer.mrmlScene`."""
    made = []

    def make() -> Any:
        made.append(ApplicationScene(tmp_path / "cache"))
        return made[-1].scene

    yield make
    for one in made:
        one.scene.Clear(1)


@pytest.fixture
def scene(new_scene: Callable[[], Any]) -> Any:
    """An empty scene."""
    return new_scene()


@pytest.fixture
def reopened(scene: Any, new_scene: Callable[[], Any], tmp_path: Path) -> Callable[[str], Any]:
    """Saves the scene as .mrml (with the files of its nodes beside it) or .mrb and opens it as another scene."""

    def reopen(suffix: str) -> Any:
        path = str(tmp_path / f"scene.{suffix}")
        if suffix == "mrb":
            assert scene.WriteToMRB(path)
            other = new_scene()
            assert other.ReadFromMRB(path)
            return other
        for node in slicer.util.getNodesByClass("vtkMRMLStorableNode", scene):
            if node.AddDefaultStorageNode() and node.GetStorageNode():
                extension = node.GetStorageNode().GetDefaultWriteFileExtension()
                node.GetStorageNode().SetFileName(str(tmp_path / f"{node.GetID()}.{extension}"))
                assert node.GetStorageNode().WriteData(node)
        scene.SetURL(path)
        assert scene.Commit(path)
        other = new_scene()
        other.SetURL(path)
        assert other.Import()
        return other

    return reopen


@pytest.fixture
def add_volume(scene: Any) -> Callable[..., Any]:
    """Adds a volume node with these voxels (KJI) on this grid (LPS), as loading a file does."""

    def add(array: np.ndarray, geometry: Geometry, name: str = "CT") -> Any:
        node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
        slicer.util.updateVolumeFromArray(node, array)
        node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(RAS_TO_LPS @ geometry.affine))
        return node

    return add


@pytest.fixture
def ct_node(add_volume: Callable[..., Any], awkward_geometry: Geometry) -> Any:
    """A CT with a different value in every corner, on every awkward grid."""
    rng = np.random.default_rng(3)
    return add_volume(rng.integers(-1000, 1500, awkward_geometry.shape).astype(np.int16), awkward_geometry)


@pytest.fixture
def study_of(scene: Any) -> Callable[..., int]:
    """Puts a volume into a patient and study of the subject hierarchy, as loading DICOM does; returns the study."""

    def place(volume_node: Any, patient: str = "Patient", date: str = "20240131", sex: str = "F") -> int:
        hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
        patient_item = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), patient)
        hierarchy.SetItemAttribute(patient_item, "DICOM.PatientSex", sex)
        study_item = hierarchy.CreateStudyItem(patient_item, f"Study {date}")
        hierarchy.SetItemAttribute(study_item, "DICOM.StudyDate", date)
        hierarchy.CreateItem(study_item, volume_node)
        return study_item

    return place


@pytest.fixture
def lesion_at() -> Callable[..., Lesion]:
    """Makes the record of a lesion with axes of known length in the patient."""

    def make(lesion_id: str, centre_lps_mm: tuple[float, float, float], long_mm: float = 20.0, short_mm: float = 10.0,
             **facts: Any) -> Lesion:
        x, y, z = centre_lps_mm
        measurement = Measurement(
            volume_ml=1.23456, voxel_count=400,
            long_axis=Caliper(long_mm, (x - long_mm / 2, y, z), (x + long_mm / 2, y, z)),
            short_axis=Caliper(short_mm, (x, y - short_mm / 2, z), (x, y + short_mm / 2, z)),
            mean_hu=45.678, sd_hu=12.0, centroid_lps_mm=centre_lps_mm, bounding_box_ijk=(0, 0, 0, 3, 3, 3),
            seed_ijk=(1, 1, 1))
        return Lesion(lesion_id, facts.pop("layer", "lesion"), facts.pop("site", "liver"), measurement, **facts)

    return make


@pytest.fixture
def case_of(lesion_at: Callable[..., Lesion]) -> Callable[..., Case]:
    """Makes a case with one time point, as the command line writes it."""

    def make(case_id: str, lesions: int = 0, geometry: Geometry | None = None, date: str | None = None) -> Case:
        provenance = Provenance("0.1.0", "test", "1", "00", "11", "2024-01-31T12:00:00Z", {"smallest_ml": 0.05})
        time_point = TimePoint("T1", date, geometry or Geometry((4, 5, 6), (1.0, 1.0, 1.0)), Acquisition(), provenance,
                               [lesion_at(f"L{n}", (n / 7, -n, 1.0)) for n in range(1, lesions + 1)])
        return Case(case_id, [time_point])

    return make

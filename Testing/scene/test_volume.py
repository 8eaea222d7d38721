"""A volume of the scene: where it lies in the patient, what is known of the scan, and the file for the worker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
import slicer
import vtk

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.scene.volume import read_ct, volume_geometry, write_for_worker


def test_a_volume_lies_where_its_file_says(ct_node: Any, awkward_geometry: Geometry) -> None:
    ct = read_ct(ct_node)
    assert ct.geometry.same_grid(awkward_geometry)
    np.testing.assert_array_equal(ct.hu, slicer.util.arrayFromVolume(ct_node))
    assert ct.hu.dtype == np.int16


@pytest.mark.parametrize("kind", [np.float64, np.int32, np.uint16])
def test_other_kinds_of_numbers_become_hu_of_16_bits(kind: type, add_volume: Callable[..., Any]) -> None:
    values = np.array([0, 40.4, 40.6, 3071, 65535]).astype(kind).reshape(5, 1, 1)
    hu = read_ct(add_volume(values, Geometry((5, 1, 1), (1.0, 1.0, 1.0)))).hu
    expected = [0, 40, 41 if kind is np.float64 else 40, 3071, 32767]
    assert hu.ravel().tolist() == expected


def test_the_file_for_the_worker_holds_the_same_voxels_in_the_same_place(
        ct_node: Any, awkward_geometry: Geometry, tmp_path: Path) -> None:
    ct_node.SetName("DOE^JANE 1234567")
    path = write_for_worker(read_ct(ct_node), tmp_path)
    image = sitk.ReadImage(str(path))
    assert Geometry.from_sitk(image).same_grid(awkward_geometry)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), slicer.util.arrayFromVolume(ct_node))


def test_the_file_for_the_worker_names_nobody(ct_node: Any, study_of: Callable[..., int]) -> None:
    ct_node.SetName("DOE^JANE 1234567")
    study_of(ct_node, patient="DOE^JANE")
    path = write_for_worker(read_ct(ct_node))
    assert "DOE" not in str(path)
    assert b"DOE" not in path.read_bytes()[:2000]
    path.unlink()
    path.parent.rmdir()


def test_a_linear_transform_moves_the_volume(ct_node: Any, awkward_geometry: Geometry, scene: Any) -> None:
    turn = vtk.vtkTransform()
    turn.Translate(10, -20, 30)
    turn.RotateZ(25)
    _put_under(ct_node, turn.GetMatrix(), scene)
    moved = volume_geometry(ct_node)
    corner_ras = turn.TransformPoint(awkward_geometry.index_to_world((3, 4, 5)) * (-1, -1, 1))
    np.testing.assert_allclose(moved.index_to_world((3, 4, 5)) * (-1, -1, 1), corner_ras, atol=1e-4)


def test_a_shearing_transform_is_refused_with_a_sentence(ct_node: Any, scene: Any) -> None:
    shear = vtk.vtkMatrix4x4()
    shear.SetElement(0, 1, 0.4)
    _put_under(ct_node, shear, scene)
    with pytest.raises(DuOncoError, match="sheared"):
        read_ct(ct_node)


def test_a_deformable_transform_is_refused_with_a_sentence(ct_node: Any, scene: Any) -> None:
    bend = vtk.vtkThinPlateSplineTransform()
    for points, shift in ((vtk.vtkPoints(), 0), (vtk.vtkPoints(), 5)):
        for corner in ((0, 0, 0), (100, 0, 0), (0, 100, 0), (0, 0, 100 + shift)):
            points.InsertNextPoint(corner)
        (bend.SetTargetLandmarks if shift else bend.SetSourceLandmarks)(points)
    node = scene.AddNewNodeByClass("vtkMRMLTransformNode")
    node.SetAndObserveTransformToParent(bend)
    ct_node.SetAndObserveTransformNodeID(node.GetID())
    with pytest.raises(DuOncoError, match="deformable"):
        read_ct(ct_node)


@pytest.mark.parametrize("kind", ["nothing", "empty", "labels", "colours", "unknown"])
def test_what_is_no_ct_is_refused_with_a_sentence(kind: str, scene: Any) -> None:
    node = None
    if kind == "empty":
        node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    elif kind == "labels":
        node = slicer.util.addVolumeFromArray(np.zeros((4, 5, 6), np.uint8), nodeClassName="vtkMRMLLabelMapVolumeNode")
    elif kind == "colours":
        node = slicer.util.addVolumeFromArray(np.zeros((4, 5, 6, 3), np.uint8),
                                              nodeClassName="vtkMRMLVectorVolumeNode")
    elif kind == "unknown":
        node = slicer.util.addVolumeFromArray(np.full((4, 5, 6), np.nan))
    with pytest.raises(DuOncoError, match=r"^[A-Z].*\.$"):
        read_ct(node)


def test_date_and_sex_come_from_the_subject_hierarchy(ct_node: Any, study_of: Callable[..., int]) -> None:
    study_of(ct_node, date="20240131", sex="F")
    acquisition = read_ct(ct_node).acquisition
    assert (acquisition.date, acquisition.patient_sex) == ("2024-01-31", "F")


def test_without_a_study_nothing_is_invented(ct_node: Any) -> None:
    acquisition = read_ct(ct_node).acquisition
    assert acquisition.date is None
    assert acquisition.patient_sex is None
    assert acquisition.slice_thickness_mm is None


def test_facts_of_the_scan_come_from_its_dicom_file(ct_node: Any, dicom_file: Path) -> None:
    ct_node.SetAttribute("DICOM.instanceUIDs", "1.2.3 1.2.4")
    acquisition = read_ct(ct_node, {"1.2.3": str(dicom_file)}.__getitem__).acquisition
    assert acquisition.date == "2023-12-24"
    assert acquisition.slice_thickness_mm == 5.0
    assert acquisition.patient_height_m == 1.68


@pytest.mark.parametrize("path", ["", "/no/such/file.dcm", __file__])
def test_a_dicom_file_that_is_gone_is_no_reason_to_fail(path: str, ct_node: Any) -> None:
    ct_node.SetAttribute("DICOM.instanceUIDs", "1.2.3")
    assert read_ct(ct_node, lambda _uid: path).acquisition.slice_thickness_mm is None


@pytest.fixture
def dicom_file(tmp_path: Path) -> Path:
    header = pydicom.Dataset()
    header.SOPClassUID, header.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.3"
    header.Modality, header.StudyDate = "CT", "20231224"
    header.SliceThickness, header.PatientSize = "5.0", "1.68"
    header.file_meta = pydicom.dataset.FileMetaDataset()
    header.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    path = tmp_path / "slice.dcm"
    header.save_as(path, enforce_file_format=True)
    return path


def _put_under(volume_node: Any, matrix: Any, scene: Any) -> None:
    node = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    node.SetMatrixTransformToParent(matrix)
    volume_node.SetAndObserveTransformNodeID(node.GetID())

"""A CT volume of the scene as the library sees it, and as the file that the worker process reads."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
import slicer
import vtk

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.geometry import FloatArray, Geometry
from DuOncoUnityLib.records.model import Acquisition
from DuOncoUnityLib.scene.hierarchy import study_attribute
from DuOncoUnityLib.scene.typed_facts import typed_facts

logger = logging.getLogger(__name__)

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])

DicomFile = Callable[[str], str]
"""Path of a DICOM file by SOP instance UID, "" if unknown: `slicer.dicomDatabase.fileForInstance`."""


def read_ct(volume_node: slicer.vtkMRMLScalarVolumeNode, dicom_file: DicomFile | None = None) -> CTVolume:
    """The CT of a volume node: HU (KJI, int16) where it lies in the patient (LPS mm), parent transforms applied.

    The voxels are those of the node itself, not a copy, where they are int16 already, as Slicer loads CT.

    Args:
        volume_node: a scalar volume that holds HU.
        dicom_file: finds the files of the scan, for slice thickness, contrast and the patient's height.

    Raises:
        DuOncoError: no voxels, not a scalar volume, or a parent transform that bends or shears it.
    """
    if volume_node is None or not volume_node.IsA("vtkMRMLScalarVolumeNode") or volume_node.GetImageData() is None:
        raise DuOncoError("Choose a CT volume that has been loaded.")
    if volume_node.IsA("vtkMRMLLabelMapVolumeNode") or volume_node.GetImageData().GetNumberOfScalarComponents() != 1:
        raise DuOncoError("The chosen volume is not a CT: it holds labels or colours.")
    hu = _int16(slicer.util.arrayFromVolume(volume_node))
    return CTVolume(hu, volume_geometry(volume_node), acquisition_of_volume(volume_node, dicom_file))


def volume_geometry(volume_node: slicer.vtkMRMLVolumeNode) -> Geometry:
    """The volume's grid in the patient, in LPS mm, with its parent transform applied."""
    return grid_of(_shape(volume_node), RAS_TO_LPS @ _world_matrix(volume_node))


def grid_of(shape: tuple[int, int, int], ijk_to_lps: FloatArray) -> Geometry:
    """The grid with this affine matrix; refuses one that is sheared."""
    axes = ijk_to_lps[:3, :3]
    spacing = np.linalg.norm(axes, axis=0)
    direction = axes / spacing
    if not np.allclose(direction.T @ direction, np.eye(3), atol=1e-3):
        raise DuOncoError("The volume is sheared by its transform or gantry tilt; resample it (module Resample "
                          "Scalar Volume) and choose the result.")
    return Geometry(shape, _vector(spacing), _vector(ijk_to_lps[:3, 3]), tuple(float(x) for x in direction.ravel()))


def write_for_worker(ct: CTVolume, folder: Path | None = None) -> Path:
    """Write the CT as `ct.nrrd`, without patient facts, for the worker process.

    Args:
        ct: the volume.
        folder: an existing folder of the caller; by default a new temporary one, which the caller removes.
    """
    folder = Path(tempfile.mkdtemp(prefix="duonco-")) if folder is None else folder
    path = folder / "ct.nrrd"
    try:
        # uncompressed: writing and reading take a second instead of ten, and the file lives for minutes
        sitk.WriteImage(ct.geometry.to_sitk(ct.hu), str(path), useCompression=False)
    except RuntimeError as error:
        raise DuOncoError("The temporary folder cannot be written; is the disk full?", details=str(error),
                          exit_code=ExitCode.CANNOT_WRITE) from error
    return path


def _int16(values: npt.NDArray[Any]) -> npt.NDArray[np.int16]:
    if values.dtype == np.int16:
        return values
    if not np.isfinite(values).all():
        raise DuOncoError("The chosen volume has voxels without a value.")
    return np.clip(np.rint(values), -32768, 32767).astype(np.int16)


def _world_matrix(volume_node: slicer.vtkMRMLVolumeNode) -> FloatArray:
    """4x4 matrix from voxel indices (i, j, k, 1) to RAS mm, with the parent transform applied."""
    ijk_to_ras = vtk.vtkMatrix4x4()
    volume_node.GetIJKToRASMatrix(ijk_to_ras)
    matrix = slicer.util.arrayFromVTKMatrix(ijk_to_ras)
    transform_node = volume_node.GetParentTransformNode()
    if transform_node is None:
        return matrix
    to_world = vtk.vtkMatrix4x4()
    if not transform_node.GetMatrixTransformToWorld(to_world):
        raise DuOncoError("The volume is under a deformable transform; harden the transform or remove it first.")
    return slicer.util.arrayFromVTKMatrix(to_world) @ matrix


def acquisition_of_volume(volume_node: slicer.vtkMRMLScalarVolumeNode,
                          dicom_file: DicomFile | None = None) -> Acquisition:
    """What is known of a scan: typed by a person, else in its first DICOM file, else in the subject hierarchy.

    Args:
        volume_node: the CT.
        dicom_file: finds the DICOM file; without it, what needs the file is left out, and nothing is read.
    """
    facts = _facts_of_file(volume_node, dicom_file) if dicom_file is not None else Acquisition()
    known = replace(facts, date=facts.date or _iso_date(study_attribute(volume_node, "StudyDate")),
                    patient_sex=facts.patient_sex or study_attribute(volume_node, "PatientSex") or None)
    return typed_facts(volume_node).of(known)


def _facts_of_file(volume_node: slicer.vtkMRMLScalarVolumeNode, dicom_file: DicomFile) -> Acquisition:
    uids = (volume_node.GetAttribute("DICOM.instanceUIDs") or "").split()
    path = dicom_file(uids[0]) if uids else ""
    if not path:
        return Acquisition()
    try:
        from DuOncoUnityLib.ct.acquisition import acquisition_of
        from DuOncoUnityLib.ct.dicom_header import file_frames

        frames = file_frames(Path(path))
    except Exception as error:  # moved or damaged since it was loaded, or an old pydicom: the scan is usable without
        logger.info("no facts from the DICOM file: %s", type(error).__name__)
        return Acquisition()
    return acquisition_of(frames[0]) if frames else Acquisition()


def _iso_date(text: str) -> str | None:
    """ISO date of a DICOM date (YYYYMMDD) or of one that is ISO already; None for anything else."""
    try:
        return datetime.strptime(text.replace("-", "").strip(), "%Y%m%d").date().isoformat()
    except ValueError:
        return None


def _shape(volume_node: slicer.vtkMRMLVolumeNode) -> tuple[int, int, int]:
    i, j, k = volume_node.GetImageData().GetDimensions()
    return k, j, i


def _vector(values: FloatArray) -> tuple[float, float, float]:
    x, y, z = values
    return float(x), float(y), float(z)

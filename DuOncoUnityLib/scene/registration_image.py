"""The small picture of a scan by which it is laid over others, kept in the scene: the worker has made it already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import slicer
import vtk

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.followup.registration_image import RegistrationImage, make_registration_image
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.scene.hierarchy import add_hidden
from DuOncoUnityLib.scene.segmentation import ORGAN_TERMS, read_labels
from DuOncoUnityLib.scene.volume import RAS_TO_LPS, grid_of, read_ct
from DuOncoUnityLib.terminology import ORGAN_LABELS

if TYPE_CHECKING:
    from DuOncoUnityLib.scene.result import Result

_ROLE = "DuOncoUnity.RegistrationImage"


def keep_registration_image(segmentation_node: slicer.vtkMRMLSegmentationNode, image: RegistrationImage) -> None:
    """Keep the picture with the segmentation of its result, out of sight of volume selectors."""
    scene = segmentation_node.GetScene()
    node = segmentation_node.GetNodeReference(_ROLE) or add_hidden(
        scene, "vtkMRMLVectorVolumeNode", f"{segmentation_node.GetName()} registration image")
    organs = np.zeros_like(image.hu) if image.organs is None else image.organs.astype(np.int16)
    slicer.util.updateVolumeFromArray(node, np.stack([image.hu, organs], axis=-1))
    node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(RAS_TO_LPS @ image.geometry.affine))
    segmentation_node.SetNodeReferenceID(_ROLE, node.GetID())


def pass_on_registration_image(former: Result, result: Result) -> None:
    """A result that takes the place of another one has the same picture, until it brings a newer one."""
    node = former.segmentation.GetNodeReference(_ROLE)
    if node is not None:
        result.segmentation.SetNodeReferenceID(_ROLE, node.GetID())


def registration_image_of(result: Result) -> RegistrationImage:
    """The picture kept with the result; made anew, which takes some seconds, where there is none.

    Raises:
        DuOncoError: there is none, and the CT is no longer in the scene or lies under a deformable transform.
    """
    node = result.segmentation.GetNodeReference(_ROLE)
    if node is not None and node.GetImageData() is not None:
        values = slicer.util.arrayFromVolume(node)
        return RegistrationImage(values[..., 0], _geometry(node), values[..., 1].astype(np.uint8), dict(ORGAN_LABELS))
    if result.volume is None:
        raise DuOncoError("The CT of an earlier scan is no longer in the scene.")
    ct = read_ct(result.volume)
    if result.anatomy is None:
        return make_registration_image(ct)
    labels = read_labels(result.anatomy, [term.key for term in ORGAN_TERMS], result.volume)
    return make_registration_image(ct, LabelMap(labels, ct.geometry, ORGAN_LABELS))


def _geometry(node: slicer.vtkMRMLVectorVolumeNode) -> Geometry:
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    i, j, k = node.GetImageData().GetDimensions()
    return grid_of((k, j, i), RAS_TO_LPS @ slicer.util.arrayFromVTKMatrix(matrix))

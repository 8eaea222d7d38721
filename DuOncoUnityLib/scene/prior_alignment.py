"""Prior scans moved to the anatomical position of the current one, so that linked views show the same place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import slicer
import vtk
from vtk.util import numpy_support

from DuOncoUnityLib.followup.spatial_transform import SpatialTransform
from DuOncoUnityLib.geometry import Geometry

_PRIOR_ATTRIBUTE = "DuOncoUnity.AlignedPrior"
_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def align_prior(prior_nodes: Sequence[slicer.vtkMRMLTransformableNode], transform: SpatialTransform,
                name: str = "Prior to current") -> slicer.vtkMRMLTransformNode:
    """Show nodes of the prior scan where their anatomy lies in the current scan; the data stay as they are.

    Args:
        prior_nodes: volume, segmentation and lines of the prior scan.
        transform: maps points of the prior scan to the current one, LPS mm.

    Returns:
        The transform node above them.
    """
    scene = prior_nodes[0].GetScene()
    node = scene.AddNewNodeByClass("vtkMRMLTransformNode", scene.GenerateUniqueName(name))
    node.SetAttribute(_PRIOR_ATTRIBUTE, "1")
    node.SetAndObserveTransformToParent(vtk_transform(transform))
    for prior_node in prior_nodes:
        prior_node.SetAndObserveTransformNodeID(node.GetID())
    return node


def release_prior(node: slicer.vtkMRMLTransformNode) -> None:
    """Put the nodes under a transform of `align_prior` back to where they were scanned, and remove it."""
    scene = node.GetScene()
    for other in slicer.util.getNodesByClass("vtkMRMLTransformableNode", scene):
        if other.GetParentTransformNode() is node:
            other.SetAndObserveTransformNodeID(None)
    scene.RemoveNode(node)


def link_views(composites: Iterable[slicer.vtkMRMLSliceCompositeNode]) -> None:
    """Let slice views follow each other while a person scrolls in one of them."""
    for composite in composites:
        composite.SetLinkedControl(True)
        composite.SetHotLinkedControl(True)


def vtk_transform(transform: SpatialTransform) -> vtk.vtkGeneralTransform:
    """The same map of points, in RAS mm as MRML needs it."""
    general = vtk.vtkGeneralTransform()
    general.PostMultiply()
    if transform.displacement_mm is not None and transform.grid is not None:
        general.Concatenate(_grid_transform(transform.displacement_mm, transform.grid))
    general.Concatenate(slicer.util.vtkMatrixFromArray(_LPS_TO_RAS @ transform.affine @ _LPS_TO_RAS))
    return general


def _grid_transform(displacement_mm: npt.NDArray[np.float32], grid: Geometry) -> slicer.vtkOrientedGridTransform:
    ordered = displacement_mm * np.array([-1.0, -1.0, 1.0])
    image = vtk.vtkImageData()
    image.SetDimensions(*grid.shape[::-1])
    image.SetSpacing(*grid.spacing_mm)
    image.SetOrigin(*(_LPS_TO_RAS[:3, :3] @ grid.origin_mm))
    array = numpy_support.numpy_to_vtk(ordered.reshape(-1, 3).astype(np.float64), deep=True)
    image.GetPointData().SetScalars(array)
    direction = np.eye(4)
    direction[:3, :3] = _LPS_TO_RAS[:3, :3] @ np.reshape(grid.direction, (3, 3))
    oriented = slicer.vtkOrientedGridTransform()
    oriented.SetDisplacementGridData(image)
    oriented.SetGridDirectionMatrix(slicer.util.vtkMatrixFromArray(direction))
    return oriented

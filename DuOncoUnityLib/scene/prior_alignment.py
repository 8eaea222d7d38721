"""Prior scans moved to the anatomical position of the current one, so that linked views show the same place."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import slicer
import vtk
from vtk.util import numpy_support

from DuOncoUnityLib.followup.spatial_transform import SpatialTransform
from DuOncoUnityLib.geometry import Geometry

_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def align_prior(prior_nodes: Iterable[slicer.vtkMRMLTransformableNode], node: slicer.vtkMRMLTransformNode) -> None:
    """Show nodes of the prior scan where their anatomy lies in the current scan; the data stay as they are.

    Args:
        prior_nodes: volume, segmentation and lines of the prior scan.
        node: maps the prior scan to the current one. A transform that the nodes have already comes under it.
    """
    for prior_node in prior_nodes:
        parent = prior_node.GetParentTransformNode()
        if parent is None:
            prior_node.SetAndObserveTransformNodeID(node.GetID())
        elif parent is not node and parent.GetParentTransformNode() is None:
            parent.SetAndObserveTransformNodeID(node.GetID())


def release_prior(node: slicer.vtkMRMLTransformNode) -> None:
    """Put everything under a transform of `align_prior` back to where it was scanned."""
    for other in slicer.util.getNodesByClass("vtkMRMLTransformableNode", node.GetScene()):
        if other.GetParentTransformNode() is node:
            other.SetAndObserveTransformNodeID(None)


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

"""Surfaces of segments in the 3D views while masks change: they wait until the person pauses.

Slicer makes the surface of a segment again with every change of its mask. That of a hundred lesions takes a second of
computing or more, and all of them wait for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import slicer

_DUE_ATTRIBUTE = "DuOncoUnity.SurfacesDue"


@contextmanager
def kept_surfaces(segmentation_node: slicer.vtkMRMLSegmentationNode, segment_id: str) -> Iterator[None]:
    """Change the mask of a segment without its surface; that of the segment is due afterwards, the others stay."""
    segmentation = segmentation_node.GetSegmentation()
    if not segmentation.ContainsRepresentation(_surface()):
        yield
        return
    surfaces = {key: segmentation.GetSegment(key).GetRepresentation(_surface()) for key in segmentation.GetSegmentIDs()}
    segmentation.RemoveRepresentation(_surface())
    try:
        yield
    finally:
        for key, surface in surfaces.items():
            if surface is not None:
                segmentation.GetSegment(key).AddRepresentation(_surface(), surface)
        segmentation_node.SetAttribute(_DUE_ATTRIBUTE, " ".join(sorted({*_due(segmentation_node), segment_id})))


def renew_surfaces(segmentation_node: slicer.vtkMRMLSegmentationNode) -> None:
    """Make the surfaces that are due; those that nobody sees are dropped instead, until Slicer is asked for them."""
    segmentation, due = segmentation_node.GetSegmentation(), _due(segmentation_node)
    if not due:
        return
    segmentation_node.RemoveAttribute(_DUE_ATTRIBUTE)
    shown = segmentation.ContainsRepresentation(_surface())
    for segment_id in due:
        segment = segmentation.GetSegment(segment_id)
        if segment is not None:
            segment.RemoveRepresentation(_surface())
    display = segmentation_node.GetDisplayNode()
    if shown and display is not None and display.GetVisibility() and display.GetVisibility3D():
        segmentation.CreateRepresentation(_surface())  # makes those that are missing


def _surface() -> str:
    """The name of the representation."""
    return str(slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName())


def _due(segmentation_node: slicer.vtkMRMLSegmentationNode) -> list[str]:
    return (segmentation_node.GetAttribute(_DUE_ATTRIBUTE) or "").split()

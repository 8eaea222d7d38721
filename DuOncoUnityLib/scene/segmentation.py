"""Results as Segment Editor layers: one segmentation node per time point, in the study of its CT."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
import slicer
import vtk
from vtk.util.numpy_support import get_vtk_array_type, numpy_to_vtk, vtk_to_numpy

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.lesions.components import Box
from DuOncoUnityLib.scene.hierarchy import place_beside
from DuOncoUnityLib.scene.surfaces import kept_surfaces
from DuOncoUnityLib.scene.terminology_contexts import terminology_entry
from DuOncoUnityLib.terminology import LAYERS, ORGANS, Layer, Term

LAYER_TERMS = [LAYERS[layer] for layer in Layer]
ORGAN_TERMS = list(ORGANS.values())

_FEW = 4

BoxMask = tuple[Box, npt.NDArray[np.bool_]]
"""A box of a scan (slices for k, j, i) and a mask in it."""


def create_segmentation(volume_node: slicer.vtkMRMLScalarVolumeNode, labels: npt.NDArray[np.uint8],
                        terms: Sequence[Term], name: str) -> slicer.vtkMRMLSegmentationNode:
    """A new segmentation of a volume; existing nodes are left alone.

    Args:
        volume_node: the CT; it gives the reference geometry, the parent transform and the study.
        labels: KJI array on the grid of the volume: 0 outside, 1 for the first term, and so on.
        terms: one segment each, in this order; `Term.key` becomes the segment ID. Terms without voxels become empty
            segments, ready to be painted.
        name: of the node.

    Returns:
        The node. All its segments share one layer.
    """
    scene = volume_node.GetScene()
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", scene.GenerateUniqueName(name))
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume_node)
    node.SetAndObserveTransformNodeID(volume_node.GetTransformNodeID())
    segment_ids = vtk.vtkStringArray()
    for term in terms:
        segment_ids.InsertNextValue(term.key)
        node.GetSegmentation().AddSegment(_segment(term), term.key)
    slicer.vtkSlicerSegmentationsModuleLogic.ImportLabelmapToSegmentationNode(
        _oriented_image(labels, volume_node), node, segment_ids)
    node.CreateDefaultDisplayNodes()
    place_beside(node, volume_node)
    return node


def read_layer(segmentation_node: slicer.vtkMRMLSegmentationNode, segment_id: str,
               volume_node: slicer.vtkMRMLScalarVolumeNode) -> npt.NDArray[np.bool_]:
    """The mask of a segment as a KJI array on the grid of the volume; all False where the segment does not exist."""
    return read_labels(segmentation_node, [segment_id], volume_node).astype(bool)


def read_box(segmentation_node: slicer.vtkMRMLSegmentationNode, segment_id: str,
             volume_node: slicer.vtkMRMLScalarVolumeNode, box: Box) -> npt.NDArray[np.bool_]:
    """The mask of a segment within a box of the volume's grid (slices for k, j, i), cut to the box."""
    return read_boxes(segmentation_node, segment_id, volume_node, [box])[0]


def read_boxes(segmentation_node: slicer.vtkMRMLSegmentationNode, segment_id: str,
               volume_node: slicer.vtkMRMLScalarVolumeNode, boxes: Sequence[Box]) -> list[npt.NDArray[np.bool_]]:
    """The mask of a segment within each of some boxes (`read_box`)."""
    voxels, value, window = _stored_voxels(segmentation_node, segment_id, volume_node)
    stored = [slice(part.start or 0, (part.start or 0) + size) for part, size in zip(window, voxels.shape, strict=True)]
    masks = []
    for box in boxes:
        mask = np.zeros([part.stop - part.start for part in box], bool)
        common = [slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(box, stored, strict=True)]
        if all(part.start < part.stop for part in common):
            target = tuple(slice(c.start - b.start, c.stop - b.start) for c, b in zip(common, box, strict=True))
            source = tuple(slice(c.start - w.start, c.stop - w.start) for c, w in zip(common, stored, strict=True))
            mask[target] = voxels[source] == value
        masks.append(mask)
    return masks


def read_labels(segmentation_node: slicer.vtkMRMLSegmentationNode, segment_ids: Sequence[str],
                volume_node: slicer.vtkMRMLScalarVolumeNode,
                out: npt.NDArray[np.uint8] | None = None) -> npt.NDArray[np.uint8]:
    """Several segments as one label map on the grid of the volume (KJI): 1 for the first ID, and so on.

    Where segments overlap, the first one is taken; segments that do not exist are empty.

    Args:
        segmentation_node, segment_ids: what to read.
        volume_node: gives the grid.
        out: array to fill instead of a new one; for those who read again and again.
    """
    i, j, k = volume_node.GetImageData().GetDimensions()
    labels = np.empty((k, j, i), np.uint8) if out is None else out
    labels.fill(0)
    stored = [(*_stored_voxels(segmentation_node, segment_id, volume_node), value)
              for value, segment_id in enumerate(segment_ids, start=1)]
    # segments that share stored voxels are read together
    for _, shared in groupby(reversed(stored), lambda one: (one[0].__array_interface__["data"], one[0].shape)):
        _copy_labels(labels, list(shared))
    return labels


def _copy_labels(labels: npt.NDArray[np.uint8],
                 segments: Sequence[tuple[npt.NDArray[Any], int, tuple[slice, ...], int]]) -> None:
    """Enter segments with common stored voxels: (voxels, value there, place, value in `labels`) each.

    Slice by slice: ten times faster than one mask of the whole scan, which leaves the processor's cache.
    """
    voxels, _, window, _ = segments[0]
    if len(segments) > _FEW and voxels.dtype == np.uint8:
        table = np.zeros(256, np.uint8)
        for _, stored_value, _, value in segments:
            table[stored_value] = value
        top = int(voxels.max(initial=0))
        is_same = np.array_equal(table[:top + 1], np.arange(top + 1))  # nearly always, and six times faster
        for target, source in zip(labels[window], voxels, strict=True):
            found = source if is_same else table.take(source, mode="clip")
            np.copyto(target, found, where=found != 0)
        return
    for target, source in zip(labels[window], voxels, strict=True):
        for _, stored_value, _, value in segments:
            np.copyto(target, np.uint8(value), where=source == stored_value)


def modified_times(segmentation_node: slicer.vtkMRMLSegmentationNode, segment_ids: Sequence[str]) -> list[int]:
    """When the stored voxels of each segment changed last, as a number that only grows; 0 where there are none."""
    segments = segmentation_node.GetSegmentation()
    images = [segmentation_node.GetBinaryLabelmapInternalRepresentation(segment_id)
              if segments.GetSegment(segment_id) else None for segment_id in segment_ids]
    return [int(image.GetMTime()) if image is not None else 0 for image in images]


def write_layer(segmentation_node: slicer.vtkMRMLSegmentationNode, segment_id: str, mask: npt.NDArray[np.bool_],
                volume_node: slicer.vtkMRMLScalarVolumeNode) -> None:
    """Replace the mask of one segment (KJI on the grid of the volume) without touching any other segment.

    Where the new mask overlaps another segment of the shared layer, Slicer moves it to a layer of its own.
    """
    slicer.vtkSlicerSegmentationsModuleLogic.SetBinaryLabelmapToSegment(
        _oriented_image(mask.astype(np.uint8), volume_node), segmentation_node, segment_id)


def copy_other_segments(source: slicer.vtkMRMLSegmentationNode, target: slicer.vtkMRMLSegmentationNode,
                        volume_node: slicer.vtkMRMLScalarVolumeNode) -> None:
    """Copy the segments that the target does not have, with their looks, onto the grid of the volume."""
    own, copies = source.GetSegmentation(), target.GetSegmentation()
    for segment_id in own.GetSegmentIDs():
        if copies.GetSegment(segment_id) is None:
            segment = slicer.vtkSegment()
            segment.DeepCopyMetadata(own.GetSegment(segment_id))
            copies.AddSegment(segment, segment_id)
            write_layer(target, segment_id, read_layer(source, segment_id, volume_node), volume_node)


def write_boxes(segmentation_node: slicer.vtkMRMLSegmentationNode, segment_id: str,
                volume_node: slicer.vtkMRMLScalarVolumeNode, parts: Sequence[BoxMask]) -> None:
    """Replace a segment within boxes of the volume's grid; milliseconds, as nothing else of the scan is looked at.

    Its surface in 3D, if there is one, is that of before until `surfaces.renew_surfaces`.

    Args:
        segmentation_node, segment_id: what to write; no other segment changes.
        volume_node: gives the grid.
        parts: boxes (slices for k, j, i) with the mask that the segment has there afterwards.

    Raises:
        DuOncoError: somebody removed the segment.
    """
    segmentation = segmentation_node.GetSegmentation()
    if segmentation.GetSegment(segment_id) is None:
        raise DuOncoError("A layer of this result was removed; undo that in the Segment Editor first.")
    changed = [(box, mask) for box, mask in parts
               if not np.array_equal(read_box(segmentation_node, segment_id, volume_node, box), mask)]
    if not changed:
        return
    with kept_surfaces(segmentation_node, segment_id):
        rest = [part for part in changed if not _write_in_place(segmentation_node, segment_id, volume_node, *part)]
        if len(rest) < len(changed):
            segmentation_node.GetBinaryLabelmapInternalRepresentation(segment_id).Modified()
        for box, mask in rest:
            _merge(segmentation_node, segment_id, volume_node, box, mask)


def _write_in_place(segmentation_node: slicer.vtkMRMLSegmentationNode, segment_id: str,
                    volume_node: slicer.vtkMRMLScalarVolumeNode, box: Box, mask: npt.NDArray[np.bool_]) -> bool:
    """Change the stored voxels themselves; not where the segment would grow over another one or out of what is stored.

    Slicer's own way looks at the whole scan for every change, and hundreds of lesions may change at once.
    """
    image = segmentation_node.GetBinaryLabelmapInternalRepresentation(segment_id)
    if image is None or image.IsEmpty() or not _on_grid_of(image, volume_node):
        return False
    voxels, value, window = _stored_voxels(segmentation_node, segment_id, volume_node)
    if any(part.start < place.start or part.stop > place.stop for part, place in zip(box, window, strict=True)):
        return False
    k, j, i = (slice(part.start - place.start, part.stop - place.start)
               for part, place in zip(box, window, strict=True))
    stored = voxels[k, j, i]
    if np.any(mask & (stored != 0) & (stored != value)):
        return False
    stored[(stored == value) & ~mask] = 0
    stored[mask] = value
    return True


def _merge(segmentation_node: slicer.vtkMRMLSegmentationNode, segment_id: str,
           volume_node: slicer.vtkMRMLScalarVolumeNode, box: Box, mask: npt.NDArray[np.bool_]) -> None:
    """Let Slicer change the segment; where it meets another one, the segment gets a layer of its own."""
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    stored = read_box(segmentation_node, segment_id, volume_node, box)
    modes = [*([logic.MODE_MERGE_MAX] if (mask & ~stored).any() else []),
             *([logic.MODE_MERGE_MIN] if (stored & ~mask).any() else [])]
    for mode in modes:
        logic.SetBinaryLabelmapToSegment(_box_image(mask.astype(np.uint8), box, volume_node), segmentation_node,
                                         segment_id, mode)


def _stored_voxels(segmentation_node: slicer.vtkMRMLSegmentationNode, segment_id: str,
                   volume_node: slicer.vtkMRMLScalarVolumeNode) -> tuple[npt.NDArray[Any], int, tuple[slice, ...]]:
    """The part of the volume's grid that Slicer stores for a segment (KJI, a view), its value there, and its place."""
    i, j, k = volume_node.GetImageData().GetDimensions()
    segment = segmentation_node.GetSegmentation().GetSegment(segment_id)
    image = segmentation_node.GetBinaryLabelmapInternalRepresentation(segment_id) if segment else None
    if image is None or image.IsEmpty():
        return np.zeros((0, 0, 0), np.uint8), 1, (slice(0, 0),) * 3
    if not _on_grid_of(image, volume_node):
        voxels = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation_node, segment_id, volume_node)
        return voxels, 1, (slice(None),) * 3
    voxels, window = _overlap(image, (k, j, i))
    return voxels, segment.GetLabelValue(), window


def _segment(term: Term) -> slicer.vtkSegment:
    segment = slicer.vtkSegment()
    segment.SetName(term.name)
    segment.SetColor([channel / 255.0 for channel in term.color])
    set_terminology(segment, terminology_entry(term))
    return segment


def set_terminology(segment: slicer.vtkSegment, entry: str) -> None:
    """Mark a segment with a serialized terminology entry, in Slicer 5.10 and newer or before."""
    if hasattr(segment, "SetTerminology"):
        segment.SetTerminology(entry)
    else:
        segment.SetTag(segment.GetTerminologyEntryTagName(), entry)


def _oriented_image(array: npt.NDArray[np.uint8],
                    volume_node: slicer.vtkMRMLScalarVolumeNode) -> slicer.vtkOrientedImageData:
    """The array (KJI) as an image on the volume's grid, in the coordinates below its parent transform."""
    i, j, k = volume_node.GetImageData().GetDimensions()
    if tuple(array.shape) != (k, j, i):
        raise ValueError(f"array {array.shape} does not lie on the grid of the volume")
    return _box_image(array, (slice(0, k), slice(0, j), slice(0, i)), volume_node)


def _box_image(array: npt.NDArray[np.uint8], box: Box,
               volume_node: slicer.vtkMRMLScalarVolumeNode) -> slicer.vtkOrientedImageData:
    """The array (KJI) as an image on a box of the volume's grid."""
    image = slicer.vtkOrientedImageData()
    image.SetExtent([end for part in reversed(box) for end in (part.start, part.stop - 1)])
    scalars = numpy_to_vtk(np.ascontiguousarray(array).ravel(), deep=True, array_type=get_vtk_array_type(array.dtype))
    image.GetPointData().SetScalars(scalars)
    matrix = vtk.vtkMatrix4x4()
    volume_node.GetIJKToRASMatrix(matrix)
    image.SetGeometryFromImageToWorldMatrix(matrix)
    return image


def _on_grid_of(image: slicer.vtkOrientedImageData, volume_node: slicer.vtkMRMLScalarVolumeNode) -> bool:
    """Whether voxel (i, j, k) of the image is voxel (i, j, k) of the volume."""
    of_image, of_volume = vtk.vtkMatrix4x4(), vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(of_image)
    volume_node.GetIJKToRASMatrix(of_volume)
    return bool(np.allclose(slicer.util.arrayFromVTKMatrix(of_image), slicer.util.arrayFromVTKMatrix(of_volume),
                            atol=1e-4))


def _overlap(image: slicer.vtkOrientedImageData, shape: Sequence[int]) -> tuple[npt.NDArray[Any], tuple[slice, ...]]:
    """The part of a cropped image inside the grid (a view), and its place there."""
    extent = image.GetExtent()
    first, last = extent[4::-2], extent[5::-2]  # k, j, i
    size = [b - a + 1 for a, b in zip(first, last, strict=True)]
    block = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(size)
    start = [max(a, 0) for a in first]
    stop = [min(b + 1, n) for b, n in zip(last, shape, strict=True)]
    window = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    inside = tuple(slice(a - f, b - f) for a, b, f in zip(start, stop, first, strict=True))
    return block[inside], window

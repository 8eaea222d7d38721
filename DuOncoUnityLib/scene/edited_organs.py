"""Organs that a person edited stay in the scene when the scan is analysed again, beside the new ones."""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt
import slicer

from DuOncoUnityLib.scene.segmentation import read_labels
from DuOncoUnityLib.scene.volume import volume_geometry
from DuOncoUnityLib.terminology import ORGANS

KEPT_ORGANS = "The organs that were edited by hand stay in the scene beside those of this analysis."
_AS_FOUND = "DuOncoUnity.OrgansAsFound"


def mark_as_found(organs: slicer.vtkMRMLSegmentationNode, labels: npt.NDArray[np.uint8],
                  volume_node: slicer.vtkMRMLScalarVolumeNode) -> None:
    """Remember in the node what the analysis found.

    Args:
        organs: the new node.
        labels: its voxels (KJI) on the grid of the volume: 1 for the first of `terminology.ORGANS`, and so on.
        volume_node: the CT.
    """
    organs.SetAttribute(_AS_FOUND, _checksum(labels, volume_node))


def were_edited(organs: slicer.vtkMRMLSegmentationNode, volume_node: slicer.vtkMRMLScalarVolumeNode) -> bool:
    """Whether the organs differ from what the analysis found, or that is not known.

    A stroke that overlaps other organs lies on a layer of its own, since all that the analysis finds shares one.
    """
    segmentation, labels = organs.GetSegmentation(), read_labels(organs, list(ORGANS), volume_node)
    return (segmentation.GetNumberOfLayers() > 1 or not set(segmentation.GetSegmentIDs()) <= set(ORGANS)
            or organs.GetAttribute(_AS_FOUND) != _checksum(labels, volume_node))


def _checksum(labels: npt.NDArray[np.uint8], volume_node: slicer.vtkMRMLScalarVolumeNode) -> str:
    """In patient order: a scene that is saved and reopened may have the slices the other way round."""
    ordered, _ = volume_geometry(volume_node).to_patient_order(labels)
    return f"{zlib.crc32(np.ascontiguousarray(ordered).data):08x}"

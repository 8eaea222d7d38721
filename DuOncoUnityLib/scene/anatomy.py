"""Organs of a scan as the scene has them, read only as far as they are needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
import slicer

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.anatomy.levels import SPINE, VertebralLevel, find_level
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.components import Box
from DuOncoUnityLib.scene.segmentation import read_boxes, read_labels
from DuOncoUnityLib.terminology import ORGAN_LABELS, ORGANS


class SceneAnatomy:
    """The anatomy of one result.

    Args:
        segmentation_node: the organs.
        volume_node, geometry: the CT and its grid.
    """

    def __init__(self, segmentation_node: slicer.vtkMRMLSegmentationNode, volume_node: slicer.vtkMRMLScalarVolumeNode,
                 geometry: Geometry) -> None:
        self._node, self._volume, self._geometry = segmentation_node, volume_node, geometry

    def near(self, boxes: Sequence[Box], organs: Iterable[str] = ORGANS) -> LabelMap:
        """The anatomy on the grid of the CT, known within some boxes and empty elsewhere: milliseconds for a few.

        Args:
            boxes: slices for (k, j, i).
            organs: those that are wanted.
        """
        labels = np.zeros(self._geometry.shape, np.uint8)  # takes no memory where nothing is written
        for organ in organs:
            for box, mask in zip(boxes, read_boxes(self._node, organ, self._volume, boxes), strict=True):
                labels[box][mask & (labels[box] == 0)] = ORGAN_LABELS[organ]
        return LabelMap(labels, self._geometry, ORGAN_LABELS)

    @cached_property
    def level(self) -> VertebralLevel | None:
        """Where body composition is measured; None without a lumbar spine."""
        labels = read_labels(self._node, SPINE, self._volume)
        return find_level(LabelMap(labels, self._geometry, {organ: n for n, organ in enumerate(SPINE, start=1)}))

"""Muscle and fat: what a lesion leaves belongs to them again, and what a person corrected can be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.composition.tissues import TISSUES, tissues_in
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.lesions.components import BoolArray, Box, LabelArray
from DuOncoUnityLib.scene.result import Result
from DuOncoUnityLib.scene.segmentation import read_boxes, read_labels, write_boxes
from DuOncoUnityLib.terminology import Layer

COMPARTMENTS = tuple(dict.fromkeys(organ for organ, _hu in TISSUES.values()))
"""The organs that hold muscle and fat."""


@dataclass(frozen=True, eq=False)
class TissuePatch:
    """Muscle or fat in a box of the scan (slices for k, j, i), and its layer."""

    layer: Layer
    box: Box
    mask: BoolArray


@dataclass(frozen=True, eq=False)
class Passage:
    """Voxels of a box that lesions and nodes left, and those that they took."""

    box: Box
    left: BoolArray
    taken: BoolArray


def follow_lesions(result: Result, passages: Sequence[Passage], ct: CTVolume,
                   anatomy: LabelMap) -> tuple[list[TissuePatch], list[TissuePatch]]:
    """What becomes of muscle and fat: disease goes first, and what it leaves is what the analysis would see there.

    Args:
        result: nodes of the time point; nothing is changed.
        passages: what the lesions did.
        ct: the scan.
        anatomy: `COMPARTMENTS` at least, in the boxes of the passages.

    Returns:
        the patches that change, as they are and as they are to be.
    """
    boxes = [passage.box for passage in passages]
    tissue = {layer: read_boxes(result.segmentation, layer.value, result.volume, boxes) for layer in TISSUES}
    before, after = [], []
    for number, passage in enumerate(passages):
        beneath = tissues_in(passage.box, ct, anatomy)
        free = passage.left & ~np.any([masks[number] for masks in tissue.values()], axis=0)
        for layer, masks in tissue.items():
            mask = (masks[number] & ~passage.taken) | (free & (beneath == layer.label))
            if not np.array_equal(mask, masks[number]):
                before.append(TissuePatch(layer, passage.box, masks[number]))
                after.append(TissuePatch(layer, passage.box, mask))
    return before, after


def take_tissue(result: Result, patches: Sequence[TissuePatch]) -> None:
    """Take away what muscle and fat no longer have in these patches; before lesions come."""
    for layer in {patch.layer for patch in patches}:
        own = [patch for patch in patches if patch.layer is layer]
        now = read_boxes(result.segmentation, layer.value, result.volume, [patch.box for patch in own])
        write_boxes(result.segmentation, layer.value, result.volume,
                    [(patch.box, patch.mask & mask) for patch, mask in zip(own, now, strict=True)])


def give_tissue(result: Result, patches: Sequence[TissuePatch]) -> None:
    """Muscle and fat are as in these patches; after lesions went."""
    for layer in {patch.layer for patch in patches}:
        write_boxes(result.segmentation, layer.value, result.volume,
                    [(patch.box, patch.mask) for patch in patches if patch.layer is layer])


def written_tissue(result: Result, ct: CTVolume) -> LabelArray | None:
    """Muscle and fat as the analysis saw them beneath and beside all lesions; None where its organs are gone."""
    if result.anatomy is None:
        return None
    organs = read_labels(result.anatomy, COMPARTMENTS, result.volume)
    anatomy = LabelMap(organs, ct.geometry, {organ: value for value, organ in enumerate(COMPARTMENTS, start=1)})
    for box in _slices(organs):
        organs[box] = tissues_in(box, ct, anatomy)
    return organs


def edited_layers(result: Result, written: LabelArray | None) -> LabelArray:
    """All layers as they are now, as one label map (`Layer.label`).

    Strokes of the Segment Editor lie over other layers and do not cut them: where several tissues claim a voxel, that
    of the person is taken, not that which the analysis wrote. A layer that somebody removed is taken as unchanged.
    """
    layers = read_labels(result.segmentation, [layer.value for layer in Layer], result.volume)
    if written is None:
        return layers
    for layer in reversed(TISSUES):
        if result.segmentation.GetSegmentation().GetSegment(layer.value) is None:
            layers[(layers == 0) & (written == layer.label)] = layer.label
            continue
        boxes = _slices(layers)
        for box, mask in zip(boxes, read_boxes(result.segmentation, layer.value, result.volume, boxes), strict=True):
            now = layers[box]
            painted = mask & (written[box] != layer.label) & (now != Layer.LESION.label)
            now[painted & (now != Layer.LYMPH_NODE.label)] = layer.label
    return layers


def _slices(labels: LabelArray) -> list[Box]:
    """Its slices as boxes: masks of the whole scan would leave the processor's cache."""
    depth, rows, columns = labels.shape
    return [(slice(number, number + 1), slice(0, rows), slice(0, columns)) for number in range(depth)]

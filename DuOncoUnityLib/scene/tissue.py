"""Muscle and fat beneath lesions: what a lesion leaves belongs to them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.composition.tissues import TISSUES, tissues_in
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.lesions.components import BoolArray, Box
from DuOncoUnityLib.scene.result import Result
from DuOncoUnityLib.scene.segmentation import read_boxes, write_boxes
from DuOncoUnityLib.terminology import Layer

COMPARTMENTS = tuple(dict.fromkeys(organ for organ, _low, _high in TISSUES.values()))
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

"""Which lesions were found, lesion by lesion.

A proposal and a true lesion are paired one to one, the pair with the largest intersection over union (IoU) first
(greedy matching by localisation in Metrics Reloaded, Maier-Hein et al., Nat Methods 2024;21:195), down to an IoU of
0.1, the usual least overlap in 3D (nnDetection, Baumgartner et al., MICCAI 2021). A true lesion without partner is
missed, a proposal without partner is false; so a lesion in two pieces is found once with one false proposal, and two
lesions under one proposal are one found and one missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.components import Component, boxes_meet, relative_box
from DuOncoUnityLib.lesions.measure import axial_calipers

LEAST_IOU = 0.1
SIZE_CLASSES = {"< 10 mm": (0.0, 10.0), "10 to 20 mm": (10.0, 20.0), ">= 20 mm": (20.0, np.inf)}
"""Classes of the long axis, lower limits included."""


class Pair(NamedTuple):
    """A true lesion and its proposal, by their place in the lists."""

    truth: int
    proposal: int
    iou: float

    @property
    def dice(self) -> float:
        return 2.0 * self.iou / (1.0 + self.iou)


def match_lesions(truth: Sequence[Component], proposals: Sequence[Component],
                  least_iou: float = LEAST_IOU) -> list[Pair]:
    """Pair true lesions with proposals on the same grid; see the rule above."""
    pairs = [Pair(t, p, _iou(lesion, proposal)) for t, lesion in enumerate(truth)
             for p, proposal in enumerate(proposals) if boxes_meet(lesion.box, proposal.box)]
    matched: list[Pair] = []
    for pair in sorted(pairs, key=lambda one: (-one.iou, one.truth, one.proposal)):
        taken = any(pair.truth == other.truth or pair.proposal == other.proposal for other in matched)
        if pair.iou >= least_iou and not taken:
            matched.append(pair)
    return matched


def size_class(long_axis_mm: float) -> str:
    """The name of the class in `SIZE_CLASSES`."""
    return next(name for name, (low, high) in SIZE_CLASSES.items() if low <= long_axis_mm < high)


def long_axis_mm(component: Component, geometry: Geometry) -> float:
    """Longest diameter on an axial slice (RECIST 1.1) of a component on a grid."""
    start = [part.start for part in component.box]
    mask, own = geometry.crop(start, component.mask.shape).to_patient_order(component.mask)
    return axial_calipers(mask, own)[0].length_mm


def _iou(first: Component, second: Component) -> float:
    common = int(np.count_nonzero(first.mask[relative_box(second.box, first.box)]
                                  & second.mask[relative_box(first.box, second.box)]))
    return common / (int(np.count_nonzero(first.mask)) + int(np.count_nonzero(second.mask)) - common)

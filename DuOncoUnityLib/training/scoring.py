"""Figures that say how well a result agrees with a truth: overlap of organs, detection of lesions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.lesions.instances import InstanceMap
from DuOncoUnityLib.records.model import Lesion
from DuOncoUnityLib.training.patients import SyntheticCase

FOUND_OVERLAP = 0.1
SENSITIVITY_MINIMUM_MM = 10.0


def dice(first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> float:
    """Dice coefficient of two masks on one grid; 1 where both are empty."""
    total = int(np.count_nonzero(first)) + int(np.count_nonzero(second))
    return 2.0 * int(np.count_nonzero(first & second)) / total if total else 1.0


@dataclass(frozen=True)
class Detection:
    """What became of the true lesions and of the proposals of one scan.

    Attributes:
        truth: for every true lesion: layer, long axis (mm), confidence of the best proposal that overlaps it (None when
            it was missed) and that proposal's Dice.
        false_confidences: confidence of every proposal that overlaps no true lesion.
    """

    truth: tuple[tuple[str, float, float | None, float], ...]
    false_confidences: tuple[float, ...]


def match_detections(case: SyntheticCase, lesions: Sequence[Lesion], instances: InstanceMap) -> Detection:
    """Match proposals with the truth; a lesion is found by a proposal whose intersection over union is 0.1 or more."""
    best: dict[int, tuple[float, float]] = {}
    false_confidences = []
    sizes = np.bincount(case.lesion_ids.ravel(), minlength=256)
    for lesion in lesions:
        mask, box = instances.mask(lesion.id)
        counts = np.bincount(case.lesion_ids[box][mask], minlength=256)
        confidence = lesion.confidence or 0.0
        hits = [number for number in np.flatnonzero(counts[1:]) + 1
                if counts[number] / (sizes[number] + mask.sum() - counts[number]) >= FOUND_OVERLAP]
        for number in hits:
            overlap = 2.0 * float(counts[number]) / float(sizes[number] + mask.sum())
            best[int(number)] = max(best.get(int(number), (0.0, 0.0)), (confidence, overlap))
        if not counts[1:].any():
            false_confidences.append(confidence)
    truth = tuple((true.layer, true.long_axis_mm, *best.get(true.number, (None, 0.0))) for true in case.lesions)
    return Detection(truth, tuple(false_confidences))


def sensitivity(detections: Sequence[Detection], layer: str, threshold: float = 0.0) -> tuple[int, int]:
    """Lesions of a layer of 10 mm and more: (found with at least that confidence, all)."""
    sized = [item for detection in detections for item in detection.truth
             if item[0] == layer and item[1] >= SENSITIVITY_MINIMUM_MM]
    return sum(item[2] is not None and item[2] >= threshold for item in sized), len(sized)


def threshold_for(detections: Sequence[Detection], false_per_scan: float) -> float:
    """The lowest confidence that leaves at most so many false proposals per scan."""
    confidences = sorted((c for detection in detections for c in detection.false_confidences), reverse=True)
    allowed = int(false_per_scan * len(detections))
    return 0.0 if len(confidences) <= allowed else float(np.nextafter(confidences[allowed], 2.0))

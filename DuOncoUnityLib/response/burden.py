"""Whole-body tumour burden of one scan: volume, number, places and spread of all lesions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import pdist

from DuOncoUnityLib.lesions.burden import is_disease
from DuOncoUnityLib.records.model import Lesion
from DuOncoUnityLib.response.measurability import NODES
from DuOncoUnityLib.terminology import Layer


@dataclass(frozen=True)
class Burden:
    """Burden of one scan; rejected lesions and nodes below 10 mm (normal by RECIST 1.1) are not part of it.

    Attributes:
        volume_by_layer_ml, count_by_layer: by segment ("lesion", "lymph_node").
        volume_by_organ_ml, count_by_organ: by site; all nodes together are "lymph_node".
        sites: organs involved, all nodes counted once.
        dmax_mm: largest distance between two lesion centroids (Cottereau, J Nucl Med 2020, for lymphoma on PET; its
            meaning on CT of solid tumours is unproven); None for fewer than two lesions.
    """

    volume_ml: float
    count: int
    volume_by_layer_ml: dict[str, float]
    count_by_layer: dict[str, int]
    volume_by_organ_ml: dict[str, float]
    count_by_organ: dict[str, int]
    sites: list[str]
    dmax_mm: float | None


def burden(lesions: Sequence[Lesion]) -> Burden:
    """Burden of the lesions of one scan."""
    diseased = [lesion for lesion in lesions if is_disease(lesion)]
    volume_by_layer, count_by_layer = _totals(diseased, [lesion.layer for lesion in diseased])
    organs = [NODES if lesion.layer == Layer.LYMPH_NODE.value else lesion.site for lesion in diseased]
    volume_by_organ, count_by_organ = _totals(diseased, organs)
    return Burden(sum(lesion.measurement.volume_ml for lesion in diseased), len(diseased),
                  volume_by_layer, count_by_layer, volume_by_organ, count_by_organ, sorted(volume_by_organ),
                  _dmax(diseased))


def _totals(lesions: Sequence[Lesion], groups: Sequence[str]) -> tuple[dict[str, float], dict[str, int]]:
    volumes: dict[str, float] = {}
    counts: dict[str, int] = {}
    for lesion, group in zip(lesions, groups, strict=True):
        volumes[group] = volumes.get(group, 0.0) + lesion.measurement.volume_ml
        counts[group] = counts.get(group, 0) + 1
    return volumes, counts


def _dmax(lesions: Sequence[Lesion]) -> float | None:
    if len(lesions) < 2:
        return None
    return float(pdist(np.array([lesion.measurement.centroid_lps_mm for lesion in lesions])).max())

"""Breasts among the proposals: dense glandular tissue under the skin, which looks like a mass, but comes in twos."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.geometry import FloatArray
from DuOncoUnityLib.records.model import Lesion
from DuOncoUnityLib.terminology import Layer

SMALLEST_ML = 10.0  # glandular tissue of a breast, which is thinner in most women, and then is no mass
LARGEST_RATIO = 2.0  # of the volumes of the two
SITES = ("subcutaneous_tissue", "muscle")  # dense and large breasts are taken for muscle
FARTHEST_MM = 40.0  # the one from the mirror image of the other: patients lie a little turned


def breasts(lesions: Sequence[Lesion], anatomy: LabelMap) -> set[str]:
    """Ids of proposals outside the chest before the lungs that have a counterpart on the other side.

    Args:
        lesions: all proposals of a scan.
        anatomy: organs on the grid of the scan; without thoracic spine or lung nothing is a breast.
    """
    masses = [one for one in lesions if one.layer == Layer.LESION.value and one.site in SITES
              and one.measurement.volume_ml >= SMALLEST_ML]
    if len(masses) < 2:  # the middles of organs cost a look at the whole scan
        return set()
    spine_mm, lung_mm = (_middle_mm(anatomy, organ) for organ in ("thoracic_spine", "lung"))
    if spine_mm is None or lung_mm is None:
        return set()
    before_lungs = [one for one in masses if one.measurement.centroid_lps_mm[1] < lung_mm[1]]
    return {one.id for one, other in permutations(before_lungs, 2) if _are_alike(one, other, float(spine_mm[0]))}


def _are_alike(one: Lesion, other: Lesion, midline_mm: float) -> bool:
    """Whether two lie on either side of the midline (L of LPS), at the same place and of about the same volume."""
    small_ml, large_ml = sorted(lesion.measurement.volume_ml for lesion in (one, other))
    there, here = (np.array(lesion.measurement.centroid_lps_mm) for lesion in (one, other))
    on_both_sides = (there[0] - midline_mm) * (here[0] - midline_mm) < 0.0
    here[0] = 2.0 * midline_mm - here[0]
    return bool(on_both_sides and large_ml <= LARGEST_RATIO * small_ml and np.linalg.norm(there - here) <= FARTHEST_MM)


def _middle_mm(anatomy: LabelMap, organ: str) -> FloatArray | None:
    """LPS centroid of an organ; None where it is not on the scan."""
    kji = np.argwhere(anatomy.mask(organ)[::2, ::2, ::2]) * 2
    return anatomy.geometry.index_to_world(kji.mean(axis=0)[::-1]) if len(kji) else None

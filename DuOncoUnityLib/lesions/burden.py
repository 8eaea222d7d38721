"""The tumour burden: what all lesions of a time point add up to. Every table, report and panel shows these sums."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from DuOncoUnityLib.records.model import Lesion, ReviewStatus
from DuOncoUnityLib.terminology import Layer

NODE_NORMAL_BELOW_MM = 9.95
"""Short axis below which a node is normal: 10 mm (RECIST 1.1), compared in tenths of a millimetre."""


@dataclass(frozen=True)
class BurdenSum:
    """Sums over some lesions.

    Attributes:
        count: number of lesions.
        volume_ml: their volume together.
        longest_axis_mm: the longest of their long axes; 0 without lesions.
        unreviewed: how many of them nobody has decided on yet.
        largest_id: id of the one with the largest volume; "" without lesions.
    """

    count: int
    volume_ml: float
    longest_axis_mm: float
    unreviewed: int
    largest_id: str = ""


@dataclass(frozen=True)
class Burden:
    """The tumour burden of one time point; rejected lesions and normal nodes do not count.

    Attributes:
        total: of the whole scan.
        by_layer: of lesions and of lymph nodes.
        by_site: of every layer and organ or region ("" where unknown), the largest volume first.
        rejected: number of rejected lesions.
        normal_nodes: number of nodes that were not rejected, but are below 10 mm.
    """

    total: BurdenSum
    by_layer: dict[Layer, BurdenSum]
    by_site: dict[tuple[Layer, str], BurdenSum]
    rejected: int
    normal_nodes: int


def is_disease(lesion: Lesion) -> bool:
    """Whether a lesion is part of the burden: not rejected, and as a node at least 10 mm in its short axis."""
    if lesion.layer == Layer.LYMPH_NODE.value:
        return lesion.counts and lesion.measurement.short_axis.length_mm >= NODE_NORMAL_BELOW_MM
    return lesion.counts


def tumour_burden(lesions: Sequence[Lesion]) -> Burden:
    """Sum up the lesions of a time point."""
    counted = [lesion for lesion in lesions if is_disease(lesion)]
    rejected = sum(not lesion.counts for lesion in lesions)
    sites = {(Layer(lesion.layer), lesion.site) for lesion in counted}
    by_site = {(layer, site): _sum(one for one in counted if (one.layer, one.site) == (layer.value, site))
               for layer, site in sites}
    ordered = sorted(by_site, key=lambda key: (list(Layer).index(key[0]), -by_site[key].volume_ml, key[1]))
    return Burden(
        total=_sum(counted),
        by_layer={layer: _sum(lesion for lesion in counted if lesion.layer == layer.value)
                  for layer in (Layer.LESION, Layer.LYMPH_NODE)},
        by_site={key: by_site[key] for key in ordered},
        rejected=rejected,
        normal_nodes=len(lesions) - len(counted) - rejected,
    )


def _sum(lesions: Iterable[Lesion]) -> BurdenSum:
    chosen = list(lesions)
    largest = max(chosen, key=lambda lesion: lesion.measurement.volume_ml, default=None)
    return BurdenSum(
        count=len(chosen),
        volume_ml=math.fsum(lesion.measurement.volume_ml for lesion in chosen),
        longest_axis_mm=max((lesion.measurement.long_axis.length_mm for lesion in chosen), default=0.0),
        unreviewed=sum(lesion.review.status is ReviewStatus.PROPOSED for lesion in chosen),
        largest_id=largest.id if largest else "",
    )

"""Which lesions can be targets at baseline (RECIST 1.1; CT)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from DuOncoUnityLib.records.decisions import LesionTrait
from DuOncoUnityLib.response.explain import Explained, Number, mm
from DuOncoUnityLib.response.recist import NODE_NORMAL_BELOW, NODE_TARGET_FROM
from DuOncoUnityLib.terminology import BONES

LESION_TARGET_FROM = 100
NODES = "lymph_node"

_NEVER_MEASURABLE = {
    LesionTrait.BLASTIC_BONE: "never_blastic", LesionTrait.LYTIC_WITHOUT_SOFT_TISSUE: "never_lytic",
    LesionTrait.EFFUSION: "never_effusion", LesionTrait.LEPTOMENINGEAL: "never_leptomeningeal",
    LesionTrait.LYMPHANGITIC: "never_lymphangitic",
}


class Measurability(str, Enum):
    """What a lesion may be at baseline."""

    TARGET = "target"
    NON_TARGET = "non_target"
    NO_DISEASE = "no_disease"


@dataclass(frozen=True)
class Candidate:
    """A lesion at baseline; lengths in tenths of a mm.

    Attributes:
        site: organ, for a node its chain, as key of `terminology.ORGANS`.
        slice_thickness: the thicker of slice thickness and slice distance; None where unknown.
    """

    track_id: str
    is_node: bool
    site: str
    long_axis: int
    short_axis: int
    slice_thickness: int | None = None
    traits: frozenset[LesionTrait] = frozenset()

    @property
    def size(self) -> int:
        """What is measured: the short axis of a node, the long axis of anything else."""
        return self.short_axis if self.is_node else self.long_axis

    @property
    def organ(self) -> str:
        """All nodes are one organ, and so is the skeleton."""
        if self.is_node:
            return NODES
        return "bone" if self.site in BONES else self.site


def measurability(candidate: Candidate) -> Explained:
    """Whether a lesion may be a target, is non-target only, or is no disease; value of `Measurability`."""
    least = NODE_TARGET_FROM if candidate.is_node else LESION_TARGET_FROM
    thickness = candidate.slice_thickness or 0
    limit = max(least, 2 * thickness)
    numbers: dict[str, Number] = {"size_mm": mm(candidate.size), "limit_mm": mm(limit), "slice_mm": mm(thickness)}

    def result(measurable: Measurability, rule: str) -> Explained:
        return Explained(measurable, rule, numbers, (candidate.track_id,))

    if LesionTrait.SIMPLE_CYST in candidate.traits:
        return result(Measurability.NO_DISEASE, "cyst")
    if candidate.is_node and candidate.size < NODE_NORMAL_BELOW:
        return result(Measurability.NO_DISEASE, "node_normal")
    for trait, rule in _NEVER_MEASURABLE.items():
        if trait in candidate.traits:
            return result(Measurability.NON_TARGET, rule)
    if LesionTrait.IRRADIATED in candidate.traits and LesionTrait.IRRADIATED_PROGRESSED not in candidate.traits:
        return result(Measurability.NON_TARGET, "irradiated")
    if candidate.organ == "bone" and LesionTrait.SOFT_TISSUE_PART not in candidate.traits:
        return result(Measurability.NON_TARGET, "bone_without_soft_tissue")
    if candidate.size < least:
        return result(Measurability.NON_TARGET, "node_too_small" if candidate.is_node else "lesion_too_small")
    if candidate.size < limit:
        return result(Measurability.NON_TARGET, "slices_too_thick")
    return result(Measurability.TARGET, "measurable_node" if candidate.is_node else "measurable")

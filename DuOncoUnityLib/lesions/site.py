"""In which organ or region a lesion lies, told from the segmented anatomy in and around it."""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.lesions.components import BoolArray, Box, grow_box, relative_box
from DuOncoUnityLib.terminology import Layer

# how far around a mask the anatomy has a say: the rim of a lesion, the neighbourhood of a node
LESION_SHELL_MM = 3.0
NODE_SHELL_MM = 10.0

# what networks call a lesion that they do not know: it decides only where there is hardly anything else
_UNSPECIFIC = frozenset({"soft_tissue"})
_UNSPECIFIC_WEIGHT = 0.01

# the region of a node by its neighbours, and the weight of each; vessels and bones run through all regions: no vote
_NODE_REGIONS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("mediastinum", "heart", "airway", "oesophagus", "lung", "thoracic_spine"), ("mediastinum", 1.0)),
    **dict.fromkeys(("peritoneum_retroperitoneum", "liver", "gallbladder", "spleen", "pancreas", "adrenal", "kidney",
                     "stomach", "bowel", "lumbar_spine"), ("peritoneum_retroperitoneum", 1.0)),
    **dict.fromkeys(("pelvic_organs", "bladder", "sacrum"), ("pelvic_organs", 1.0)),
    **dict.fromkeys(("muscle", "subcutaneous_tissue", "cervical_spine"), ("soft_tissue", 0.5)),
}
_NO_VOTE = ("", 0.0)


def site_of(mask: BoolArray, box: Box, layer: Layer, anatomy: LabelMap) -> str:
    """Organ of a lesion, or region of a lymph node: a key of `terminology.ORGANS`, "" where nothing is known.

    The organ is the most frequent one inside the mask and in a thin shell around it, since the network may call the
    lesion itself something else. A node takes the region that most of its wider neighbourhood belongs to; neck, axilla
    and groin count as soft tissue.

    Args:
        mask: the lesion, cut to `box` (KJI).
        box: where the mask lies on the scan.
        layer: `LESION` or `LYMPH_NODE`.
        anatomy: organs on the same grid.
    """
    shell_mm = NODE_SHELL_MM if layer is Layer.LYMPH_NODE else LESION_SHELL_MM
    counts = _organ_counts(mask, box, anatomy, shell_mm)
    votes: dict[str, float] = {}
    for organ, count in counts.items():
        if layer is Layer.LYMPH_NODE:
            region, weight = _NODE_REGIONS.get(organ, _NO_VOTE)
        else:
            region, weight = organ, _UNSPECIFIC_WEIGHT if organ in _UNSPECIFIC else 1.0
        if weight > 0:
            votes[region] = votes.get(region, 0.0) + weight * count
    return max(sorted(votes), key=lambda organ: votes[organ], default="")


def _organ_counts(mask: BoolArray, box: Box, anatomy: LabelMap, shell_mm: float) -> dict[str, int]:
    """Voxels of every organ inside the mask and within `shell_mm` of it along each axis."""
    reach = [math.ceil(shell_mm / spacing) for spacing in anatomy.geometry.spacing_mm[::-1]]
    around = grow_box(box, anatomy.geometry.shape, max(reach))
    near = np.zeros([part.stop - part.start for part in around], bool)
    near[relative_box(box, around)] = mask
    for axis, voxels in enumerate(reach):
        near = ndimage.maximum_filter1d(near, 2 * voxels + 1, axis=axis, mode="constant")
    counts = np.bincount(anatomy.labels[around][near], minlength=256)
    return {organ: int(counts[label]) for label, organ in anatomy.organs.items() if counts[label]}

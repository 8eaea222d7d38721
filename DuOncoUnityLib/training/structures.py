"""What synthetic bodies are made of: every structure with the organ that it belongs to.

Structures are finer than the organs that the network learns (a bowel has a wall and a content, a bone a cortex and a
marrow), because CT density follows the tissue; `configs/generator.toml` gives their densities.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

LabelArray = npt.NDArray[np.uint8]


class Phase(str, Enum):
    """Contrast phase of a CT."""

    NONE = "none"
    ARTERIAL = "arterial"
    PORTAL = "portal"
    LATE = "late"


@dataclass(frozen=True)
class Structure:
    """One kind of tissue in a synthetic body.

    Attributes:
        name: identifier; its position in `STRUCTURES` is its value in label maps.
        organ: key of `terminology.ORGANS` it belongs to, "" for what lies outside the body.
    """

    name: str
    organ: str


STRUCTURES: tuple[Structure, ...] = (
    Structure("air", ""),
    Structure("skin", "subcutaneous_tissue"),
    Structure("subcutaneous_fat", "subcutaneous_tissue"),
    Structure("muscle", "muscle"),
    Structure("intermuscular_fat", "muscle"),
    Structure("visceral_fat", "peritoneum_retroperitoneum"),
    Structure("mediastinal_fat", "mediastinum"),
    Structure("cortical_bone", "bone"),
    Structure("marrow", "bone"),
    Structure("cervical_cortex", "cervical_spine"),
    Structure("cervical_marrow", "cervical_spine"),
    Structure("thoracic_cortex", "thoracic_spine"),
    Structure("thoracic_marrow", "thoracic_spine"),
    Structure("lumbar_cortex", "lumbar_spine"),
    Structure("lumbar_marrow", "lumbar_spine"),
    Structure("sacral_cortex", "sacrum"),
    Structure("sacral_marrow", "sacrum"),
    Structure("cartilage", "soft_tissue"),
    Structure("spinal_canal", "soft_tissue"),
    Structure("lung", "lung"),
    Structure("lung_vessel", "lung"),
    Structure("airway_lumen", "airway"),
    Structure("airway_wall", "airway"),
    Structure("heart_wall", "heart"),
    Structure("heart_blood", "heart"),
    Structure("artery", "great_vessels"),
    Structure("vein", "great_vessels"),
    Structure("oesophagus", "oesophagus"),
    Structure("liver", "liver"),
    Structure("liver_vessel", "liver"),
    Structure("gallbladder", "gallbladder"),
    Structure("spleen", "spleen"),
    Structure("pancreas", "pancreas"),
    Structure("adrenal", "adrenal"),
    Structure("kidney_cortex", "kidney"),
    Structure("kidney_medulla", "kidney"),
    Structure("stomach_wall", "stomach"),
    Structure("stomach_content", "stomach"),
    Structure("bowel_wall", "bowel"),
    Structure("bowel_fluid", "bowel"),
    Structure("bowel_gas", "bowel"),
    Structure("bowel_opacified", "bowel"),
    Structure("stool", "bowel"),
    Structure("bladder_wall", "bladder"),
    Structure("urine", "bladder"),
    Structure("pelvic_organ", "pelvic_organs"),
    Structure("gland", "soft_tissue"),
    Structure("breast_gland", "subcutaneous_tissue"),
    Structure("soft_tissue", "soft_tissue"),
    Structure("brain", "soft_tissue"),
)

CODE: dict[str, int] = {structure.name: value for value, structure in enumerate(STRUCTURES)}

# what has a place and a size of its own in every person
MOVING_ORGANS = ("heart", "liver", "gallbladder", "spleen", "kidney_left", "kidney_right", "adrenal", "pancreas",
                 "stomach", "colon", "small_bowel", "bladder", "pelvic_organ", "mediastinum", "diaphragm")


def codes_of(*organs: str) -> npt.NDArray[np.uint8]:
    """Label values of the structures that belong to the organs."""
    return np.array([CODE[s.name] for s in STRUCTURES if s.organ in organs], dtype=np.uint8)


def is_one_of(labels: LabelArray, *names: str) -> npt.NDArray[np.bool_]:
    """Voxels whose structure is one of the names."""
    table = np.zeros(256, dtype=bool)
    table[[CODE[name] for name in names]] = True
    return table[labels]


def table_of(values: dict[str, float], other: float) -> npt.NDArray[np.float64]:
    """256 values by structure; `other` where none is given."""
    table = np.full(256, other)
    for name, value in values.items():
        table[CODE[name]] = value
    return table

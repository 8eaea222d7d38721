"""What synthetic bodies are made of: every structure with its organ and its CT density per contrast phase.

Structures are finer than the organs that the network learns (a bowel has a wall and a content, a bone a cortex and a
marrow), because CT density follows the tissue.

HU sources: unenhanced soft tissue, fat and bone follow ICRU Report 44 / ICRP Publication 110 compositions as tabulated
by Schneider et al., Phys Med Biol 45 (2000) 459-478 and the usual radiological ranges (fat -120..-80, muscle 40..65,
liver 50..65, spleen 40..55, kidney 25..35, unclotted blood 35..50); enhanced values are typical of the phases
described by Bae, Radiology 256 (2010) 32-61 (arterial aorta 250-350, portal liver 100-120, portal vessels 150-180).
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
        hu: mean HU in the phases none, arterial, portal, late.
        patient_sd: standard deviation of the mean between patients, HU.
        texture_sd: standard deviation inside one patient (structure, not scanner noise), HU.
    """

    name: str
    organ: str
    hu: tuple[float, float, float, float]
    patient_sd: float
    texture_sd: float


def _same(name: str, organ: str, hu: float, patient_sd: float, texture_sd: float) -> Structure:
    return Structure(name, organ, (hu, hu, hu, hu), patient_sd, texture_sd)


STRUCTURES: tuple[Structure, ...] = (
    _same("air", "", -1000, 0, 0),
    _same("skin", "subcutaneous_tissue", 25, 20, 8),
    _same("subcutaneous_fat", "subcutaneous_tissue", -103, 6, 6),
    Structure("muscle", "muscle", (52, 56, 62, 60), 7, 9),
    _same("intermuscular_fat", "muscle", -85, 14, 14),
    _same("visceral_fat", "peritoneum_retroperitoneum", -98, 8, 9),
    _same("mediastinal_fat", "mediastinum", -92, 12, 14),
    _same("cortical_bone", "bone", 750, 180, 110),
    _same("marrow", "bone", 190, 70, 45),
    _same("cervical_cortex", "cervical_spine", 600, 150, 90),
    _same("cervical_marrow", "cervical_spine", 240, 60, 40),
    _same("thoracic_cortex", "thoracic_spine", 500, 120, 90),
    _same("thoracic_marrow", "thoracic_spine", 180, 55, 35),
    _same("lumbar_cortex", "lumbar_spine", 500, 120, 90),
    _same("lumbar_marrow", "lumbar_spine", 160, 55, 35),
    _same("sacral_cortex", "sacrum", 430, 110, 80),
    _same("sacral_marrow", "sacrum", 130, 55, 40),
    _same("cartilage", "soft_tissue", 95, 30, 12),
    Structure("spinal_canal", "soft_tissue", (35, 38, 42, 40), 8, 6),
    _same("lung", "lung", -840, 45, 35),
    Structure("lung_vessel", "lung", (40, 240, 160, 100), 30, 8),
    _same("airway_lumen", "airway", -985, 10, 4),
    _same("airway_wall", "airway", 10, 40, 15),
    Structure("heart_wall", "heart", (45, 95, 110, 90), 12, 6),
    Structure("heart_blood", "heart", (42, 260, 165, 105), 25, 8),
    Structure("artery", "great_vessels", (42, 300, 165, 105), 28, 8),
    Structure("vein", "great_vessels", (42, 95, 155, 105), 28, 10),
    Structure("oesophagus", "oesophagus", (38, 50, 65, 60), 12, 12),
    Structure("liver", "liver", (58, 68, 112, 92), 11, 5),
    Structure("liver_vessel", "liver", (42, 85, 160, 105), 18, 5),
    Structure("gallbladder", "gallbladder", (8, 8, 9, 10), 8, 3),
    Structure("spleen", "spleen", (48, 115, 118, 92), 10, 6),
    Structure("pancreas", "pancreas", (38, 92, 95, 72), 12, 16),
    Structure("adrenal", "adrenal", (25, 55, 70, 50), 14, 8),
    Structure("kidney_cortex", "kidney", (32, 165, 180, 150), 20, 8),
    Structure("kidney_medulla", "kidney", (30, 85, 165, 150), 20, 8),
    Structure("stomach_wall", "stomach", (40, 65, 80, 70), 12, 10),
    _same("stomach_content", "stomach", 20, 25, 25),
    Structure("bowel_wall", "bowel", (38, 70, 85, 75), 14, 10),
    _same("bowel_fluid", "bowel", 18, 18, 15),
    _same("bowel_gas", "bowel", -950, 40, 20),
    _same("bowel_opacified", "bowel", 280, 120, 40),
    _same("stool", "bowel", -60, 60, 110),
    Structure("bladder_wall", "bladder", (38, 50, 60, 55), 8, 6),
    Structure("urine", "bladder", (5, 6, 8, 60), 7, 4),
    Structure("pelvic_organ", "pelvic_organs", (45, 70, 92, 85), 12, 12),
    Structure("gland", "soft_tissue", (60, 110, 105, 90), 25, 12),
    Structure("breast_gland", "subcutaneous_tissue", (20, 25, 35, 35), 20, 25),
    Structure("soft_tissue", "soft_tissue", (40, 50, 58, 55), 12, 10),
    _same("brain", "soft_tissue", 36, 4, 4),
)

CODE: dict[str, int] = {structure.name: value for value, structure in enumerate(STRUCTURES)}


def codes_of(*organs: str) -> npt.NDArray[np.uint8]:
    """Label values of the structures that belong to the organs."""
    return np.array([CODE[s.name] for s in STRUCTURES if s.organ in organs], dtype=np.uint8)


def is_one_of(labels: LabelArray, *names: str) -> npt.NDArray[np.bool_]:
    """Voxels whose structure is one of the names."""
    table = np.zeros(256, dtype=bool)
    table[[CODE[name] for name in names]] = True
    return table[labels]

"""Names, SNOMED CT codes and colours of everything that is segmented: the one table that all views and exports use."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class Code:
    """A coded term (SNOMED CT unless said otherwise)."""

    value: str
    meaning: str
    scheme: str = "SCT"


@dataclass(frozen=True)
class Term:
    """What a segment or organ is called and how it looks.

    Attributes:
        key: identifier in files and code.
        name: standard English name.
        name_fr: French name.
        category, type: DICOM segmented property category and type.
        region: anatomic region that narrows the type, where the type alone is ambiguous.
        color: RGB, 0 to 255.
    """

    key: str
    name: str
    name_fr: str
    category: Code
    type: Code
    color: tuple[int, int, int]
    region: Code | None = None


class Layer(str, Enum):
    """The editable segments of a result; the value is also the segment ID."""

    LESION = "lesion"
    LYMPH_NODE = "lymph_node"
    MUSCLE = "skeletal_muscle"
    SUBCUTANEOUS_FAT = "subcutaneous_fat"
    VISCERAL_FAT = "visceral_fat"
    INTERMUSCULAR_FAT = "intermuscular_fat"

    @property
    def label(self) -> int:
        """Value of the layer in label maps: 1 for lesions, 2 for lymph nodes, ... 6; 0 is background."""
        return list(Layer).index(self) + 1


_TISSUE = Code("85756007", "Tissue")
_ANATOMY = Code("123037004", "Anatomical Structure")
_ABNORMAL = Code("49755003", "Morphologically Altered Structure")
_FAT = Code("55603005", "Fat")
_TRUNK = Code("22943007", "Trunk")

LAYERS: dict[Layer, Term] = {
    Layer.LESION: Term("lesion", "Lesions", "Lésions", _ABNORMAL, Code("108369006", "Neoplasm"), (230, 60, 50)),
    Layer.LYMPH_NODE: Term("lymph_node", "Lymph nodes", "Ganglions", _ANATOMY,
                           Code("59441001", "Lymph node"), (255, 190, 40)),
    Layer.MUSCLE: Term("skeletal_muscle", "Skeletal muscle", "Muscle squelettique", _TISSUE,
                       Code("127954009", "Skeletal muscle"), (190, 105, 95)),
    Layer.SUBCUTANEOUS_FAT: Term("subcutaneous_fat", "Subcutaneous fat", "Graisse sous-cutanée", _TISSUE,
                                 Code("67769002", "Subcutaneous fat"), (245, 225, 150)),
    Layer.VISCERAL_FAT: Term("visceral_fat", "Visceral fat", "Graisse viscérale", _TISSUE, _FAT,
                             (235, 165, 60), _TRUNK),
    Layer.INTERMUSCULAR_FAT: Term("intermuscular_fat", "Intermuscular fat", "Graisse intermusculaire", _TISSUE, _FAT,
                                  (200, 200, 90), Code("71616004", "Muscle")),
}


def _organ(key: str, name: str, name_fr: str, code: str, meaning: str, color: tuple[int, int, int]) -> Term:
    return Term(key, name, name_fr, _ANATOMY, Code(code, meaning), color)


ORGANS: dict[str, Term] = {term.key: term for term in (
    _organ("lung", "Lungs", "Poumons", "39607008", "Lung", (180, 210, 235)),
    _organ("airway", "Airways", "Voies aériennes", "44567001", "Trachea", (150, 235, 235)),
    _organ("heart", "Heart", "Cœur", "80891009", "Heart", (205, 80, 80)),
    _organ("great_vessels", "Great vessels", "Gros vaisseaux", "59820001", "Blood vessel", (215, 35, 60)),
    _organ("mediastinum", "Mediastinum", "Médiastin", "72410000", "Mediastinum", (220, 180, 160)),
    _organ("oesophagus", "Oesophagus", "Œsophage", "32849002", "Esophagus", (210, 170, 140)),
    _organ("liver", "Liver", "Foie", "10200004", "Liver", (160, 80, 50)),
    _organ("gallbladder", "Gallbladder", "Vésicule biliaire", "28231008", "Gallbladder", (110, 170, 70)),
    _organ("spleen", "Spleen", "Rate", "78961009", "Spleen", (155, 90, 140)),
    _organ("pancreas", "Pancreas", "Pancréas", "15776009", "Pancreas", (225, 195, 120)),
    _organ("adrenal", "Adrenal glands", "Surrénales", "23451007", "Adrenal gland", (245, 185, 80)),
    _organ("kidney", "Kidneys", "Reins", "64033007", "Kidney", (185, 100, 80)),
    _organ("stomach", "Stomach", "Estomac", "69695003", "Stomach", (215, 135, 150)),
    _organ("bowel", "Bowel", "Intestin", "113276009", "Intestine", (205, 165, 140)),
    _organ("bladder", "Urinary bladder", "Vessie", "89837001", "Urinary bladder", (220, 200, 90)),
    _organ("pelvic_organs", "Pelvic organs", "Organes pelviens", "12921003", "Pelvis", (230, 160, 190)),
    _organ("cervical_spine", "Cervical spine", "Rachis cervical", "122494005", "Cervical spine", (225, 220, 190)),
    _organ("thoracic_spine", "Thoracic spine", "Rachis thoracique", "122495006", "Thoracic spine", (235, 225, 175)),
    _organ("lumbar_spine", "Lumbar spine", "Rachis lombaire", "122496007", "Lumbar spine", (240, 215, 140)),
    _organ("sacrum", "Sacrum", "Sacrum", "54735007", "Sacrum", (225, 205, 130)),
    _organ("bone", "Other bones", "Autres os", "272673000", "Bone", (240, 235, 205)),
    _organ("muscle", "Muscle", "Muscle", "127954009", "Skeletal muscle", (190, 105, 95)),
    _organ("subcutaneous_tissue", "Subcutaneous tissue", "Tissu sous-cutané", "71966008", "Subcutaneous tissue",
           (245, 225, 150)),
    _organ("peritoneum_retroperitoneum", "Peritoneum and retroperitoneum", "Péritoine et rétropéritoine", "818983003",
           "Abdomen", (235, 165, 60)),
    _organ("soft_tissue", "Other soft tissue", "Autres tissus mous", "87784001", "Soft tissue", (200, 160, 150)),
)}

BONES = ("bone", "cervical_spine", "thoracic_spine", "lumbar_spine", "sacrum")
"""Keys of `ORGANS` that make up the skeleton."""

GUT = ("stomach", "bowel")
"""Keys of `ORGANS` whose folds and content look like disease."""

HOLLOW = (*GUT, "oesophagus", "bladder", "gallbladder", "pelvic_organs")
"""Keys of `ORGANS` that are walls around a content."""

ORGAN_LABELS: dict[str, int] = {key: label for label, key in enumerate(ORGANS, start=1)}
"""Value of every organ in anatomy label maps; 0 is outside the body."""

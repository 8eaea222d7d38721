"""What cannot be disease is held back with a reason; what looks like it and may be disease is not."""

from __future__ import annotations

import numpy as np
import pytest

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.proposal import propose_lesions
from DuOncoUnityLib.lesions.suppression import RULES, suppressed

LESION, NODE = 1, 2
TISSUE, LUNG, BOWEL, BONE, GALLBLADDER, PELVIS = 1, 2, 3, 4, 5, 6
INDEX_OF = {"soft_tissue": TISSUE, "lung": LUNG, "bowel": BOWEL, "bone": BONE, "gallbladder": GALLBLADDER,
            "pelvic_organs": PELVIS}
SHAPE = (40, 90, 80)
BODY = (slice(None), slice(20, 60), slice(10, 70))


class Patient:
    """A block of soft tissue at 1 x 1 x 2 mm with air around it; proposals are painted into it."""

    def __init__(self, direction: tuple[float, ...] = (1, 0, 0, 0, 1, 0, 0, 0, 1)) -> None:
        self.geometry = Geometry(SHAPE, (1.0, 1.0, 2.0), direction=direction)
        self.organs, self.hu = np.zeros(SHAPE, np.uint8), np.full(SHAPE, -1000, np.int16)
        self.organs[BODY], self.hu[BODY] = TISSUE, 40

    def reason(self, box: tuple[slice, slice, slice], hu: float | np.ndarray, organ: int | None, layer: int = LESION,
               ) -> str:
        """Why a proposal of this density in this organ is held back; "" where it is not."""
        labels = np.zeros(SHAPE, np.uint8)
        labels[box], self.hu[box] = layer, hu
        if organ is not None:
            self.organs[box] = organ
        ct, anatomy = CTVolume(self.hu, self.geometry), LabelMap(self.organs, self.geometry, INDEX_OF)
        lesions, instances = propose_lesions(labels, ct, anatomy)
        assert len(lesions) == 1
        return suppressed(lesions, instances, ct, anatomy).get(lesions[0].id, "")


@pytest.fixture
def patient() -> Patient:
    return Patient()


def box(k: int, j: int, i: int, depth: int = 6, height: int = 12, width: int = 12) -> tuple[slice, slice, slice]:
    return slice(k, k + depth), slice(j, j + height), slice(i, i + width)


def test_a_soft_tissue_mass_is_shown(patient: Patient) -> None:
    assert patient.reason(box(10, 30, 30), 60, TISSUE) == ""


@pytest.mark.parametrize(("direction", "rows"), [((1, 0, 0, 0, 1, 0, 0, 0, 1), 72), ((1, 0, 0, 0, -1, 0, 0, 0, 1), 4)])
def test_what_lies_behind_the_body_lies_on_the_table(direction: tuple[float, ...], rows: int) -> None:
    assert Patient(direction).reason(box(10, rows, 30), 100, 0) == "table"


def test_what_lies_before_the_body_lies_outside(patient: Patient) -> None:
    assert patient.reason(box(10, 2, 30), 100, 0) == "outside_body"


def test_a_tumour_that_bulges_out_of_the_skin_is_shown(patient: Patient) -> None:
    assert patient.reason(box(10, 12, 30), 50, 0) == ""


def test_a_tumour_that_the_anatomy_takes_for_the_outside_is_shown(patient: Patient) -> None:
    assert patient.reason(box(10, 30, 30), 50, 0) == ""


def test_gas_is_no_lesion_but_ground_glass_in_the_lung_may_be(patient: Patient) -> None:
    assert patient.reason(box(10, 30, 30), -600, BOWEL) == "gas"
    patient.organs[5:20, 25:50, 25:50] = LUNG
    assert patient.reason(box(10, 30, 30), -600, LUNG) == ""


def test_contrast_medium_in_bowel_is_no_lesion_but_a_dense_one_elsewhere_may_be(patient: Patient) -> None:
    assert patient.reason(box(10, 30, 30), 350, BOWEL) == "oral_contrast"
    assert patient.reason(box(10, 30, 30), 350, TISSUE) == ""


def test_bubbles_make_it_stool_but_a_solid_mass_of_the_bowel_is_shown(patient: Patient) -> None:
    mottled = np.full((6, 12, 12), 20)
    mottled[:, ::3, ::2] = -700
    assert patient.reason(box(10, 30, 30), mottled, BOWEL) == "stool"
    assert patient.reason(box(10, 30, 30), 60, BOWEL) == ""


def test_a_dense_sheet_of_bone_is_cortex_but_a_dense_focus_is_shown(patient: Patient) -> None:
    assert patient.reason(box(5, 30, 30, depth=20, height=3, width=30), 800, BONE) == "bone_cortex"
    assert patient.reason(box(10, 30, 30), 800, BONE) == ""


def test_a_thin_soft_sheet_in_bone_is_shown(patient: Patient) -> None:
    assert patient.reason(box(5, 30, 30, depth=20, height=3, width=30), 60, BONE) == ""


@pytest.mark.parametrize("organ", [BONE, TISSUE])
def test_bone_islands_metal_and_contrast_medium_are_denser_than_tumours(patient: Patient, organ: int) -> None:
    assert patient.reason(box(10, 30, 30), 1190, organ) == "too_dense", "mean of enostoses, Ulano 2016"
    assert patient.reason(box(10, 30, 30), 654, organ) == "", "mean of osteoblastic metastases, Ulano 2016"


def test_a_clip_is_metal_also_where_its_blurred_edges_outweigh_it(patient: Patient) -> None:
    clip = np.full((6, 12, 12), 300)
    clip[1:5, 4:8, 3:9] = 3071
    assert patient.reason(box(10, 30, 30), clip, TISSUE) == "metal"


@pytest.mark.parametrize("organ", [BONE, TISSUE])
def test_a_tumour_beside_a_wire_and_one_with_dense_calcifications_are_shown(patient: Patient, organ: int) -> None:
    tumour = np.full((6, 12, 12), 60)
    tumour[:, 0, :6] = 3071
    assert patient.reason(box(10, 30, 30), tumour, organ) == ""
    tumour[:] = 60
    tumour[:, :6] = 1500
    assert patient.reason(box(10, 30, 30), tumour, organ) == ""


@pytest.mark.parametrize(("height", "width", "reason"), [(11, 40, "strand"), (12, 28, ""), (22, 56, "")])
def test_a_long_thin_node_is_a_strand_but_an_oval_one_and_a_bulky_conglomerate_are_shown(
        patient: Patient, height: int, width: int, reason: str) -> None:
    assert patient.reason(box(10, 25, 12, height=height, width=width), 60, TISSUE, NODE) == reason
    assert patient.reason(box(10, 25, 12, height=height, width=width), 60, TISSUE, LESION) == ""


@pytest.mark.parametrize(("side", "reason"), [(6, "normal_node"), (12, "")])
def test_nodes_count_from_a_short_axis_of_10_mm(patient: Patient, side: int, reason: str) -> None:
    assert patient.reason(box(10, 30, 30, height=side, width=20), 60, TISSUE, NODE) == reason
    assert patient.reason(box(10, 30, 30, height=side, width=20), 60, TISSUE, LESION) == ""


def test_a_find_on_one_of_many_thin_slices_is_not_resolved(patient: Patient) -> None:
    assert patient.reason(box(10, 30, 30, depth=1, height=8, width=8), 60, TISSUE) == "unresolved"
    assert patient.reason(box(10, 30, 30, depth=2, height=8, width=8), 60, TISSUE) == ""


@pytest.mark.parametrize("organ", [GALLBLADDER, PELVIS])
def test_a_whole_organ_of_normal_size_is_no_lesion(patient: Patient, organ: int) -> None:
    """The organ reaches beyond the proposal by a rim, as outlines of two networks differ; voxels are 1 x 1 x 2 mm."""
    patient.organs[8:28, 28:54, 28:54] = organ  # 27 ml
    assert patient.reason(box(10, 30, 30, depth=16, height=22, width=22), 30, None) == "whole_organ"


@pytest.mark.parametrize("organ", [GALLBLADDER, PELVIS])
def test_a_tumour_in_an_organ_that_it_does_not_fill_is_shown(patient: Patient, organ: int) -> None:
    patient.organs[8:28, 28:54, 28:54] = organ
    assert patient.reason(box(10, 30, 30, depth=8, height=14, width=22), 30, None) == ""


def test_an_enlarged_organ_may_be_a_tumour(patient: Patient) -> None:
    patient.organs[5:35, 22:58, 20:56] = PELVIS  # 78 ml
    assert patient.reason(box(6, 23, 21, depth=28, height=34, width=34), 30, None) == ""


def test_a_mass_that_fills_another_organ_is_shown(patient: Patient) -> None:
    """An adrenal gland, for one, is often a metastasis as a whole."""
    patient.organs[8:28, 28:54, 28:54] = LUNG
    assert patient.reason(box(10, 30, 30, depth=16, height=22, width=22), 30, None) == ""


def test_every_rule_has_a_name_a_sentence_and_a_source() -> None:
    assert len({rule.key for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.text and rule.why.endswith(".")

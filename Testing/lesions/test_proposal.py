"""What the network's labels become: measured, located, unseen by anyone."""

from __future__ import annotations

import numpy as np
import pytest

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.confidence import score_of
from DuOncoUnityLib.lesions.proposal import propose_lesions
from DuOncoUnityLib.lesions.seen_scan import ProbabilityMap, SeenScan
from DuOncoUnityLib.lesions.site import site_of
from DuOncoUnityLib.records.model import ReviewStatus
from DuOncoUnityLib.terminology import Layer


def test_proposals_are_complete_and_unreviewed(labels: np.ndarray, ct: CTVolume, anatomy: LabelMap) -> None:
    lesions, instances = propose_lesions(labels, ct, anatomy)
    assert {lesion.id: (lesion.layer, lesion.site) for lesion in lesions} == {
        "L1": ("lesion", "lung"), "L2": ("lesion", "liver"), "N1": ("lymph_node", "peritoneum_retroperitoneum")}
    for lesion in lesions:
        mask, box = instances.mask(lesion.id)
        assert lesion.review.status is ReviewStatus.PROPOSED
        assert lesion.confidence is None
        assert lesion.measurement.voxel_count == np.count_nonzero(mask)
        assert lesion.measurement.mean_hu == pytest.approx(ct.hu[box][mask].mean())


def test_without_anatomy_the_site_is_unknown(labels: np.ndarray, ct: CTVolume) -> None:
    assert {lesion.site for lesion in propose_lesions(labels, ct)[0]} == {""}


def test_specks_are_not_proposed(labels: np.ndarray, ct: CTVolume) -> None:
    labels[29, 59, 79] = 1
    assert len(propose_lesions(labels, ct)[0]) == 3


def test_an_empty_segmentation_has_no_lesions(ct: CTVolume) -> None:
    lesions, instances = propose_lesions(np.zeros(ct.geometry.shape, np.uint8), ct)
    assert lesions == []
    assert instances.instances == {}


@pytest.mark.parametrize(("organ", "region"), [
    ("heart", "mediastinum"), ("lung", "mediastinum"), ("kidney", "peritoneum_retroperitoneum"),
    ("bladder", "pelvic_organs"), ("muscle", "soft_tissue"), ("great_vessels", ""), ("thoracic_spine", "mediastinum")])
def test_nodes_take_the_region_of_their_neighbours(ct: CTVolume, organ: str, region: str) -> None:
    mask = np.ones((2, 3, 3), bool)
    box = slice(10, 12), slice(20, 23), slice(30, 33)
    organs = LabelMap(np.ones(ct.geometry.shape, np.uint8), ct.geometry, {organ: 1})
    assert site_of(mask, box, Layer.LYMPH_NODE, organs) == region


def test_site_at_the_edge_of_the_scan_and_outside_all_organs(ct: CTVolume) -> None:
    box = slice(0, 1), slice(0, 1), slice(0, 1)
    nowhere = LabelMap(np.zeros(ct.geometry.shape, np.uint8), ct.geometry, {"liver": 1})
    assert site_of(np.ones((1, 1, 1), bool), box, Layer.LESION, nowhere) == ""


def test_a_lesion_of_soft_tissue_alone_lies_in_soft_tissue(ct: CTVolume) -> None:
    box = slice(5, 7), slice(5, 7), slice(5, 7)
    organs = LabelMap(np.ones(ct.geometry.shape, np.uint8), ct.geometry, {"soft_tissue": 1})
    assert site_of(np.ones((2, 2, 2), bool), box, Layer.LESION, organs) == "soft_tissue"


def test_confidence_is_the_mean_probability_on_another_grid(awkward_geometry: Geometry) -> None:
    """A probability that rises along the patient, on a coarser grid of its own, is found at the lesion's place."""
    coarse = Geometry((40, 40, 40), (2.0, 2.0, 2.0), tuple(awkward_geometry.index_to_world((17, 13, 9)) - 39.0))
    along = np.arange(40) * 6
    values = np.broadcast_to(along[:, None, None], coarse.shape).astype(np.uint8)
    mask = np.ones((4, 6, 8), bool)
    box = slice(5, 9), slice(8, 14), slice(10, 18)
    centre = awkward_geometry.index_to_world((13.5, 10.5, 6.5))
    expected = coarse.world_to_index(centre)[2] * 6 / 255
    probability = ProbabilityMap(values, coarse)
    scan = CTVolume(np.zeros(awkward_geometry.shape, np.int16), awkward_geometry)
    assert score_of(mask, box, SeenScan(scan, probability)).mean == pytest.approx(expected, abs=0.02)


def test_confidence_outside_the_probability_map_is_zero(ct: CTVolume) -> None:
    far = ProbabilityMap(np.full((4, 4, 4), 255, np.uint8), Geometry((4, 4, 4), (2.0, 2.0, 2.0), (1e4, 0, 0)))
    assert score_of(np.ones((2, 2, 2), bool), (slice(0, 2),) * 3, SeenScan(ct, far)).mean == 0.0


def test_confidence_of_certain_disease_is_one(labels: np.ndarray, ct: CTVolume) -> None:
    certain = ProbabilityMap(np.full(ct.geometry.shape, 255, np.uint8), ct.geometry)
    assert {lesion.confidence for lesion in propose_lesions(labels, ct, None, certain)[0]} == {1.0}

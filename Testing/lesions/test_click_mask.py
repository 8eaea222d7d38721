"""What a click outlined fits between the lesions that are there."""

from __future__ import annotations

import numpy as np
import pytest

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.click_mask import fit_mask
from DuOncoUnityLib.lesions.components import Box
from DuOncoUnityLib.lesions.instances import InstanceMap, number_instances
from DuOncoUnityLib.terminology import Layer

GRID = Geometry((12, 20, 24), (1.0, 1.0, 1.0))
LESION = np.s_[2:8, 4:10, 4:10]
NODE = np.s_[2:8, 12:18, 4:10]


@pytest.fixture
def labels() -> np.ndarray:
    """A lesion and a lymph node in muscle."""
    labels = np.full(GRID.shape, Layer.MUSCLE.label, np.uint8)
    labels[LESION] = Layer.LESION.label
    labels[NODE] = Layer.LYMPH_NODE.label
    return labels


@pytest.fixture
def instances(labels: np.ndarray) -> InstanceMap:
    return number_instances(labels, GRID)


def fitted(box: Box, layer: Layer, replaced: str, instances: InstanceMap, labels: np.ndarray,
           clicked: tuple[int, int, int] = (0, 0, 0)) -> np.ndarray:
    """The fitted mask of a full box, on the whole scan."""
    mask, place = fit_mask(np.ones([part.stop - part.start for part in box], bool), box, clicked, layer, replaced,
                           instances, labels)
    whole = np.zeros(labels.shape, bool)
    whole[place] = mask
    return whole


def test_where_nothing_is_in_the_way_all_of_it_is_taken(instances: InstanceMap, labels: np.ndarray) -> None:
    box = np.s_[3:6, 4:8, 14:20]
    assert fitted(box, Layer.LESION, "", instances, labels).sum() == labels[box].size


def test_it_stays_a_plane_apart_from_a_lesion_of_its_layer(instances: InstanceMap, labels: np.ndarray) -> None:
    mask = fitted(np.s_[2:8, 4:10, 8:16], Layer.LESION, "", instances, labels)
    assert not mask[..., :11].any()
    assert mask[4, 6, 11]


def test_it_may_touch_a_lesion_of_the_other_layer_but_takes_nothing(instances: InstanceMap,
                                                                    labels: np.ndarray) -> None:
    mask = fitted(np.s_[2:8, 12:18, 8:16], Layer.LESION, "", instances, labels)
    assert not mask[..., :10].any()
    assert mask[4, 14, 10]


def test_the_lesion_that_is_outlined_again_is_not_in_the_way(instances: InstanceMap, labels: np.ndarray) -> None:
    box = np.s_[3:6, 5:9, 6:14]
    assert fitted(box, Layer.LESION, "L1", instances, labels).sum() == labels[box].size


def test_of_a_mask_in_pieces_the_clicked_one_is_taken(instances: InstanceMap, labels: np.ndarray) -> None:
    mask = fitted(np.s_[4:5, 6:7, 0:20], Layer.LESION, "", instances, labels, clicked=(4, 6, 1))
    assert mask[4, 6, :3].sum() == mask.sum() == 3


def test_where_the_click_is_no_part_of_it_the_largest_is(instances: InstanceMap, labels: np.ndarray) -> None:
    mask = fitted(np.s_[4:5, 6:7, 0:20], Layer.LESION, "", instances, labels)
    assert mask[4, 6, 11:].sum() == mask.sum() == 9


def test_where_nothing_is_left_a_sentence_says_so(instances: InstanceMap, labels: np.ndarray) -> None:
    before = labels.copy()
    with pytest.raises(DuOncoError, match="already a lesion"):
        fit_mask(np.ones((2, 2, 2), bool), np.s_[4:6, 6:8, 6:8], (4, 6, 6), Layer.LYMPH_NODE, "", instances, labels)
    assert np.array_equal(labels, before)

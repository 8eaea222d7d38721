"""What the lesion network is told about the organs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from DuOncoUnityLib.model.context import FEWEST_VOXELS, Context, group_table, organ_medians

ORGANS = ("background", "lung", "liver", "muscle")
GROUPS = (("lung",), ("liver",))


@given(st.integers(0, 2**32 - 1), st.sampled_from([17, 70, 334]))
def test_the_median_of_an_organ_is_that_of_its_voxels(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    hu, organs = rng.normal(60, 300, (3, count)), rng.integers(0, 3, (3, count)).astype(np.uint8)
    medians = organ_medians(hu, organs)
    for organ in (1, 2):
        voxels = hu[organs == organ]
        if len(voxels) < FEWEST_VOXELS:
            assert np.isnan(medians[organ])
        else:  # of an even number the lower one, to the whole HU
            assert medians[organ] == np.sort(np.rint(voxels))[(len(voxels) - 1) // 2]


def test_what_is_no_organ_has_no_median() -> None:
    for shape in ((8, 8, 8), (0,)):
        medians = organ_medians(np.zeros(shape), np.zeros(shape, np.uint8))
        assert medians.shape == (256,) and np.isnan(medians).all()


def test_a_tumour_stands_out_from_its_organ_whatever_the_density_of_that() -> None:
    organs = np.full((12, 12, 12), ORGANS.index("liver"), np.uint8)
    for liver_hu in (40, 110):  # fatty, and full of contrast medium
        hu = np.full(organs.shape, liver_hu)
        hu[4:8, 4:8, 4:8] -= 50
        context = Context(organs, group_table(ORGANS, GROUPS), 100.0, organ_medians(hu, organs))
        lung, liver, difference = context.channels(hu)
        assert not lung.any() and liver.all()
        assert difference[5, 5, 5] == pytest.approx(-0.5) and difference[0, 0, 0] == 0.0


def test_where_no_organ_is_known_nothing_differs() -> None:
    organs = np.zeros((4, 4, 4), np.uint8)
    organs[0] = ORGANS.index("muscle")  # too few voxels
    hu = np.full(organs.shape, 50)
    *_, difference = Context(organs, group_table(ORGANS, GROUPS), 100.0, organ_medians(hu, organs)).channels(hu)
    assert not difference.any()


def test_a_network_without_that_channel_is_told_the_groups_alone() -> None:
    organs = np.array([0, 1, 2, 3], np.uint8).reshape(1, 1, 4)
    lung, liver = Context(organs, group_table(ORGANS, GROUPS)).channels(np.zeros((1, 1, 4)))
    assert lung.ravel().tolist() == [0, 1, 0, 0] and liver.ravel().tolist() == [0, 0, 1, 0]

"""The click network learns from one lesion that holds the first click, at every scale of view."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from DuOncoUnityLib.training.clicks import ClickOptions, make_click_sample
from DuOncoUnityLib.training.label_bank import BankEntry
from DuOncoUnityLib.training.network import load_config
from DuOncoUnityLib.training.torso import Torso

SIDE = 32
SAMPLES = 24


@pytest.fixture(scope="module")
def bank(torso: Torso) -> list[BankEntry]:
    return [BankEntry(torso.labels.repeat(2, 0).repeat(2, 1).repeat(2, 2), None, 1.0)]


@pytest.fixture
def options(tiny_config) -> ClickOptions:
    body = replace(load_config(tiny_config).sample_options(), patch_voxels=(SIDE, SIDE, SIDE))
    return ClickOptions(body, (1.0, 2.0, 4.0))


def test_the_first_click_lies_in_one_connected_lesion(bank: list[BankEntry], options: ClickOptions) -> None:
    for number in range(SAMPLES):
        image, mask = make_click_sample(bank, options, 5, number)
        assert image.shape == (5, SIDE, SIDE, SIDE) and image.dtype == np.float32
        assert ndimage.label(mask)[1] == 1
        assert mask[image[2] == 1.0].all(), "every positive click lies inside"
        assert not mask[image[3] == 1.0].any(), "every negative click lies outside"
        middle = image[2, SIDE // 2 - 4:SIDE // 2 + 5, SIDE // 2 - 4:SIDE // 2 + 5, SIDE // 2 - 4:SIDE // 2 + 5]
        assert middle.max() == 1.0, "the first click is near the centre"


def test_lesions_are_small_and_large_in_the_view(bank: list[BankEntry], options: ClickOptions) -> None:
    voxels = [make_click_sample(bank, options, 6, number)[1].sum() for number in range(SAMPLES)]
    assert min(voxels) < 500 and max(voxels) > 3000


def test_a_click_sample_is_decided_by_seed_and_number(bank: list[BankEntry], options: ClickOptions) -> None:
    first, again, other = (make_click_sample(bank, options, 7, number) for number in (3, 3, 4))
    assert np.array_equal(first[0], again[0]) and np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])

"""The click network learns from one lesion that holds the first click, at every scale of view."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from DuOncoUnityLib.training.clicks import (
    ANOTHER,
    THE_LESION,
    ClickOptions,
    add_neighbours,
    change_part,
    make_click_sample,
    more_clicks,
)
from DuOncoUnityLib.training.disease import Host, LesionShape, grow_lesion
from DuOncoUnityLib.training.generator_file import bundled_generator
from DuOncoUnityLib.training.label_bank import BankEntry
from DuOncoUnityLib.training.network import load_config
from DuOncoUnityLib.training.structures import CODE
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
        clicks = np.argwhere(image[2] == 1.0)
        if len(clicks) == 1:
            assert np.abs(clicks[0] - SIDE // 2).max() <= 4, "a single click is near the centre"


@pytest.mark.parametrize("seed", range(10))
def test_the_view_is_centred_on_the_mean_of_several_clicks(seed: int) -> None:
    mask = np.zeros((SIDE, SIDE, SIDE), bool)
    mask[8:24, 6:26, 10:22] = True
    several = replace(bundled_generator().clicks, more_positive_share=1.0, negative_share=0.0)
    positive, negative = more_clicks(mask, (16, 16, 16), several, np.random.default_rng(seed))
    assert len(positive) in (2, 3) and not len(negative)
    assert mask[tuple(positive.T)].all()
    assert np.abs(positive.mean(axis=0) - 16).max() <= 4.0


def test_lesions_are_small_and_large_in_the_view(bank: list[BankEntry], options: ClickOptions) -> None:
    voxels = [make_click_sample(bank, options, 6, number)[1].sum() for number in range(SAMPLES)]
    assert min(voxels) < 500 and max(voxels) > 3000


def test_a_click_sample_is_decided_by_seed_and_number(bank: list[BankEntry], options: ClickOptions) -> None:
    first, again, other = (make_click_sample(bank, options, 7, number) for number in (3, 3, 4))
    assert np.array_equal(first[0], again[0]) and np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])


def test_the_scan_may_end_within_the_view(bank: list[BankEntry], options: ClickOptions) -> None:
    ends = 0
    for number in range(SAMPLES):
        image, mask = make_click_sample(bank, options, 8, number)
        outside = (image[0] == -1.0).all(axis=(1, 2))
        ends += outside.any()
        assert not mask[outside].any(), "nothing belongs to the lesion where there is no scan"
        assert not outside[SIDE // 2 - 3:SIDE // 2 + 4].any()
    assert 0 < ends < SAMPLES


def ball_in_fat(radii_mm: tuple[float, float, float] = (10.0, 10.0, 10.0)) -> tuple[LesionShape, Host]:
    """A lesion of 60 HU in the middle of fat of -100 HU, on voxels of 1 mm."""
    axis = np.arange(-32, 32, dtype=np.float32)
    labels = np.full((64, 64, 64), CODE["visceral_fat"], np.uint8)
    host = Host(labels, np.full(labels.shape, -100.0, np.float32), np.zeros_like(labels), (axis, axis, axis))
    mass = replace(bundled_generator().disease.mass, relative=False)
    lesion = LesionShape(mass, (0.0, 0.0, 0.0), radii_mm, irregularity=0.1, hu=60.0, turn_rad=(0.3, 0.2, -0.4))
    assert grow_lesion(lesion, host, THE_LESION, bundled_generator().lesions, np.random.default_rng(0)) > 0
    return lesion, host


@pytest.mark.parametrize("seed", range(5))
def test_neighbours_look_like_the_lesion_lie_along_it_and_take_nothing_of_it(seed: int) -> None:
    lesion, host = ball_in_fat((12.0, 8.0, 8.0))
    before, hu = host.mask == THE_LESION, host.hu.copy()
    numbers = bundled_generator()
    add_neighbours(lesion, host, numbers, np.random.default_rng(seed))
    assert np.array_equal(host.mask == THE_LESION, before)
    assert np.array_equal(host.hu[before], hu[before])
    neighbours = host.mask == ANOTHER
    assert abs(host.hu[neighbours].mean() - 60.0) < 3 * numbers.clicks.neighbours.hu.sd
    gap_mm = ndimage.distance_transform_edt(~before)[neighbours].min()
    assert gap_mm <= numbers.clicks.neighbours.gap_mm[1] + 2.0, "a thin gap, or none"


@pytest.mark.parametrize("seed", range(5))
def test_a_part_of_a_lesion_gets_another_density_and_stays_part_of_it(seed: int) -> None:
    lesion, host = ball_in_fat()
    mask, hu = host.mask.copy(), host.hu.copy()
    change_part(lesion, host, bundled_generator().clicks.second_part, np.random.default_rng(seed))
    assert np.array_equal(host.mask, mask)
    changed = host.hu != hu
    assert 0 < changed.sum() < (mask == THE_LESION).sum()
    assert not changed[mask != THE_LESION].any()
    assert np.ptp((host.hu - hu)[changed]) < 1e-3, "all of it by as much"

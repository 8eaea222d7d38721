"""Training patches: decided by seed and number, in range, with the classes a network learns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from DuOncoUnityLib.training.label_bank import BankEntry
from DuOncoUnityLib.training.network import ANATOMY_LABELS, load_config
from DuOncoUnityLib.training.samples import SampleOptions, make_sample
from DuOncoUnityLib.training.torso import Torso


@pytest.fixture
def options(tiny_config) -> SampleOptions:
    return replace(load_config(tiny_config).sample_options(), patch_voxels=(24, 24, 24))


@pytest.fixture
def bank(torso: Torso) -> list[BankEntry]:
    return [BankEntry(torso.labels, None, 1.0)]


def test_a_sample_is_decided_by_seed_and_number(bank: list[BankEntry], options: SampleOptions) -> None:
    image, classes = make_sample(bank, options, 1, 17)
    again, same_classes = make_sample(bank, options, 1, 17)
    other, _ = make_sample(bank, options, 1, 18)
    assert np.array_equal(image, again)
    assert np.array_equal(classes, same_classes)
    assert not np.array_equal(image, other)


def test_channels_are_windows_between_minus_one_and_one(bank: list[BankEntry], options: SampleOptions) -> None:
    images = np.stack([make_sample(bank, options, 1, number)[0] for number in range(12)])
    assert images.shape == (12, 2, 24, 24, 24)
    assert images.min() == -1.0
    assert images.max() <= 1.0


def test_lesions_and_nodes_occur(bank: list[BankEntry], options: SampleOptions) -> None:
    seen = {int(value) for number in range(60) for value in np.unique(make_sample(bank, options, 2, number)[1])}
    assert seen == {0, 1, 2}


def test_patches_are_laid_around_disease_of_small_organs(bank: list[BankEntry], options: SampleOptions) -> None:
    numbers = options.generator
    adrenals = tuple(site for site in numbers.disease.sites if site.organ == "adrenal")
    assert adrenals

    def diseased(share: float) -> int:
        generator = replace(numbers, disease=replace(numbers.disease, sites=adrenals),
                            patches=replace(numbers.patches, at_site_share=share))
        usual = replace(options, generator=generator, lesion_probability=1.0)
        return sum(bool(make_sample(bank, usual, 6, number)[1].any()) for number in range(40))

    assert 2 * diseased(0.0) < diseased(1.0)


def test_disease_that_has_displaced_all_of_an_organ_leaves_no_room_for_more(bank: list[BankEntry],
                                                                             options: SampleOptions) -> None:
    numbers = options.generator
    huge = tuple(replace(site, long_axis_mm=(100.0, 101.0), confined=False) for site in numbers.disease.sites)
    patches = replace(numbers.patches, at_site_share=1.0, lesions=replace(numbers.patches.lesions, least=6))
    generator = replace(numbers, disease=replace(numbers.disease, sites=huge), patches=patches,
                        lesions=replace(numbers.lesions, displaces=True, visible_share=0.0, visible_contrast_hu=0.0))
    crowded = replace(options, generator=generator, lesion_probability=1.0)
    assert any(make_sample(bank, crowded, 7, number)[1].any() for number in range(20))


def test_samples_without_disease_are_all_background(bank: list[BankEntry], options: SampleOptions) -> None:
    healthy = replace(options, lesion_probability=0.0)
    assert not any(make_sample(bank, healthy, 3, number)[1].any() for number in range(20))


def test_anatomy_samples_hold_organs_in_their_density(bank: list[BankEntry], tiny_config) -> None:
    config = replace(load_config(tiny_config), network="anatomy", patch_voxels=(24, 24, 24), lesion_probability=0.0)
    lung, muscle = [], []
    for number in range(30):
        image, classes = make_sample(bank, config.sample_options(), 4, number)
        lung += list(image[0][classes == ANATOMY_LABELS.index("lung")][::50])
        muscle += list(image[0][classes == ANATOMY_LABELS.index("muscle")][::50])
    assert np.median(lung) == pytest.approx(-0.84, abs=0.12)
    assert np.median(muscle) == pytest.approx(0.055, abs=0.04)


def test_real_background_is_used_as_it_is(options: SampleOptions) -> None:
    hu = np.full((40, 40, 40), 55, dtype=np.int16)
    entry = BankEntry(np.full(hu.shape, 1, dtype=np.uint8), hu, 1.0)
    image, _ = make_sample([entry], replace(options, lesion_probability=0.0, spacing_mm=1.0), 5, 3)
    scanned = image[0][image[0] > -0.99]  # the scan may end within the patch
    assert np.median(scanned) == pytest.approx(0.055, abs=0.01)


def test_the_context_shows_groups_of_organs(bank: list[BankEntry], tiny_config) -> None:
    config = replace(load_config(tiny_config), context=True, patch_voxels=(24, 24, 24), lesion_probability=0.0)
    shown = 0.0
    for number in range(8):
        image, _ = make_sample(bank, config.sample_options(), 4, number)
        groups = image[2:]
        assert groups.shape[0] == 5 and set(np.unique(groups)) <= {0.0, 1.0}
        assert groups.sum(0).max() <= 1.0, "an organ belongs to one group"
        shown += float(groups.sum())
    assert shown > 0


def told_right(options: SampleOptions) -> SampleOptions:
    """The options with a context without errors."""
    patches = options.generator.patches
    exact = replace(patches.context, shift_voxels=0, smooth_share=0.0, missed_organ_share=0.0,
                    wrong_elsewhere_share=0.0, wrong_at_disease_share=0.0)
    return replace(options, generator=replace(options.generator, patches=replace(patches, context=exact)))


def test_a_lesion_differs_from_the_median_of_its_organ(bank: list[BankEntry], tiny_config) -> None:
    """Where the organs are right, the channel shows healthy tissue near 0, and lesions further from it."""
    config = replace(load_config(tiny_config), context=True, organ_reach_hu=100.0, lesion_probability=1.0)
    options = told_right(config.sample_options())
    healthy, lesions = [], []
    for number in range(12):
        image, classes = make_sample(bank, options, 4, number)
        assert image.shape[0] == config.in_channels == 2 + 5 + 1
        assert np.abs(image[-1]).max() <= 1.0
        healthy.append(np.abs(image[-1][(classes == 0) & (image[0] > -0.95)]).mean())
        if classes.any():
            lesions.append(np.abs(image[-1][classes > 0]).mean())
    assert np.median(healthy) + 0.4 < np.median(lesions)

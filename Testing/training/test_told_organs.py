"""What the lesion network is told about the organs in training: wrong at disease, and elsewhere, too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from DuOncoUnityLib.training.generator_file import bundled_generator
from DuOncoUnityLib.training.told_organs import rough_organs

RIGHT = replace(bundled_generator().patches.context, shift_voxels=0, smooth_share=0.0, missed_organ_share=0.0,
                wrong_at_disease_share=0.0, wrong_elsewhere_share=0.0)


def test_organs_are_told_wrongly_away_from_disease_too() -> None:
    """Errors at disease alone would tell a network where disease is."""
    errors = replace(RIGHT, wrong_elsewhere_share=1.0)
    organs = np.repeat(np.arange(1, 5, dtype=np.uint8), 8 * 32 * 32).reshape(32, 32, 32)
    disease = np.zeros_like(organs)
    disease[12:20, 12:20, 12:20] = 1
    everywhere = np.ones(organs.shape, bool)
    shares = []
    for seed in range(20):
        wrong = rough_organs(organs, disease, everywhere, errors, np.random.default_rng(seed)) != organs
        assert not wrong[disease > 0].any()
        shares.append(wrong.mean())
    assert np.mean(shares) == pytest.approx(0.097 * 3 / 4, abs=0.02), "one voxel in ten; a quarter is right by luck"


def test_a_whole_lesion_is_taken_for_one_organ_near_it() -> None:
    """Two lesions in organ 1; beside one of them lies organ 2, far from both organ 3."""
    organs = np.ones((40, 40, 40), np.uint8)
    organs[:, :, 22:26], organs[:, :, 38:] = 2, 3
    disease = np.zeros_like(organs)
    disease[5:15, 5:15, 12:22] = 1
    disease[25:31, 25:31, 5:11] = 2
    told = [rough_organs(organs, disease, np.ones(organs.shape, bool), replace(RIGHT, whole_lesion_share=0.5),
                         np.random.default_rng(seed)) for seed in range(40)]
    for one in told:
        assert np.array_equal(one[disease != 1], organs[disease != 1]), "near the second lesion is no other organ"
        assert len(np.unique(one[disease == 1])) == 1
    mistaken = np.mean([one[disease == 1][0] == 2 for one in told])
    assert mistaken == pytest.approx(0.25, abs=0.15), "every second lesion, and there one of two organs"

"""Lean bodies: viscera take the fat between them, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from DuOncoUnityLib.training.generator_file import bundled_generator
from DuOncoUnityLib.training.label_bank import BankEntry
from DuOncoUnityLib.training.lean import fill_fat
from DuOncoUnityLib.training.network import load_config
from DuOncoUnityLib.training.samples import make_sample
from DuOncoUnityLib.training.structures import CODE
from DuOncoUnityLib.training.torso import Torso

LEAN = bundled_generator().patches.lean


@pytest.mark.parametrize("spacing_mm", [1.5, 3.0])
def test_fat_within_reach_of_viscera_is_theirs(spacing_mm: float) -> None:
    """A liver and a loop of bowel 30 mm apart, fat between them, muscle and a kidney that stay what they are."""
    gap = round(30.0 / spacing_mm)
    row = [*[CODE["muscle"]] * 4, *[CODE["liver"]] * 4, *[CODE["visceral_fat"]] * gap, *[CODE["bowel_wall"]] * 4,
           CODE["bowel_fluid"], *[CODE["visceral_fat"]] * 2, *[CODE["kidney_cortex"]] * 4]
    labels = np.tile(np.array(row, np.uint8), (5, 6, 1))
    fill_fat(labels, replace(LEAN, reach_mm=(9.0, 9.0)), spacing_mm, np.random.default_rng(0))
    taken = round(9.0 / spacing_mm)
    expected = row.copy()
    expected[8:8 + taken] = [CODE["liver"]] * taken
    expected[8 + gap - taken:8 + gap] = [CODE["bowel_wall"]] * taken
    expected[13 + gap:15 + gap] = [CODE["bowel_wall"]] * 2
    assert (labels == expected).all()


def test_without_viscera_nothing_happens() -> None:
    labels = np.full((4, 4, 4), CODE["visceral_fat"], np.uint8)
    fill_fat(labels, LEAN, 3.0, np.random.default_rng(0))
    assert (labels == CODE["visceral_fat"]).all()


def test_lean_patches_hold_less_fat_around_viscera(torso: Torso, tiny_config) -> None:
    config = replace(load_config(tiny_config), network="anatomy", patch_voxels=(32, 32, 32), lesion_probability=0.0)
    fat = []
    for share in (0.0, 1.0):
        options = config.sample_options()
        patches = replace(options.generator.patches, lean=replace(LEAN, share=share, reach_mm=(20.0, 20.0)))
        options = replace(options, generator=replace(options.generator, patches=patches))
        samples = [make_sample([BankEntry(torso.labels, None, 1.0)], options, 4, number)[1] for number in range(12)]
        fat.append(np.mean(np.array(samples) == config.labels.index("peritoneum_retroperitoneum")))
    assert fat[1] < 0.7 * fat[0]

"""Densities of one person's organs, and the protocols of scanners."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from DuOncoUnityLib.training.ct_physics import Scanner, random_densities, random_scanner
from DuOncoUnityLib.training.generator_file import bundled_generator
from DuOncoUnityLib.training.structures import CODE

NUMBERS = bundled_generator()
ORAL = NUMBERS.densities.oral_contrast


def means(seed: int, reached_share: float, *, oral_contrast: bool) -> np.ndarray:
    """Mean densities of a person for whom contrast medium comes to a share of the gut, if it was drunk."""
    densities = replace(NUMBERS.densities, oral_contrast=replace(ORAL, reached_share=reached_share))
    return random_densities(densities, Scanner(oral_contrast=oral_contrast), np.random.default_rng(seed))[0]


def test_contrast_medium_that_was_drunk_fills_the_gut_and_leaves_everything_else_as_it_was() -> None:
    gut = [CODE[name] for name in ORAL.structures]
    for seed in range(20):
        without, filled = means(seed, 1.0, oral_contrast=False), means(seed, 1.0, oral_contrast=True)
        assert ((filled[gut] >= ORAL.hu[0]) & (filled[gut] <= ORAL.hu[1])).all()
        assert np.array_equal(np.delete(filled, gut), np.delete(without, gut))


def test_it_reaches_only_parts_of_the_gut() -> None:
    fluid = CODE["bowel_fluid"]
    changed = [means(seed, 0.5, oral_contrast=True)[fluid] != means(seed, 0.5, oral_contrast=False)[fluid]
               for seed in range(200)]
    assert 70 <= sum(changed) <= 130


def test_a_share_of_the_protocols_has_it() -> None:
    rng = np.random.default_rng(0)
    for share, lowest, highest in ((0.0, 0, 0), (0.35, 110, 170), (1.0, 400, 400)):
        scanners = replace(NUMBERS.scanners, oral_contrast_share=share)
        assert lowest <= sum(random_scanner(scanners, rng).oral_contrast for _ in range(400)) <= highest

"""Clicks reach the network as bells around the clicked voxels."""

from __future__ import annotations

import numpy as np
import pytest

from DuOncoUnityLib.model.prompts import PROMPT_SD_VOXELS, prompt_channels


def test_a_click_is_a_bell_of_height_one() -> None:
    positive, negative = prompt_channels((9, 10, 11), [(4, 5, 6)])
    assert positive[4, 5, 6] == 1.0
    assert positive[4, 5, 8] == pytest.approx(np.exp(-4 / (2 * PROMPT_SD_VOXELS**2)))
    assert not negative.any()


def test_clicks_do_not_add_up() -> None:
    positive, negative = prompt_channels((9, 9, 9), [(4, 4, 4), (4, 4, 5)], [(1, 1, 1)])
    assert positive.max() == 1.0 and negative.argmax() == np.ravel_multi_index((1, 1, 1), (9, 9, 9))


def test_a_click_between_voxels_reaches_its_neighbours_alike() -> None:
    positive, _ = prompt_channels((8, 8, 8), [(3.5, 3, 3)])
    assert positive[3, 3, 3] == positive[4, 3, 3] < 1.0

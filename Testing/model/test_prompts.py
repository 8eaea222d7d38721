"""Clicks reach the network as bells around the clicked voxels."""

from __future__ import annotations

import numpy as np
import pytest

from DuOncoUnityLib.model.prompts import PROMPT_CHANNELS, PROMPT_SD_VOXELS, click_channels, prompt_channels


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


def test_the_network_sees_how_much_the_density_differs_from_what_was_clicked() -> None:
    hu = np.full((12, 12, 12), -100.0)
    hu[4:8, 4:8, 4:8] = 40.0
    channels = click_channels(hu, [(-1000, 1000), (-160, 240)], [(5, 5, 5)], [(1, 1, 1)])
    assert channels.shape == (2 + PROMPT_CHANNELS, 12, 12, 12) and channels.dtype == np.float32
    assert channels[1, 5, 5, 5] == pytest.approx(0.0) and channels[1, 0, 0, 0] == pytest.approx(-0.7)
    assert channels[-1, 5, 5, 5] == pytest.approx(0.0)
    assert channels[-1, 0, 0, 0] == -1.0, "140 HU less than what was clicked"


def test_a_click_at_the_edge_of_the_patch_is_no_error() -> None:
    channels = click_channels(np.zeros((6, 6, 6)), [(-160, 240)], [(0, 5, 5)])
    assert np.isfinite(channels).all()


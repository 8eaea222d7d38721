"""Clicks are judged by where they fall; the baseline is region growing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.model.bundle import load_bundle
from DuOncoUnityLib.model.click import ClickSegmenter
from DuOncoUnityLib.records.model import Acquisition
from DuOncoUnityLib.training.baselines import connected_threshold, grown_region
from DuOncoUnityLib.training.evaluate_clicks import LesionCase, click_figures, click_table, mirrored, real_lesions


@pytest.fixture
def case() -> LesionCase:
    """A dense ball of 20 mm in soft tissue."""
    geometry = Geometry((30, 40, 40), (1.5, 1.5, 2.0), (10.0, -20.0, 30.0))
    k, j, i = np.indices(geometry.shape)
    mask = ((k - 15) * 2.0) ** 2 + ((j - 20) * 1.5) ** 2 + ((i - 20) * 1.5) ** 2 < 100
    return LesionCase("ball", CTVolume(np.where(mask, 500, 40).astype(np.int16), geometry, Acquisition()), mask)


@pytest.mark.parametrize("method", [grown_region, connected_threshold])
def test_region_growing_finds_what_is_homogeneous(case: LesionCase, method: Callable[..., np.ndarray]) -> None:
    grown = method(case.ct, (15, 20, 20))
    assert grown[15, 20, 20] and not grown[0, 0, 0]
    assert (grown & ~case.mask).sum() == 0


def test_figures_of_a_network_that_finds_the_ball(case: LesionCase, threshold_bundle: Path) -> None:
    figures = click_figures(ClickSegmenter(load_bundle(threshold_bundle), "cpu"), mirrored(case), 3)
    assert figures["deepest"] > 0.85 and figures["anywhere"]["worst"] > 0.8 and figures["three_clicks"] > 0.85
    assert figures["diameter"] > 0.85 and figures["offered"] > 0.85
    for axes_mm in figures["axes_mm"].values():
        assert axes_mm == pytest.approx([20.0, 20.0], abs=2.0)
    assert figures["volume_ml"] == pytest.approx(4.19, rel=0.05)
    assert click_table({"ball": figures})[-1].startswith("| ball | 4 |")


def test_mirror_images_hold_the_same_lesion_at_other_places(case: LesionCase) -> None:
    case.mask[3, 4, 5], case.ct.hu[3, 4, 5] = True, 900
    images = mirrored(case)
    places = [tuple(int(at) for at in np.argwhere(one.ct.hu == 900)[0]) for one in images]
    assert places == [(3, 4, 5), (3, 4, 34), (3, 35, 5), (26, 4, 5)]
    assert all(one.mask[place] and one.mask.sum() == case.mask.sum() for one, place in zip(images, places, strict=True))


def test_real_lesions_are_read_on_their_grid(real_data: Path) -> None:
    cases = {case.name: case for case in real_lesions(real_data)}
    largest = cases["CT_Lesion_000010_01_01_078-090"]
    assert largest.ct.geometry.spacing_mm == pytest.approx((0.772, 0.772, 5.0), abs=1e-3)
    assert largest.mask.sum() * largest.ct.geometry.voxel_volume_ml == pytest.approx(152.8, abs=0.5)
    assert set(largest.ct.hu[largest.ct.hu < -160]) == {-1024}, "air that the window of the slab had cut off"
    assert largest.ct.hu.max() <= 240
    assert largest.ct.geometry.direction == (0, 1, 0, 1, 0, 0, 0, 0, -1), "columns run to the back, slices downwards"


def test_without_data_there_is_nothing_to_judge(tmp_path: Path) -> None:
    assert real_lesions(tmp_path) == []

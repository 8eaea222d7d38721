"""The gallery: synthetic scans with outlines; without real data it says so and goes on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from DuOncoUnityLib.training.failure_crops import SOFT_TISSUE_HU
from DuOncoUnityLib.training.gallery import FIRST_SEED, draw_gallery, real_panels, synthetic_panels


def test_a_synthetic_scan_is_shown_with_the_outlines_of_its_truth(tmp_path: Path) -> None:
    panel = next(synthetic_panels(FIRST_SEED, (6.0, 6.0, 6.0)))
    lungs = panel.outlines[0][0]
    assert lungs.shape == panel.hu.shape
    assert panel.hu[lungs].mean() < -600
    assert panel.hu.max() > SOFT_TISSUE_HU[1]
    draw_gallery(tmp_path / "gallery.webp", [[panel, panel], [panel]])
    assert (tmp_path / "gallery.webp").read_bytes()[8:12] == b"WEBP"
    assert {color for _, color in panel.outlines} == {"#40a0ff", "#ff4030", "#ffd030"}
    assert all(mask.dtype == np.bool_ for mask, _ in panel.outlines)


def test_absent_real_scans_are_left_out(tmp_path: Path) -> None:
    assert list(real_panels(tmp_path)) == []

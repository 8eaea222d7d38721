"""What is measured on an analysed scan, on a scan whose layers are known."""

from __future__ import annotations

import numpy as np
import pytest

from DuOncoUnityLib.analysis import Analysis
from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.composition.tissues import compose_layers
from DuOncoUnityLib.ct.volume import Acquisition, CTVolume
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.instances import InstanceMap
from DuOncoUnityLib.terminology import ORGAN_LABELS, Layer
from DuOncoUnityLib.training.case_figures import ALL_FAT, FATS, ONE_WINDOW, tissue_dice

DENSER_FAT_HU = -40  # no visceral fat (-150 to -50 HU, Prado), but fat to whoever knows one window


def test_visceral_fat_goes_as_far_as_other_fat_where_one_window_is_asked_for(analysed: Analysis) -> None:
    in_layers, denser = np.isin(analysed.layers, [fat.label for fat in FATS]), analysed.ct.hu == DENSER_FAT_HU
    assert not (in_layers & denser).any()
    figures = tissue_dice(analysed, dict.fromkeys((ALL_FAT, ONE_WINDOW), in_layers | denser))
    found, missed = np.count_nonzero(in_layers), np.count_nonzero(denser)
    assert figures[ALL_FAT]["network"] == pytest.approx(2 * found / (2 * found + missed))
    assert figures[ONE_WINDOW]["network"] == 1.0


@pytest.fixture
def analysed() -> Analysis:
    """Fat under the skin, a wall of muscle, and fat of two densities inside; air around."""
    organs, hu = np.zeros((20, 60, 60), np.uint8), np.full((20, 60, 60), -1000, np.int16)
    for margin, organ, density_hu in ((5, "subcutaneous_tissue", -100), (12, "muscle", 50),
                                      (20, "peritoneum_retroperitoneum", -90)):
        inside = (slice(None), slice(margin, -margin), slice(margin, -margin))
        organs[inside], hu[inside] = ORGAN_LABELS[organ], density_hu
    hu[:, 20:40, 20:27] = DENSER_FAT_HU
    ct = CTVolume(hu, Geometry(hu.shape, (3.0, 2.0, 5.0), (-80.0, 40.0, 300.0)), Acquisition())
    anatomy = LabelMap(organs, ct.geometry, ORGAN_LABELS)
    layers = compose_layers(ct, anatomy, np.zeros_like(organs))
    assert (layers == Layer.VISCERAL_FAT.label).any()
    return Analysis(ct, layers, anatomy, InstanceMap(), None, None)  # type: ignore[arg-type]

"""A small patient: a liver and a lung, fat around them, two lesions and a node."""

from __future__ import annotations

import numpy as np
import pytest

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Geometry

GRID = Geometry((30, 60, 80), (0.8, 0.9, 2.0), (-30.0, -20.0, 100.0))
INDEX_OF = {"liver": 1, "lung": 2, "soft_tissue": 3, "peritoneum_retroperitoneum": 4, "great_vessels": 5}


@pytest.fixture
def ct() -> CTVolume:
    hu = np.random.default_rng(0).integers(-20, 80, GRID.shape).astype(np.int16)
    return CTVolume(hu, GRID)


@pytest.fixture
def anatomy() -> LabelMap:
    organs = np.full(GRID.shape, 4, np.uint8)
    organs[:15, 10:50, 5:40] = 1
    organs[20:, 10:50, 5:40] = 2
    organs[4:9, 22:30, 15:25] = 3
    organs[:, 20:30, 60:64] = 5
    return LabelMap(organs, GRID, INDEX_OF)


@pytest.fixture
def labels() -> np.ndarray:
    """L1 in the lung, L2 in the liver (the anatomy calls it soft tissue), N1 beside a vessel in the fat."""
    array = np.zeros(GRID.shape, np.uint8)
    array[24:27, 20:26, 10:18] = 1
    array[4:9, 22:30, 15:25] = 1
    array[5:9, 22:28, 64:70] = 2
    return array

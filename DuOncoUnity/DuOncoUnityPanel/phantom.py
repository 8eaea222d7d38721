"""A small body for tests and demonstrations inside Slicer."""

from __future__ import annotations

import numpy as np
import slicer

MASS_KJI = (28, 45, 40)


def add_phantom() -> slicer.vtkMRMLScalarVolumeNode:
    """Add a CT (3 x 3 x 5 mm): fat around soft tissue, two lungs, a spine, and a mass of 250 HU at `MASS_KJI`."""
    k, j, i = np.mgrid[:80, :100, :130]
    hu = np.full(k.shape, -1000, np.int16)
    hu[((i - 65) / 58) ** 2 + ((j - 50) / 40) ** 2 < 1] = -90
    hu[((i - 65) / 52) ** 2 + ((j - 50) / 34) ** 2 < 1] = 45
    for centre in (38, 92):
        hu[((i - centre) / 20) ** 2 + ((j - 48) / 24) ** 2 + ((k - 60) / 20) ** 2 < 1] = -850
    hu[((i - 65) / 8) ** 2 + ((j - 72) / 8) ** 2 < 1] = 300
    hu[mass()] = 250
    return slicer.util.addVolumeFromArray(hu, np.diag([-3.0, -3.0, 5.0, 1.0]), "Phantom")


def mass() -> np.ndarray:
    """Where the mass of the phantom is (KJI)."""
    k, j, i = np.mgrid[:80, :100, :130]
    k0, j0, i0 = MASS_KJI
    return ((i - i0) / 6) ** 2 + ((j - j0) / 6) ** 2 + ((k - k0) / 4) ** 2 < 1

"""A phantom CT on disk and a way to call the command line as a person does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from DuOncoUnityLib.geometry import Geometry

SPACING_MM = (3.0, 3.0, 5.0)
SPHERES = {(-40.0, 10.0, 60.0): 12.0, (50.0, -15.0, 120.0): 20.0}
"""Bright spheres of the phantom: radius in mm by centre in LPS mm from the middle of the lowest slice."""


def make_phantom(geometry: Geometry) -> np.ndarray:
    """HU of an elliptic cylinder of soft tissue with fat around it and the spheres at 500 HU, KJI."""
    k, j, i = np.indices(geometry.shape)
    x, y, z = np.moveaxis(geometry.index_to_world(np.stack([i, j, k], axis=-1)), -1, 0)
    across = np.hypot(x / 150.0, y / 100.0)
    hu = np.where(across < 0.85, 50, np.where(across < 1.0, -100, -1000)).astype(np.int16)
    for center, radius in SPHERES.items():
        hu[(x - center[0]) ** 2 + (y - center[1]) ** 2 + (z - center[2]) ** 2 <= radius**2] = 500
    return hu


@pytest.fixture(scope="session")
def phantom_geometry() -> Geometry:
    return Geometry((44, 80, 116), SPACING_MM, (-172.0, -118.0, -10.0))


@pytest.fixture(scope="session")
def phantom_ct(tmp_path_factory: pytest.TempPathFactory, phantom_geometry: Geometry) -> Path:
    """The phantom as a NIfTI file."""
    path = tmp_path_factory.mktemp("ct") / "Doe_Jane_ct.nii.gz"
    sitk.WriteImage(phantom_geometry.to_sitk(make_phantom(phantom_geometry)), str(path))
    return path

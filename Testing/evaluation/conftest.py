"""Analytic shapes on any grid."""

from __future__ import annotations

import numpy as np

from DuOncoUnityLib.geometry import Geometry


def ball(geometry: Geometry, centre_mm: np.ndarray, radius_mm: float) -> np.ndarray:
    """Voxels (KJI) whose centres lie in a ball; LPS mm."""
    k, j, i = np.indices(geometry.shape)
    places = geometry.index_to_world(np.stack((i, j, k), axis=-1))
    return np.linalg.norm(places - centre_mm, axis=-1) <= radius_mm


def middle_mm(geometry: Geometry) -> np.ndarray:
    """LPS mm of the centre of a grid."""
    return geometry.index_to_world((np.array(geometry.shape[::-1]) - 1) / 2)

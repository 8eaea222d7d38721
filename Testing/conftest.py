"""What all tests share: the optional folder of real CT data, and grids that show geometry bugs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from DuOncoUnityLib.geometry import Geometry

REPOSITORY = Path(__file__).resolve().parents[1]
REAL_DATA = Path(os.environ.get("DUONCO_DATA", REPOSITORY.parent / "shared" / "data"))

# axis-aligned, flipped, permuted and oblique grids, all anisotropic with an origin far from zero
OBLIQUE = (0.9848078, -0.1736482, 0.0, 0.1710101, 0.9698463, -0.1736482, 0.0301537, 0.1710101, 0.9848078)
DIRECTIONS = {
    "identity": (1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0),
    "flipped": (-1.0, 0, 0, 0, -1.0, 0, 0, 0, 1.0),
    "feet_first": (1.0, 0, 0, 0, 1.0, 0, 0, 0, -1.0),
    "sagittal_storage": (0, 0, 1.0, 1.0, 0, 0, 0, -1.0, 0),
    "oblique": OBLIQUE,
}


@pytest.fixture
def real_data() -> Path:
    """The folder of real CT; the test is skipped, visibly, where it is absent."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"no real CT data at {REAL_DATA} (set DUONCO_DATA)")
    return REAL_DATA


@pytest.fixture(params=sorted(DIRECTIONS))
def awkward_geometry(request: pytest.FixtureRequest) -> Geometry:
    """Grids on which wrong axis orders, signs or spacings show."""
    return Geometry((18, 26, 34), (0.8, 1.1, 2.5), (-123.4, 56.7, -890.1), DIRECTIONS[request.param])

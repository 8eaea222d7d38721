"""Tiny trainings and coarse torsos that the tests of this folder share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from DuOncoUnityLib.training.torso import Torso, make_torso


@pytest.fixture(scope="session")
def torso() -> Torso:
    """A torso at 4 mm, arms up."""
    return make_torso(7, (4.0, 4.0, 4.0), arms="up")


@pytest.fixture
def tiny_config(tmp_path: Path) -> Path:
    """A training of a few seconds: two torsos, 16-voxel patches, 4 to 8 channels."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps({
        "network": "lesion", "spacing_mm": 4.0, "patch_voxels": [16, 16, 16], "filters": [4, 8, 8],
        "input_windows_hu": [[-1000, 1000], [-160, 240]], "steps": 6, "batch": 2, "learning_rate": 0.01, "seed": 3,
        "torsos": 1, "real_weight": 0.0, "phantom_weight": 0.0, "lesion_probability": 1.0,
        "foreground_weight": 2.0, "context": False, "scales_mm": [], "start_from": ""}))
    return path

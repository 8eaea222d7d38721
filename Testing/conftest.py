"""What all tests share: the optional folder of real CT data, and grids that show geometry bugs."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from DuOncoUnityLib.geometry import Geometry

# every run tries the same examples (`--hypothesis-profile=default` searches for new ones); a busy machine is no failure
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

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


@pytest.fixture(scope="session")
def threshold_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model bundle whose result is known: everything is muscle, and what is denser than 300 HU is a lesion, also for
    its click network.

    It is a real bundle with real networks; their weights are zero but for one path through the skip connection.
    """
    import torch

    folder = tmp_path_factory.mktemp("bundle")
    networks = {}
    for name, labels, logits, further in [
            ("anatomy", ["background", "muscle"], {1: (0.0, 5.0)}, {}),
            ("lesion", ["background", "lesion", "lymph_node"], {1: (40.0, -20.0), 2: (0.0, -50.0)}, {}),
            ("click", ["background", "lesion"], {1: (40.0, -20.0)}, {"spacing_mm": 2.0, "scales_mm": [1.0, 2.0, 4.0]})]:
        inputs = 4 if name == "click" else 1
        state = _pass_through(len(labels), logits, inputs)
        torch.save(state, folder / f"{name}.pt")
        networks[name] = {
            "weights": f"{name}.pt", "sha256": hashlib.sha256((folder / f"{name}.pt").read_bytes()).hexdigest(),
            "spacing_mm": 3.0, "patch_voxels": [32, 32, 32], "input_windows_hu": [[0, 400]],
            "architecture": {"type": "DynUNet", "in_channels": inputs, "out_channels": len(labels), "filters": [2, 2],
                             "kernel_size": [3, 3], "strides": [1, 2], "upsample_kernel_size": [2], "norm": "batch"},
            "labels": [{"index": index, "key": key} for index, key in enumerate(labels)], **further}
    (folder / "bundle.json").write_text(json.dumps({
        "format": "duonco-unity-bundle", "format_version": 1, "name": "threshold", "version": "1.0",
        "networks": networks}))
    return folder


def _pass_through(classes: int, logits: dict[int, tuple[float, float]], inputs: int) -> dict[str, Any]:
    """Weights of a U-Net whose logits are `factor * first input + offset` per class (0 for the background)."""
    import torch

    from DuOncoUnityLib.model.network import Architecture, DynUNet

    network = DynUNet(Architecture(inputs, classes, (2, 2), (3, 3), (1, 2)))
    state = {key: value * 0 for key, value in network.state_dict().items()}
    for key, value in state.items():
        if key.endswith(("running_var", "norm1.weight", "norm2.weight")):
            value.fill_(1.0)
    for key, source in [("input_block.conv1", 0), ("input_block.conv2", 0), ("upsamples.0.conv_block.conv1", 2),
                        ("upsamples.0.conv_block.conv2", 0)]:
        state[f"{key}.conv.weight"][0, source, 1, 1, 1] = 1.0
    for label, (factor, offset) in logits.items():
        state["output_block.conv.conv.weight"][label, 0] = factor
        state["output_block.conv.conv.bias"][label] = offset
    return {key: value.to(torch.float16) if value.is_floating_point() else value for key, value in state.items()}

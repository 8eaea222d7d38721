"""A tiny model that does something meaningful without training: it labels by density."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.model.bundle import Bundle, load_bundle
from DuOncoUnityLib.model.network import Architecture, DynUNet

WINDOWS = ((-1000.0, 400.0), (-160.0, 240.0))
ANATOMY = ("background", "lung", "subcutaneous_tissue", "liver", "bone")
LESIONS = ("background", "lesion", "lymph_node")
CONTEXT = (("lung",), ("liver", "bone"))


def _random_network(architecture: Architecture) -> DynUNet:
    """Random convolutions with settled normalisation: every class appears, every voxel depends on its surroundings."""
    torch.manual_seed(3)
    network = DynUNet(architecture).train()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm3d):
                module.momentum = None
        network(torch.nn.functional.interpolate(torch.randn(1, architecture.in_channels, 8, 8, 8), scale_factor=4))
        network.output_block.conv[0].weight *= 3
    return network.eval()


def write_bundle(folder: Path, patch: int = 32, filters: tuple[int, ...] = (8, 8, 8)) -> Path:
    """Write a complete bundle of random networks."""
    folder.mkdir(parents=True, exist_ok=True)
    networks: dict[str, Any] = {}
    for name, labels, spacing, context in (("anatomy", ANATOMY, 6.0, ()), ("lesion", LESIONS, 4.0, CONTEXT)):
        strides = (1, *[2] * (len(filters) - 1))
        reach_hu = 100.0 if context else 0.0
        inputs = len(WINDOWS) + len(context) + bool(context)
        network = _random_network(Architecture(inputs, len(labels), filters, (3,) * len(filters), strides))
        state = {key: value.half() if value.is_floating_point() else value
                 for key, value in network.state_dict().items()}
        weights = folder / f"{name}.pt"
        torch.save(state, weights)
        networks[name] = {
            "weights": weights.name, "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
            "spacing_mm": spacing, "patch_voxels": [patch] * 3, "input_windows_hu": WINDOWS,
            "architecture": {"type": "DynUNet", "in_channels": inputs, "out_channels": len(labels),
                             "filters": filters, "kernel_size": [3] * len(filters), "strides": strides,
                             "upsample_kernel_size": strides[1:], "norm": "batch"},
            "context": context, "organ_reach_hu": reach_hu,
            "labels": [{"index": index, "key": key} for index, key in enumerate(labels)]}
    (folder / "bundle.json").write_text(json.dumps({
        "format": "duonco-unity-bundle", "format_version": 1, "name": "random", "version": "0.0.1",
        "description": "random weights", "license": "Apache-2.0", "networks": networks, "training": {"seed": 3}}))
    return folder


@pytest.fixture(scope="session")
def written_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("model"))


@pytest.fixture
def bundle_dir(written_bundle: Path, tmp_path: Path) -> Path:
    """A bundle folder that a test may change."""
    return Path(shutil.copytree(written_bundle, tmp_path / "bundle"))


@pytest.fixture(scope="session")
def bundle(written_bundle: Path) -> Bundle:
    return load_bundle(written_bundle)


@pytest.fixture(scope="session")
def make_phantom() -> Callable[..., CTVolume]:
    """A trunk with lungs, spine and noise above a table, on any grid (default: 3 mm thick slices)."""
    def make(geometry: Geometry | None = None, seed: int = 0) -> CTVolume:
        geometry = geometry or Geometry((70, 48, 64), (5.2, 5.2, 3.0), (-166.0, -125.0, -300.0))
        centre = geometry.index_to_world((np.array(geometry.shape[::-1]) - 1) / 2)
        indices = np.stack(np.meshgrid(*[np.arange(n) for n in geometry.shape], indexing="ij")[::-1], axis=-1)
        x, y, z = np.moveaxis(geometry.index_to_world(indices) - centre, -1, 0)
        hu = np.full(geometry.shape, -1000.0)
        hu[(x / 140) ** 2 + (y / 90) ** 2 < 1] = -90
        hu[(x / 120) ** 2 + (y / 70) ** 2 < 1] = 55
        for side in (-60, 60):
            hu[((x - side) / 40) ** 2 + (y / 50) ** 2 + ((z - 60) / 90) ** 2 < 1] = -820
        hu[x**2 + (y - 50) ** 2 < 20**2] = 400
        hu[(np.abs(y - 108) < 4) & (np.abs(x) < 150)] = 150
        hu += np.random.default_rng(seed).normal(0, 15, geometry.shape)
        return CTVolume(np.clip(hu, -1024, 3071).round().astype(np.int16), geometry)
    return make

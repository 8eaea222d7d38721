"""From training checkpoints to a model bundle: a folder with bundle.json and fp16 weights that execute nothing."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import monai
import numpy as np
import torch

from DuOncoUnityLib import __version__
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.model.context import CONTEXT_GROUPS
from DuOncoUnityLib.model.weights_file import pack_weights, weights_name
from DuOncoUnityLib.terminology import LAYERS, ORGANS, Layer, Term
from DuOncoUnityLib.training.network import TrainingConfig, config_from_json
from DuOncoUnityLib.training.train import SampleStream, TrainingState, averaged_network

BUNDLE_NAME = "duonco-unity-tap"
BUNDLE_VERSION = "0.13.1"
LARGEST_WEIGHTS_BYTES = 10_000_000
LARGE_VARIANCE = 1000.0  # of activations; fp16 ends at 65504, and smaller ones leave the weights as they were trained
DESCRIPTION = ("Organs and body compartments, lesions and lymph nodes on CT of thorax, abdomen and pelvis. "
               "Trained on simulated CT; research use, not for diagnosis.")
TRAINING_DATA = (
    {"name": "Procedural torsos of this project", "terms": "Apache-2.0, made by seed"},
    {"name": "ICRP Publication 110 adult reference voxel phantoms (label maps)",
     "terms": "ICRP; for training only, not distributed"},
    {"name": "TCIA CPTAC-PDA C3N-00249, one chest CT as background of simulated lesions (lesion network only)",
     "terms": "CC BY"},
)


def export_bundle(checkpoints: dict[str, Sequence[Path]], out_dir: Path, *, cache: Path, data_dir: Path | None,
                  background_offset: dict[str, float] | None = None) -> Path:
    """Write the bundle of some trained networks.

    Args:
        checkpoints: by network name ("anatomy", "lesion"), the checkpoint of its training, or of several (`load_mean`).
        out_dir: the bundle's folder; files in it are replaced one by one, bundle.json last.
        cache, data_dir: as in `train`, to measure the batch-norm statistics of the averaged weights.
        background_offset: by network name, added to the background's logit: sets the operating point of a network
            whose training weighed the foreground up. Choose it on synthetic scans that neither training nor
            evaluation uses.

    Returns:
        The folder.

    Raises:
        DuOncoError: weights that are too large, or not finite.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    networks = {}
    provenance = {}
    for name, trainings in checkpoints.items():
        state = load_mean(trainings)
        network = averaged_network(state, SampleStream(state.config, cache, data_dir))
        offset = (background_offset or {}).get(name, 0.0)
        shift_background(network, offset)
        weights = write_weights(network, out_dir / weights_name(name))
        networks[name] = describe(state.config, weights)
        provenance[name] = {**provenance_of(state, offset), "trainings_averaged": len(trainings)}
    document = {
        "format": "duonco-unity-bundle", "format_version": 1, "name": BUNDLE_NAME, "version": BUNDLE_VERSION,
        "description": DESCRIPTION, "license": "Apache-2.0", "networks": networks,
        "training": {"data": TRAINING_DATA, "networks": provenance, "date": time.strftime("%Y-%m-%d"),
                     "software": software_versions()}}
    temporary = out_dir / "bundle.json.part"
    temporary.write_text(json.dumps(document, indent=1) + "\n")
    temporary.replace(out_dir / "bundle.json")
    return out_dir


def provenance_of(state: TrainingState, background_offset: float = 0.0) -> dict[str, Any]:
    """How a network came to be, as it stands in bundle.json under "training"."""
    return {"steps": state.step, "patches": state.step * state.config.batch, "seed": state.config.seed,
            "hours": round(state.seconds / 3600, 2), "background_logit_offset": background_offset,
            "configuration": state.config.as_json()}


def load_state(checkpoint: Path) -> TrainingState:
    """A training as its checkpoint left it."""
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    state = TrainingState(config_from_json(saved["config"]))
    state.load(checkpoint)
    return state


def load_mean(checkpoints: Sequence[Path]) -> TrainingState:
    """Trainings of one network, from the same weights on different samples, as one with the mean of their weights.

    The mean is better than each alone (Wortsman, Model soups, ICML 2022, PMLR 162:23965), and trainings side by side
    use cores that one cannot.
    """
    first, *others = (load_state(checkpoint) for checkpoint in checkpoints)
    for name, value in first.result().items():
        if value.is_floating_point():
            first.average[name] = torch.stack([value, *(other.result()[name] for other in others)]).mean(dim=0)
    first.former = {}
    first.seconds += sum(other.seconds for other in others)
    return first


def shift_background(network: torch.nn.Module, offset: float) -> None:
    """Add to the background's logit, in place; its probability rises, the order of the other classes stays."""
    bias = network.get_parameter("output_block.conv.conv.bias")
    with torch.no_grad():
        bias[0] += offset


def shrink_activations(network: torch.nn.Module) -> None:
    """Scale convolutions whose output is very large, in place, so that the variances fit into fp16 (65504 at most).

    Every convolution has no bias and is followed by a normalisation, which takes the scale out again: the network stays
    the same function. The scale is a power of two, so that rounded weights stay so.
    """
    for name, norm in network.named_modules():
        if isinstance(norm, torch.nn.BatchNorm3d):
            weight = network.get_parameter(name.replace("norm", "conv") + ".conv.weight")
            assert norm.running_mean is not None and norm.running_var is not None
            variance = torch.where(norm.running_var > LARGE_VARIANCE, norm.running_var, 1.0)
            scale = torch.exp2(torch.round(torch.log2(variance.sqrt())))
            with torch.no_grad():
                weight.div_(scale[:, None, None, None, None])
                norm.running_mean.div_(scale)
                norm.running_var.div_(scale**2)


def write_weights(network: torch.nn.Module, path: Path) -> Path:
    """Write the state of a network in fp16, readable with `weights_file.read_weights`.

    DynUNet lists its layers under two names each; they stay one tensor in the file. Of a network with rounded
    convolutions (`averaged_network`) it is a ninth as large as fp16. The network is left with the smaller activations
    of `shrink_activations`, as the same function.
    """
    shrink_activations(network)
    stored: dict[int, torch.Tensor] = {}
    half = {}
    for name, value in network.state_dict().items():
        half[name] = stored.setdefault(value.data_ptr(), _stored(value))
    if not all(bool(torch.isfinite(value).all()) for value in half.values()):
        raise DuOncoError("The training ended in invalid weights.", exit_code=ExitCode.BAD_MODEL)
    temporary = path.with_suffix(".part")
    temporary.write_bytes(pack_weights(half))
    if temporary.stat().st_size > LARGEST_WEIGHTS_BYTES:
        temporary.unlink()
        raise DuOncoError("The network is too large to be bundled.", exit_code=ExitCode.BAD_MODEL)
    temporary.replace(path)
    return path


def _stored(value: torch.Tensor) -> torch.Tensor:
    if not value.is_floating_point():
        return value.clone()
    return value.detach().half().contiguous()


def software_versions() -> dict[str, str]:
    """Versions of what trains."""
    return {"duonco-unity": __version__, "torch": torch.__version__.split("+")[0], "monai": monai.__version__,
            "numpy": np.__version__, "python": platform.python_version()}


def describe(config: TrainingConfig, weights: Path) -> dict[str, Any]:
    """A network as it stands in bundle.json."""
    return {"weights": weights.name, "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
            "spacing_mm": config.spacing_mm, "patch_voxels": list(config.patch_voxels),
            "input_windows_hu": [list(window) for window in config.input_windows_hu],
            "architecture": config.architecture,
            **({"context": [list(group) for group in CONTEXT_GROUPS]} if config.context else {}),
            **({"organ_reach_hu": config.organ_reach_hu} if config.organ_reach_hu else {}),
            **({"scales_mm": list(config.scales_mm)} if config.scales_mm else {}),
            "labels": [_label(index, key) for index, key in enumerate(config.labels)]}


def _label(index: int, key: str) -> dict[str, Any]:
    if key == "background":
        return {"index": index, "key": key}
    term: Term = LAYERS[Layer(key)] if key in ("lesion", "lymph_node") else ORGANS[key]
    return {"index": index, "key": key, "name": term.name, "color": list(term.color),
            "code": {"value": term.type.value, "scheme": term.type.scheme, "meaning": term.type.meaning}}

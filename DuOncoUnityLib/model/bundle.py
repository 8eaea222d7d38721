"""Model bundles: a folder with `bundle.json` and one file of weights per network, read without executing any code."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.model.calibration import Calibration, read_calibration
from DuOncoUnityLib.model.network import Architecture, DynUNet, without_aliases
from DuOncoUnityLib.model.prompts import PROMPT_CHANNELS
from DuOncoUnityLib.model.weights_file import read_weights
from DuOncoUnityLib.resources import bundled_model
from DuOncoUnityLib.terminology import ORGANS, Layer

FORMAT = "duonco-unity-bundle"
FORMAT_VERSION = 1
BACKGROUND = "background"
CLICK_LABELS = (BACKGROUND, Layer.LESION.value)
LESION_LABELS = (BACKGROUND, Layer.LESION.value, Layer.LYMPH_NODE.value)


@dataclass(frozen=True)
class NetworkSpec:
    """One network of a bundle.

    Attributes:
        spacing_mm: isotropic voxel size that the network works on.
        patch_voxels: size of the patches it was trained on, along (S, P, L).
        input_windows_hu: one input channel per window, scaled from [low, high] to [-1, 1] and clipped.
        labels: key of every output channel, background first.
        context: groups of organs (keys of `terminology.ORGANS`); the network sees where each lies in one more channel
            after the windows.
        organ_reach_hu: of one more channel, the density against the median of the organ (`model.context`); 0 for none.
        scales_mm: voxel sizes of the views of the click network, which `spacing_mm` is one of; () for the others.
        weights: state_dict with MONAI DynUNet names, fp16.
    """

    name: str
    spacing_mm: float
    patch_voxels: tuple[int, int, int]
    input_windows_hu: tuple[tuple[float, float], ...]
    architecture: Architecture
    labels: tuple[str, ...]
    context: tuple[tuple[str, ...], ...]
    organ_reach_hu: float
    scales_mm: tuple[float, ...]
    weights: dict[str, torch.Tensor] = field(repr=False, compare=False)

    def build(self) -> DynUNet:
        """The network in fp32, ready for inference (normalisation folded)."""
        network = DynUNet(self.architecture)
        network.load_state_dict(self.weights)
        network.fold_normalisation()
        return network


@dataclass(frozen=True)
class Bundle:
    """A model: what it is called, where it comes from, and its networks.

    Attributes:
        sha256: of `bundle.json`, which holds the hashes of the weights: identifies the whole model.
        click: segments the lesion at a click; None in a model that lacks it.
        calibration: of the confidence of lesions; None in a model that was not calibrated.
        training: provenance of the training as written by the training pipeline.
    """

    name: str
    version: str
    description: str
    license: str
    sha256: str
    anatomy: NetworkSpec
    lesion: NetworkSpec
    click: NetworkSpec | None
    calibration: Calibration | None
    training: dict[str, Any]


def default_bundle_dir() -> Path:
    """Where the bundled model for thorax-abdomen-pelvis CT lies."""
    return bundled_model()


def load_bundle(path: Path) -> Bundle:
    """Read and check a bundle folder.

    Raises:
        DuOncoError: with exit code BAD_MODEL and a sentence that names what is wrong with the folder.
    """
    try:
        text = (path / "bundle.json").read_bytes()
        description = json.loads(text)
    except OSError as error:
        raise _bad("The model folder holds no readable bundle.json.", error) from error
    except ValueError as error:
        raise _bad("The model's bundle.json is damaged: it is not valid JSON.", error) from error
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise _bad("The folder is not a DuOnco Unity model.")
    version = description.get("format_version")
    if version != FORMAT_VERSION:
        raise _bad(f"The model has format version {version}; this software reads version {FORMAT_VERSION}.")
    try:
        networks = description["networks"]
        specs = {name: _read_network(path, name, networks[name]) for name in ("anatomy", "lesion", "click")
                 if name in networks or name != "click"}
        calibration = description.get("lesion_confidence")
        bundle = Bundle(str(description["name"]), str(description["version"]), str(description.get("description", "")),
                        str(description.get("license", "")), hashlib.sha256(text).hexdigest(),
                        specs["anatomy"], specs["lesion"], specs.get("click"),
                        read_calibration(calibration) if calibration is not None else None,
                        dict(description.get("training", {})))
    except KeyError as error:
        raise _bad(f"The model's bundle.json lacks the entry {error}.") from error
    except (TypeError, ValueError) as error:
        raise _bad("The model's bundle.json holds a value that makes no sense.", error) from error
    _check_labels(bundle.anatomy, set(ORGANS))
    if bundle.click and (bundle.click.labels != CLICK_LABELS or not bundle.click.scales_mm):
        raise _bad(f"The model's click network must have the labels {', '.join(CLICK_LABELS)} and scales.")
    strangers = sorted({organ for group in bundle.lesion.context for organ in group} - set(bundle.anatomy.labels))
    if strangers:
        raise _bad(f"The model's lesion network needs organs that its anatomy lacks: {', '.join(strangers)}.")
    if bundle.lesion.labels != LESION_LABELS:
        raise _bad(f"The model's lesion network must have the labels {', '.join(LESION_LABELS)}.")
    return bundle


def _read_network(folder: Path, name: str, entry: dict[str, Any]) -> NetworkSpec:
    architecture = _read_architecture(name, entry["architecture"])
    windows = tuple((float(low), float(high)) for low, high in entry["input_windows_hu"])
    labels = sorted(entry["labels"], key=lambda label: label["index"])
    k, j, i = (int(side) for side in entry["patch_voxels"])
    context = tuple(tuple(str(organ) for organ in group) for group in entry.get("context", ()))
    spec = NetworkSpec(name, float(entry["spacing_mm"]), (k, j, i), windows, architecture,
                       tuple(str(label["key"]) for label in labels), context,
                       float(entry.get("organ_reach_hu", 0.0)),
                       tuple(float(scale) for scale in entry.get("scales_mm", ())), _read_weights(folder, name, entry))
    problem = _inconsistency(spec, [label["index"] for label in labels])
    if problem:
        raise _bad(f"The model's {name} network is inconsistent: {problem}.")
    try:
        DynUNet(architecture).load_state_dict(spec.weights)
    except (RuntimeError, ValueError) as error:
        raise _bad(f"The weights of the {name} network do not fit its architecture.", error) from error
    return spec


def _read_architecture(name: str, entry: dict[str, Any]) -> Architecture:
    strides = tuple(int(stride) for stride in entry["strides"])
    upsampling = tuple(int(stride) for stride in entry["upsample_kernel_size"])
    if (entry["type"], entry["norm"]) != ("DynUNet", "batch") or strides[0] != 1 or upsampling != strides[1:]:
        raise _bad(f"The architecture of the {name} network is not one that this software can run.")
    filters, kernels = (tuple(int(n) for n in entry[key]) for key in ("filters", "kernel_size"))
    if not 2 <= len(filters) == len(kernels) == len(strides) or min(filters + kernels + strides) < 1:
        raise _bad(f"The architecture of the {name} network is not one that this software can run.")
    return Architecture(int(entry["in_channels"]), int(entry["out_channels"]), filters, kernels, strides)


def _inconsistency(spec: NetworkSpec, label_indices: list[int]) -> str:
    if not math.isfinite(spec.spacing_mm) or not 0.1 <= spec.spacing_mm <= 20:
        return f"a spacing of {spec.spacing_mm} mm"
    if any(side < 1 or side % spec.architecture.divisor for side in spec.patch_voxels):
        return f"patch sides must be multiples of {spec.architecture.divisor}"
    if any(low >= high for low, high in spec.input_windows_hu):
        return "intensity windows without extent"
    if not 0 <= spec.organ_reach_hu <= 2000 or (spec.organ_reach_hu and not spec.context):
        return "a density against organs that makes no sense"
    prompts = PROMPT_CHANNELS if spec.scales_mm else 0
    against_organs = 1 if spec.organ_reach_hu else 0
    if len(spec.input_windows_hu) + len(spec.context) + against_organs + prompts != spec.architecture.in_channels:
        return "intensity windows, context and clicks do not match the input channels"
    if spec.scales_mm and (min(spec.scales_mm) <= 0 or spec.spacing_mm not in spec.scales_mm):
        return "voxel sizes of its views that make no sense"
    if label_indices != list(range(spec.architecture.out_channels)) or spec.labels[0] != BACKGROUND:
        return "labels do not match the output channels"
    return ""


def _check_labels(spec: NetworkSpec, known: set[str]) -> None:
    unknown = sorted(set(spec.labels[1:]) - known)
    if unknown:
        raise _bad(f"The model's {spec.name} network has labels this software does not know: {', '.join(unknown)}.")


def _read_weights(folder: Path, name: str, entry: dict[str, Any]) -> dict[str, torch.Tensor]:
    file_name = str(entry["weights"])
    if Path(file_name).name != file_name:
        raise _bad(f"The weights of the {name} network must lie in the model folder itself.")
    try:
        data = (folder / file_name).read_bytes()
    except OSError as error:
        raise _bad(f"The file with the weights of the {name} network is missing.", error) from error
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise _bad(f"The weights of the {name} network are damaged: their checksum is not the one in bundle.json.")
    try:
        state = read_weights(data)
    except Exception as error:  # many kinds, on damaged or malicious files
        raise _bad(f"The weights of the {name} network cannot be read safely.", error) from error
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise _bad(f"The weights of the {name} network are not a plain table of tensors.")
    if not all(bool(value.isfinite().all()) for value in state.values()):
        raise _bad(f"The weights of the {name} network are not finite numbers.")
    return without_aliases(state)


def _bad(message: str, error: Exception | None = None) -> DuOncoError:
    return DuOncoError(message, details=repr(error) if error else "", exit_code=ExitCode.BAD_MODEL)

"""The networks: what they see, what they learn, and how they are built."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from monai.networks.nets.dynunet import DynUNet

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.model.bundle import CLICK_LABELS, LESION_LABELS
from DuOncoUnityLib.model.context import CONTEXT_GROUPS, group_table
from DuOncoUnityLib.model.prompts import PROMPT_CHANNELS
from DuOncoUnityLib.records.codec import Mismatch, decode
from DuOncoUnityLib.terminology import ORGANS
from DuOncoUnityLib.training.generator import Generator
from DuOncoUnityLib.training.generator_file import bundled_generator, load_generator
from DuOncoUnityLib.training.samples import SampleOptions
from DuOncoUnityLib.training.structures import STRUCTURES

ANATOMY_LABELS = ("background", *ORGANS)
LABELS = {"anatomy": ANATOMY_LABELS, "lesion": LESION_LABELS, "click": CLICK_LABELS}


@dataclass(frozen=True)
class TrainingConfig:
    """One training, as in `configs/*.json`.

    Attributes:
        network: "anatomy", "lesion" or "click".
        spacing_mm, patch_voxels, input_windows_hu, filters: the network and what it sees.
        steps: number of optimiser steps of the whole schedule.
        batch: patches per step.
        learning_rate: at the start; falls to zero along a cosine.
        seed: of weights and samples.
        torsos: procedural bodies in the bank.
        real_weight: weight of real CT background against 1 for all torsos.
        phantom_weight: weight of all ICRP phantoms against 1 for all torsos.
        lesion_probability: share of patches with disease.
        foreground_weight: of a foreground voxel in the cross entropy, against 1 for background.
        dice_weight: of the Dice loss, against 1 for the cross entropy.
        dice_per_patch: whether the Dice of every patch counts alike, instead of that of the batch.
        size_exponent: how much more the voxels of small lesions weigh in the cross entropy, from 0 (alike) to 1 (every
            lesion alike); see `losses.lesion_size_weights`.
        context: whether the network sees groups of organs as further channels (`model.context`).
        organ_reach_hu: reach of one more channel, the density against the median of its organ, for a network with
            context; 0 for none.
        scales_mm: voxel sizes of the views of the click network; () for the others.
        start_from: checkpoint or bundled weights of another network (path from the folder of the training) whose layers
            are taken over where they fit; "bundle" for those of the same network in the bundle to start from; "" for
            random weights.
        former_share: of the weights that the training started from in those that are exported, from 0 (the trained ones
            alone) to 1. A network trained further on simulated scans loses some of what it did right on real ones; the
            weighted mean of both keeps more of it (Wortsman, Robust fine-tuning of zero-shot models, CVPR 2022, 7959).
        cases: MONAI datalist of own annotated cases to mix in (path from the configuration); "" for none.
        case_share: share of samples from them.
        generator: file of the numbers from which synthetic patients are drawn (in the configuration: path from it);
            "" for the bundled one.
    """

    network: str
    spacing_mm: float
    patch_voxels: tuple[int, int, int]
    input_windows_hu: tuple[tuple[float, float], ...]
    filters: tuple[int, ...]
    steps: int
    batch: int
    learning_rate: float
    seed: int
    torsos: int
    real_weight: float
    phantom_weight: float
    lesion_probability: float
    foreground_weight: float
    context: bool
    scales_mm: tuple[float, ...]
    start_from: str
    cases: str = ""
    case_share: float = 0.5
    generator: str = ""
    dice_weight: float = 1.0
    organ_reach_hu: float = 0.0
    dice_per_patch: bool = False
    size_exponent: float = 0.0
    former_share: float = 0.0

    @property
    def labels(self) -> tuple[str, ...]:
        return LABELS[self.network]

    @property
    def in_channels(self) -> int:
        """Windows of the density, then the context or the clicks."""
        further = len(CONTEXT_GROUPS) if self.context else PROMPT_CHANNELS if self.network == "click" else 0
        return len(self.input_windows_hu) + further + (self.organ_reach_hu > 0.0)

    @property
    def architecture(self) -> dict[str, Any]:
        """As it stands in bundle.json."""
        levels = len(self.filters)
        return {"type": "DynUNet", "in_channels": self.in_channels, "out_channels": len(self.labels),
                "filters": list(self.filters), "kernel_size": [3] * levels, "strides": [1] + [2] * (levels - 1),
                "upsample_kernel_size": [2] * (levels - 1), "norm": "batch"}

    @property
    def numbers(self) -> Generator:
        """From what the synthetic patients are drawn."""
        return load_generator(Path(self.generator)) if self.generator else bundled_generator()

    def sample_options(self) -> SampleOptions:
        """What the sample generator needs to know."""
        target = None
        if self.network == "anatomy":
            target = np.zeros(256, dtype=np.uint8)
            for value, structure in enumerate(STRUCTURES):
                target[value] = ANATOMY_LABELS.index(structure.organ) if structure.organ else 0
        groups = group_table(ANATOMY_LABELS) if self.context else None
        return SampleOptions(self.numbers, self.spacing_mm, self.patch_voxels, self.input_windows_hu, target,
                             self.lesion_probability, mirror=self.network != "anatomy", context_groups=groups,
                             organ_reach_hu=self.organ_reach_hu)

    def as_json(self) -> dict[str, Any]:
        """As it stands in bundles: of other files their names, no folder of this machine."""
        return {**asdict(self), "cases": Path(self.cases).name, "generator": Path(self.generator).name}


def config_from_json(values: dict[str, Any]) -> TrainingConfig:
    """A configuration from JSON values, or from a checkpoint, which holds tuples for lists.

    Raises:
        Mismatch: an entry is missing, unknown, or of the wrong kind.
    """
    known = dataclasses.fields(TrainingConfig)
    for name in sorted(values.keys() - {field.name for field in known}):
        raise Mismatch(f"{name} is no entry of it")
    defaults = {field.name: field.default for field in known if field.default is not dataclasses.MISSING}
    return decode(TrainingConfig, json.loads(json.dumps({**defaults, **values})), "training")


def load_config(path: Path) -> TrainingConfig:
    """Read a training configuration.

    Raises:
        DuOncoError: the file is not a complete configuration, holds a number that cannot be, or its generator cannot
            be used.
    """
    try:
        config = config_from_json(json.loads(path.read_text(encoding="utf-8")))
        _check(config)
    except Mismatch as mismatch:
        raise DuOncoError(f"The training configuration cannot be used: {mismatch}.") from mismatch
    except (OSError, ValueError, AttributeError) as error:
        raise DuOncoError("The training configuration cannot be read.", details=str(error)) from error
    if config.cases and config.network == "anatomy":
        raise DuOncoError("The anatomy network cannot be trained on own cases: all of their organs would have to be "
                          "annotated.")
    if config.generator:
        config = replace(config, generator=str((path.parent / config.generator).resolve()))
        load_generator(Path(config.generator))
    return config


def _check(config: TrainingConfig) -> None:
    """What the types alone do not say.

    Raises:
        Mismatch: a number that cannot be.
    """
    if config.network not in LABELS:
        raise Mismatch("it names no known network")
    for name in ("steps", "batch", "torsos"):
        _require(getattr(config, name) >= 1, f"{name} must be 1 or more")
    for name in ("spacing_mm", "foreground_weight"):
        _require(getattr(config, name) > 0.0, f"{name} must be larger than 0")
    for name in ("learning_rate", "real_weight", "phantom_weight", "dice_weight", "organ_reach_hu"):
        _require(getattr(config, name) >= 0.0, f"{name} must not be negative")
    for name in ("lesion_probability", "case_share", "size_exponent", "former_share"):
        _require(0.0 <= getattr(config, name) <= 1.0, f"{name} must lie between 0 and 1")
    _require(len(config.filters) > 1 and min(config.filters) > 0,
             "filters must name the channels of two levels or more")
    _require(config.network != "anatomy" or not config.size_exponent, "size_exponent is for lesions")
    _require(bool(config.start_from) or not config.former_share, "former_share needs start_from")
    _require(config.context or not config.organ_reach_hu, "organ_reach_hu needs context")
    halvings = 2 ** (len(config.filters) - 1)
    _require(all(side > 0 and side % halvings == 0 for side in config.patch_voxels),
             f"patch_voxels must be multiples of {halvings}, since the network halves them at every level")
    _require(bool(config.input_windows_hu) and all(low < high for low, high in config.input_windows_hu),
             "input_windows_hu must run from the smaller to the larger density")
    _require(bool(config.scales_mm) == (config.network == "click") and min(config.scales_mm, default=1.0) > 0.0,
             "scales_mm must name the voxel sizes of the click network, and of no other")


def _require(holds: bool, rule: str) -> None:
    if not holds:
        raise Mismatch(rule)


def build_network(architecture: dict[str, Any]) -> torch.nn.Module:
    """The DynUNet that an architecture of bundle.json describes."""
    return DynUNet(3, architecture["in_channels"], architecture["out_channels"], architecture["kernel_size"],
                   architecture["strides"], architecture["upsample_kernel_size"], filters=architecture["filters"],
                   norm_name=architecture["norm"], res_block=False)

"""Training of one network: samples from a second process, checkpoints that survive a kill at any time."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

from DuOncoUnityLib.model.context import CONTEXT_GROUPS
from DuOncoUnityLib.model.device import fast_precision
from DuOncoUnityLib.model.weights_file import read_weights
from DuOncoUnityLib.progress import Progress
from DuOncoUnityLib.training.clicks import ClickOptions, make_click_sample
from DuOncoUnityLib.training.label_bank import BankEntry, load_bank
from DuOncoUnityLib.training.losses import dice_cross_entropy, lesion_size_weights
from DuOncoUnityLib.training.network import TrainingConfig, build_network, load_config
from DuOncoUnityLib.training.own_cases import OwnCases, is_own
from DuOncoUnityLib.training.rounding import round_kernels
from DuOncoUnityLib.training.samples import FloatArray, make_sample
from DuOncoUnityLib.training.structures import LabelArray

CHECKPOINT_EVERY_S = 150.0
AVERAGE_DECAY = 0.998
COMMON_INPUTS = (2, 2 + len(CONTEXT_GROUPS))  # channels that come first: density, then context
RECALIBRATION_BATCHES = 30


class SampleStream(Dataset):
    """The endless numbered stream of training samples; the bank is loaded where it is read (the second process)."""

    def __init__(self, config: TrainingConfig, cache: Path, data_dir: Path | None, stream: int = 0,
                 cases_dir: Path | None = None) -> None:
        self.config, self.cache, self.data_dir, self.cases_dir = config, cache, data_dir, cases_dir
        self.seed = config.seed + 7919 * stream
        self._bank: Any = None

    def __getitem__(self, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        if self._bank is None:
            torch.set_num_threads(1)
            self._bank = load_bank(self.cache, self.config.torsos, self.data_dir, self.config.numbers.bodies,
                                   real_weight=self.config.real_weight, phantom_weight=self.config.phantom_weight)
        if self.cases_dir and is_own(self.config, self.seed, number):
            image, classes = OwnCases(self.cases_dir).sample(self.config, self.seed, number)
        else:
            image, classes = synthetic_sample(self._bank, self.config, self.seed, number)
        return torch.from_numpy(image), torch.from_numpy(classes)


def synthetic_sample(bank: list[BankEntry], config: TrainingConfig, seed: int,
                     number: int) -> tuple[FloatArray, LabelArray]:
    """Sample `number` of a stream for the network of a configuration."""
    options = config.sample_options()
    if config.network == "click":
        return make_click_sample(bank, ClickOptions(options, config.scales_mm), seed, number)
    return make_sample(bank, options, seed, number)


def train(config_path: Path, out_dir: Path, progress: Progress, *, data_dir: Path | None = None,
          device: str = "cpu", workers: int = 1, cases_dir: Path | None = None, start: Path | None = None,
          observe: Callable[[TrainingState], None] | None = None) -> Path:
    """Train the network of a configuration, from its last checkpoint if there is one.

    Args:
        config_path: see `TrainingConfig`.
        out_dir: checkpoint, log and cache; give the same folder again to resume.
        progress: told the loss; cancelling writes a checkpoint and raises `Cancelled`.
        data_dir: optional ICRP phantoms and real CT background (see `label_bank`).
        device: "cpu" or "cuda".
        workers: sample processes; 0 makes samples in this process.
        cases_dir: own cases to mix in (`own_cases.prepare`).
        start: weights to start from instead of those that the configuration names.
        observe: called after every step.

    Returns:
        The checkpoint, from which `export.export_bundle` makes a model.
    """
    config = load_config(config_path)
    out_dir.mkdir(parents=True, exist_ok=True)
    checkpoint = out_dir / "checkpoint.pt"
    state = TrainingState(config, device)
    if checkpoint.exists():
        state.load(checkpoint)
    elif start or config.start_from:
        state.start_from(start or out_dir / config.start_from)
    stream = SampleStream(config, out_dir.parent / "bank", data_dir, cases_dir=cases_dir)
    numbers = range(state.step * config.batch, config.steps * config.batch)
    loader = DataLoader(stream, batch_size=config.batch, sampler=numbers, num_workers=workers,
                        prefetch_factor=4 if workers else None)
    saved = time.monotonic()
    try:
        for images, classes in loader:
            loss = state.learn(images, classes)
            if state.step % 10 == 0:
                _log(out_dir / "log.jsonl", {"step": state.step, "loss": loss, "time": time.time()})
            if time.monotonic() - saved > CHECKPOINT_EVERY_S:
                state.save(checkpoint)
                saved = time.monotonic()
            if observe:
                observe(state)
            progress.update(f"training {config.network}, loss {loss:.3f}", state.step / config.steps)
    finally:
        state.save(checkpoint)
    return checkpoint


class TrainingState:
    """Everything that a resumed training needs: weights, their running average, optimiser, step."""

    def __init__(self, config: TrainingConfig, device: str = "cpu") -> None:
        torch.manual_seed(config.seed)
        self.config, self.device, self.step, self.seconds = config, torch.device(device), 0, 0.0
        self.network = build_network(config.architecture).to(self.device)
        self.network = self.network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
        for module in self.network.modules():
            if isinstance(module, torch.nn.BatchNorm3d):
                module.momentum = 0.03  # patches differ much: a short memory would follow the last ones
        self.average = self._copy()
        self.former: dict[str, torch.Tensor] = {}
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=config.learning_rate, weight_decay=1e-4)

    def learn(self, images: torch.Tensor, classes: torch.Tensor) -> float:
        """One optimiser step on a batch (n, channel, k, j, i) and its classes (n, k, j, i); returns the loss."""
        began = time.monotonic()
        for group in self.optimizer.param_groups:
            group["lr"] = self._learning_rate()
        self.network.train()
        images = images.to(self.device, memory_format=torch.channels_last_3d)
        with fast_autocast(self.device):
            logits = self.network(images)
        loss = self._loss(logits, classes.to(self.device))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.step += 1
        decay = min(AVERAGE_DECAY, (1 + self.step) / (10 + self.step))
        for name, value in self.network.state_dict().items():
            if value.is_floating_point():
                self.average[name].lerp_(value, 1.0 - decay)
        self.seconds += time.monotonic() - began
        return float(loss.detach())

    def _loss(self, logits: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        config = self.config
        size_weights = None
        if config.size_exponent:
            size_weights = lesion_size_weights(classes, config.spacing_mm, config.size_exponent)
        return dice_cross_entropy(logits, classes, config.foreground_weight, config.dice_weight,
                                  dice_per_patch=config.dice_per_patch, size_weights=size_weights)

    def _learning_rate(self) -> float:
        warm = min(1.0, (self.step + 1) / 30)
        done = min(self.step / self.config.steps, 1.0)
        return self.config.learning_rate * warm * 0.5 * (1.0 + math.cos(math.pi * done))

    def save(self, path: Path) -> None:
        """Write the checkpoint; a kill leaves the former one."""
        temporary = path.with_suffix(".part")
        config = {**self.config.as_json(), "generator": self.config.generator}  # read again for the export
        torch.save({"config": config, "step": self.step, "seconds": self.seconds,
                    "network": self.network.state_dict(), "average": self.average, "former": self.former,
                    "optimizer": self.optimizer.state_dict()}, temporary)
        temporary.replace(path)

    def start_from(self, path: Path) -> None:
        """Take over the weights of another network, layer by layer where the shapes agree.

        A first layer that sees further inputs (context, clicks) keeps what it knows of the density.

        Args:
            path: a checkpoint, of which the averaged weights are taken, or the weights of a bundle.
        """
        saved: dict[str, Any] = read_weights(path.read_bytes())
        given = saved.get("average", saved)
        own = self.network.state_dict()
        for name, value in given.items():
            if name in own:
                own[name] = _taken_over(own[name], value)
        self.network.load_state_dict(own)
        self.average = self._copy()
        self.former = self._copy()

    def result(self) -> dict[str, torch.Tensor]:
        """Weights by name: the averaged ones, with the wanted share of those that the training started from."""
        share = self.config.former_share
        if not share or not self.former:
            return self.average
        return {name: torch.lerp(value, self.former[name], share) if value.is_floating_point() else value
                for name, value in self.average.items()}

    def _copy(self) -> dict[str, torch.Tensor]:
        return {name: value.detach().clone() for name, value in self.network.state_dict().items()}

    def load(self, path: Path) -> None:
        """Continue from a checkpoint."""
        saved = torch.load(path, map_location=self.device, weights_only=True)
        self.step, self.seconds = saved["step"], saved["seconds"]
        self.network.load_state_dict(saved["network"])
        self.average, self.former = saved["average"], saved.get("former", {})
        self.optimizer.load_state_dict(saved["optimizer"])


def _taken_over(own: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
    """The given weights where the shapes agree; those of the common inputs where only the input channels differ.

    Further input channels begin near nothing.
    """
    if own.shape == given.shape:
        return given
    if own.dim() != given.dim() or own.dim() != 5 or own.shape[0] != given.shape[0] or own.shape[2:] != given.shape[2:]:
        return own
    both = max((count for count in COMMON_INPUTS if count <= min(own.shape[1], given.shape[1])), default=0)
    return torch.cat((given[:, :both].to(own), 0.1 * own[:, both:]), dim=1) if both else own


def fast_autocast(device: torch.device) -> torch.autocast:
    """bf16 where the device computes it natively; emulated it would be fifty times slower than fp32."""
    native = fast_precision(device) is torch.bfloat16
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=native)


def averaged_network(state: TrainingState, stream: SampleStream,
                     batches: int = RECALIBRATION_BATCHES) -> torch.nn.Module:
    """The network with the resulting weights, rounded as its file holds them, and with batch-norm statistics that are
    measured again for these, both on the same fresh samples."""
    images = [torch.stack([stream[10**9 + number * 4 + n][0] for n in range(4)]).to(
        state.device, memory_format=torch.channels_last_3d) for number in range(batches)]
    network = state.network
    network.load_state_dict(state.result())
    network.train()
    round_kernels(network, images)
    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm3d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # cumulative average
    with torch.no_grad(), fast_autocast(state.device):
        for batch in images:
            network(batch)
    return network.eval()


def _log(path: Path, entry: dict[str, float]) -> None:
    with path.open("a") as file:
        file.write(json.dumps(entry) + "\n")

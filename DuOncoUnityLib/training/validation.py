"""Early figures of a training: Dice on fixed samples of persons that no training draws, and a picture of the curve."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from DuOncoUnityLib.files import replacing
from DuOncoUnityLib.training.label_bank import load_bank
from DuOncoUnityLib.training.network import TrainingConfig
from DuOncoUnityLib.training.train import TrainingState, synthetic_sample

FIRST_SEED = 600_001  # training draws torsos from 1000, calibration from 700001, evaluation from 900001
TORSOS = 2
SAMPLES = 12
LOG, CURVE = "validation.jsonl", "curve.png"


class Validation:
    """Fixed samples of a network's kind; the same in every training of that configuration.

    Args:
        config: the network.
        cache: folder of label maps, see `load_bank`.
        samples: how many patches.
    """

    def __init__(self, config: TrainingConfig, cache: Path, samples: int = SAMPLES) -> None:
        bank = load_bank(cache, TORSOS, None, config.numbers.bodies, first_seed=FIRST_SEED)
        self._labels = config.labels
        self._samples = [tuple(map(torch.from_numpy, synthetic_sample(bank, config, FIRST_SEED, number)))
                         for number in range(samples)]

    def figures(self, state: TrainingState) -> dict[str, float]:
        """Dice of every class that occurs, over the voxels of all samples, and their mean; of the resulting weights."""
        network = copy.deepcopy(state.network)
        network.load_state_dict(state.result())
        network.eval()
        count = len(self._labels)
        hits, sizes = np.zeros(count), np.zeros(count)
        with torch.inference_mode():
            for image, classes in self._samples:
                logits = network(image[None].to(state.device, memory_format=torch.channels_last_3d))
                found, true = logits[0].argmax(0).cpu().numpy().ravel(), classes.numpy().ravel()
                hits += np.bincount(found[found == true], minlength=count)
                sizes += np.bincount(found, minlength=count) + np.bincount(true, minlength=count)
        present = {name: 2.0 * hits[n] / sizes[n] for n, name in enumerate(self._labels) if n and sizes[n]}
        return {"dice": float(np.mean(list(present.values()))), **{f"dice_{key}": float(value)
                                                                   for key, value in present.items()}}


class Observer:
    """Writes the figures of a training into its folder from time to time; called after every step.

    Args:
        validation: the samples.
        out_dir: folder of the training, with its `log.jsonl`.
        every: steps between two measurements.
    """

    def __init__(self, validation: Validation, out_dir: Path, every: int) -> None:
        self._validation, self._out, self._every = validation, out_dir, every

    def __call__(self, state: TrainingState) -> None:
        """Measure where it is time."""
        if state.step % self._every and state.step != state.config.steps:
            return
        with (self._out / LOG).open("a") as file:
            file.write(json.dumps({"step": state.step, **self._validation.figures(state)}) + "\n")
        draw_curve(self._out)


def draw_curve(out_dir: Path) -> None:
    """Write `curve.png`: loss and Dice over the steps of a training."""
    from matplotlib.figure import Figure

    losses, dices = _read_log(out_dir / "log.jsonl"), _read_log(out_dir / LOG)
    figure = Figure(figsize=(7, 5), dpi=100, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    steps, values = [row["step"] for row in losses], np.array([row["loss"] for row in losses])
    above.plot(steps, values, color="0.8", linewidth=0.6)
    if len(values) > 10:
        width = max(len(values) // 25, 5)
        smooth = np.convolve(values, np.full(width, 1.0 / width), "valid")
        above.plot(steps[width - 1:], smooth, color="tab:blue")
    above.set_ylabel("loss")
    for key in dices[0] if dices else ():
        if key != "step" and (len(dices[0]) < 6 or key == "dice"):
            below.plot([row["step"] for row in dices if key in row], [row[key] for row in dices if key in row],
                       marker=".", label="mean" if key == "dice" else key.removeprefix("dice_").replace("_", " "))
    below.set(xlabel="step", ylabel="Dice, validation", ylim=(0, 1))
    if dices:
        below.legend(loc="upper left", fontsize=8)
    with replacing(out_dir / CURVE) as temporary:
        figure.savefig(temporary)


def _read_log(path: Path) -> list[dict[str, Any]]:
    """The rows of a log by step; a resumed training may have written a step twice, the later row counts."""
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [row for _, row in sorted({row["step"]: row for row in rows}.items())]

"""Where label maps of our engine, MONAI's and nnU-Net's sliding windows differ, one step of the way at a time.

    python Testing/benchmarks/bench_agreement.py scan.nii.gz [--bundle FOLDER] [--networks lesion] [--slices 100 180]

Every network of the bundle runs on a part of the scan, a minute or two each. Dice of labels (all classes together):

* tiles: the same resampled input for all, labels compared on the grid of the network. The reference is the network on
  the whole part at once, without tiles. Patches of the training size see less around a voxel than larger tiles do: what
  the network answers differently then is its own unrest, not an error of an engine.
* same patches: MONAI and nnU-Net with the same patches and weights: two implementations of one algorithm.
* input: our tiles on an input that is resampled as MONAI does (linear) and as nnU-Net does (cubic).
* labels: our logits brought to the grid of the scan by interpolating every class (scipy, linear), and by nearest
  neighbours, against ours.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch
from bench_inference import WindowedNetwork, nnunet_predictor, read_in_patient_order
from scipy import ndimage

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.model.body import Body, find_body
from DuOncoUnityLib.model.bundle import Bundle, NetworkSpec, default_bundle_dir, load_bundle
from DuOncoUnityLib.model.context import Context, group_table, organ_medians
from DuOncoUnityLib.model.labelling import LabelWriter
from DuOncoUnityLib.model.runner import NetworkRunner
from DuOncoUnityLib.model.sampling import AIR_HU, Grid, nearest, resample_hu
from DuOncoUnityLib.progress import Progress

Array = np.ndarray


def dice(one: Array, other: Array) -> float:
    """Dice over the voxels of all labels together; nan where neither has any."""
    sizes = np.count_nonzero(one) + np.count_nonzero(other)
    return 2 * float(np.count_nonzero((one == other) & (one > 0))) / sizes if sizes else float("nan")


class Part:
    """A network on a part of a scan: the same input for every way to apply it."""

    def __init__(self, volume: CTVolume, spec: NetworkSpec, body: Body, organs: Array | None = None,
                 labels: tuple[str, ...] = ()) -> None:
        self.volume, self.spec, self.body = volume, spec, body
        self.grid = Grid.covering(body.box, volume.geometry.spacing_mm[::-1], spec.spacing_mm)
        self.mask = nearest(body.mask, body.grid, self.grid)
        self.hu = resample_hu(volume.hu, self.grid)
        self.context = None
        if organs is not None:
            there = nearest(organs, Grid.of_voxels(organs.shape), self.grid)
            medians = organ_medians(self.hu, there) if spec.organ_reach_hu else None
            self.context = Context(there, group_table(labels, spec.context), spec.organ_reach_hu, medians)

    def channels(self, hu: Array) -> Array:
        density = hu.astype(np.float32)[None] - AIR_HU
        if self.context is None:
            return density
        return np.concatenate((density, self.context.channels(hu)))

    def ours(self, hu: Array) -> torch.Tensor:
        runner = NetworkRunner(self.spec, torch.device("cpu"))
        return torch.cat(list(runner.logits(hu, self.mask, Progress(), self.context)))

    def whole(self) -> torch.Tensor:
        """The network on the whole part at once, in air."""
        divisor = self.spec.architecture.divisor
        sides = [(0, 0), *((0, -size % divisor) for size in self.hu.shape)]
        channels = torch.from_numpy(np.pad(self.channels(self.hu), sides))
        with torch.inference_mode():
            return self._last(WindowedNetwork(self.spec)(channels[None])[0])

    def monai(self) -> torch.Tensor:
        from monai.inferers import sliding_window_inference

        with torch.inference_mode():
            return self._last(sliding_window_inference(
                torch.from_numpy(self.channels(self.hu))[None], self.spec.patch_voxels, 1, WindowedNetwork(self.spec),
                overlap=0.5, mode="gaussian")[0])

    def nnunet(self) -> torch.Tensor:
        predictor = nnunet_predictor(self.spec)
        logits = predictor.predict_logits_from_preprocessed_data(torch.from_numpy(self.channels(self.hu)))
        return self._last(logits.float())

    def linear(self) -> Array:
        """The input by linear interpolation alone."""
        return self._interpolated(order=1)

    def cubic(self) -> Array:
        """The input as nnU-Net resamples it: cubic."""
        return self._interpolated(order=3)

    def labels(self, logits: torch.Tensor) -> Array:
        """On the grid of the network, within the body."""
        return np.where(self.mask, logits.argmax(dim=-1).numpy(), 0)

    def scan_labels(self, logits: torch.Tensor) -> Array:
        """On the grid of the scan, as the engine does it."""
        labels = np.zeros(self.volume.hu.shape, np.uint8)
        LabelWriter(labels, self.grid, self.body.box).write(logits)
        return labels

    def scan_labels_by_class(self, logits: torch.Tensor) -> Array:
        """On the grid of the scan, every class interpolated on its own."""
        best, labels = None, np.zeros(self.volume.hu.shape, np.uint8)
        at = self._positions()
        for number, values in enumerate(logits.unbind(-1)):
            values = _separable(values.numpy(), at)
            wins = np.ones(values.shape, bool) if best is None else values > best
            best = values if best is None else np.where(wins, values, best)
            labels[self.body.box][wins] = number
        return labels

    def nearest_scan_labels(self, logits: torch.Tensor) -> Array:
        """On the grid of the scan, from the nearest point of the grid of the network."""
        index = [np.clip(np.rint(at), 0, size - 1).astype(int)
                 for at, size in zip(self._positions(), self.hu.shape, strict=True)]
        labels = np.zeros(self.volume.hu.shape, np.uint8)
        labels[self.body.box] = logits.argmax(dim=-1).numpy()[np.ix_(*index)]
        return labels

    def _positions(self) -> list[Array]:
        return [self.grid.index_of(axis, np.arange(part.start, part.stop)) for axis, part in enumerate(self.body.box)]

    def _interpolated(self, order: int) -> Array:
        values = self.volume.hu.astype(np.float32)
        matrix, offset = self.grid.step, self.grid.start
        result = ndimage.affine_transform(values, matrix, offset, self.grid.shape, order=order, mode="nearest")
        return np.clip(np.rint(result), AIR_HU, 32767).astype(np.int16)

    def _last(self, logits: torch.Tensor) -> torch.Tensor:
        """Logits of the classes last, in air outside the body as the engine has them."""
        size = [slice(0, n) for n in self.hu.shape]
        logits = logits[(slice(None), *size)].permute(1, 2, 3, 0).contiguous()
        logits[..., 0].masked_fill_(torch.from_numpy(~self.mask), 1e4)
        return logits


def _separable(values: Array, positions: list[Array]) -> Array:
    """Linear interpolation along every axis."""
    for axis, at in enumerate(positions):
        at = np.clip(at, 0, values.shape[axis] - 1)
        low = np.minimum(at.astype(int), max(values.shape[axis] - 2, 0))
        share = (at - low).astype(np.float32).reshape([-1 if n == axis else 1 for n in range(3)])
        high = np.minimum(low + 1, values.shape[axis] - 1)
        values = values.take(low, axis) * (1 - share) + values.take(high, axis) * share
    return values


def decompose(part: Part, name: str) -> None:
    """Print the steps of one network."""
    ways = {"ours": partial(part.ours, part.hu), "whole": part.whole, "MONAI": part.monai, "nnU-Net": part.nnunet}
    by_name, seconds = {}, {}
    for key, way in ways.items():
        started = time.perf_counter()
        by_name[key] = way()
        seconds[key] = time.perf_counter() - started
    on_grid = {key: part.labels(logits) for key, logits in by_name.items()}
    print(f"\n{name}: {part.hu.shape} points at {part.spec.spacing_mm} mm; seconds "
          + ", ".join(f"{key} {value:.1f}" for key, value in seconds.items()))
    for one, other in (("ours", "whole"), ("MONAI", "whole"), ("nnU-Net", "whole"), ("ours", "nnU-Net"),
                       ("MONAI", "nnU-Net")):
        print(f"  tiles    {one:8} and {other:8} {dice(on_grid[one], on_grid[other]):.4f}")
    for key, hu in (("linear", part.linear()), ("cubic", part.cubic())):
        print(f"  input    ours     and {key:8} {dice(on_grid['ours'], part.labels(part.ours(hu))):.4f}")
    ours, nnunet = by_name["ours"], by_name["nnU-Net"]
    labels = part.scan_labels(ours)
    print(f"  labels   ours     and by class {dice(labels, part.scan_labels_by_class(ours)):.4f}")
    print(f"  labels   ours     and nearest  {dice(labels, part.nearest_scan_labels(ours)):.4f}")
    print(f"  all      ours     and nnU-Net's tiles, on the grid of the scan "
          f"{dice(labels, part.scan_labels(nnunet)):.4f}", flush=True)


def run(volume: CTVolume, bundle: Bundle, networks: list[str]) -> None:
    body = find_body(volume.hu, volume.geometry.spacing_mm[::-1])
    organs = None
    if "lesion" in networks and bundle.lesion.context:
        part = Part(volume, bundle.anatomy, body)
        organs = part.scan_labels(part.ours(part.hu))
    for name in networks:
        decompose(Part(volume, getattr(bundle, name), body, organs if name == "lesion" else None,
                       bundle.anatomy.labels), name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ct", type=Path)
    parser.add_argument("--bundle", type=Path, default=default_bundle_dir())
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--networks", nargs="+", choices=["anatomy", "lesion"], default=["anatomy", "lesion"])
    parser.add_argument("--slices", type=int, nargs=2, metavar=("FROM", "TO"), help="axial slices, from the feet")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    run(read_in_patient_order(arguments.ct, arguments.slices), load_bundle(arguments.bundle), arguments.networks)


if __name__ == "__main__":
    main()

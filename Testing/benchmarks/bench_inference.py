"""Time, memory and labels of our engine beside MONAI's sliding window and nnU-Net's predictor: same scan, same weights.

    python Testing/benchmarks/bench_inference.py scan.nii.gz [--bundle FOLDER] [--threads 2] [--networks lesion]
                                                 [--slices 100 180] [--mirroring] [--quick-convolutions]

What is compared, end to end from the CT in memory to labels on the grid of the CT (reading and importing not counted):

* ours: `Engine.segment`, everything as shipped (body crop, skipped air, bf16 where the processor has it).
* MONAI: what its tutorials do: resample (bilinear), `sliding_window_inference` (training patch, overlap 0.5,
  Gaussian), logits resampled to the grid of the CT (bilinear), argmax. fp32.
* nnU-Net v2: `nnUNetPredictor.predict_single_npy_array` with its defaults (crop to nonzero, cubic resampling, step 0.5,
  Gaussian, logits resampled linearly), fp32 as it does on CPUs. Air is 0 for it, so that its own cropping and padding
  work. Its default test-time mirroring makes 8 passes of every one; it is off unless --mirroring is given.

Ours runs small inputs through a quicker convolution than PyTorch's (`model.network.QuickConv`); --quick-convolutions
gives it to the other methods, too.

Agreement with ours is given three ways: Dice of everything that is not background, Dice over the voxels of all labels
together, and the mean of the labels' Dice. MONAI against nnU-Net stands beside it: how much two common ways of applying
the same weights differ from each other is what agreement can be judged by.

Every method runs in a process of its own. Wall time needs an otherwise idle machine; processor seconds suffer less.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import SimpleITK as sitk
import torch
from torch import Tensor, nn

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.model.bundle import Bundle, NetworkSpec, default_bundle_dir, load_bundle
from DuOncoUnityLib.model.context import Context, group_table, organ_medians
from DuOncoUnityLib.model.engine import Engine
from DuOncoUnityLib.model.network import DynUNet, QuickConv
from DuOncoUnityLib.model.sampling import AIR_HU
from DuOncoUnityLib.progress import Progress

if TYPE_CHECKING:
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

Labels = dict[str, np.ndarray]


class WindowedNetwork(nn.Module):
    """The unfolded network behind its intensity windows.

    Takes HU above air, so that zero padding is air, the groups of organs of its context as masks, and the density
    against the organs as it is.
    """

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.network = DynUNet(spec.architecture)
        self.network.load_state_dict(spec.weights)
        self.eval()
        self._windows, self._groups = spec.input_windows_hu, len(spec.context)

    def forward(self, channels: Tensor) -> Tensor:
        hu = channels[:, :1] + AIR_HU
        windows = [((hu - low) * (2 / (high - low)) - 1).clamp(-1, 1) for low, high in self._windows]
        groups, against_organs = channels[:, 1:].split((self._groups, channels.shape[1] - 1 - self._groups), dim=1)
        return self.network(torch.cat([*windows, (groups > 0.5).to(hu.dtype), against_organs], dim=1))


def input_channels(volume: CTVolume, bundle: Bundle, name: str, labels: Labels) -> np.ndarray:
    """What a network is given: HU above air and, for the lesion network, the organs found before."""
    density = volume.hu.astype(np.float32)[None] - AIR_HU
    spec: NetworkSpec = getattr(bundle, name)
    if not spec.context:
        return density
    medians = organ_medians(volume.hu, labels["anatomy"]) if spec.organ_reach_hu else None
    groups = group_table(bundle.anatomy.labels, spec.context)
    context = Context(labels["anatomy"], groups, spec.organ_reach_hu, medians)
    return np.concatenate((density, context.channels(volume.hu)))


def run_ours(volume: CTVolume, bundle: Bundle, networks: list[str]) -> Callable[[], Labels]:
    engine = Engine(bundle, device="cpu")

    def run() -> Labels:
        result = engine.segment(volume, Progress())
        print(json.dumps(result.timings_s), result.precision, file=sys.stderr)
        return {"anatomy": result.anatomy, "lesion": result.lesions}
    return run


def run_monai(volume: CTVolume, bundle: Bundle, networks: list[str]) -> Callable[[], Labels]:
    from monai.data import MetaTensor
    from monai.inferers import sliding_window_inference
    from monai.transforms import ResampleToMatch, Spacing

    affine = np.diag([*volume.geometry.spacing_mm[::-1], 1.0])

    def run() -> Labels:
        labels: Labels = {}
        for name in networks:
            spec: NetworkSpec = getattr(bundle, name)
            image = MetaTensor(torch.from_numpy(input_channels(volume, bundle, name, labels)), affine=affine)
            resampled = Spacing(pixdim=[spec.spacing_mm] * 3, mode="bilinear")(image)
            with torch.inference_mode():
                logits = sliding_window_inference(resampled[None], spec.patch_voxels, 1, WindowedNetwork(spec),
                                                  overlap=0.5, mode="gaussian")[0]
            logits = ResampleToMatch(mode="bilinear", padding_mode="border")(logits, image)
            labels[name] = logits.argmax(dim=0).to(torch.uint8).numpy()
        return labels
    return run


def nnunet_predictor(spec: NetworkSpec, mirroring: bool = False) -> nnUNetPredictor:
    """nnU-Net's predictor with its defaults and our weights."""
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    plans = PlansManager(_nnunet_plans(spec))
    network = WindowedNetwork(spec)
    predictor = nnUNetPredictor(tile_step_size=0.5, use_gaussian=True, use_mirroring=mirroring,
                                device=torch.device("cpu"), allow_tqdm=False)
    predictor.manual_initialization(
        network, plans, plans.get_configuration("3d_fullres"), [network.state_dict()],
        {"labels": {key: index for index, key in enumerate(spec.labels)}, "channel_names": channel_names(spec),
         "file_ending": ".nii.gz"}, "nnUNetTrainer", (0, 1, 2))
    return predictor


def run_nnunet(volume: CTVolume, bundle: Bundle, networks: list[str], mirroring: bool = False) -> Callable[[], Labels]:
    from nnunetv2.inference import predict_from_raw_data  # noqa: F401  importing is not counted

    def run() -> Labels:
        labels: Labels = {}
        for name in networks:
            predictor = nnunet_predictor(getattr(bundle, name), mirroring)
            image = input_channels(volume, bundle, name, labels)
            labels[name] = predictor.predict_single_npy_array(image, {"spacing": volume.geometry.spacing_mm[::-1]})
        return labels
    return run


def channel_names(spec: NetworkSpec) -> dict[str, str]:
    """nnU-Net's names of the input channels."""
    names = ("CT", *("+".join(group) for group in spec.context), *(["against organs"] if spec.organ_reach_hu else []))
    return {str(number): name for number, name in enumerate(names)}


def _nnunet_plans(spec: NetworkSpec) -> dict[str, Any]:
    """The plans nnU-Net would have written for this network, with its default resampling."""
    resampling = {f"resampling_fn_{kind}": "resample_data_or_seg_to_shape" for kind in ("data", "seg", "probabilities")}
    options = {f"resampling_fn_{kind}_kwargs": {"is_seg": kind == "seg", "order": order, "order_z": 0,
                                                "force_separate_z": None}
               for kind, order in (("data", 3), ("seg", 1), ("probabilities", 1))}
    return {
        "dataset_name": "bench", "plans_name": "bench", "image_reader_writer": "SimpleITKIO",
        "transpose_forward": [0, 1, 2], "transpose_backward": [0, 1, 2], "label_manager": "LabelManager",
        "experiment_planner_used": "ExperimentPlanner",
        "foreground_intensity_properties_per_channel": {number: {} for number in channel_names(spec)},
        "configurations": {"3d_fullres": {
            "data_identifier": "bench", "preprocessor_name": "DefaultPreprocessor", "batch_size": 2,
            "patch_size": list(spec.patch_voxels), "spacing": [spec.spacing_mm] * 3,
            "normalization_schemes": ["NoNormalization"] * len(channel_names(spec)),
            "use_mask_for_norm": [False] * len(channel_names(spec)), "architecture": {},
            **resampling, **options}}}


METHODS = {"ours": run_ours, "monai": run_monai, "nnunet": run_nnunet}


def read_in_patient_order(path: Path, slices: Sequence[int] | None = None) -> CTVolume:
    """An image file or some of its axial slices, first and last but one counted from the feet.

    The other methods know nothing of the patient, so all get the same axes (S, P, L).
    """
    image = sitk.ReadImage(str(path))
    geometry = Geometry.from_sitk(image)
    hu, geometry = geometry.to_patient_order(sitk.GetArrayFromImage(image).astype(np.int16))
    first, last = slices or (0, len(hu))
    hu = np.ascontiguousarray(hu[first:last])
    return CTVolume(hu, geometry.crop((first, 0, 0), hu.shape))


def run_method(arguments: argparse.Namespace) -> None:
    """One method in this process: writes its labels, prints its cost as JSON in the last line."""
    torch.set_num_threads(arguments.threads)
    if arguments.quick_convolutions:
        nn.Conv3d.forward = QuickConv.forward  # type: ignore[assignment]
    volume = read_in_patient_order(arguments.ct, arguments.slices)
    options = {"mirroring": arguments.mirroring} if arguments.method == "nnunet" else {}
    run = METHODS[arguments.method](volume, load_bundle(arguments.bundle), arguments.networks, **options)
    wall, processor = time.perf_counter(), time.process_time()
    labels = run()
    cost = {"wall_s": time.perf_counter() - wall, "processor_s": time.process_time() - processor,
            "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9}
    np.savez(arguments.out, **labels)
    print(json.dumps(cost))


def agreement(one: np.ndarray, other: np.ndarray, names: tuple[str, ...]) -> str:
    """Dice of two label maps: foreground, all labels together, mean and worst of the labels above 1000 voxels."""
    classes = len(names)
    table = np.bincount(one.ravel().astype(np.int64) * classes + other.ravel(), minlength=classes**2)
    table = table.reshape(classes, classes)
    sizes = (table.sum(axis=1) + table.sum(axis=0))[1:]
    if not sizes.any():
        return "nothing found by either"
    shared = np.diag(table)[1:]
    each = {name: 2 * n / size for name, n, size in zip(names[1:], shared, sizes, strict=True) if size > 2000}
    worst = min(each, key=lambda name: each[name], default="")
    foreground, together = 2 * table[1:, 1:].sum() / sizes.sum(), 2 * shared.sum() / sizes.sum()
    text = f"foreground {foreground:.4f}, labels together {together:.4f}"
    return text + (f", mean {np.mean(list(each.values())):.4f}, worst {each[worst]:.4f} ({worst})" if each else "")


def compare(arguments: argparse.Namespace) -> None:
    """Run all methods one after the other and print the comparison."""
    bundle = load_bundle(arguments.bundle)
    costs: dict[str, dict[str, float]] = {}
    labels: dict[str, Labels] = {}
    slices = ["--slices", *map(str, arguments.slices)] if arguments.slices else []
    with tempfile.TemporaryDirectory() as folder:
        for method in arguments.methods:
            out = Path(folder) / f"{method}.npz"
            command = [sys.executable, __file__, str(arguments.ct), "--bundle", str(arguments.bundle), "--threads",
                       str(arguments.threads), "--networks", *arguments.networks, *slices,
                       "--method", method, "--out", str(out)]
            command += ["--mirroring"] * arguments.mirroring + ["--quick-convolutions"] * arguments.quick_convolutions
            finished = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE)
            costs[method] = json.loads(finished.stdout.splitlines()[-1])
            with np.load(out) as loaded:
                labels[method] = {name: loaded[name] for name in arguments.networks}
            print(f"{method} done: {costs[method]}", file=sys.stderr, flush=True)
    print(f"\n{arguments.ct.name}, {', '.join(arguments.networks)}, {arguments.threads} threads, "
          f"nnU-Net's mirroring {'on' if arguments.mirroring else 'off'}")
    print(f"{'':8}{'wall s':>9}{'proc. s':>9}{'peak GB':>9}{'x wall':>8}{'x proc.':>8}")
    for method, cost in costs.items():
        ratios = [cost[key] / costs[arguments.methods[0]][key] for key in ("wall_s", "processor_s")]
        print(f"{method:8}{cost['wall_s']:9.1f}{cost['processor_s']:9.1f}{cost['peak_gb']:9.2f}"
              f"{ratios[0]:8.1f}{ratios[1]:8.1f}")
    for name in arguments.networks:
        for one, other in combinations(labels, 2):
            print(f"{name}, Dice of {one} and {other}: "
                  + agreement(labels[one][name], labels[other][name], getattr(bundle, name).labels))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ct", type=Path)
    parser.add_argument("--bundle", type=Path, default=default_bundle_dir())
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--networks", nargs="+", choices=["anatomy", "lesion"], default=["anatomy", "lesion"],
                        help="a lesion network with context needs the anatomy first")
    parser.add_argument("--slices", type=int, nargs=2, metavar=("FROM", "TO"), help="axial slices, from the feet")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--mirroring", action="store_true", help="leave nnU-Net's default test-time mirroring on")
    parser.add_argument("--quick-convolutions", action="store_true", help="the other methods have ours, too")
    parser.add_argument("--method", choices=METHODS, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    run_method(arguments) if arguments.method else compare(arguments)


if __name__ == "__main__":
    main()

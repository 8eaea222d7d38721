"""The way of a CT through the networks: body, resampling, tiles, labels back on the grid of the CT."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.model.body import Body, find_body
from DuOncoUnityLib.model.borders import sharpen_borders
from DuOncoUnityLib.model.bundle import Bundle
from DuOncoUnityLib.model.cleaning import remove_stray_parts
from DuOncoUnityLib.model.context import Context, group_table, organ_medians
from DuOncoUnityLib.model.device import choose_device
from DuOncoUnityLib.model.labelling import LabelWriter
from DuOncoUnityLib.model.memory import kept_memory
from DuOncoUnityLib.model.muscle_sheets import remove_muscle_sheets
from DuOncoUnityLib.model.runner import STAGES, NetworkRunner
from DuOncoUnityLib.model.sampling import Grid, nearest, resample_hu
from DuOncoUnityLib.progress import Progress


@dataclass(frozen=True)
class Segmentation:
    """What the networks see on a CT.

    Attributes:
        anatomy: uint8 labels KJI on the grid and in the storage order of the CT; index into `anatomy_labels`.
        lesions: the same for `lesion_labels`: 0 background, 1 lesion, 2 lymph node.
        lesion_probability: uint8 KJI on the network's own grid, 255 = surely lesion or lymph node.
        lesion_probability_geometry: that grid (patient order, around the body only).
        body_box_kji: CT voxels around the body in storage order, half-open ranges.
        timings_s: seconds per stage.
        precision: number format per network ("bfloat16", "float32", "float16").
        warnings: sentences for the reader of the results.
    """

    anatomy: npt.NDArray[np.uint8]
    anatomy_labels: tuple[str, ...]
    lesions: npt.NDArray[np.uint8]
    lesion_labels: tuple[str, ...]
    lesion_probability: npt.NDArray[np.uint8]
    lesion_probability_geometry: Geometry
    body_box_kji: tuple[slice, slice, slice]
    device: str
    precision: dict[str, str]
    timings_s: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class Engine:
    """Runs a model bundle; keep one to analyse many scans.

    Args:
        bundle: the model.
        device: "auto", "cpu", "cuda" or "mps".
        threads: processor threads to use; None for torch's own choice.
    """

    def __init__(self, bundle: Bundle, device: str = "auto", threads: int | None = None) -> None:
        self.bundle = bundle
        place = choose_device(device)
        self._threads = threads
        # every organ voxel that rounding changes is told to the lesion network; on 3 mm voxels exactness costs little
        self._anatomy = NetworkRunner(bundle.anatomy, place, exact=True)
        self._lesion = NetworkRunner(bundle.lesion, place)

    def segment(self, volume: CTVolume, progress: Progress) -> Segmentation:
        """Label a CT.

        Raises:
            DuOncoError: no body on the scan, or too little memory.
            Cancelled: the user stopped the work.
        """
        before = torch.get_num_threads()
        torch.set_num_threads(self._threads or before)
        try:
            return self._segment(volume, progress)
        finally:
            torch.set_num_threads(before)

    def _segment(self, volume: CTVolume, progress: Progress) -> Segmentation:
        clock = _Clock()
        progress.update("Finding the body", 0.0)
        hu, geometry = volume.geometry.to_patient_order(volume.hu)
        body = find_body(hu, geometry.spacing_mm[::-1])
        clock.lap("body")
        anatomy = self._label(self._anatomy, volume, body, progress.part(0.02, 0.2))
        remove_stray_parts(anatomy, volume.geometry.spacing_mm[::-1], self.bundle.anatomy.labels)
        organs = volume.geometry.to_patient_order(anatomy)[0]
        sharpen_borders(organs[body.box], hu[body.box], geometry.spacing_mm[::-1], self.bundle.anatomy.labels)
        remove_muscle_sheets(organs, geometry.spacing_mm[::-1], self.bundle.anatomy.labels, body.box)
        clock.lap("anatomy")
        grid = Grid.covering(body.box, geometry.spacing_mm[::-1], self.bundle.lesion.spacing_mm)
        probability = np.empty(grid.shape, dtype=np.uint8)
        lesions = self._label(self._lesion, volume, body, progress.part(0.2, 1.0), probability,
                              organs)
        clock.lap("lesion")
        runners = (self._anatomy, self._lesion)
        _, body_box = volume.geometry.from_patient_order(hu[body.box], body.box)
        return Segmentation(
            anatomy, self.bundle.anatomy.labels, lesions, self.bundle.lesion.labels, probability,
            grid.geometry(geometry), body_box, self._lesion.device.type,
            {runner.spec.name: str(runner.dtype).removeprefix("torch.") for runner in runners}, clock.seconds,
            tuple(dict.fromkeys(warning for runner in runners for warning in runner.warnings)))

    def _label(self, runner: NetworkRunner, volume: CTVolume, body: Body, progress: Progress,
               probability: npt.NDArray[np.uint8] | None = None,
               organs: npt.NDArray[np.uint8] | None = None) -> npt.NDArray[np.uint8]:
        """Labels on the grid of the CT in its storage order.

        Fills `probability` on the network's grid if wanted; `organs` are those of the CT in patient order.
        """
        progress.update(STAGES[runner.spec.name], 0.0)
        hu, geometry = volume.geometry.to_patient_order(volume.hu)
        grid = Grid.covering(body.box, geometry.spacing_mm[::-1], runner.spec.spacing_mm)
        labels = np.zeros(volume.hu.shape, dtype=np.uint8)
        writer = LabelWriter(volume.geometry.to_patient_order(labels)[0], grid, body.box)
        done = 0
        body_mask = nearest(body.mask, body.grid, grid)
        resampled = resample_hu(hu, grid)
        context = self._context(resampled, organs, grid) if organs is not None else None
        with kept_memory():
            for block in runner.logits(resampled, body_mask, progress, context):
                writer.write(block)
                if probability is not None:
                    probability[done:done + len(block)] = _foreground(block)
                done += len(block)
        return labels

    def _context(self, hu: npt.NDArray[np.int16], organs: npt.NDArray[np.uint8], grid: Grid) -> Context | None:
        """What the lesion network wants to know of the organs, if anything; the density lies on its grid."""
        spec = self._lesion.spec
        if not spec.context:
            return None
        there = nearest(organs, Grid.of_voxels(organs.shape), grid)
        return Context(there, group_table(self.bundle.anatomy.labels, spec.context), spec.organ_reach_hu,
                       organ_medians(hu, there) if spec.organ_reach_hu else None)


def _foreground(logits: Tensor) -> npt.NDArray[np.uint8]:
    """Probability of anything but background, 255 = 1, from logits (slices, rows, columns, classes)."""
    background, *others = logits.unbind(-1)
    odds = reduce(torch.add, ((other - background).exp_() for other in others))
    return odds.add_(1).reciprocal_().neg_().add_(1).mul_(255).round_().to(torch.uint8).numpy()


class _Clock:
    """Seconds per stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = now - self._last
        self._last = now

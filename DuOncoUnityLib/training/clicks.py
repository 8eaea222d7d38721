"""Training samples of the click network: one lesion among others, at one of its scales of view, and clicks in it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from DuOncoUnityLib.model.prompts import click_channels
from DuOncoUnityLib.training.ct_physics import acquire, correlated_noise, random_scanner, thick_slices
from DuOncoUnityLib.training.disease import (
    ANYWHERE,
    SITES,
    Rng,
    Site,
    as_triple,
    grow_lesion,
    random_lesion,
    site_mask_table,
)
from DuOncoUnityLib.training.label_bank import BankEntry
from DuOncoUnityLib.training.samples import (
    FloatArray,
    SampleOptions,
    deformed_body,
    grow_disease,
    patch_axes_mm,
)
from DuOncoUnityLib.training.structures import CODE, LabelArray

RANDOM_TISSUE_PROBABILITY = 0.06
SMALLEST_LESION_MM, SMALLEST_LESION_VOXELS, LARGEST_LESION_VOXELS = 5.0, 5.0, 38.0
JITTER_VOXELS = 3
LARGEST_NOISE_HU = 22.0  # at the voxel size of the view; more hides the lesions that a person would click on
THE_LESION, ANOTHER = 1, 2


@dataclass(frozen=True)
class ClickOptions:
    """What the click network learns from; `body.spacing_mm` is replaced by one of the scales.

    Attributes:
        body: patch, windows and mirroring.
        scales_mm: voxel sizes of the views; a sample deviates a little from one of them.
    """

    body: SampleOptions
    scales_mm: tuple[float, ...]


def make_click_sample(bank: list[BankEntry], options: ClickOptions, seed: int,
                      number: int) -> tuple[FloatArray, LabelArray]:
    """Sample `number` of the stream `seed`: windows and prompts (channel, k, j, i), and the mask (k, j, i)."""
    rng = np.random.default_rng([seed, number])
    while True:
        scale = float(rng.choice(options.scales_mm) * np.exp(rng.normal(0.0, 0.12)))
        sample = _attempt(bank, replace(options.body, spacing_mm=scale), rng)
        if sample is not None:
            return sample


def _attempt(bank: list[BankEntry], options: SampleOptions, rng: Rng) -> tuple[FloatArray, LabelArray] | None:
    """A sample, or None where no lesion could grow at the centre of the patch."""
    spacing = np.full(3, options.spacing_mm)
    scanner = random_scanner(rng)
    scanner = replace(scanner, noise_hu=min(scanner.noise_hu, LARGEST_NOISE_HU))
    simulated = True
    if rng.random() < RANDOM_TISSUE_PROBABILITY:
        labels, hu = _random_tissue(options.patch_voxels, rng)
    else:
        body = deformed_body(bank, options, scanner.phase, rng)
        labels, hu, simulated = body.labels, body.hu, body.simulated
    axes = patch_axes_mm(options)
    disease = np.zeros_like(labels)
    grow_disease(SITES, int(rng.poisson(1.0)), labels, hu, disease, axes, rng, value=ANOTHER)
    if not _grow_the_lesion(labels, hu, disease, axes, options.spacing_mm, rng):
        return None
    click = _voxel_near_centre(disease == THE_LESION)
    if click is None:
        return None
    parts, _ = ndimage.label(disease == THE_LESION)
    mask = parts == parts[click]
    hu = acquire(hu, spacing, scanner, rng).astype(np.float32) if simulated else hu
    hu = thick_slices(hu, options.spacing_mm, scanner.slice_mm, rng)
    positive, negative = more_clicks(mask, click, rng)
    image = click_channels(hu, options.input_windows_hu, positive, negative)
    classes = mask.astype(np.uint8)
    for axis in (1, 2, 3):
        if rng.random() < 0.5:
            image, classes = np.flip(image, axis), np.flip(classes, axis - 1)
    return np.ascontiguousarray(image), np.ascontiguousarray(classes)


def _grow_the_lesion(labels: LabelArray, hu: FloatArray, disease: LabelArray,
                     axes: tuple[FloatArray, FloatArray, FloatArray], spacing_mm: float, rng: Rng) -> bool:
    """Grow a lesion of random size that holds the centre of the patch; False where there is no room for one."""
    middle = tuple(n // 2 + int(rng.integers(-JITTER_VOXELS, JITTER_VOXELS + 1)) for n in labels.shape)
    host = labels[middle]
    if host == CODE["air"]:
        return False
    site = _site_of(int(host), rng)
    smallest = max(SMALLEST_LESION_VOXELS * min(spacing_mm, 2.0) ** 0.5, SMALLEST_LESION_MM / spacing_mm)
    size = np.exp(rng.uniform(np.log(smallest), np.log(LARGEST_LESION_VOXELS))) * spacing_mm
    lesion = random_lesion(site, (0.0, 0.0, 0.0), rng)
    radii = np.array(lesion.radii_mm) * (size / 2 / max(lesion.radii_mm))
    direction = rng.normal(0.0, 1.0, 3)
    offset = direction / np.linalg.norm(direction) * rng.random() * 0.95 * radii.min()
    place = np.array([axes[0][middle[2]], axes[1][middle[1]], axes[2][middle[0]]])
    lesion = replace(lesion, radii_mm=as_triple(radii), centre_mm=as_triple(place + offset))
    grown = grow_lesion(lesion, labels, hu, disease, THE_LESION, axes, rng, only_visible=True)
    if rng.random() < 0.15:  # confluent with a second one of the same look
        second = replace(lesion, centre_mm=as_triple(place + offset + rng.uniform(-0.9, 0.9, 3) * radii),
                         seed=lesion.seed + 1).scaled(float(rng.uniform(0.4, 0.9)))
        grown += grow_lesion(second, labels, hu, disease, THE_LESION, axes, rng, only_visible=True)
    return grown > 0


def _site_of(host: int, rng: Rng) -> Site:
    own = [site for site in SITES if site_mask_table(site)[host]]
    if not own or (rng.random() < 0.25 and host != CODE["lung"]):
        return ANYWHERE
    return own[int(rng.integers(len(own)))]


def _voxel_near_centre(mask: npt.NDArray[np.bool_]) -> tuple[int, int, int] | None:
    """A voxel of the mask at most a few voxels from the centre of the patch."""
    centre = np.array(mask.shape) // 2
    box = tuple(slice(c - JITTER_VOXELS, c + JITTER_VOXELS + 1) for c in centre)
    inside = np.argwhere(mask[box])
    if not len(inside):
        return None
    near = inside[np.argmin(((inside - JITTER_VOXELS) ** 2).sum(1))] + centre - JITTER_VOXELS
    return int(near[0]), int(near[1]), int(near[2])


def more_clicks(mask: npt.NDArray[np.bool_], first: tuple[int, int, int],
                rng: Rng) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Positive clicks (n, 3), the first one first, and negative clicks just outside of the lesion."""
    positive = np.array([first])
    negative = np.empty((0, 3), dtype=np.int64)
    if rng.random() < 0.25:
        inside = np.argwhere(mask)
        positive = np.concatenate((positive, inside[rng.integers(len(inside), size=int(rng.integers(1, 3)))]))
    if rng.random() < 0.25:
        distance = ndimage.distance_transform_edt(~mask)
        outside = np.argwhere((distance > 1.8) & (distance < 6.0))
        if len(outside):
            negative = outside[rng.integers(len(outside), size=int(rng.integers(1, 3)))]
    return positive, negative


def _random_tissue(shape: tuple[int, int, int], rng: Rng) -> tuple[LabelArray, FloatArray]:
    """Blobs of random density: no anatomy, but every kind of edge (AnyStar, arXiv:2307.07044).

    Labels are soft tissue, so that a lesion may grow everywhere.
    """
    count = int(rng.integers(3, 9))
    grain = rng.uniform(2.0, 7.0)
    fields = np.stack([correlated_noise(shape, grain, rng) for _ in range(count)])
    density = np.where(rng.random(count) < 0.15, rng.uniform(-900, -200, count), rng.uniform(-130, 190, count))
    density = np.where(rng.random(count) < 0.1, rng.uniform(200, 900, count), density).astype(np.float32)
    hu = density[fields.argmax(0)] + rng.uniform(2.0, 15.0) * correlated_noise(shape, 1.0, rng)
    return np.full(shape, CODE["soft_tissue"], dtype=np.uint8), hu.astype(np.float32)

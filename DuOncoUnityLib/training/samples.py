"""Training samples made on the fly: a deformed patch of a body, with disease, as a scanner would show it.

Only the patch is generated: affine and elastic deformation are composed on the patch grid, and the label map is read
there. A sample depends on nothing but the seed and its number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from DuOncoUnityLib.model.context import context_channels
from DuOncoUnityLib.training.ct_physics import (
    acquire,
    add_table,
    correlated_noise,
    paint_density,
    random_scanner,
    thick_slices,
)
from DuOncoUnityLib.training.disease import (
    BENIGN_SITES,
    SITES,
    Rng,
    Site,
    choose_site,
    grow_lesion,
    random_lesion,
    site_mask_table,
)
from DuOncoUnityLib.training.label_bank import BANK_SPACING_MM, BankEntry
from DuOncoUnityLib.training.structures import CODE, LabelArray, Phase

FloatArray = npt.NDArray[np.float32]
OUTSIDE_SCAN_HU = -1024
BENIGN_PROBABILITY = 0.5
UNUSUAL_PROBABILITY, UNUSUAL_SPREAD = 0.35, 2.5  # persons whose organs deviate more than usual (fatty liver, ...)
PATCH_OF_FEW_LESIONS_MM, MOST_LESIONS = 72.0, 3.0  # a larger patch holds more of them, up to three times as many
LESION_CLASS = {"benign": 0, "lesion": 1, "lymph_node": 2}

# patches centre mostly on organs, less often on muscle and fat under the skin, sometimes on the air around the body
_CENTRE_CHANCE = np.ones(256)
_CENTRE_CHANCE[[CODE["muscle"], CODE["subcutaneous_fat"], CODE["skin"]]] = 0.35
_CENTRE_CHANCE[CODE["air"]] = 0.04


@dataclass(frozen=True)
class SampleOptions:
    """What samples a network learns from.

    Attributes:
        spacing_mm: isotropic voxel size.
        patch_voxels: (k, j, i).
        input_windows_hu: one channel each, scaled linearly to -1..1 and clipped.
        target: 256-entry table from structure to class, or None to learn lesions (1) and nodes (2).
        lesion_probability: share of samples with disease.
        mirror: whether left and right may be swapped.
        context_groups: 256-entry table from structure to group of organs (`model.context`), which then come as further
            channels; None for none.
    """

    spacing_mm: float
    patch_voxels: tuple[int, int, int]
    input_windows_hu: tuple[tuple[float, float], ...]
    target: LabelArray | None
    lesion_probability: float
    mirror: bool
    context_groups: LabelArray | None = None


@dataclass(frozen=True)
class DeformedBody:
    """A patch of a body before disease and scanner.

    Attributes:
        labels: uint8 structures (k, j, i).
        hu: density (k, j, i); without noise where simulated.
        inside: voxels between the first and the last slice of the body's scan.
        simulated: False for a real scan as background.
    """

    labels: LabelArray
    hu: FloatArray
    inside: npt.NDArray[np.bool_]
    simulated: bool


def make_sample(bank: list[BankEntry], options: SampleOptions, seed: int, number: int) -> tuple[FloatArray, LabelArray]:
    """Sample `number` of the stream `seed`: image (channel, k, j, i) in -1..1 and classes (k, j, i)."""
    rng = np.random.default_rng([seed, number])
    scanner = random_scanner(rng)
    body = deformed_body(bank, options, scanner.phase, rng)
    labels, hu = body.labels, body.hu
    axes = patch_axes_mm(options)
    disease = np.zeros_like(labels)
    density = min(options.spacing_mm * max(options.patch_voxels) / PATCH_OF_FEW_LESIONS_MM, MOST_LESIONS)
    if rng.random() < BENIGN_PROBABILITY:
        grow_disease(BENIGN_SITES, 1 + rng.poisson(1.5 * density), labels, hu, disease, axes, rng)
    if rng.random() < options.lesion_probability:
        grow_disease(SITES, 2 + rng.poisson(2.5 * density), labels, hu, disease, axes, rng)
    if body.simulated:
        hu = acquire(hu, np.full(3, options.spacing_mm), scanner, rng).astype(np.float32)
    hu = thick_slices(hu, options.spacing_mm, scanner.slice_mm, rng)
    inside = body.inside & _cropped_field(options, rng)
    hu[~inside] = OUTSIDE_SCAN_HU
    classes = disease if options.target is None else options.target[labels]
    classes[~inside] = 0
    image = to_channels(hu, options.input_windows_hu)
    if options.context_groups is not None:
        image = np.concatenate((image, rough_context(labels, disease, inside, options.context_groups, rng)))
    if options.mirror and rng.random() < 0.5:
        image, classes = image[..., ::-1].copy(), classes[..., ::-1].copy()
    return image, classes


def patch_axes_mm(options: SampleOptions) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Positions of the columns (x), rows (y) and slices (z) of a patch around its centre."""
    x, y, z = (((np.arange(n) - n / 2) * options.spacing_mm).astype(np.float32) for n in options.patch_voxels[::-1])
    return x, y, z


def deformed_body(bank: list[BankEntry], options: SampleOptions, phase: Phase, rng: Rng) -> DeformedBody:
    """A randomly placed and deformed patch of one of the bodies."""
    weights = np.array([entry.weight for entry in bank])
    entry = bank[int(rng.choice(len(bank), p=weights / weights.sum()))]
    index = _deformed_grid(entry, options, rng)
    labels, inside = _look_up(entry.labels, index)
    if entry.hu is not None:
        hu = ndimage.map_coordinates(entry.hu, index, np.float32, order=1, cval=OUTSIDE_SCAN_HU)
        return DeformedBody(labels, hu + rng.normal(0.0, rng.uniform(0.0, 12.0), hu.shape).astype(np.float32), inside,
                            simulated=False)
    spread = UNUSUAL_SPREAD if rng.random() < UNUSUAL_PROBABILITY else 1.0
    hu = paint_density(labels, np.full(3, options.spacing_mm), phase, rng, rng, spread)
    if rng.random() < 0.6:
        x, y, _ = patch_axes_mm(options)
        add_table(hu, labels, y, x + np.float32(rng.normal(0.0, 60.0)))
    return DeformedBody(labels, hu, inside, simulated=True)


def rough_context(labels: LabelArray, disease: LabelArray, inside: npt.NDArray[np.bool_], groups: LabelArray,
                  rng: Rng) -> FloatArray:
    """Anatomy as the lesion network is told it: one channel per group of organs, as wrong as a network's.

    Args:
        labels: structures (k, j, i).
        disease: where lesions, nodes and benign findings lie: the anatomy network takes them for anything.
        inside: voxels that the scan covers.
        groups: 256-entry table from structure to group, 0 for none.
    """
    shift = rng.integers(-2, 3, 3)
    grouped = groups[np.roll(labels, shift, (0, 1, 2))]
    if rng.random() < 0.5:  # organs of the anatomy network are smooth
        grouped = np.repeat(np.repeat(np.repeat(grouped[1::3, 1::3, 1::3], 3, 0), 3, 1), 3, 2)
        grouped = np.pad(grouped, [(0, max(n - m, 0)) for n, m in zip(labels.shape, grouped.shape, strict=True)],
                         mode="edge")[tuple(slice(n) for n in labels.shape)]
    if rng.random() < 0.6:
        wrong = (disease > 0) & (correlated_noise(labels.shape, 4.0, rng) > rng.normal(0.0, 0.7))
        grouped[wrong] = rng.integers(0, int(groups.max()) + 1)
    if rng.random() < 0.3:  # an organ that the network misses or takes for another one
        present = np.unique(grouped)
        grouped[grouped == rng.choice(present)] = rng.choice(present)
    grouped[~inside] = 0
    return context_channels(grouped, int(groups.max()))


def to_channels(hu: npt.NDArray, windows_hu: tuple[tuple[float, float], ...]) -> FloatArray:
    """Windows of the density, each scaled linearly to -1..1 and clipped: (channel, k, j, i)."""
    channels = [np.clip((hu - low) * (2.0 / (high - low)) - 1.0, -1.0, 1.0) for low, high in windows_hu]
    return np.stack(channels).astype(np.float32)


def _deformed_grid(entry: BankEntry, options: SampleOptions, rng: Rng) -> FloatArray:
    """Bank indices (3, k, j, i) of a randomly placed, turned, scaled and elastically deformed patch."""
    shape = np.array(entry.labels.shape)
    centre = rng.uniform(0.0, 1.0, 3) * shape
    for _ in range(20):
        if rng.random() < _CENTRE_CHANCE[entry.labels[tuple(centre.astype(int))]]:
            break
        centre = rng.uniform(0.0, 1.0, 3) * shape
    angles = rng.normal(0.0, np.deg2rad((5.0, 5.0, 5.0)))
    matrix = rotation(angles) * (np.exp(rng.normal(0.0, 0.12)) * np.exp(rng.normal(0.0, 0.1, 3)))
    steps = [(np.arange(n, dtype=np.float32) - (n - 1) / 2) * options.spacing_mm for n in options.patch_voxels]
    matrix = matrix.astype(np.float32) / BANK_SPACING_MM
    grid = np.empty((3, *options.patch_voxels), dtype=np.float32)
    for axis in range(3):
        grid[axis] = (matrix[axis, 0] * steps[0][:, None, None] + matrix[axis, 1] * steps[1][:, None]
                      + matrix[axis, 2] * steps[2] + centre[axis])
    extent = max(options.patch_voxels) * options.spacing_mm
    for wavelength_mm, amplitude_mm in ((90.0, rng.uniform(0.0, 12.0)), (32.0, rng.uniform(0.0, 3.0))):
        knots = max(int(extent / wavelength_mm), 1) + 3
        grid += _elastic(options.patch_voxels, knots, amplitude_mm / BANK_SPACING_MM, rng)
    return grid


def rotation(angles: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Rotation matrix (3, 3) for index axes (k, j, i): by three angles in radians, one after the other."""
    turn = np.eye(3)
    for axis, angle in enumerate(angles):
        a, b = (n for n in range(3) if n != axis)
        step = np.eye(3)
        step[a, a] = step[b, b] = np.cos(angle)
        step[a, b], step[b, a] = -np.sin(angle), np.sin(angle)
        turn = turn @ step
    return turn


def _elastic(shape: tuple[int, int, int], knots: int, amplitude: float, rng: Rng) -> FloatArray:
    """Smooth random displacement (3, k, j, i) of a uniform cubic B-spline grid, separable."""
    control = rng.normal(0.0, amplitude * 1.8, (3, knots, knots, knots)).astype(np.float32)
    basis_k, basis_j, basis_i = (_spline_basis(n, knots) for n in shape)
    field = np.tensordot(control, basis_i, axes=(3, 1))  # (3, a, b, i)
    field = np.tensordot(field, basis_j, axes=(2, 1))  # (3, a, i, j)
    field = np.tensordot(field, basis_k, axes=(1, 1))  # (3, i, j, k)
    return np.asarray(field.transpose(0, 3, 2, 1))


def _spline_basis(length: int, knots: int) -> FloatArray:
    """Weights (length, knots) of uniform cubic B-splines."""
    position = np.linspace(1.0, knots - 2.0, length)[:, None] - np.arange(knots)
    distance = np.abs(position)
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = np.maximum(2.0 - distance, 0.0) ** 3 / 6
    return np.where(distance < 1.0, near, far).astype(np.float32)


def _look_up(volume: LabelArray, index: FloatArray) -> tuple[LabelArray, npt.NDArray[np.bool_]]:
    """Nearest voxels, 0 (air) outside; and which voxels lie between the first and the last slice of the scan."""
    nearest = np.rint(index).astype(np.int32)
    inside = (nearest[0] >= 0) & (nearest[0] < volume.shape[0])
    valid = inside.copy()
    for axis in (1, 2):
        valid &= (nearest[axis] >= 0) & (nearest[axis] < volume.shape[axis])
    for axis in range(3):
        np.clip(nearest[axis], 0, volume.shape[axis] - 1, out=nearest[axis])
    labels = volume[nearest[0], nearest[1], nearest[2]]
    labels[~valid] = 0
    return labels, inside


def _cropped_field(options: SampleOptions, rng: Rng) -> npt.NDArray[np.bool_]:
    """True where the scan covers the patch: sometimes it ends above or below."""
    covered = np.ones(options.patch_voxels, dtype=bool)
    if rng.random() < 0.25:
        end = int(rng.integers(options.patch_voxels[0] // 4, options.patch_voxels[0]))
        covered[end:] = False
        if rng.random() < 0.5:
            covered = covered[::-1].copy()
    return covered


def grow_disease(sites: tuple[Site, ...], count: int, labels: LabelArray, hu: FloatArray, disease: LabelArray,
                 axes: tuple[FloatArray, FloatArray, FloatArray], rng: Rng, *, value: int | None = None) -> None:
    """Grow random lesions of some sites into a patch, in place.

    Args:
        sites: where, of those that the patch holds.
        count: how many.
        labels, hu, disease: structures, density and lesion map (k, j, i).
        axes: see `patch_axes_mm`.
        value: to write into `disease`; None for `LESION_CLASS`.
    """
    present = np.bincount(labels.ravel(), minlength=256) > 0
    possible = [site for site in sites if present[site_mask_table(site)].any()]
    for _ in range(count if possible else 0):
        site = choose_site(rng, possible)
        host = np.argwhere(site_mask_table(site)[labels])
        k, j, i = host[rng.integers(len(host))]
        lesion = random_lesion(site, (axes[0][i], axes[1][j], axes[2][k]), rng, largest_mm=110.0)
        grow_lesion(lesion, labels, hu, disease, LESION_CLASS[site.layer] if value is None else value, axes, rng,
                    only_visible=True)

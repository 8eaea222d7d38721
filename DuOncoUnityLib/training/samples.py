"""Training samples made on the fly: a deformed patch of a body, with disease, as a scanner would show it.

Only the patch is generated: affine and elastic deformation are composed on the patch grid, and the label map is read
there. A sample depends on nothing but the seed and its number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from DuOncoUnityLib.model.context import Context, organ_medians
from DuOncoUnityLib.terminology import ORGANS
from DuOncoUnityLib.training.ct_physics import (
    Scanner,
    acquire,
    add_table,
    paint_density,
    random_scanner,
    thick_slices,
)
from DuOncoUnityLib.training.disease import Host, choose_site, grow_lesion, random_lesion, site_mask_table
from DuOncoUnityLib.training.distributions import Normal, Rng, uniform
from DuOncoUnityLib.training.generator import Count, Generator, Patches, Site
from DuOncoUnityLib.training.label_bank import BANK_SPACING_MM, BankEntry
from DuOncoUnityLib.training.lean import fill_fat
from DuOncoUnityLib.training.structures import STRUCTURES, LabelArray, table_of
from DuOncoUnityLib.training.told_organs import rough_organs

FloatArray = npt.NDArray[np.float32]
OUTSIDE_SCAN_HU = -1024
CENTRE_TRIES = 20
VOXELS_A_TRY = 20_000
ORGAN_OF = np.array([["", *ORGANS].index(structure.organ) for structure in STRUCTURES], np.uint8)
LESION_CLASS = {"benign": 0, "lesion": 1, "lymph_node": 2}


@dataclass(frozen=True)
class SampleOptions:
    """What samples a network learns from.

    Attributes:
        generator: from what the samples are drawn.
        spacing_mm: isotropic voxel size.
        patch_voxels: (k, j, i).
        input_windows_hu: one channel each, scaled linearly to -1..1 and clipped.
        target: 256-entry table from structure to class, or None to learn lesions (1) and nodes (2).
        lesion_probability: share of samples with disease.
        mirror: whether left and right may be swapped.
        context_groups: 256-entry table from organ to group of organs (`model.context`), which then come as further
            channels; None for none.
        organ_reach_hu: reach of the channel of the density against the median of its organ; 0 for none.
    """

    generator: Generator
    spacing_mm: float
    patch_voxels: tuple[int, int, int]
    input_windows_hu: tuple[tuple[float, float], ...]
    target: LabelArray | None
    lesion_probability: float
    mirror: bool
    context_groups: LabelArray | None = None
    organ_reach_hu: float = 0.0

    @property
    def extent_mm(self) -> float:
        """The longest side of a patch."""
        return max(self.patch_voxels) * self.spacing_mm


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

    def as_host(self, options: SampleOptions) -> Host:
        """For disease to grow in; the density is changed in place."""
        return Host(self.labels, self.hu, np.zeros_like(self.labels), patch_axes_mm(options))


def make_sample(bank: list[BankEntry], options: SampleOptions, seed: int, number: int) -> tuple[FloatArray, LabelArray]:
    """Sample `number` of the stream `seed`: image (channel, k, j, i) in -1..1 and classes (k, j, i)."""
    rng = np.random.default_rng([seed, number])
    numbers = options.generator
    scanner = random_scanner(numbers.scanners, rng)
    diseased = rng.random() < options.lesion_probability
    site = None
    if diseased and rng.random() < numbers.patches.at_site_share:
        site = choose_site(numbers.disease.sites, rng)
    body = deformed_body(bank, options, scanner, rng, site)
    host = body.as_host(options)
    if rng.random() < numbers.patches.look_alike_share:
        count = _count(numbers.patches.look_alikes, options, rng)
        grow_disease(numbers.disease.look_alikes, count, host, numbers, rng)
    if diseased:
        count = _count(numbers.patches.lesions, options, rng)
        if site is not None:
            at_site = (count + 1) // 2
            grow_disease((site,), at_site, host, numbers, rng)
            count -= at_site
        grow_disease(numbers.disease.sites, count, host, numbers, rng)
    hu = scanned(host.hu, options, scanner, rng, simulated=body.simulated)
    inside = body.inside & _cropped_field(options, rng)
    hu[~inside] = OUTSIDE_SCAN_HU
    classes = host.mask if options.target is None else options.target[body.labels]
    classes[~inside] = 0
    image = to_channels(hu, options.input_windows_hu)
    if options.context_groups is not None:
        organs = rough_organs(ORGAN_OF[body.labels], host.mask, inside, numbers.patches.context, rng)
        medians = None
        if options.organ_reach_hu:
            medians = _scan_medians(hu, body.labels, host.mask, numbers.patches.context.organs_elsewhere_hu, rng)
        context = Context(organs, options.context_groups, options.organ_reach_hu, medians)
        image = np.concatenate((image, context.channels(hu)))
    if options.mirror and rng.random() < 0.5:
        image, classes = image[..., ::-1].copy(), classes[..., ::-1].copy()
    return image, classes


def patch_axes_mm(options: SampleOptions) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Positions of the columns (x), rows (y) and slices (z) of a patch around its centre."""
    x, y, z = (((np.arange(n) - n / 2) * options.spacing_mm).astype(np.float32) for n in options.patch_voxels[::-1])
    return x, y, z


def _count(count: Count, options: SampleOptions, rng: Rng) -> int:
    """How many findings a patch gets: a large one more than a small one."""
    patches = options.generator.patches
    size = min(options.extent_mm / patches.few_lesions_mm, patches.most_lesions)
    return count.least + int(rng.poisson(count.further_mean * size))


def deformed_body(bank: list[BankEntry], options: SampleOptions, scanner: Scanner, rng: Rng,
                  site: Site | None = None) -> DeformedBody:
    """A randomly placed and deformed patch of one of the bodies, around a site of disease if one is given."""
    densities, scanners = options.generator.densities, options.generator.scanners
    weights = np.array([entry.weight for entry in bank])
    entry = bank[int(rng.choice(len(bank), p=weights / weights.sum()))]
    index = _deformed_grid(entry, options, rng, site)
    labels, inside = _look_up(entry.labels, index)
    if entry.hu is not None:
        hu = ndimage.map_coordinates(entry.hu, index, np.float32, order=1, cval=OUTSIDE_SCAN_HU)
        noise = rng.normal(0.0, uniform(scanners.real_background_noise_hu, rng), hu.shape).astype(np.float32)
        return DeformedBody(labels, hu + noise, inside, simulated=False)
    lean = options.generator.patches.lean
    if lean.share and rng.random() < lean.share:
        fill_fat(labels, lean, options.spacing_mm, rng)
    spread = densities.unusual_spread if rng.random() < densities.unusual_share else 1.0
    hu = paint_density(labels, np.full(3, options.spacing_mm), densities, scanner, rng, rng, spread)
    if rng.random() < scanners.table_share:
        x, y, _ = patch_axes_mm(options)
        add_table(hu, labels, y, x + np.float32(rng.normal(0.0, scanners.table_shift_sd_mm)))
    return DeformedBody(labels, hu, inside, simulated=True)


def scanned(hu: FloatArray, options: SampleOptions, scanner: Scanner, rng: Rng, *, simulated: bool) -> FloatArray:
    """The patch as its slices show it: resolution and noise of the scanner, which a real background already has."""
    if simulated:
        hu = acquire(hu, np.full(3, options.spacing_mm), scanner, rng).astype(np.float32)
    return thick_slices(hu, options.spacing_mm, scanner.slice_mm, options.generator.scanners, rng)


def _scan_medians(hu: FloatArray, labels: LabelArray, disease: LabelArray, elsewhere_hu: Normal,
                  rng: Rng) -> FloatArray:
    """Median density of every organ: of the patch, as if it stood for the scan; some value for organs elsewhere."""
    healthy = disease == 0
    medians = organ_medians(hu[healthy], ORGAN_OF[labels[healthy]])
    elsewhere = np.isnan(medians[1:])
    medians[1:][elsewhere] = [elsewhere_hu.draw(rng) for _ in range(int(elsewhere.sum()))]
    return medians


def to_channels(hu: npt.NDArray, windows_hu: tuple[tuple[float, float], ...]) -> FloatArray:
    """Windows of the density, each scaled linearly to -1..1 and clipped: (channel, k, j, i)."""
    channels = [np.clip((hu - low) * (2.0 / (high - low)) - 1.0, -1.0, 1.0) for low, high in windows_hu]
    return np.stack(channels).astype(np.float32)


def _deformed_grid(entry: BankEntry, options: SampleOptions, rng: Rng, site: Site | None) -> FloatArray:
    """Bank indices (3, k, j, i) of a randomly placed, turned, scaled and elastically deformed patch."""
    patches = options.generator.patches
    centre = _place_of(site, entry.labels, rng) if site is not None else None
    if centre is None:
        centre = _patch_centre(entry.labels, patches, rng)
    angles = rng.normal(0.0, np.deg2rad(patches.turn_sd_deg), 3)
    matrix = rotation(angles) * (np.exp(rng.normal(0.0, patches.size_sd))
                                 * np.exp(rng.normal(0.0, patches.stretch_sd, 3)))
    steps = [(np.arange(n, dtype=np.float32) - (n - 1) / 2) * options.spacing_mm for n in options.patch_voxels]
    matrix = matrix.astype(np.float32) / BANK_SPACING_MM
    grid = np.empty((3, *options.patch_voxels), dtype=np.float32)
    for axis in range(3):
        grid[axis] = (matrix[axis, 0] * steps[0][:, None, None] + matrix[axis, 1] * steps[1][:, None]
                      + matrix[axis, 2] * steps[2] + centre[axis])
    amplitudes_mm = [uniform(band.amplitude_mm, rng) for band in patches.elastic]
    for band, amplitude_mm in zip(patches.elastic, amplitudes_mm, strict=True):
        knots = max(int(options.extent_mm / band.wavelength_mm), 1) + 3
        grid += _elastic(options.patch_voxels, knots, amplitude_mm / BANK_SPACING_MM, rng)
    return grid


def _patch_centre(labels: LabelArray, patches: Patches, rng: Rng) -> npt.NDArray[np.float64]:
    """Where a patch lies in a body: mostly on organs, less often on muscle and fat, sometimes on air."""
    chance = table_of(patches.centre_shares, 1.0)
    centre = rng.uniform(0.0, 1.0, 3) * labels.shape
    for _ in range(CENTRE_TRIES):
        if rng.random() < chance[labels[tuple(centre.astype(int))]]:
            break
        centre = rng.uniform(0.0, 1.0, 3) * labels.shape
    return np.asarray(centre)


def _place_of(site: Site, labels: LabelArray, rng: Rng) -> npt.NDArray[np.float64] | None:
    """Indices of a voxel where disease of a site may grow; None where the body has hardly any.

    Laid anywhere, few patches would hold a spleen or an adrenal gland, and a network would not learn their disease.
    """
    table, voxels = site_mask_table(site), labels.reshape(-1)
    for _ in range(CENTRE_TRIES):
        places = rng.integers(voxels.size, size=VOXELS_A_TRY)
        fitting = places[table[voxels[places]]]
        if fitting.size:
            return np.array(np.unravel_index(fitting[0], labels.shape), dtype=np.float64)
    return None


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
    if rng.random() < options.generator.patches.cropped_share:
        end = int(rng.integers(options.patch_voxels[0] // 4, options.patch_voxels[0]))
        covered[end:] = False
        if rng.random() < 0.5:
            covered = covered[::-1].copy()
    return covered


def grow_disease(sites: tuple[Site, ...], count: int, host: Host, generator: Generator, rng: Rng, *,
                 value: int | None = None) -> None:
    """Grow random lesions of some sites into a patch.

    Args:
        sites: where, of those that the patch holds.
        count: how many.
        host: the patch; its density and mask are changed.
        generator: what lesions look like.
        rng: decides.
        value: to write into the mask; None for `LESION_CLASS`.
    """
    limits_mm = (generator.lesions.limits_mm[0], generator.patches.largest_lesion_mm)
    present = np.bincount(host.labels.ravel(), minlength=256) > 0
    possible = [site for site in sites if present[site_mask_table(site)].any()]
    for _ in range(count if possible else 0):
        site = choose_site(possible, rng)
        voxels = np.argwhere(site_mask_table(site)[host.labels])
        if not len(voxels):  # what displaces others has taken all of them
            continue
        k, j, i = voxels[rng.integers(len(voxels))]
        x, y, z = host.axes_mm
        lesion = random_lesion(site, (x[i], y[j], z[k]), generator.lesions, rng, limits_mm=limits_mm)
        grow_lesion(lesion, host, LESION_CLASS[site.layer] if value is None else value, generator.lesions, rng,
                    only_visible=True)

"""From a label map to a CT: density per structure and phase, texture, table, scanner blur, slice thickness, noise.

Densities and protocols are drawn from the numbers of `configs/generator.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from DuOncoUnityLib.training.distributions import Rng, uniform
from DuOncoUnityLib.training.generator import Densities, OralContrast, Scanners
from DuOncoUnityLib.training.structures import CODE, STRUCTURES, LabelArray, Phase

FloatArray = npt.NDArray[np.float32]
AIR_HU = -1000.0
UNREAD_SLICES = 1.3  # distance in voxels from which it shows that slices were interpolated


@dataclass(frozen=True)
class Scanner:
    """How a scan is made.

    Attributes:
        phase: contrast phase.
        noise_hu: standard deviation of the noise.
        noise_grain_mm: its correlation length.
        blur_mm: FWHM of the kernel in the plane.
        slice_mm: FWHM of the slice profile.
        oral_contrast: whether contrast medium was drunk.
    """

    phase: Phase = Phase.PORTAL
    noise_hu: float = 11.0
    noise_grain_mm: float = 1.0
    blur_mm: float = 1.2
    slice_mm: float = 2.5
    oral_contrast: bool = False


def random_scanner(scanners: Scanners, rng: Rng) -> Scanner:
    """A scan protocol: contrast phase, low to high dose, smooth to sharp kernel, thin to thick slices."""
    phases = [phase.value for phase in Phase]
    phase = Phase(rng.choice(phases, p=[scanners.phase_shares[name] for name in phases]))
    scanner = Scanner(phase, scanners.noise_hu.draw(rng), uniform(scanners.noise_grain_mm, rng),
                      uniform(scanners.blur_mm, rng), float(rng.choice(scanners.slices_mm)))
    share = scanners.oral_contrast_share
    return replace(scanner, oral_contrast=True) if share and rng.random() < share else scanner


def random_densities(densities: Densities, scanner: Scanner, rng: Rng,
                     spread: float = 1.0) -> tuple[FloatArray, FloatArray]:
    """Mean HU and texture (HU) of every structure in one person, as 256-entry tables.

    `spread` multiplies the deviations of the organs whose density varies.
    """
    column = list(Phase).index(scanner.phase)
    mean, texture = np.full(256, AIR_HU, dtype=np.float32), np.zeros(256, dtype=np.float32)
    enhancement = densities.enhancement.draw(rng)
    for value, structure in enumerate(STRUCTURES):
        tissue = densities.tissues[structure.name]
        plain = tissue.hu[0]
        sd = tissue.patient_sd * (spread if structure.organ in densities.variable_organs else 1.0)
        mean[value] = plain + (tissue.hu[column] - plain) * enhancement + rng.normal(0.0, sd)
        texture[value] = tissue.texture_sd
    for cortex, marrow in (("thoracic_cortex", "thoracic_marrow"), ("lumbar_cortex", "lumbar_marrow")):
        mean[CODE[cortex]] = max(mean[CODE[cortex]], mean[CODE[marrow]] + densities.cortex_above_marrow_hu)
    if scanner.phase is Phase.NONE:
        blood = densities.unenhanced_blood_hu.draw(rng)
        for name in ("heart_blood", "artery", "vein", "liver_vessel", "lung_vessel"):
            mean[CODE[name]] = blood
        mean[CODE["heart_wall"]] = blood + densities.heart_above_blood_hu.draw(rng)
    if scanner.oral_contrast:
        _fill_gut(densities.oral_contrast, mean, texture, rng)
    return mean, texture


def _fill_gut(oral: OralContrast, mean: FloatArray, texture: FloatArray, rng: Rng) -> None:
    """Put contrast medium into what it has reached of the gut, in place."""
    for name in oral.structures:
        if rng.random() < oral.reached_share:
            mean[CODE[name]], texture[CODE[name]] = uniform(oral.hu, rng), uniform(oral.texture_hu, rng)


def correlated_noise(shape: tuple[int, int, int], grain_voxels: npt.ArrayLike, rng: Rng) -> FloatArray:
    """Gaussian noise of unit standard deviation with a correlation length per axis (k, j, i)."""
    noise = rng.standard_normal(shape, dtype=np.float32)
    sigma = np.broadcast_to(np.asarray(grain_voxels, dtype=float), 3)
    if sigma.max() < 0.2:
        return noise
    noise = ndimage.gaussian_filter(noise, sigma, mode="wrap", truncate=3.0)
    return np.asarray(noise / max(float(noise.std()), 1e-6), dtype=np.float32)


def paint_density(labels: LabelArray, spacing_kji_mm: npt.ArrayLike, densities: Densities, scanner: Scanner,
                  person: Rng, rng: Rng, spread: float = 1.0) -> FloatArray:
    """Noise-free HU of a label map, with the texture of the tissues; `person` draws the densities of the organs.

    See `random_densities` for `spread`.
    """
    mean, texture = random_densities(densities, scanner, person, spread)
    grain = densities.texture_grain_mm / np.asarray(spacing_kji_mm)
    return np.asarray(mean[labels] + texture[labels] * correlated_noise(labels.shape, grain, rng))


def add_table(hu: FloatArray, labels: LabelArray, y_mm: npt.NDArray[np.float32], x_mm: npt.NDArray[np.float32]) -> None:
    """Paint a curved patient table (thin dense shells, foam inside) below the body, in place."""
    rows = np.flatnonzero((labels > 0).any(axis=(0, 2)))
    if not len(rows):
        return
    lowest = float(y_mm[rows[-1]])
    surface = lowest + 6.0 - 0.0005 * x_mm[None, :] ** 2
    depth = y_mm[:, None] - surface
    across = np.abs(x_mm)[None, :] < 210.0
    shell = across & (((depth > 0) & (depth < 2.5)) | ((depth > 18) & (depth < 20.5)))
    foam = across & (depth >= 2.5) & (depth <= 18)
    outside = labels == 0
    hu[outside & shell[None]] = -150.0
    hu[outside & foam[None]] = -940.0


def acquire(hu: FloatArray, spacing_kji_mm: npt.ArrayLike, scanner: Scanner, rng: Rng) -> npt.NDArray[np.int16]:
    """Scan a density map: resolution, slice profile, noise; int16 HU within -1024 and 3071."""
    spacing = np.asarray(spacing_kji_mm, dtype=float)
    fwhm = np.array([scanner.slice_mm, scanner.blur_mm, scanner.blur_mm])
    sigma = np.sqrt(np.maximum((fwhm / 2.355) ** 2 - (0.29 * spacing) ** 2, 0.0)) / spacing  # a voxel averages already
    blurred = ndimage.gaussian_filter(hu, sigma, truncate=3.0)
    grain = scanner.noise_grain_mm / 2.355 / spacing
    noise = scanner.noise_hu * correlated_noise(hu.shape, grain, rng)
    return np.clip(np.rint(blurred + noise), -1024, 3071).astype(np.int16)


def thick_slices(hu: FloatArray, spacing_mm: float, slice_mm: float, scanners: Scanners, rng: Rng) -> FloatArray:
    """The patch as read from slices further apart than its voxels: between them it is interpolated linearly."""
    step = slice_mm / spacing_mm * uniform(scanners.slice_distance, rng)
    if step < UNREAD_SLICES or rng.random() < scanners.every_slice_share:
        return hu
    count = len(hu)
    slices = np.arange(-rng.random() * step, count + step, step)
    position = np.interp(np.arange(count), slices, np.arange(len(slices)))
    first = np.minimum(position.astype(int), len(slices) - 2)
    rows = np.clip(np.rint(slices).astype(int), 0, count - 1)
    share = (position - first).astype(np.float32)[:, None, None]
    return np.asarray(hu[rows[first]] * (1 - share) + hu[rows[first + 1]] * share)

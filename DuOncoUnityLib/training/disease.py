"""Synthetic lesions and enlarged lymph nodes: where they sit, how large they are, how they look on CT.

Sites, sizes and looks are drawn from the numbers of `configs/generator.toml`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial.transform import Rotation

from DuOncoUnityLib.terminology import BONES
from DuOncoUnityLib.training.distributions import Range, Rng, uniform
from DuOncoUnityLib.training.generator import Lesions, Site
from DuOncoUnityLib.training.structures import CODE, STRUCTURES, LabelArray

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]
Z_OF_95_PERCENT = 1.645  # of the standard normal distribution

# what a growing lesion displaces nowhere: the outside, skin, air ways and the great blood spaces
_SPARED = np.zeros(256, dtype=bool)
_SPARED[[CODE[name] for name in (
    "air", "skin", "airway_lumen", "airway_wall", "heart_blood", "artery", "spinal_canal")]] = True
_BONE = np.zeros(256, dtype=bool)
_BONE[[CODE[structure.name] for structure in STRUCTURES
       if structure.organ in BONES and structure.name.endswith(("cortex", "cortical_bone"))]] = True


@dataclass(frozen=True)
class Host:
    """The body in which disease grows.

    Attributes:
        labels: uint8 structures, KJI; changed by what displaces others.
        hu: density without noise, KJI; changed by what grows.
        mask: uint8 lesion map, KJI; changed by what grows.
        axes_mm: positions of the columns (x), rows (y) and slices (z).
    """

    labels: LabelArray
    hu: FloatArray
    mask: LabelArray
    axes_mm: tuple[FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True)
class LesionShape:
    """One lesion in the body.

    Attributes:
        site: what kind it is.
        centre_mm: LPS.
        radii_mm: half axes along x, y, z of its ellipsoid.
        irregularity: amplitude of lobulation, relative to the radius; 0 is the exact ellipsoid.
        hu: mean density, absolute or relative to the host as the site says.
        necrosis: relative radius of a necrotic core, 0 for none.
        rim_hu: added in the outer fifth.
        seed: of the outline.
        turn_rad: rotation vector of the ellipsoid.
        texture_hu: standard deviation of its coarse texture.
        edge_mm: width of the zone where it fades into the host.
        spicules: relative height of fine spikes of the outline.
        cavity: whether the necrotic core holds air.
    """

    site: Site
    centre_mm: tuple[float, float, float]
    radii_mm: tuple[float, float, float]
    irregularity: float
    hu: float
    necrosis: float = 0.0
    rim_hu: float = 0.0
    seed: int = 0
    turn_rad: tuple[float, float, float] = (0.0, 0.0, 0.0)
    texture_hu: float = 0.0
    edge_mm: float = 0.0
    spicules: float = 0.0
    cavity: bool = False

    def scaled(self, factor: float) -> LesionShape:
        """The same lesion with its diameters multiplied by a factor."""
        a, b, c = self.radii_mm
        return replace(self, radii_mm=(a * factor, b * factor, c * factor))


def random_lesion(site: Site, centre_mm: Sequence[float], form: Lesions, rng: Rng, *,
                  limits_mm: Range | None = None) -> LesionShape:
    """A lesion of a site: log-normal size, ellipsoidal to lobulated, homogeneous or with rim or necrosis.

    Args:
        site: where it grows.
        centre_mm: LPS.
        form: what lesions look like.
        rng: decides.
        limits_mm: of the long axis, instead of those of `form`.
    """
    nodal = site.layer == "lymph_node"
    median, high = site.long_axis_mm
    long_axis = float(np.clip(rng.lognormal(np.log(median), np.log(high / median) / Z_OF_95_PERCENT),
                              *(limits_mm or form.limits_mm)))
    ratios, turn_sd_rad = _ratios_of(site, form, rng)
    if nodal:
        long_axis = max(long_axis, form.smallest_node_mm / float(ratios[:2].min()))
    radii = long_axis / 2 * (ratios if rng.random() < 0.5 else ratios[[1, 0, 2]])
    necrotic = long_axis > form.necrotic_above_mm and rng.random() < form.necrosis.share
    return LesionShape(
        site, as_triple(centre_mm), as_triple(radii),
        irregularity=uniform(form.node_lobulation if nodal else form.lobulation, rng),
        hu=uniform(site.hu, rng),
        necrosis=uniform(form.necrosis.range, rng) if necrotic else 0.0,
        rim_hu=form.rim_hu.draw(rng),
        seed=int(rng.integers(2**31)),
        turn_rad=as_triple(rng.normal(0.0, turn_sd_rad, 3)),
        texture_hu=form.texture_hu.draw(rng),
        edge_mm=form.edge_mm.draw(rng),
        spicules=form.spicules.draw(rng) if site.organ == "lung" else 0.0,
        cavity=necrotic and site.organ == "lung" and rng.random() < form.cavity_share)


def _ratios_of(site: Site, form: Lesions, rng: Rng) -> tuple[npt.NDArray[np.float64], float]:
    """Axes along x, y, z relative to the long axis, and the standard deviation of the turn about each."""
    if site.form == "tube":
        breadth = uniform(form.tube_breadth, rng)
        return np.array([breadth, breadth, 1.0]), form.turn_sd_rad
    breadth = uniform(form.breadth, rng)
    if site.form == "plate":
        return np.array([1.0, breadth, uniform(form.plate_height, rng)]), form.plate_turn_sd_rad
    height = uniform(form.height, rng)
    if site.layer != "lymph_node":
        return np.array([1.0, breadth, height]), form.turn_sd_rad
    if rng.random() < form.upright_node_share:
        return np.array([uniform(form.breadth, rng), uniform(form.breadth, rng), 1.0]), form.node_turn_sd_rad
    return np.array([1.0, breadth, height]), form.node_turn_sd_rad


def as_triple(values: Sequence[float] | npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """Three plain floats."""
    a, b, c = values
    return float(a), float(b), float(c)


def choose_site(sites: Sequence[Site], rng: Rng) -> Site:
    """A site, drawn by its weight."""
    weights = np.array([site.weight for site in sites])
    return sites[int(rng.choice(len(sites), p=weights / weights.sum()))]


def site_mask_table(site: Site) -> npt.NDArray[np.bool_]:
    """256 flags: the label values where the lesion's centre may lie."""
    table = np.zeros(256, dtype=bool)
    table[[CODE[name] for name in site.structures]] = True
    return table


def relative_radius(lesion: LesionShape, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
    """Distance from the centre in units of the outline (1 on the outline), for broadcastable LPS coordinates."""
    offsets = [axis - centre for axis, centre in zip((x, y, z), lesion.centre_mm, strict=True)]
    if any(lesion.turn_rad):
        turn = Rotation.from_rotvec(lesion.turn_rad).as_matrix().astype(np.float32)
        offsets = [row[0] * offsets[0] + row[1] * offsets[1] + row[2] * offsets[2] for row in turn]
    dx, dy, dz = (offset / radius for offset, radius in zip(offsets, lesion.radii_mm, strict=True))
    radius = np.sqrt(dx * dx + dy * dy + dz * dz)
    if lesion.irregularity == 0.0:
        return np.asarray(radius, dtype=np.float32)
    rng = np.random.default_rng(lesion.seed)
    unit = np.maximum(radius, 1e-3)
    outline = np.ones_like(radius)
    for frequency, height in ((2.0, lesion.irregularity), (3.5, lesion.irregularity), (5.5, lesion.irregularity),
                              (14.0, lesion.spicules), (19.0, lesion.spicules)):
        if height == 0.0:
            continue
        wave = rng.normal(0.0, 1.0, 3)
        wave *= frequency / np.linalg.norm(wave)
        phase = (wave[0] * dx + wave[1] * dy + wave[2] * dz) / unit
        outline += height / 1.5 * np.sin(phase + rng.uniform(0, 2 * np.pi))
    return np.asarray(radius / np.maximum(outline, 0.2), dtype=np.float32)


def grow_lesion(lesion: LesionShape, host: Host, value: int, form: Lesions, rng: Rng, *,
                only_visible: bool = False) -> int:
    """Paint a lesion into density and mask of a body; returns its number of voxels.

    Args:
        lesion: shape and look.
        host: where it grows.
        value: what to write into the mask.
        form: what lesions look like.
        rng: of the texture.
        only_visible: paint nothing and return 0 where hardly any of it finds room, or nobody could see it.
    """
    radii = np.array(lesion.radii_mm)
    reach = (max(radii) if any(lesion.turn_rad) else radii) * (1.0 + 2.0 * lesion.irregularity
                                                               + 1.4 * lesion.spicules) + lesion.edge_mm
    reach = np.broadcast_to(reach, 3)
    box = tuple(slice(int(np.searchsorted(axis, c - r)), int(np.searchsorted(axis, c + r, side="right")))
                for axis, c, r in zip(host.axes_mm[::-1], lesion.centre_mm[::-1], reach[::-1], strict=True))
    x, y, z = (axis[part] for axis, part in zip(host.axes_mm, box[::-1], strict=True))
    radius = relative_radius(lesion, x[None, None, :], y[None, :, None], z[:, None, None])
    labels, hu, mask = host.labels[box], host.hu[box], host.mask[box]
    free = _room_for(lesion.site, labels, mask)
    inside = (radius <= 1.0) & free
    count = int(inside.sum())
    if count == 0 or (only_visible and count < form.visible_share * int((radius <= 1.0).sum())):
        return 0
    density = _density(lesion, radius, labels, hu, form, rng)
    around = (radius > 1.0) & (radius < 1.6) & (labels != CODE["air"])
    if only_visible and _contrast_hu(density[inside], hu[around]) < form.visible_contrast_hu:
        return 0
    hu += free * _presence(lesion, radius) * (density - hu)
    mask[inside] = value
    if form.displaces and not lesion.site.confined:
        nearest = (int(np.abs(axis - centre).argmin())
                   for axis, centre in zip((z, y, x), lesion.centre_mm[::-1], strict=True))
        labels[inside] = labels[tuple(nearest)]
    return count


def _room_for(site: Site, labels: LabelArray, mask: LabelArray) -> BoolArray:
    """Where a lesion of a site can grow: not into air ways, blood, or, from outside, bone."""
    free = ~_SPARED[labels]
    if site.organ != "bone":
        free &= ~_BONE[labels]
    if site.confined:
        free &= site_mask_table(site)[labels] | (mask > 0)
    return np.asarray(free)


def _contrast_hu(lesion: FloatArray, surroundings: FloatArray) -> float:
    return abs(float(np.median(lesion) - np.median(surroundings))) if surroundings.size else 0.0


def _presence(lesion: LesionShape, radius: FloatArray) -> FloatArray:
    """Share of the lesion in every voxel: 1 inside, 0 outside, half at the outline where the edge is blurred."""
    if lesion.edge_mm == 0.0:
        return np.asarray(radius <= 1.0, dtype=np.float32)
    distance_mm = (1.0 - radius) * np.float32(min(lesion.radii_mm))
    return np.clip(distance_mm / np.float32(lesion.edge_mm) + np.float32(0.5), 0.0, 1.0)


def _density(lesion: LesionShape, radius: FloatArray, labels: LabelArray, hu: FloatArray, form: Lesions,
             rng: Rng) -> FloatArray:
    """HU of a lesion's voxels: mean, rim, necrotic core, texture, now and then calcifications."""
    base = lesion.hu
    if lesion.site.relative:
        own = site_mask_table(lesion.site)[labels] if lesion.site.structures else radius <= 1.0
        contrast = np.sign(base) * max(abs(base), form.smallest_contrast_hu)
        base = contrast + (float(np.median(hu[own])) if own.any() else 50.0)
    density = np.full(labels.shape, base, dtype=np.float32)
    density[radius > 0.8] += lesion.rim_hu
    if lesion.necrosis > 0.0 and base > -100:
        core_hu = uniform(form.cavity_hu if lesion.cavity else form.necrosis_hu, rng)
        density[radius < lesion.necrosis] = min(base, core_hu)
    density += rng.normal(0.0, form.fine_texture_sd_hu, labels.shape).astype(np.float32)
    if lesion.texture_hu > 0.0:
        grain = max(min(labels.shape) / 8.0, 1.0)
        coarse = ndimage.gaussian_filter(rng.standard_normal(labels.shape, dtype=np.float32), grain)
        density += lesion.texture_hu * coarse / max(float(coarse.std()), 1e-6)
        if rng.random() < form.calcified_share:
            density[coarse > 2.2 * coarse.std()] += uniform(form.calcification_hu, rng)
    return density

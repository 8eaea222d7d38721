"""Synthetic lesions and enlarged lymph nodes: where they sit, how large they are, how they look on CT.

Sizes are log-normal with the measured medians and 95th percentiles of the long axis per organ (mm) that public lesion
collections show; contrasts are the usual radiological ranges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial.transform import Rotation

from DuOncoUnityLib.training.structures import CODE, LabelArray

SMALLEST_SHARE = 0.6  # of the ellipsoid: what bone, vessels and, for some sites, other tissue must leave of a lesion
SMALLEST_CONTRAST_HU = 25.0  # against the surroundings, by the medians

Rng = np.random.Generator
FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Site:
    """A place where disease grows.

    Attributes:
        organ: key of `terminology.ORGANS`.
        layer: "lesion" or "lymph_node".
        structures: where centres may lie.
        long_axis_mm: median and 95th percentile of the long axis.
        hu: range of the mean; relative to the host where `relative`.
        weight: how often, relative to the other sites.
        confined: stays within its structures, as a node does that displaces the fat around it.
    """

    organ: str
    layer: str
    structures: tuple[str, ...]
    long_axis_mm: tuple[float, float]
    hu: tuple[float, float]
    relative: bool = False
    weight: float = 1.0
    confined: bool = False


MARROW = ("marrow", "thoracic_marrow", "lumbar_marrow", "sacral_marrow", "cervical_marrow")
SITES: tuple[Site, ...] = (
    Site("lung", "lesion", ("lung",), (9, 45), (-20, 90), weight=3.0),
    Site("lung", "lesion", ("lung",), (12, 35), (-620, -250), weight=0.4),
    Site("liver", "lesion", ("liver",), (14, 65), (-80, -18), relative=True, weight=3.0),
    Site("liver", "lesion", ("liver",), (14, 50), (25, 70), relative=True, weight=0.4),
    Site("spleen", "lesion", ("spleen",), (16, 50), (-80, -25), relative=True, weight=0.5),
    Site("kidney", "lesion", ("kidney_cortex",), (26, 90), (20, 110), weight=0.8),
    Site("adrenal", "lesion", ("adrenal",), (24, 60), (10, 95), weight=0.8),
    Site("pancreas", "lesion", ("pancreas",), (26, 61), (-50, -15), relative=True, weight=0.8),
    Site("bone", "lesion", MARROW, (19, 47), (20, 90), weight=1.0),
    Site("bone", "lesion", MARROW, (16, 40), (550, 1000), weight=0.8),
    Site("bowel", "lesion", ("bowel_wall",), (38, 77), (35, 100), weight=0.3),
    Site("peritoneum_retroperitoneum", "lesion", ("visceral_fat",), (17, 50), (15, 90), confined=True, weight=1.0),
    Site("muscle", "lesion", ("muscle",), (22, 60), (-35, 45), relative=True, weight=0.15),
    Site("subcutaneous_tissue", "lesion", ("subcutaneous_fat",), (14, 40), (15, 90), confined=True, weight=0.5),
    Site("pelvic_organs", "lesion", ("pelvic_organ",), (34, 75), (-40, 40), relative=True, weight=0.6),
    Site("mediastinum", "lymph_node", ("mediastinal_fat",), (22, 42), (25, 105), confined=True, weight=2.0),
    Site("peritoneum_retroperitoneum", "lymph_node", ("visceral_fat",), (19, 35), (25, 105), confined=True, weight=2.2),
    Site("subcutaneous_tissue", "lymph_node", ("subcutaneous_fat",), (18, 35), (25, 100), confined=True, weight=0.4),
)

# what looks like disease and is none: nodes of normal size, cysts of liver and kidney, granulomas below 4 mm
BENIGN_SITES: tuple[Site, ...] = (
    Site("mediastinum", "benign", ("mediastinal_fat",), (6, 9), (20, 90), confined=True, weight=2.0),
    Site("peritoneum_retroperitoneum", "benign", ("visceral_fat",), (6, 9), (20, 90), confined=True, weight=2.0),
    Site("subcutaneous_tissue", "benign", ("subcutaneous_fat",), (6, 10), (10, 80), confined=True, weight=0.6),
    Site("liver", "benign", ("liver",), (10, 28), (-2, 14), weight=1.0),
    Site("kidney", "benign", ("kidney_cortex",), (16, 45), (-2, 16), weight=1.2),
)

# a mass of any density where no other site is meant
ANYWHERE = Site("soft_tissue", "lesion", (), (30, 80), (-70, 80), relative=True)

# what a growing lesion displaces nowhere: the outside, skin, air ways and the great blood spaces
_SPARED = np.zeros(256, dtype=bool)
_SPARED[[CODE[name] for name in (
    "air", "skin", "airway_lumen", "airway_wall", "heart_blood", "artery", "spinal_canal")]] = True
_BONE = np.zeros(256, dtype=bool)
_BONE[[code for name, code in CODE.items() if name.endswith(("cortex", "cortical_bone"))]] = True


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

    def scaled(self, factor: float) -> LesionShape:
        """The same lesion with its diameters multiplied by a factor."""
        a, b, c = self.radii_mm
        return replace(self, radii_mm=(a * factor, b * factor, c * factor))


def random_lesion(site: Site, centre_mm: Sequence[float], rng: Rng, *, smallest_mm: float = 4.0,
                  largest_mm: float = 150.0) -> LesionShape:
    """A lesion of a site: log-normal size, ellipsoidal to lobulated, homogeneous or with rim or necrosis."""
    median, high = site.long_axis_mm
    long_axis = float(np.clip(rng.lognormal(np.log(median), np.log(high / median) / 1.645), smallest_mm, largest_mm))
    if site.layer == "lymph_node":
        long_axis = max(long_axis, 12.0)
    ratios = np.array([1.0, rng.uniform(0.65, 1.0), rng.uniform(0.7, 1.0)])
    if site.layer == "lymph_node" and rng.random() < 0.6:
        ratios = np.array([rng.uniform(0.65, 1.0), rng.uniform(0.65, 1.0), 1.0])
    radii = long_axis / 2 * (ratios if rng.random() < 0.5 else ratios[[1, 0, 2]])
    necrotic = long_axis > 18 and rng.random() < 0.3
    nodal = site.layer == "lymph_node"
    return LesionShape(
        site, as_triple(centre_mm), as_triple(radii),
        irregularity=float(rng.uniform(0.02, 0.10 if nodal else 0.28)),
        hu=float(rng.uniform(*site.hu)),
        necrosis=float(rng.uniform(0.4, 0.8)) if necrotic else 0.0,
        rim_hu=float(rng.uniform(10, 60)) if rng.random() < 0.25 else 0.0,
        seed=int(rng.integers(2**31)),
        turn_rad=as_triple(rng.normal(0.0, 0.2 if nodal else 0.6, 3)),
        texture_hu=float(rng.uniform(0.0, 16.0)) if rng.random() < 0.6 else 0.0,
        edge_mm=float(rng.uniform(0.0, 4.0)) if rng.random() < 0.4 else 0.0,
        spicules=float(rng.uniform(0.05, 0.25)) if site.organ == "lung" and rng.random() < 0.35 else 0.0)


def as_triple(values: Sequence[float] | npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """Three plain floats."""
    a, b, c = values
    return float(a), float(b), float(c)


def choose_site(rng: Rng, sites: Sequence[Site] = SITES) -> Site:
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


def grow_lesion(lesion: LesionShape, labels: LabelArray, hu: FloatArray, mask: LabelArray, value: int,
                axes_mm: tuple[FloatArray, FloatArray, FloatArray], rng: Rng, *, only_visible: bool = False) -> int:
    """Paint a lesion into density and mask; returns its number of voxels.

    Args:
        lesion: shape and look.
        labels: structures, KJI.
        hu: density without noise, KJI, changed in place.
        mask: lesion map, KJI, set to `value` in place.
        value: what to write into the mask.
        axes_mm: positions of the columns (x), rows (y) and slices (z).
        rng: of the texture.
        only_visible: paint nothing and return 0 where hardly any of it finds room, or nobody could see it.
    """
    radii = np.array(lesion.radii_mm)
    reach = (max(radii) if any(lesion.turn_rad) else radii) * (1.0 + 2.0 * lesion.irregularity
                                                               + 1.4 * lesion.spicules) + lesion.edge_mm
    reach = np.broadcast_to(reach, 3)
    box = tuple(slice(int(np.searchsorted(axis, c - r)), int(np.searchsorted(axis, c + r, side="right")))
                for axis, c, r in zip(axes_mm[::-1], lesion.centre_mm[::-1], reach[::-1], strict=True))
    x, y, z = axes_mm[0][box[2]], axes_mm[1][box[1]], axes_mm[2][box[0]]
    radius = relative_radius(lesion, x[None, None, :], y[None, :, None], z[:, None, None])
    host = labels[box]
    free = ~_SPARED[host]
    if lesion.site.organ != "bone":
        free &= ~_BONE[host]
    if lesion.site.confined:
        free &= site_mask_table(lesion.site)[host] | (mask[box] > 0)
    inside = (radius <= 1.0) & free
    count = int(inside.sum())
    if count == 0 or (only_visible and count < SMALLEST_SHARE * int((radius <= 1.0).sum())):
        return 0
    density = _density(lesion, radius, host, hu[box], rng)
    around = (radius > 1.0) & (radius < 1.6) & (host != CODE["air"])
    if only_visible and _contrast_hu(density[inside], hu[box][around]) < SMALLEST_CONTRAST_HU:
        return 0
    blend = free * _presence(lesion, radius)
    hu[box] += blend * (density - hu[box])
    mask[box][inside] = value
    return count


def _contrast_hu(lesion: FloatArray, surroundings: FloatArray) -> float:
    return abs(float(np.median(lesion) - np.median(surroundings))) if surroundings.size else 0.0


def _presence(lesion: LesionShape, radius: FloatArray) -> FloatArray:
    """Share of the lesion in every voxel: 1 inside, 0 outside, half at the outline where the edge is blurred."""
    if lesion.edge_mm == 0.0:
        return np.asarray(radius <= 1.0, dtype=np.float32)
    distance_mm = (1.0 - radius) * np.float32(min(lesion.radii_mm))
    return np.clip(distance_mm / np.float32(lesion.edge_mm) + np.float32(0.5), 0.0, 1.0)


def _density(lesion: LesionShape, radius: FloatArray, host: LabelArray, hu: FloatArray, rng: Rng) -> FloatArray:
    """HU of a lesion's voxels: mean, rim, necrotic core, texture, now and then calcifications."""
    base = lesion.hu
    if lesion.site.relative:
        own = site_mask_table(lesion.site)[host] if lesion.site.structures else radius <= 1.0
        contrast = np.sign(base) * max(abs(base), 30.0)
        base = contrast + (float(np.median(hu[own])) if own.any() else 50.0)
    density = np.full(host.shape, base, dtype=np.float32)
    density[radius > 0.8] += lesion.rim_hu
    if lesion.necrosis > 0.0 and base > -100:
        density[radius < lesion.necrosis] = min(base, float(rng.uniform(5, 25)))
    density += rng.normal(0.0, 9.0, host.shape).astype(np.float32)
    if lesion.texture_hu > 0.0:
        grain = max(min(host.shape) / 8.0, 1.0)
        coarse = ndimage.gaussian_filter(rng.standard_normal(host.shape, dtype=np.float32), grain)
        density += lesion.texture_hu * coarse / max(float(coarse.std()), 1e-6)
        if rng.random() < 0.1:
            density[coarse > 2.2 * coarse.std()] += float(rng.uniform(100, 500))
    return density

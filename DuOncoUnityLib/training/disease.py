"""Synthetic lesions and enlarged lymph nodes: where they sit, how large they are, how they look on CT.

Sizes are log-normal with the measured medians and 95th percentiles of the long axis per organ (mm) that public lesion
collections show; contrasts are the usual radiological ranges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.training.structures import CODE, LabelArray

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
    """

    organ: str
    layer: str
    structures: tuple[str, ...]
    long_axis_mm: tuple[float, float]
    hu: tuple[float, float]
    relative: bool = False
    weight: float = 1.0


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
    Site("peritoneum_retroperitoneum", "lesion", ("visceral_fat",), (17, 50), (15, 90), weight=1.0),
    Site("muscle", "lesion", ("muscle",), (22, 60), (-35, 45), relative=True, weight=0.15),
    Site("subcutaneous_tissue", "lesion", ("subcutaneous_fat",), (14, 40), (15, 90), weight=0.5),
    Site("pelvic_organs", "lesion", ("pelvic_organ",), (34, 75), (-40, 40), relative=True, weight=0.6),
    Site("mediastinum", "lymph_node", ("mediastinal_fat",), (22, 42), (25, 105), weight=2.0),
    Site("peritoneum_retroperitoneum", "lymph_node", ("visceral_fat",), (19, 35), (25, 105), weight=2.2),
    Site("subcutaneous_tissue", "lymph_node", ("subcutaneous_fat",), (18, 35), (25, 100), weight=0.4),
)

# what looks like disease and is none: nodes of normal size, cysts of liver and kidney, granulomas below 4 mm
BENIGN_SITES: tuple[Site, ...] = (
    Site("mediastinum", "benign", ("mediastinal_fat",), (6, 9), (20, 90), weight=2.0),
    Site("peritoneum_retroperitoneum", "benign", ("visceral_fat",), (6, 9), (20, 90), weight=2.0),
    Site("subcutaneous_tissue", "benign", ("subcutaneous_fat",), (6, 10), (10, 80), weight=0.6),
    Site("liver", "benign", ("liver",), (10, 28), (-2, 14), weight=1.0),
    Site("kidney", "benign", ("kidney_cortex",), (16, 45), (-2, 16), weight=1.2),
)

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
    """

    site: Site
    centre_mm: tuple[float, float, float]
    radii_mm: tuple[float, float, float]
    irregularity: float
    hu: float
    necrosis: float = 0.0
    rim_hu: float = 0.0
    seed: int = 0

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
    return LesionShape(site, _triple(centre_mm), _triple(radii), float(rng.uniform(0.02, 0.16)),
                       float(rng.uniform(*site.hu)), float(rng.uniform(0.4, 0.75)) if necrotic else 0.0,
                       float(rng.uniform(10, 45)) if rng.random() < 0.25 else 0.0, int(rng.integers(2**31)))


def _triple(values: Sequence[float] | npt.NDArray[np.float64]) -> tuple[float, float, float]:
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
    dx, dy, dz = ((axis - centre) / radius for axis, centre, radius in
                  zip((x, y, z), lesion.centre_mm, lesion.radii_mm, strict=True))
    radius = np.sqrt(dx * dx + dy * dy + dz * dz)
    if lesion.irregularity == 0.0:
        return np.asarray(radius, dtype=np.float32)
    rng = np.random.default_rng(lesion.seed)
    unit = np.maximum(radius, 1e-3)
    outline = np.ones_like(radius)
    for frequency in (2.0, 3.5, 5.5):
        wave = rng.normal(0.0, 1.0, 3)
        wave *= frequency / np.linalg.norm(wave)
        phase = (wave[0] * dx + wave[1] * dy + wave[2] * dz) / unit
        outline += lesion.irregularity / 1.5 * np.sin(phase + rng.uniform(0, 2 * np.pi))
    return np.asarray(radius / outline, dtype=np.float32)


def grow_lesion(lesion: LesionShape, labels: LabelArray, hu: FloatArray, mask: LabelArray, value: int,
                axes_mm: tuple[FloatArray, FloatArray, FloatArray], rng: Rng) -> int:
    """Paint a lesion into density and mask; returns its number of voxels.

    Args:
        lesion: shape and look.
        labels: structures, KJI.
        hu: density without noise, KJI, changed in place.
        mask: lesion map, KJI, set to `value` in place.
        value: what to write into the mask.
        axes_mm: positions of the columns (x), rows (y) and slices (z).
        rng: of the texture.
    """
    reach = np.array(lesion.radii_mm) * (1.0 + 1.4 * lesion.irregularity)
    box = tuple(slice(int(np.searchsorted(axis, c - r)), int(np.searchsorted(axis, c + r, side="right")))
                for axis, c, r in zip(axes_mm[::-1], lesion.centre_mm[::-1], reach[::-1], strict=True))
    x, y, z = axes_mm[0][box[2]], axes_mm[1][box[1]], axes_mm[2][box[0]]
    radius = relative_radius(lesion, x[None, None, :], y[None, :, None], z[:, None, None])
    host = labels[box]
    inside = (radius <= 1.0) & ~_SPARED[host]
    if lesion.site.organ != "bone":
        inside &= ~_BONE[host]
    count = int(inside.sum())
    if count == 0:
        return 0
    base = lesion.hu
    if lesion.site.relative:
        own = site_mask_table(lesion.site)[host]
        base += float(np.median(hu[box][own])) if own.any() else 50.0
    density = np.full(host.shape, base, dtype=np.float32)
    density[radius > 0.8] += lesion.rim_hu
    if lesion.necrosis > 0.0 and base > -100:
        density[radius < lesion.necrosis] = min(base, float(rng.uniform(5, 25)))
    density += rng.normal(0.0, 9.0, host.shape).astype(np.float32)
    hu[box][inside] = density[inside]
    mask[box][inside] = value
    return count

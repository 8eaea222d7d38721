"""Training samples of the click network: one lesion among others, at one of its scales of view, and clicks in it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial.transform import Rotation

from DuOncoUnityLib.model.prompts import click_channels
from DuOncoUnityLib.training.ct_physics import correlated_noise, random_scanner
from DuOncoUnityLib.training.disease import (
    Host,
    LesionShape,
    as_triple,
    grow_lesion,
    random_lesion,
    relative_radius,
    site_mask_table,
)
from DuOncoUnityLib.training.distributions import Rng, uniform
from DuOncoUnityLib.training.generator import Clicks, Generator, RandomTissue, SecondPart, Site
from DuOncoUnityLib.training.label_bank import BankEntry
from DuOncoUnityLib.training.samples import (
    OUTSIDE_SCAN_HU,
    DeformedBody,
    FloatArray,
    SampleOptions,
    deformed_body,
    grow_disease,
    scanned,
)
from DuOncoUnityLib.training.structures import CODE, LabelArray

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
    view_sd = options.body.generator.clicks.view_sd
    while True:
        scale = float(rng.choice(options.scales_mm) * np.exp(rng.normal(0.0, view_sd)))
        sample = _attempt(bank, replace(options.body, spacing_mm=scale), rng)
        if sample is not None:
            return sample


def _attempt(bank: list[BankEntry], options: SampleOptions, rng: Rng) -> tuple[FloatArray, LabelArray] | None:
    """A sample, or None where no lesion could grow at the centre of the patch."""
    numbers = options.generator
    scanner = random_scanner(numbers.scanners, rng)
    scanner = replace(scanner, noise_hu=min(scanner.noise_hu, numbers.clicks.largest_noise_hu))
    if rng.random() < numbers.clicks.random_tissue_share:
        body = _random_tissue(options.patch_voxels, numbers.clicks.random_tissue, rng)
    else:
        body = deformed_body(bank, options, scanner, rng)
    host = body.as_host(options)
    grow_disease(numbers.disease.sites, int(rng.poisson(numbers.clicks.others_mean)), host, numbers, rng,
                 value=ANOTHER)
    if not _grow_the_lesion(host, options.spacing_mm, numbers, rng):
        return None
    covered = body.inside & _covered_slices(options.patch_voxels, numbers.clicks, rng)
    host.mask[~covered] = 0
    click = _voxel_near_centre(host.mask == THE_LESION, numbers.clicks.centre_jitter_voxels)
    if click is None:
        return None
    parts, _ = ndimage.label(host.mask == THE_LESION)
    mask = parts == parts[click]
    hu = scanned(host.hu, options, scanner, rng, simulated=body.simulated)
    hu[~covered] = OUTSIDE_SCAN_HU
    if rng.random() < numbers.clicks.narrow_window_share:
        hu = hu.clip(*numbers.clicks.narrow_window_hu)
    positive, negative = more_clicks(mask, click, numbers.clicks, rng)
    return _turned(click_channels(hu, options.input_windows_hu, positive, negative), mask.astype(np.uint8), rng)


def _covered_slices(shape: tuple[int, int, int], clicks: Clicks, rng: Rng) -> npt.NDArray[np.bool_]:
    """True where the scan covers the patch (k, j, i): sometimes it ends above and below its middle."""
    covered = np.ones(shape, dtype=bool)
    if rng.random() < clicks.cropped_share:
        middle, reach = shape[0] // 2, clicks.centre_jitter_voxels
        covered[:int(rng.integers(0, middle - reach))] = False
        covered[int(rng.integers(middle + reach + 1, shape[0] + 1)):] = False
    return covered


def _turned(image: FloatArray, classes: LabelArray, rng: Rng) -> tuple[FloatArray, LabelArray]:
    """Mirrored along any axis and turned in the plane, where slices have no thickness."""
    for axis in (1, 2, 3):
        if rng.random() < 0.5:
            image, classes = np.flip(image, axis), np.flip(classes, axis - 1)
    if rng.random() < 0.5:
        image, classes = image.swapaxes(2, 3), classes.swapaxes(1, 2)
    return np.ascontiguousarray(image), np.ascontiguousarray(classes)


def _grow_the_lesion(host: Host, spacing_mm: float, numbers: Generator, rng: Rng) -> bool:
    """Grow a lesion of random size that holds the centre of the patch; False where there is no room for one."""
    clicks, form = numbers.clicks, numbers.lesions
    jitter = clicks.centre_jitter_voxels
    k, j, i = (n // 2 + int(rng.integers(-jitter, jitter + 1)) for n in host.labels.shape)
    structure = int(host.labels[k, j, i])
    if structure == CODE["air"]:
        return False
    site = _site_of(structure, numbers, rng)
    smallest = max(clicks.smallest_voxels * min(spacing_mm, 2.0) ** 0.5, clicks.smallest_mm / spacing_mm)
    size = np.exp(rng.uniform(np.log(smallest), np.log(clicks.largest_voxels))) * spacing_mm
    lesion = random_lesion(site, (0.0, 0.0, 0.0), form, rng)
    radii = np.array(lesion.radii_mm) * (size / 2 / max(lesion.radii_mm))
    direction = rng.normal(0.0, 1.0, 3)
    offset = direction / np.linalg.norm(direction) * rng.random() * clicks.off_centre * radii.min()
    x, y, z = host.axes_mm
    centre = np.array([x[i], y[j], z[k]]) + offset
    lesion = replace(lesion, radii_mm=as_triple(radii), centre_mm=as_triple(centre))
    grown = grow_lesion(lesion, host, THE_LESION, form, rng, only_visible=True)
    if rng.random() < clicks.confluent_share:
        beside = centre + rng.uniform(*clicks.confluent_shift, 3) * radii
        second = replace(lesion, centre_mm=as_triple(beside), seed=lesion.seed + 1)
        second = second.scaled(uniform(clicks.confluent_size, rng))
        grown += grow_lesion(second, host, THE_LESION, form, rng, only_visible=True)
    if grown == 0:
        return False
    if rng.random() < clicks.second_part.share:
        change_part(lesion, host, clicks.second_part, rng)
    if rng.random() < clicks.neighbours.share:
        add_neighbours(lesion, host, numbers, rng)
    return True


def change_part(lesion: LesionShape, host: Host, part: SecondPart, rng: Rng) -> None:
    """Give a part of the lesion another density."""
    radii = np.array(lesion.radii_mm)
    middle = np.array(lesion.centre_mm) + rng.uniform(-part.shift, part.shift, 3) * radii
    shape = replace(lesion, centre_mm=as_triple(middle), radii_mm=as_triple(uniform(part.size, rng) * radii),
                    seed=lesion.seed + 2)
    x, y, z = host.axes_mm
    inside = relative_radius(shape, x[None, None, :], y[None, :, None], z[:, None, None]) <= 1.0
    host.hu[inside & (host.mask == THE_LESION)] += uniform(part.hu, rng)


def add_neighbours(lesion: LesionShape, host: Host, numbers: Generator, rng: Rng) -> None:
    """Grow round to long structures of about the lesion's density along its surface; they give way to the lesion."""
    neighbours, site = numbers.clicks.neighbours, replace(numbers.disease.mass, relative=False)
    own, hu = host.mask == THE_LESION, host.hu.copy()
    centre, radius = np.array(lesion.centre_mm), min(lesion.radii_mm)
    looks_like_it = float(np.median(hu[own]))
    for _ in range(int(rng.integers(1, neighbours.most + 1))):
        axes = np.linalg.qr(rng.normal(size=(3, 3)))[0].T  # outwards, and two along the surface
        axes[2] *= np.linalg.det(axes)
        x, y, z = (centre + axes[0])[:, None].astype(np.float32)
        surface_mm = 1.0 / float(relative_radius(lesion, x, y, z)[0])
        breadth = uniform(neighbours.breadth, rng) * radius
        place = centre + axes[0] * (surface_mm + uniform(neighbours.gap_mm, rng) + breadth)
        neighbour = LesionShape(
            site, as_triple(place), (breadth, breadth * uniform(neighbours.elongation, rng), breadth),
            irregularity=uniform(numbers.lesions.node_lobulation, rng),
            hu=looks_like_it + neighbours.hu.draw(rng), seed=int(rng.integers(2**31)),
            turn_rad=as_triple(Rotation.from_matrix(axes).as_rotvec()))
        grow_lesion(neighbour, host, ANOTHER, numbers.lesions, rng)
    host.hu[own], host.mask[own] = hu[own], THE_LESION


def _site_of(structure: int, numbers: Generator, rng: Rng) -> Site:
    own = [site for site in numbers.disease.sites if site_mask_table(site)[structure]]
    if not own or (rng.random() < numbers.clicks.mass_share and structure != CODE["lung"]):
        return numbers.disease.mass
    return own[int(rng.integers(len(own)))]


def _voxel_near_centre(mask: npt.NDArray[np.bool_], reach: int) -> tuple[int, int, int] | None:
    """The voxel of the mask that is nearest to the centre of the patch; None where none is within some voxels."""
    centre = np.array(mask.shape) // 2
    box = tuple(slice(c - reach, c + reach + 1) for c in centre)
    inside = np.argwhere(mask[box])
    if not len(inside):
        return None
    near = inside[np.argmin(((inside - reach) ** 2).sum(1))] + centre - reach
    return int(near[0]), int(near[1]), int(near[2])


def more_clicks(mask: npt.NDArray[np.bool_], first: tuple[int, int, int], clicks: Clicks,
                rng: Rng) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Positive clicks (n, 3) and negative clicks just outside of the lesion.

    A view is centred on the mean of the positive clicks: of several, each may lie anywhere in the lesion, and the last
    one lies where the mean comes near to the place of a single one.
    """
    positive = np.array([first])
    negative = np.empty((0, 3), dtype=np.int64)
    if rng.random() < clicks.more_positive_share:
        inside = np.argwhere(mask)
        positive = inside[rng.integers(len(inside), size=int(rng.integers(1, 3)))]
        wanted = (len(positive) + 1) * np.array(first) - positive.sum(axis=0)
        last = inside[((inside - wanted) ** 2).sum(axis=1).argmin()]
        positive = np.concatenate((positive, last[None]))
    if rng.random() < clicks.negative_share:
        distance = ndimage.distance_transform_edt(~mask)
        near, far = clicks.negative_distance_voxels
        outside = np.argwhere((distance > near) & (distance < far))
        if len(outside):
            negative = outside[rng.integers(len(outside), size=int(rng.integers(1, 3)))]
    return positive, negative


def _random_tissue(shape: tuple[int, int, int], tissue: RandomTissue, rng: Rng) -> DeformedBody:
    """Blobs of random density: no anatomy, but every kind of edge.

    Labels are soft tissue, so that a lesion may grow everywhere.
    """
    fewest, most = tissue.tissues
    count = int(rng.integers(fewest, most + 1))
    grain = uniform(tissue.grain_voxels, rng)
    fields = np.stack([correlated_noise(shape, grain, rng) for _ in range(count)])
    density = np.where(rng.random(count) < tissue.light_share, rng.uniform(*tissue.light_hu, count),
                       rng.uniform(*tissue.soft_hu, count))
    density = np.where(rng.random(count) < tissue.dense_share, rng.uniform(*tissue.dense_hu, count), density)
    hu = density.astype(np.float32)[fields.argmax(0)] + uniform(tissue.texture_hu, rng) * correlated_noise(
        shape, 1.0, rng)
    labels = np.full(shape, CODE["soft_tissue"], dtype=np.uint8)
    return DeformedBody(labels, hu.astype(np.float32), np.ones(shape, dtype=bool), simulated=True)

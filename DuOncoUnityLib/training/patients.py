"""Synthetic patients: a torso with disease, scanned once or twice, with the truth about every lesion.

`make_demo_patient` is the patient of `make demo`; everything is decided by seeds and the bundled `generator.toml`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Vector
from DuOncoUnityLib.records.model import Acquisition
from DuOncoUnityLib.training.body import BodyState
from DuOncoUnityLib.training.ct_physics import Scanner, acquire, add_table, paint_density
from DuOncoUnityLib.training.disease import (
    Host,
    LesionShape,
    choose_site,
    grow_lesion,
    random_lesion,
    site_mask_table,
)
from DuOncoUnityLib.training.distributions import Rng
from DuOncoUnityLib.training.generator import Scans, Site
from DuOncoUnityLib.training.generator_file import bundled_generator
from DuOncoUnityLib.training.metal import Implant, add_implant
from DuOncoUnityLib.training.shapes import axes_mm
from DuOncoUnityLib.training.structures import LabelArray, Phase
from DuOncoUnityLib.training.torso import Torso, make_torso

BASELINE_DATE, FOLLOW_UP_DATE = "2024-01-15", "2024-04-15"
BREATHING_ORGANS = ("lung", "liver", "spleen", "kidney", "adrenal", "pancreas", "pelvic_organs")


@dataclass(frozen=True)
class TrueLesion:
    """What is known about one lesion of a synthetic scan.

    Attributes:
        number: its value in `SyntheticCase.lesion_ids`; the same lesion has the same number at both time points.
        layer: "lesion" or "lymph_node".
        site: key of `terminology.ORGANS`.
        centre_mm: LPS.
        volume_ml: of its voxels.
        long_axis_mm: largest diameter of its ellipsoid.
    """

    number: int
    layer: str
    site: str
    centre_mm: Vector
    volume_ml: float
    long_axis_mm: float


@dataclass(frozen=True)
class SyntheticCase:
    """A synthetic scan with its truth; all arrays on the grid of `ct`.

    Attributes:
        ct: the scan.
        structures: uint8 values of `structures.CODE`.
        lesion_ids: uint8, 0 or the number of the lesion.
        lesions: the truth table.
        l3_centre_mm: LPS centre of the third lumbar vertebra's body.
        torso: the body, in its own frame.
    """

    ct: CTVolume
    structures: LabelArray
    lesion_ids: LabelArray
    lesions: tuple[TrueLesion, ...]
    l3_centre_mm: Vector
    torso: Torso


def make_case(seed: int, spacing_mm: Vector = (1.5, 1.5, 2.5), *, lesion_count: int | None = None) -> SyntheticCase:
    """A scan of a synthetic patient with about `lesion_count` lesions and nodes (drawn by seed when None)."""
    return case_of(make_torso(seed, spacing_mm), seed, Scanner(), lesion_count=lesion_count)


def case_of(torso: Torso, seed: int, scanner: Scanner, *, lesion_count: int | None = None,
            implant: Implant | None = None) -> SyntheticCase:
    """A scan of a given body; the seed decides about lesions, densities and noise."""
    rng = np.random.default_rng([seed, 10])
    fewest, most = bundled_generator().scans.lesions
    count = int(rng.integers(fewest, most + 1)) if lesion_count is None else lesion_count
    shapes = _place_lesions(torso, count, rng)
    look_alikes = _place_look_alikes(torso, shapes, seed)
    return _scan(torso, shapes, look_alikes, scanner, BASELINE_DATE, (0.0, 0.0, 0.0), seed, implant=implant)


def make_follow_up(seed: int, spacing_mm: Vector = (1.5, 1.5, 2.5), *,
                   lesion_count: int = 11) -> tuple[SyntheticCase, SyntheticCase]:
    """Two scans of one patient, three months apart.

    The body differs by breath, bladder, bowel and weight, the scan by the position on the table and by noise. Lesion
    diameters change by chance; in every patient one lesion vanishes, one grows much and one is new. What only looks
    like disease stays as it is.
    """
    change = bundled_generator().follow_up
    rng = np.random.default_rng([seed, 11])
    before = make_torso(seed, spacing_mm, state=BodyState(bowel_seed=seed), arms="up")
    after = make_torso(seed, spacing_mm, arms="up", state=BodyState(
        breathing_mm=change.breathing_mm, bladder=change.bladder, bowel_seed=seed + 1, fat_factor=change.fat))
    shapes = _place_lesions(before, lesion_count + 1, rng)
    numbers = list(shapes)
    first = {number: shapes[number] for number in numbers[:-1]}
    factors = {number: float(np.exp(change.growth.draw(rng))) for number in numbers}
    factors[numbers[0]] = change.largest_growth
    second = {number: _moved(shape, before, after).scaled(factors[number]) for number, shape in shapes.items()
              if number != numbers[1]}
    look_alikes = _place_look_alikes(before, shapes, seed)
    moved = [_moved(shape, before, after) for shape in look_alikes]
    return (_scan(before, first, look_alikes, Scanner(), BASELINE_DATE, (4.0, -170.0, 1210.0), seed),
            _scan(after, second, moved, Scanner(noise_hu=change.noise_hu), FOLLOW_UP_DATE, (-7.0, -178.0, 1243.0),
                  seed, 1))


def make_demo_patient() -> tuple[SyntheticCase, SyntheticCase]:
    """The two scans of the demonstration."""
    return make_follow_up(2024, (1.5, 1.5, 2.5), lesion_count=11)


def _place_lesions(torso: Torso, count: int, rng: Rng) -> dict[int, LesionShape]:
    """Lesions that lie in their organ, apart from each other; numbered from 1."""
    sites = [site for site in bundled_generator().disease.sites if site.organ != "bowel"]  # it moves between scans
    return dict(enumerate(_place(torso, sites, count, (), rng), start=1))


def _place_look_alikes(torso: Torso, lesions: dict[int, LesionShape], seed: int) -> list[LesionShape]:
    """What looks like disease and is none, apart from the lesions and from each other."""
    numbers = bundled_generator()
    rng = np.random.default_rng([seed, 14])
    fewest, most = numbers.scans.look_alikes
    return _place(torso, numbers.disease.look_alikes, int(rng.integers(fewest, most + 1)), tuple(lesions.values()), rng)


def _place(torso: Torso, sites: Sequence[Site], count: int, beside: tuple[LesionShape, ...],
           rng: Rng) -> list[LesionShape]:
    """Up to `count` lesions of some sites, apart from each other and from those that are there."""
    numbers = bundled_generator()
    placed: list[LesionShape] = []
    for _ in range(count * 8):
        if len(placed) == count:
            break
        site = choose_site(sites, rng)
        limits_mm = numbers.lesions.limits_mm if site.layer == "benign" else numbers.scans.lesion_limits_mm
        lesion = random_lesion(site, (0.0, 0.0, 0.0), numbers.lesions, rng, limits_mm=limits_mm)
        centre = _find_place(torso, lesion, [*beside, *placed], numbers.scans, rng)
        if centre is not None:
            placed.append(replace(lesion, centre_mm=centre))
    return placed


def _find_place(torso: Torso, lesion: LesionShape, others: list[LesionShape], scans: Scans,
                rng: Rng) -> Vector | None:
    allowed = site_mask_table(lesion.site)
    host = np.argwhere(allowed[torso.labels[::2, ::2, ::2]]) * 2
    if not len(host):
        return None
    part = scans.bone_lesion_inside if lesion.site.organ == "bone" else scans.lesion_inside
    if lesion.site.layer == "benign":
        part = 0.0  # osteophytes and plates reach beyond the structure that they start from
    directions = rng.normal(0.0, 1.0, (24, 3))
    directions *= 0.75 * np.array(lesion.radii_mm) / np.linalg.norm(directions, axis=1, keepdims=True)
    for _ in range(60):
        centre = torso.geometry.index_to_world(host[rng.integers(len(host))][::-1])
        if any(np.linalg.norm(centre - other.centre_mm) < max(lesion.radii_mm) + max(other.radii_mm)
               + scans.lesion_distance_mm for other in others):
            continue
        around = np.rint(torso.geometry.world_to_index(centre + directions)).astype(int)[:, ::-1]
        if (around < 0).any() or (around >= torso.geometry.shape).any():
            continue
        if allowed[torso.labels[tuple(around.T)]].mean() >= part:
            return float(centre[0]), float(centre[1]), float(centre[2])
    return None


def _moved(lesion: LesionShape, before: Torso, after: Torso) -> LesionShape:
    """The lesion where its organ is after breathing."""
    if lesion.site.organ not in BREATHING_ORGANS:
        return lesion
    x, y, z = lesion.centre_mm
    return replace(lesion, centre_mm=(x, y, z + after.body.breathing(z) - before.body.breathing(z)))


def _scan(torso: Torso, shapes: dict[int, LesionShape], look_alikes: Sequence[LesionShape], scanner: Scanner,
          date: str, table_mm: Vector, person: int, visit: int = 0, implant: Implant | None = None) -> SyntheticCase:
    numbers = bundled_generator()
    rng = np.random.default_rng([person, 12, visit])
    spacing_kji = torso.geometry.spacing_mm[::-1]
    axes = axes_mm(torso.geometry)
    hu = paint_density(torso.labels, spacing_kji, numbers.densities, scanner,
                       np.random.default_rng([person, 13]), rng)
    add_table(hu, torso.labels, axes[1], axes[0])
    ids = np.zeros(torso.labels.shape, dtype=np.uint8)
    host = Host(torso.labels, hu, ids, axes)
    texture = np.random.default_rng([person, 15])  # the same at every visit
    for shape in look_alikes:
        grow_lesion(shape, host, 0, numbers.lesions, texture)
    for number, shape in shapes.items():
        grow_lesion(shape, host, number, numbers.lesions, rng)
    if implant:
        add_implant(hu, implant, numbers.metal, axes)
    voxels = np.bincount(ids.ravel(), minlength=256)
    lesions = tuple(TrueLesion(
        number, shape.site.layer, shape.site.organ, _shifted(shape.centre_mm, table_mm),
        float(voxels[number]) * torso.geometry.voxel_volume_ml, 2.0 * max(shape.radii_mm))
        for number, shape in shapes.items() if voxels[number])
    geometry = replace(torso.geometry, origin_mm=_shifted(torso.geometry.origin_mm, table_mm))
    phase = "" if scanner.phase is Phase.NONE else scanner.phase.value
    ct = CTVolume(acquire(hu, spacing_kji, scanner, rng), geometry, Acquisition(
        date=date, slice_thickness_mm=scanner.slice_mm, contrast_phase=phase or None))
    return SyntheticCase(ct, torso.labels, ids, lesions, _shifted(torso.level_centres_mm["L3"], table_mm), torso)


def _shifted(point_mm: Vector, by_mm: Vector) -> Vector:
    return point_mm[0] + by_mm[0], point_mm[1] + by_mm[1], point_mm[2] + by_mm[2]

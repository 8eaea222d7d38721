"""Synthetic follow-ups: a patient full of lesions, smoothly deformed between visits, with the true links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.followup.registration import Registration, RegistrationQuality, Stage
from DuOncoUnityLib.followup.spatial_transform import SpatialTransform
from DuOncoUnityLib.geometry import FloatArray, Geometry
from DuOncoUnityLib.records.model import (
    Acquisition,
    Caliper,
    Case,
    Lesion,
    Measurement,
    Provenance,
    TimePoint,
)
from DuOncoUnityLib.training.patients import make_case as make_patient

TRUNK = Geometry((140, 60, 80), (5.0, 5.0, 5.0), (-200.0, -150.0, -700.0))
PROVENANCE = Provenance("1", "test", "1", "", "", "2026-01-01T00:00:00Z")
Edge = tuple[str, str, str, str]


def make_lesion(lesion_id: str, centre: FloatArray, diameter_mm: float, layer: str = "lesion",
                site: str = "") -> Lesion:
    centre = np.asarray(centre, dtype=float)
    x, y, z = (float(value) for value in centre)
    half = diameter_mm / 2
    long_axis = Caliper(diameter_mm, (x - half, y, z), (x + half, y, z))
    short_axis = Caliper(diameter_mm, (x, y - half, z), (x, y + half, z))
    volume_ml = np.pi * diameter_mm**3 / 6000.0
    return Lesion(lesion_id, layer, site, Measurement(volume_ml, 100, long_axis, short_axis, 50.0, 10.0, (x, y, z),
                                                      (0, 0, 0, 1, 1, 1), (0, 0, 0)))


def make_time_point(number: int, lesions: list[Lesion], geometry: Geometry = TRUNK) -> TimePoint:
    return TimePoint(f"V{number}", f"2026-{number:02d}-01", geometry, Acquisition(), PROVENANCE, lesions)


def smooth_displacement(rng: np.random.Generator, rms_mm: float, knot_mm: float = 70.0) -> SpatialTransform:
    """A random displacement of the trunk with the given root mean square, smooth over `knot_mm`."""
    shape = (28, 16, 20)
    noise = np.stack([ndimage.gaussian_filter(rng.normal(size=shape), knot_mm / 30.0) for _ in range(3)], axis=-1)
    noise *= rms_mm / np.sqrt((noise**2).sum(axis=-1).mean())
    grid = Geometry(shape, (30.0, 30.0, 30.0), (-250.0, -200.0, -750.0))
    return SpatialTransform(np.eye(4), noise.astype(np.float32), grid)


def registered(transform: SpatialTransform, error: SpatialTransform | None = None) -> Registration:
    """A registration that knows a displacement up to an error."""
    displacement = transform.displacement_mm
    if error is not None and displacement is not None and error.displacement_mm is not None:
        displacement = displacement + error.displacement_mm
    return Registration(SpatialTransform(transform.affine, displacement, transform.grid),
                        RegistrationQuality(Stage.DEFORMABLE, ncc=0.9, body_overlap=0.98, bone_overlap=0.8))


@dataclass
class SyntheticFollowUp:
    """A case, its registrations and the true links (prior visit, prior lesion, current visit, current lesion)."""

    case: Case
    registrations: dict[tuple[str, str], Registration]
    truth: set[Edge] = field(default_factory=set)

    def register(self, prior: str, current: str) -> Registration:
        return self.registrations[prior, current]


def place_lesions(rng: np.random.Generator, count: int,
                  spread: Callable[[], FloatArray]) -> list[tuple[FloatArray, float]]:
    """Balls that do not touch: centres from `spread`, diameters 6 to 50 mm, most of them small."""
    balls: list[tuple[FloatArray, float]] = []
    while len(balls) < count:
        centre, diameter = spread(), float(np.clip(rng.lognormal(np.log(14.0), 0.5), 6.0, 50.0))
        if all(np.linalg.norm(centre - other) > (diameter + size) / 2 + 6.0 for other, size in balls):
            balls.append((centre, diameter))
    return balls


@pytest.fixture(scope="session")
def make_follow_up() -> Callable[..., SyntheticFollowUp]:
    return synthetic_follow_up


@pytest.fixture(scope="session")
def make_case() -> Callable[..., Case]:
    """A case from visits, each a list of (id, centre, diameter[, layer[, site]])."""

    def build(*visits: list[tuple[Any, ...]], geometries: dict[int, Geometry] | None = None) -> Case:
        return Case("case", [make_time_point(number, [make_lesion(*lesion) for lesion in lesions],
                                             (geometries or {}).get(number, TRUNK))
                             for number, lesions in enumerate(visits, start=1)])

    return build


@pytest.fixture(scope="session")
def still() -> Callable[[str, str], Registration]:
    """The registrations of a patient who never moves."""
    quality = RegistrationQuality(Stage.DEFORMABLE, ncc=0.95, body_overlap=0.99, bone_overlap=0.8)
    return lambda prior, current: Registration(SpatialTransform(np.eye(4)), quality)


def synthetic_follow_up(seed: int, count: int = 60, error_mm: float = 7.0) -> SyntheticFollowUp:
    """Two visits: most lesions stay and change in size, some split, merge, vanish or are new."""
    rng = np.random.default_rng(seed)

    def spread() -> FloatArray:
        if rng.random() < 0.35:  # a liver full of metastases
            return np.array([-60.0, -20.0, -350.0]) + rng.uniform(-65, 65, 3)
        return np.array([rng.uniform(-150, 150), rng.uniform(-100, 100), rng.uniform(-650, -50)])

    balls = place_lesions(rng, count, spread)
    motion = smooth_displacement(rng, 12.0)
    prior: list[Lesion] = []
    current: list[Lesion] = []
    truth: set[Edge] = set()

    def add_current(centre: FloatArray, diameter: float, parents: list[str]) -> None:
        lesion_id = f"C{len(current) + 1}"
        current.append(make_lesion(lesion_id, motion.map_points(centre), diameter))
        truth.update(("V1", parent, "V2", lesion_id) for parent in parents)

    for number, (centre, diameter) in enumerate(balls):
        kind = number % 12
        lesion_id = f"P{number + 1}"
        if kind == 0:  # new
            add_current(centre, diameter, [])
            continue
        direction = rng.normal(size=3)
        direction /= np.linalg.norm(direction)
        if kind == 1 and diameter > 12.0:  # merges: two halves become one
            sides = [(f"{lesion_id}{side}", centre + sign * 0.45 * diameter * direction)
                     for side, sign in (("a", 1), ("b", -1))]
            prior.extend(make_lesion(name, place, 0.75 * diameter) for name, place in sides)
            add_current(centre, 1.1 * diameter, [name for name, _ in sides])
            continue
        prior.append(make_lesion(lesion_id, centre, diameter))
        if kind == 2:  # vanishes
            continue
        if kind == 3 and diameter > 12.0:  # splits
            add_current(centre + 0.3 * diameter * direction, 0.6 * diameter, [lesion_id])
            add_current(centre - 0.3 * diameter * direction, 0.4 * diameter, [lesion_id])
            continue
        add_current(centre + rng.normal(0, 1.0, 3), diameter * float(np.exp(rng.normal(0, 0.25))), [lesion_id])
    registration = registered(motion, smooth_displacement(rng, error_mm))
    case = Case("synthetic", [make_time_point(1, prior), make_time_point(2, current)])
    return SyntheticFollowUp(case, {("V1", "V2"): registration}, truth)


@pytest.fixture(scope="session")
def chest_of() -> Callable[[int], CTVolume]:
    """By seed, a synthetic chest and upper abdomen, coarse enough for quick tests."""
    return _chest_of


@pytest.fixture(scope="session")
def chest() -> CTVolume:
    return _chest_of(7)


def _chest_of(seed: int) -> CTVolume:
    ct = make_patient(seed, (4.0, 4.0, 5.0), lesion_count=4).ct
    first = ct.hu.shape[0] - 70
    start = (first, 0, 0)
    shape = (64, *ct.hu.shape[1:])
    return replace(ct, hu=ct.hu[first:first + 64], geometry=ct.geometry.crop(start, shape))

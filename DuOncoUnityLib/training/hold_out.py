"""The synthetic scans on which the networks are judged: persons that training never draws, under many conditions.

Every condition scans the same persons with the same lesions as the usual one, so that figures differ by the condition
and not by chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from DuOncoUnityLib.geometry import Vector
from DuOncoUnityLib.training.body import random_body
from DuOncoUnityLib.training.ct_physics import Scanner
from DuOncoUnityLib.training.generator_file import bundled_generator
from DuOncoUnityLib.training.metal import spinal_fixation
from DuOncoUnityLib.training.patients import SyntheticCase, case_of
from DuOncoUnityLib.training.structures import Phase
from DuOncoUnityLib.training.torso import Torso, make_torso

FIRST_SEED = 900_001  # training draws from 1000 and 600001, calibration from 700001
LESIONS = 14
SPACING_MM: Vector = (1.5, 1.5, 2.5)
CHILD_SCALE = 0.65
COVERED = (0.28, 0.62)  # part of the trunk's height that a scan of the upper abdomen sees


@dataclass(frozen=True)
class Condition:
    """A kind of scan.

    Attributes:
        key: in names of files.
        name: in tables.
        make: the scan of a person (seed) on a voxel size; None stands for `SPACING_MM`.
    """

    key: str
    name: str
    make: Callable[[int, Vector], SyntheticCase]


def usual_scan(seed: int, spacing_mm: Vector = SPACING_MM) -> SyntheticCase:
    """Portal venous phase, 2.5 mm slices, arms up, the whole trunk."""
    return _scan(make_torso(seed, spacing_mm, arms="up"), seed)


def thick_slices(seed: int, spacing_mm: Vector, *, count: int) -> SyntheticCase:
    """The usual scan, `count` of its slices averaged into one, the truth by majority."""
    case = usual_scan(seed, spacing_mm)
    slices = len(case.ct.hu) // count * count
    hu = case.ct.hu[:slices].reshape(-1, count, *case.ct.hu.shape[1:]).mean(axis=1, dtype=np.float32)
    ids = np.zeros(hu.shape, np.uint8)
    for lesion in case.lesions:
        share = (case.lesion_ids[:slices] == lesion.number).reshape(-1, count, *ids.shape[1:]).mean(axis=1)
        ids[share >= 0.5] = lesion.number
    x, y, z = case.ct.geometry.spacing_mm
    ox, oy, oz = case.ct.geometry.origin_mm
    geometry = replace(case.ct.geometry, shape=(len(hu), *hu.shape[1:]), spacing_mm=(x, y, z * count),
                       origin_mm=(ox, oy, oz + z * (count - 1) / 2))
    acquisition = replace(case.ct.acquisition, slice_thickness_mm=z * count)
    ct = replace(case.ct, hu=np.rint(hu).astype(np.int16), geometry=geometry, acquisition=acquisition)
    return _with_truth_on(replace(case, ct=ct, structures=case.structures[count // 2:slices:count], lesion_ids=ids))


def no_contrast(seed: int, spacing_mm: Vector = SPACING_MM) -> SyntheticCase:
    """Without contrast medium."""
    return _scan(make_torso(seed, spacing_mm, arms="up"), seed, Scanner(phase=Phase.NONE))


def oral_contrast(seed: int, spacing_mm: Vector = SPACING_MM) -> SyntheticCase:
    """The usual scan after drinking contrast medium: most of the gut is denser than all soft tissue."""
    return _scan(make_torso(seed, spacing_mm, arms="up"), seed, Scanner(oral_contrast=True))


def arms_down(seed: int, spacing_mm: Vector = SPACING_MM) -> SyntheticCase:
    """Arms beside the trunk."""
    return _scan(make_torso(seed, spacing_mm, arms="down"), seed)


def metal(seed: int, spacing_mm: Vector = SPACING_MM) -> SyntheticCase:
    """Two steel rods behind L2 to L4, with streaks."""
    torso = make_torso(seed, spacing_mm, arms="up")
    return case_of(torso, seed, Scanner(), lesion_count=LESIONS, implant=spinal_fixation(torso.level_centres_mm))


def partial_coverage(seed: int, spacing_mm: Vector = SPACING_MM) -> SyntheticCase:
    """Only the abdomen of the usual scan."""
    case = usual_scan(seed, spacing_mm)
    low, high = (int(len(case.ct.hu) * part) for part in COVERED)
    geometry = case.ct.geometry.crop([low, 0, 0], (high - low, *case.ct.hu.shape[1:]))
    ct = replace(case.ct, hu=case.ct.hu[low:high].copy(), geometry=geometry)
    return _with_truth_on(replace(case, ct=ct, structures=case.structures[low:high],
                                  lesion_ids=case.lesion_ids[low:high].copy()))


def paediatric_size(seed: int, spacing_mm: Vector = SPACING_MM) -> SyntheticCase:
    """An adult's anatomy at 0.65 of its size, about the height of a child of five to six; lesions keep theirs."""
    x, y, z = spacing_mm
    adult = make_torso(seed, (x / CHILD_SCALE, y / CHILD_SCALE, z / CHILD_SCALE), arms="up")
    geometry = replace(adult.geometry, spacing_mm=spacing_mm, origin_mm=_scaled(adult.geometry.origin_mm))
    centres = {level: _scaled(centre) for level, centre in adult.level_centres_mm.items()}
    return _scan(Torso(adult.labels, geometry, adult.body, centres), seed)


def very_large_body(seed: int, spacing_mm: Vector = SPACING_MM) -> SyntheticCase:
    """A fifth wider and a quarter deeper than usual under 75 mm of fat, with the noise that such a body causes."""
    person = random_body(bundled_generator().bodies, seed, arms="up")
    body = replace(person, width=1.2 * person.width, depth=1.25 * person.depth, fat_mm=75.0)
    return _scan(make_torso(seed, spacing_mm, body=body), seed, Scanner(noise_hu=22.0))


USUAL = Condition("usual", "usual: portal venous, 2.5 mm", usual_scan)
CONDITIONS = (
    Condition("slices_5", "5 mm slices", partial(thick_slices, count=2)),
    Condition("slices_10", "10 mm slices", partial(thick_slices, count=4)),
    Condition("no_contrast", "no contrast", no_contrast),
    Condition("oral_contrast", "oral contrast", oral_contrast),
    Condition("arms_down", "arms down", arms_down),
    Condition("metal", "metal (spinal rods)", metal),
    Condition("partial", "abdomen only", partial_coverage),
    Condition("child", "paediatric size", paediatric_size),
    Condition("large", "very large body", very_large_body),
)


def _scan(torso: Torso, seed: int, scanner: Scanner | None = None) -> SyntheticCase:
    return case_of(torso, seed, scanner or Scanner(), lesion_count=LESIONS)


def _with_truth_on(case: SyntheticCase) -> SyntheticCase:
    """The case with the lesions that its mask still holds."""
    voxels = np.bincount(case.lesion_ids.ravel(), minlength=256)
    volume = case.ct.geometry.voxel_volume_ml
    return replace(case, lesions=tuple(
        replace(lesion, volume_ml=float(voxels[lesion.number]) * volume)
        for lesion in case.lesions if voxels[lesion.number]))


def _scaled(point_mm: Vector) -> Vector:
    x, y, z = point_mm
    return x * CHILD_SCALE, y * CHILD_SCALE, z * CHILD_SCALE

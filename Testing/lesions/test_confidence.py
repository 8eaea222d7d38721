"""What speaks for a lesion beside the network's probability in it: its form and what lies around it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Geometry, Vector
from DuOncoUnityLib.lesions.confidence import roundness_of, score_of
from DuOncoUnityLib.lesions.seen_scan import ProbabilityMap, SeenScan

sides = st.tuples(*[st.integers(1, 6)] * 3)
spacings = st.tuples(*[st.floats(0.4, 8.0)] * 3)


def water(geometry: Geometry) -> CTVolume:
    return CTVolume(np.zeros(geometry.shape, np.int16), geometry)


@given(sides, spacings)
def test_the_roundness_of_a_box_is_its_shortest_side_over_its_longest(voxels_kji: tuple[int, int, int],
                                                                      spacing_mm: Vector) -> None:
    sides_mm = np.array(voxels_kji) * spacing_mm[::-1]
    kji = np.argwhere(np.ones(voxels_kji, bool))
    assert roundness_of(kji, spacing_mm) == pytest.approx(sides_mm.min() / sides_mm.max())


def test_a_ball_is_round_whatever_the_voxels_and_a_slanting_tube_is_not() -> None:
    spacing_mm = (0.8, 0.8, 2.5)
    z, y, x = np.indices((17, 51, 51)) * np.array(spacing_mm[::-1])[:, None, None, None] - np.full((3, 1, 1, 1), 20.0)
    ball = np.argwhere(x**2 + y**2 + z**2 <= 12.0**2)
    along = (x + y + z) / 3.0
    tube = np.argwhere(((x - along)**2 + (y - along)**2 + (z - along)**2 <= 3.0**2) & (np.abs(along) < 10.0))
    assert roundness_of(ball, spacing_mm) > 0.95
    assert roundness_of(tube, spacing_mm) < 0.25


def test_moved_and_mirrored_voxels_are_as_round_as_before() -> None:
    kji = np.argwhere(np.random.default_rng(3).random((5, 7, 9)) < 0.3)
    expected = roundness_of(kji, (0.7, 0.9, 3.0))
    assert roundness_of(kji + 40, (0.7, 0.9, 3.0)) == pytest.approx(expected)
    assert roundness_of(kji * [-1, 1, -1], (0.7, 0.9, 3.0)) == pytest.approx(expected)
    assert roundness_of(kji[:, ::-1], (3.0, 0.9, 0.7)) == pytest.approx(expected)


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 1.0), (0.7, 0.9, 3.0)])
def test_the_rim_is_what_lies_within_4_mm_of_the_lesion(spacing_mm: Vector) -> None:
    """A lesion of one voxel with certain disease at some distance, along each axis and in an oblique, flipped scan."""
    oblique = (0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, -1.0)
    geometry = Geometry((21, 21, 21), spacing_mm, (-30.0, 50.0, 700.0), oblique)
    for axis, step_mm in enumerate(spacing_mm[::-1]):
        for steps in range(1, 9):
            values = np.zeros(geometry.shape, np.uint8)
            values[tuple(10 + steps * (n == axis) for n in range(3))] = 255
            score = score_of(np.ones((1, 1, 1), bool), (slice(10, 11),) * 3,
                             SeenScan(water(geometry), ProbabilityMap(values, geometry)))
            assert (score.rim > 0.0) == (steps * step_mm <= 4.0)
            assert score.mean == 0.0


def test_the_rim_does_not_hold_the_lesion_itself() -> None:
    geometry = Geometry((20, 20, 20), (1.0, 1.0, 2.0))
    values = np.zeros(geometry.shape, np.uint8)
    values[8:12, 6:14, 6:14] = 255
    score = score_of(np.ones((4, 8, 8), bool), (slice(8, 12), slice(6, 14), slice(6, 14)),
                     SeenScan(water(geometry), ProbabilityMap(values, geometry)))
    assert (score.mean, score.peak, score.rim) == (1.0, 1.0, 0.0)


def test_the_share_of_gut_counts_stomach_and_bowel_around_the_lesion() -> None:
    geometry = Geometry((20, 20, 20), (1.0, 1.0, 1.0))
    organs = np.full(geometry.shape, 3, np.uint8)
    organs[:, :, :10], organs[:10, :, :10] = 1, 2
    anatomy = LabelMap(organs, geometry, {"stomach": 1, "bowel": 2, "liver": 3})
    flat = ProbabilityMap(np.zeros(geometry.shape, np.uint8), geometry)

    def gut_share(column: int, anatomy: LabelMap | None = anatomy) -> float:
        box = slice(8, 12), slice(8, 12), slice(column, column + 4)
        return score_of(np.ones((4, 4, 4), bool), box, SeenScan(water(geometry), flat, anatomy)).gut_share

    assert (gut_share(2), gut_share(14)) == (1.0, 0.0)
    assert gut_share(8) == pytest.approx(0.5)
    assert gut_share(2, None) == 0.0


@pytest.mark.parametrize(("hu", "expected"), [(150, 0.0), (200, 0.0), (350, 0.75)])
def test_what_is_denser_than_soft_tissue_counts_where_it_lies_outside_bone(hu: int, expected: float) -> None:
    """Enhanced soft tissue stays below 200 HU (Bae, Radiology 2010;256:32)."""
    geometry = Geometry((20, 20, 20), (0.8, 0.8, 2.5))
    organs = np.full(geometry.shape, 1, np.uint8)
    organs[:, :, :9] = 2
    ct = CTVolume(np.full(geometry.shape, hu, np.int16), geometry)
    anatomy = LabelMap(organs, geometry, {"muscle": 1, "lumbar_spine": 2})
    flat = ProbabilityMap(np.zeros(geometry.shape, np.uint8), geometry)
    mask, box = np.ones((4, 4, 4), bool), (slice(8, 12),) * 3
    assert score_of(mask, box, SeenScan(ct, flat, anatomy)).dense_outside_bone == expected
    assert score_of(mask, box, SeenScan(ct, flat)).dense_outside_bone == 0.0


def test_the_site_tells_what_lies_in_a_kidney() -> None:
    geometry = Geometry((20, 20, 20), (0.8, 0.8, 2.5))
    flat = ProbabilityMap(np.zeros(geometry.shape, np.uint8), geometry)
    scores = [score_of(np.ones((4, 4, 4), bool), (slice(8, 12),) * 3, SeenScan(water(geometry), flat), site)
              for site in ("kidney", "liver", "")]
    assert [score.in_kidney for score in scores] == [1.0, 0.0, 0.0]


@pytest.mark.parametrize(("blood_hu", "lesion_hu", "expected"), [
    (160, 160, 1.0), (160, 135, 0.368), (160, 60, 0.0), (320, 60, 0.0), (45, 45, 0.0)])
def test_a_lesion_as_dense_as_enhanced_blood_is_like_a_vessel(blood_hu: int, lesion_hu: int, expected: float) -> None:
    """Without contrast medium (45 HU) blood tells nothing, since tumours have its density."""
    geometry = Geometry((20, 20, 20), (0.8, 0.8, 2.5))
    organs = np.zeros(geometry.shape, np.uint8)
    organs[:5], organs[5:8] = 1, 2
    hu = np.where(organs > 0, blood_hu, lesion_hu).astype(np.int16)
    hu[0, 0, 0] = 1500  # calcified wall
    anatomy = LabelMap(organs, geometry, {"heart": 1, "great_vessels": 2})
    scan = SeenScan(CTVolume(hu, geometry), ProbabilityMap(np.zeros(geometry.shape, np.uint8), geometry), anatomy)
    score = score_of(np.ones((4, 4, 4), bool), (slice(12, 16),) * 3, scan)
    assert score.blood_likeness == pytest.approx(expected, abs=0.001)


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 1.0), (0.7, 0.9, 2.5)])
def test_a_tube_goes_on_in_its_density_and_a_ball_in_fat_does_not(spacing_mm: Vector) -> None:
    """Of a tube a piece is proposed, of a ball all of it; the scan is oblique and flipped."""
    oblique = (0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, -1.0)
    geometry = Geometry((24, 40, 40), spacing_mm, (-30.0, 50.0, 700.0), oblique)
    flat = ProbabilityMap(np.zeros(geometry.shape, np.uint8), geometry)
    middle = (np.array(geometry.shape) - 1) * spacing_mm[::-1] / 2
    z, y, x = np.indices(geometry.shape) * np.array(spacing_mm[::-1])[:, None, None, None] - middle[:, None, None, None]
    tube, ball = y**2 + x**2 <= 6.0**2, z**2 + y**2 + x**2 <= 6.0**2
    shares = []
    for there, proposed in ((ball, ball), (tube, tube & (abs(z) < 6.0))):
        ct = CTVolume(np.where(there, 40, -100).astype(np.int16), geometry)
        box = ndimage.find_objects(proposed.astype(int))[0]
        shares.append(score_of(proposed[box], box, SeenScan(ct, flat)).same_density_around)
    assert shares[0] == 0.0
    assert 0.15 < shares[1] < 0.5


def test_a_scan_that_ends_at_the_lesion_has_nothing_around_it() -> None:
    geometry = Geometry((4, 4, 4), (1.0, 1.0, 1.0))
    flat = ProbabilityMap(np.zeros(geometry.shape, np.uint8), geometry)
    score = score_of(np.ones(geometry.shape, bool), (slice(0, 4),) * 3, SeenScan(water(geometry), flat))
    assert (score.same_density_around, score.rim, score.gut_share) == (0.0, 0.0, 0.0)


def test_without_heart_and_vessels_nothing_is_like_blood() -> None:
    geometry = Geometry((4, 4, 4), (1.0, 1.0, 1.0))
    bright = CTVolume(np.full(geometry.shape, 150, np.int16), geometry)
    flat = ProbabilityMap(np.zeros(geometry.shape, np.uint8), geometry)
    assert SeenScan(bright, flat).blood_hu is None
    without_heart = LabelMap(np.zeros(geometry.shape, np.uint8), geometry, {"heart": 1})
    assert SeenScan(bright, flat, without_heart).blood_hu is None

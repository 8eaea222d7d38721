"""What speaks for a lesion beside the network's probability: its form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from DuOncoUnityLib.geometry import Vector
from DuOncoUnityLib.lesions.confidence import roundness_of

sides = st.tuples(*[st.integers(1, 6)] * 3)
spacings = st.tuples(*[st.floats(0.4, 8.0)] * 3)


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

"""Parts of one mass that the network gave different names become one proposal; neighbours stay apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.joining import join_parts

GRIDS = (Geometry((40, 60, 60), (1.0, 1.0, 1.0)), Geometry((20, 60, 90), (0.6, 1.0, 2.5), (5.0, -6.0, 7.0)))
LESION, NODE, MUSCLE = 1, 2, 3


def ball(grid: Geometry, radius_mm: float, shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> np.ndarray:
    """A ball around the middle of the grid, moved along its axes i, j, k."""
    squares = 0.0
    for axis, (size, spacing, shift) in enumerate(zip(grid.shape[::-1], grid.spacing_mm, shift_mm, strict=True)):
        distance = (np.arange(size) - size // 2) * spacing - shift
        squares = squares + (distance**2).reshape([-1 if n == 2 - axis else 1 for n in range(3)])
    return np.asarray(squares) <= radius_mm**2


def joined(labels: np.ndarray, grid: Geometry) -> np.ndarray:
    labels = labels.copy()
    join_parts(labels, grid, (LESION, NODE))
    return labels


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("rim_mm", [1.5, 3.0])
def test_a_rim_joins_its_core(grid: Geometry, rim_mm: float) -> None:
    labels = np.where(ball(grid, 12.0), LESION, 0).astype(np.uint8)
    labels[ball(grid, 12.0 - rim_mm, (2.0, 0.0, 0.0)) & (labels > 0)] = NODE
    core = NODE if (labels == NODE).sum() > (labels == LESION).sum() else LESION
    assert set(np.unique(joined(labels, grid))) == {0, core}


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_ball_of_two_parts_becomes_what_the_larger_one_is(grid: Geometry, axis: int) -> None:
    labels = np.where(ball(grid, 12.0), LESION, 0).astype(np.uint8)
    upper = np.moveaxis(labels, axis, 0)[labels.shape[axis] // 2 + 1:]
    upper[upper > 0] = NODE
    assert set(np.unique(joined(labels, grid))) == {0, LESION}


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("radius_mm", [8.0, 5.0])
def test_a_node_beside_a_tumour_stays_a_node(grid: Geometry, radius_mm: float) -> None:
    """Pressed together by a tenth of the diameter."""
    tumour = ball(grid, 10.0, (-10.0, 0.0, 0.0))
    node = ball(grid, radius_mm, (0.9 * radius_mm, 0.0, 0.0))
    labels = np.where(tumour, LESION, np.where(node, NODE, 0)).astype(np.uint8)
    assert np.array_equal(joined(labels, grid), labels)


def test_a_part_follows_the_part_that_it_belongs_to() -> None:
    """A speck in the rim of a mass, called as the mass is, and the rim between them, called something else."""
    labels = np.where(ball(GRIDS[0], 14.0), NODE, 0).astype(np.uint8)
    labels[ball(GRIDS[0], 12.0)] = LESION
    labels[ball(GRIDS[0], 1.0, (13.0, 0.0, 0.0))] = LESION
    assert set(np.unique(joined(labels, GRIDS[0]))) == {0, LESION}


def test_a_mass_at_the_edge_of_the_scan_is_joined() -> None:
    labels = np.zeros(GRIDS[0].shape, np.uint8)
    labels[:6, 20:32, 20:32] = LESION
    labels[:6, 20:32, 32:36] = NODE
    assert set(np.unique(joined(labels, GRIDS[0]))) == {0, LESION}


def test_other_layers_are_left_alone() -> None:
    labels = np.where(ball(GRIDS[0], 12.0), MUSCLE, 0).astype(np.uint8)
    labels[ball(GRIDS[0], 8.0)] = LESION
    assert np.array_equal(joined(labels, GRIDS[0]), labels)


@given(st.integers(0, 2**32 - 1))
def test_joining_keeps_every_voxel(seed: int) -> None:
    rng = np.random.default_rng(seed)
    grid = Geometry((8, 9, 10), (0.7, 0.8, 2.0))
    labels = (rng.random(grid.shape) < 0.15).astype(np.uint8) * rng.integers(1, 3, grid.shape).astype(np.uint8)
    assert np.array_equal(joined(labels, grid) > 0, labels > 0)

"""Tiles cover the body, blend without seams, and spare what is not body."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from DuOncoUnityLib.model.tiling import Slab, plan_slabs

sides = st.integers(1, 150)


def _total_weight(slabs: list[Slab], shape: tuple[int, ...]) -> np.ndarray:
    total = np.zeros(shape)
    for slab in slabs:
        for tile in slab.tiles:
            weight = np.einsum("i,j,k->ijk", *tile.weights)
            inside = tuple(slice(max(0, -start), max(0, min(side, size - start)))
                           for start, side, size in zip(tile.start, tile.shape, shape, strict=True))
            target = tuple(slice(part.start + start, part.stop + start)
                           for part, start in zip(inside, tile.start, strict=True))
            total[target] += weight[inside]
    return total


@settings(max_examples=30, deadline=None)
@example((1, 33, 49), 32, 40**3)   # three spans that all overlap each other
@given(st.tuples(sides, sides, sides), st.sampled_from([32, 48]), st.sampled_from([40**3, 64**3]))
def test_weights_sum_to_one_everywhere_in_the_body(shape: tuple[int, int, int], patch: int, max_voxels: int) -> None:
    body = np.ones(shape, dtype=bool)
    slabs = plan_slabs(body, (patch,) * 3, 16, max_voxels)
    np.testing.assert_allclose(_total_weight(slabs, shape), 1, atol=1e-6)
    for slab in slabs:
        for tile in slab.tiles:
            assert all(side % 16 == 0 and side >= patch for side in tile.shape)
            assert np.prod(tile.shape) <= max(max_voxels, patch**3)


@settings(max_examples=30, deadline=None)
@given(st.tuples(sides, sides, sides), st.tuples(*[st.integers(0, 40)] * 2), st.sampled_from([8, 16, 32]))
def test_all_tiles_lie_on_one_lattice(shape: tuple[int, int, int], corner: tuple[int, int], divisor: int) -> None:
    """The levels of the network are then the same in every tile."""
    body = np.zeros((shape[0], shape[1] + corner[0], shape[2] + corner[1]), dtype=bool)
    body[:, corner[0]:, corner[1]:] = True
    for slab in plan_slabs(body, (64, 64, 64), divisor, 64**3):
        for tile in slab.tiles:
            assert all((start - first) % divisor == 0 for start, first in zip(tile.start, (0, *corner), strict=True))


def test_slabs_follow_each_other_upwards() -> None:
    slabs = plan_slabs(np.ones((300, 60, 60), dtype=bool), (64, 64, 64), 16, 64**3 * 2)
    assert len(slabs) > 2
    assert all(low.start < high.start < low.stop for low, high in pairwise(slabs))


def test_air_is_not_computed() -> None:
    body = np.zeros((200, 200, 300), dtype=bool)
    body[:, 60:140, 100:200] = True
    body[:60, 60:140, 10:290] = True
    slabs = plan_slabs(body, (64, 64, 64), 16, 2**21)
    computed = sum(np.prod(tile.shape) for slab in slabs for tile in slab.tiles)
    assert computed < 1.6 * body.sum()
    assert _total_weight(slabs, body.shape)[body] == pytest.approx(1, abs=1e-6)


def test_parts_of_the_body_far_apart_leave_the_air_between_out() -> None:
    body = np.zeros((64, 64, 600), dtype=bool)
    body[..., :64] = body[..., -64:] = True
    tiles = [tile for slab in plan_slabs(body, (64, 64, 64), 16, 64**3) for tile in slab.tiles]
    assert 2 <= len(tiles) <= 4

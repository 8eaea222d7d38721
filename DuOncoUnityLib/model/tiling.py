"""Where the network is applied: few overlapping tiles that cover the body, in slabs from the feet upwards.

The network is fully convolutional with folded normalisation, so tiles need not have the size of the training patches:
larger ones waste less on overlaps. Tiles are blended by ramps across their overlaps; their weights sum to one. They
start at multiples of the network's divisor from the first slice, row and column: so its coarser levels lie on the same
lattice in every tile, and inside the tiles it answers as it would without tiles.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

_OVERLAP = 16  # voxels, of which the outermost quarter on each side is not used at all
_MAX_TILES_PER_AXIS = 64

Span = tuple[int, int]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Tile:
    """A block for the network; `start` may be negative and the end beyond the grid: outside is air.

    Attributes:
        weights: one ramp per axis; the weight of a voxel is their product.
    """

    start: tuple[int, int, int]
    shape: tuple[int, int, int]
    weights: tuple[npt.NDArray[np.float32], ...]


@dataclass(frozen=True)
class Slab:
    """Tiles that share the same range of slices; slices below the next slab's `start` are final after this one."""

    start: int
    stop: int
    tiles: list[Tile]


def plan_slabs(body: Mask, patch: tuple[int, int, int], divisor: int,
               max_voxels: int) -> list[Slab]:
    """Cover a body mask (S, P, L) with the tiles that need the least computation.

    Args:
        patch: training patch; tiles are not smaller, so that the network sees as much context as in training.
        divisor: tile sides are multiples of it.
        max_voxels: of a tile, if the patch itself is not larger.
    """
    plans = (_plan(body, spans, patch, divisor, max_voxels) for spans in _splits(body.shape[0], patch[0], divisor)
             if (spans[0][1] - spans[0][0]) * patch[1] * patch[2] <= max(max_voxels, int(np.prod(patch))))
    return min(plans, key=lambda slabs: sum(np.prod(tile.shape) for slab in slabs for tile in slab.tiles))


def _plan(body: Mask, spans: list[Span], patch: tuple[int, int, int], divisor: int,
          max_voxels: int) -> list[Slab]:
    """Slabs of given extent, each with its own tiling of the part of the body it holds."""
    slabs = []
    origin = [int(np.argmax(body.any(axis=axes))) for axes in ((0, 2), (0, 1))]
    for span, ramp in zip(spans, _ramps(spans), strict=True):
        seen: Mask = np.any(body[max(span[0], 0):span[1]], axis=0)
        slabs.append(Slab(*span, list(_plane_tiles(seen, origin, span, ramp, patch, divisor, max_voxels))))
    return slabs


def _plane_tiles(seen: Mask, origin: list[int], span: Span, ramp: npt.NDArray[np.float32],
                 patch: tuple[int, int, int], divisor: int, max_voxels: int) -> Iterator[Tile]:
    """The cheapest tiles of one slab; `seen` is the body projected along S, `origin` its first row and column."""
    if not seen.any():
        return
    used = [np.flatnonzero(seen.any(axis=1 - axis)) for axis in (0, 1)]
    offsets = [first + (int(indices[0]) - first) // divisor * divisor
               for indices, first in zip(used, origin, strict=True)]
    splits = [list(_splits(int(indices[-1]) + 1 - offset, side, divisor))
              for indices, offset, side in zip(used, offsets, patch[1:], strict=True)]
    depth = span[1] - span[0]
    limit = max(max_voxels, int(np.prod(patch)))

    def cost(rows: list[Span], columns: list[Span]) -> tuple[bool, int]:
        size = depth * (rows[0][1] - rows[0][0]) * (columns[0][1] - columns[0][0])
        return size > limit, size * len(rows) * len(columns)

    rows, columns = min(product(*splits), key=lambda split: cost(*split))
    rows = [(a + offsets[0], b + offsets[0]) for a, b in rows]
    columns = [(a + offsets[1], b + offsets[1]) for a, b in columns]
    for (row, row_ramp), (column, column_ramp) in product(zip(rows, _ramps(rows), strict=True),
                                                          zip(columns, _ramps(columns), strict=True)):
        if seen[max(row[0], 0):row[1], max(column[0], 0):column[1]].any():
            yield Tile((span[0], row[0], column[0]), (depth, row[1] - row[0], column[1] - column[0]),
                       (ramp, row_ramp, column_ramp))


def _splits(length: int, patch: int, divisor: int) -> Iterator[list[Span]]:
    """All ways to cover `length` voxels by 1, 2, ... evenly spread spans of one size down to that of the patch.

    All starts are multiples of the divisor.
    """
    units, overlap = -(-length // divisor), -(-_OVERLAP // divisor)
    smallest = -(-patch // divisor)
    for count in range(1, _MAX_TILES_PER_AXIS):
        size = max(-(-(units + (count - 1) * overlap) // count), smallest)
        if count == 1:
            starts = [-((size - units) // 2)]
        elif size < units:
            starts = [round(i * (units - size) / (count - 1)) for i in range(count)]
        else:
            starts = []
        if starts:
            yield [(start * divisor, (start + size) * divisor) for start in starts]
        if size == smallest:
            return


def _ramps(spans: list[Span]) -> list[npt.NDArray[np.float32]]:
    """Weights of every span: linear in the middle half of each overlap, summing to one over all spans."""
    ramps = [np.ones(stop - start) for start, stop in spans]
    for left, right, low, high in zip(ramps, ramps[1:], spans, spans[1:], strict=False):
        overlap = low[1] - high[0]
        rise = np.clip((np.arange(overlap) + 0.5 - overlap / 4) / (overlap / 2), 0, 1)
        right[:overlap] *= rise
        left[len(left) - overlap:] *= 1 - rise
    first = spans[0][0]
    total = np.zeros(spans[-1][1] - first)
    for (start, stop), ramp in zip(spans, ramps, strict=True):
        total[start - first:stop - first] += ramp
    # short spans may overlap the next but one, too
    return [(ramp / total[start - first:stop - first]).astype(np.float32)
            for (start, stop), ramp in zip(spans, ramps, strict=True)]

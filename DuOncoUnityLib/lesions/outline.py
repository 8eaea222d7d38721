"""Calipers on the outline of a two-dimensional mask.

The outline joins the midpoints of the pixel edges that separate mask from background, as the contours and meshes of
scikit-image, pyradiomics and OHIF do, and turns at the corner of a pixel where the mask is a box as far as five pixels
from that corner. So boxes of any size are exact, and round shapes, whose edges climb in steps that are cut, stay within
a pixel of the truth. Error of the long axis in pixels against the true one of digitised ellipses of random place and
direction (mean of 150 each; `Testing/lesions/test_outline.py` repeats it) and of a box of 40 x 20:

    long axis (px)      5      13     40   |   5      13     40   |  box
    short / long        1.0    1.0    1.0  |   0.4    0.4    0.4  |
    pixel centres     -0.53  -0.26  -0.11  | -1.11  -0.86  -0.65  | -1.34
    edge midpoints    +0.39  +0.60  +0.82  | -0.21  +0.04  +0.25  | -0.44
    pixel corners     +0.83  +1.09  +1.24  | +0.22  +0.45  +0.65  |  0
    this outline      +0.39  +0.60  +0.82  | -0.21  +0.04  +0.27  |  0

The squares of all pixels ("pixel corners") are what a mask is to the letter, but they would make every round lesion
more than a pixel too long: 9 % of 10 mm, where RECIST begins to call a lesion measurable, on pixels of 0.8 mm. Pixel
centres lose the extent of a pixel. Large lesions decide nothing: where a radiologist measured 63.5 and 42.8 mm, the
masks (DeepLesion 000010 and 000002, drawn generously) have 71.5 and 49.1 mm, by pixel corners 71.9 and 49.2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.spatial import ConvexHull
from scipy.spatial.distance import cdist

from DuOncoUnityLib.geometry import FloatArray

BoolArray = npt.NDArray[np.bool_]

# lengths that differ by less are equal: symmetric shapes have several long axes
TIE_MM = 1e-6

# share of `longest_upper_bounds` that the longest distance has at least
BOUND_REACHED = float(np.cos(np.pi / 16))

# with more points, finding the convex hull first is faster than measuring all distances
_HULL_PAYS = 200

# offsets (x, y) of the edge midpoints of a 2x2 block of pixel centres from its first pixel
_TOP, _LEFT, _RIGHT, _BOTTOM = (0.5, 0.0), (0.0, 0.5), (1.0, 0.5), (0.5, 1.0)
_NONE = (0.0, 0.0)
# line segment in a 2x2 block by which of its pixels (1, 2 / 4, 8) are inside
_SEGMENT = np.array([
    (_NONE, _NONE), (_TOP, _LEFT), (_TOP, _RIGHT), (_LEFT, _RIGHT), (_LEFT, _BOTTOM), (_TOP, _BOTTOM), (_TOP, _LEFT),
    (_RIGHT, _BOTTOM), (_RIGHT, _BOTTOM), (_TOP, _RIGHT), (_TOP, _BOTTOM), (_LEFT, _BOTTOM), (_LEFT, _RIGHT),
    (_TOP, _RIGHT), (_TOP, _LEFT), (_NONE, _NONE)])
# the second segment of the blocks whose pixels touch by a corner: they stay joined
_SECOND_SEGMENT = np.zeros((16, 2, 2))
_SECOND_SEGMENT[6], _SECOND_SEGMENT[9] = (_RIGHT, _BOTTOM), (_LEFT, _BOTTOM)
_HAS_SECOND = np.isin(np.arange(16), (6, 9))
# pixels from a corner of the mask along both of its sides; shorter ones are steps of slanting and round edges
_CORNER_REACH = 5
# directions (y, x) from a pixel to its corner in the middle of a 2x2 block, by the block's code if it is alone in it
_TO_CORNER = np.zeros((16, 2), dtype=np.intp)
_TO_CORNER[[1, 2, 4, 8]] = (1, 1), (1, -1), (-1, 1), (-1, -1)
_IS_ALONE = _TO_CORNER[:, 0] != 0
# offsets (block code, row, column, y or x) of the pixels around such a corner: first those outside it, then inwards
_AROUND = -_TO_CORNER[:, None, None] * np.moveaxis(np.indices((_CORNER_REACH + 1,) * 2) - 1, 0, -1)


class Chord(NamedTuple):
    """A straight line between two points (x, y) of an outline, in mm from the centre of pixel (0, 0)."""

    length_mm: float
    start_mm: FloatArray
    end_mm: FloatArray

    @property
    def direction(self) -> FloatArray:
        """Unit vector from start to end."""
        return (self.end_mm - self.start_mm) / self.length_mm


class Corners(NamedTuple):
    """Corners of slices that are corners of a pixel: of (k, y, x) in the direction (to_y, to_x), each -1 or 1."""

    k: npt.NDArray[np.intp]
    y: npt.NDArray[np.intp]
    x: npt.NDArray[np.intp]
    to_y: npt.NDArray[np.intp]
    to_x: npt.NDArray[np.intp]

    def of(self, k: int) -> Corners:
        """Those of one slice."""
        own = self.k == k
        return Corners(*(values[own] for values in self))

    def points(self, spacing_mm: tuple[float, float]) -> FloatArray:
        """Their places (n, 2) in (x, y) mm from the centre of pixel (0, 0)."""
        return np.stack([self.x + self.to_x / 2, self.y + self.to_y / 2], axis=1) * np.asarray(spacing_mm)


def own_corners(mask: BoolArray) -> Corners:
    """Corners around which slices (k, y, x) are a box with this corner, as far as `_CORNER_REACH` pixels."""
    inside = _padded(mask, _CORNER_REACH)
    code = _block_codes(inside)
    k, rows, columns = np.nonzero(_IS_ALONE[code])
    code = code[k, rows, columns]
    to_y, to_x = _TO_CORNER[code].T
    y, x = rows + (to_y < 0), columns + (to_x < 0)
    is_step = inside[k, y + to_y, x - to_x] | inside[k, y - to_y, x + to_x]  # most are
    k, y, x, to_y, to_x, code = (values[~is_step] for values in (k, y, x, to_y, to_x, code))
    around = inside[k[:, None, None], y[:, None, None] + _AROUND[code, ..., 0],
                    x[:, None, None] + _AROUND[code, ..., 1]]
    within = around[:, 1:, 1:]
    is_box = (within == (within[:, :1] & within[:, :, :1])).all(axis=(1, 2))
    kept = is_box & ~around[:, 0].any(axis=1) & ~around[:, :, 0].any(axis=1)
    return Corners(k[kept], y[kept] - _CORNER_REACH, x[kept] - _CORNER_REACH, to_y[kept], to_x[kept])


def _padded(mask: BoolArray, margin: int) -> BoolArray:
    """Slices (k, y, x) with background around each."""
    depth, height, width = mask.shape
    padded = np.zeros((depth, height + 2 * margin, width + 2 * margin), dtype=bool)
    padded[:, margin:-margin, margin:-margin] = mask
    return padded


def _block_codes(inside: BoolArray) -> npt.NDArray[np.uint8]:
    """Which pixels of every 2x2 block are inside: the sum of 1, 2 for the upper and 4, 8 for the lower ones."""
    bits = inside.view(np.uint8)
    return bits[:, :-1, :-1] + 2 * bits[:, :-1, 1:] + 4 * bits[:, 1:, :-1] + 8 * bits[:, 1:, 1:]


def outline_segments(mask: BoolArray, corners: Corners, spacing_mm: tuple[float, float]) -> FloatArray:
    """The outline of a mask (y, x) as line segments (n, 2, 2): ends in (x, y) mm from the centre of pixel (0, 0).

    Args:
        mask: one slice.
        corners: its `own_corners`.
        spacing_mm: distance of pixel centres along (x, y).
    """
    code = _block_codes(_padded(mask[None], 1))[0]
    code[corners.y + (corners.to_y > 0), corners.x + (corners.to_x > 0)] = 0
    rows, columns = np.nonzero((code > 0) & (code < 15))
    codes = code[rows, columns]
    blocks = np.column_stack([columns, rows])[:, None] - 1.0
    second = _HAS_SECOND[codes]
    parts = [blocks + _SEGMENT[codes], blocks[second] + _SECOND_SEGMENT[codes[second]]]
    if len(corners.k):
        x, y = corners.points((1.0, 1.0)).T
        parts += [np.array([[x_edge, y_edge], [x, y]]).transpose(2, 0, 1)
                  for x_edge, y_edge in ((x, corners.y), (corners.x, y))]
    return np.concatenate(parts) * np.asarray(spacing_mm)


def extreme_points(mask: BoolArray, spacing_mm: tuple[float, float]) -> tuple[FloatArray, BoolArray]:
    """Points of the outline of every slice among which, besides its corners, the ends of its longest caliper are.

    Only the first and last edge midpoint of each row and column and a corner can be an end.

    Args:
        mask: slices (k, y, x).
        spacing_mm: distance of pixel centres along (x, y).

    Returns:
        points (k, n, 2) in (x, y) mm from the centre of pixel (0, 0), and which of them exist (k, n).
    """
    depth, height, width = mask.shape
    points = np.empty((depth, 2 * height + 2 * width, 2))
    left, right, top, bottom = np.split(points, np.cumsum([height, height, width]), axis=1)
    left[..., 0], right[..., 0] = mask.argmax(axis=2) - 0.5, width - 0.5 - mask[:, :, ::-1].argmax(axis=2)
    top[..., 1], bottom[..., 1] = mask.argmax(axis=1) - 0.5, height - 0.5 - mask[:, ::-1].argmax(axis=1)
    left[..., 1] = right[..., 1] = np.arange(height)
    top[..., 0] = bottom[..., 0] = np.arange(width)
    points *= spacing_mm
    has_row, has_column = mask.any(axis=2), mask.any(axis=1)
    return points, np.concatenate([has_row, has_row, has_column, has_column], axis=1)


def longest_upper_bounds(points: FloatArray, exists: BoolArray) -> FloatArray:
    """Lengths (k,) that no distance of points (k, n, 2) of a slice exceeds, and that the longest reaches but for 2 %.

    A line lies within 11.25 degrees of one of eight directions, so its length is at most the largest extent along
    them divided by cos(11.25 degrees), and at least this extent: `BOUND_REACHED` of the bound.
    """
    angles = np.arange(8) * (np.pi / 8)
    along = points @ np.array([np.cos(angles), np.sin(angles)])
    along[~exists] = -np.inf
    high = along.max(axis=1)
    along[~exists] = np.inf
    return np.maximum(high - along.min(axis=1), 0.0).max(axis=1) / BOUND_REACHED


def longest_chords(points: FloatArray) -> list[Chord]:
    """The longest distance among points (n, 2) in mm, which must not all lie on a line; several where they tie."""
    if len(points) > _HULL_PAYS:
        points = points[ConvexHull(points).vertices]
    distances = cdist(points, points)
    ends = np.argwhere(distances >= distances.max() - TIE_MM)
    return [Chord(float(distances[a, b]), points[a], points[b]) for a, b in ends if a < b]


def longest_perpendicular(segments: FloatArray, axis: Chord) -> Chord:
    """The longest line perpendicular to `axis` with both ends on the outline.

    It may cross gaps of a concave shape, as the long axis may. Between two neighbouring outline vertices the extent is
    a convex function of the place along the axis, so only the places of the vertices are tried.

    Args:
        segments: closed outline (n, 2, 2) of `outline_segments`.
        axis: the long axis, of positive length.
    """
    along = axis.direction
    across = np.array([-along[1], along[0]])
    place, height = segments @ along, segments @ across
    backward = place[:, 0] > place[:, 1]
    place[backward], height[backward] = place[backward, ::-1], height[backward, ::-1]
    slanting = place[:, 1] - place[:, 0] >= TIE_MM  # the ends of an upright segment are ends of its neighbours, too
    place, height = place[slanting], height[slanting]
    slope = (height[:, 1] - height[:, 0]) / (place[:, 1] - place[:, 0])
    places = np.unique(place)
    at, segment = _crossings(places, place)
    (start, end), first = place[segment].T, height[segment, 0]
    crossing = first + slope[segment] * (np.minimum(np.maximum(places[at], start), end) - start)
    high, low = np.full(places.size, -np.inf), np.full(places.size, np.inf)
    np.maximum.at(high, at, crossing)
    np.minimum.at(low, at, crossing)
    best = int(np.argmax(high - low))
    foot = places[best] * along
    return Chord(float(high[best] - low[best]), foot + low[best] * across, foot + high[best] * across)


def _crossings(places: FloatArray, spans: FloatArray) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Numbers of the places (sorted) and of the spans (n, 2) they lie in, pair by pair."""
    first = np.searchsorted(places, spans[:, 0] - TIE_MM)
    counts = np.searchsorted(places, spans[:, 1] + TIE_MM, side="right") - first
    span = np.repeat(np.arange(len(spans)), counts)
    within = np.arange(len(span)) - np.repeat(np.cumsum(counts) - counts, counts)
    return first[span] + within, span

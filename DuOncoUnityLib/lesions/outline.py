"""Calipers on the outline of a two-dimensional mask.

The outline of a mask is the iso-line at one half: straight lines between the midpoints of neighbouring pixel edges that
separate mask from background ("marching squares", as drawn by contouring libraries). Of the three usual outlines it is
the most faithful one for smooth shapes. Error of the long axis in pixels against the true axis of digitised ellipses of
random place and direction (mean of 150 each; `Testing/lesions/test_outline.py` repeats it):

    long axis (px)      5      13     40   |   5      13     40
    short / long        1.0    1.0    1.0  |   0.4    0.4    0.4
    pixel centres     -0.53  -0.26  -0.11  | -1.11  -0.86  -0.65
    edge midpoints    +0.39  +0.60  +0.82  | -0.21  +0.04  +0.25
    pixel corners     +0.83  +1.09  +1.24  | +0.22  +0.45  +0.65

Pixel corners make every round lesion about one pixel too long, pixel centres lose the extent of the pixel (a one-pixel
lesion would measure nothing); the midpoints stay within one pixel for all shapes, including rectangles.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import pdist

from DuOncoUnityLib.geometry import FloatArray

BoolArray = npt.NDArray[np.bool_]

# lengths that differ by less are equal: symmetric shapes have several long axes
TIE_MM = 1e-6

# offsets (x, y) of the edge midpoints of a 2x2 block of pixel centres from its first pixel
_TOP, _LEFT, _RIGHT, _BOTTOM = (0.5, 0.0), (0.0, 0.5), (1.0, 0.5), (0.5, 1.0)
# line segments in a 2x2 block by which of its pixels (1, 2 / 4, 8) are inside; diagonal neighbours stay joined
_SEGMENTS = {
    1: [(_TOP, _LEFT)], 2: [(_TOP, _RIGHT)], 3: [(_LEFT, _RIGHT)], 4: [(_LEFT, _BOTTOM)], 5: [(_TOP, _BOTTOM)],
    6: [(_TOP, _LEFT), (_RIGHT, _BOTTOM)], 7: [(_RIGHT, _BOTTOM)], 8: [(_RIGHT, _BOTTOM)],
    9: [(_TOP, _RIGHT), (_LEFT, _BOTTOM)], 10: [(_TOP, _BOTTOM)], 11: [(_LEFT, _BOTTOM)], 12: [(_LEFT, _RIGHT)],
    13: [(_TOP, _RIGHT)], 14: [(_TOP, _LEFT)],
}


class Chord(NamedTuple):
    """A straight line between two points (x, y) of an outline, in mm from the centre of pixel (0, 0)."""

    length_mm: float
    start_mm: FloatArray
    end_mm: FloatArray


def outline_segments(mask: BoolArray, spacing_mm: tuple[float, float]) -> FloatArray:
    """The outline of a mask (y, x) as line segments (n, 2, 2): ends in (x, y) mm from the centre of pixel (0, 0)."""
    inside = np.pad(mask, 1).astype(np.uint8)
    code = inside[:-1, :-1] + 2 * inside[:-1, 1:] + 4 * inside[1:, :-1] + 8 * inside[1:, 1:]
    rows, columns = np.nonzero((code > 0) & (code < 15))
    codes = code[rows, columns]
    corners = np.stack([columns - 1.0, rows - 1.0], axis=1)
    parts = [corners[codes == value][:, None] + np.array(segment)
             for value, segments in _SEGMENTS.items() for segment in segments]
    return np.concatenate(parts) * np.asarray(spacing_mm)


def extreme_points(mask: BoolArray, spacing_mm: tuple[float, float]) -> tuple[FloatArray, BoolArray]:
    """Points of the outline of every slice among which the ends of its longest caliper are.

    Only the first and last edge midpoint of each row and column can be an end.

    Args:
        mask: slices (k, y, x).
        spacing_mm: distance of pixel centres along (x, y).

    Returns:
        points (k, n, 2) in (x, y) mm from the centre of pixel (0, 0), and which of them exist (k, n).
    """
    depth, height, width = mask.shape
    has_row, has_column = mask.any(axis=2), mask.any(axis=1)
    rows = np.broadcast_to(np.arange(height), (depth, height))
    columns = np.broadcast_to(np.arange(width), (depth, width))
    points = np.concatenate([
        np.stack([mask.argmax(axis=2) - 0.5, rows], axis=-1),
        np.stack([width - 0.5 - mask[:, :, ::-1].argmax(axis=2), rows], axis=-1),
        np.stack([columns, mask.argmax(axis=1) - 0.5], axis=-1),
        np.stack([columns, height - 0.5 - mask[:, ::-1].argmax(axis=1)], axis=-1),
    ], axis=1)
    return points * np.asarray(spacing_mm), np.concatenate([has_row, has_row, has_column, has_column], axis=1)


def longest_upper_bounds(points: FloatArray, exists: BoolArray) -> FloatArray:
    """Lengths (k,) that no caliper of a slice exceeds, within 2 % of the true one.

    A caliper lies within 11.25 degrees of one of eight directions, so its length is at most the largest extent along
    them divided by cos(11.25 degrees).
    """
    angles = np.arange(8) * (np.pi / 8)
    along = points @ np.array([np.cos(angles), np.sin(angles)])
    high = np.where(exists[..., None], along, -np.inf).max(axis=1)
    low = np.where(exists[..., None], along, np.inf).min(axis=1)
    return np.maximum(high - low, 0.0).max(axis=1) / np.cos(np.pi / 16)


def longest_chords(points: FloatArray) -> list[Chord]:
    """The longest distance among points (n, 2) in mm; several where they tie."""
    distances = pdist(points)
    longest = distances.max()
    first, second = np.triu_indices(len(points), 1)
    best = np.flatnonzero(distances >= longest - TIE_MM)
    return [Chord(float(distances[b]), points[first[b]], points[second[b]]) for b in best]


def longest_perpendicular(segments: FloatArray, axis: Chord) -> Chord:
    """The longest line perpendicular to `axis` with both ends on the outline.

    It may cross gaps of a concave shape, as the long axis may. Between two neighbouring outline vertices the extent is
    a convex function of the place along the axis, so only the places of the vertices are tried.

    Args:
        segments: outline (n, 2, 2) of `outline_segments`.
        axis: the long axis, of positive length.
    """
    along = (axis.end_mm - axis.start_mm) / axis.length_mm
    across = np.array([-along[1], along[0]])
    order = np.argsort(segments @ along, axis=1)
    ordered = np.take_along_axis(segments, order[:, :, None], axis=1)
    start, end = ordered @ along, ordered @ across
    places = np.unique(start)
    t0, t1 = start[:, 0], start[:, 1]
    crossed = (places[:, None] >= t0 - TIE_MM) & (places[:, None] <= t1 + TIE_MM)
    fraction = np.clip((places[:, None] - t0) / np.maximum(t1 - t0, TIE_MM), 0.0, 1.0)
    s0, s1 = end[:, 0], end[:, 1]
    upright = t1 - t0 < TIE_MM
    height = s0 + fraction * (s1 - s0)
    high = np.where(crossed, np.where(upright, np.maximum(s0, s1), height), -np.inf).max(axis=1)
    low = np.where(crossed, np.where(upright, np.minimum(s0, s1), height), np.inf).min(axis=1)
    best = int(np.argmax(high - low))
    place = places[best] * along
    return Chord(float(high[best] - low[best]), place + low[best] * across, place + high[best] * across)

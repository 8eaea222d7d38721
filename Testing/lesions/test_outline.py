"""Calipers on outlines: which outline is faithful, and what long and short axis mean."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from DuOncoUnityLib.lesions.outline import (
    Chord,
    extreme_points,
    longest_chords,
    longest_perpendicular,
    longest_upper_bounds,
    outline_segments,
    own_corners,
)

PIXEL = (1.0, 1.0)
SHAPES = list(itertools.product((4.0, 8.0, 13.0, 20.0, 40.0), (1.0, 0.7, 0.4)))


def ellipse(long_px: float, ratio: float, angle: float, centre: tuple[float, float]) -> np.ndarray:
    n = int(long_px / 2) + 3
    y, x = np.mgrid[-n:n + 1, -n:n + 1]
    along = (x - centre[0]) * np.cos(angle) + (y - centre[1]) * np.sin(angle)
    across = (y - centre[1]) * np.cos(angle) - (x - centre[0]) * np.sin(angle)
    return (2 * along / long_px) ** 2 + (2 * across / (long_px * ratio)) ** 2 <= 1


def outline_of(mask: np.ndarray, spacing: tuple[float, float]) -> np.ndarray:
    return outline_segments(mask, own_corners(mask[None]), spacing)


def axes(mask: np.ndarray, spacing: tuple[float, float] = PIXEL) -> tuple[Chord, Chord]:
    points, exists = extreme_points(mask[None], spacing)
    axis = longest_chords(np.concatenate([points[0][exists[0]], own_corners(mask[None]).points(spacing)]))[0]
    return axis, longest_perpendicular(outline_of(mask, spacing), axis)


def errors_of_outlines(long_px: float, ratio: float, n: int = 40) -> dict[str, np.ndarray]:
    """Error of the long axis in pixels on digitised ellipses, for the outline in use and two alternatives."""
    rng = np.random.default_rng(0)
    errors: dict[str, list[float]] = {"centres": [], "in use": [], "corners": []}
    while len(errors["corners"]) < n:
        mask = ellipse(long_px, ratio, rng.uniform(0, np.pi), tuple(rng.uniform(-0.5, 0.5, 2)))
        centres = np.argwhere(mask).astype(float)
        if len(centres) < 2:
            continue
        corners = np.concatenate([centres + offset for offset in itertools.product((-0.5, 0.5), repeat=2)])
        errors["centres"].append(pdist(centres).max() - long_px)
        errors["corners"].append(pdist(np.unique(corners, axis=0)).max() - long_px)
        errors["in use"].append(axes(mask)[0].length_mm - long_px)
    return {name: np.array(values) for name, values in errors.items()}


def test_the_outline_is_the_most_faithful_one() -> None:
    by_shape = [errors_of_outlines(*shape) for shape in SHAPES]
    rms = {name: np.sqrt(np.mean([np.square(e[name]).mean() for e in by_shape])) for name in by_shape[0]}
    assert rms["in use"] < 0.55
    assert rms["centres"] > 1.2 * rms["in use"]
    assert rms["corners"] > 1.5 * rms["in use"]


@pytest.mark.parametrize(("long_px", "ratio"), SHAPES)
def test_long_axis_of_an_ellipse_is_right_within_a_pixel(long_px: float, ratio: float) -> None:
    errors = errors_of_outlines(long_px, ratio)["in use"]
    assert np.abs(errors).max() <= 1.0
    assert abs(errors.mean()) <= 0.9


@pytest.mark.parametrize("ratio", [0.9, 0.7, 0.4])
def test_short_axis_of_an_ellipse_is_right_within_a_pixel(ratio: float) -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        mask = ellipse(40.0, ratio, rng.uniform(0, np.pi), tuple(rng.uniform(-0.5, 0.5, 2)))
        assert axes(mask)[1].length_mm == pytest.approx(40.0 * ratio, abs=1.25)


@pytest.mark.parametrize("width", [*range(1, 8), 40])
@pytest.mark.parametrize("height", [*range(1, 8), 20])
def test_a_box_is_exact(width: int, height: int) -> None:
    """The long axis is the diagonal, its longest perpendicular reaches from a corner to the opposite long side."""
    long_axis, short_axis = axes(np.ones((height, width), bool), (0.7, 0.9))
    short_side, long_side = sorted((width * 0.7, height * 0.9))
    diagonal = np.hypot(short_side, long_side)
    assert long_axis.length_mm == pytest.approx(diagonal, rel=1e-9)
    assert short_axis.length_mm == pytest.approx(short_side * diagonal / long_side, rel=1e-6)


def test_shapes_made_of_boxes_are_exact() -> None:
    mask = np.zeros((30, 40), bool)
    mask[5:25, 3:9] = mask[18:25, 3:36] = True
    assert axes(mask)[0].length_mm == pytest.approx(np.hypot(20, 33))


def test_slanting_edges_have_no_corners() -> None:
    """A step of a digitised edge is no corner of the mask, whatever the slope."""
    y, x = np.mgrid[:40, :60]
    for slope in (1.0, 0.5, 0.3, 0.21):
        corners = own_corners((y < slope * x)[None])
        at_the_border = (corners.y % 39 == 0) | (corners.x % 59 == 0)
        assert at_the_border.all()


@pytest.mark.parametrize("ratio", [1.0, 0.7, 0.4])
def test_finer_pixels_come_closer_to_the_truth(ratio: float) -> None:
    """An ellipse with a long axis of 20 mm: the error is less than a pixel at every resolution."""
    rng = np.random.default_rng(5)
    for pixel_mm in (2.0, 1.0, 0.5, 0.25):
        for _ in range(10):
            mask = ellipse(20.0 / pixel_mm, ratio, rng.uniform(0, np.pi), tuple(rng.uniform(-0.5, 0.5, 2)))
            assert axes(mask, (pixel_mm, pixel_mm))[0].length_mm == pytest.approx(20.0, abs=pixel_mm)


def test_turning_and_mirroring_changes_nothing() -> None:
    rng = np.random.default_rng(6)
    for _ in range(30):
        mask = rng.random((9, 12)) < 0.6
        mask[4, 5] = True
        expected = axes(mask, (0.8, 1.1))[0].length_mm
        assert axes(mask[::-1], (0.8, 1.1))[0].length_mm == pytest.approx(expected, rel=1e-12)
        assert axes(mask[:, ::-1], (0.8, 1.1))[0].length_mm == pytest.approx(expected, rel=1e-12)
        assert axes(mask.T, (1.1, 0.8))[0].length_mm == pytest.approx(expected, rel=1e-12)


def test_axes_are_perpendicular_and_end_on_the_outline() -> None:
    mask = ellipse(30.0, 0.5, 0.7, (0.2, -0.3))
    long_axis, short_axis = axes(mask, (0.8, 0.6))
    along, across = (axis.end_mm - axis.start_mm for axis in (long_axis, short_axis))
    assert np.dot(along, across) == pytest.approx(0, abs=1e-9)
    segments = outline_of(mask, (0.8, 0.6))
    for point in (long_axis.start_mm, long_axis.end_mm, short_axis.start_mm, short_axis.end_mm):
        start, along = segments[:, 0], segments[:, 1] - segments[:, 0]
        fraction = np.clip(((point - start) * along).sum(1) / np.square(along).sum(1), 0, 1)
        assert np.linalg.norm(start + fraction[:, None] * along - point, axis=1).min() < 1e-6


def test_axes_of_a_ring_span_its_hole() -> None:
    long_axis, short_axis = axes(ellipse(40.0, 1.0, 0.0, (0, 0)) & ~np.pad(ellipse(30.0, 1.0, 0.0, (0, 0)), 5))
    assert long_axis.length_mm == pytest.approx(40.0, abs=1.0)
    assert short_axis.length_mm == pytest.approx(40.0, abs=1.0)


def test_short_axis_of_a_half_ring_is_where_it_is_widest() -> None:
    half = ellipse(40.0, 1.0, 0.0, (0, 0)) & ~np.pad(ellipse(30.0, 1.0, 0.0, (0, 0)), 5)
    half[:, :half.shape[1] // 2] = False
    long_axis, short_axis = axes(half)
    assert long_axis.length_mm == pytest.approx(40.0, abs=1.0)
    # just above the hole, from the cut to the outer circle: sqrt(20^2 - 15^2)
    assert short_axis.length_mm == pytest.approx(13.2, abs=1.0)


def test_outline_is_closed() -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        ends = outline_of(rng.random((9, 12)) < 0.5, PIXEL).reshape(-1, 2)
        _, counts = np.unique(ends, axis=0, return_counts=True)
        assert np.all(counts == 2)


def test_longest_chord_equals_brute_force_over_the_whole_outline() -> None:
    rng = np.random.default_rng(3)
    for _ in range(30):
        mask = rng.random((11, 8)) < 0.3
        mask[5, 4] = True
        spacing = tuple(rng.uniform(0.4, 3.0, 2))
        outline = outline_of(mask, spacing).reshape(-1, 2)
        assert axes(mask, spacing)[0].length_mm == pytest.approx(pdist(outline).max())


def test_upper_bounds_hold_and_are_tight() -> None:
    rng = np.random.default_rng(4)
    masks = rng.random((30, 11, 8)) < 0.2
    masks[:, 5, 4] = True
    points, exists = extreme_points(masks, (0.7, 1.9))
    bounds = longest_upper_bounds(points, exists)
    for one, present, bound in zip(points, exists, bounds, strict=True):
        length = longest_chords(one[present])[0].length_mm
        assert length - 1e-9 <= bound <= 1.0197 * length

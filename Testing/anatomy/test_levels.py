"""L3 and its replacements, found on a spine whose levels are known."""

from __future__ import annotations

import numpy as np
import pytest

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.anatomy.levels import find_level
from DuOncoUnityLib.geometry import Geometry

INDEX = {"sacrum": 1, "lumbar_spine": 2, "thoracic_spine": 3}
SLICE_MM = 2.5
# heights above the lowest slice of the full spine, mm
SACRUM, LUMBAR, THORACIC = (0, 100), (100, 280), (280, 500)


def spine(bottom_mm: float, top_mm: float,
          direction: tuple[float, ...] = (1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0), size: float = 1.0) -> LabelMap:
    """The part of a spine that a scan from `bottom_mm` to `top_mm` shows; stored in any direction of slices."""
    heights = np.arange(bottom_mm, top_mm, SLICE_MM) + SLICE_MM / 2
    labels = np.zeros((len(heights), 12, 12), np.uint8)
    for key, (low, high) in {"sacrum": SACRUM, "lumbar_spine": LUMBAR, "thoracic_spine": THORACIC}.items():
        labels[(heights >= low * size) & (heights < high * size), 3:9, 3:9] = INDEX[key]
    geometry = Geometry(labels.shape, (4.0, 4.0, SLICE_MM), (10.0, -20.0, 30.0), direction)
    if direction[8] < 0:
        labels = labels[::-1].copy()
    return LabelMap(labels, geometry, INDEX)


def height_of(level_slice: int, bottom_mm: float) -> float:
    return bottom_mm + (level_slice + 0.5) * SLICE_MM


def test_l3_is_the_middle_of_a_whole_lumbar_spine() -> None:
    level = find_level(spine(0, 500))
    assert level is not None and level.name == "L3"
    assert height_of(level.slice_index, 0) == pytest.approx(190.0, abs=level.error_mm)
    assert level.error_mm < 10
    assert (level.slab[0] * SLICE_MM, (level.slab[1] + 1) * SLICE_MM) == LUMBAR


@pytest.mark.parametrize("size", [0.45, 0.55, 0.65, 0.75, 0.9, 1.0, 1.15])
def test_l3_is_found_from_small_children_to_tall_adults(size: float) -> None:
    """Lumbar spines of 81 to 207 mm; that of a child of five to six has about 115."""
    level = find_level(spine(0, 500 * size, size=size))
    assert level is not None and level.name == "L3"
    assert height_of(level.slice_index, 0) == pytest.approx(190.0 * size, abs=4.0)
    assert level.error_mm < 10


def test_slice_order_of_the_file_does_not_matter() -> None:
    upwards = find_level(spine(0, 500))
    downwards = find_level(spine(0, 500, (1.0, 0, 0, 0, 1.0, 0, 0, 0, -1.0)))
    assert upwards == downwards


@pytest.mark.parametrize(("bottom_mm", "top_mm", "expected"), [
    (60, 200, "L3"),     # ends just above L3, seen from the sacrum
    (180, 500, "L3"),    # starts just below L3, seen from the thoracic spine
    (215, 500, "L2"),    # L3 is below the scan
    (250, 500, "L1"),
    (50, 150, "L5"),     # a pelvis scan: L4 lies just above it
])
def test_falls_back_to_a_level_that_is_on_the_scan(bottom_mm: float, top_mm: float, expected: str) -> None:
    level = find_level(spine(bottom_mm, top_mm))
    assert level is not None and level.name == expected
    center_mm = 280.0 - (int(expected[1]) - 0.5) * 36.0
    assert height_of(level.slice_index, bottom_mm) == pytest.approx(center_mm, abs=level.error_mm)


@pytest.mark.parametrize(("bottom_mm", "top_mm"), [(300, 500), (150, 220)])
def test_no_level_is_named_without_a_junction_to_count_from(bottom_mm: float, top_mm: float) -> None:
    assert find_level(spine(bottom_mm, top_mm)) is None


def test_wrong_labels_on_many_slices_move_the_level_little() -> None:
    """A third of the slices call the spine something else, as weak networks do."""
    rng = np.random.default_rng(3)
    anatomy = spine(0, 500)
    for k in rng.choice(len(anatomy.labels), len(anatomy.labels) // 3, replace=False):
        anatomy.labels[k][anatomy.labels[k] > 0] = rng.integers(1, 4)
    level, clean = find_level(anatomy), find_level(spine(0, 500))
    assert level is not None and clean is not None
    assert height_of(level.slice_index, 0) == pytest.approx(190.0, abs=10.0)
    assert level.error_mm > clean.error_mm


def test_a_network_that_prefers_one_part_of_the_spine_still_shows_the_level() -> None:
    """Everywhere at least half of the spine is called thoracic; the rest of the labels is right."""
    anatomy = spine(0, 500)
    anatomy.labels[:, 3:6, 3:9] = INDEX["thoracic_spine"]
    level = find_level(anatomy)
    assert level is not None and level.name == "L3"
    assert height_of(level.slice_index, 0) == pytest.approx(190.0, abs=10.0)

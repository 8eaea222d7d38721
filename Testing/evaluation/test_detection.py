"""Lesions found, missed and false, against cases counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from DuOncoUnityLib.evaluation.agreement import compare_lesions, compare_masks
from DuOncoUnityLib.evaluation.detection import match_lesions, size_class
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.components import Component, connected_components

from .conftest import ball, middle_mm

GRID = Geometry((12, 60, 60), (1.0, 1.0, 2.0))


def bars(*spans: tuple[int, int]) -> np.ndarray:
    """Bars along x from `first` up to `last`, 4 x 4 voxels thick."""
    mask = np.zeros(GRID.shape, bool)
    for first, last in spans:
        mask[4:8, 20:24, first:last] = True
    return mask


def outcomes(truth: np.ndarray, predicted: np.ndarray, least_iou: float = 0.1) -> list[str]:
    return [one.outcome for one in compare_lesions("Lesions", predicted, truth, GRID, least_iou)]


def test_a_lesion_is_found_by_what_overlaps_it_enough() -> None:
    assert outcomes(bars((5, 15)), bars((5, 15))) == ["found"]
    assert outcomes(bars((5, 15)), bars((13, 23))) == ["found"], "2 of 18 is 0.11"
    assert outcomes(bars((5, 15)), bars((14, 24))) == ["missed", "false"], "1 of 19 is 0.05"
    assert outcomes(bars((5, 15)), bars((13, 23)), least_iou=0.5) == ["missed", "false"]


def test_a_lesion_in_two_pieces_is_found_once() -> None:
    assert outcomes(bars((5, 25)), bars((5, 12), (14, 25))) == ["found", "false"]


def test_two_lesions_under_one_proposal_are_one_found() -> None:
    assert sorted(outcomes(bars((5, 12), (14, 25)), bars((5, 25)))) == ["found", "missed"]


def test_the_best_pair_goes_first() -> None:
    lesions = list(connected_components(bars((5, 15), (17, 27)).view(np.uint8), (1,)))
    proposals = list(connected_components(bars((5, 14), (16, 27)).view(np.uint8), (1,)))
    assert {(pair.truth, pair.proposal) for pair in match_lesions(lesions, proposals)} == {(0, 0), (1, 1)}


def test_lesions_that_touch_are_matched_apart_when_numbered_apart() -> None:
    whole = next(iter(connected_components(bars((5, 25)).view(np.uint8), (1,))))
    k, j, i = whole.box
    halves = [Component(1, (k, j, slice(i.start + 10 * n, i.start + 10 * (n + 1))), whole.mask[..., :10])
              for n in range(2)]
    assert [pair.iou for pair in match_lesions(halves, halves)] == [1.0, 1.0]


def test_dice_of_a_pair_follows_from_its_overlap() -> None:
    outcome = compare_lesions("Lesions", bars((5, 15)), bars((10, 20)), GRID)[0]
    assert outcome.dice == pytest.approx(0.5)
    assert outcome.volume_ml == pytest.approx(10 * 16 * 2 / 1000)


@pytest.mark.parametrize(("mm", "name"), [
    (9.99, "< 10 mm"), (10.0, "10 to 20 mm"), (20.0, ">= 20 mm"), (300, ">= 20 mm")])
def test_sizes_fall_into_classes(mm: float, name: str) -> None:
    assert size_class(mm) == name


def test_nothing_depends_on_the_grid(awkward_geometry: Geometry) -> None:
    centre = middle_mm(awkward_geometry)
    large, small = ball(awkward_geometry, centre, 9.0), ball(awkward_geometry, centre, 7.0)
    missed = np.zeros_like(large)
    missed[1:3, 1:3, 1:3] = True
    result = compare_lesions("Lesions", small, large | missed, awkward_geometry)
    assert sorted(one.outcome for one in result) == ["found", "missed"]
    found = next(one for one in result if one.outcome == "found")
    assert np.allclose(found.centre_mm, centre, atol=0.3)
    assert found.long_axis_mm == pytest.approx(18.0, abs=2.5)
    assert found.volume_ml == pytest.approx(4 / 3 * np.pi * 9**3 / 1000, rel=0.05)


def test_the_bias_of_the_volume_is_told_in_ml_and_percent(awkward_geometry: Geometry) -> None:
    centre = middle_mm(awkward_geometry)
    segment = compare_masks("Liver", ball(awkward_geometry, centre, 6.0), ball(awkward_geometry, centre, 9.0),
                            awkward_geometry)
    assert segment.bias_percent == pytest.approx(100 * ((6 / 9) ** 3 - 1), abs=3.0)
    assert segment.bias_ml == pytest.approx(segment.volume_ml - segment.true_volume_ml)
    empty = np.zeros(awkward_geometry.shape, bool)
    assert compare_masks("Liver", empty, empty, awkward_geometry).bias_percent is None

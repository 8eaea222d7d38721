"""A click in a lesion gives that lesion: connected, at its place, at any size and on any grid."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.model.bundle import load_bundle
from DuOncoUnityLib.model.click import ClickSegmenter, next_outline
from DuOncoUnityLib.model.click_view import View, deepest_voxel
from DuOncoUnityLib.model.sampling import Grid
from DuOncoUnityLib.records.model import Acquisition

SOFT_HU, DENSE_HU = 40, 500  # the click network of `threshold_bundle` takes everything above 300 HU


@pytest.fixture(scope="module")
def segmenter(threshold_bundle: Path) -> ClickSegmenter:
    return ClickSegmenter(load_bundle(threshold_bundle), "cpu")


def scan_with_balls(geometry: Geometry, *balls: tuple[tuple[float, float, float], float]) -> CTVolume:
    """Soft tissue with dense balls (LPS centre, diameter mm), with partial volume at their edges."""
    k, j, i = np.indices(geometry.shape)
    points = geometry.index_to_world(np.stack((i, j, k), axis=-1))
    hu = np.full(geometry.shape, float(SOFT_HU))
    for centre, diameter_mm in balls:
        depth = diameter_mm / 2 - np.linalg.norm(points - centre, axis=-1)
        hu = np.maximum(hu, SOFT_HU + (DENSE_HU - SOFT_HU) * np.clip(depth / 2 + 0.5, 0, 1))
    return CTVolume(hu.astype(np.int16), geometry, Acquisition())


def whole(result, ct: CTVolume) -> np.ndarray:
    mask = np.zeros(ct.hu.shape, dtype=bool)
    mask[result.box] = result.mask
    return mask


def middle(geometry: Geometry) -> tuple[float, float, float]:
    return tuple(geometry.index_to_world((np.array(geometry.shape[::-1]) - 1) / 2))


def test_a_click_gives_the_ball_on_every_grid(segmenter: ClickSegmenter, awkward_geometry: Geometry) -> None:
    centre = middle(awkward_geometry)
    ct = scan_with_balls(awkward_geometry, (centre, 18.0))
    result = segmenter.segment(ct, [np.add(centre, (2.0, -1.0, 1.5))])
    mask = whole(result, ct)
    truth = ct.hu > 300
    assert 2 * (mask & truth).sum() / (mask.sum() + truth.sum()) > 0.95


@pytest.mark.parametrize(("diameter_mm", "view_mm"), [(8.0, 1.0), (40.0, 2.0), (110.0, 4.0)])
def test_the_view_is_the_finest_that_holds_the_lesion(segmenter: ClickSegmenter, diameter_mm: float,
                                                      view_mm: float) -> None:
    geometry = Geometry((60, 70, 70), (2.0, 2.0, 2.5), (-60.0, 10.0, -500.0))
    ct = scan_with_balls(geometry, (middle(geometry), diameter_mm))
    result = segmenter.segment(ct, [middle(geometry)])
    assert result.view_mm == view_mm
    assert whole(result, ct).sum() == pytest.approx((ct.hu > 300).sum(), rel=0.15)


@pytest.mark.parametrize(("side", "view_mm"), [(5, 1.0), (9, 2.0)])
def test_what_is_small_on_the_finest_view_is_not_large_on_the_next(
        segmenter: ClickSegmenter, side: int, view_mm: float) -> None:
    geometry = Geometry((100, 100, 100), (1.0, 1.0, 1.0))
    hu, half = np.full(geometry.shape, SOFT_HU, np.int16), side // 2
    hu[(slice(50 - half, 51 + half),) * 3] = DENSE_HU
    hu[50, 50, 52 + half:78] = 3000  # a vessel beyond a gap of one voxel, which every second voxel does not show
    result = segmenter.segment(CTVolume(hu, geometry, Acquisition()), [(50.0, 50.0, 50.0)])
    assert result.view_mm == view_mm


@pytest.mark.parametrize(("off_centre_mm", "looks_again"), [(0.0, False), (3.0, True), (6.0, True)])
def test_a_click_away_from_the_middle_is_looked_at_again_from_there(
        segmenter: ClickSegmenter, monkeypatch: pytest.MonkeyPatch, off_centre_mm: float, looks_again: bool) -> None:
    geometry = Geometry((40, 50, 50), (1.2, 1.2, 1.5), (-20.0, 5.0, -300.0))
    middle_voxel = (np.array(geometry.shape) - 1) / 2
    ct = scan_with_balls(geometry, (middle(geometry), 18.0))
    clicks = []

    def look(self: ClickSegmenter, scene, positive, voxel_mm):
        clicks.append(positive)
        return unchanged(self, scene, positive, voxel_mm)

    unchanged = ClickSegmenter._look
    monkeypatch.setattr(ClickSegmenter, "_look", look)
    segmenter.segment(ct, [np.add(middle(geometry), (off_centre_mm, 0.0, 0.0))])
    again = [positive[1] for positive in clicks if len(positive) == 2]
    assert bool(again) == looks_again
    for place in again:
        assert np.abs((place - middle_voxel) * (1.5, 1.2, 1.2)).max() <= 2.0


def view_of(voxel_mm: float, side_mm: float, logit: float) -> View:
    """A cube in the middle of a view of 32 voxels, all of it and all around it equally sure."""
    logits = np.full((32, 32, 32), -logit, np.float32)
    half = round(side_mm / voxel_mm / 2)
    logits[(slice(16 - half, 16 + half),) * 3] = logit
    start = 50.0 - 16 * voxel_mm
    grid = Grid((32, 32, 32), (start, start, start), (voxel_mm, voxel_mm, voxel_mm))
    return View(grid, voxel_mm, logits, np.array([16.0, 16.0, 16.0]))


@pytest.mark.parametrize(("second", "third", "taken_mm"), [
    ((36.0, 6.5), (48.0, 4.0), 2.0),  # more than half of the second view: the third one is asked, too, and is less sure
    ((36.0, 4.0), (48.0, 9.0), 4.0),  # and is surer
    ((28.0, 4.0), (48.0, 9.0), 2.0),  # less than half: it is not asked
    ((36.0, 1.0), (48.0, 9.0), 1.0)])  # the finest view is the surer one: it shows the whole in less than half of it
def test_where_a_lesion_fills_half_of_a_view_the_next_one_is_asked_too(
        segmenter: ClickSegmenter, two_parts: CTVolume, monkeypatch: pytest.MonkeyPatch,
        second: tuple[float, float], third: tuple[float, float], taken_mm: float) -> None:
    views = {1.0: view_of(1.0, 12.0, 2.0), 2.0: view_of(2.0, *second), 4.0: view_of(4.0, *third)}
    monkeypatch.setattr(ClickSegmenter, "_ask", lambda _self, _scene, voxel_mm: views[voxel_mm])
    assert segmenter.segment(two_parts, [(50.0, 50.0, 50.0)]).view_mm == taken_mm


@pytest.fixture
def two_parts() -> CTVolume:
    """Two cubes of 13 mm with a gap of one voxel, which every second voxel does not show."""
    geometry = Geometry((100, 100, 100), (1.0, 1.0, 1.0))
    hu = np.full(geometry.shape, SOFT_HU, np.int16)
    hu[44:57, 44:57, 44:57] = hu[44:57, 44:57, 58:71] = DENSE_HU
    return CTVolume(hu, geometry, Acquisition())


def test_a_part_and_the_whole_are_offered_from_small_to_large(segmenter: ClickSegmenter, two_parts: CTVolume) -> None:
    outlines = segmenter.outlines(two_parts, [(50.0, 50.0, 50.0)])
    part, *others = (whole(one, two_parts) for one in outlines)
    assert part.sum() == 13**3 and not part[:, :, 57:].any()
    assert others and all(one[50, 50, 64] for one in others)
    assert all(after.voxels >= 1.2 * before.voxels for before, after in pairwise(outlines))


def test_further_clicks_stay_on_the_view_that_a_person_chose(segmenter: ClickSegmenter, two_parts: CTVolume) -> None:
    click, refused = (50.0, 50.0, 50.0), (50.0, 50.0, 44.0)
    part, *_, largest = segmenter.outlines(two_parts, [click])
    for chosen in (part, largest):
        again = segmenter.segment(two_parts, [click], [refused], chosen.view_mm)
        assert again.view_mm == chosen.view_mm
        assert np.array_equal(whole(again, two_parts), whole(chosen, two_parts) & ~at_voxel(refused, two_parts))


def test_a_chosen_view_that_does_not_show_all_clicks_gives_way_to_a_coarser_one(segmenter: ClickSegmenter) -> None:
    geometry = Geometry((60, 70, 70), (2.0, 2.0, 2.5), (-60.0, 10.0, -500.0))
    ct = scan_with_balls(geometry, (middle(geometry), 110.0))
    ends = [tuple(np.add(middle(geometry), (side * 35.0, 0.0, 0.0))) for side in (-1, 1)]
    assert segmenter.segment(ct, ends, view_mm=1.0).view_mm == 4.0


def at_voxel(point_mm: tuple[float, float, float], ct: CTVolume) -> np.ndarray:
    i, j, k = np.rint(ct.geometry.world_to_index([point_mm])[0]).astype(int)
    mask = np.zeros(ct.hu.shape, bool)
    mask[k, j, i] = True
    return mask


def test_outlines_that_hardly_differ_are_one(segmenter: ClickSegmenter) -> None:
    geometry = Geometry((60, 70, 70), (2.0, 2.0, 2.5), (-60.0, 10.0, -500.0))
    ct = scan_with_balls(geometry, (middle(geometry), 26.0))
    assert len(segmenter.outlines(ct, [middle(geometry)])) == 1


def test_the_next_outline_is_noticeably_larger_or_smaller(segmenter: ClickSegmenter, two_parts: CTVolume) -> None:
    outlines = segmenter.outlines(two_parts, [(50.0, 50.0, 50.0)])
    for part, larger_one in pairwise(outlines):
        assert next_outline(outlines, part.voxels, larger=True) is larger_one
        assert next_outline(outlines, larger_one.voxels, larger=False) is part
    for voxels, larger, advice in ((outlines[-1].voxels, True, "No larger outline"),
                                   (outlines[0].voxels, False, "No smaller outline")):
        with pytest.raises(DuOncoError, match=advice):
            next_outline(outlines, voxels, larger=larger)


def test_no_outline_is_offered_where_nothing_can_be_told_apart(segmenter: ClickSegmenter,
                                                               two_parts: CTVolume) -> None:
    with pytest.raises(DuOncoError, match="Nothing can be told apart") as caught:
        segmenter.outlines(two_parts, [(10.0, 10.0, 10.0)])
    assert caught.value.exit_code is ExitCode.BAD_INPUT


def test_the_deepest_voxel_lies_in_the_middle_in_millimetres() -> None:
    mask = np.zeros((9, 20, 20), bool)
    mask[1:8, 3:14, 5:16] = True
    assert deepest_voxel(mask).tolist()[0] == 4
    assert deepest_voxel(mask, (5.0, 0.8, 0.8)).tolist()[1:] == [8, 10], "thick slices: the plane decides"
    mask[:, 3:14, 5:16] = True
    assert deepest_voxel(mask, (1.0, 5.0, 5.0)).tolist()[0] == 4, "the border of the array is an outline, too"


def test_only_the_clicked_one_of_two_lesions_is_taken(segmenter: ClickSegmenter) -> None:
    geometry = Geometry((40, 40, 40), (1.5, 1.5, 2.0), (0.0, 0.0, 0.0))
    ct = scan_with_balls(geometry, ((20.0, 30.0, 40.0), 16.0), ((42.0, 30.0, 40.0), 16.0))
    mask = whole(segmenter.segment(ct, [(42.0, 30.0, 40.0)]), ct)
    assert mask[20, 20, 28] and not mask[:, :, :20].any()


def test_a_click_beside_the_border_of_the_scan_is_no_error(segmenter: ClickSegmenter) -> None:
    geometry = Geometry((20, 30, 30), (1.5, 1.5, 3.0), (0.0, 0.0, 0.0))
    ct = scan_with_balls(geometry, ((0.0, 22.0, 0.0), 20.0))
    mask = whole(segmenter.segment(ct, [(0.0, 22.0, 0.0)]), ct)
    assert mask[0, 15, 0] and mask.sum() == pytest.approx((ct.hu > 300).sum(), rel=0.2)


def test_what_was_refused_never_belongs_and_what_was_clicked_always_does(segmenter: ClickSegmenter) -> None:
    geometry = Geometry((40, 40, 40), (1.5, 1.5, 2.0), (0.0, 0.0, 0.0))
    ct = scan_with_balls(geometry, ((30.0, 30.0, 40.0), 24.0))
    mask = whole(segmenter.segment(ct, [(30.0, 30.0, 40.0), (30.0, 42.0, 40.0)], [(37.5, 30.0, 40.0)]), ct)
    assert mask[20, 20, 20] and mask[20, 28, 20] and not mask[20, 20, 25]


def test_a_click_just_beside_a_lesion_gives_it_in_one_piece_with_the_click(segmenter: ClickSegmenter) -> None:
    geometry = Geometry((40, 40, 40), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    ct = scan_with_balls(geometry, ((20.0, 20.0, 20.0), 16.0))
    mask = whole(segmenter.segment(ct, [(29.0, 20.0, 20.0)]), ct)
    assert (ct.hu > 300)[20, 20, 27] and not (ct.hu > 300)[20, 20, 28]
    assert mask[20, 20, 29]
    assert mask.sum() == pytest.approx((ct.hu > 300).sum(), rel=0.1)
    assert ndimage.label(mask, np.ones((3, 3, 3)))[1] == 1


def long_way_mm(mask: np.ndarray, geometry: Geometry) -> float:
    """The longest way from voxel to voxel within one slice of the patient."""
    ordered, geometry = geometry.to_patient_order(mask)
    longest = 0.0
    for plane in ordered[ordered.any(axis=(1, 2))]:
        places = np.argwhere(plane) * geometry.spacing_mm[1::-1]
        longest = max(longest, float(np.linalg.norm(places[:, None] - places[None], axis=2).max()))
    return longest


def in_slice(geometry: Geometry, centre: tuple[float, float, float], radius_mm: float) -> list[tuple[float, ...]]:
    """Both ends of a diameter across a ball, along the patient's columns."""
    _, ordered = geometry.to_patient_order(np.empty(geometry.shape, dtype=bool))
    across = np.array(ordered.direction).reshape(3, 3)[:, 0]
    return [tuple(np.add(centre, side * radius_mm * across)) for side in (-1, 1)]


def test_a_diameter_gives_the_ball_on_every_grid(segmenter: ClickSegmenter, awkward_geometry: Geometry) -> None:
    centre = middle(awkward_geometry)
    ct = scan_with_balls(awkward_geometry, (centre, 18.0))
    mask, truth = whole(segmenter.segment_diameter(ct, in_slice(awkward_geometry, centre, 9.0)), ct), ct.hu > 300
    assert 2 * (mask & truth).sum() / (mask.sum() + truth.sum()) > 0.95


def test_nothing_stays_beyond_the_ends_of_a_diameter(segmenter: ClickSegmenter, awkward_geometry: Geometry) -> None:
    """A ball that goes on in another one of the same density: a click takes both, a diameter says where it ends."""
    centre = middle(awkward_geometry)
    ends = in_slice(awkward_geometry, centre, 9.0)
    beside = tuple(np.add(centre, 1.6 * np.subtract(ends[1], centre)))
    ct = scan_with_balls(awkward_geometry, (centre, 18.0), (beside, 16.0))
    both, one = (whole(result, ct) for result in (segmenter.segment(ct, [centre]),
                                                  segmenter.segment_diameter(ct, ends)))
    voxel_mm = max(awkward_geometry.spacing_mm)
    assert long_way_mm(both, awkward_geometry) > 18.0 + 2 * voxel_mm
    assert long_way_mm(one, awkward_geometry) <= 18.0 + 2 * voxel_mm
    k, j, i = np.indices(one.shape)
    points = awkward_geometry.index_to_world(np.stack((i, j, k), axis=-1))
    ball = np.linalg.norm(points - centre, axis=-1) < 9.0
    assert 2 * (one & ball).sum() / (one.sum() + ball.sum()) > 0.8


def test_a_diameter_within_a_slice_says_nothing_about_the_height(segmenter: ClickSegmenter) -> None:
    geometry = Geometry((60, 60, 60), (1.0, 1.0, 1.5), (-30.0, -30.0, 200.0))
    k, j, i = np.indices(geometry.shape)
    truth = ((k - 30) * 1.5 / 25.0) ** 2 + ((j - 30) / 8.0) ** 2 + ((i - 30) / 8.0) ** 2 <= 1
    ct = CTVolume(np.where(truth, DENSE_HU, SOFT_HU).astype(np.int16), geometry, Acquisition())
    heights = []
    for ends in (((22, 30, 30), (38, 30, 30)), ((22, 30, 29), (38, 30, 31))):
        mask = whole(segmenter.segment_diameter(ct, [tuple(geometry.index_to_world(end)) for end in ends]), ct)
        heights.append(int(mask.any(axis=(1, 2)).sum()))
    across, oblique = heights
    assert across == truth.any(axis=(1, 2)).sum() > oblique, "a diameter that leaves the slice limits every direction"


def test_both_ends_of_a_diameter_at_one_place_are_refused(segmenter: ClickSegmenter) -> None:
    geometry = Geometry((30, 30, 30), (2.0, 2.0, 2.0))
    ct = scan_with_balls(geometry, (middle(geometry), 20.0))
    with pytest.raises(DuOncoError, match="same place") as refusal:
        segmenter.segment_diameter(ct, [middle(geometry)] * 2)
    assert refusal.value.exit_code is ExitCode.USAGE


def test_a_voxel_cannot_be_clicked_as_lesion_and_as_none(segmenter: ClickSegmenter) -> None:
    geometry = Geometry((40, 40, 40), (1.5, 1.5, 2.0), (0.0, 0.0, 0.0))
    ct = scan_with_balls(geometry, ((30.0, 30.0, 40.0), 24.0))
    with pytest.raises(DuOncoError, match="at once") as caught:
        segmenter.segment(ct, [(30.0, 30.0, 40.0)], [(30.2, 30.1, 40.3)])
    assert caught.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize(("point", "sentence", "code"), [
    ((30.0, 30.0, 400.0), "outside of the scan", ExitCode.USAGE),
    ((30.0, float("nan"), 40.0), "outside of the scan", ExitCode.USAGE),
    ((30.0, float("inf"), 40.0), "outside of the scan", ExitCode.USAGE),
    ((3.0, 3.0, 3.0), "Nothing can be told apart", ExitCode.BAD_INPUT)])
def test_a_click_without_a_lesion_is_answered_by_a_sentence(
        segmenter: ClickSegmenter, point: tuple[float, float, float], sentence: str, code: ExitCode) -> None:
    geometry = Geometry((40, 40, 40), (1.5, 1.5, 2.0), (0.0, 0.0, 0.0))
    ct = scan_with_balls(geometry, ((30.0, 30.0, 40.0), 12.0))
    with pytest.raises(DuOncoError, match=sentence) as caught:
        segmenter.segment(ct, [point])
    assert caught.value.exit_code is code


def test_clicks_that_no_view_shows_together_belong_to_no_lesion(segmenter: ClickSegmenter) -> None:
    geometry = Geometry((100, 60, 60), (2.0, 2.0, 4.0), (0.0, 0.0, 0.0))
    ct = scan_with_balls(geometry, ((60.0, 60.0, 200.0), 80.0))
    assert segmenter.segment(ct, [(60.0, 60.0, 165.0), (60.0, 60.0, 235.0)]).holds((58, 30, 30))
    with pytest.raises(DuOncoError, match="too far apart"):
        segmenter.segment(ct, [(60.0, 60.0, 20.0), (60.0, 60.0, 380.0)])


def test_a_result_knows_its_voxels(segmenter: ClickSegmenter) -> None:
    geometry = Geometry((40, 40, 40), (1.5, 1.5, 2.0), (0.0, 0.0, 0.0))
    result = segmenter.segment(scan_with_balls(geometry, ((30.0, 30.0, 40.0), 12.0)), [(30.0, 30.0, 40.0)])
    assert result.holds((20, 20, 20))
    assert not result.holds((20, 20, 39))
    assert not result.holds((-1, 20, 20))


def test_a_warm_click_takes_less_than_a_second(segmenter: ClickSegmenter) -> None:
    geometry = Geometry((100, 400, 400), (0.8, 0.8, 1.5), (0.0, 0.0, 0.0))
    ct = CTVolume(np.full(geometry.shape, SOFT_HU, np.int16), geometry, Acquisition())
    ct.hu[40:60, 180:220, 180:220] = DENSE_HU
    segmenter.segment(ct, [(160.0, 160.0, 75.0)])
    began = time.process_time()
    segmenter.segment(ct, [(160.0, 160.0, 75.0)])
    assert time.process_time() - began < 1.0

"""The scans of a patient in the scene: laid over each other, lesions followed, also after saving and editing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import slicer

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.followup.registration import Registration, RegistrationQuality, Stage
from DuOncoUnityLib.followup.spatial_transform import SpatialTransform
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.records.model import Case, TrackEvent
from DuOncoUnityLib.response.assessment import assess_case
from DuOncoUnityLib.scene.follow_up import FollowUp, registration_between, scans_of, unregistered
from DuOncoUnityLib.scene.record import load_record, record_nodes
from DuOncoUnityLib.scene.registration import find_registration, keep_registration
from DuOncoUnityLib.scene.registration_image import registration_image_of
from DuOncoUnityLib.scene.result import Result
from Testing.synthetic_patient import DATES, FEW, add_scan, lay_over, scaled

QUALITY = RegistrationQuality(Stage.DEFORMABLE, 0.9, 0.98, 0.8, 300.0, (0.8, 1.2))


@pytest.fixture
def scans(scene: Any) -> list[Result]:
    """Three scans: the first lesion shrinks, the smallest is gone at the second, everything else stays."""
    courses = (FEW, scaled(FEW, {0: 0.8, 3: 0.0}), scaled(FEW, {0: 0.6, 3: 0.0}))
    return [add_scan(scene, balls, date) for balls, date in zip(courses, DATES, strict=False)]


def case_of(scans: list[Result]) -> Case:
    return load_record(scans[0].record)


def test_the_scans_of_a_case_in_their_order(scans: list[Result], scene: Any) -> None:
    other = add_scan(scene, FEW, DATES[0], patient="Somebody else")
    assert [scan.time_point_id for scan in scans_of(scans[0].record, case_of(scans))] == list(DATES[:3])
    assert scans_of(other.record, load_record(other.record)) == [other]


def test_lesions_are_followed_over_all_scans(scans: list[Result]) -> None:
    for prior, current in pairwise(scans):
        lay_over(prior, current)
    case = case_of(scans)
    assert FollowUp().link(case, scans)
    events = {track.id: [state.event for state in track.states] for track in case.tracks}
    assert sum(course == [TrackEvent.FIRST, TrackEvent.SAME, TrackEvent.SAME] for course in events.values()) == 4
    assert sum(course[1] is TrackEvent.DISAPPEARED for course in events.values()) == 1
    assert assess_case(case).visits[2].from_baseline_percent < -15
    assert not FollowUp().link(case, scans)


def test_scans_must_be_laid_over_each_other_first(scans: list[Result]) -> None:
    assert unregistered(scans) == [(scans[0], scans[1]), (scans[1], scans[2])]
    lay_over(scans[0], scans[1])
    assert unregistered(scans) == [(scans[1], scans[2])]
    with pytest.raises(DuOncoError, match="Lay the scans over each other"):
        FollowUp().link(case_of(scans), scans)


def test_a_scan_that_left_the_scene_is_missed_in_a_sentence(scans: list[Result]) -> None:
    with pytest.raises(DuOncoError, match="no longer in the scene"):
        FollowUp().link(case_of(scans), scans[:2])


def test_a_registration_maps_points_there_and_back_also_after_saving(
        scene: Any, reopened: Callable[[str], Any], scans: list[Result], awkward_geometry: Geometry) -> None:
    k, j, i = np.indices((5, 6, 7)) / 8.0
    smooth = 3.0 * np.stack([np.sin(i + k), np.cos(j), k - j * i], axis=-1)
    affine = np.array([[1.02, 0.05, 0, 12.0], [-0.05, 0.98, 0, -30.0], [0, 0.01, 1.0, 40.0], [0, 0, 0, 1.0]])
    grid = Geometry((5, 6, 7), (9.0, 8.0, 15.0), awkward_geometry.origin_mm, awkward_geometry.direction)
    transform = SpatialTransform(affine, smooth.astype(np.float32), grid)
    keep_registration(scans[0], scans[1], Registration(transform, QUALITY))
    points = awkward_geometry.index_to_world(np.random.default_rng(1).uniform(2, 14, (20, 3)))

    def check(prior: Result, current: Result) -> None:
        kept = find_registration(prior, current)
        assert kept is not None and kept.quality == QUALITY
        np.testing.assert_allclose(kept.transform.map_points(points), transform.map_points(points), atol=0.05)
        np.testing.assert_allclose(kept.transform.map_points_back(transform.map_points(points)), points, atol=0.1)

    check(scans[0], scans[1])
    (record,) = record_nodes(reopened("mrb"))
    prior, current, _ = scans_of(record, load_record(record))
    check(prior, current)


def test_a_new_registration_takes_the_place_of_the_former(scans: list[Result], scene: Any) -> None:
    lay_over(scans[0], scans[1])
    keep_registration(scans[0], scans[1], Registration(SpatialTransform(np.eye(4)), QUALITY))
    assert len(slicer.util.getNodesByClass("vtkMRMLTransformNode", scene)) == 1
    kept = find_registration(scans[0], scans[1])
    assert kept is not None and kept.quality is not None and kept.quality.stage is Stage.DEFORMABLE


def test_scans_further_apart_are_reached_over_those_between(scans: list[Result]) -> None:
    for (prior, current), shift in zip(pairwise(scans), (5.0, 7.0), strict=True):
        affine = np.eye(4)
        affine[0, 3] = shift
        keep_registration(prior, current, Registration(SpatialTransform(affine), QUALITY))
    over_both = registration_between(scans, scans[0], scans[2])
    np.testing.assert_allclose(over_both.transform.map_points([1.0, 2.0, 3.0]), [13.0, 2.0, 3.0], atol=1e-6)
    np.testing.assert_allclose(over_both.transform.map_points_back([13.0, 2.0, 3.0]), [1.0, 2.0, 3.0], atol=1e-6)


def test_the_registration_image_is_kept_with_its_result(scans: list[Result], reopened: Callable[[str], Any]) -> None:
    before = registration_image_of(scans[0])
    (record,) = record_nodes(reopened("mrb"))
    after = registration_image_of(scans_of(record, load_record(record))[0])
    np.testing.assert_array_equal(after.hu, before.hu)
    np.testing.assert_array_equal(after.organs, before.organs)
    assert after.geometry.same_grid(before.geometry)

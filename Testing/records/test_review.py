"""Decisions: who, when, and what they do to the status."""

from __future__ import annotations

import copy
import re

import pytest

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.records.model import Case, Lesion, Review, ReviewStatus
from DuOncoUnityLib.records.review import (
    added_review,
    annotate,
    confirm,
    correct,
    draw_axis,
    keep_drawn_axes,
    leave_open,
    reject,
    restore,
    undo,
    utc_now,
)

NOON = "2026-03-01T12:00:00Z"


@pytest.fixture
def lesion(case: Case) -> Lesion:
    return case.time_points[0].lesions[0]


def test_time_is_utc_to_the_second() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", utc_now())


def test_decisions_record_who_and_when(lesion: Lesion) -> None:
    confirm(lesion, "Dr A", NOON)
    assert lesion.review == Review(ReviewStatus.CONFIRMED, "Dr A", NOON)
    reject(lesion, " Dr B ")
    assert (lesion.review.status, lesion.review.reviewer) == (ReviewStatus.REJECTED, "Dr B")
    assert lesion.review.time
    assert not lesion.counts
    assert [review.status for review in lesion.review_history] == [ReviewStatus.PROPOSED, ReviewStatus.CONFIRMED]


@pytest.mark.parametrize("decide", [confirm, reject, correct, annotate, leave_open])
def test_nobody_decides_anonymously(lesion: Lesion, decide: object) -> None:
    before = copy.deepcopy(lesion)
    with pytest.raises(DuOncoError, match="your name"):
        decide(lesion, "  ")  # type: ignore[operator]
    assert lesion == before


def test_confirming_does_not_hide_that_the_mask_was_corrected(lesion: Lesion) -> None:
    correct(lesion, "Dr A")
    confirm(lesion, "Dr B")
    assert (lesion.review.status, lesion.review.reviewer) == (ReviewStatus.CORRECTED, "Dr B")
    reject(lesion, "Dr B")
    confirm(lesion, "Dr C")
    assert lesion.review.status is ReviewStatus.CORRECTED


def test_a_drawn_lesion_stays_added(lesion: Lesion) -> None:
    lesion.review = added_review("Dr A", NOON)
    correct(lesion, "Dr A")
    confirm(lesion, "Dr B")
    assert lesion.review.status is ReviewStatus.ADDED


def test_editing_a_rejected_lesion_does_not_bring_it_back(lesion: Lesion) -> None:
    reject(lesion, "Dr A")
    correct(lesion, "Dr A")
    assert not lesion.counts
    confirm(lesion, "Dr A")
    assert lesion.counts
    assert lesion.review.status is ReviewStatus.CORRECTED


def test_annotating_keeps_the_status(lesion: Lesion) -> None:
    confirm(lesion, "Dr A", NOON)
    annotate(lesion, "Dr A", equivocal=True, note="see next scan", time=NOON)
    assert lesion.review == Review(ReviewStatus.CONFIRMED, "Dr A", NOON, True, "see next scan")


def test_what_a_reviewer_leaves_open_is_reviewed_and_equivocal_until_confirmed(lesion: Lesion) -> None:
    leave_open(lesion, "Dr A", NOON)
    assert lesion.review == Review(ReviewStatus.CONFIRMED, "Dr A", NOON, equivocal=True)
    confirm(lesion, "Dr B", NOON)
    assert lesion.review == Review(ReviewStatus.CONFIRMED, "Dr B", NOON)


def test_a_rejection_can_be_taken_back_later(lesion: Lesion) -> None:
    with pytest.raises(DuOncoError, match="not rejected"):
        restore(lesion, "Dr A")
    reject(lesion, "Dr A")
    restore(lesion, "Dr B", NOON)
    assert lesion.review == Review(ReviewStatus.PROPOSED, "Dr B", NOON)
    assert [review.status for review in lesion.review_history] == [ReviewStatus.PROPOSED, ReviewStatus.REJECTED]
    confirm(lesion, "Dr A")
    reject(lesion, "Dr A")
    restore(lesion, "Dr A")
    assert lesion.review.status is ReviewStatus.CONFIRMED


def test_a_drawn_axis_holds_and_says_who_drew_it(lesion: Lesion) -> None:
    before = lesion.measurement
    draw_axis(lesion, "long", (0.0, 0.0, 0.0), (3.0, 4.0, 0.0), " Dr A ", NOON)
    drawn = lesion.measurement.long_axis
    assert (drawn.length_mm, drawn.drawn_by, drawn.drawn_at) == (5.0, "Dr A", NOON)
    assert lesion.measurement.short_axis == before.short_axis
    assert lesion.review.status is ReviewStatus.CORRECTED
    assert keep_drawn_axes(lesion.measurement, before) == lesion.measurement
    assert keep_drawn_axes(before, before) == before


def test_an_axis_without_length_is_refused(lesion: Lesion) -> None:
    before = copy.deepcopy(lesion)
    with pytest.raises(DuOncoError, match="apart"):
        draw_axis(lesion, "long", (1.0, 2.0, 3.0), (1.0, 2.0, 3.0), "Dr A")
    with pytest.raises(DuOncoError, match="your name"):
        draw_axis(lesion, "long", (1.0, 2.0, 3.0), (4.0, 2.0, 3.0), " ")
    assert lesion == before


def test_undo_brings_the_former_decision_back(lesion: Lesion) -> None:
    before = copy.deepcopy(lesion)
    confirm(lesion, "Dr A")
    after = copy.deepcopy(lesion)
    reject(lesion, "Dr B")
    undo(lesion)
    assert lesion == after
    undo(lesion)
    assert lesion == before
    with pytest.raises(DuOncoError, match="no decision"):
        undo(lesion)

"""The only way a review status changes: a person decides, and name and time are kept.

A lesion whose mask a person changed or drew stays "corrected" or "added" when it is confirmed, so that the record
always tells what the network proposed from what people made.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timezone

from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.geometry import Vector
from DuOncoUnityLib.records.model import Caliper, Lesion, Measurement, Review, ReviewStatus


def confirm(lesion: Lesion, reviewer: str, time: str | None = None) -> None:
    """The reviewer accepts the lesion as certain disease, as it is; takes back a rejection, too."""
    _decide(lesion, replace(lesion.review, status=_accepted_status(lesion), equivocal=False), reviewer, time)


def leave_open(lesion: Lesion, reviewer: str, time: str | None = None) -> None:
    """The reviewer has looked at the lesion and is not sure that it is disease: it is followed as equivocal."""
    _decide(lesion, replace(lesion.review, status=_accepted_status(lesion), equivocal=True), reviewer, time)


def reject(lesion: Lesion, reviewer: str, time: str | None = None) -> None:
    """The reviewer says that it is not disease; it no longer counts, its mask and numbers are kept."""
    _decide(lesion, replace(lesion.review, status=ReviewStatus.REJECTED), reviewer, time)


def restore(lesion: Lesion, reviewer: str, time: str | None = None) -> None:
    """The reviewer takes back a rejection: the status before it holds again.

    Raises:
        DuOncoError: the lesion is not rejected.
    """
    if lesion.review.status is not ReviewStatus.REJECTED:
        raise DuOncoError("This lesion is not rejected.", exit_code=ExitCode.USAGE)
    former = [review for review in lesion.review_history if review.status is not ReviewStatus.REJECTED]
    status = former[-1].status if former else ReviewStatus.PROPOSED
    _decide(lesion, replace(lesion.review, status=status), reviewer, time)


def draw_axis(lesion: Lesion, axis: str, start_lps_mm: Vector, end_lps_mm: Vector, reviewer: str,
              time: str | None = None) -> None:
    """The reviewer moved the ends of an axis: it holds instead of the measured one, and counts as a correction.

    Args:
        lesion: changed in place.
        axis: "long" or "short".
        start_lps_mm, end_lps_mm: where the ends are now.
        reviewer, time: who moved them, and when.

    Raises:
        DuOncoError: the ends lie on each other, or the reviewer has no name.
    """
    length_mm = math.dist(start_lps_mm, end_lps_mm)
    if not length_mm > 0:
        raise DuOncoError("The ends of an axis must lie apart.", exit_code=ExitCode.USAGE)
    time = time or utc_now()
    caliper = Caliper(length_mm, start_lps_mm, end_lps_mm, named(reviewer), time)
    correct(lesion, reviewer, time)
    lesion.measurement = (replace(lesion.measurement, long_axis=caliper) if axis == "long"
                          else replace(lesion.measurement, short_axis=caliper))


def keep_drawn_axes(former: Measurement, measured: Measurement) -> Measurement:
    """A new measurement of an edited mask, with the axes that a person drew before."""
    return replace(measured,
                   long_axis=former.long_axis if former.long_axis.drawn_by else measured.long_axis,
                   short_axis=former.short_axis if former.short_axis.drawn_by else measured.short_axis)


def correct(lesion: Lesion, reviewer: str, time: str | None = None) -> None:
    """The reviewer changed the mask. A lesion drawn by a person stays added, a rejected one rejected."""
    former = lesion.review.status
    status = ReviewStatus.ADDED if former is ReviewStatus.ADDED else ReviewStatus.CORRECTED
    _decide(lesion, replace(lesion.review, status=status), reviewer, time)
    if former is ReviewStatus.REJECTED:
        reject(lesion, reviewer, time)


def added_review(reviewer: str, time: str | None = None) -> Review:
    """The review of a lesion that the reviewer drew."""
    return Review(ReviewStatus.ADDED, named(reviewer), time or utc_now())


def annotate(lesion: Lesion, reviewer: str, *, equivocal: bool | None = None, note: str | None = None,
             time: str | None = None) -> None:
    """Mark the lesion as equivocal or certain, or change its note; the status stays."""
    review = lesion.review
    _decide(lesion, replace(review, equivocal=review.equivocal if equivocal is None else equivocal,
                            note=review.note if note is None else note), reviewer, time)


def undo(lesion: Lesion) -> None:
    """Take back the latest decision; who made the one before it, and when, holds again.

    Raises:
        DuOncoError: there is no decision to take back.
    """
    if not lesion.review_history:
        raise DuOncoError("There is no decision on this lesion to take back.", exit_code=ExitCode.USAGE)
    lesion.review = lesion.review_history.pop()


def utc_now() -> str:
    """The time as it is recorded: ISO 8601, UTC, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


def _accepted_status(lesion: Lesion) -> ReviewStatus:
    """Confirmed; but what people drew or corrected stays known as that."""
    made_by_people = [review.status for review in (*lesion.review_history, lesion.review)
                      if review.status in (ReviewStatus.ADDED, ReviewStatus.CORRECTED)]
    return made_by_people[0] if made_by_people else ReviewStatus.CONFIRMED


def _decide(lesion: Lesion, review: Review, reviewer: str, time: str | None) -> None:
    decided = replace(review, reviewer=named(reviewer), time=time or utc_now())
    lesion.review_history.append(lesion.review)
    lesion.review = decided


def named(reviewer: str) -> str:
    """The reviewer's name; refuses an empty one."""
    if not reviewer.strip():
        raise DuOncoError("Enter your name first: every decision is kept with the name of the person who made it.",
                          exit_code=ExitCode.USAGE)
    return reviewer.strip()

"""The only way a review status changes: a person decides, and name and time are kept.

A lesion whose mask a person changed or drew stays "corrected" or "added" when it is confirmed, so that the record
always tells what the network proposed from what people made.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.records.model import Lesion, Review, ReviewStatus


def confirm(lesion: Lesion, reviewer: str, time: str | None = None) -> None:
    """The reviewer accepts the lesion as it is; takes back a rejection, too."""
    made_by_people = [review.status for review in (*lesion.review_history, lesion.review)
                      if review.status in (ReviewStatus.ADDED, ReviewStatus.CORRECTED)]
    status = made_by_people[0] if made_by_people else ReviewStatus.CONFIRMED
    _decide(lesion, replace(lesion.review, status=status), reviewer, time)


def reject(lesion: Lesion, reviewer: str, time: str | None = None) -> None:
    """The reviewer says that it is not disease; it no longer counts, its mask and numbers are kept."""
    _decide(lesion, replace(lesion.review, status=ReviewStatus.REJECTED), reviewer, time)


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

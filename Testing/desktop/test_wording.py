"""What the panel says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from DuOncoUnityLib.records.model import Lesion, Review, ReviewStatus
from DuOncoUnityPanel.wording import progress_text, review_text
from DuOncoUnityPanel.worker import WorkerState


@pytest.mark.parametrize(("remaining_s", "expected"), [
    (None, "Segmenting"),
    (0.4, "Segmenting: about 0 s left"),
    (59.4, "Segmenting: about 59 s left"),
    (59.6, "Segmenting: about 1 min 0 s left"),
    (150.0, "Segmenting: about 2 min 30 s left"),
])
def test_progress_says_how_long_the_rest_takes(remaining_s: float | None, expected: str) -> None:
    assert progress_text(WorkerState("Segmenting", 0.5, remaining_s)) == expected


def test_nothing_counts_as_reviewed_before_a_person_decided(lesion_at: Callable[..., Lesion]) -> None:
    proposed = [lesion_at("L1", (0, 0, 0)), lesion_at("L2", (9, 0, 0))]
    confirmed = lesion_at("L3", (0, 9, 0), review=Review(ReviewStatus.CONFIRMED, "Dr A"))
    rejected = lesion_at("L4", (0, 0, 9), review=Review(ReviewStatus.REJECTED, "Dr A"))
    assert review_text([]) == "No lesion found. Not reviewed."
    assert review_text(proposed) == "Not reviewed. Lesions proposed by the network: 2"
    assert review_text([*proposed, confirmed]) == "Lesions reviewed: 1 of 3"
    assert review_text([confirmed, rejected]) == "Lesions reviewed: 2 of 2"

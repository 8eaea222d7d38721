"""What the panel says about numbers that others computed."""

from __future__ import annotations

from collections.abc import Sequence

from slicer.i18n import tr as _

from DuOncoUnityLib.records.model import Lesion, ReviewStatus
from DuOncoUnityPanel.language import message
from DuOncoUnityPanel.worker import WorkerState


def progress_text(state: WorkerState) -> str:
    """The stage, and how long the rest will take."""
    stage = message(state.stage)
    if state.remaining_s is None:
        return stage
    minutes, seconds = divmod(round(state.remaining_s), 60)
    if minutes:
        return _("{stage}: about {minutes} min {seconds} s left").format(stage=stage, minutes=minutes,
                                                                        seconds=seconds)
    return _("{stage}: about {seconds} s left").format(stage=stage, seconds=seconds)


def review_text(lesions: Sequence[Lesion]) -> str:
    """How many lesions a person has looked at."""
    waiting = sum(lesion.review.status is ReviewStatus.PROPOSED for lesion in lesions)
    if not lesions:
        return _("No lesion found. Not reviewed.")
    if waiting == len(lesions):
        return _("Not reviewed. Lesions proposed by the network: {count}").format(count=len(lesions))
    return _("Lesions reviewed: {done} of {count}").format(done=len(lesions) - waiting, count=len(lesions))

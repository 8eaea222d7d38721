"""What the panel says about numbers that others computed."""

from __future__ import annotations

from collections.abc import Sequence

from slicer.i18n import tr as _

from DuOncoUnityLib.records.model import Lesion, ReviewStatus
from DuOncoUnityLib.scene.history import Step
from DuOncoUnityPanel.analysis_queue import AnalysisQueue, QueueState
from DuOncoUnityPanel.click_tool import ClickTool
from DuOncoUnityPanel.language import message
from DuOncoUnityPanel.worker import WorkerState


def progress_text(state: WorkerState | QueueState) -> str:
    """The stage, and how long the rest will take."""
    stage = message(state.stage)
    if state.remaining_s is None:
        return stage
    minutes, seconds = divmod(round(state.remaining_s), 60)
    if minutes:
        return _("{stage}: about {minutes} min {seconds} s left").format(stage=stage, minutes=minutes,
                                                                        seconds=seconds)
    return _("{stage}: about {seconds} s left").format(stage=stage, seconds=seconds)


def queue_text(state: QueueState) -> str:
    """Which of several scans is analysed, and how far all of them are."""
    if state.count == 1:
        return progress_text(state)
    return _("Scan {number} of {count} ({scan}). {progress}").format(
        number=state.number, count=state.count, scan=state.scan, progress=progress_text(state))


def outcome_text(queue: AnalysisQueue) -> str:
    """Which scans could not be analysed, and why, and where people's corrections were kept; "" if there is neither."""
    sentences = [*((failure.scan, failure.error.message) for failure in queue.failures), *queue.kept]
    lines = [_("{scan}: {reason}").format(scan=scan, reason=message(sentence)) for scan, sentence in sentences]
    if queue.failures and queue.results:
        lines.insert(0, _("Scans analysed: {done} of {count}").format(
            done=len(queue.results), count=len(queue.results) + len(queue.failures)))
    return "\n".join(lines)


def review_text(lesions: Sequence[Lesion]) -> str:
    """How many lesions a person has looked at."""
    waiting = sum(lesion.review.status is ReviewStatus.PROPOSED for lesion in lesions)
    if not lesions:
        return _("No lesion found. Not reviewed.")
    if waiting == len(lesions):
        return _("Not reviewed. Lesions proposed by the network: {count}").format(count=len(lesions))
    return _("Lesions reviewed: {done} of {count}").format(done=len(lesions) - waiting, count=len(lesions))


def undo_text(step: Step | None) -> str:
    """What the undo button would take back."""
    texts = {"confirm": _("Undo: confirm"), "confirm_all": _("Undo: confirm all"), "not_sure": _("Undo: not sure"),
             "reject": _("Undo: reject"), "restore": _("Undo: restore"), "threshold": _("Undo: confidence shown"),
             "edit": _("Undo: edit"), "click": _("Undo: click"), "axis": _("Undo: move of an axis")}
    return texts.get(step.what, _("Undo")) if step else _("Undo")


def click_text(tool: ClickTool) -> str:
    """What the next click in a slice view does."""
    lesion_id = tool.lesion_id
    if tool.waits_for_end:
        return _("Click on the other end of the diameter.")
    if tool.by_diameter and tool.belongs:
        return _("Click on both ends of the longest diameter of a lesion.")
    if not lesion_id:
        return _("Click on a lesion, or where one was missed.")
    if tool.belongs:
        return _("{lesion}: click on what belongs to it, too.").format(lesion=lesion_id)
    return _("{lesion}: click on what does not belong to it.").format(lesion=lesion_id)

"""What a reviewer does to lesions, each action one step that can be undone; without Qt."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.lesions.components import Box, LabelArray
from DuOncoUnityLib.lesions.instances import InstanceMap, box_of
from DuOncoUnityLib.lesions.operating_point import decided_lesions, move_threshold
from DuOncoUnityLib.lesions.rejection import reject_lesion, restore_lesion
from DuOncoUnityLib.records.model import BELOW_THRESHOLD, Case, Lesion, ReviewStatus, TimePoint
from DuOncoUnityLib.records.review import confirm, leave_open
from DuOncoUnityPanel.session import Session


def is_unreviewed(lesion: Lesion) -> bool:
    """Whether nobody has decided on the lesion yet."""
    return lesion.review.status is ReviewStatus.PROPOSED


class ReviewActions:
    """Decisions on lesions of the current result, signed with the name of the person at the screen.

    Args:
        session: the work on the scene.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def confirm(self, lesion_ids: Collection[str]) -> None:
        """These lesions are disease, as outlined."""
        self._decide("confirm" if len(lesion_ids) == 1 else "confirm_all", lesion_ids, confirm)

    def leave_open(self, lesion_ids: Collection[str]) -> None:
        """The reviewer is not sure about these lesions."""
        self._decide("not_sure", lesion_ids, leave_open)

    def reject(self, lesion_id: str) -> None:
        """This lesion is no disease: it leaves layers and burden."""
        self._session.masks_changing.emit()
        self._session.editor().change("reject", self._boxes([lesion_id]), lambda point, instances, labels:
                                      reject_lesion(point, instances, labels, lesion_id, self._session.reviewer()))
        self._session.show_axes()

    def restore(self, lesion_id: str) -> None:
        """Bring a rejected lesion back."""
        self._session.masks_changing.emit()
        self._session.editor().change("restore", self._boxes([lesion_id]), lambda point, instances, labels:
                                      restore_lesion(point, instances, labels, lesion_id, self._session.reviewer()))
        self._session.show_axes()

    def move_threshold(self, threshold: float) -> None:
        """Show the proposals from a confidence on; what a person touched stays."""
        time_point, case = self._session.time_point, self._session.case
        if time_point is None or case is None or threshold == time_point.confidence_threshold:
            return
        decided = decided_lesions(case, time_point.id)

        def change(point: TimePoint, instances: InstanceMap, labels: LabelArray) -> None:
            move_threshold(point, instances, labels, threshold, decided)

        self._session.masks_changing.emit()
        proposals = [*(held.lesion.id for held in time_point.held_back if held.reason == BELOW_THRESHOLD),
                     *(lesion.id for lesion in time_point.lesions if is_unreviewed(lesion))]
        self._session.editor().change("threshold", self._boxes(proposals), change)
        self._session.show_axes()

    def confident(self, lesion_ids: Iterable[str], confidence: float) -> list[str]:
        """Those of these lesions that nobody has reviewed and whose confidence is at least this."""
        wanted = set(lesion_ids)
        return [lesion.id for lesion in self._lesions() if lesion.id in wanted and is_unreviewed(lesion)
                and lesion.confidence is not None and lesion.confidence >= confidence]

    def unreviewed_from(self, order: Sequence[str], direction: int) -> str:
        """The next lesion in the order of the table, after (1) or before (-1) the chosen one, that nobody has reviewed;
        beyond the end it goes on at the other end. "" if there is none."""
        waiting = {lesion.id for lesion in self._lesions() if is_unreviewed(lesion)}
        chosen = self._session.lesion_id
        start = order.index(chosen) if chosen in order else (-1 if direction > 0 else len(order))
        places = [(start + direction * step) % len(order) for step in range(1, len(order) + 1)] if order else []
        return next((order[place] for place in places if order[place] in waiting), "")

    def _decide(self, what: str, lesion_ids: Collection[str], decide: Callable[[Lesion, str], None]) -> None:
        def change(case: Case) -> None:
            lesions = {lesion.id: lesion for lesion in self._session.result.time_point(case).lesions}
            if not lesion_ids or not set(lesion_ids) <= set(lesions):
                raise DuOncoError("This lesion is no longer there.")
            for lesion_id in lesion_ids:
                decide(lesions[lesion_id], self._session.reviewer())

        self._session.take_over_edits()
        self._session.change_record(change, what)

    def _lesions(self) -> list[Lesion]:
        return self._session.time_point.lesions if self._session.time_point else []

    def _boxes(self, lesion_ids: Collection[str]) -> list[Box]:
        """Where the masks of these lesions lie, shown or held back."""
        point = self._session.time_point
        known = [*point.lesions, *(held.lesion for held in point.held_back)] if point else []
        return [box_of(lesion.measurement) for lesion in known if lesion.id in set(lesion_ids)]

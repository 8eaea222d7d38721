"""Step 3: every lesion is looked at and decided on."""

from __future__ import annotations

from slicer.i18n import tr as _

from DuOncoUnityLib.records.model import ReviewStatus
from DuOncoUnityPanel.lesion_list import LesionList
from DuOncoUnityPanel.lesion_rows import lesion_rows, place_choices, state_choices
from DuOncoUnityPanel.review_actions import ReviewActions, is_unreviewed
from DuOncoUnityPanel.section import Section
from DuOncoUnityPanel.shortcuts import Shortcuts
from DuOncoUnityPanel.wording import review_text, undo_text


class ReviewSection(Section):
    """The lesions of the current scan: go to each, decide, undo."""

    UI = "DuOncoUnityReview.ui"

    def setup(self) -> None:
        ui = self.ui
        self._actions = ReviewActions(self.session)
        self._list = LesionList(ui.lesionTable, self.session.choose_lesion)
        self._shown: list[str] = []
        self._shortcuts = Shortcuts([
            (ui.confirmButton, "C"), (ui.rejectButton, "X"), (ui.unsureButton, "U"), (ui.nextButton, "N"),
            (ui.previousButton, "P"), (ui.editButton, "E"), (ui.addButton, "A"), (ui.restoreButton, "Shift+X"),
            (ui.undoButton, "Ctrl+Z")])
        for key, text in state_choices():
            ui.stateBox.addItem(text, key)
        self.ui.stateBox.connect("currentIndexChanged(int)", self.on_filter)
        self.ui.placeBox.connect("currentIndexChanged(int)", self.on_filter)
        self.ui.searchBox.connect("textChanged(QString)", self.on_filter)
        self.ui.confidenceBox.connect("valueChanged(double)", self.on_filter)
        self.ui.thresholdSlider.connect("valueChanged(double)", self.on_threshold)
        self.ui.confirmButton.connect("clicked(bool)", self.on_confirm)
        self.ui.rejectButton.connect("clicked(bool)", self.on_reject)
        self.ui.unsureButton.connect("clicked(bool)", self.on_unsure)
        self.ui.restoreButton.connect("clicked(bool)", self.on_restore)
        self.ui.nextButton.connect("clicked(bool)", self.on_next)
        self.ui.previousButton.connect("clicked(bool)", self.on_previous)
        self.ui.editButton.connect("clicked(bool)", self.on_edit)
        self.ui.addButton.connect("clicked(bool)", self.on_add)
        self.ui.confirmAllButton.connect("clicked(bool)", self.on_confirm_all)
        self.ui.undoButton.connect("clicked(bool)", self.on_undo)
        self.session.lesion_chosen.connect(self.on_chosen)
        self.session.history_changed.connect(self._show_buttons)

    def enter(self) -> None:
        self._shortcuts.enter()

    def exit(self) -> None:
        self._shortcuts.exit()

    def update(self) -> None:
        rows = lesion_rows(self.session.case, self.session.time_point)
        self._offer_places(place_choices(rows))
        place, state = self.ui.placeBox.currentData, self.ui.stateBox.currentData
        shown = [row for row in rows if row.matches(place, state, self.ui.searchBox.text)]
        self._list.show(shown)
        self._shown = [row.lesion_id for row in shown]
        self._list.select(self.session.lesion_id)
        self._show_threshold()
        self._show_buttons()
        self.ui.reviewLabel.text = review_text(self.session.time_point.lesions)

    def on_filter(self, _value: object = None) -> None:
        """Other rows are wanted."""
        self.refresh()

    def on_chosen(self, lesion_id: str) -> None:
        """A lesion was chosen, here or elsewhere."""
        self._list.select(lesion_id)
        self._show_buttons()

    def on_confirm(self, _checked: bool = False) -> None:
        """The lesion is disease; on to the next one."""
        self._decide(lambda: self._actions.confirm([self.session.lesion_id]))

    def on_unsure(self, _checked: bool = False) -> None:
        """The lesion stays open; on to the next one."""
        self._decide(lambda: self._actions.leave_open([self.session.lesion_id]))

    def on_reject(self, _checked: bool = False) -> None:
        """The lesion is no disease; on to the next one."""
        self._decide(lambda: self._actions.reject(self.session.lesion_id))

    def on_restore(self, _checked: bool = False) -> None:
        """The lesion counts again."""
        self.session.attempt(lambda: self._actions.restore(self.session.lesion_id))

    def on_next(self, _checked: bool = False) -> None:
        """Go to the next lesion that nobody has reviewed."""
        self._go(1)

    def on_previous(self, _checked: bool = False) -> None:
        """Go to the one before."""
        self._go(-1)

    def on_edit(self, _checked: bool = False) -> None:
        """Change the mask of the chosen lesion."""
        self.session.edit_asked.emit()

    def on_add(self, _checked: bool = False) -> None:
        """Draw a lesion that was missed."""
        self.session.choose_lesion("")
        self.session.edit_asked.emit()

    def on_confirm_all(self, _checked: bool = False) -> None:
        """Confirm the listed lesions of which the network is sure."""
        self.session.attempt(lambda: self._actions.confirm(self._confident()))

    def on_threshold(self, threshold: float) -> None:
        """Show more or fewer proposals."""
        self.session.attempt(lambda: self._actions.move_threshold(threshold))

    def on_undo(self, _checked: bool = False) -> None:
        """Take the latest step back."""
        self.session.attempt(self.session.undo)

    def _decide(self, action) -> None:
        lesion_id = self.session.lesion_id
        following = self._actions.unreviewed_from(self._list.order(), 1)
        before = len(self.session.history)
        self.session.attempt(action)
        if len(self.session.history) > before and following not in ("", lesion_id):
            self.session.choose_lesion(following)

    def _go(self, direction: int) -> None:
        lesion_id = self._actions.unreviewed_from(self._list.order(), direction)
        if lesion_id:
            self.session.choose_lesion(lesion_id)

    def _confident(self) -> list[str]:
        return self._actions.confident(self._shown, self.ui.confidenceBox.value)

    def _offer_places(self, choices: list[tuple[str, str]]) -> None:
        box = self.ui.placeBox
        if [box.itemData(n) for n in range(box.count)] == [key for key, _text in choices]:
            return
        chosen = box.currentData
        blocked = box.blockSignals(True)
        box.clear()
        for key, text in choices:
            box.addItem(text, key)
        box.setCurrentIndex(max(box.findData(chosen), 0))
        box.blockSignals(blocked)

    def _show_threshold(self) -> None:
        point, slider = self.session.time_point, self.ui.thresholdSlider
        blocked = slider.blockSignals(True)
        slider.value = point.confidence_threshold
        slider.blockSignals(blocked)
        is_known = any(one.confidence is not None for one in (*point.lesions, *(h.lesion for h in point.held_back)))
        slider.enabled = is_known
        self.ui.heldBackLabel.text = _("Shown: {shown}. Less certain and not shown: {hidden}.").format(
            shown=len(point.lesions), hidden=len(point.below_threshold))

    def _show_buttons(self) -> None:
        ui, point = self.ui, self.session.time_point
        if point is None:
            return
        lesion = next((one for one in (*point.lesions, *point.rejected) if one.id == self.session.lesion_id), None)
        is_rejected = lesion is not None and lesion.review.status is ReviewStatus.REJECTED
        for button in (ui.confirmButton, ui.unsureButton, ui.rejectButton, ui.editButton):
            button.enabled = lesion is not None and not is_rejected
        ui.restoreButton.enabled = is_rejected
        waiting = any(is_unreviewed(one) for one in point.lesions)
        ui.nextButton.enabled = ui.previousButton.enabled = waiting
        count = len(self._confident())
        ui.confirmAllButton.text = _("Confirm {count} listed, confidence from").format(count=count)
        ui.confirmAllButton.enabled = count > 0
        ui.undoButton.enabled = len(self.session.history) > 0
        ui.undoButton.text = undo_text(self.session.history.latest)

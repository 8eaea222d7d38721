"""Step 5: the scans of a patient over time."""

from __future__ import annotations

import qt
import slicer
from slicer.i18n import tr as _

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.records.decisions import LesionRole, ResultItem
from DuOncoUnityLib.response.assessment import CaseAssessment
from DuOncoUnityLib.response.irecist import ImmuneResponse
from DuOncoUnityLib.response.recist import Response
from DuOncoUnityLib.response.rows import ComparedLesion
from DuOncoUnityLib.response.visit_assessment import Phase
from DuOncoUnityLib.scene.timeline_plot import show_timeline, timeline_of, update_timeline_plot
from DuOncoUnityPanel.burden_wording import site_text
from DuOncoUnityPanel.cells import fit, select_row, selected_row, show_rows
from DuOncoUnityPanel.compare_views import CompareViews
from DuOncoUnityPanel.compare_wording import (
    best_text,
    link_text,
    percent_text,
    quality_text,
    reason_of,
    remarks_text,
    response_rows,
    role_text,
    seen_text,
)
from DuOncoUnityPanel.language import language, message
from DuOncoUnityPanel.section import Section
from DuOncoUnityPanel.shortcuts import remove
from DuOncoUnityPanel.wording import progress_text

VERDICTS = (ResultItem.OVERALL, ResultItem.IRECIST)


class CompareSection(Section):
    """Prior beside current, the lesions followed, and the response."""

    UI = "DuOncoUnityCompare.ui"
    KEY = "T"
    _POLL_MS = 200

    def setup(self) -> None:
        self.course = self.session.course
        self.views = CompareViews(self.session)
        self._shortcut: qt.QShortcut | None = None
        self._assessment: CaseAssessment | None = None
        self._lesions: list[ComparedLesion] = []
        self._track_id = ""
        self._cell = (-1, -1)
        self._timer = qt.QTimer()
        self._timer.setInterval(self._POLL_MS)
        self._timer.connect("timeout()", self.poll)
        self.ui.flickButton.toolTip = f"{self.ui.flickButton.toolTip} ({self.KEY})"
        for role, name in ((None, _("By the rules")), *((role, role_text(role)) for role in (
                LesionRole.TARGET, LesionRole.NON_TARGET, LesionRole.NOT_COUNTED))):
            self.ui.roleBox.addItem(name, role.value if role else "")
        fit(self.ui.lesionTable, wide_column=2)
        self.ui.compareSection.connect("contentsCollapsed(bool)", lambda _collapsed: self.refresh())
        self.ui.priorBox.connect("currentIndexChanged(int)", self.on_prior)
        self.ui.lesionTable.connect("itemSelectionChanged()", self.on_lesion)
        self.ui.responseTable.connect("cellClicked(int,int)", self.on_result)
        self._connect_buttons()
        self.session.scan_changed.connect(self.on_scan)
        self.session.analysis_changed.connect(self.refresh)

    def _connect_buttons(self) -> None:
        self.ui.registerButton.connect("clicked(bool)", self.register)
        self.ui.stopButton.connect("clicked(bool)", self.stop)
        self.ui.besideButton.connect("toggled(bool)", self.on_beside)
        self.ui.flickButton.connect("toggled(bool)", self.on_flick)
        self.ui.timelineButton.connect("clicked(bool)", self.show_timeline)
        self.ui.confirmButton.connect("clicked(bool)", lambda _checked=False: self.decide(
            lambda row: self.course.confirm(row.track_id)))
        self.ui.unlinkButton.connect("clicked(bool)", lambda _checked=False: self.decide(
            lambda row: self.course.unlink(row.track_id, row.current.lesion_ids[0])))
        self.ui.linkButton.connect("clicked(bool)", lambda _checked=False: self.decide(
            lambda row: self.course.link(row.track_id, self.ui.linkBox.currentData)))
        self.ui.roleButton.connect("clicked(bool)", self.set_role)
        self.ui.overruleButton.connect("clicked(bool)", self.set_result)

    def enter(self) -> None:
        if slicer.util.mainWindow() is not None and self._shortcut is None:
            self._shortcut = qt.QShortcut(qt.QKeySequence(self.KEY), slicer.util.mainWindow())
            self._shortcut.connect("activated()", lambda: self.ui.flickButton.click())

    def exit(self) -> None:
        if self._shortcut is not None:
            remove(self._shortcut)
            self._shortcut = None

    def cleanup(self) -> None:
        self._timer.stop()
        self.course.cancel()
        self.views.close()

    def missing(self) -> str:
        if self.session.result is None:
            return _("Analyse a scan first.")
        if len(self.course.scans) < 2:
            return _("Analyse at least two scans of this patient. Scans from files are put into one patient in step 1.")
        return "" if self.course.priors else _("This is the first scan; choose a later one in step 1.")

    def update(self) -> None:
        if self.ui.compareSection.collapsed and timeline_of(self.session.result) is None:
            return
        running, registered = self.course.job is not None, self.course.is_registered
        self._show_priors()
        self.ui.registerButton.enabled = not running
        self.ui.registerButton.visible = not registered
        self.ui.stopButton.enabled = running
        self.ui.stopButton.visible = not registered
        self.ui.progressBar.visible = running
        self.ui.results.visible = registered
        if not registered:
            return
        if self.course.follow():
            return  # the change of the record has brought everything up to date
        self._assessment = self.course.assessment()
        self._lesions = self.course.compared(self._assessment)
        self.ui.statusLabel.text = quality_text(self.course.quality())
        self._show_lesions()
        self._show_response()
        timeline = timeline_of(self.session.result)
        if timeline is not None:
            update_timeline_plot(timeline, self._assessment)

    def on_scan(self) -> None:
        """Another scan is current: the views show it alone."""
        for button in (self.ui.besideButton, self.ui.flickButton):
            blocked = button.blockSignals(True)
            button.setChecked(False)
            button.blockSignals(blocked)
        self.views.close()
        self._track_id, self._cell = "", (-1, -1)

    def on_prior(self, _index: int) -> None:
        """Compare with the chosen scan."""
        self.course.choose_prior(self.ui.priorBox.currentData or "")
        self._show_views()
        self.refresh()

    def register(self, _checked: bool = False) -> None:
        """Start to lay the scans over each other."""
        self.session.attempt(self.course.register)
        if self.course.job is not None:
            self.ui.progressBar.value = 0
            self.ui.statusLabel.text = _("Starting")
            self._timer.start()
        self.refresh()

    def poll(self) -> None:
        """Show how far it is; follow the lesions when it has ended."""
        job = self.course.job
        if job is None:  # cancelled elsewhere, such as by closing the scene
            self._timer.stop()
            self.ui.statusLabel.text = ""
            return
        state = job.poll()
        self.ui.progressBar.value = round(100 * state.fraction)
        self.ui.statusLabel.text = progress_text(state)
        if not state.finished:
            return
        self._timer.stop()
        try:
            self.course.finish()
        except DuOncoError as error:
            self.ui.statusLabel.text = message(error.message)
            slicer.util.errorDisplay(message(error.message), detailedText=error.details)
        self.refresh()

    def stop(self, _checked: bool = False) -> None:
        """Stop laying the scans over each other."""
        self._timer.stop()
        self.course.cancel()
        self.ui.statusLabel.text = ""
        self.refresh()

    def on_beside(self, _checked: bool) -> None:
        """Show the earlier scan beside the current one, or no longer."""
        self._show_views()

    def on_flick(self, _checked: bool) -> None:
        """Show the earlier scan in place of the current one, or no longer."""
        self._show_views()

    def _show_views(self) -> None:
        beside, flick = self.ui.besideButton.checked, self.ui.flickButton.checked
        self.session.attempt(lambda: self.views.show(beside=beside, earlier=flick))

    def show_timeline(self, _checked: bool = False) -> None:
        """Show the course in the layout of Slicer; it follows later changes."""
        chart = show_timeline(self.session.result, self._assessment).chart
        slicer.modules.plots.logic().ShowChartInLayout(chart)

    def on_lesion(self) -> None:
        """Go to the lesion of the selected row."""
        row = self._row()
        self._track_id = row.track_id if row else ""
        self._show_choice()
        if row is not None:
            self.session.attempt(lambda: self.course.show(row))

    def on_result(self, row: int, column: int) -> None:
        """Say why a result is what it is, and offer to set another one."""
        self._cell = (row, column - 1)
        self._show_cell()

    def decide(self, decision) -> None:
        """Enter a decision on the lesion of the selected row."""
        row = self._row()
        if row is not None:
            self.session.attempt(lambda: decision(row))
            self.refresh()

    def set_role(self, _checked: bool = False) -> None:
        """Give the lesion of the selected row the chosen role."""
        value, reason = self.ui.roleBox.currentData, self.ui.roleReasonEdit.text.strip()
        self.decide(lambda row: self.course.choose_role(row.track_id, LesionRole(value) if value else None, reason))
        self.ui.roleReasonEdit.text = ""

    def set_result(self, _checked: bool = False) -> None:
        """Set the chosen result instead of that of the rules."""
        item, visit = self._item(), self._visit()
        value, reason = self.ui.valueBox.currentData, self.ui.valueReasonEdit.text.strip()
        if item is not None and visit is not None:
            self.session.attempt(lambda: self.course.overrule(item, value, reason, visit.time_point_id))
            self.ui.valueReasonEdit.text = ""
            self.refresh()

    def _show_priors(self) -> None:
        box, priors = self.ui.priorBox, self.course.priors
        dates = [(prior.time_point(self.session.case).date or prior.time_point_id, prior.time_point_id)
                 for prior in priors]
        if [(box.itemText(number), box.itemData(number)) for number in range(box.count)] == dates:
            return
        blocked = box.blockSignals(True)
        box.clear()
        for date, time_point_id in dates:
            box.addItem(date, time_point_id)
        box.setCurrentIndex(priors.index(self.course.prior))
        box.blockSignals(blocked)

    def _show_lesions(self) -> None:
        show_rows(self.ui.lesionTable, [
            [row.track_id, role_text(row.role), site_text(row.site), seen_text(row.prior), seen_text(row.current),
             percent_text(row.change_percent), link_text(row.current)] for row in self._lesions])
        places = [row.track_id for row in self._lesions]
        select_row(self.ui.lesionTable, places.index(self._track_id) if self._track_id in places else -1)
        self._show_choice()

    def _show_choice(self) -> None:
        """What can be decided on the lesion of the selected row."""
        row = self._row()
        self.ui.reasonLabel.text = row.reason.sentence_in(language()) if row and row.reason else ""
        held = bool(row and row.current.lesion_ids)
        self.ui.confirmButton.enabled = bool(row and row.current.event and not row.current.confirmed_by)
        self.ui.unlinkButton.enabled = held and bool(row.prior.lesion_ids)
        point = self.session.time_point
        others = [lesion for lesion in point.lesions if row and lesion.id not in row.current.lesion_ids
                  and lesion.layer == row.layer and lesion.counts]
        blocked = self.ui.linkBox.blockSignals(True)
        self.ui.linkBox.clear()
        for lesion in others:
            self.ui.linkBox.addItem(f"{lesion.id} ({site_text(lesion.site)})", lesion.id)
        self.ui.linkBox.blockSignals(blocked)
        self.ui.linkBox.enabled = self.ui.linkButton.enabled = bool(others)
        may_have_role = bool(row and row.role not in (None, LesionRole.NEW))
        for widget in (self.ui.roleBox, self.ui.roleReasonEdit, self.ui.roleButton):
            widget.enabled = may_have_role
        decided = may_have_role and row.reason.rule == "role_by_person"
        self.ui.roleBox.setCurrentIndex(self.ui.roleBox.findData(row.role.value) if decided else 0)

    def _show_response(self) -> None:
        visits, table = self._assessment.visits, self.ui.responseTable
        table.setColumnCount(1 + len(visits))
        table.setHorizontalHeaderLabels(["", *(visit.date or visit.time_point_id for visit in visits)])
        rows = response_rows(self._assessment)
        show_rows(table, [texts for _item, texts in rows], all_right=True,
                  bold=[number for number, (item, _texts) in enumerate(rows) if item in VERDICTS])
        table.resizeColumnsToContents()
        self.ui.bestLabel.text = best_text(self._assessment)
        current = next(visit for visit in visits if visit.time_point_id == self.session.result.time_point_id)
        self.ui.remarksLabel.text = remarks_text(current)
        self._show_cell()

    def _show_cell(self) -> None:
        visit, item = self._visit(), self._item()
        reason = reason_of(visit, self._cell[0]) if visit else None
        self.ui.whyLabel.text = reason.sentence_in(language()) if reason else ""
        may_be_set = item is not None and visit is not None and visit.phase is Phase.FOLLOW_UP
        for widget in (self.ui.valueBox, self.ui.valueReasonEdit, self.ui.overruleButton):
            widget.enabled = may_be_set
        values = (ImmuneResponse if item is ResultItem.IRECIST else Response) if may_be_set else ()
        self.ui.valueBox.clear()
        self.ui.valueBox.addItem(_("By the rules"), "")
        for value in values:
            self.ui.valueBox.addItem(value.value, value.value)
        if reason is not None and reason.rule == "overruled":
            self.ui.valueBox.setCurrentIndex(self.ui.valueBox.findData(reason.value))

    def _row(self) -> ComparedLesion | None:
        number = selected_row(self.ui.lesionTable)
        return self._lesions[number] if 0 <= number < len(self._lesions) else None

    def _item(self) -> ResultItem | None:
        rows = response_rows(self._assessment) if self._assessment else []
        return rows[self._cell[0]][0] if 0 <= self._cell[0] < len(rows) else None

    def _visit(self):
        visits = self._assessment.visits if self._assessment else []
        return visits[self._cell[1]] if 0 <= self._cell[1] < len(visits) else None

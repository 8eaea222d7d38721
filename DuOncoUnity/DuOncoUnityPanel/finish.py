"""Step 6: report, export and sign-off."""

from __future__ import annotations

from pathlib import Path

import slicer
from slicer.i18n import tr as _

from DuOncoUnityLib.records.model import Case
from DuOncoUnityLib.records.sign_off import sign, unreviewed_lesions
from DuOncoUnityLib.scene.export import export_case, holds_other_scans
from DuOncoUnityLib.scene.signed_versions import SignedState, keep_version
from DuOncoUnityPanel.finish_wording import signed_text, unreviewed_text
from DuOncoUnityPanel.questions import confirmed
from DuOncoUnityPanel.section import Section


class FinishSection(Section):
    """Sign what the review found, and write it into a folder."""

    UI = "DuOncoUnityFinish.ui"

    def setup(self) -> None:
        self._signed = SignedState()
        self._outcome = ""
        self.ui.signButton.connect("clicked(bool)", self.sign)
        self.ui.exportButton.connect("clicked(bool)", self.export)
        self.ui.folderEdit.connect("currentPathChanged(QString)", lambda _path: self.refresh())
        self.ui.finishSection.connect("contentsCollapsed(bool)", lambda _collapsed: self.refresh())
        self.session.scan_changed.connect(self.on_scan)

    def update(self) -> None:
        if self.ui.finishSection.collapsed:
            return
        case = self.session.case
        changed = self._signed.is_changed(self.session.result.record, case)
        self.ui.reviewLabel.text = unreviewed_text(case)
        self.ui.signedLabel.text = signed_text(case, changed)
        self.ui.signButton.enabled = changed
        self.ui.signButton.text = _("Sign version {number}").format(
            number=len(case.versions) + (1 if changed else 0))
        has_folder = bool(self.ui.folderEdit.currentPath.strip())
        self.ui.exportButton.enabled = has_folder
        self.ui.exportLabel.text = self._outcome if has_folder else _("Choose a folder for the files.")

    def on_scan(self) -> None:
        """What was written belongs to another scan."""
        self._outcome = ""

    def sign(self, _checked: bool = False) -> None:
        """Freeze the present state as a version; asks first where lesions are not reviewed."""
        case = self.session.case
        question = _("{unreviewed}\n\nSign all the same? The version will say so.")
        if unreviewed_lesions(case) and not confirmed(question.format(unreviewed=unreviewed_text(case))):
            return
        self.session.attempt(self._sign)
        self.refresh()

    def _sign(self) -> None:
        self.session.course.follow()

        def freeze(case: Case) -> None:
            keep_version(self.session.result.record, case, sign(case, self.session.reviewer()))

        self.session.change_record(freeze, what="")

    def export(self, _checked: bool = False) -> None:
        """Write everything known about the patient's scans into the chosen folder; asks before others are lost."""
        folder = Path(self.ui.folderEdit.currentPath.strip())
        question = _("This folder holds the files of other scans. Replace them?")
        if holds_other_scans(folder, self.session.case) and not confirmed(question):
            return
        files = self.session.attempt(lambda: self._export(folder))
        self._outcome = "" if files is None else _(
            "Files written: {count}. Names, tables and records hold no name or number of the patient.").format(
            count=len(files))
        self.refresh()

    def _export(self, folder: Path) -> list[str]:
        self.session.course.follow()
        with slicer.util.WaitCursor():
            return export_case(self.session.case, self.session.course.scans, self.session.course.assessment(), folder,
                               self._report)

    def _report(self, number: int, count: int) -> None:
        """Painted at once, without events: no button can be pressed in the middle of the export."""
        self.ui.exportLabel.text = _("Writing scan {number} of {count}").format(number=number, count=count)
        self.ui.exportLabel.repaint()

"""Step 2: find and measure, in a process of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from DuOncoUnityLib.errors import Cancelled, DuOncoError
from DuOncoUnityLib.resources import bundled_model
from DuOncoUnityPanel.analysis_queue import AnalysisQueue
from DuOncoUnityPanel.installation import ensure_packages
from DuOncoUnityPanel.language import message
from DuOncoUnityPanel.questions import confirmed
from DuOncoUnityPanel.section import Section
from DuOncoUnityPanel.wording import outcome_text, queue_text


class AnalyseSection(Section):
    """Start, watch and cancel the analysis of all ticked scans."""

    UI = "DuOncoUnityAnalyse.ui"
    _POLL_MS = 200

    def setup(self) -> None:
        self._timer = qt.QTimer()
        self._timer.setInterval(self._POLL_MS)
        self._timer.connect("timeout()", self.poll)
        for key, name in (("auto", _("Automatic")), ("cpu", _("Processor")), ("cuda", _("NVIDIA graphics card")),
                          ("mps", _("Apple graphics"))):
            self.ui.deviceBox.addItem(name, key)
        self.ui.modelEdit.setCurrentPath(str(bundled_model()))
        self.ui.modelEdit.connect("currentPathChanged(QString)", self.on_options)
        self.ui.deviceBox.connect("currentIndexChanged(int)", self.on_options)
        self.ui.analyseButton.connect("clicked(bool)", self.start)
        self.ui.cancelButton.connect("clicked(bool)", self.cancel)
        self.session.analysis_changed.connect(self.refresh)
        self.session.scans_changed.connect(self.refresh)

    def missing(self) -> str:
        return "" if self.session.volume or self.session.queue else _("Choose a CT first.")

    def update(self) -> None:
        running = self.session.queue is not None
        count = len(self.session.chosen_scans())
        self.ui.analyseButton.text = (_("Analyse {count} scans").format(count=count) if count > 1 else _("Analyse"))
        self.ui.analyseButton.enabled = not running and count > 0
        self.ui.hintLabel.visible = not running and count == 0
        self.ui.modelEdit.enabled = self.ui.deviceBox.enabled = not running
        self.ui.cancelButton.enabled = running
        self.ui.progressBar.visible = running

    def cleanup(self) -> None:
        self._timer.stop()
        self.session.cancel()

    def on_options(self, _value: object = None) -> None:
        """The model and device of the next analysis."""
        path = self.ui.modelEdit.currentPath.strip()
        model = Path(path) if path and Path(path) != bundled_model() else None
        self.session.options = replace(self.session.options, model=model, device=self.ui.deviceBox.currentData)

    def start(self, _checked: bool = False) -> None:
        """Ask for what has to be asked, then analyse the ticked scans."""
        scans = self.session.chosen_scans()
        try:
            if not self._may_replace(scans) or not ensure_packages():
                return
            self.session.analyse(scans)
        except DuOncoError as error:
            self._show_error(error)
            return
        self.ui.progressBar.value = 0
        self.ui.statusLabel.text = _("Starting")
        self._timer.start()

    def _may_replace(self, scans: list[slicer.vtkMRMLScalarVolumeNode]) -> bool:
        """Ask before scans are analysed again."""
        names = [scan.GetName() for scan in scans if self.session.result_of(scan) is not None]
        question = _("Analysed before: {scans}.\n\nLesions that somebody decided on or drew stay as they are, and so "
                     "do corrections of muscle and fat. Everything else is found anew. Analyse again?")
        return not names or confirmed(question.format(scans=", ".join(names)))

    def poll(self) -> None:
        """Show how far the analysis is; show its results when it has ended."""
        queue = self.session.queue
        if queue is None:  # cancelled elsewhere, such as by closing the scene
            self._timer.stop()
            self.ui.statusLabel.text = ""
            return
        state = queue.poll()
        if state is not None:
            self.ui.progressBar.value = round(100 * state.fraction)
            self.ui.statusLabel.text = queue_text(state)
            return
        self._timer.stop()
        self.session.finish_queue()
        self._show_outcome(queue)

    def cancel(self, _checked: bool = False) -> None:
        """Stop the analysis; scans that are done keep their results."""
        self._timer.stop()
        self.session.cancel()
        self.ui.statusLabel.text = message(Cancelled().message)

    def _show_outcome(self, queue: AnalysisQueue) -> None:
        self.ui.statusLabel.text = outcome_text(queue)
        if queue.results and queue.results[-1].volume is not None:
            self.session.choose_scan(queue.results[-1].volume)
            self.session.show_scan()
        if queue.failures:
            details = "\n\n".join(failure.error.details for failure in queue.failures if failure.error.details)
            slicer.util.errorDisplay(outcome_text(queue), detailedText=details)

    def _show_error(self, error: DuOncoError) -> None:
        self.ui.statusLabel.text = message(error.message)
        slicer.util.errorDisplay(message(error.message), detailedText=error.details)

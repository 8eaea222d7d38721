"""Step 2: find and measure, in a process of its own."""

from __future__ import annotations

import qt
import slicer
from slicer.i18n import tr as _

from DuOncoUnityLib.errors import Cancelled, DuOncoError
from DuOncoUnityPanel.dependencies import install, missing_packages, question
from DuOncoUnityPanel.language import message
from DuOncoUnityPanel.section import Section
from DuOncoUnityPanel.wording import progress_text


class AnalyseSection(Section):
    """Start, watch and cancel the analysis."""

    UI = "DuOncoUnityAnalyse.ui"
    _POLL_MS = 200

    def setup(self) -> None:
        self._timer = qt.QTimer()
        self._timer.setInterval(self._POLL_MS)
        self._timer.connect("timeout()", self.poll)
        self.ui.analyseButton.connect("clicked(bool)", self.start)
        self.ui.cancelButton.connect("clicked(bool)", self.cancel)
        self.session.analysis_changed.connect(self.refresh)

    def missing(self) -> str:
        return "" if self.session.volume or self.session.analysis else _("Choose a CT first.")

    def update(self) -> None:
        running = self.session.analysis is not None
        self.ui.analyseButton.enabled = not running
        self.ui.cancelButton.enabled = running
        self.ui.progressBar.visible = running

    def cleanup(self) -> None:
        self._timer.stop()
        self.session.cancel()

    def start(self, _checked: bool = False) -> None:
        """Ask for what has to be installed, then analyse the current scan."""
        packages = missing_packages()
        if packages and not slicer.util.confirmOkCancelDisplay(question(packages), _("DuOnco Unity")):
            return
        try:
            if packages:
                install(packages)
            self.session.start(self.session.volume)
        except DuOncoError as error:
            self._show_error(error)
            return
        self.ui.progressBar.value = 0
        self.ui.statusLabel.text = _("Starting")
        self._timer.start()

    def poll(self) -> None:
        """Show how far the analysis is; show its result when it has ended."""
        state = self.session.analysis.poll()
        self.ui.progressBar.value = round(100 * state.fraction)
        self.ui.statusLabel.text = progress_text(state)
        if not state.finished:
            return
        self._timer.stop()
        self.ui.statusLabel.text = ""
        try:
            result = self.session.finish()
        except DuOncoError as error:
            self._show_error(error)
            return
        self.session.choose_scan(result.volume)

    def cancel(self, _checked: bool = False) -> None:
        """Stop the analysis."""
        self._timer.stop()
        self.session.cancel()
        self.ui.statusLabel.text = message(Cancelled().message)

    def _show_error(self, error: DuOncoError) -> None:
        self.ui.statusLabel.text = message(error.message)
        slicer.util.errorDisplay(message(error.message), detailedText=error.details)

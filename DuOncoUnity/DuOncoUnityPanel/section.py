"""What all sections of the panel have in common."""

from __future__ import annotations

from pathlib import Path

import slicer
from slicer.i18n import tr as _

from DuOncoUnityPanel.session import Session

UI_FOLDER = Path(__file__).resolve().parents[1] / "Resources" / "UI"


class Section:
    """One step of the panel: a `.ui` file and what its widgets do.

    A section shows what the session and the record say, and turns clicks into calls of the session. It computes nothing
    and knows no other section: what concerns several of them is a signal of the session.

    The `.ui` file has a `ctkCollapsibleButton`, and in it one widget with a label `missingLabel`, which says why the
    step cannot start yet, and a widget `content` with everything else.

    Args:
        session: the work on the scene, shared by all sections.
    """

    UI = ""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.widget = slicer.util.loadUI(str(UI_FOLDER / self.UI))
        self.ui = slicer.util.childWidgetVariables(self.widget)
        self.widget.setMRMLScene(slicer.mrmlScene)
        self.setup()
        session.scan_changed.connect(self.refresh)
        session.record_changed.connect(self.refresh)

    def setup(self) -> None:
        """Connect widgets and further signals of the session; called once."""

    def missing(self) -> str:
        """What is missing before the step can start, as a sentence; "" if nothing."""
        return "" if self.session.result else _("Analyse a scan first.")

    def update(self) -> None:
        """Show the present state; called whenever scan or record changed and nothing is missing."""

    def refresh(self) -> None:
        """Show what is missing, or the present state."""
        missing = self.missing()
        self.ui.missingLabel.text = missing
        self.ui.missingLabel.visible = bool(missing)
        self.ui.content.visible = not missing
        if not missing:
            self.session.follow_up(self.update)

    def enter(self) -> None:
        """The module is shown: keyboard shortcuts begin."""

    def exit(self) -> None:
        """Another module is shown: keyboard shortcuts and tools end."""

    def cleanup(self) -> None:
        """The module goes: timers, processes and observers end."""

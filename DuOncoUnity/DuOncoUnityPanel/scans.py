"""Step 1: which scans."""

from __future__ import annotations

from DuOncoUnityPanel.section import Section


class ScansSection(Section):
    """Choose the CT to work on."""

    UI = "DuOncoUnityScans.ui"

    def setup(self) -> None:
        self.ui.inputSelector.connect("currentNodeChanged(vtkMRMLNode*)", self.session.choose_scan)

    def missing(self) -> str:
        return ""

    def update(self) -> None:
        self.ui.inputSelector.setCurrentNode(self.session.volume)

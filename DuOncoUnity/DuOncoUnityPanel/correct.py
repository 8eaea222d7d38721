"""Correcting masks: the Segment Editor on the right layer, and the click tool."""

from __future__ import annotations

from DuOncoUnityPanel.section import Section


class CorrectSection(Section):
    """Change, add and remove lesions by hand."""

    UI = "DuOncoUnityCorrect.ui"

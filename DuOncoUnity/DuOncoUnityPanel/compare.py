"""Step 5: the scans of a patient over time."""

from __future__ import annotations

from DuOncoUnityPanel.section import Section


class CompareSection(Section):
    """Prior beside current, and the response."""

    UI = "DuOncoUnityCompare.ui"

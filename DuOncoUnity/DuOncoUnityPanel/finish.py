"""Step 6: report, export and sign-off."""

from __future__ import annotations

from DuOncoUnityPanel.section import Section


class FinishSection(Section):
    """Write what the review found."""

    UI = "DuOncoUnityFinish.ui"

"""Step 4: what all lesions add up to, and muscle and fat."""

from __future__ import annotations

from DuOncoUnityPanel.section import Section


class BurdenSection(Section):
    """Totals of the current scan."""

    UI = "DuOncoUnityBurden.ui"

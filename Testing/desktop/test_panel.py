"""The panel as a whole: its steps, what it says it is, and the scene that comes and goes."""

from __future__ import annotations

import pytest

from Testing.desktop.slicer_desktop import Desktop

STEPS = ["1. Scans", "2. Analyse", "3. Review", "Correct a lesion", "4. Burden", "5. Compare", "6. Report and export"]


def test_the_steps_are_shown_in_order(desktop: Desktop) -> None:
    sections = [getattr(section.ui, f"{name}Section") for name, section in desktop.widget.sections.items()]
    assert [section.text for section in sections] == STEPS
    tops = [section.mapTo(desktop.window, section.rect.topLeft()).y() for section in sections]
    assert tops == sorted(tops)
    desktop.screenshot("empty")


def test_the_disclaimer_is_on_the_panel(desktop: Desktop) -> None:
    assert desktop.widget.ui.disclaimerLabel.text == "Research use only. Not a medical device."
    assert desktop.widget.ui.disclaimerLabel.isVisible()


def test_each_step_says_what_is_missing(desktop: Desktop) -> None:
    assert desktop.section("analyse").ui.missingLabel.text == "Choose a CT first."
    assert desktop.section("review").ui.missingLabel.text == "Analyse a scan first."
    assert not desktop.section("review").ui.content.isVisible()


@pytest.mark.parametrize("name", ["test_panel", "test_edit", "test_review", "test_burden", "test_finish",
                                  "test_compare", "test_cancel"])
def test_the_self_test_of_the_module_passes(desktop: Desktop, name: str) -> None:
    """The same test runs inside Slicer (Reload and Test)."""
    self_test = desktop.module.DuOncoUnityTest()
    self_test.setUp()
    getattr(self_test, name)()

"""The panel as a whole: its steps, what it says it is, and the scene that comes and goes."""

from __future__ import annotations

import qt

from Testing.desktop.slicer_desktop import Desktop
from Testing.synthetic_patient import DATES, FEW, add_scan

TESTS = ("test_panel", "test_scans", "test_edit", "test_click", "test_review", "test_burden", "test_finish",
         "test_compare", "test_cancel")
QUICK_TESTS = ("test_panel", "test_scans", "test_edit", "test_review", "test_burden", "test_finish")
OPEN_WINDOWS = {"loadButton", "dicomButton"}
NEEDS_A_WORKER = {"analyseButton"}
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


def test_a_reloaded_panel_goes_on_where_it_was(desktop: Desktop) -> None:
    """Slicer does not enter a module again that is shown already."""
    result = add_scan(desktop.scene, FEW[:1], DATES[0])
    desktop.reload()
    desktop.wait(lambda: desktop.widget.session.result == result)
    desktop.section("review").ui.reviewSection.collapsed = False
    desktop.press("N")
    assert desktop.widget.session.lesion_id == "L1"
    desktop.press("C")
    assert desktop.widget.session.time_point.lesions[0].review.status.value == "confirmed"


def test_the_self_test_passes_in_the_language_of_slicer(french: Desktop) -> None:
    self_test = french.module.DuOncoUnityTest()
    for name in QUICK_TESTS:
        self_test.setUp()
        getattr(self_test, name)()
        assert french.widget.ui.messageLabel.text == "", name


def test_the_self_test_of_the_module_passes_and_presses_every_button(desktop: Desktop) -> None:
    """The same test runs inside Slicer (Reload and Test)."""
    buttons = [button for section in desktop.widget.sections.values()
               for button in section.widget.findChildren(qt.QPushButton)]
    pressed: set[str] = set()
    for button in buttons:
        button.clicked.connect(lambda *_checked, name=button.name: pressed.add(name))
    self_test = desktop.module.DuOncoUnityTest()
    for name in TESTS:
        self_test.setUp()
        getattr(self_test, name)()
        assert desktop.widget.ui.messageLabel.text == "", name
        self_test.tearDown()
        assert desktop.scene.GetNumberOfNodesByClass("vtkMRMLVolumeNode") == 0
    assert {button.name for button in buttons} - pressed == OPEN_WINDOWS | NEEDS_A_WORKER
    assert {name for name in dir(self_test) if name.startswith("test_")} == {*TESTS, "test_analysis"}

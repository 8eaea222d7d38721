"""Outlining lesions along their longest diameter: the real panel, the bundled click network, and clicks in a view."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from DuOncoUnityLib.scene.result import Result
from Testing.desktop import clicks
from Testing.desktop.clicks import (
    ANOTHER_KJI,
    ANOTHER_MM,
    MISSED_KJI,
    MISSED_MM,
    ball,
    click,
    click_diameter,
    dice,
    layer,
    lesions,
)
from Testing.desktop.slice_view import SliceView
from Testing.desktop.slicer_desktop import Desktop

result, view = clicks.result, clicks.view


@pytest.fixture
def ui(desktop: Desktop, view: SliceView) -> Any:
    """The tool is on."""
    ui = desktop.section("correct").ui
    desktop.press("M")
    return ui


def test_two_clicks_on_the_ends_of_a_diameter_add_a_lesion_between_them(desktop: Desktop, ui: Any, view: SliceView,
                                                                        result: Result) -> None:
    assert (ui.diameterButton.checked, ui.clickButton.checked) == (True, False)
    assert ui.clickLabel.text == "Click on both ends of the longest diameter of a lesion."
    mask, (k, j, i) = layer(result), MISSED_KJI
    click(desktop, view, (k, j, i - MISSED_MM / 3.0))
    assert ui.clickLabel.text == "Click on the other end of the diameter."
    assert np.array_equal(layer(result), mask), "one end is no lesion yet"
    click(desktop, view, (k, j, i + MISSED_MM / 3.0))
    drawn = layer(result) & ~mask
    assert dice(drawn, ball(MISSED_KJI, MISSED_MM)) > 0.7
    assert lesions(desktop)["L5"].measurement.long_axis.length_mm <= 2 * MISSED_MM + 3.0
    click_diameter(desktop, view, ANOTHER_KJI, ANOTHER_MM)
    assert lesions(desktop)["L6"].site == "lung"
    assert len(desktop.widget.session.history) == 2
    click_diameter(desktop, view, MISSED_KJI, MISSED_MM, axis=1)
    assert set(lesions(desktop)) >= {"L5", "L6"} and "L7" not in lesions(desktop), "outlined again, it keeps its id"


def test_a_diameter_is_undone_as_one_step_and_the_next_click_is_an_end_again(desktop: Desktop, ui: Any, view: SliceView,
                                                                             result: Result) -> None:
    before, (k, j, i) = layer(result), MISSED_KJI
    click_diameter(desktop, view, MISSED_KJI, MISSED_MM)
    desktop.section("review").ui.undoButton.click()
    assert np.array_equal(layer(result), before)
    click(desktop, view, (k, j, i - MISSED_MM / 3.0))
    assert ui.clickLabel.text == "Click on the other end of the diameter."
    desktop.press("K")
    assert (ui.diameterButton.checked, ui.clickButton.checked) == (False, True)
    click(desktop, view, MISSED_KJI)
    assert not np.array_equal(layer(result), before), "a single click is enough again"


def test_what_does_not_belong_is_clicked_after_a_diameter_too(desktop: Desktop, ui: Any, view: SliceView,
                                                              result: Result) -> None:
    k, j, i = MISSED_KJI
    click_diameter(desktop, view, MISSED_KJI, MISSED_MM)
    desktop.press("D")
    assert ui.clickLabel.text == "L5: click on what does not belong to it."
    click(desktop, view, (k, j + 3, i))
    assert not layer(result)[k, j + 3, i] and layer(result)[MISSED_KJI]


def test_ends_at_one_place_are_explained_and_leave_everything(desktop: Desktop, ui: Any, view: SliceView,
                                                              result: Result) -> None:
    before = layer(result)
    click(desktop, view, MISSED_KJI)
    click(desktop, view, MISSED_KJI)
    assert desktop.widget.ui.messageLabel.text == "Both ends of the diameter lie at the same place."
    assert np.array_equal(layer(result), before) and not ui.clickLabel.text.startswith("Click on the other")

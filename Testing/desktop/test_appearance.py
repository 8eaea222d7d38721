"""The panel in both languages and themes, narrow and on dense displays: nothing is cut off, nothing is unexplained."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ctk
import pytest
import qt

from Testing.desktop.appearance import clipped_texts, overlapping, set_theme, too_wide
from Testing.desktop.slicer_desktop import MODULE_FOLDER, Desktop
from Testing.synthetic_patient import DATES, FEW, add_scan, lay_over, scaled

NARROW, TALL = 480, 3600
CONTROLS = (qt.QAbstractButton, qt.QComboBox, qt.QAbstractSpinBox, qt.QLineEdit, qt.QSlider, qt.QTableView)


@pytest.fixture(autouse=True)
def light_again() -> Iterator[None]:
    yield
    set_theme(dark=False)


def fill(desktop: Desktop) -> None:
    """Two analysed scans of one patient, the later one current, all sections open."""
    first = add_scan(desktop.scene, FEW, DATES[0])
    second = add_scan(desktop.scene, scaled(FEW, {1: 1.4}), DATES[1])
    lay_over(first, second)
    desktop.widget.session.choose_scan(second.volume)
    for section in desktop.window.findChildren(ctk.ctkCollapsibleButton):
        section.collapsed = False
    desktop.window.resize(NARROW, TALL)
    desktop.wait(lambda: desktop.section("scans").ui.scanTree.topLevelItemCount > 0)


@pytest.mark.parametrize(("locale", "dark"), [("en_US", False), ("fr_FR", True)])
def test_nothing_is_cut_off_in_a_narrow_panel(open_slicer: Callable[..., Desktop], locale: str, *, dark: bool) -> None:
    set_theme(dark=dark)
    desktop = open_slicer(locale)
    fill(desktop)
    desktop.screenshot(f"panel_{locale[:2]}_{'dark' if dark else 'light'}")
    assert too_wide(desktop.window) == []
    assert clipped_texts(desktop.window) == []


@pytest.mark.parametrize("locale", ["en_US", "fr_FR"])
def test_nothing_lies_on_anything_else_at_any_width(open_slicer: Callable[..., Desktop], locale: str) -> None:
    desktop = open_slicer(locale)
    fill(desktop)
    ui = desktop.section("compare").ui
    ui.lesionTable.selectRow(0)
    ui.responseTable.cellClicked.emit(7, 2)
    for height in (900, TALL):
        for width in range(NARROW, 720, 40):
            desktop.window.resize(width, height)
            desktop.settle_layout()
            assert overlapping(desktop.window.centralWidget().widget()) == [], width


@pytest.mark.parametrize("locale", ["en_US", "fr_FR"])
def test_the_lesion_list_of_a_narrow_panel_shows_every_column(open_slicer: Callable[..., Desktop], locale: str) -> None:
    desktop = open_slicer(locale)
    fill(desktop)
    review = desktop.section("review").ui
    assert_every_text_is_readable(review.lesionTable)
    review.confidenceBox.value = 0.5
    desktop.click(review.confirmAllButton)
    desktop.settle_layout()
    assert_every_text_is_readable(review.lesionTable)


def assert_every_text_is_readable(table: Any) -> None:
    """All columns of the lesion list are on the screen; names of sites may be shortened, nothing else."""
    header, site, width = table.horizontalHeader(), 1, table.fontMetrics().horizontalAdvance
    assert header.length() <= table.viewport().width
    assert header.sectionSize(site) >= width("Pancréas")
    for row in range(table.model().rowCount()):
        for column in set(range(table.model().columnCount())) - {site}:
            text = table.model().index(row, column).data()
            assert width(text) < header.sectionSize(column), text


@pytest.mark.parametrize("scale", ["1.25", "2"])
def test_nothing_is_cut_off_on_a_dense_display(tmp_path: Path, scale: str) -> None:
    """Qt takes the scale at its start, hence a process of its own."""
    program = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        from Testing.desktop.slicer_desktop import Desktop, install
        install()
        from Testing.desktop.appearance import clipped_texts, too_wide
        from Testing.desktop.test_appearance import fill
        desktop = Desktop(Path({str(tmp_path)!r}), "fr_FR")
        sys.excepthook = sys.__excepthook__
        fill(desktop)
        desktop.screenshot("panel_fr_scale_{scale}")
        assert desktop.window.devicePixelRatioF() == {scale}
        problems = clipped_texts(desktop.window) + too_wide(desktop.window)
        assert problems == [], problems
        desktop.close()
    """)
    run = subprocess.run([sys.executable, "-c", program], cwd=MODULE_FOLDER.parent, capture_output=True, text=True,
                         env=os.environ | {"QT_SCALE_FACTOR": scale, "QT_QPA_PLATFORM": "offscreen"}, check=False)
    assert run.returncode == 0, run.stderr


def test_every_step_has_its_picture(desktop: Desktop) -> None:
    """The pictures of the tutorial are copies of these."""
    fill(desktop)
    desktop.window.resize(640, TALL)
    desktop.widget.session.choose_lesion("L2")
    for name, section in desktop.widget.sections.items():
        picture = desktop.screenshot(f"step_{name}", section.widget)
        assert 0 < picture.stat().st_size < 200_000


def test_every_control_explains_itself(desktop: Desktop) -> None:
    fill(desktop)
    for name, section in desktop.widget.sections.items():
        for widget in section.widget.findChildren(qt.QWidget):
            named = isinstance(widget, CONTROLS) and widget.name and not widget.name.startswith("qt_")
            if named and not isinstance(widget, ctk.ctkCollapsibleButton):
                assert widget.toolTip, f"{name}: {widget.name} has no tooltip"


def test_colours_are_those_of_the_theme() -> None:
    for path in (MODULE_FOLDER / "Resources" / "UI").glob("*.ui"):
        text = path.read_text(encoding="utf-8")
        assert '<property name="palette">' not in text, path.name
        assert "color:" not in text, path.name

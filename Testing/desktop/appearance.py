"""How the panel looks: themes, and texts that do not fit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QScrollArea, QWidget

_ROLES = {QPalette.Window: 50, QPalette.WindowText: 220, QPalette.Base: 30, QPalette.AlternateBase: 40,
          QPalette.Text: 220, QPalette.Button: 60, QPalette.ButtonText: 220, QPalette.ToolTipBase: 60,
          QPalette.ToolTipText: 220, QPalette.PlaceholderText: 130, QPalette.Light: 80, QPalette.Midlight: 70,
          QPalette.Dark: 25, QPalette.Mid: 40, QPalette.Shadow: 15}


def set_theme(*, dark: bool) -> None:
    """The colours of the whole application, light or as dark as Slicer's dark style."""
    palette = QApplication.style().standardPalette()
    if dark:
        palette = QPalette()
        for role, grey in _ROLES.items():
            palette.setColor(role, QColor(grey, grey, grey))
            palette.setColor(QPalette.Disabled, role, QColor(grey, grey, grey).darker(150) if grey > 128
                             else QColor(grey, grey, grey))
        palette.setColor(QPalette.Highlight, QColor(70, 110, 170))
        palette.setColor(QPalette.HighlightedText, QColor(255, 255, 255))
        palette.setColor(QPalette.Link, QColor(120, 170, 255))
    QApplication.setPalette(palette)


def clipped_texts(window: QWidget) -> list[str]:
    """Names and texts of visible labels and buttons that are smaller than their text."""
    return [f"{widget.objectName}: {_text(widget)}" for widget in window.findChildren(QWidget)
            if widget.isVisible() and _text(widget) and _is_clipped(widget)]


def overlapping(window: QWidget) -> list[str]:
    """Names of visible widgets that lie on each other, or reach below the widget they are in."""
    found = []
    for parent in [window, *window.findChildren(QWidget)]:
        children = [child for child in parent.children() if isinstance(child, QWidget) and child.isVisible()]
        if parent.layout() is None or not parent.isVisible():
            continue
        found += [f"{first.objectName} and {second.objectName}" for first, second in combinations(children, 2)
                  if not first.geometry.intersected(second.geometry).isEmpty()]
        found += [f"{child.objectName} reaches out" for child in children
                  if child.geometry.bottom() > parent.rect.bottom()]
    return found


def too_wide(window: QWidget) -> list[str]:
    """Names of widgets for which the panel would have to be scrolled sideways."""
    area = window.findChild(QScrollArea)
    assert area is not None
    panel, room = area.widget(), area.viewport().width
    if panel.minimumSizeHint().width() <= room:
        return []
    return [f"{widget.objectName} needs {widget.minimumSizeHint().width()} of {room}"
            for widget in _widest_path(panel)]


def _widest_path(widget: QWidget) -> Iterator[QWidget]:
    """From the panel down to the widget that makes it wide."""
    while True:
        yield widget
        children = [child for child in widget.children() if isinstance(child, QWidget) and child.isVisible()]
        if not children:
            return
        widget = max(children, key=lambda child: child.minimumSizeHint().width())


def _text(widget: QWidget) -> str:
    return widget.text if isinstance(widget, (QLabel, QAbstractButton)) else ""


def _is_clipped(widget: QWidget) -> bool:
    if isinstance(widget, QLabel) and widget.wordWrap:
        return widget.heightForWidth(widget.width) > widget.height
    # a button may be pressed a little below what its style likes, its text may not be cut
    needed = widget.fontMetrics().size(0, _text(widget).replace("&", ""))
    return needed.width() > widget.width or needed.height() > widget.height

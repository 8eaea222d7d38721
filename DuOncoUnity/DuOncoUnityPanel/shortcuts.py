"""Keys for buttons, active only while the module is shown."""

from __future__ import annotations

import qt
import slicer


class Shortcuts:
    """Keys that press buttons; each is named in the tooltip of its button.

    Args:
        keys: the buttons, with the key of each.
    """

    def __init__(self, keys):
        self._keys = keys
        self._shortcuts = []
        for button, key in keys:
            button.toolTip = f"{button.toolTip} ({key})"

    def enter(self):
        """The keys work from now on; a key presses its button only while that can be pressed by hand."""
        self.exit()
        window = slicer.util.mainWindow()
        if window is None:
            return
        for button, key in self._keys:
            shortcut = qt.QShortcut(window)
            shortcut.setKey(qt.QKeySequence(key))
            shortcut.connect("activated()", button.click)
            self._shortcuts.append(shortcut)

    def exit(self):
        """The keys have no effect any more."""
        for shortcut in self._shortcuts:
            remove(shortcut)
        self._shortcuts = []


def remove(shortcut):
    """A shortcut has no effect any more; it goes once its own signal, which may be what ends it, is over."""
    shortcut.enabled = False
    shortcut.deleteLater()


def without_keys(install, keys):
    """Let a widget of Slicer install its own keys, but not these: a key that two shortcuts want presses neither.

    Args:
        install: adds shortcuts to the main window.
        keys: those that belong to the panel.
    """
    window = slicer.util.mainWindow()
    before = list(window.children()) if window is not None else []
    install()
    for child in window.children() if window is not None else ():
        if child.className() == "QShortcut" and child not in before and child.key.toString() in keys:
            child.enabled = False

"""Correcting masks: the Segment Editor on the right layer, and lesions outlined at a click."""

from __future__ import annotations

import qt
import slicer
from slicer.i18n import tr as _

from DuOncoUnityLib.terminology import LAYERS, Layer
from DuOncoUnityPanel.click_model import ClickModel
from DuOncoUnityPanel.click_tool import ClickTool
from DuOncoUnityPanel.installation import ensure_packages
from DuOncoUnityPanel.language import name_of
from DuOncoUnityPanel.section import Section
from DuOncoUnityPanel.shortcuts import Shortcuts, remove, without_keys
from DuOncoUnityPanel.wording import click_text


class CorrectSection(Section):
    """Change, add and remove lesions by hand or by click."""

    UI = "DuOncoUnityCorrect.ui"
    END_KEY = "Esc"

    def setup(self) -> None:
        self._is_shown = False
        self._tool = ClickTool(self.session, ClickModel())
        self._is_due = False
        self._shortcuts = Shortcuts([(self.ui.clickButton, "K"), (self.ui.diameterButton, "M"),
                                     (self.ui.outsideButton, "D"), (self.ui.nextLesionButton, "L"),
                                     (self.ui.largerButton, "O"), (self.ui.smallerButton, "I")])
        self._end_shortcut: qt.QShortcut | None = None
        for layer in (Layer.LESION, Layer.LYMPH_NODE):
            self.ui.layerBox.addItem(name_of(LAYERS[layer]), layer.value)
        self.ui.layerBox.connect("currentIndexChanged(int)", self.on_layer)
        self.session.lesion_chosen.connect(self.on_chosen)
        self.session.edit_asked.connect(self.on_edit_asked)
        self.session.masks_changing.connect(self.on_masks_changing)
        self.session.scan_changed.connect(self.on_scan)
        self.ui.clickButton.connect("toggled(bool)", self.on_click_button)
        self.ui.diameterButton.connect("toggled(bool)", self.on_diameter_button)
        self.ui.outsideButton.connect("toggled(bool)", self.on_outside_button)
        self.ui.nextLesionButton.connect("clicked(bool)", self.on_next_lesion)
        self.ui.largerButton.connect("clicked(bool)", self.on_larger)
        self.ui.smallerButton.connect("clicked(bool)", self.on_smaller)
        self._tool.clicked.connect(self.on_click)
        self._tool.ended.connect(self.end_clicks)
        self.session.undone.connect(lambda _what: self._show_click_state())
        self._show_click_state()

    def enter(self) -> None:
        self._is_shown = True
        self.ui.editor.setupViewObservations()
        self._install_editor_keys()
        self._shortcuts.enter()
        self.refresh()
        self._protect_layers()

    def exit(self) -> None:
        self._is_shown = False
        self.end_clicks()
        self._shortcuts.exit()
        self.ui.editor.setActiveEffect(None)
        self.ui.editor.uninstallKeyboardShortcuts()
        self.ui.editor.removeViewObservations()

    def update(self) -> None:
        result, editor = self.session.result, self.ui.editor
        self._show_click_state()
        if not self._is_shown or self._is_on(result):
            return
        node = _editor_node()
        editor.setMRMLSegmentEditorNode(node)
        editor.setSegmentationNode(result.segmentation)
        editor.setSourceVolumeNode(result.volume)
        self._protect_layers()
        self.on_layer()

    def on_scan(self) -> None:
        """Another scan is current: neither clicks nor strokes go on in the former one, which nobody follows."""
        self.end_clicks()
        if self._is_shown:
            self.ui.editor.setActiveEffect(None)

    def on_chosen(self, lesion_id: str) -> None:
        """The layer of a chosen lesion is the one to change."""
        for lesion in self.session.time_point.lesions:
            if lesion.id == lesion_id:
                self.ui.layerBox.setCurrentIndex(self.ui.layerBox.findData(lesion.layer))
        self._show_click_state()

    def on_layer(self, _index: int = 0) -> None:
        """Strokes and new lesions go to another layer."""
        self._tool.layer = Layer(self.ui.layerBox.currentData)
        if self._is_shown and self._is_on(self.session.result):
            self.ui.editor.setCurrentSegmentID(self.ui.layerBox.currentData)

    def on_edit_asked(self) -> None:
        """Open the editor on the layer of the chosen lesion."""
        self.ui.correctSection.collapsed = False
        self.refresh()
        self._protect_layers()
        self.on_layer()

    def on_masks_changing(self) -> None:
        """The panel changes masks: the editor can undo that too."""
        if self._is_shown and self._is_on(self.session.result):
            self.ui.editor.saveStateForUndo()

    def on_click_button(self, is_on: bool) -> None:
        """Clicks in the slice views outline lesions, or no longer do."""
        self._set_mode(is_on, by_diameter=False)

    def on_diameter_button(self, is_on: bool) -> None:
        """Clicks in the slice views are the ends of longest diameters, or no longer are."""
        self._set_mode(is_on, by_diameter=True)

    def _set_mode(self, is_on: bool, *, by_diameter: bool) -> None:
        if is_on == (self._tool.is_active and self._tool.by_diameter == by_diameter):
            return
        if is_on:
            self.ui.correctSection.collapsed = False
            if not self._tool.is_active:
                self.session.attempt(self._start_clicks)
            self._tool.by_diameter = by_diameter
        else:
            self._tool.stop()
        self._set_end_key()
        self._show_click_state()

    def on_outside_button(self, is_outside: bool) -> None:
        """The next clicks show what belongs to the lesion, or what does not."""
        self._tool.belongs = not is_outside
        self._show_click_state()

    def on_next_lesion(self, _checked: bool = False) -> None:
        """The next click begins another lesion."""
        self._tool.begin()
        self._show_click_state()

    def on_larger(self, _checked: bool = False) -> None:
        """The clicks meant more: outline the next larger lesion."""
        self._resize(larger=True)

    def on_smaller(self, _checked: bool = False) -> None:
        """The clicks meant less: outline the next smaller lesion."""
        self._resize(larger=False)

    def _resize(self, *, larger: bool) -> None:
        with slicer.util.WaitCursor():
            self.session.attempt(lambda: self._tool.resize(larger=larger))
        self._show_click_state()

    def on_click(self) -> None:
        """A point was placed; Slicer first ends what it does with the click."""
        self.ui.clickLabel.text = _("Outlining the lesion...")
        if not self._is_due:
            self._is_due = True
            qt.QTimer.singleShot(0, self.outline)

    def outline(self) -> None:
        """Outline the lesion at the clicks."""
        if self._tool.is_active:
            with slicer.util.WaitCursor():
                self._is_due = False
                self.session.attempt(self._tool.outline)
        self._is_due = False
        self._show_click_state()

    def end_clicks(self) -> None:
        """Clicks do again what they do in Slicer."""
        self.ui.clickButton.checked = self.ui.diameterButton.checked = False

    def _start_clicks(self) -> None:
        self.session.editor()
        if ensure_packages():
            with slicer.util.WaitCursor():
                self._tool.layer = Layer(self.ui.layerBox.currentData)
                self.ui.editor.setActiveEffect(None)
                self._tool.start()

    def _set_end_key(self) -> None:
        """Esc ends the clicks while they are on; before and after, it is a key of the Segment Editor."""
        if self._end_shortcut is not None:
            remove(self._end_shortcut)
            self._end_shortcut = None
        if self._tool.is_active and slicer.util.mainWindow() is not None:
            self.ui.editor.uninstallKeyboardShortcuts()
            self._end_shortcut = qt.QShortcut(qt.QKeySequence(self.END_KEY), slicer.util.mainWindow())
            self._end_shortcut.connect("activated()", self.end_clicks)
        elif self._is_shown:
            self._install_editor_keys()

    def _install_editor_keys(self) -> None:
        without_keys(lambda: self.ui.editor.installKeyboardShortcuts(), ["Ctrl+Z"])

    def _show_click_state(self) -> None:
        ui, is_on = self.ui, self._tool.is_active
        ui.clickButton.checked = is_on and not self._tool.by_diameter
        ui.diameterButton.checked = is_on and self._tool.by_diameter
        ui.outsideButton.checked = is_on and not self._tool.belongs
        ui.outsideButton.enabled = ui.nextLesionButton.enabled = is_on and bool(self._tool.lesion_id)
        ui.largerButton.enabled = ui.smallerButton.enabled = is_on and self._tool.can_resize
        ui.clickLabel.visible = is_on
        ui.clickLabel.text = click_text(self._tool)

    def _protect_layers(self) -> None:
        """No stroke takes voxels from another layer, whatever was set in the Segment Editor meanwhile."""
        node = self.ui.editor.mrmlSegmentEditorNode()
        if node is not None and self._is_on(self.session.result):
            node.SetOverwriteMode(node.OverwriteNone)
            node.SetMaskMode(slicer.vtkMRMLSegmentationNode.EditAllowedEverywhere)

    def _is_on(self, result) -> bool:
        node = self.ui.editor.mrmlSegmentEditorNode()
        return node is not None and result is not None and node.GetSegmentationNode() is result.segmentation


def _editor_node():
    """The editor's settings, which all modules share."""
    node = slicer.mrmlScene.GetSingletonNode("SegmentEditor", "vtkMRMLSegmentEditorNode")
    if node is None:
        node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLSegmentEditorNode")
        node.UnRegister(None)
        node.SetSingletonTag("SegmentEditor")
        node = slicer.mrmlScene.AddNode(node)
    return node

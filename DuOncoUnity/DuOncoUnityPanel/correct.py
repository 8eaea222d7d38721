"""Correcting masks: the Segment Editor on the right layer."""

from __future__ import annotations

import slicer

from DuOncoUnityLib.terminology import LAYERS, Layer
from DuOncoUnityPanel.language import name_of
from DuOncoUnityPanel.section import Section


class CorrectSection(Section):
    """Change, add and remove lesions by hand."""

    UI = "DuOncoUnityCorrect.ui"

    def setup(self) -> None:
        self._is_shown = False
        for layer in (Layer.LESION, Layer.LYMPH_NODE):
            self.ui.layerBox.addItem(name_of(LAYERS[layer]), layer.value)
        self.ui.layerBox.connect("currentIndexChanged(int)", self.on_layer)
        self.session.lesion_chosen.connect(self.on_chosen)
        self.session.edit_asked.connect(self.on_edit_asked)
        self.session.masks_changing.connect(self.on_masks_changing)

    def enter(self) -> None:
        self._is_shown = True
        self.ui.editor.setupViewObservations()
        self.ui.editor.installKeyboardShortcuts()
        self.refresh()
        self._protect_layers()

    def exit(self) -> None:
        self._is_shown = False
        self.ui.editor.setActiveEffect(None)
        self.ui.editor.uninstallKeyboardShortcuts()
        self.ui.editor.removeViewObservations()

    def update(self) -> None:
        result, editor = self.session.result, self.ui.editor
        if not self._is_shown or self._is_on(result):
            return
        node = _editor_node()
        editor.setMRMLSegmentEditorNode(node)
        editor.setSegmentationNode(result.segmentation)
        editor.setSourceVolumeNode(result.volume)
        self._protect_layers()
        self.on_layer()

    def on_chosen(self, lesion_id: str) -> None:
        """The layer of a chosen lesion is the one to change."""
        for lesion in self.session.time_point.lesions:
            if lesion.id == lesion_id:
                self.ui.layerBox.setCurrentIndex(self.ui.layerBox.findData(lesion.layer))

    def on_layer(self, _index: int = 0) -> None:
        """Strokes go to another layer."""
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

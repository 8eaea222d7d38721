"""Working substitutes for the ctk and qMRML widgets that the panel uses, bound to the real MRML scene.

Their public names are those of the widgets of Slicer, and no others: `test_slicer_api.py` compares them. Signals that
carry MRML nodes cannot have their C++ signature in PySide6; `signal` finds them.
"""

from __future__ import annotations

from typing import Any

import slicer
import vtk
from PySide6.QtCore import Property, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QPalette, QShortcut, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QSlider,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)


class ctkCollapsibleButton(QAbstractButton):  # noqa: N801
    """A title that hides and shows what is below it."""

    IS_STAND_IN = True
    contentsCollapsed = Signal(bool)  # noqa: N815

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setChecked(True)
        self._header_height = self.fontMetrics().height() + 10
        self.setContentsMargins(0, self._header_height, 0, 0)
        self.toggled.connect(self._show_contents)

    def hitButton(self, position: Any) -> bool:  # noqa: N802
        return bool(position.y() < self._header_height)

    def paintEvent(self, _event: Any) -> None:  # noqa: N802
        painter, option = QStylePainter(self), QStyleOptionButton()
        option.initFrom(self)
        option.rect.setHeight(self._header_height)
        painter.drawControl(QStyle.CE_PushButtonBevel, option)
        arrow = QStyle.PE_IndicatorArrowDown if self.checked else QStyle.PE_IndicatorArrowRight
        option.rect.setWidth(self._header_height)
        indicator = QStyleOptionButton(option)
        indicator.rect.adjust(8, 8, -8, -8)
        painter.drawPrimitive(arrow, indicator)
        painter.drawText(self._header_height, 0, self.width, self._header_height, Qt.AlignVCenter, self.text)

    def showEvent(self, _event: Any) -> None:  # noqa: N802
        self._show_contents(self.checked)

    def _show_contents(self, shown: bool) -> None:
        for child in self.children():
            if child.isWidgetType():
                child.setVisible(shown)
        self.contentsCollapsed.emit(not shown)

    collapsed = Property(bool, lambda self: not self.checked, lambda self, collapsed: self.setChecked(not collapsed))


class ctkSearchBox(QLineEdit):  # noqa: N801
    """A line to search in."""

    IS_STAND_IN = True


class ctkPathLineEdit(QWidget):  # noqa: N801
    """A path and a button to look for it."""

    IS_STAND_IN = True
    currentPathChanged = Signal(str)  # noqa: N815

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._line, button = QLineEdit(), QToolButton()
        button.setText("...")
        button.clicked.connect(lambda: self._line.setText(QFileDialog.getExistingDirectory(self)))
        self._line.textChanged.connect(self.currentPathChanged.emit)
        layout.addWidget(self._line)
        layout.addWidget(button)
        self._filters, self._key = 0, ""

    def setCurrentPath(self, path: str) -> None:  # noqa: N802
        self._line.setText(path)

    currentPath = Property(str, lambda self: self._line.text, setCurrentPath)  # noqa: N815
    filters = Property(int, lambda self: self._filters, lambda self, filters: setattr(self, "_filters", filters))
    settingKey = Property(str, lambda self: self._key, lambda self, key: setattr(self, "_key", key))  # noqa: N815


class ctkSliderWidget(QWidget):  # noqa: N801
    """A slider beside a box with its value."""

    IS_STAND_IN = True
    valueChanged = Signal(float)  # noqa: N815
    valueIsChanging = Signal(float)  # noqa: N815
    _STEPS = 1000

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._slider, self._box = QSlider(Qt.Horizontal), QDoubleSpinBox()
        self._slider.setRange(0, self._STEPS)
        self._slider.valueChanged.connect(lambda step: self.setValue(
            self._box.minimum + step / self._STEPS * (self._box.maximum - self._box.minimum)))
        self._box.valueChanged.connect(self._value_changed)
        layout.addWidget(self._slider)
        layout.addWidget(self._box)
        self._tracking = True

    def setValue(self, value: float) -> None:  # noqa: N802
        self._box.setValue(value)

    def _value_changed(self, value: float) -> None:
        span = self._box.maximum - self._box.minimum or 1.0
        blocked = self._slider.blockSignals(True)
        self._slider.setValue(round((value - self._box.minimum) / span * self._STEPS))
        self._slider.blockSignals(blocked)
        self.valueChanged.emit(value)

    value = Property(float, lambda self: self._box.value, setValue)
    minimum = Property(float, lambda self: self._box.minimum, lambda self, value: self._box.setMinimum(value))
    maximum = Property(float, lambda self: self._box.maximum, lambda self, value: self._box.setMaximum(value))
    singleStep = Property(float, lambda self: self._box.singleStep,  # noqa: N815
                          lambda self, value: self._box.setSingleStep(value))
    decimals = Property(int, lambda self: self._box.decimals, lambda self, value: self._box.setDecimals(value))
    suffix = Property(str, lambda self: self._box.suffix, lambda self, text: self._box.setSuffix(text))
    tracking = Property(bool, lambda self: self._tracking, lambda self, value: setattr(self, "_tracking", value))


class qMRMLWidget(QWidget):  # noqa: N801
    """A widget that knows the scene."""

    IS_STAND_IN = True
    mrmlSceneChanged = Signal(object)  # noqa: N815

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = None

    def setMRMLScene(self, scene: Any) -> None:  # noqa: N802
        self._scene = scene
        self.mrmlSceneChanged.emit(scene)

    def mrmlScene(self) -> Any:  # noqa: N802
        return self._scene

    def signal(self, signature: str) -> Any:
        return self.mrmlSceneChanged if signature == "mrmlSceneChanged(vtkMRMLScene*)" else None


class qMRMLNodeComboBox(QWidget):  # noqa: N801
    """Chooses a node of the scene."""

    IS_STAND_IN = True
    currentNodeChanged = Signal(object)  # noqa: N815

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._box = QComboBox()
        layout.addWidget(self._box)
        self._box.currentIndexChanged.connect(lambda _index: self.currentNodeChanged.emit(self.currentNode()))
        self._scene, self._tags, self._ids = None, [], []
        self._options = {"nodeTypes": [], "showChildNodeTypes": True, "noneEnabled": False, "noneDisplay": "None",
                         "addEnabled": True, "removeEnabled": True, "renameEnabled": False, "editEnabled": False,
                         "showHidden": False, "selectNodeUponCreation": True}

    def signal(self, signature: str) -> Any:
        return self.currentNodeChanged if signature == "currentNodeChanged(vtkMRMLNode*)" else None

    def setMRMLScene(self, scene: Any) -> None:  # noqa: N802
        for tag in self._tags:
            self._scene.RemoveObserver(tag)
        self._scene = scene
        events = (slicer.vtkMRMLScene.NodeAddedEvent, slicer.vtkMRMLScene.NodeRemovedEvent,
                  slicer.vtkMRMLScene.EndCloseEvent, slicer.vtkMRMLScene.EndImportEvent)
        self._tags = [scene.AddObserver(event, lambda *_: self._fill()) for event in events]
        self._fill()

    def mrmlScene(self) -> Any:  # noqa: N802
        return self._scene

    def currentNode(self) -> Any:  # noqa: N802
        identifier = self._current_id()
        return self._scene.GetNodeByID(identifier) if identifier else None

    def setCurrentNode(self, node: Any) -> None:  # noqa: N802
        identifier = node.GetID() if node else ""
        self._box.setCurrentIndex(self._ids.index(identifier) if identifier in self._ids else -1)

    def _current_id(self) -> str:
        index = self._box.currentIndex
        return self._ids[index] if 0 <= index < len(self._ids) else ""

    def _fill(self) -> None:
        current = self._current_id()
        nodes = [node for kind in self._options["nodeTypes"] for node in slicer.util.getNodesByClass(kind, self._scene)
                 if self._options["showChildNodeTypes"] or node.GetClassName() == kind]
        blocked = self._box.blockSignals(True)
        self._box.clear()
        self._ids = [*([""] if self._options["noneEnabled"] else []), *(node.GetID() for node in nodes)]
        self._box.addItems([*([self._options["noneDisplay"]] if self._options["noneEnabled"] else []),
                            *(node.GetName() for node in nodes)])
        self._box.setCurrentIndex(self._ids.index(current) if current in self._ids else min(len(self._ids), 1) - 1)
        self._box.blockSignals(blocked)
        if self._current_id() != current:
            self.currentNodeChanged.emit(self.currentNode())


def _option(kind: type, name: str) -> Property:
    return Property(kind, lambda self: self._options[name], lambda self, value: self._options.update({name: value}))


for _kind, _names in {"QStringList": ["nodeTypes"], str: ["noneDisplay"],
                      bool: ["showChildNodeTypes", "noneEnabled", "addEnabled", "removeEnabled", "renameEnabled",
                             "editEnabled", "showHidden", "selectNodeUponCreation"]}.items():
    for _name in _names:
        setattr(qMRMLNodeComboBox, _name, _option(_kind, _name))


class qMRMLTableView(QTableView):  # noqa: N801
    """Shows a table node."""

    IS_STAND_IN = True
    rowsSelected = Signal()  # noqa: N815

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._node, self._tag = None, 0
        self.setModel(QStandardItemModel(self))
        self.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.selectionModel().selectionChanged.connect(lambda *_: self.rowsSelected.emit())

    def signal(self, signature: str) -> Any:
        return self.rowsSelected if signature == "selectionChanged()" else None

    def setMRMLScene(self, scene: Any) -> None:  # noqa: N802
        """The node brings its scene."""

    def setMRMLTableNode(self, node: Any) -> None:  # noqa: N802
        if self._node is not None:
            self._node.RemoveObserver(self._tag)
        self._node = node
        if node is not None:
            self._tag = node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._fill())
        self._fill()

    def mrmlTableNode(self) -> Any:  # noqa: N802
        return self._node

    def _fill(self) -> None:
        model = self.model()
        model.clear()
        if self._node is None:
            return
        for column in range(self._node.GetNumberOfColumns()):
            name = self._node.GetColumnName(column)
            model.setHorizontalHeaderItem(column, QStandardItem(self._node.GetColumnTitle(name) or name))
            for row in range(self._node.GetNumberOfRows()):
                model.setItem(row, column, QStandardItem(self._node.GetCellText(row, column)))


_EDITOR_PARTS = ("addRemoveSegmentButtonsVisible", "segmentationNodeSelectorVisible", "sourceVolumeNodeSelectorVisible",
                 "specifyGeometryButtonVisible", "switchToSegmentationsButtonVisible")
_EDITOR_KEYS = [*"1234567890", *(f"Shift+{digit}" for digit in "1234567890"), "Esc", "Space", "Z", "Ctrl+Z", "Y",
               "Ctrl+Y", *"QW/*,.><I"]


class qMRMLSegmentEditorWidget(qMRMLWidget):  # noqa: N801
    """Remembers what it is told, and shows where it is; masks are painted by the tests."""

    currentSegmentIDChanged = Signal(str)  # noqa: N815
    (addRemoveSegmentButtonsVisible, segmentationNodeSelectorVisible, sourceVolumeNodeSelectorVisible,  # noqa: N815
     specifyGeometryButtonVisible, switchToSegmentationsButtonVisible) = (  # noqa: N815
        _option(bool, name) for name in _EDITOR_PARTS)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor_node = self._active_effect = None
        self._options = dict.fromkeys(_EDITOR_PARTS, True)
        self._shortcuts: list[QShortcut] = []
        self.setMinimumSize(QSize(0, 120))

    def paintEvent(self, _event: Any) -> None:  # noqa: N802
        painter = QStylePainter(self)
        painter.setPen(self.palette.color(QPalette.Mid))
        painter.drawRect(self.rect.adjusted(0, 0, -1, -1))
        painter.setPen(self.palette.color(QPalette.PlaceholderText))
        painter.drawText(self.rect, Qt.AlignCenter, "Segment Editor")

    def signal(self, signature: str) -> Any:
        if signature == "currentSegmentIDChanged(QString)":
            return self.currentSegmentIDChanged
        return super().signal(signature)

    def setMRMLSegmentEditorNode(self, node: Any) -> None:  # noqa: N802
        self._editor_node = node

    def mrmlSegmentEditorNode(self) -> Any:  # noqa: N802
        return self._editor_node

    def setSegmentationNode(self, node: Any) -> None:  # noqa: N802
        if node is not self._editor_node.GetSegmentationNode():
            self._editor_node.SetAndObserveSegmentationNode(node)
            self._active_effect = None

    def segmentationNode(self) -> Any:  # noqa: N802
        return self._editor_node.GetSegmentationNode()

    def setSourceVolumeNode(self, node: Any) -> None:  # noqa: N802
        self._editor_node.SetAndObserveSourceVolumeNode(node)

    def sourceVolumeNode(self) -> Any:  # noqa: N802
        return self._editor_node.GetSourceVolumeNode()

    def setCurrentSegmentID(self, segment_id: str) -> None:  # noqa: N802
        self._editor_node.SetSelectedSegmentID(segment_id)
        self.currentSegmentIDChanged.emit(segment_id)

    def currentSegmentID(self) -> str:  # noqa: N802
        return self._editor_node.GetSelectedSegmentID() or ""

    def setActiveEffectByName(self, name: str) -> None:  # noqa: N802
        self._active_effect = name or None

    def setActiveEffect(self, effect: Any) -> None:  # noqa: N802
        self._active_effect = effect

    def activeEffect(self) -> Any:  # noqa: N802
        return self._active_effect

    def installKeyboardShortcuts(self, parent: QWidget | None = None) -> None:  # noqa: N802
        """The keys of Slicer's widget, without what they do."""
        self.uninstallKeyboardShortcuts()
        self._shortcuts = [QShortcut(QKeySequence(key), parent or slicer.util.mainWindow()) for key in _EDITOR_KEYS]

    def uninstallKeyboardShortcuts(self) -> None:  # noqa: N802
        for shortcut in self._shortcuts:
            shortcut.setParent(None)
        self._shortcuts = []

    def setupViewObservations(self) -> None:  # noqa: N802
        """There are no views."""

    def removeViewObservations(self) -> None:  # noqa: N802
        """There are no views."""

    def saveStateForUndo(self) -> None:  # noqa: N802
        """Undo is Slicer's."""


WIDGETS = {cls.__name__: cls for cls in (ctkCollapsibleButton, ctkSearchBox, ctkPathLineEdit, ctkSliderWidget,
                                         qMRMLWidget, qMRMLNodeComboBox, qMRMLTableView, qMRMLSegmentEditorWidget)}

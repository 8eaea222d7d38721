"""The parts of the Slicer desktop application that the module meets, around the real MRML of slicer-core.

`install()` once per process gives Python the modules that exist in the desktop application only (`qt`, `ctk`,
`slicer.i18n`, `slicer.parameterNodeWrapper`, `slicer.ScriptedLoadableModule`); a `Desktop` is one running application
with the module opened in its main window. Where Slicer behaves otherwise than this, Slicer is right.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
import time
import typing
import unittest
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import slicer
import vtk
from PySide6 import QtCore, QtWidgets
from PySide6.QtTest import QTest

from Testing.desktop.qt_dialect import qt_module
from Testing.desktop.slicer_widgets import WIDGETS, qMRMLWidget
from Testing.mrml_scene import ApplicationScene

MODULE_FOLDER = Path(__file__).resolve().parents[2] / "DuOncoUnity"
_PLACEHOLDER = re.compile(r"(?<!\{)\{([^{}]+)\}(?!\})")
_DATA = [f"vtkMRML{kind}Node" for kind in ("Volume", "Segmentation", "Markups", "Model", "Transform", "Table", "Text",
                                            "PlotChart", "PlotSeries")]
SCREENSHOTS = MODULE_FOLDER.parent / "out" / "desktop"


def install() -> None:
    """Make the module importable, as Slicer does with the folder of a module."""
    if "qt" in sys.modules:
        return
    sys.path.append(str(MODULE_FOLDER))
    slicer.qt_application = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    slicer.qt_application.setStyle("Fusion")
    sys.modules["qt"] = qt_module(WIDGETS)
    sys.modules["ctk"] = ModuleType("ctk")
    for name, widget in WIDGETS.items():
        setattr(slicer if name.startswith("qMRML") else sys.modules["ctk"], name, widget)
    slicer.app = SimpleNamespace(applicationLocaleName="en_US")
    sys.modules["SampleData"] = ModuleType("SampleData")
    sys.modules["SampleData"].SampleDataLogic = SampleDataLogic
    _add_module("i18n", tr=tr, translate=QtCore.QCoreApplication.translate)
    _add_module("parameterNodeWrapper", parameterNodeWrapper=parameter_node_wrapper)
    _add_module("ScriptedLoadableModule", ScriptedLoadableModule=ScriptedLoadableModule,
                ScriptedLoadableModuleWidget=ScriptedLoadableModuleWidget,
                ScriptedLoadableModuleLogic=ScriptedLoadableModuleLogic,
                ScriptedLoadableModuleTest=ScriptedLoadableModuleTest)


def tr(text: str) -> str:
    """Slicer's `_()`: the context is the calling file, with its package."""
    translation = QtCore.QCoreApplication.translate(_context(sys._getframe(1).f_code.co_filename), text)
    return translation if set(_PLACEHOLDER.findall(text)) == set(_PLACEHOLDER.findall(translation)) else text


@cache
def _context(file: str) -> str:
    path = Path(file)
    package = f"{path.parent.name}." if (path.parent / "__init__.py").exists() else ""
    return package + path.stem


def load_translations(folder: str, locale: str) -> list[QtCore.QTranslator]:
    """Slicer's `loadTranslations`: all files of the locale, else of its language; returned to be removed again."""
    files = (sorted(Path(folder).glob(f"*{locale}.qm"))
             or sorted(Path(folder).glob(f"*{locale.split('_')[0]}.qm")))
    translators = [QtCore.QTranslator() for _ in files]
    for translator, file in zip(translators, files, strict=True):
        assert translator.load(str(file))
        QtCore.QCoreApplication.installTranslator(translator)
    return translators


def _add_module(name: str, **content: Any) -> None:
    module = ModuleType(f"slicer.{name}")
    vars(module).update(content)
    sys.modules[module.__name__] = module
    setattr(slicer, name, module)


class ScriptedLoadableModule:
    """Base of the class that describes a module."""

    def __init__(self, parent: Any) -> None:
        self.parent = parent


class ScriptedLoadableModuleWidget:
    """Base of a module's panel."""

    def __init__(self, parent: Any = None) -> None:
        self.parent = parent
        self.layout = parent.layout()

    def resourcePath(self, name: str) -> str:  # noqa: N802
        return str(MODULE_FOLDER / "Resources" / name)

    def setup(self) -> None:
        """There is no developer section."""

    def cleanup(self) -> None:
        """The module goes."""


class qSlicerScriptedLoadableModuleWidget(qMRMLWidget):  # noqa: N801
    """The widget of Slicer around the panel; it tells the panel when it is shown and when no longer."""

    isEntered = False  # noqa: N815
    module: Any = None

    def enter(self) -> None:
        if not self.isEntered:
            self.isEntered = True
            self.module.enter()

    def reload(self, panel: type[Any]) -> None:
        """Slicer's Reload: a new panel in the place of the former one, which is hidden and cleaned up."""
        self.module.cleanup()
        while self.layout().count():
            self.layout().takeAt(0).widget().hide()
        self.module = panel(self)
        self.module.setup()


class ScriptedLoadableModuleLogic:
    """Base of a module's logic."""

    def __init__(self, parent: Any = None) -> None:
        self.moduleName = type(self).__name__.removesuffix("Logic")

    def getParameterNode(self) -> Any:  # noqa: N802
        node = slicer.mrmlScene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
        if node is None:
            node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLScriptedModuleNode")
            node.UnRegister(None)
            node.SetSingletonTag(self.moduleName)
            node.SetModuleName(self.moduleName)
            node = slicer.mrmlScene.AddNode(node)
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    """Base of a module's self test."""

    def __init__(self, *_arguments: Any) -> None:
        super().__init__("runTest")


class SampleDataLogic:
    """Slicer's list of sample data (SampleData.py of 5.12); `sources` by name."""

    sources: typing.ClassVar[dict[str, dict[str, Any]]] = {}

    @staticmethod
    def registerCustomSampleDataSource(  # noqa: N802
            category: str = "Custom", sampleName: str | None = None, uris: Any = None,  # noqa: N803
            fileNames: Any = None, nodeNames: Any = None, customDownloader: Callable | None = None,  # noqa: N803
            thumbnailFileName: str | None = None) -> None:  # noqa: N803
        # Slicer makes lists of a text, and fails with what is neither a text nor a list
        assert isinstance(uris, str)
        SampleDataLogic.sources[sampleName or ""] = {"category": category, "icon": thumbnailFileName,
                                                     "download": customDownloader}


def parameter_node_wrapper(cls: type) -> type:
    """Typed parameters, kept in a scripted module node: nodes as references, texts as they are."""
    def parameter(name: str, kind: type) -> property:
        if kind is str:
            return property(lambda self: self.parameterNode.GetParameter(name),
                            lambda self, value: self.parameterNode.SetParameter(name, value))
        return property(lambda self: self.parameterNode.GetNodeReference(name),
                        lambda self, node: self.parameterNode.SetNodeReferenceID(name, node.GetID() if node else None))

    for name, kind in typing.get_type_hints(cls).items():
        setattr(cls, name, parameter(name, kind))
    cls.__init__ = lambda self, node: setattr(self, "parameterNode", node)
    return cls


def _put_on_path(python: Path) -> None:
    """Slicer's Python: a launcher that starts the real one."""
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    os.environ["PATH"] = f"{python.parent}{os.pathsep}{os.environ['PATH']}"


class Desktop:
    """A running application with an empty scene and the module opened; what fails in a callback is raised by `wait`.

    Args:
        folder: for temporary files.
        locale: the language chosen in Slicer's settings.

    Attributes:
        folder: for temporary files.
        widget: the panel.
        messages: texts of error windows, and of questions.
        answer: what is answered to the next question.
        is_testing: whether Slicer runs with `--testing`: its windows do not open.
        fitted: names of the slice views that were fitted to what they show.
        layout: the node that says which views are shown.
    """

    def __init__(self, folder: Path, locale: str = "en_US") -> None:
        self._translators: list[QtCore.QTranslator] = []
        self.folder = folder
        self._application = ApplicationScene(folder / "cache")
        self.messages: list[str] = []
        self.answer = True
        self.is_testing = False
        self.fitted: set[str] = set()
        self._problems: list[BaseException] = []
        # Qt and VTK print what goes wrong in a callback, and go on
        sys.excepthook = lambda _kind, error, _trace: self._problems.append(error)
        self.scene = slicer.mrmlScene
        self.scene.AddObserver(self.scene.NodeAddedEvent, self._add_composite)
        self.scene.AddObserver(self.scene.NodeAddedEvent, self._add_item)
        self._layouts = slicer.vtkMRMLLayoutLogic()
        self._layouts.SetMRMLApplicationLogic(self._application.application)
        self._layouts.SetMRMLScene(self.scene)
        self.layout = self._layouts.GetLayoutNode()
        self.layout.SetViewArrangement(self.layout.SlicerLayoutFourUpView)
        self.window = QtWidgets.QMainWindow()
        started: list[Callable[[], None]] = []
        slicer.app = SimpleNamespace(
            applicationLocaleName=locale,
            loadTranslations=lambda folder: self._translators.extend(load_translations(folder, locale)),
            connect=lambda _signal, receiver: started.append(receiver),
            processEvents=QtWidgets.QApplication.processEvents,
            testingEnabled=lambda: self.is_testing,
            applicationLogic=lambda: self._application.application)
        slicer.util.mainWindow = lambda: self.window
        slicer.util.errorDisplay = lambda text, **_options: self.messages.append(text)
        slicer.util.confirmOkCancelDisplay = lambda text, *_options, **_more: self.messages.append(text) or self.answer
        slicer.util.confirmYesNoDisplay = slicer.util.confirmOkCancelDisplay
        slicer.util.resetSliceViews = self._fit_slice_views
        slicer.util.getModuleWidget = lambda _name: self.widget
        slicer.util.selectModule = lambda name: parent.enter() if name == "DuOncoUnity" else None
        slicer.util.startupEnvironment = lambda: {**os.environ, "DUONCO_LOG": str(folder / "log.txt")}
        _put_on_path(folder / "bin" / "PythonSlicer")
        terminologies = slicer.vtkSlicerTerminologiesModuleLogic()
        slicer.modules.terminologies = SimpleNamespace(logic=lambda: terminologies)
        self.module = importlib.import_module("DuOncoUnity")
        self.module.DuOncoUnity(SimpleNamespace())
        for receiver in started:
            receiver()
        parent = qSlicerScriptedLoadableModuleWidget()
        parent.setLayout(QtWidgets.QVBoxLayout())
        parent.setMRMLScene(self.scene)
        self.widget = parent.module = self.module.DuOncoUnityWidget(parent)
        self.widget.setup()
        area = QtWidgets.QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(parent)
        self.window.setCentralWidget(area)
        self.window.resize(520, 1000)
        self.window.show()
        parent.enter()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _add_composite(self, scene: Any, _event: str, node: Any) -> None:
        """Slicer's layout manager makes one for each slice view: what the view shows."""
        if node.IsA("vtkMRMLSliceNode"):
            composite = slicer.vtkMRMLSliceCompositeNode()
            composite.SetLayoutName(node.GetLayoutName())
            scene.AddNode(composite)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _add_item(self, scene: Any, _event: str, node: Any) -> None:
        """Slicer's plugins make an item of the subject hierarchy for every node of these kinds that is not hidden."""
        if not scene.IsImporting() and not node.GetHideFromEditors() and any(node.IsA(kind) for kind in _DATA):
            hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
            hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)

    def _fit_slice_views(self) -> None:
        """Slice views fit to their scan; those that show none stay as they are."""
        for composite in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode", self.scene):
            if composite.GetBackgroundVolumeID():
                self.fitted.add(composite.GetLayoutName())

    def reload(self) -> None:
        """Press Reload of Slicer's developer mode."""
        self.widget.parent.reload(type(self.widget))
        self.widget = self.widget.parent.module

    def section(self, name: str) -> Any:
        """A section of the panel."""
        return self.widget.sections[name]

    def click(self, button: Any) -> None:
        """Press a button as a person does; a hidden or disabled one does nothing."""
        self.wait(lambda: True)
        assert button.isVisible(), f"{button.name} is not on the screen"
        QTest.mouseClick(button, QtCore.Qt.LeftButton)
        self.wait(lambda: True)

    def press(self, key: str) -> None:
        """Press a key in the main window."""
        QTest.keySequence(self.window, key)
        self.wait(lambda: True)

    def type(self, widget: Any, text: str) -> None:
        """Type a text into a widget, as far as no shortcut takes a key."""
        QTest.keyClicks(widget, text)
        self.wait(lambda: True)

    def wait(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        """Let the application work until the condition holds."""
        deadline = time.monotonic() + seconds
        while True:
            QtWidgets.QApplication.processEvents()
            if self._problems:
                raise self._problems.pop()
            if condition():
                return
            assert time.monotonic() < deadline, "nothing happened in time"
            time.sleep(0.005)

    def settle_layout(self) -> None:
        """Wait until no widget moves any more: heights of wrapped texts reach the panel level by level."""
        def places() -> list[QtCore.QRect]:
            return [widget.geometry for widget in self.window.findChildren(QtWidgets.QWidget)]

        before: list[QtCore.QRect] = []
        while before != (before := places()):
            for _round in range(3):
                self.wait(lambda: True)

    def screenshot(self, name: str, widget: Any = None) -> Path:
        """Write what is seen to out/desktop/NAME.png."""
        self.settle_layout()
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        assert (widget or self.window).grab().save(str(path))
        return path

    def close(self) -> None:
        """End the application."""
        self.widget.exit()
        self.widget.cleanup()
        self.window.close()
        self.window.deleteLater()
        QtWidgets.QApplication.processEvents()
        for translator in self._translators:
            QtCore.QCoreApplication.removeTranslator(translator)
        slicer.app = SimpleNamespace(applicationLocaleName="en_US")
        self.scene.Clear(1)
        sys.excepthook = sys.__excepthook__
        assert not self._problems, self._problems

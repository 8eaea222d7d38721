"""Slicer module: a CT goes in; editable layers, measured lesions and a burden table come out."""

import importlib.util
import logging
import shutil
import sys
from pathlib import Path

import numpy as np
import qt
import slicer
import vtk
from slicer import vtkMRMLScalarVolumeNode
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

if importlib.util.find_spec("DuOncoUnityLib") is None:
    # a source tree: the library lies beside this folder
    sys.path.append(str(Path(__file__).resolve().parents[1]))

import DuOncoUnityLib
from DuOncoUnityLib.errors import Cancelled, DuOncoError
from DuOncoUnityLib.resources import resources_dir
from DuOncoUnityLib.scene.axes import show_axes
from DuOncoUnityLib.scene.lesion_table import selected_lesion_id
from DuOncoUnityLib.scene.result import Result, results
from DuOncoUnityPanel.analysis import Analysis, start_command_line
from DuOncoUnityPanel.dependencies import install, missing_packages, question
from DuOncoUnityPanel.wording import progress_text, review_text


class DuOncoUnity(ScriptedLoadableModule):
    """What Slicer shows of the module before it is opened."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("DuOnco Unity")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.contributors = ["DuOnco Unity contributors"]
        self.parent.helpText = _(
            "Measures the whole tumour burden, lymph nodes, muscle and fat on CT of thorax, abdomen and pelvis. "
            "Research use only. Not a medical device."
        )
        self.parent.acknowledgementText = _(
            "An independent open implementation of the idea of whole-body follow-up beside RECIST."
        )
        slicer.app.connect("startupCompleted()", load_terminology)


def load_terminology():
    """Offer the layers, organs and regions of the project in Slicer's terminology selector."""
    logic = slicer.modules.terminologies.logic()
    for path in sorted((resources_dir() / "Terminology").glob("*.term.json")):
        logic.LoadContextFromFile(str(path))


@parameterNodeWrapper
class DuOncoUnityParameterNode:
    """What the user chose; saved with the scene."""

    inputVolume: vtkMRMLScalarVolumeNode


class DuOncoUnityWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel: no number is computed here."""

    _POLL_MS = 200

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self._parameterNode = None
        self._parameterNodeGuiTag = None
        self._result = None
        self._timer = None

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        widget = slicer.util.loadUI(self.resourcePath("UI/DuOncoUnity.ui"))
        self.layout.addWidget(widget)
        self.ui = slicer.util.childWidgetVariables(widget)
        widget.setMRMLScene(slicer.mrmlScene)
        self.logic = DuOncoUnityLogic()
        self._timer = qt.QTimer()
        self._timer.setInterval(self._POLL_MS)
        self._timer.connect("timeout()", self.onTimer)
        self.ui.analyseButton.connect("clicked(bool)", self.onAnalyse)
        self.ui.cancelButton.connect("clicked(bool)", self.onCancel)
        self.ui.lesionTable.connect("selectionChanged()", self.onLesionSelected)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneEndClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onSceneImported)
        self.initializeParameterNode()

    def cleanup(self):
        self._timer.stop()
        self.logic.cancel()
        self.removeObservers()

    def enter(self):
        self.initializeParameterNode()

    def exit(self):
        self.setParameterNode(None)

    def onSceneStartClose(self, caller, event):
        self.onCancel()
        self.setParameterNode(None)

    def onSceneEndClose(self, caller, event):
        if self.parent.isEntered:
            self.initializeParameterNode()

    def onSceneImported(self, caller, event):
        if self.parent.isEntered:
            self.initializeParameterNode()

    def initializeParameterNode(self):
        self.setParameterNode(self.logic.getParameterNode())
        if not self._parameterNode.inputVolume:
            self._parameterNode.inputVolume = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")

    def setParameterNode(self, parameterNode):
        if self._parameterNode:
            self._parameterNode.disconnectGui(self._parameterNodeGuiTag)
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersChanged)
        self._parameterNode = parameterNode
        if self._parameterNode:
            self._parameterNodeGuiTag = self._parameterNode.connectGui(self.ui)
            self.addObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersChanged)
            self.onParametersChanged()

    def onParametersChanged(self, caller=None, event=None):
        """Show the result of the chosen CT, if it has one."""
        self._result = self.logic.resultOf(self._parameterNode.inputVolume)
        self.ui.lesionTable.setMRMLTableNode(self._result.table if self._result else None)
        try:
            self.ui.reviewLabel.text = review_text(self._result.load()[1].lesions) if self._result else ""
        except DuOncoError as error:
            self.ui.reviewLabel.text = error.message
        self.updateButtons()

    def updateButtons(self):
        running = self.logic.analysis is not None
        volume = self._parameterNode.inputVolume if self._parameterNode else None
        self.ui.analyseButton.enabled = volume is not None and not running
        self.ui.analyseButton.toolTip = (
            _("Find and measure lesions, lymph nodes, muscle and fat.") if volume else _("Choose a CT first.")
        )
        self.ui.cancelButton.enabled = running
        self.ui.inputSelector.enabled = not running
        self.ui.progressBar.visible = running

    def onAnalyse(self):
        try:
            packages = missing_packages()
            if packages:
                if not slicer.util.confirmOkCancelDisplay(question(packages), _("DuOnco Unity")):
                    return
                install(packages)
            self.logic.start(self._parameterNode.inputVolume)
        except DuOncoError as error:
            self.showError(error)
            return
        self.ui.progressBar.value = 0
        self.ui.statusLabel.text = _("Starting")
        self._timer.start()
        self.updateButtons()

    def onTimer(self):
        state = self.logic.analysis.poll()
        self.ui.progressBar.value = round(100 * state.fraction)
        self.ui.statusLabel.text = progress_text(state)
        if not state.finished:
            return
        self._timer.stop()
        try:
            self.logic.finish()
            self.ui.statusLabel.text = ""
        except DuOncoError as error:
            self.showError(error)
        if self._parameterNode:
            self.onParametersChanged()
        self.updateButtons()

    def onCancel(self):
        if self.logic.analysis is None:
            return
        self._timer.stop()
        self.logic.cancel()
        self.ui.statusLabel.text = Cancelled().message
        self.updateButtons()

    def onLesionSelected(self):
        index = self.ui.lesionTable.sortFilterProxyModel().mapToSource(self.ui.lesionTable.currentIndex())
        if self._result and index.row() >= 0:
            self.logic.showLesion(self._result, selected_lesion_id(self._result.table, index.row()))

    def showError(self, error):
        self.ui.statusLabel.text = error.message
        slicer.util.errorDisplay(error.message, detailedText=error.details)


class DuOncoUnityLogic(ScriptedLoadableModuleLogic):
    """What the panel does, usable without it."""

    def __init__(self):
        ScriptedLoadableModuleLogic.__init__(self)
        self.analysis = None

    def getParameterNode(self):
        return DuOncoUnityParameterNode(super().getParameterNode())

    def start(self, volumeNode):
        """Analyse a CT in a worker process; `analysis.poll()` tells how far it is, `finish` shows the result."""
        python = shutil.which("PythonSlicer")
        if python is None:
            raise DuOncoError(_("Slicer's Python was not found; reinstall Slicer."))
        library = Path(DuOncoUnityLib.__file__).parent
        worker = start_command_line(python, library, slicer.util.startupEnvironment())
        self.analysis = Analysis(volumeNode, worker, slicer.dicomDatabase.fileForInstance)

    def finish(self) -> Result:
        """Bring the result into the scene, or raise a DuOncoError that says why there is none."""
        analysis, self.analysis = self.analysis, None
        return analysis.load()

    def cancel(self):
        """Stop the running analysis, if there is one."""
        if self.analysis is not None:
            self.analysis.cancel()
            self.analysis = None

    def resultOf(self, volumeNode):
        """The latest result of a CT; None if it was not analysed yet."""
        found = [result for result in results(slicer.mrmlScene) if volumeNode and result.volume is volumeNode]
        return found[-1] if found else None

    def showLesion(self, result, lesionId):
        """Centre all views on a lesion and show its axes."""
        _case, timePoint = result.load()
        lesion = next(lesion for lesion in timePoint.lesions if lesion.id == lesionId)
        left, posterior, superior = lesion.measurement.centroid_lps_mm
        slicer.vtkMRMLSliceNode.JumpAllSlices(slicer.mrmlScene, -left, -posterior, superior,
                                              slicer.vtkMRMLSliceNode.CenteredJumpSlice)
        show_axes(result.segmentation, [lesion])


class DuOncoUnityTest(ScriptedLoadableModuleTest):
    """Run in Slicer: the whole way on a small phantom."""

    _TIMEOUT_S = 600

    def setUp(self):
        slicer.mrmlScene.Clear()

    def runTest(self):
        for test in (self.test_panel, self.test_cancel, self.test_analysis):
            self.setUp()
            test()

    def test_panel(self):
        """Every widget of the panel exists, and Analyse waits for a CT."""
        slicer.util.selectModule("DuOncoUnity")
        widget = slicer.modules.duoncounity.widgetRepresentation().self()
        self.assertFalse(widget.ui.analyseButton.enabled)
        self.assertIn("Not a medical device", widget.ui.disclaimerLabel.text)
        widget.ui.inputSelector.setCurrentNode(self.phantom())
        self.assertTrue(widget.ui.analyseButton.enabled)
        self.assertFalse(widget.ui.cancelButton.enabled)

    def test_cancel(self):
        """Cancel leaves the scene as it was."""
        logic = DuOncoUnityLogic()
        logic.start(self.phantom())
        logic.cancel()
        self.assertIsNone(logic.analysis)
        self.assertEqual(results(slicer.mrmlScene), [])

    def test_analysis(self):
        """Layers and table appear; without PyTorch, the question about it."""
        packages = missing_packages()
        if packages:
            self.assertIn(packages[0].name, question(packages))
            logging.info("Not analysed: %s", question(packages))
            return
        logic = DuOncoUnityLogic()
        volume = self.phantom()
        logic.start(volume)
        deadline = qt.QElapsedTimer()
        deadline.start()
        while not logic.analysis.poll().finished:
            self.assertLess(deadline.elapsed(), 1000 * self._TIMEOUT_S)
            slicer.app.processEvents()
        result = logic.finish()
        self.assertEqual(result.segmentation.GetSegmentation().GetNumberOfSegments(), 6)
        self.assertEqual(result.table.GetNumberOfRows(), len(result.load()[1].lesions))
        self.assertIs(logic.resultOf(volume).segmentation, result.segmentation)

    def phantom(self):
        """A body of soft tissue with lungs, a spine and a mass in the liver's place, 3 x 3 x 5 mm."""
        k, j, i = np.mgrid[:80, :100, :130]
        hu = np.full(k.shape, -1000, np.int16)
        hu[((i - 65) / 58) ** 2 + ((j - 50) / 40) ** 2 < 1] = -90
        hu[((i - 65) / 52) ** 2 + ((j - 50) / 34) ** 2 < 1] = 45
        for centre in (38, 92):
            hu[((i - centre) / 20) ** 2 + ((j - 48) / 24) ** 2 + ((k - 60) / 20) ** 2 < 1] = -850
        hu[((i - 65) / 8) ** 2 + ((j - 78) / 8) ** 2 < 1] = 300
        hu[((i - 40) / 6) ** 2 + ((j - 45) / 6) ** 2 + ((k - 28) / 4) ** 2 < 1] = 110
        return slicer.util.addVolumeFromArray(hu, np.diag([-3.0, -3.0, 5.0, 1.0]), "Phantom")

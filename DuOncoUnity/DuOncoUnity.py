"""Slicer module: a CT goes in; editable layers, measured lesions and a burden table come out."""

import getpass
import importlib.util
import logging
import shutil
import sys
from pathlib import Path

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
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

if importlib.util.find_spec("DuOncoUnityLib") is None:
    # a source tree: the library lies beside this folder
    sys.path.append(str(Path(__file__).resolve().parents[1]))

import DuOncoUnityLib
from DuOncoUnityLib.errors import Cancelled, DuOncoError
from DuOncoUnityLib.resources import resources_dir
from DuOncoUnityPanel.analysis import start_command_line
from DuOncoUnityPanel.dependencies import install, missing_packages, question
from DuOncoUnityPanel.self_test import DuOncoUnityTest  # noqa: F401 (Slicer looks for it here)
from DuOncoUnityPanel.session import Session
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
    """The panel: shows what the session does, computes nothing."""

    _POLL_MS = 200
    _EDIT_OVER_MS = 200
    _IDLE_MS = 2000

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.session = None
        self._parameterNode = None
        self._parameterNodeGuiTag = None
        self._result = None
        self._shownLesion = None

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        widget = slicer.util.loadUI(self.resourcePath("UI/DuOncoUnity.ui"))
        self.layout.addWidget(widget)
        self.ui = slicer.util.childWidgetVariables(widget)
        widget.setMRMLScene(slicer.mrmlScene)
        self.logic = DuOncoUnityLogic()
        self.session = self.logic.session
        self._pollTimer = self.timer(self._POLL_MS, self.onPoll, singleShot=False)
        self._editTimer = self.timer(self._EDIT_OVER_MS, self.onEdited, singleShot=True)
        self._idleTimer = self.timer(self._IDLE_MS, self.onIdle, singleShot=True)
        self.ui.analyseButton.connect("clicked(bool)", self.onAnalyse)
        self.ui.cancelButton.connect("clicked(bool)", self.onCancel)
        self.ui.lesionTable.connect("selectionChanged()", self.onLesionSelected)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneChanged)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onSceneChanged)
        self.initializeParameterNode()

    def timer(self, interval, onTimeout, singleShot):
        timer = qt.QTimer()
        timer.setInterval(interval)
        timer.setSingleShot(singleShot)
        timer.connect("timeout()", onTimeout)
        return timer

    def cleanup(self):
        for timer in (self._pollTimer, self._editTimer, self._idleTimer):
            timer.stop()
        self.session.cancel()
        self.session.unfollow()
        self.setParameterNode(None)
        self.removeObservers()

    def enter(self):
        self.initializeParameterNode()

    def exit(self):
        # edits are still followed: they are made in the Segment Editor
        self.setParameterNode(None)

    def onSceneStartClose(self, caller, event):
        self.onCancel()
        self._editTimer.stop()
        self._idleTimer.stop()
        self.session.unfollow()
        self._result = None
        self.setParameterNode(None)

    def onSceneChanged(self, caller, event):
        if self.parent.isEntered:
            self.initializeParameterNode()

    def initializeParameterNode(self):
        self.setParameterNode(self.logic.getParameterNode())
        volume = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
        if volume and not self._parameterNode.inputVolume:
            self._parameterNode.inputVolume = volume

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
        result = self.session.result_of(self._parameterNode.inputVolume)
        if result != self._result:
            self.session.unfollow()
            self._result = result
            self._shownLesion = None
            if result:
                self.tryOrShow(lambda: self.session.follow(result, self._editTimer.start))
        self.showResult()
        self.ui.lesionTable.resizeColumnsToContents()
        self.updateButtons()

    def showResult(self):
        self.ui.lesionTable.setMRMLTableNode(self._result.table if self._result else None)
        self.ui.reviewLabel.text = ""
        if self._result:
            self.tryOrShow(lambda: setattr(self.ui.reviewLabel, "text", review_text(self._result.load()[1].lesions)))

    def updateButtons(self):
        running = self.session.analysis is not None
        volume = self._parameterNode.inputVolume if self._parameterNode else None
        self.ui.analyseButton.enabled = volume is not None and not running
        self.ui.analyseButton.toolTip = (
            _("Find and measure lesions, lymph nodes, muscle and fat.") if volume else _("Choose a CT first.")
        )
        self.ui.cancelButton.enabled = running
        self.ui.inputSelector.enabled = not running
        self.ui.progressBar.visible = running

    def onAnalyse(self):
        packages = missing_packages()
        if packages and not slicer.util.confirmOkCancelDisplay(question(packages), _("DuOnco Unity")):
            return
        try:
            if packages:
                install(packages)
            self.session.start(self._parameterNode.inputVolume)
        except DuOncoError as error:
            self.showError(error)
            return
        self.ui.progressBar.value = 0
        self.ui.statusLabel.text = _("Starting")
        self._pollTimer.start()
        self.updateButtons()

    def onPoll(self):
        state = self.session.analysis.poll()
        self.ui.progressBar.value = round(100 * state.fraction)
        self.ui.statusLabel.text = progress_text(state)
        if not state.finished:
            return
        self._pollTimer.stop()
        self.ui.statusLabel.text = ""
        try:
            self.session.finish()
        except DuOncoError as error:
            self.showError(error)
        if self._parameterNode:
            self.onParametersChanged()
        self.updateButtons()

    def onCancel(self):
        if self.session.analysis is None:
            return
        self._pollTimer.stop()
        self.session.cancel()
        self.ui.statusLabel.text = Cancelled().message
        self.updateButtons()

    def onEdited(self):
        if self.session.tracker and self.tryOrShow(self.session.tracker.update):
            self.showResult()
        self._idleTimer.start()

    def onIdle(self):
        if self.session.tracker:
            self.tryOrShow(self.session.tracker.update_composition)

    def onLesionSelected(self):
        indexes = self.ui.lesionTable.selectionModel().selectedIndexes()
        if not self._result or not indexes:
            return
        model = self.ui.lesionTable.model()
        lesionId = model.data(model.index(indexes[0].row(), 0))
        if lesionId != self._shownLesion:  # also comes when the table was updated: views must not jump while painting
            self._shownLesion = lesionId
            self.tryOrShow(lambda: self.session.show_lesion(self._result, lesionId))

    def tryOrShow(self, action):
        """Do it; a problem is shown in the panel, without a window that has to be closed."""
        try:
            return action()
        except DuOncoError as error:
            logging.error("%s %s", error.message, error.details)
            self.ui.statusLabel.text = error.message
            return None

    def showError(self, error):
        self.ui.statusLabel.text = error.message
        slicer.util.errorDisplay(error.message, detailedText=error.details)


class DuOncoUnityLogic(ScriptedLoadableModuleLogic):
    """The session on Slicer's own scene, with Slicer's Python as the worker."""

    def __init__(self):
        ScriptedLoadableModuleLogic.__init__(self)
        self.session = Session(slicer.mrmlScene, self.startWorker, self.reviewer, self.dicomFile)

    def getParameterNode(self):
        return DuOncoUnityParameterNode(super().getParameterNode())

    def startWorker(self, ctFile, resultFolder, acquisition):
        """Start the command line by its file: a child does not inherit the module's sys.path."""
        python = shutil.which("PythonSlicer")
        if python is None:
            raise DuOncoError(_("Slicer's Python was not found; reinstall Slicer."))
        start = start_command_line(python, Path(DuOncoUnityLib.__file__).parent, slicer.util.startupEnvironment())
        return start(ctFile, resultFolder, acquisition)

    def reviewer(self):
        """The name in Slicer's settings (page User), else the login name."""
        return slicer.app.applicationLogic().GetUserInformation().GetName() or getpass.getuser()

    def dicomFile(self, instanceUid):
        """Path of a DICOM file in Slicer's database; there may be no database."""
        database = getattr(slicer, "dicomDatabase", None)
        return database.fileForInstance(instanceUid) if database else ""

"""Slicer module: CTs go in; reviewed lesions, the tumour burden and its course over time come out."""

import contextlib
import getpass
import importlib.util
import shutil
import sys
from pathlib import Path

import qt
import slicer
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
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.resources import resources_dir
from DuOncoUnityPanel import sample_data
from DuOncoUnityPanel.analyse import AnalyseSection
from DuOncoUnityPanel.analysis import start_command_line
from DuOncoUnityPanel.burden import BurdenSection
from DuOncoUnityPanel.compare import CompareSection
from DuOncoUnityPanel.correct import CorrectSection
from DuOncoUnityPanel.finish import FinishSection
from DuOncoUnityPanel.language import load_translations, message
from DuOncoUnityPanel.registration_job import start_register_command
from DuOncoUnityPanel.review import ReviewSection
from DuOncoUnityPanel.scans import ScansSection
from DuOncoUnityPanel.self_test import DuOncoUnityTest  # noqa: F401 (Slicer looks for it here)
from DuOncoUnityPanel.session import Session

SECTIONS = {"scans": ScansSection, "analyse": AnalyseSection, "review": ReviewSection, "correct": CorrectSection,
            "burden": BurdenSection, "compare": CompareSection, "finish": FinishSection}


class DuOncoUnity(ScriptedLoadableModule):
    """What Slicer shows of the module before it is opened."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        load_translations()
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
        slicer.app.connect("startupCompleted()", sample_data.register)


def load_terminology():
    """Offer the layers, organs and regions of the project in Slicer's terminology selector."""
    logic = slicer.modules.terminologies.logic()
    for path in sorted((resources_dir() / "Terminology").glob("*.term.json")):
        logic.LoadContextFromFile(str(path))


@parameterNodeWrapper
class DuOncoUnityParameterNode:
    """What the user chose; saved with the scene."""

    scan: vtkMRMLScalarVolumeNode


class DuOncoUnityWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel: its sections, and what Slicer tells it about scene and module."""

    _EDIT_OVER_MS = 200
    _IDLE_MS = 2000

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.session = None
        self.sections = {}

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        widget = slicer.util.loadUI(self.resourcePath("UI/DuOncoUnity.ui"))
        self.layout.addWidget(widget)
        self.ui = slicer.util.childWidgetVariables(widget)
        self.logic = DuOncoUnityLogic()
        self.session = self.logic.session
        for name, section in SECTIONS.items():
            self.sections[name] = section(self.session)
            self.ui.steps.layout().addWidget(self.sections[name].widget)
        self._editTimer = self.timer(self._EDIT_OVER_MS, self.onEdited)
        self._idleTimer = self.timer(self._IDLE_MS, self.session.measure_composition)
        self._surfaceTimer = self.timer(self._IDLE_MS, self.session.renew_surfaces)
        self.session.edited.connect(self._editTimer.start)
        self.session.history_changed.connect(self._surfaceTimer.start)
        self.session.scan_changed.connect(self.onScanChanged)
        self.session.asked.connect(self.clearMessage)
        self.session.problem.connect(self.onProblem)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneChanged)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onSceneChanged)
        self.restoreScan()
        if self.parent.isEntered:  # reloaded while it is shown: Slicer does not enter it again
            self.enter()

    def timer(self, interval, onTimeout):
        timer = qt.QTimer()
        timer.setInterval(interval)
        timer.setSingleShot(True)
        timer.connect("timeout()", onTimeout)
        return timer

    def cleanup(self):
        for section in self.sections.values():
            section.exit()
            section.cleanup()
        self.session.leave()
        self.stopTimers()
        self.removeObservers()

    def enter(self):
        self.restoreScan()
        for section in self.sections.values():
            section.enter()

    def exit(self):
        # edits are still followed: they may be made in the Segment Editor
        for section in self.sections.values():
            section.exit()

    def stopTimers(self):
        for timer in (self._editTimer, self._idleTimer, self._surfaceTimer):
            timer.stop()

    def onSceneStartClose(self, caller, event):
        self.session.cancel()
        self.session.choose_scan(None)
        self.stopTimers()

    def onSceneChanged(self, caller, event):
        self.restoreScan()

    def restoreScan(self):
        """Go on with the scan that was current when the scene was saved; else with the first one."""
        scan = self.logic.getParameterNode().scan or slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
        self.session.choose_scan(self.session.volume or scan)
        for section in self.sections.values():
            section.refresh()

    def onScanChanged(self):
        self.logic.getParameterNode().scan = self.session.volume
        self.clearMessage()

    def clearMessage(self):
        self.ui.messageLabel.text = ""

    def onEdited(self):
        self.session.take_over_edits()
        self._idleTimer.start()

    def onProblem(self, error):
        """Shown in the panel, without a window that has to be closed."""
        self.ui.messageLabel.text = message(error.message)


class DuOncoUnityLogic(ScriptedLoadableModuleLogic):
    """The session on Slicer's own scene, with Slicer's Python as the worker."""

    def __init__(self):
        ScriptedLoadableModuleLogic.__init__(self)
        self.session = Session(slicer.mrmlScene, self.startWorker, self.reviewer, self.dicomFile,
                               self.startRegistration)

    def getParameterNode(self):
        return DuOncoUnityParameterNode(super().getParameterNode())

    def startWorker(self, ctFile, resultFolder, acquisition):
        """Start the command line by its file: a child does not inherit the module's sys.path."""
        start = start_command_line(self.python(), Path(DuOncoUnityLib.__file__).parent,
                                   slicer.util.startupEnvironment(), self.session.options.arguments)
        return start(ctFile, resultFolder, acquisition)

    def startRegistration(self, images, resultFolder):
        """Start laying scans over each other, in the same way."""
        start = start_register_command(self.python(), Path(DuOncoUnityLib.__file__).parent,
                                       slicer.util.startupEnvironment())
        return start(images, resultFolder)

    def python(self):
        """Path of Slicer's Python."""
        python = shutil.which("PythonSlicer")
        if python is None:
            raise DuOncoError(_("Slicer's Python was not found; reinstall Slicer."))
        return python

    def reviewer(self):
        """The name in Slicer's settings (page User), else the login name; "" without an account, as in a container."""
        with contextlib.suppress(ImportError, KeyError, OSError):
            return slicer.app.applicationLogic().GetUserInformation().GetName() or getpass.getuser()
        return ""

    def dicomFile(self, instanceUid):
        """Path of a DICOM file in Slicer's database; there may be no database."""
        database = getattr(slicer, "dicomDatabase", None)
        return database.fileForInstance(instanceUid) if database else ""

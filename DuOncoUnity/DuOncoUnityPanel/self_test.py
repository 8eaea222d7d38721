"""The test that runs inside Slicer: the panel and the whole way on a small phantom."""

import logging

import qt
import slicer
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleTest

from DuOncoUnityLib.lesions.proposal import propose_lesions
from DuOncoUnityLib.records.model import Acquisition, Case, Provenance, TimePoint
from DuOncoUnityLib.scene.result import results, show_result
from DuOncoUnityLib.scene.segmentation import read_layer, write_layer
from DuOncoUnityLib.scene.volume import read_ct
from DuOncoUnityPanel.dependencies import missing_packages, question
from DuOncoUnityPanel.phantom import MASS_KJI, add_phantom, mass


class DuOncoUnityTest(ScriptedLoadableModuleTest):
    """Started by Reload and Test, by the self tests, and by `slicer.testing.runUnitTest`."""

    _TIMEOUT_S = 600

    def setUp(self):
        slicer.mrmlScene.Clear()

    def runTest(self):
        for test in (self.test_panel, self.test_edit, self.test_cancel, self.test_analysis):
            self.setUp()
            test()

    def test_panel(self):
        """Analyse waits for a CT; what the panel is for, and what it is not, is on it."""
        widget = self.panel()
        analyse = widget.sections["analyse"].ui
        self.assertTrue(analyse.missingLabel.text)
        self.assertIn("Not a medical device", widget.ui.disclaimerLabel.text)
        widget.session.choose_scan(add_phantom())
        self.assertEqual(analyse.missingLabel.text, "")
        self.assertTrue(analyse.analyseButton.enabled)
        self.assertFalse(analyse.cancelButton.enabled)

    def test_edit(self):
        """Layers and table of a result appear; what is painted reaches the table."""
        widget = self.panel()
        volume = add_phantom()
        result = self.known_result(volume)
        widget.session.choose_scan(volume)
        self.assertEqual(result.segmentation.GetSegmentation().GetNumberOfSegments(), 6)
        review = widget.sections["review"].ui
        self.assertEqual(review.lesionTable.model().rowCount(), 1)
        self.assertIn("Not reviewed", review.reviewLabel.text)
        lesion = read_layer(result.segmentation, "lesion", volume)
        lesion[10:13, 45:50, 60:65] = True
        write_layer(result.segmentation, "lesion", lesion, volume)
        self.wait(lambda: review.lesionTable.model().rowCount() == 2, 5)
        review.lesionTable.selectRow(0)
        self.assertEqual(slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLMarkupsLineNode"), 2)

    def test_cancel(self):
        """Cancel leaves the scene as it was."""
        session = self.panel().session
        session.start(add_phantom())
        session.cancel()
        self.assertIsNone(session.analysis)
        self.assertEqual(results(slicer.mrmlScene), [])

    def test_analysis(self):
        """The worker's layers and table appear; without PyTorch, the question about it."""
        packages = missing_packages()
        if packages:
            self.assertIn(packages[0].name, question(packages))
            logging.info("Not analysed: %s", question(packages))
            return
        widget = self.panel()
        volume = add_phantom()
        widget.session.choose_scan(volume)
        analyse = widget.sections["analyse"].ui
        analyse.analyseButton.click()
        self.wait(lambda: widget.session.analysis is None, self._TIMEOUT_S)
        result = widget.session.result_of(volume)
        self.assertIsNotNone(result, analyse.statusLabel.text)
        self.assertEqual(result.segmentation.GetSegmentation().GetNumberOfSegments(), 6)
        self.assertEqual(result.table.GetNumberOfRows(), len(result.load()[1].lesions))

    def panel(self):
        widget = slicer.util.getModuleWidget("DuOncoUnity")
        if slicer.util.mainWindow():
            slicer.util.selectModule("DuOncoUnity")
        else:
            widget.enter()
        return widget

    def wait(self, condition, seconds):
        waiting = qt.QElapsedTimer()
        waiting.start()
        while not condition():
            self.assertLess(waiting.elapsed(), 1000 * seconds, "nothing happened in time")
            slicer.app.processEvents()

    def known_result(self, volume):
        """A result that needs no network: the mass of the phantom is the only lesion."""
        ct = read_ct(volume)
        labels = mass().astype("uint8")
        lesions, instances = propose_lesions(labels, ct)
        timePoint = TimePoint("phantom", None, ct.geometry, Acquisition(), Provenance("", "", "", "", "", ""), lesions,
                              highest_lesion_number=dict(instances.highest_number))
        self.assertEqual(labels[MASS_KJI], 1)
        return show_result(volume, Case("phantom", [timePoint]), labels)

"""The test that runs inside Slicer: the panel and the whole way on a small phantom."""

import logging
import tempfile
from pathlib import Path

import qt
import slicer
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleTest

from DuOncoUnityLib.lesions.proposal import propose_lesions
from DuOncoUnityLib.records.model import Acquisition, Case, Provenance, TimePoint
from DuOncoUnityLib.records.scan_facts import ScanFacts
from DuOncoUnityLib.scene.result import results, show_result
from DuOncoUnityLib.scene.scans import group_as_one_patient, scans_by_patient
from DuOncoUnityLib.scene.segmentation import read_layer, write_layer
from DuOncoUnityLib.scene.typed_facts import type_facts
from DuOncoUnityLib.scene.volume import read_ct
from DuOncoUnityPanel.dependencies import missing_packages, question
from DuOncoUnityPanel.phantom import MASS_KJI, add_phantom, mass
from DuOncoUnityPanel.wording import review_text


class DuOncoUnityTest(ScriptedLoadableModuleTest):
    """Started by Reload and Test, by the self tests, and by `slicer.testing.runUnitTest`."""

    _SOON_S = 30
    _TIMEOUT_S = 600

    def setUp(self):
        slicer.mrmlScene.Clear()

    def tearDown(self):
        slicer.mrmlScene.Clear()

    def runTest(self):
        for test in (self.test_panel, self.test_scans, self.test_edit, self.test_click, self.test_review,
                     self.test_burden, self.test_finish, self.test_compare, self.test_cancel, self.test_analysis):
            self.setUp()
            try:
                test()
            finally:
                self.tearDown()

    def test_panel(self):
        """Analyse waits for a CT; what the panel is for, and what it is not, is on it."""
        widget = self.panel()
        analyse = widget.sections["analyse"].ui
        self.assertTrue(analyse.missingLabel.text)
        self.assertEqual(widget.ui.disclaimerLabel.text,
                         translate("DuOncoUnity", "Research use only. Not a medical device."))
        widget.session.choose_scan(add_phantom())
        self.assertEqual(analyse.missingLabel.text, "")
        self.assertTrue(analyse.analyseButton.enabled)
        self.assertFalse(analyse.cancelButton.enabled)

    def test_scans(self):
        """Two scans from files become those of one patient."""
        for name, date in (("first", "2024-01-15"), ("second", "2024-04-15")):
            volume = add_phantom()
            volume.SetName(name)
            type_facts(volume, ScanFacts(date=date))
        scans = self.panel().sections["scans"].ui
        self.wait(lambda: self.scans(scans.scanTree) == ["first", "second"], self._SOON_S)
        heading = scans.scanTree.topLevelItem(0)
        for row in range(2):
            heading.child(row).setSelected(True)
        scans.groupButton.click()
        patients = scans_by_patient(slicer.mrmlScene)
        self.assertEqual([len(patient.volumes) for patient in patients if patient.item], [2])

    def test_edit(self):
        """Layers and table of a result appear; what is painted reaches the table."""
        widget = self.panel()
        volume = add_phantom()
        result = self.known_result(volume)
        widget.session.choose_scan(volume)
        self.assertEqual(result.segmentation.GetSegmentation().GetNumberOfSegments(), 6)
        review = widget.sections["review"].ui
        self.assertEqual(review.lesionTable.model().rowCount(), 1)
        self.assertEqual(review.reviewLabel.text, review_text(widget.session.time_point.lesions))
        lesion = read_layer(result.segmentation, "lesion", volume)
        lesion[10:13, 45:50, 60:65] = True
        write_layer(result.segmentation, "lesion", lesion, volume)
        self.wait(lambda: review.lesionTable.model().rowCount() == 2, self._SOON_S)
        review.lesionTable.selectRow(0)
        self.assertEqual(slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLMarkupsLineNode"), 2)

    def test_click(self):
        """A click outlines the lesion there again, as one step, and the tool ends; PyTorch has to be there."""
        if missing_packages():
            logging.info("No lesion outlined by click: %s", question(missing_packages()))
            return
        session, correct = self.analysed("correct")
        correct.clickButton.click()
        self.assertTrue(correct.clickButton.checked, self.panel().ui.messageLabel.text)
        points = slicer.util.getNodesByClass("vtkMRMLMarkupsFiducialNode")[-1]
        k, j, i = MASS_KJI
        points.AddControlPointWorld([-3.0 * i, -3.0 * j, 5.0 * k])
        self.wait(lambda: len(session.history) == 1, 60)
        self.assertEqual(self.status(session), {"L1": "corrected"})
        for button in (correct.largerButton, correct.smallerButton):
            self.assertTrue(button.enabled)
            button.click()
        while len(session.history) > 1:
            self.panel().sections["review"].ui.undoButton.click()
        self.assertEqual(self.status(session), {"L1": "corrected"})
        correct.outsideButton.click()
        self.assertTrue(correct.outsideButton.checked)
        correct.nextLesionButton.click()
        self.assertFalse(correct.outsideButton.checked)
        correct.diameterButton.click()
        self.assertEqual((correct.clickButton.checked, correct.diameterButton.checked), (False, True))
        correct.clickButton.click()
        self.panel().sections["review"].ui.undoButton.click()
        self.assertEqual(self.status(session), {"L1": "proposed"})
        correct.clickButton.click()
        self.assertFalse(correct.clickButton.checked)
        self.assertEqual(slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLMarkupsFiducialNode"), 0)

    def test_review(self):
        """Every decision, undo, filters and search; the list follows."""
        session, review = self.analysed("review")
        session.choose_lesion("L1")
        for button, status in ((review.confirmButton, "confirmed"), (review.undoButton, "proposed"),
                               (review.rejectButton, "rejected"), (review.undoButton, "proposed")):
            button.click()
            self.assertEqual(self.status(session), {"L1": status}, button.name)
        for button in (review.nextButton, review.previousButton):
            button.click()
            self.assertEqual(session.lesion_id, "L1")
        review.confidenceBox.value = 0.5
        review.confirmAllButton.click()
        self.assertEqual(self.status(session), {"L1": "confirmed"})
        review.unsureButton.click()
        self.assertTrue(session.time_point.lesions[0].review.equivocal)
        review.rejectButton.click()
        session.choose_lesion("L1")
        review.restoreButton.click()
        self.assertEqual(len(session.time_point.lesions), 1)
        for button in (review.addButton, review.editButton):
            session.choose_lesion("L1")
            button.click()
            self.assertFalse(self.panel().sections["correct"].ui.correctSection.collapsed)
        review.searchBox.text = "no such lesion"
        self.assertEqual(review.lesionTable.model().rowCount(), 0)
        review.searchBox.text = ""
        self.assertEqual(review.lesionTable.model().rowCount(), 1)

    def test_burden(self):
        """Sums appear; a row leads to its lesion; the chart is shown."""
        session, burden = self.analysed("burden")
        self.assertIn("1", burden.totalLabel.text)
        self.assertGreater(burden.burdenTable.rowCount, 1)
        self.panel().sections["burden"].on_organ(0, 0)
        self.assertEqual(session.lesion_id, "L1")
        burden.chartButton.click()
        self.assertEqual(slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLPlotChartNode"), 1)

    def test_finish(self):
        """A reviewed scan is signed and written into a folder."""
        session, finish = self.analysed("finish")
        session.choose_lesion("L1")
        self.panel().sections["review"].ui.confirmButton.click()
        finish.signButton.click()
        self.assertEqual(len(session.case.versions), 1)
        self.assertFalse(finish.signButton.enabled)
        with tempfile.TemporaryDirectory() as folder:
            finish.folderEdit.currentPath = str(Path(folder) / "export")
            finish.exportButton.click()
            self.assertTrue(list(Path(folder).rglob("case.json")), self.panel().ui.messageLabel.text)

    def test_compare(self):
        """Two scans are laid over each other by the worker; the lesion is followed; views and course are shown."""
        volumes = [add_phantom(), add_phantom()]
        for volume, date in zip(volumes, ("2024-01-15", "2024-04-15"), strict=True):
            type_facts(volume, ScanFacts(date=date))
        group_as_one_patient(volumes)
        for volume, date in zip(volumes, ("2024-01-15", "2024-04-15"), strict=True):
            self.known_result(volume, date)
        session, compare = self.open("compare", volumes[1])
        compare.registerButton.click()
        compare.stopButton.click()
        self.assertIsNone(session.course.job)
        compare.registerButton.click()
        self.wait(lambda: session.course.job is None, self._TIMEOUT_S)
        self.assertTrue(session.course.is_registered, compare.statusLabel.text)
        self.assertEqual(compare.lesionTable.rowCount, 1)
        compare.lesionTable.selectRow(0)
        compare.confirmButton.click()
        for button in (compare.besideButton, compare.flickButton, compare.flickButton, compare.besideButton,
                       compare.timelineButton):
            button.click()
        self.decide(session, compare)
        self.assertEqual(self.panel().ui.messageLabel.text, "")

    def decide(self, session, compare):
        """Cut and make the link, give the lesion another role, set another response."""
        compare.unlinkButton.click()
        self.assertEqual(compare.lesionTable.rowCount, 2)
        compare.lesionTable.selectRow(0)
        compare.linkBox.setCurrentIndex(compare.linkBox.findData("L1"))
        compare.linkButton.click()
        self.assertEqual(compare.lesionTable.rowCount, 1)
        compare.lesionTable.selectRow(0)
        compare.roleBox.setCurrentIndex(compare.roleBox.findData("non_target"))
        compare.roleButton.click()
        compare_section = self.panel().sections["compare"]
        overall = self.row(compare.responseTable, "RECIST 1.1")
        compare_section.on_result(overall, 2)
        compare.valueBox.setCurrentIndex(compare.valueBox.findData("PD"))
        compare.overruleButton.click()
        self.assertEqual(compare.responseTable.item(overall, 2).text(), "PD")

    def test_cancel(self):
        """Cancel leaves the scene as it was."""
        widget, volume = self.panel(), add_phantom()
        widget.session.choose_scan(volume)
        widget.session.analyse([volume])
        widget.sections["analyse"].ui.cancelButton.click()
        self.assertIsNone(widget.session.analysis)
        self.assertIsNone(widget.session.queue)
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

    def analysed(self, section):
        """The phantom with its known result, and the widgets of a section, opened."""
        volume = add_phantom()
        self.known_result(volume)
        return self.open(section, volume)

    def open(self, section, volume):
        widget = self.panel()
        widget.session.choose_scan(volume)
        ui = widget.sections[section].ui
        getattr(ui, f"{section}Section").collapsed = False
        return widget.session, ui

    def scans(self, tree):
        """The names of the scans that are listed."""
        headings = [tree.topLevelItem(number) for number in range(tree.topLevelItemCount)]
        return [heading.child(row).text(1) for heading in headings for row in range(heading.childCount())]

    def row(self, table, title):
        """The row of a table that begins with a title."""
        return next(row for row in range(table.rowCount) if table.item(row, 0).text() == title)

    def status(self, session):
        """What was decided on each lesion."""
        lesions = [*session.time_point.lesions, *session.time_point.rejected]
        return {lesion.id: lesion.review.status.value for lesion in lesions}

    def known_result(self, volume, date=None):
        """A result that needs no network: the mass of the phantom is the only lesion."""
        ct = read_ct(volume)
        labels = mass().astype("uint8")
        lesions, instances = propose_lesions(labels, ct)
        for lesion in lesions:
            lesion.confidence = 0.9
        timePoint = TimePoint(date or "phantom", date, ct.geometry, Acquisition(date=date),
                              Provenance("", "", "", "", "", ""), lesions,
                              highest_lesion_number=dict(instances.highest_number))
        self.assertEqual(labels[MASS_KJI], 1)
        return show_result(volume, Case("phantom", [timePoint]), labels)

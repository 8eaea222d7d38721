"""Step 1: which scans."""

from __future__ import annotations

from dataclasses import replace

import qt
import slicer
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from DuOncoUnityLib.records.scan_facts import ScanFacts
from DuOncoUnityLib.scene.hierarchy import patient_item
from DuOncoUnityLib.scene.result import join
from DuOncoUnityLib.scene.scans import (
    PatientScans,
    choose,
    ct_volumes,
    enter_facts,
    group_as_one_patient,
    scan_date,
    scans_by_patient,
)
from DuOncoUnityLib.scene.typed_facts import type_facts, typed_facts
from DuOncoUnityLib.scene.volume import acquisition_of_volume
from DuOncoUnityPanel.questions import confirmed
from DuOncoUnityPanel.section import Section
from DuOncoUnityPanel.session import Session


class ScansSection(Section, VTKObservationMixin):
    """The CTs by patient and date, a tick for those to be analysed, and what their files do not say."""

    UI = "DuOncoUnityScans.ui"
    _SCENE_CHANGED_MS = 100
    _CHANGES = ("SubjectHierarchyItemAddedEvent", "SubjectHierarchyItemModifiedEvent",
                "SubjectHierarchyItemReparentedEvent", "SubjectHierarchyItemRemovedEvent")

    def __init__(self, session: Session) -> None:
        VTKObservationMixin.__init__(self)
        Section.__init__(self, session)

    def setup(self) -> None:
        self._shown: list[tuple[object, ...]] = []
        self._hierarchy: slicer.vtkMRMLSubjectHierarchyNode | None = None
        self._timer = qt.QTimer()
        self._timer.setInterval(self._SCENE_CHANGED_MS)
        self._timer.setSingleShot(True)
        self._timer.connect("timeout()", self.follow_scene)
        self.ui.scanTree.connect("itemChanged(QTreeWidgetItem*,int)", self.on_tick)
        self.ui.scanTree.connect("currentItemChanged(QTreeWidgetItem*,QTreeWidgetItem*)", self.on_selection)
        self.ui.scanTree.connect("itemSelectionChanged()", self.on_selected_rows)
        self.ui.loadButton.connect("clicked(bool)", lambda _checked=False: slicer.util.openAddVolumeDialog())
        self.ui.dicomButton.connect("clicked(bool)", lambda _checked=False: slicer.util.selectModule("DICOM"))
        self.ui.groupButton.connect("clicked(bool)", self.group)
        self.ui.dateEdit.connect("editingFinished()", self.on_date)
        self.ui.heightEdit.connect("valueChanged(double)", lambda value: self.type_fact("height_m", value))
        self.ui.weightEdit.connect("valueChanged(double)", lambda value: self.type_fact("weight_kg", value))
        self.session.analysis_changed.connect(self.refresh)
        scene = self.session.scene
        for event in (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndImportEvent, scene.EndCloseEvent):
            self.addObserver(scene, event, self.on_scene)
        self.on_scene()

    def cleanup(self) -> None:
        self._timer.stop()
        self.removeObservers()

    def missing(self) -> str:
        return ""

    def on_scene(self, _caller: object = None, _event: object = None) -> None:
        """Something came, went, moved or got another name: look once, when all of it is over."""
        self._timer.start()

    def follow_scene(self) -> None:
        """Keep the current scan if it is still there, else go on with the first one."""
        if self.session.scene.IsBatchProcessing():  # a scene is being loaded or closed, and says so when it is done
            self._timer.start()
            return
        self._observe_hierarchy()
        volumes = ct_volumes(self.session.scene)
        current = self.session.volume if self.session.volume in volumes else next(iter(volumes), None)
        self.session.choose_scan(current)
        self._fill(scans_by_patient(self.session.scene))
        self.update()
        self.session.scans_changed.emit()

    def update(self) -> None:
        items = self._items()
        volumes = [volume for patient in scans_by_patient(self.session.scene) for volume in patient.volumes]
        if [identifier for identifier, _item in items] != [volume.GetID() for volume in volumes]:
            self.on_scene()  # not here: the tree may be in the middle of a click on one of its rows
        blocked = self.ui.scanTree.blockSignals(True)
        for identifier, item in items:
            volume = self.session.scene.GetNodeByID(identifier)
            if volume is not None:
                self._show(item, volume)
        self.ui.scanTree.blockSignals(blocked)
        self._show_facts()

    def on_selection(self, item: qt.QTreeWidgetItem | None, _before: qt.QTreeWidgetItem | None) -> None:
        """Work on the scan of the chosen row."""
        volume = self._volume(item)
        if volume is not None and volume is not self.session.volume:
            self.session.choose_scan(volume)
            self.session.show_scan()

    def on_selected_rows(self) -> None:
        """Several scans can be grouped, unless they are of one patient already."""
        patients = [patient_item(volume) for volume in self._selected()]
        self.ui.groupButton.enabled = len(patients) > 1 and (len(set(patients)) > 1 or not patients[0])

    def on_tick(self, item: qt.QTreeWidgetItem, _column: int) -> None:
        """Keep whether the scan is to be analysed."""
        volume = self._volume(item)
        if volume is not None:
            choose(volume, item.checkState(0) == qt.Qt.Checked)
            self.session.scans_changed.emit()

    def on_date(self) -> None:
        """Keep the typed date, unless it is the one that is known anyway."""
        text = self.ui.dateEdit.text.strip()
        if self.session.volume is not None and text != scan_date(self.session.volume):
            self.type_fact("date", text)

    def type_fact(self, name: str, value: float | str) -> None:
        """Keep a typed fact with the scan, and in the record of its result; an empty value takes it back."""
        self.session.attempt(lambda: self._type_fact(name, value))
        self.refresh()

    def group(self, _checked: bool = False) -> None:
        """The selected scans are of one patient."""
        chosen = self._selected()
        names = sorted({patient.name for patient in scans_by_patient(self.session.scene)
                        if patient.item and set(patient.volumes) & set(chosen)})
        question = _("The selected scans belong to different patients: {names}. Are they the same person?")
        if len(names) > 1 and not confirmed(question.format(names=", ".join(names)), yes_no=True):
            return
        self.session.attempt(lambda: self._group(chosen))
        self.refresh()

    def _group(self, volumes: list[slicer.vtkMRMLScalarVolumeNode]) -> None:
        group_as_one_patient(volumes)
        found = [result for volume in volumes if (result := self.session.result_of(volume)) is not None]
        if found:
            join(found)
        self.session.choose_scan(self.session.volume)

    def _type_fact(self, name: str, value: float | str) -> None:
        volume = self.session.volume
        facts: ScanFacts = replace(typed_facts(volume), **{name: value or None})
        type_facts(volume, facts)
        if self.session.result is not None:
            self.session.change_record(
                lambda case: enter_facts(case, self.session.result.time_point_id, facts))

    def _selected(self) -> list[slicer.vtkMRMLScalarVolumeNode]:
        found = (self._volume(item) for item in self.ui.scanTree.selectedItems())
        return [volume for volume in found if volume is not None]

    def _fill(self, patients: list[PatientScans]) -> None:
        """Build the rows anew, if any came, went or moved."""
        shown = [(patient.item, patient.name, *(volume.GetID() for volume in patient.volumes)) for patient in patients]
        if shown == self._shown:
            return
        self._shown = shown
        tree = self.ui.scanTree
        blocked = tree.blockSignals(True)
        tree.clear()
        for patient in patients:
            heading = qt.QTreeWidgetItem(tree)
            heading.setText(0, patient.name if patient.item else _("Without patient"))
            heading.setFirstColumnSpanned(True)
            heading.setFlags(qt.Qt.ItemIsEnabled)
            heading.setExpanded(True)
            for volume in patient.volumes:
                item = qt.QTreeWidgetItem(heading)
                item.setData(0, qt.Qt.UserRole, volume.GetID())
                self._show(item, volume)
        for column in range(3):
            tree.resizeColumnToContents(column)
        tree.blockSignals(blocked)

    def _show(self, item: qt.QTreeWidgetItem, volume: slicer.vtkMRMLScalarVolumeNode) -> None:
        analysed = self.session.result_of(volume) is not None
        item.setText(0, scan_date(volume) or _("Date unknown"))
        item.setText(1, volume.GetName())
        item.setText(2, _("Analysed") if analysed else _("Not analysed"))
        item.setCheckState(0, qt.Qt.Checked if self.session.is_chosen(volume) else qt.Qt.Unchecked)
        tree = self.ui.scanTree
        if volume is self.session.volume and self._volume(tree.currentItem()) is not volume:
            tree.setCurrentItem(item)

    def _items(self) -> list[tuple[str, qt.QTreeWidgetItem]]:
        """The rows of scans, with the node id of each."""
        tree = self.ui.scanTree
        headings = [tree.topLevelItem(number) for number in range(tree.topLevelItemCount)]
        items = [heading.child(row) for heading in headings for row in range(heading.childCount())]
        return [(item.data(0, qt.Qt.UserRole), item) for item in items]

    def _show_facts(self) -> None:
        volume = self.session.volume
        self.ui.factsWidget.enabled = volume is not None
        facts = acquisition_of_volume(volume, self.session.dicom_file) if volume is not None else None
        for field, value in ((self.ui.heightEdit, facts.patient_height_m if facts else None),
                             (self.ui.weightEdit, facts.patient_weight_kg if facts else None)):
            blocked = field.blockSignals(True)
            field.setValue(value or 0.0)
            field.blockSignals(blocked)
        self.ui.dateEdit.text = (facts.date if facts else "") or ""

    def _volume(self, item: qt.QTreeWidgetItem | None) -> slicer.vtkMRMLScalarVolumeNode | None:
        identifier = item.data(0, qt.Qt.UserRole) if item is not None else None
        return self.session.scene.GetNodeByID(identifier) if identifier else None

    def _observe_hierarchy(self) -> None:
        """The subject hierarchy node is another one after the scene was closed."""
        hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(self.session.scene)
        if hierarchy is self._hierarchy:
            return
        self._hierarchy = hierarchy
        for name in self._CHANGES:
            event = getattr(slicer.vtkMRMLSubjectHierarchyNode, name)
            if not self.hasObserver(hierarchy, event, self.on_scene):
                self.addObserver(hierarchy, event, self.on_scene)

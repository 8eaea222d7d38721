"""Keeps record, table and axes of a result in step with its segments while a person edits them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import slicer

from DuOncoUnityLib.composition.figures import body_composition
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.geometry import Vector
from DuOncoUnityLib.lesions.click_mask import fit_mask
from DuOncoUnityLib.lesions.components import BoolArray, Box, LabelArray, grow_box
from DuOncoUnityLib.lesions.edits import apply_changes
from DuOncoUnityLib.lesions.identity import InstanceChanges
from DuOncoUnityLib.lesions.instances import (
    LESION_LAYERS,
    InstanceMap,
    changed_box,
    restore_instances,
    update_instances,
)
from DuOncoUnityLib.lesions.site import NODE_SHELL_MM
from DuOncoUnityLib.records.model import TimePoint
from DuOncoUnityLib.records.review import added_review
from DuOncoUnityLib.scene.anatomy import SceneAnatomy
from DuOncoUnityLib.scene.axes import update_axes
from DuOncoUnityLib.scene.history import History, MaskPatch, Step
from DuOncoUnityLib.scene.lesion_memory import LesionMemory
from DuOncoUnityLib.scene.lesion_table import update_lesion_table
from DuOncoUnityLib.scene.record import LiveRecord
from DuOncoUnityLib.scene.result import Result
from DuOncoUnityLib.scene.segmentation import BoxMask, modified_times, read_box, read_labels, write_boxes
from DuOncoUnityLib.scene.tissue import (
    COMPARTMENTS,
    Passage,
    TissuePatch,
    follow_lesions,
    give_tissue,
    take_tissue,
)
from DuOncoUnityLib.scene.volume import read_ct
from DuOncoUnityLib.terminology import Layer

T = TypeVar("T")

_LAYER_IDS = [layer.value for layer in LESION_LAYERS]


class EditTracker:
    """Follows the edits of one result, and changes masks and record together; untouched lesions keep id and decisions.

    Edits made while nobody followed are taken over at the start.

    Args:
        result: nodes of a time point; the CT must be there.
        reviewer: name of the person who edits.
        edited: called at every event of the segmentation. One edit or undo causes many: the owner calls `update` when
            they are over.
        record: the record in memory, to share it with others who change it; by default an own one.
        history: remembers every edit as a step; shared with others who change the record.

    Raises:
        DuOncoError: the CT is missing, the record is damaged, or the reviewer has no name.
    """

    def __init__(self, result: Result, reviewer: str, edited: Callable[[], None],
                 record: LiveRecord | None = None, history: History | None = None) -> None:
        if result.volume is None:
            raise DuOncoError("The CT of this result is no longer in the scene.")
        self._reviewer = added_review(reviewer).reviewer
        self._result = result
        self._volume = result.volume
        self._ct = read_ct(result.volume)
        self._anatomy = (SceneAnatomy(result.anatomy, result.volume, self._ct.geometry)
                         if result.anatomy is not None else None)
        self._memory = LesionMemory()
        self._record = record or LiveRecord(result.record)
        self._history = History() if history is None else history
        self._edited = edited
        self._writing = False
        time_point = self._time_point()
        self._labels = self._read()
        self._spare = np.empty_like(self._labels)
        self._instances, changes = restore_instances(time_point.lesions, self._labels, self._ct.geometry,
                                                     time_point.highest_lesion_number)
        if changes.to_measure or changes.erased or changes.merged:
            self._take_over(changes)
        self._observed = result.segmentation.GetSegmentation()
        self._tags = [self._observed.AddObserver(event, lambda *_: self._on_event())
                      for event in (slicer.vtkSegmentation.SourceRepresentationModified,
                                    slicer.vtkSegmentation.SegmentAdded, slicer.vtkSegmentation.SegmentRemoved)]

    @property
    def ct(self) -> CTVolume:
        """The scan."""
        return self._ct

    def stop(self) -> None:
        """Follow no longer."""
        for tag in self._tags:
            self._observed.RemoveObserver(tag)
        self._tags = []

    def update(self) -> InstanceChanges | None:
        """Take over what was edited since the last time, as one step. An edit that takes back the latest step, as undo
        in the Segment Editor does, takes back its decisions too.

        Returns:
            What became of the lesions; None if no voxel of a lesion or lymph node changed, or a step was taken back.
        """
        if not self._pending and self._times == modified_times(self._result.segmentation, _LAYER_IDS):
            return None
        labels = self._read(self._spare)
        box = changed_box(self._labels, labels)
        if box is None:
            return None
        latest = self._history.latest
        if latest is not None and latest.after == self._record.text and latest.restores(self._labels, labels):
            self._labels, self._spare = labels, self._labels
            self.take_back()
            return None
        self._keep_nodes(labels, box)
        patch, instances, before = MaskPatch(box, self._labels[box].copy()), _copied(self._instances), self._record.text
        self._labels, self._spare = labels, self._labels
        changes = update_instances(self._instances, labels, box)
        self._take_over(changes)
        self._history.add(Step("edit", before, self._record.text, [patch], instances))
        return changes

    def change(self, what: str, boxes: Sequence[Box], change: Callable[[TimePoint, InstanceMap, LabelArray], T],
               takes_tissue: bool = True) -> T:
        """Change masks and record together, as one step. Voxels that are no lesion any more are muscle or fat again.

        Args:
            what: key of the step.
            boxes: where masks may change.
            change: changes the time point, its instances and the label map of the lesion layers (KJI) in place.
            takes_tissue: whether muscle and fat lose the voxels of lesions that come, as in the result of the analysis.

        Returns:
            What `change` returns.

        Raises:
            DuOncoError: of `change`, or a layer was removed; nothing was changed.
        """
        self._take_over_pending()
        patches, instances = [MaskPatch(box, self._labels[box].copy()) for box in boxes], _copied(self._instances)
        before = self._record.text
        try:
            value = change(self._time_point(), self._instances, self._labels)
            patches = [patch for patch in patches if not patch.fits(self._labels)]
            tissue, tissue_after = self._tissue(patches, takes_tissue)
            self._write(patches, [tissue_after])
        except Exception:
            self._put_back(patches, instances)
            self._record.discard()
            raise
        self._save()
        self._history.add(Step(what, before, self._record.text, patches, instances if patches else None, [tissue]))
        if patches:
            self._edited()
        return value

    def voxel_at(self, lps_mm: Vector) -> tuple[int, int, int]:
        """The voxel (k, j, i) at a place of the patient; it may lie outside of the scan."""
        i, j, k = (int(index) for index in np.rint(self._ct.geometry.world_to_index(lps_mm)))
        return k, j, i

    def lesion_at(self, lps_mm: Vector) -> str:
        """Id of the lesion at a place of the patient, "" for none."""
        k, j, i = self.voxel_at(lps_mm)
        return self._instances.at((i, j, k)) or ""

    def put_mask(self, what: str, mask: BoolArray, box: Box, clicked_lps_mm: Vector, layer: Layer,
                 replaced: str = "") -> str:
        """Draw a lesion as the panel outlined it, as one step; no other lesion loses a voxel.

        Args:
            what: key of the step.
            mask, box: the lesion (KJI), and where it lies.
            clicked_lps_mm: where the person clicked on it.
            layer: the layer it belongs to.
            replaced: id of the lesion of this layer that it takes the place of, "" for a new one.

        Returns:
            Id of the lesion.

        Raises:
            DuOncoError: there are other lesions everywhere; nothing was changed.
        """
        self._take_over_pending()
        fitted, around = fit_mask(mask, box, self.voxel_at(clicked_lps_mm), layer, replaced, self._instances,
                                  self._labels)

        def change(_time_point: TimePoint, instances: InstanceMap, labels: LabelArray) -> InstanceChanges:
            if replaced in instances.instances:
                own = instances.instances[replaced]
                labels[own.box][own.mask] = 0
            labels[around][fitted] = layer.label
            changes = update_instances(instances, labels, around)
            self._follow(changes)
            return changes

        changes = self.change(what, [around], change, takes_tissue=False)
        return changes.added[0] if changes.added else replaced

    def take_back(self) -> None:
        """Undo the latest step: masks and record are again what they were before it.

        Raises:
            DuOncoError: there is no step, or it can no longer be undone.
        """
        self._take_over_pending()
        step = self._history.latest
        if step is None:
            raise DuOncoError("There is nothing to undo.")
        former = self._record.former(step.before)
        if step.instances is not None:
            self._put_back(step.patches, step.instances)
            self._write(step.patches, step.tissue)
            self._edited()
        self._record.replace(former)
        self._history.forget_latest()
        self._history.follow(step.before, self._record.text)
        self.show_record()

    def show_record(self) -> None:
        """Bring table and axes up to date with the record."""
        lesions = self._time_point().lesions
        if self._result.table is not None:
            update_lesion_table(self._result.table, lesions)
        update_axes(self._result.segmentation, lesions)

    def update_composition(self) -> bool:
        """Measure muscle and fat again, which takes longer than lesions: once nobody has edited for a while.

        Returns:
            Whether any figure changed.
        """
        time_point = self._time_point()
        layers = read_labels(self._result.segmentation, [layer.value for layer in Layer], self._volume)
        figures = body_composition(replace(self._ct, acquisition=time_point.acquisition), layers,
                                   self._anatomy.level if self._anatomy else None)
        if figures == time_point.composition:
            return False
        before = self._record.text
        time_point.composition = figures
        self._record.save()
        self._history.follow(before, self._record.text)
        return True

    def _on_event(self) -> None:
        if not self._writing:
            self._pending = True
            self._edited()

    def _take_over_pending(self) -> None:
        """What was painted before an action is a step before it."""
        self.update()

    def _take_over(self, changes: InstanceChanges) -> None:
        self._follow(changes)
        self._save()

    def _follow(self, changes: InstanceChanges) -> None:
        time_point = self._time_point()
        self._memory.keep(time_point, changes)
        added = [self._instances.instances[lesion_id].box for lesion_id in changes.added]
        reach = math.ceil(NODE_SHELL_MM / min(self._ct.geometry.spacing_mm))
        around = [grow_box(box, self._labels.shape, reach) for box in added]
        anatomy = self._anatomy.near(around) if self._anatomy and added else None
        apply_changes(time_point, self._instances, changes, self._ct, anatomy, self._reviewer)
        self._memory.restore(time_point, self._instances, changes)

    def _save(self) -> None:
        self._record.save()
        self.show_record()

    def _keep_nodes(self, labels: LabelArray, box: Box) -> None:
        """Where a lesion was painted over a lymph node, the node keeps its voxels: nobody sees both at once."""
        node, lesion = Layer.LYMPH_NODE, Layer.LESION
        painted = (self._labels[box] == node.label) & (labels[box] == lesion.label)
        if painted.any():
            painted &= read_box(self._result.segmentation, node.value, self._volume, box)
        if painted.any():
            labels[box][painted] = node.label
            self._writing = True
            try:
                self._write_layer(lesion, [(box, labels[box] == lesion.label)])
            finally:
                self._writing = False

    def _put_back(self, patches: Sequence[MaskPatch], instances: InstanceMap) -> None:
        for patch in patches:
            self._labels[patch.box] = patch.labels
        highest = self._instances.highest_number
        self._instances = InstanceMap(dict(instances.instances), {**instances.highest_number, **highest})

    def _tissue(self, patches: Sequence[MaskPatch], takes_tissue: bool) -> tuple[list[TissuePatch], list[TissuePatch]]:
        """Muscle and fat before and after the lesions of the patches changed, where they change."""
        if self._anatomy is None or not patches:
            return [], []
        passages = []
        for patch in patches:
            former, now = patch.labels > 0, self._labels[patch.box] > 0
            passages.append(Passage(patch.box, former & ~now, now & ~former & takes_tissue))
        anatomy = self._anatomy.near([patch.box for patch in patches], COMPARTMENTS)
        return follow_lesions(self._result, passages, self._ct, anatomy)

    def _write(self, patches: Sequence[MaskPatch], tissue: Sequence[Sequence[TissuePatch]]) -> None:
        """Bring the segments up to date; in this order none grows over another one, which would part their layers."""
        self._writing = True
        try:
            for part in tissue:
                take_tissue(self._result, part)
            for layer in LESION_LAYERS:
                self._write_layer(layer, [(patch.box, self._labels[patch.box] == layer.label) for patch in patches])
            for part in tissue:
                give_tissue(self._result, part)
        finally:
            self._writing = False
            self._times = modified_times(self._result.segmentation, _LAYER_IDS)

    def _write_layer(self, layer: Layer, parts: Sequence[BoxMask]) -> None:
        write_boxes(self._result.segmentation, layer.value, self._volume, parts)

    def _read(self, out: LabelArray | None = None) -> LabelArray:
        """The lesion layers as they are in the scene now."""
        self._pending = False
        self._times = modified_times(self._result.segmentation, _LAYER_IDS)
        return read_labels(self._result.segmentation, _LAYER_IDS, self._volume, out)

    def _time_point(self) -> TimePoint:
        """The time point as recorded now; others enter decisions into the record too."""
        return self._result.time_point(self._record.case)


def _copied(instances: InstanceMap) -> InstanceMap:
    return InstanceMap(dict(instances.instances), dict(instances.highest_number))

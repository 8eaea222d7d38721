"""Keeps record, table and axes of a result in step with its segments while a person edits them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np
import slicer

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.anatomy.levels import VertebralLevel, find_level
from DuOncoUnityLib.composition.figures import body_composition
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.lesions.edits import apply_changes
from DuOncoUnityLib.lesions.identity import InstanceChanges
from DuOncoUnityLib.lesions.instances import (
    LESION_LAYERS,
    changed_box,
    restore_instances,
    update_instances,
)
from DuOncoUnityLib.records.model import TimePoint
from DuOncoUnityLib.records.review import added_review
from DuOncoUnityLib.scene.axes import update_axes
from DuOncoUnityLib.scene.lesion_memory import LesionMemory
from DuOncoUnityLib.scene.lesion_table import update_lesion_table
from DuOncoUnityLib.scene.record import LiveRecord
from DuOncoUnityLib.scene.result import Result
from DuOncoUnityLib.scene.segmentation import ORGAN_TERMS, read_labels
from DuOncoUnityLib.scene.volume import read_ct
from DuOncoUnityLib.terminology import ORGAN_LABELS, Layer

_LAYER_IDS = [layer.value for layer in LESION_LAYERS]


class EditTracker:
    """Follows the edits of one result; ids and decisions of untouched lesions stay.

    Edits made while nobody followed are taken over at the start.

    Args:
        result: nodes of a time point; the CT must be there.
        reviewer: name of the person who edits.
        edited: called at every event of the segmentation. One edit or undo causes many: the owner calls `update` when
            they are over.
        record: the record in memory, to share it with others who change it; by default an own one.

    Raises:
        DuOncoError: the CT is missing, the record is damaged, or the reviewer has no name.
    """

    def __init__(self, result: Result, reviewer: str, edited: Callable[[], None],
                 record: LiveRecord | None = None) -> None:
        if result.volume is None:
            raise DuOncoError("The CT of this result is no longer in the scene.")
        self._reviewer = added_review(reviewer).reviewer
        self._result = result
        self._volume = result.volume
        self._ct = read_ct(result.volume)
        self._memory = LesionMemory()
        self._record = record or LiveRecord(result.record)
        time_point = self._time_point()
        self._labels = read_labels(result.segmentation, _LAYER_IDS, self._volume)
        self._spare = np.empty_like(self._labels)
        self._instances, changes = restore_instances(time_point.lesions, self._labels, self._ct.geometry,
                                                     time_point.highest_lesion_number)
        if changes.to_measure or changes.erased or changes.merged:
            self._take_over(changes)
        self._observed = result.segmentation.GetSegmentation()
        self._tags = [self._observed.AddObserver(event, lambda *_: edited())
                      for event in (slicer.vtkSegmentation.SourceRepresentationModified,
                                    slicer.vtkSegmentation.SegmentAdded, slicer.vtkSegmentation.SegmentRemoved)]

    def stop(self) -> None:
        """Follow no longer."""
        for tag in self._tags:
            self._observed.RemoveObserver(tag)
        self._tags = []

    def update(self) -> InstanceChanges | None:
        """Take over what was edited since the last time.

        Returns:
            What became of the lesions; None if no voxel of a lesion or lymph node changed.
        """
        labels = read_labels(self._result.segmentation, _LAYER_IDS, self._volume, out=self._spare)
        box = changed_box(self._labels, labels)
        if box is None:
            return None
        self._labels, self._spare = labels, self._labels
        changes = update_instances(self._instances, labels, box)
        self._take_over(changes)
        return changes

    def update_composition(self) -> bool:
        """Measure muscle and fat again, which takes longer than lesions: once nobody has edited for a while.

        Returns:
            Whether any figure changed.
        """
        time_point = self._time_point()
        layers = read_labels(self._result.segmentation, [layer.value for layer in Layer], self._volume)
        figures = body_composition(replace(self._ct, acquisition=time_point.acquisition), layers, self._level)
        if figures == time_point.composition:
            return False
        time_point.composition = figures
        self._record.save()
        return True

    def _take_over(self, changes: InstanceChanges) -> None:
        time_point = self._time_point()
        self._memory.keep(time_point, changes)
        apply_changes(time_point, self._instances, changes, self._ct, self._anatomy, self._reviewer)
        self._memory.restore(time_point, self._instances, changes)
        self._record.save()
        if self._result.table is not None:
            update_lesion_table(self._result.table, time_point.lesions)
        update_axes(self._result.segmentation, time_point.lesions)

    def _time_point(self) -> TimePoint:
        """The time point as recorded now; others enter decisions into the record too."""
        return self._result.time_point(self._record.case)

    @cached_property
    def _anatomy(self) -> LabelMap | None:
        """Organs on the grid of the CT, for the site of new lesions and the level of body composition."""
        if self._result.anatomy is None:
            return None
        labels = read_labels(self._result.anatomy, [term.key for term in ORGAN_TERMS], self._volume)
        return LabelMap(labels, self._ct.geometry, ORGAN_LABELS)

    @cached_property
    def _level(self) -> VertebralLevel | None:
        return find_level(self._anatomy) if self._anatomy is not None else None

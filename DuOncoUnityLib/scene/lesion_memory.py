"""Undo in the Segment Editor: a lesion whose mask is again what it was is again the lesion that it was."""

from __future__ import annotations

import copy
from dataclasses import replace

from DuOncoUnityLib.lesions.identity import InstanceChanges
from DuOncoUnityLib.lesions.instances import InstanceMap
from DuOncoUnityLib.records.model import Lesion, Measurement, TimePoint

# leaving a mask and coming back to it both enter one "corrected" into the history; any decision would be one more
_ENTRIES_OF_UNDO = 2


class LesionMemory:
    """Lesions as they were before edits, found again by their measurement."""

    def __init__(self) -> None:
        self._left: dict[tuple[str, Measurement], Lesion] = {}

    def keep(self, time_point: TimePoint, changes: InstanceChanges) -> None:
        """Keep the lesions that an edit is about to change in the record or take out of it."""
        gone = {*changes.changed, *changes.erased, *changes.merged}
        for lesion in time_point.lesions:
            if lesion.id in gone:
                self._left[lesion.layer, lesion.measurement] = copy.deepcopy(lesion)

    def restore(self, time_point: TimePoint, instances: InstanceMap, changes: InstanceChanges) -> None:
        """Give lesions that are again as they were their id and review back, unless a person decided since."""
        touched = set(changes.to_measure)
        for index, lesion in enumerate(time_point.lesions):
            former = self._left.get((lesion.layer, lesion.measurement)) if lesion.id in touched else None
            if former is None:
                continue
            if former.id == lesion.id:
                if len(lesion.review_history) > len(former.review_history) + _ENTRIES_OF_UNDO:
                    continue
            elif former.id in instances.instances:
                continue
            else:
                instances.instances[former.id] = replace(instances.instances.pop(lesion.id), id=former.id)
            time_point.lesions[index] = copy.deepcopy(former)

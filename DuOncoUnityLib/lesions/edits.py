"""The record follows an edit of the masks: only what changed is measured again, decisions stay, edits are signed."""

from __future__ import annotations

import copy

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.lesions.identity import InstanceChanges
from DuOncoUnityLib.lesions.instances import InstanceMap
from DuOncoUnityLib.lesions.measure import measure_lesion
from DuOncoUnityLib.lesions.site import site_of
from DuOncoUnityLib.records.model import Lesion, TimePoint
from DuOncoUnityLib.records.review import added_review, correct, keep_drawn_axes


def apply_changes(time_point: TimePoint, instances: InstanceMap, changes: InstanceChanges, ct: CTVolume,
                  anatomy: LabelMap | None, reviewer: str, time: str | None = None) -> None:
    """Bring the lesions of a time point up to date after `update_instances` or `restore_instances`.

    Changed lesions are measured again and marked as corrected by the reviewer; axes that a person drew stay. A part cut
    off a lesion inherits its decision, site and confidence; new ones are added by the reviewer; erased and merged ones
    leave the record.

    Args:
        time_point: changed in place.
        instances: the map after the edit.
        changes: what the edit did.
        ct: the scan.
        anatomy: organs on the grid of the scan, for the site of added lesions.
        reviewer: who edited.
        time: when, ISO 8601 in UTC; now where None.

    Raises:
        DuOncoError: there is no reviewer; nothing was changed.
    """
    drawn = added_review(reviewer, time)
    lesions = {lesion.id: lesion for lesion in time_point.lesions}
    for lesion_id, parent_id in changes.split.items():
        lesions[lesion_id] = copy.deepcopy(lesions[parent_id])
        lesions[lesion_id].id = lesion_id
    for lesion_id in (*changes.changed, *changes.split):
        lesion, measured = lesions[lesion_id], measure_lesion(*instances.mask(lesion_id), ct)
        is_itself = lesion_id not in changes.split
        lesion.measurement = keep_drawn_axes(lesion.measurement, measured) if is_itself else measured
        correct(lesion, reviewer, time)
    for lesion_id in changes.added:
        mask, box = instances.mask(lesion_id)
        layer = instances.instances[lesion_id].layer
        site = site_of(mask, box, layer, anatomy) if anatomy else ""
        lesions[lesion_id] = Lesion(lesion_id, layer.value, site, measure_lesion(mask, box, ct),
                                    review=copy.copy(drawn))
    for lesion_id in (*changes.erased, *changes.merged):
        del lesions[lesion_id]
    time_point.lesions = list(lesions.values())
    time_point.highest_lesion_number = dict(instances.highest_number)

"""A new analysis of a scan takes the place of the former one, and what people decided stays.

Lesions on which a person decided anything, or that a person drew, keep mask, numbers, id and decisions; those that a
person rejected stay rejected. A new proposal that meets one of them is the same finding and is dropped. All
other lesions are those of the new analysis, under the ids of the former ones where they overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Set

import numpy as np

from DuOncoUnityLib.lesions.components import LabelArray, boxes_meet, relative_box
from DuOncoUnityLib.lesions.instances import Instance, InstanceMap, restore_instances
from DuOncoUnityLib.lesions.operating_point import held_instance, is_free, is_touched
from DuOncoUnityLib.records.model import REJECTED_BY_PERSON, Lesion, TimePoint


def keep_decisions(former: TimePoint, former_labels: LabelArray, fresh: TimePoint, labels: LabelArray,
                   decided: Set[str]) -> list[Instance]:
    """Bring what people decided on the lesions of a time point into a new analysis of the same scan.

    Args:
        former: as recorded until now.
        former_labels: its KJI label map of lesions and nodes (`Layer.label`).
        fresh: the new analysis; gets the id of the former one and its lesions, changed in place.
        labels: the label map of the new analysis, all layers; changed in place.
        decided: ids of former lesions on which a person decided elsewhere (`operating_point.decided_lesions`).

    Returns:
        The proposals that were dropped; their voxels are 0 in `labels` where no lesion that stays has them.
    """
    masks, _ = restore_instances(former.lesions, former_labels, former.geometry, former.highest_lesion_number)
    kept = [lesion for lesion in former.lesions if is_touched(lesion) or lesion.id in decided]
    rejected = [held for held in former.held_back if held.reason == REJECTED_BY_PERSON]
    kept_masks = [masks.instances[lesion.id] for lesion in kept]
    taken = np.zeros_like(labels)
    for instance in (*kept_masks, *(held_instance(held, labels.shape) for held in rejected)):
        taken[instance.box][instance.mask] = instance.layer.label
    found, dropped = _not_taken(fresh, labels, taken)
    others = [*(masks.instances[lesion.id] for lesion in former.lesions if lesion not in kept),
              *(held_instance(held, labels.shape) for held in former.held_back if held not in rejected)]
    numbers = InstanceMap(highest_number=dict(masks.highest_number))
    _rename(found, others, numbers)
    for instance in kept_masks:
        labels[instance.box][instance.mask] = instance.layer.label
    fresh.id = former.id
    fresh.lesions = [*kept, *fresh.lesions]
    fresh.held_back = [*fresh.held_back, *rejected]
    fresh.highest_lesion_number = numbers.highest_number
    return dropped


def _not_taken(fresh: TimePoint, labels: LabelArray,
               taken: LabelArray) -> tuple[list[tuple[Lesion, Instance]], list[Instance]]:
    """Drop the proposals that meet what is taken; returns the others with their masks, and those it dropped."""
    shown, _ = restore_instances(fresh.lesions, labels, fresh.geometry, fresh.highest_lesion_number)
    found, dropped = [], []
    for lesion in list(fresh.lesions):
        instance = shown.instances[lesion.id]
        if is_free(instance, taken):
            found.append((lesion, instance))
        else:
            labels[instance.box][instance.mask] = 0
            fresh.lesions.remove(lesion)
            dropped.append(instance)
    hidden = [(held, held_instance(held, labels.shape)) for held in fresh.held_back]
    fresh.held_back = [held for held, instance in hidden if is_free(instance, taken)]
    found += [(held.lesion, instance) for held, instance in hidden if held in fresh.held_back]
    return found, dropped


def _rename(found: Iterable[tuple[Lesion, Instance]], former: Iterable[Instance], numbers: InstanceMap) -> None:
    """Give new proposals the ids of the former ones that they share most voxels with, the others ids of their own."""
    free = {instance.id: instance for instance in former}
    for lesion, instance in sorted(found, key=lambda pair: -pair[1].voxel_count):
        shared = {one.id: _common_voxels(one, instance) for one in free.values()
                  if one.layer is instance.layer and boxes_meet(one.box, instance.box)}
        best = max(shared, key=lambda key: shared[key], default="")
        if best and shared[best]:
            lesion.id = best
            del free[best]
        else:
            lesion.id = numbers.next_id(instance.layer)


def _common_voxels(one: Instance, other: Instance) -> int:
    return int(np.count_nonzero(one.mask[relative_box(other.box, one.box)]
                                & other.mask[relative_box(one.box, other.box)]))

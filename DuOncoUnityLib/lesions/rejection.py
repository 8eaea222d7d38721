"""Lesions that a person rejected leave the layers; their masks stay in the record, so that they can come back."""

from __future__ import annotations

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.lesions.components import LabelArray
from DuOncoUnityLib.lesions.instances import InstanceMap
from DuOncoUnityLib.lesions.operating_point import held_instance, is_free
from DuOncoUnityLib.lesions.packing import pack_mask
from DuOncoUnityLib.records.model import REJECTED_BY_PERSON, HeldBack, TimePoint
from DuOncoUnityLib.records.review import reject, restore


def reject_lesion(time_point: TimePoint, instances: InstanceMap, labels: LabelArray, lesion_id: str, reviewer: str,
                  time: str | None = None) -> None:
    """The reviewer says that a lesion is no disease: it leaves lesions and layers, and is kept with its mask.

    Args:
        time_point: changed in place.
        instances: masks of its lesions, changed in place.
        labels: KJI label map with the values of `Layer.label`; the mask is erased in it.
        lesion_id: which lesion.
        reviewer, time: who rejects, and when.

    Raises:
        DuOncoError: there is no such lesion, or the reviewer has no name; nothing was changed.
    """
    lesion = next((one for one in time_point.lesions if one.id == lesion_id), None)
    if lesion is None:
        raise DuOncoError("This lesion is no longer there.")
    reject(lesion, reviewer, time)
    instance = instances.instances.pop(lesion_id)
    labels[instance.box][instance.mask] = 0
    time_point.lesions.remove(lesion)
    time_point.held_back.append(HeldBack(lesion, REJECTED_BY_PERSON, pack_mask(instance.mask)))


def restore_lesion(time_point: TimePoint, instances: InstanceMap, labels: LabelArray, lesion_id: str, reviewer: str,
                   time: str | None = None) -> None:
    """Take a rejection back: the lesion is again where it was, with the status that it had.

    Args: as of `reject_lesion`.

    Raises:
        DuOncoError: the lesion is not rejected, something was drawn in its place since, or the reviewer has no name;
            nothing was changed.
    """
    held = next((one for one in time_point.held_back
                 if one.reason == REJECTED_BY_PERSON and one.lesion.id == lesion_id), None)
    if held is None:
        raise DuOncoError("This lesion is not rejected.")
    instance = held_instance(held, labels.shape)
    if not is_free(instance, labels):
        raise DuOncoError("The lesion cannot be restored: something else was drawn in its place.")
    restore(held.lesion, reviewer, time)
    instances.instances[lesion_id] = instance
    labels[instance.box][instance.mask] = instance.layer.label
    time_point.held_back.remove(held)
    time_point.lesions.append(held.lesion)

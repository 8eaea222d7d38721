"""Which proposals of the network are shown: those from a confidence on that are not impossible.

The others are held back in the record with their masks, so that the threshold moves later without the network, and
every lesion keeps its id, numbers and mask whether it is shown or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import ndimage

from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.lesions.components import ALL_NEIGHBOURS, LabelArray, grow_box, relative_box
from DuOncoUnityLib.lesions.instances import ID_PREFIX, LESION_LAYERS, Instance, InstanceMap, box_of
from DuOncoUnityLib.lesions.packing import pack_mask, unpack_mask
from DuOncoUnityLib.records.model import BELOW_THRESHOLD, Case, HeldBack, Lesion, ReviewStatus, TimePoint
from DuOncoUnityLib.terminology import Layer


@dataclass
class ThresholdMove:
    """What a move of the threshold changed: ids of the lesions shown now, and what is hidden now."""

    shown: list[str] = field(default_factory=list)
    hidden: list[Instance] = field(default_factory=list)


def hold_back(lesions: list[Lesion], instances: InstanceMap, labels: LabelArray, threshold: float,
              reasons: Mapping[str, str]) -> tuple[list[Lesion], list[HeldBack], InstanceMap]:
    """Part new proposals into those that are shown and those that are held back; shown ones get the first numbers.

    Args:
        lesions: all proposals.
        instances: their masks.
        labels: KJI label map; masks that are held back are erased in it.
        threshold: lowest confidence that is shown.
        reasons: rule by which a proposal is suppressed, by its id (`suppression.suppressed`).

    Returns:
        the lesions that are shown, those that are held back, and the masks of the shown ones.
    """
    check_threshold(threshold)
    shown = InstanceMap()
    kept = [lesion for lesion in lesions if lesion.id not in reasons and _passes(lesion, threshold)]
    held_back = [HeldBack(lesion, reasons.get(lesion.id, BELOW_THRESHOLD), pack_mask(instances.mask(lesion.id)[0]))
                 for lesion in lesions if lesion.id in reasons or not _passes(lesion, threshold)]
    for lesion in (*kept, *(held.lesion for held in held_back)):
        former = instances.instances[lesion.id]
        letter = ID_PREFIX[former.layer]
        number = shown.highest_number.get(letter, 0) + 1
        shown.highest_number[letter], lesion.id = number, f"{letter}{number}"
        shown.instances[lesion.id] = replace(former, id=lesion.id)
    for held in held_back:
        instance = shown.instances.pop(held.lesion.id)
        labels[instance.box][instance.mask] = 0
    return kept, held_back, shown


def move_threshold(time_point: TimePoint, instances: InstanceMap, labels: LabelArray, threshold: float,
                   decided: Set[str] = frozenset()) -> ThresholdMove:
    """Show the proposals from a confidence on and hold back the others; what a person touched stays as it is.

    A proposal stays held back where a person has drawn something since.

    Args:
        time_point: changed in place.
        instances: masks of its lesions, changed in place.
        labels: KJI label map in which lesions and nodes have the values of `Layer.label`; changed in place. Hidden
            voxels become 0: the caller knows which tissue lies there.
        threshold: lowest confidence that is shown, 0 to 1.
        decided: ids of lesions on which a person decided elsewhere (`decided_lesions`).

    Raises:
        DuOncoError: the threshold is no probability, or a mask in the record is damaged; nothing was changed.
    """
    check_threshold(threshold)
    move = ThresholdMove()
    rising = [(held, held_instance(held, labels.shape)) for held in time_point.held_back
              if held.reason == BELOW_THRESHOLD and _passes(held.lesion, threshold)]
    for lesion in [one for one in time_point.lesions if not _passes(one, threshold)]:
        if is_touched(lesion) or lesion.id in decided:
            continue
        instance = instances.instances.pop(lesion.id)
        labels[instance.box][instance.mask] = 0
        time_point.lesions.remove(lesion)
        time_point.held_back.append(HeldBack(lesion, BELOW_THRESHOLD, pack_mask(instance.mask)))
        move.hidden.append(instance)
    for held, instance in rising:
        if is_free(instance, labels):
            instances.instances[instance.id] = instance
            labels[instance.box][instance.mask] = instance.layer.label
            time_point.held_back.remove(held)
            time_point.lesions.append(held.lesion)
            move.shown.append(instance.id)
    time_point.confidence_threshold = threshold
    return move


def is_touched(lesion: Lesion) -> bool:
    """Whether a person drew the lesion, or has ever decided anything on it."""
    return lesion.review.status is not ReviewStatus.PROPOSED or bool(lesion.review_history)


def decided_lesions(case: Case, time_point_id: str) -> set[str]:
    """Ids of the lesions of a time point whose tracks a person confirmed, or gave a role, a trait or a reading."""
    named: set[str] = set()
    for reader in case.decisions.readers:
        named.update(role.track_id for role in reader.roles)
        named.update(trait.track_id for trait in reader.traits)
        named.update(reading.track_id for reading in reader.readings)
    return {lesion_id for track in case.tracks for state in track.states
            if state.time_point_id == time_point_id and (track.id in named or state.confirmed_by)
            for lesion_id in state.lesion_ids}


def check_threshold(threshold: float) -> None:
    """Refuse what is no probability.

    Raises:
        DuOncoError: with exit code USAGE.
    """
    if not 0.0 <= threshold <= 1.0:
        raise DuOncoError("The threshold must lie between 0 and 1.", exit_code=ExitCode.USAGE)


def _passes(lesion: Lesion, threshold: float) -> bool:
    return lesion.confidence is None or lesion.confidence >= threshold


def held_instance(held: HeldBack, shape: tuple[int, ...]) -> Instance:
    """The mask of a lesion that is held back, on a scan of this shape (KJI).

    Raises:
        DuOncoError: the record is damaged.
    """
    box = box_of(held.lesion.measurement)
    if any(part.start < 0 or part.stop > size for part, size in zip(box, shape, strict=True)):
        raise DuOncoError("The case record is damaged: a lesion lies outside of the scan.")
    k, j, i = (part.stop - part.start for part in box)
    return Instance(held.lesion.id, Layer(held.lesion.layer), box, unpack_mask(held.mask, (k, j, i)))


def is_free(instance: Instance, labels: LabelArray) -> bool:
    """Whether the mask meets no lesion or node of the label map, and would not join one of its own layer."""
    if np.isin(labels[instance.box][instance.mask], [layer.label for layer in LESION_LAYERS]).any():
        return False
    around = grow_box(instance.box, labels.shape)
    own = labels[around] == instance.layer.label
    if not own.any():
        return True
    grown = np.zeros(own.shape, bool)
    grown[relative_box(instance.box, around)] = instance.mask
    return not (ndimage.binary_dilation(grown, ALL_NEIGHBOURS) & own).any()

"""Which part of an edited mask inherits the id of which lesion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from DuOncoUnityLib.lesions.components import Box, Component


@dataclass
class InstanceChanges:
    """What became of the lesions after the masks were edited; every id is in one of the groups at most.

    Attributes:
        changed: same lesion, other voxels.
        added: lesions that had no voxel before.
        erased: lesions without a voxel now.
        split: parts cut off a lesion, with the id of the lesion they were part of.
        merged: lesions that were joined to another one, with the id they are part of now.
    """

    changed: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    split: dict[str, str] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)

    @property
    def to_measure(self) -> list[str]:
        """Ids of all lesions whose voxels are not those of before."""
        return [*self.changed, *self.added, *self.split]


class FormerLesion(NamedTuple):
    """A lesion as it was before an edit."""

    id: str
    box: Box
    voxel_count: int


def inherit_ids(former: Sequence[FormerLesion], components: Sequence[Component], shares: Sequence[Mapping[str, int]],
                new_id: Callable[[Component], str]) -> tuple[dict[str, Component], InstanceChanges]:
    """Decide which id every component gets.

    A lesion lives on in the component that holds most of its voxels. Where several lesions live on in one component, it
    gets the id of the largest. All other components get new ids.

    Args:
        former: the lesions of before.
        components: what is there now.
        shares: for every component, how many voxels it holds of which former lesions.
        new_id: gives an id that was never used.

    Returns:
        the components by their ids, and what happened.
    """
    heir = _heirs(former, shares)
    changes = InstanceChanges(erased=[one.id for one in former if one.id not in heir])
    assigned: dict[int, str] = {}
    id_now: dict[str, str] = {}
    for lesion in sorted(former, key=lambda one: -one.voxel_count):
        if lesion.id not in heir:
            continue
        n = heir[lesion.id]
        if n in assigned:
            changes.merged[lesion.id] = assigned[n]
        else:
            assigned[n] = lesion.id
            if not _is_same(lesion, components[n], shares[n]):
                changes.changed.append(lesion.id)
        id_now[lesion.id] = assigned[n]
    for n, component in enumerate(components):
        if n not in assigned:
            assigned[n] = new_id(component)
            if shares[n]:
                changes.split[assigned[n]] = id_now[max(shares[n], key=lambda one: shares[n][one])]
            else:
                changes.added.append(assigned[n])
    return {assigned[n]: component for n, component in enumerate(components)}, changes


def _heirs(former: Sequence[FormerLesion], shares: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Number of the component in which each lesion lives on; lesions without a voxel left are missing."""
    most: dict[str, tuple[int, int]] = {}
    for n, share in enumerate(shares):
        for lesion_id, count in share.items():
            if count > most.get(lesion_id, (0, 0))[0]:
                most[lesion_id] = count, n
    return {lesion.id: most[lesion.id][1] for lesion in former if lesion.id in most}


def _is_same(lesion: FormerLesion, component: Component, share: Mapping[str, int]) -> bool:
    count = int(np.count_nonzero(component.mask))
    return component.box == lesion.box and count == lesion.voxel_count == share[lesion.id]

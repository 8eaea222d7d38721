"""Which lesion every voxel belongs to, under ids that stay the same while the masks are edited.

Ids are a letter for the layer and a number ("L1", "N2"); a number that was given once is never given again within a
time point, also after its lesion was erased.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.components import (
    BoolArray,
    Box,
    Component,
    LabelArray,
    boxes_meet,
    components_of,
    connected_components,
    grow_box,
    join_boxes,
    relative_box,
)
from DuOncoUnityLib.lesions.identity import FormerLesion, InstanceChanges, inherit_ids
from DuOncoUnityLib.records.model import Lesion, Measurement
from DuOncoUnityLib.terminology import Layer

LESION_LAYERS = (Layer.LESION, Layer.LYMPH_NODE)
ID_PREFIX = {Layer.LESION: "L", Layer.LYMPH_NODE: "N"}

_LAYER_OF_LABEL = {layer.label: layer for layer in LESION_LAYERS}
_LABELS = tuple(_LAYER_OF_LABEL)

# a mask in more pieces than any patient has lesions is not one of lesions, and would keep the program busy for minutes
MOST_LESIONS = 10_000


@dataclass(frozen=True, eq=False)
class Instance:
    """One lesion.

    Attributes:
        box: the smallest box that holds it, slices for (k, j, i).
        mask: which voxels of the box belong to it.
    """

    id: str
    layer: Layer
    box: Box
    mask: BoolArray

    @cached_property
    def voxel_count(self) -> int:
        return int(np.count_nonzero(self.mask))


@dataclass
class InstanceMap:
    """All lesions of a scan; masks are kept cut to their boxes, which takes little memory on the largest scans.

    Attributes:
        instances: by id.
        highest_number: highest number ever used in an id, by its letter.
    """

    instances: dict[str, Instance] = field(default_factory=dict)
    highest_number: dict[str, int] = field(default_factory=dict)

    def mask(self, lesion_id: str) -> tuple[BoolArray, Box]:
        """The mask of a lesion, cut to its box, and the box."""
        instance = self.instances[lesion_id]
        return instance.mask, instance.box

    def at(self, index_ijk: tuple[int, int, int]) -> str | None:
        """Id of the lesion at a voxel (i, j, k)."""
        i, j, k = index_ijk
        voxel = slice(k, k + 1), slice(j, j + 1), slice(i, i + 1)
        return next((one.id for one in self.instances.values() if _touches(one, voxel)), None)

    def new_id(self, component: Component) -> str:
        """The next unused id for a component."""
        return self.next_id(_LAYER_OF_LABEL[component.value])

    def next_id(self, layer: Layer) -> str:
        """The next unused id of a layer."""
        letter = ID_PREFIX[layer]
        self.highest_number[letter] = self.highest_number.get(letter, 0) + 1
        return f"{letter}{self.highest_number[letter]}"

    def add(self, lesion_id: str, component: Component) -> None:
        """Enter a component under an id."""
        if len(self.instances) == MOST_LESIONS:
            raise DuOncoError(f"The segmentation falls into more than {MOST_LESIONS} separate lesions; "
                              "it does not look like a segmentation of lesions.")
        self.instances[lesion_id] = Instance(lesion_id, _LAYER_OF_LABEL[component.value], component.box, component.mask)


def number_instances(labels: LabelArray, geometry: Geometry, smallest_ml: float = 0.0) -> InstanceMap:
    """Find the lesions and lymph nodes of a new segmentation and number them from head to feet.

    Args:
        labels: KJI label map with the values of `Layer.label`.
        geometry: its grid.
        smallest_ml: proposals of the network below this volume are specks: they are erased, in `labels` too. Leave 0
            for what a person drew.
    """
    found = []
    for component in connected_components(labels, _LABELS):
        if np.count_nonzero(component.mask) * geometry.voxel_volume_ml < smallest_ml:
            labels[component.box][component.mask] = 0
        else:
            found.append(component)
    instances = InstanceMap()
    for component in _head_to_feet(found, geometry):
        instances.add(instances.new_id(component), component)
    return instances


def update_instances(instances: InstanceMap, labels: LabelArray, edited: Box) -> InstanceChanges:
    """Follow an edit of the masks; only lesions that reach into the edited box are looked at.

    The larger part of a split lesion keeps the id and the other parts get new ones; joined lesions get the id of
    the largest of them; untouched lesions keep everything.

    Args:
        instances: the map from before the edit, brought up to date in place.
        labels: KJI label map after the edit.
        edited: a box that holds all edited voxels (`changed_box`).
    """
    near = grow_box(edited, labels.shape)
    touched = [one for one in instances.instances.values() if _touches(one, near)]
    region = join_boxes([near, *(one.box for one in touched)])
    former = np.zeros([part.stop - part.start for part in region], np.uint16)
    for number, one in enumerate(touched, start=1):
        former[relative_box(one.box, region)][one.mask] = number
    free = former > 0
    free[relative_box(edited, region)] = True
    current = np.where(free, labels[region], 0)
    components = [part for label in _LABELS for part in components_of(current == label, region, label)]
    shares = []
    for part in components:
        counts = np.bincount(former[relative_box(part.box, region)][part.mask])
        shares.append({one.id: int(count) for one, count in zip(touched, counts[1:], strict=False)
                       if count and one.layer.label == part.value})
    assigned, changes = inherit_ids([FormerLesion(one.id, one.box, one.voxel_count) for one in touched], components,
                                    shares, instances.new_id)
    for one in touched:
        del instances.instances[one.id]
    for lesion_id, component in assigned.items():
        instances.add(lesion_id, component)
    return changes


def restore_instances(lesions: Sequence[Lesion], labels: LabelArray, geometry: Geometry,
                      highest_number: dict[str, int]) -> tuple[InstanceMap, InstanceChanges]:
    """Find the lesions of a record again in its label map, as after reopening it or editing it elsewhere.

    A lesion is the component that holds its seed voxel, else the one with most voxels in its bounding box. Components
    that nobody claims are added.

    Args:
        lesions: the record of the time point.
        labels: KJI label map.
        geometry: its grid.
        highest_number: `TimePoint.highest_lesion_number`.
    """
    components = _head_to_feet(connected_components(labels, _LABELS), geometry)
    former = [FormerLesion(lesion.id, box_of(lesion.measurement), lesion.measurement.voxel_count)
              for lesion in lesions]
    shares: list[dict[str, int]] = [{} for _ in components]
    for lesion, (_, box, voxel_count) in zip(lesions, former, strict=True):
        found = _find(lesion, box, components)
        if found is not None:
            shares[found][lesion.id] = voxel_count
    instances = InstanceMap(highest_number=_highest_numbers(lesions, highest_number))
    assigned, changes = inherit_ids(former, components, shares, instances.new_id)
    for lesion_id, component in assigned.items():
        instances.add(lesion_id, component)
    return instances, changes


def changed_box(former: LabelArray, labels: LabelArray) -> Box | None:
    """The smallest box that holds every voxel in which two label maps (KJI) differ; None where they are equal."""
    slices = [k for k in range(labels.shape[0]) if not np.array_equal(former[k], labels[k])]
    if not slices:
        return None
    k = slice(slices[0], slices[-1] + 1)
    differs = np.zeros(labels.shape[1:], bool)
    for index in slices:
        differs |= former[index] != labels[index]
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    return k, slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _highest_numbers(lesions: Iterable[Lesion], recorded: Mapping[str, int]) -> dict[str, int]:
    """The recorded highest numbers, but never below a number in use: an id that is there must not be given again."""
    highest = dict(recorded)
    for lesion in lesions:
        letter, number = lesion.id[:1], lesion.id[1:]
        if number.isdecimal():
            highest[letter] = max(int(number), highest.get(letter, 0))
    return highest


def _touches(instance: Instance, box: Box) -> bool:
    """Whether the lesion has a voxel in the box."""
    return bool(instance.mask[relative_box(box, instance.box)].any())


def box_of(measurement: Measurement) -> Box:
    """Where the mask of a lesion lies: slices for (k, j, i)."""
    i0, j0, k0, i1, j1, k1 = measurement.bounding_box_ijk
    return slice(k0, k1 + 1), slice(j0, j1 + 1), slice(i0, i1 + 1)


def _head_to_feet(components: Iterable[Component], geometry: Geometry) -> list[Component]:
    """Sorted by the centre of the box: from head to feet, at one height from right to left, then front to back."""
    def key(component: Component) -> tuple[float, float, float]:
        centre = [(part.start + part.stop - 1) / 2 for part in component.box[::-1]]
        left, posterior, superior = np.round(geometry.index_to_world(centre), 3)
        return -superior, left, posterior

    return sorted(components, key=key)


def _find(lesion: Lesion, box: Box, components: Sequence[Component]) -> int | None:
    """Number of the component of the same layer that holds the seed voxel, else of that with most voxels in the box."""
    i, j, k = lesion.measurement.seed_ijk
    seed = slice(k, k + 1), slice(j, j + 1), slice(i, i + 1)
    best, most = None, 0
    for n, component in enumerate(components):
        if _LAYER_OF_LABEL[component.value].value == lesion.layer and boxes_meet(box, component.box):
            if component.mask[relative_box(seed, component.box)].any():
                return n
            count = int(np.count_nonzero(component.mask[relative_box(box, component.box)]))
            if count > most:
                best, most = n, count
    return best

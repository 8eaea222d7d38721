"""Which lesion every voxel belongs to, under ids that stay the same while the masks are edited.

Ids are a letter for the layer and a number ("L1", "N2"); a number that was given once is never given again within a
time point, also after its lesion was erased.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.components import (
    BoolArray,
    Box,
    Component,
    LabelArray,
    components_of,
    connected_components,
    grow_box,
    join_boxes,
    relative_box,
)
from DuOncoUnityLib.records.model import Lesion, Measurement
from DuOncoUnityLib.terminology import Layer

LESION_LAYERS = (Layer.LESION, Layer.LYMPH_NODE)
ID_PREFIX = {Layer.LESION: "L", Layer.LYMPH_NODE: "N"}

_LAYER_OF_LABEL = {layer.label: layer for layer in LESION_LAYERS}
LABELS = tuple(_LAYER_OF_LABEL)
_MOST_INSTANCES = int(np.iinfo(np.uint16).max)


@dataclass(frozen=True)
class Instance:
    """One lesion in an instance map: its value there, its smallest box (slices for k, j, i) and its size."""

    id: str
    layer: Layer
    index: int
    box: Box
    voxel_count: int


@dataclass
class InstanceMap:
    """All lesions of a scan.

    Attributes:
        indices: uint16, KJI on the grid of the scan: `Instance.index` of the lesion of every voxel, 0 for none.
        instances: by id.
        highest_number: highest number ever used in an id, by its letter.
    """

    indices: npt.NDArray[np.uint16]
    instances: dict[str, Instance] = field(default_factory=dict)
    highest_number: dict[str, int] = field(default_factory=dict)

    def mask(self, lesion_id: str) -> tuple[BoolArray, Box]:
        """The mask of a lesion, cut to its box, and the box."""
        instance = self.instances[lesion_id]
        return self.indices[instance.box] == instance.index, instance.box

    def at(self, index_ijk: Sequence[int]) -> str | None:
        """Id of the lesion at a voxel (i, j, k)."""
        index = int(self.indices[tuple(index_ijk)[::-1]])
        return next((one.id for one in self.instances.values() if one.index == index), None) if index else None

    def new_id(self, layer: Layer) -> str:
        """The next unused id of a layer."""
        letter = ID_PREFIX[layer]
        self.highest_number[letter] = self.highest_number.get(letter, 0) + 1
        return f"{letter}{self.highest_number[letter]}"

    def add(self, lesion_id: str, component: Component) -> None:
        """Enter a component under an id."""
        used = {one.index for one in self.instances.values()}
        if len(used) == _MOST_INSTANCES:
            raise DuOncoError(f"The segmentation falls into more than {_MOST_INSTANCES} separate lesions; "
                              "it does not look like a lesion segmentation.")
        index = max(used, default=0) + 1
        if index > _MOST_INSTANCES:
            index = next(free for free in range(1, _MOST_INSTANCES + 1) if free not in used)
        self.indices[component.box][component.mask] = index
        layer = _LAYER_OF_LABEL[component.value]
        self.instances[lesion_id] = Instance(lesion_id, layer, index, component.box,
                                             int(np.count_nonzero(component.mask)))

    def remove(self, lesion_id: str) -> None:
        """Take a lesion out of the map."""
        mask, box = self.mask(lesion_id)
        self.indices[box][mask] = 0
        del self.instances[lesion_id]


@dataclass
class InstanceChanges:
    """What became of the lesions after the masks were edited; ids, each in one of the groups.

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


def number_instances(labels: LabelArray, geometry: Geometry, smallest_ml: float = 0.0) -> InstanceMap:
    """Find the lesions and lymph nodes of a new segmentation and number them from head to feet.

    Args:
        labels: KJI label map with the values of `Layer.label`.
        geometry: its grid.
        smallest_ml: proposals of the network below this volume are specks: they are erased, in `labels` too. Leave 0
            for what a person drew.
    """
    found = []
    for component in connected_components(labels, LABELS):
        if np.count_nonzero(component.mask) * geometry.voxel_volume_ml < smallest_ml:
            labels[component.box][component.mask] = 0
        else:
            found.append(component)
    instances = InstanceMap(np.zeros(labels.shape, np.uint16))
    for component in _head_to_feet(found, geometry):
        instances.add(instances.new_id(_LAYER_OF_LABEL[component.value]), component)
    return instances


def update_instances(instances: InstanceMap, labels: LabelArray, box: Box | None = None) -> InstanceChanges:
    """Follow an edit of the masks; only lesions that reach into the edited box are looked at.

    The larger part of a split lesion keeps the id and the other parts get new ones; joined lesions get the id of
    the largest of them; untouched lesions keep everything.

    Args:
        instances: the map from before the edit, brought up to date in place.
        labels: KJI label map after the edit.
        box: where voxels were edited (see `changed_box`); None for anywhere.
    """
    edited = box or (slice(0, labels.shape[0]), slice(0, labels.shape[1]), slice(0, labels.shape[2]))
    near = grow_box(edited, labels.shape)
    indices_near = set(np.unique(instances.indices[near]).tolist())
    touched = {one.index: one for one in instances.instances.values() if one.index in indices_near}
    region = join_boxes([near, *(one.box for one in touched.values())])
    former = instances.indices[region].copy()
    free = np.isin(former, list(touched))
    free[relative_box(edited, region)] = True
    current = np.where(free, labels[region], 0)
    components = [part for label in LABELS for part in components_of(current == label, region, label)]
    shares = []
    for part in components:
        counts = np.bincount(former[relative_box(part.box, region)][part.mask])
        shares.append({touched[index].id: int(counts[index]) for index in np.flatnonzero(counts).tolist()
                       if index in touched and touched[index].layer.label == part.value})
    assigned, changes = _assign_ids(list(touched.values()), components, shares, instances)
    for one in touched.values():
        instances.remove(one.id)
    for lesion_id, component in assigned:
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
    components = _head_to_feet(connected_components(labels, LABELS), geometry)
    former = [Instance(lesion.id, Layer(lesion.layer), 0, box_of_record(lesion.measurement),
                       lesion.measurement.voxel_count) for lesion in lesions]
    shares: list[dict[str, int]] = [{} for _ in components]
    for lesion, instance in zip(lesions, former, strict=True):
        same_layer = [n for n, part in enumerate(components) if part.value == instance.layer.label]
        best = max(same_layer, default=None,
                   key=lambda n: _likeness(components[n], lesion.measurement.seed_ijk[::-1], instance.box))
        if best is not None and any(_likeness(components[best], lesion.measurement.seed_ijk[::-1], instance.box)):
            shares[best][lesion.id] = instance.voxel_count
    instances = InstanceMap(np.zeros(labels.shape, np.uint16), {}, dict(highest_number))
    assigned, changes = _assign_ids(former, components, shares, instances)
    for lesion_id, component in assigned:
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


def box_of_record(measurement: Measurement) -> Box:
    """The bounding box of a measurement as slices for (k, j, i)."""
    i0, j0, k0, i1, j1, k1 = measurement.bounding_box_ijk
    return slice(k0, k1 + 1), slice(j0, j1 + 1), slice(i0, i1 + 1)


def _head_to_feet(components: Iterable[Component], geometry: Geometry) -> list[Component]:
    """Sorted by the centre of the box: from head to feet, at one height from right to left, then front to back."""
    def key(component: Component) -> tuple[float, float, float]:
        centre = [(part.start + part.stop - 1) / 2 for part in component.box[::-1]]
        left, posterior, superior = np.round(geometry.index_to_world(centre), 3)
        return -superior, left, posterior

    return sorted(components, key=key)


def _likeness(component: Component, seed_kji: Sequence[int], box: Box) -> tuple[bool, int]:
    """Whether the component holds the seed voxel, and how many of its voxels lie in the box."""
    local_seed = tuple(index - part.start for index, part in zip(seed_kji, component.box, strict=True))
    inside = all(0 <= index < size for index, size in zip(local_seed, component.mask.shape, strict=True))
    shared = relative_box(box, component.box)
    return inside and bool(component.mask[local_seed]), int(np.count_nonzero(component.mask[shared]))


def _assign_ids(former: Sequence[Instance], components: Sequence[Component], shares: Sequence[dict[str, int]],
                instances: InstanceMap) -> tuple[list[tuple[str, Component]], InstanceChanges]:
    """Decide which id every component gets.

    Args:
        former: the lesions of before.
        components: what is there now.
        shares: for every component, how many voxels of which former lesions it holds.
        instances: gives new ids.
    """
    by_id = {one.id: one for one in former}
    heir = {one.id: max(range(len(components)), key=lambda n: shares[n].get(one.id, 0)) for one in former
            if any(one.id in share for share in shares)}
    changes = InstanceChanges(erased=[one.id for one in former if one.id not in heir])
    final_id: dict[str, str] = {}
    assigned: dict[int, str] = {}
    for n, component in enumerate(components):
        claimants = [one for one in former if heir.get(one.id) == n]
        if not claimants:
            continue
        kept = max(claimants, key=lambda one: one.voxel_count)
        assigned[n] = kept.id
        final_id |= {one.id: kept.id for one in claimants}
        changes.merged |= {one.id: kept.id for one in claimants if one is not kept}
        same = (component.box == kept.box and np.count_nonzero(component.mask) == kept.voxel_count
                == shares[n][kept.id])
        if not same:
            changes.changed.append(kept.id)
    for n, component in enumerate(components):
        if n in assigned:
            continue
        assigned[n] = instances.new_id(_LAYER_OF_LABEL[component.value])
        if shares[n]:
            parent = max(shares[n], key=lambda lesion_id: (shares[n][lesion_id], by_id[lesion_id].voxel_count))
            changes.split[assigned[n]] = final_id[parent]
        else:
            changes.added.append(assigned[n])
    return [(assigned[n], component) for n, component in enumerate(components)], changes

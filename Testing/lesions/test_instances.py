"""Identities of lesions: found, numbered, and kept through edits and reopening."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.components import ALL_NEIGHBOURS, Box, connected_components
from DuOncoUnityLib.lesions.identity import InstanceChanges
from DuOncoUnityLib.lesions.instances import (
    InstanceMap,
    changed_box,
    number_instances,
    restore_instances,
    update_instances,
)
from DuOncoUnityLib.lesions.measure import measure_lesion
from DuOncoUnityLib.records.model import Lesion
from DuOncoUnityLib.terminology import Layer

GRID = Geometry((40, 50, 60), (0.8, 0.8, 2.0), (5.0, -6.0, 7.0))
EVERYWHERE = slice(0, 40), slice(0, 50), slice(0, 60)


def empty() -> np.ndarray:
    return np.zeros(GRID.shape, np.uint8)


@pytest.fixture
def labels() -> np.ndarray:
    """Three lesions from head to feet and a node that touches the second."""
    array = empty()
    array[30:34, 5:15, 5:15] = 1
    array[15:20, 20:30, 20:40] = 1
    array[15:20, 30:34, 20:30] = 2
    array[2:5, 40:45, 50:55] = 1
    array[0:20, 0:3, :] = Layer.MUSCLE.label
    return array


def lesions_of(instances: InstanceMap) -> list[Lesion]:
    ct = CTVolume(np.zeros(GRID.shape, np.int16), GRID)
    return [Lesion(one.id, one.layer.value, "", measure_lesion(*instances.mask(one.id), ct))
            for one in instances.instances.values()]


def boxes(instances: InstanceMap) -> dict[str, Box]:
    return {one.id: one.box for one in instances.instances.values()}


def assert_map_is_sound(instances: InstanceMap, labels: np.ndarray) -> None:
    """Every lesion voxel belongs to exactly one instance, which is one connected component of its layer."""
    painted = np.zeros_like(labels)
    for instance in instances.instances.values():
        mask, box = instances.mask(instance.id)
        assert ndimage.find_objects(mask.astype(np.uint8))[0] == tuple(slice(0, n) for n in mask.shape)
        assert ndimage.label(mask, ALL_NEIGHBOURS)[1] == 1
        assert not painted[box][mask].any()
        painted[box][mask] = instance.layer.label
    np.testing.assert_array_equal(painted, np.where(labels <= 2, labels, 0))
    number = sum(ndimage.label(labels == layer.label, ALL_NEIGHBOURS)[1] for layer in (Layer.LESION, Layer.LYMPH_NODE))
    assert len(instances.instances) == number


def test_lesions_are_numbered_from_head_to_feet_and_layers_stay_apart(labels: np.ndarray) -> None:
    instances = number_instances(labels, GRID)
    assert_map_is_sound(instances, labels)
    assert set(instances.instances) == {"L1", "L2", "L3", "N1"}
    assert instances.at((6, 6, 31)) == "L1"
    assert instances.at((25, 25, 17)) == "L2"
    assert instances.at((25, 31, 17)) == "N1"
    assert instances.at((51, 41, 3)) == "L3"
    assert instances.at((0, 0, 0)) is None


def test_numbers_do_not_depend_on_the_storage_order(labels: np.ndarray) -> None:
    feet_first = Geometry(GRID.shape, GRID.spacing_mm, (5.0, -6.0, 7.0 + 2.0 * 39), (1.0, 0, 0, 0, 1.0, 0, 0, 0, -1.0))
    first = number_instances(labels, GRID)
    second = number_instances(np.ascontiguousarray(labels[::-1]), feet_first)
    assert second.at((6, 6, 39 - 31)) == first.at((6, 6, 31)) == "L1"
    assert second.at((51, 41, 39 - 3)) == first.at((51, 41, 3)) == "L3"


def test_specks_of_the_network_are_erased(labels: np.ndarray) -> None:
    labels[38, 48, 2] = 1
    assert len(number_instances(labels.copy(), GRID).instances) == 5
    assert len(number_instances(labels, GRID, smallest_ml=0.01).instances) == 4
    assert labels[38, 48, 2] == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2 ** 32), st.floats(0.0, 0.08))
def test_components_equal_those_of_the_whole_array(seed: int, density: float) -> None:
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random((19, 37, 45)) < density, rng.integers(1, 4, (19, 37, 45)), 0).astype(np.uint8)
    found = list(connected_components(labels, (1, 2)))
    painted = np.zeros_like(labels)
    for component in found:
        assert not np.any(painted[component.box][component.mask])
        painted[component.box][component.mask] = component.value
    np.testing.assert_array_equal(painted, np.where(labels == 3, 0, labels))
    assert len(found) == sum(ndimage.label(labels == value, ALL_NEIGHBOURS)[1] for value in (1, 2))


def test_growing_a_lesion_changes_only_that_lesion(labels: np.ndarray) -> None:
    instances = number_instances(labels, GRID)
    former = labels.copy()
    labels[34, 5:9, 5:9] = 1
    changes = update_instances(instances, labels, changed_box(former, labels))
    assert changes == InstanceChanges(changed=["L1"])
    assert instances.instances["L1"].voxel_count == 416
    assert_map_is_sound(instances, labels)


def test_split_keeps_the_id_on_the_larger_part(labels: np.ndarray) -> None:
    instances = number_instances(labels, GRID)
    former = labels.copy()
    labels[15:20, 20:30, 26] = 0
    changes = update_instances(instances, labels, changed_box(former, labels))
    assert changes == InstanceChanges(changed=["L2"], split={"L4": "L2"})
    assert instances.at((22, 25, 17)) == "L4"
    assert instances.at((35, 25, 17)) == "L2"
    assert_map_is_sound(instances, labels)


def test_merge_keeps_the_id_of_the_larger_lesion(labels: np.ndarray) -> None:
    instances = number_instances(labels, GRID)
    former = labels.copy()
    labels[5:16, 35:42, 38:52] = 1
    labels[15, 29:36, 38] = 1
    changes = update_instances(instances, labels, changed_box(former, labels))
    assert changes == InstanceChanges(changed=["L2"], merged={"L3": "L2"})
    assert_map_is_sound(instances, labels)


def test_erased_and_added_lesions_and_ids_are_never_reused(labels: np.ndarray) -> None:
    instances = number_instances(labels, GRID)
    former = labels.copy()
    labels[2:5] = 0
    assert update_instances(instances, labels, changed_box(former, labels)) == InstanceChanges(erased=["L3"])
    former = labels.copy()
    labels[36, 40, 40] = 1
    assert update_instances(instances, labels, changed_box(former, labels)) == InstanceChanges(added=["L4"])
    assert_map_is_sound(instances, labels)


def test_a_lesion_repainted_as_node_gets_a_new_id(labels: np.ndarray) -> None:
    instances = number_instances(labels, GRID)
    former = labels.copy()
    labels[30:34, 5:15, 5:15] = 2
    changes = update_instances(instances, labels, changed_box(former, labels))
    assert changes == InstanceChanges(added=["N2"], erased=["L1"])
    assert_map_is_sound(instances, labels)


def test_nothing_changes_without_an_edit(labels: np.ndarray) -> None:
    instances = number_instances(labels, GRID)
    assert changed_box(labels, labels.copy()) is None
    assert update_instances(instances, labels, EVERYWHERE) == InstanceChanges()
    assert_map_is_sound(instances, labels)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2 ** 32))
def test_any_sequence_of_edits_keeps_the_map_sound(seed: int) -> None:
    """Random boxes painted and erased; with the edited box or all of the scan, the outcome is the same."""
    rng = np.random.default_rng(seed)
    labels = empty()
    instances, other = number_instances(labels, GRID), number_instances(labels, GRID)
    seen: set[str] = set()
    for _ in range(8):
        former = labels.copy()
        start = [int(rng.integers(0, n - 8)) for n in GRID.shape]
        box = tuple(slice(a, a + int(rng.integers(1, 8))) for a in start)
        labels[box] = rng.choice([0, 1, 1, 2])
        before = set(instances.instances)
        changes = update_instances(instances, labels, changed_box(former, labels) or box)
        assert sorted(update_instances(other, labels, EVERYWHERE).to_measure) == sorted(changes.to_measure)
        assert_map_is_sound(instances, labels)
        new = set(changes.added) | set(changes.split)
        assert set(instances.instances) == (before | new) - set(changes.erased) - set(changes.merged)
        assert not new & seen
        seen |= new | before
    assert boxes(other) == boxes(instances)


def test_restored_record_has_the_same_ids(labels: np.ndarray) -> None:
    instances = number_instances(labels, GRID)
    restored, changes = restore_instances(lesions_of(instances), labels, GRID, instances.highest_number)
    assert changes == InstanceChanges()
    assert boxes(restored) == boxes(instances)
    assert_map_is_sound(restored, labels)


def test_restored_after_editing_elsewhere(labels: np.ndarray) -> None:
    """One lesion shrunk away from its seed, one erased, one new: found by place, reported, never renumbered."""
    instances = number_instances(labels, GRID)
    record = lesions_of(instances)
    labels[15:20, 20:30, 24:40] = 0
    labels[2:5] = 0
    labels[37:39, 45:48, 2:5] = 1
    restored, changes = restore_instances(record, labels, GRID, instances.highest_number)
    assert changes == InstanceChanges(changed=["L2"], erased=["L3"], added=["L4"])
    assert restored.at((21, 25, 17)) == "L2"
    assert_map_is_sound(restored, labels)


def test_ids_in_use_are_not_given_again_even_if_the_record_lost_its_highest_numbers(labels: np.ndarray) -> None:
    record = lesions_of(number_instances(labels, GRID))
    labels[37:39, 45:48, 2:5] = 1
    _, changes = restore_instances(record, labels, GRID, {})
    assert changes.added == ["L4"]


def test_restored_merge_keeps_the_larger(labels: np.ndarray) -> None:
    instances = number_instances(labels, GRID)
    record = lesions_of(instances)
    labels[3:20, 25:45, 30:55] = 1
    _, changes = restore_instances(record, labels, GRID, instances.highest_number)
    assert changes.merged == {"L3": "L2"}
    assert changes.changed == ["L2"]

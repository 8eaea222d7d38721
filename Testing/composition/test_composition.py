"""Muscle and fat: what counts as which tissue, and the figures of a body whose areas are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.anatomy.levels import VertebralLevel
from DuOncoUnityLib.composition.figures import body_composition
from DuOncoUnityLib.composition.tissues import SKIN_MM, compose_layers, tissues_in
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.records.model import Acquisition
from DuOncoUnityLib.terminology import Layer

INDEX = {"muscle": 1, "subcutaneous_tissue": 2, "peritoneum_retroperitoneum": 3, "liver": 4}


def body(geometry: Geometry, height_m: float | None = 1.70) -> tuple[CTVolume, LabelMap]:
    """Columns along the patient's left: muscle 55 HU, then fat inside muscle, skin fat, belly fat, liver."""
    hu, labels = np.full(geometry.shape, -1000, np.int16), np.zeros(geometry.shape, np.uint8)
    hu_view, _ = geometry.to_patient_order(hu)
    label_view, _ = geometry.to_patient_order(labels)
    for column, (organ, density) in enumerate([("muscle", 55), ("muscle", -100), ("subcutaneous_tissue", -105),
                                               ("peritoneum_retroperitoneum", -95), ("liver", 60)]):
        hu_view[:, :, column] = density
        label_view[:, :, column] = INDEX[organ]
    volume = CTVolume(hu, geometry, Acquisition(patient_height_m=height_m))
    return volume, LabelMap(labels, geometry, INDEX)


def fat_in_air(geometry: Geometry) -> tuple[CTVolume, LabelMap]:
    """A block of tissue that is as dense as fat up to its surface, in air of one voxel all around."""
    hu, labels = np.full(geometry.shape, -1000, np.int16), np.zeros(geometry.shape, np.uint8)
    hu[1:-1, 1:-1, 1:-1] = -100
    labels[1:-1, 1:-1, 1:-1] = INDEX["subcutaneous_tissue"]
    return CTVolume(hu, geometry), LabelMap(labels, geometry, INDEX)


LEVEL = VertebralLevel("L3", 4, 10.0, 7.0, (2, 7))


@pytest.mark.parametrize(("organ", "hu", "layer"), [
    ("muscle", -30, Layer.INTERMUSCULAR_FAT), ("muscle", -29, Layer.MUSCLE), ("muscle", 150, Layer.MUSCLE),
    ("muscle", 151, None), ("muscle", -190, Layer.INTERMUSCULAR_FAT), ("muscle", -191, None),
    ("subcutaneous_tissue", -30, Layer.SUBCUTANEOUS_FAT), ("subcutaneous_tissue", -29, None),
    ("peritoneum_retroperitoneum", -150, Layer.VISCERAL_FAT), ("peritoneum_retroperitoneum", -50, Layer.VISCERAL_FAT),
    ("peritoneum_retroperitoneum", -49, None), ("liver", 50, None),
])
def test_density_windows_include_both_ends(organ: str, hu: int, layer: Layer | None) -> None:
    geometry = Geometry((1, 1, 1), (1.0, 1.0, 1.0))
    anatomy = LabelMap(np.full((1, 1, 1), INDEX[organ], np.uint8), geometry, INDEX)
    volume = CTVolume(np.full((1, 1, 1), hu, np.int16), geometry)
    value = compose_layers(volume, anatomy, np.zeros((1, 1, 1), np.uint8))[0, 0, 0]
    assert value == (layer.label if layer else 0)


@pytest.mark.parametrize("spacing_mm", [(0.7, 0.7, 5.0), (1.0, 2.0, 2.5), (3.0, 3.0, 3.0)])
def test_skin_that_looks_like_fat_is_none(spacing_mm: tuple[float, float, float]) -> None:
    """Voxels that begin in the skin, 1.6 mm thick (ICRP Publication 89: 3.3 kg on 1.9 m2)."""
    volume, anatomy = fat_in_air(Geometry((9, 10, 11), spacing_mm))
    fat = compose_layers(volume, anatomy, np.zeros(volume.hu.shape, np.uint8)) == Layer.SUBCUTANEOUS_FAT.label
    for axis, spacing in enumerate(spacing_mm[::-1]):
        begin_in_skin = sum((n - 0.5) * spacing < SKIN_MM for n in range(1, 5))
        depth = 1 + begin_in_skin
        along = np.flatnonzero(fat.any(axis=tuple(other for other in range(3) if other != axis)))
        assert along[0] == depth and along[-1] == fat.shape[axis] - 1 - depth


def test_skin_that_the_network_calls_muscle_is_none() -> None:
    """Of muscle from air to air the outermost voxel of 1 mm and the next one begin in the skin, the third does not."""
    geometry = Geometry((1, 1, 11), (1.0, 1.0, 1.0))
    labels = np.full(geometry.shape, INDEX["muscle"], np.uint8)
    hu = np.full(geometry.shape, 50, np.int16)
    labels[..., [0, -1]], hu[..., [0, -1]] = 0, -1000
    nowhere = np.zeros(geometry.shape, np.uint8)
    layers = compose_layers(CTVolume(hu, geometry), LabelMap(labels, geometry, INDEX), nowhere)
    np.testing.assert_array_equal(np.flatnonzero(layers == Layer.MUSCLE.label), range(3, 8))


@pytest.mark.parametrize("organ", [0, INDEX["subcutaneous_tissue"]])
@pytest.mark.parametrize("mattress_hu", [-700, -300, -191])
def test_the_skin_on_a_mattress_is_skin(mattress_hu: int, organ: int) -> None:
    """Foam, and voxels that hold a part of it, are lighter than fat (voxels of 3 mm)."""
    geometry = Geometry((1, 1, 8), (3.0, 3.0, 3.0))
    fat, muscle = INDEX["subcutaneous_tissue"], INDEX["muscle"]
    labels = np.array([[[0, organ, muscle, fat, fat, muscle, muscle, muscle]]], np.uint8)
    hu = np.array([[[-1000, mattress_hu, 30, -100, -100, 50, 50, 50]]], np.int16)
    layers = compose_layers(CTVolume(hu, geometry), LabelMap(labels, geometry, INDEX), np.zeros_like(labels))
    under_skin = Layer.SUBCUTANEOUS_FAT.label
    assert layers[0, 0].tolist() == [0, 0, 0, under_skin, under_skin, *[Layer.MUSCLE.label] * 3]


def test_fat_beside_the_lung_or_bowel_gas_is_no_skin() -> None:
    geometry = Geometry((1, 1, 5), (1.0, 1.0, 1.0))
    anatomy = LabelMap(np.array([[[2, 2, 4, 2, 2]]], np.uint8), geometry, INDEX)
    volume = CTVolume(np.array([[[-100, -100, -900, -100, -100]]], np.int16), geometry)
    layers = compose_layers(volume, anatomy, np.zeros((1, 1, 5), np.uint8))
    assert (layers == Layer.SUBCUTANEOUS_FAT.label).sum() == 4


@given(st.tuples(*[st.tuples(st.integers(0, 5), st.integers(1, 4))] * 3))
def test_tissues_of_a_box_are_those_of_the_whole(ranges: tuple[tuple[int, int], ...]) -> None:
    volume, anatomy = fat_in_air(Geometry((9, 9, 9), (0.7, 1.0, 2.5)))
    whole = compose_layers(volume, anatomy, np.zeros(volume.hu.shape, np.uint8))
    k, j, i = (slice(start, start + length) for start, length in ranges)
    np.testing.assert_array_equal(tissues_in((k, j, i), volume, anatomy), whole[k, j, i])


def test_disease_takes_the_voxel_from_the_tissue() -> None:
    geometry = Geometry((1, 1, 2), (1.0, 1.0, 1.0))
    anatomy = LabelMap(np.full((1, 1, 2), INDEX["muscle"], np.uint8), geometry, INDEX)
    volume = CTVolume(np.full((1, 1, 2), 50, np.int16), geometry)
    layers = compose_layers(volume, anatomy, np.array([[[1, 2]]], np.uint8))
    assert layers.tolist() == [[[Layer.LESION.label, Layer.LYMPH_NODE.label]]]


def test_areas_volumes_and_density_in_every_storage_order(awkward_geometry: Geometry) -> None:
    volume, anatomy = body(awkward_geometry)
    layers = compose_layers(volume, anatomy, np.zeros(awkward_geometry.shape, np.uint8))
    figures = body_composition(volume, layers, LEVEL)
    ordered = awkward_geometry.to_patient_order(layers)[1]
    column_cm2 = ordered.shape[1] * ordered.spacing_mm[1] * ordered.spacing_mm[0] / 100
    slice_cm = ordered.spacing_mm[2] / 10
    for layer, density in [(Layer.MUSCLE, 55), (Layer.SUBCUTANEOUS_FAT, -105), (Layer.VISCERAL_FAT, -95),
                           (Layer.INTERMUSCULAR_FAT, -100)]:
        assert figures[f"{layer.value}_area_cm2"] == pytest.approx(column_cm2)
        assert figures[f"{layer.value}_density_hu"] == density
        assert figures[f"{layer.value}_lumbar_volume_ml"] == pytest.approx(column_cm2 * slice_cm * 6)
        assert figures[f"{layer.value}_volume_ml"] == pytest.approx(column_cm2 * slice_cm * ordered.shape[0])
    assert figures["level_superior_mm"] == pytest.approx(ordered_middle_mm(ordered, LEVEL.slice_index))
    assert figures["smi_cm2_m2"] == pytest.approx(column_cm2 / 1.70**2)
    assert figures["visceral_to_subcutaneous_ratio"] == pytest.approx(1.0)


def ordered_middle_mm(ordered: Geometry, slice_index: int) -> float:
    """Superior position of the middle of an axial slice."""
    corners = [ordered.index_to_world((i, j, slice_index))[2] for i in (0, ordered.shape[2])
               for j in (0, ordered.shape[1])]
    return float(np.mean(corners))


def test_smi_needs_a_height_and_the_level_l3() -> None:
    geometry = Geometry((10, 5, 5), (1.0, 1.0, 2.5))
    for height_m, level in [(None, LEVEL), (1.7, VertebralLevel("L4", 4, 10.0, 7.0, (2, 7)))]:
        volume, anatomy = body(geometry, height_m)
        layers = compose_layers(volume, anatomy, np.zeros(geometry.shape, np.uint8))
        assert body_composition(volume, layers, level)["smi_cm2_m2"] is None


def test_without_a_lumbar_spine_only_volumes_are_given() -> None:
    volume, anatomy = body(Geometry((10, 5, 5), (1.0, 1.0, 2.5)))
    figures = body_composition(volume, compose_layers(volume, anatomy, np.zeros((10, 5, 5), np.uint8)), None)
    assert figures["level"] is None
    assert not any(name.endswith("_cm2") for name in figures)

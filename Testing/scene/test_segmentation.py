"""Results as segments: right place, names, codes, colours; nobody else's segments touched."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer
import vtk

from DuOncoUnityLib.exports.seg_nrrd import write_segmentation
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.scene.segmentation import (
    LAYER_TERMS,
    ORGAN_TERMS,
    create_segmentation,
    read_labels,
    read_layer,
    set_terminology,
    write_layer,
)
from DuOncoUnityLib.scene.volume import volume_geometry
from DuOncoUnityLib.terminology import LAYERS, Layer


@pytest.fixture
def labels(awkward_geometry: Geometry) -> np.ndarray:
    """Layers 1 to 5 in blocks that differ in every direction; intermuscular fat stays empty."""
    labels = np.zeros(awkward_geometry.shape, np.uint8)
    labels[2:5, 3:9, 4:6] = 1
    labels[10:12, 3:9, 20:31] = 2
    labels[14:, :, :5] = 3
    labels[:2] = 4
    labels[6:8, 12:, :] = 5
    return labels


@pytest.fixture
def node(ct_node: Any, labels: np.ndarray) -> Any:
    return create_segmentation(ct_node, labels, LAYER_TERMS, "Result")


def test_every_layer_reads_back_as_it_was(node: Any, ct_node: Any, labels: np.ndarray) -> None:
    for value, layer in enumerate(Layer, start=1):
        np.testing.assert_array_equal(read_layer(node, layer.value, ct_node), labels == value)


@pytest.mark.parametrize("wanted", [[1, 2, 3, 4, 5, 6], [5, 4, 3, 2, 1, 6], [1, 2, 3, 4, 6], [2, 3]])
def test_layers_read_together_are_numbered_in_the_order_asked_for(node: Any, ct_node: Any, labels: np.ndarray,
                                                                   wanted: list[int]) -> None:
    expected = np.zeros_like(labels)
    for value, label in enumerate(wanted, start=1):
        expected[labels == label] = value
    layers = [list(Layer)[label - 1].value for label in wanted]
    np.testing.assert_array_equal(read_labels(node, layers, ct_node), expected)


def test_slicer_itself_sees_the_voxels_in_the_same_place(node: Any, ct_node: Any, labels: np.ndarray) -> None:
    for value, layer in enumerate(list(Layer)[:5], start=1):
        array = slicer.util.arrayFromSegmentBinaryLabelmap(node, layer.value, ct_node)
        np.testing.assert_array_equal(array, labels == value)
    centre = np.array(node.GetSegmentCenterRAS(Layer.LESION.value)) * (-1, -1, 1)
    ijk = volume_geometry(ct_node).world_to_index(centre)
    np.testing.assert_allclose(ijk, (4.5, 5.5, 3), atol=1)


def test_segments_follow_the_terminology_in_order(node: Any) -> None:
    segmentation = node.GetSegmentation()
    assert list(segmentation.GetSegmentIDs()) == [layer.value for layer in Layer]
    for layer, term in LAYERS.items():
        segment = segmentation.GetSegment(layer.value)
        assert segment.GetName() == term.name
        np.testing.assert_allclose(segment.GetColor(), np.array(term.color) / 255, atol=1e-6)


def test_segments_carry_their_snomed_codes(node: Any) -> None:
    for layer, term in LAYERS.items():
        entry = slicer.vtkSlicerTerminologyEntry()
        text = node.GetSegmentation().GetSegment(layer.value).GetTerminology()
        assert slicer.vtkSlicerTerminologiesModuleLogic.DeserializeTerminologyEntry(text, entry)
        assert entry.GetCategoryObject().GetCodeValue() == term.category.value
        assert entry.GetTypeObject().GetCodeValue() == term.type.value
        assert (entry.GetRegionObject().GetCodeValue() or None) == (term.region.value if term.region else None)


def test_slicer_before_5_10_gets_the_terminology_as_a_tag() -> None:
    class OldSegment:
        def __init__(self) -> None:
            self.tags: dict[str, str] = {}

        def GetTerminologyEntryTagName(self) -> str:  # noqa: N802
            return slicer.vtkSegment.GetTerminologyEntryTagName()

        def SetTag(self, name: str, value: str) -> None:  # noqa: N802
            self.tags[name] = value

    old = OldSegment()
    set_terminology(old, "entry")
    new = slicer.vtkSegment()
    set_terminology(new, "entry")
    tag = vtk.reference("")
    assert new.GetTag(next(iter(old.tags)), tag)
    assert str(tag) == old.tags["TerminologyEntry"]


def test_all_segments_share_one_layer(node: Any) -> None:
    assert node.GetSegmentation().GetNumberOfLayers() == 1


def test_the_ct_is_the_reference_of_the_segmentation(node: Any, ct_node: Any) -> None:
    role = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()
    assert node.GetNodeReference(role) is ct_node
    assert node.GetDisplayNode() is not None


def test_a_new_analysis_leaves_the_edited_one_alone(node: Any, ct_node: Any, labels: np.ndarray) -> None:
    edited = np.zeros(labels.shape, bool)
    edited[8, 8, 8] = True
    write_layer(node, "lesion", edited, ct_node)
    again = create_segmentation(ct_node, labels, LAYER_TERMS, "Result")
    assert again is not node
    assert again.GetName() != node.GetName()
    np.testing.assert_array_equal(read_layer(node, "lesion", ct_node), edited)


def test_writing_a_layer_keeps_every_other_segment(node: Any, ct_node: Any, labels: np.ndarray) -> None:
    node.GetSegmentation().AddEmptySegment("own", "Drawn by hand")
    drawn = np.zeros(labels.shape, bool)
    drawn[9:11, 10:14, 10:14] = True
    write_layer(node, "own", drawn, ct_node)
    lesion = np.zeros(labels.shape, bool)
    lesion[9:13, 9:13, 9:22] = True  # over the drawn segment and over lymph nodes
    write_layer(node, "lesion", lesion, ct_node)
    np.testing.assert_array_equal(read_layer(node, "lesion", ct_node), lesion)
    np.testing.assert_array_equal(read_layer(node, "own", ct_node), drawn)
    for value, layer in list(enumerate(Layer, start=1))[1:]:
        np.testing.assert_array_equal(read_layer(node, layer.value, ct_node), labels == value)


def test_a_segment_on_another_grid_is_read_on_the_grid_of_the_ct(
        node: Any, ct_node: Any, labels: np.ndarray, add_volume: Callable[..., Any],
        awkward_geometry: Geometry) -> None:
    smaller = awkward_geometry.crop((1, 2, 3), (12, 15, 20))
    elsewhere = add_volume(np.zeros(smaller.shape, np.int16), smaller)
    block = np.zeros(smaller.shape, bool)
    block[2:6, 2:6, 2:6] = True
    other = create_segmentation(elsewhere, block.astype(np.uint8), LAYER_TERMS[:1], "Elsewhere")
    expected = np.zeros(labels.shape, bool)
    expected[3:7, 4:8, 5:9] = True
    np.testing.assert_array_equal(read_layer(other, "lesion", ct_node), expected)


def test_a_removed_segment_reads_as_empty(node: Any, ct_node: Any) -> None:
    node.GetSegmentation().RemoveSegment("lesion")
    assert not read_layer(node, "lesion", ct_node).any()


def test_the_result_lies_in_the_study_of_its_ct(ct_node: Any, labels: np.ndarray,
                                                study_of: Callable[..., int]) -> None:
    study = study_of(ct_node)
    node = create_segmentation(ct_node, labels, LAYER_TERMS, "Result")
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(node.GetScene())
    assert hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node)) == study


def test_the_result_moves_with_a_transformed_ct(ct_node: Any, labels: np.ndarray, scene: Any) -> None:
    turn = vtk.vtkTransform()
    turn.RotateZ(30)
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    transform.SetMatrixTransformToParent(turn.GetMatrix())
    ct_node.SetAndObserveTransformNodeID(transform.GetID())
    node = create_segmentation(ct_node, labels, LAYER_TERMS, "Result")
    np.testing.assert_array_equal(read_layer(node, "lesion", ct_node), labels == 1)
    np.testing.assert_array_equal(slicer.util.arrayFromSegmentBinaryLabelmap(node, "lesion", ct_node), labels == 1)


def test_a_saved_seg_nrrd_lies_exactly_on_its_ct(node: Any, ct_node: Any, labels: np.ndarray, scene: Any,
                                                 tmp_path: Path) -> None:
    path = str(tmp_path / "result.seg.nrrd")
    storage = scene.AddNewNodeByClass("vtkMRMLSegmentationStorageNode")
    storage.SetFileName(path)
    assert storage.WriteData(node)
    loaded = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Loaded")
    assert storage.ReadData(loaded)
    for value, layer in list(enumerate(Layer, start=1))[:5]:
        np.testing.assert_array_equal(read_layer(loaded, layer.value, ct_node), labels == value)
        segment = loaded.GetSegmentation().GetSegment(layer.value)
        assert segment.GetTerminology() == node.GetSegmentation().GetSegment(layer.value).GetTerminology()


def test_the_file_of_the_command_line_opens_exactly_on_its_ct(
        ct_node: Any, labels: np.ndarray, awkward_geometry: Geometry, scene: Any, tmp_path: Path) -> None:
    path = tmp_path / "segmentation.seg.nrrd"
    write_segmentation(path, labels, awkward_geometry, {layer.label: term for layer, term in LAYERS.items()})
    storage = scene.AddNewNodeByClass("vtkMRMLSegmentationStorageNode")
    storage.SetFileName(str(path))
    loaded = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    assert storage.ReadData(loaded)
    for layer, term in LAYERS.items():
        np.testing.assert_array_equal(read_layer(loaded, layer.value, ct_node), labels == layer.label)
        segment = loaded.GetSegmentation().GetSegment(layer.value)
        assert segment.GetName() == term.name
        assert f"{term.type.scheme}^{term.type.value}^{term.type.meaning}" in segment.GetTerminology()


def test_organs_become_segments_too(ct_node: Any, labels: np.ndarray) -> None:
    node = create_segmentation(ct_node, labels, ORGAN_TERMS, "Anatomy")
    assert node.GetSegmentation().GetNumberOfSegments() == len(ORGAN_TERMS)
    np.testing.assert_array_equal(read_layer(node, ORGAN_TERMS[1].key, ct_node), labels == 2)


def test_five_hundred_lesions_appear_at_once(add_volume: Callable[..., Any]) -> None:
    geometry = Geometry((160, 256, 256), (0.8, 0.8, 2.5))
    labels = np.zeros(geometry.shape, np.uint8)
    for n in range(500):
        k, j, i = 3 + n // 100 * 30, 5 + n // 10 % 10 * 24, 5 + n % 10 * 24
        labels[k:k + 4, j:j + 8, i:i + 8] = 1
    volume = add_volume(np.zeros(geometry.shape, np.int16), geometry)
    started = time.perf_counter()
    node = create_segmentation(volume, labels, LAYER_TERMS, "Result")
    mask = read_layer(node, "lesion", volume)
    assert time.perf_counter() - started < 1.0
    assert mask.sum() == 500 * 4 * 8 * 8

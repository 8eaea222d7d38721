"""Segmentations as .seg.nrrd: exact on their grid, read by ITK and 3D Slicer, and back after edits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
import slicerio

from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.exports.seg_nrrd import LAYER_TERMS, read_segmentation, write_segmentation
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.terminology import LAYERS, Layer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "segmentation.seg.nrrd"


def random_labels(geometry: Geometry) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 7, geometry.shape).astype(np.uint8)


def test_reads_back_exactly(awkward_geometry: Geometry, path: Path) -> None:
    labels = random_labels(awkward_geometry)
    write_segmentation(path, labels, awkward_geometry, LAYER_TERMS)
    np.testing.assert_array_equal(read_segmentation(path, awkward_geometry, LAYER_TERMS), labels)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_lies_exactly_on_its_scan_for_itk(awkward_geometry: Geometry, path: Path) -> None:
    labels = random_labels(awkward_geometry)
    write_segmentation(path, labels, awkward_geometry, LAYER_TERMS)
    image = sitk.ReadImage(str(path))
    assert Geometry.from_sitk(image).same_grid(awkward_geometry, tolerance_mm=1e-6)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), labels)


def test_lies_exactly_on_its_scan_for_slicer(awkward_geometry: Geometry, path: Path) -> None:
    slicer = pytest.importorskip("slicer", reason="slicer-core is not installed (pip install duonco-unity[scene])")
    vtk = pytest.importorskip("vtk")
    labels = random_labels(awkward_geometry)
    write_segmentation(path, labels, awkward_geometry, LAYER_TERMS)
    scene = slicer.vtkMRMLScene()
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(path))
    assert storage.ReadData(node) == 1
    segmentation = node.GetSegmentation()
    assert segmentation.GetNumberOfLayers() == 1
    assert [segmentation.GetNthSegmentID(n) for n in range(6)] == [layer.value for layer in Layer]
    internal = node.GetBinaryLabelmapInternalRepresentation("lesion")
    to_ras = vtk.vtkMatrix4x4()
    internal.GetImageToWorldMatrix(to_ras)
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ slicer.util.arrayFromVTKMatrix(to_ras)
    np.testing.assert_allclose(lps, awkward_geometry.affine, atol=1e-9)
    np.testing.assert_array_equal(slicer.util.arrayFromSegmentInternalBinaryLabelmap(node, "lesion"), labels)
    for layer, term in LAYERS.items():
        segment = segmentation.GetSegment(layer.value)
        assert segment.GetName() == term.name
        assert f"SCT^{term.type.value}^{term.type.meaning}" in segment.GetTerminology()
        np.testing.assert_allclose(segment.GetColor(), np.array(term.color) / 255, atol=1e-5)
    storage.SetFileName(str(path.with_name("saved.seg.nrrd")))
    assert storage.WriteData(node) == 1
    np.testing.assert_array_equal(
        read_segmentation(path.with_name("saved.seg.nrrd"), awkward_geometry, LAYER_TERMS), labels)


def test_the_six_layers_have_standard_names_and_fixed_labels(path: Path) -> None:
    geometry = Geometry((2, 3, 4), (1.0, 1.0, 1.0))
    write_segmentation(path, np.zeros(geometry.shape, np.uint8), geometry, LAYER_TERMS)
    segments = slicerio.read_segmentation(str(path), skip_voxels=True)["segments"]
    assert [(segment["labelValue"], segment["name"]) for segment in segments] == [
        (1, "Lesions"), (2, "Lymph nodes"), (3, "Skeletal muscle"), (4, "Subcutaneous fat"), (5, "Visceral fat"),
        (6, "Intermuscular fat")]


def slicer_saved(path: Path, geometry: Geometry, voxels: np.ndarray, start_ijk: tuple[int, int, int],
                 segments: list[dict[str, Any]]) -> None:
    """A file as Slicer saves it after edits: cropped, renumbered, several layers where segments overlap."""
    matrix = geometry.affine.copy()
    matrix[:3, 3] = geometry.index_to_world(start_ijk)
    slicerio.write_segmentation(str(path), {"voxels": voxels, "ijkToLPS": matrix, "segments": segments})


def test_cropped_and_renumbered_files_are_put_back_on_the_scan(awkward_geometry: Geometry, path: Path) -> None:
    voxels = np.zeros((5, 4, 3), np.uint8)
    voxels[1:4, 1:3, 1] = 1
    voxels[0, 0, 0] = 4
    slicer_saved(path, awkward_geometry, voxels, (7, 6, 5), [
        {"id": "Segment_9", "name": "Lymph nodes", "labelValue": 1}, {"id": "lesion", "name": "mets", "labelValue": 4},
        {"id": "other", "name": "Something else", "labelValue": 2}])
    expected = np.zeros(awkward_geometry.shape, np.uint8)
    expected[6, 7:9, 8:11] = Layer.LYMPH_NODE.label
    expected[5, 6, 7] = Layer.LESION.label
    np.testing.assert_array_equal(read_segmentation(path, awkward_geometry, LAYER_TERMS), expected)


def test_a_part_beyond_the_scan_is_cut_off(awkward_geometry: Geometry, path: Path) -> None:
    slicer_saved(path, awkward_geometry, np.ones((4, 4, 4), np.uint8), (-2, -2, -3),
                 [{"id": "lesion", "name": "Lesions", "labelValue": 1}])
    labels = read_segmentation(path, awkward_geometry, LAYER_TERMS)
    assert np.count_nonzero(labels) == 2 * 2 * 1
    assert labels[0, 1, 1] == 1


def test_overlapping_layers_are_read_with_lesions_on_top(awkward_geometry: Geometry, path: Path) -> None:
    voxels = np.zeros((2, 34, 26, 18), np.uint8)
    voxels[0, 5:10, 5:10, 5:10] = 1
    voxels[1, 8:12, 5:10, 5:10] = 1
    slicer_saved(path, awkward_geometry, voxels, (0, 0, 0), [
        {"id": "skeletal_muscle", "name": "Skeletal muscle", "labelValue": 1, "layer": 0},
        {"id": "lesion", "name": "Lesions", "labelValue": 1, "layer": 1}])
    labels = read_segmentation(path, awkward_geometry, LAYER_TERMS)
    assert labels[6, 6, 9] == Layer.LESION.label
    assert labels[6, 6, 6] == Layer.MUSCLE.label


def test_a_segmentation_of_another_scan_is_refused(awkward_geometry: Geometry, path: Path) -> None:
    write_segmentation(path, random_labels(awkward_geometry), awkward_geometry, LAYER_TERMS)
    half = awkward_geometry.index_to_world((0.5, 0, 0))
    moved = Geometry(awkward_geometry.shape, awkward_geometry.spacing_mm, tuple(half), awkward_geometry.direction)
    with pytest.raises(DuOncoError, match="another scan"):
        read_segmentation(path, moved, LAYER_TERMS)


def test_a_segmentation_without_our_segments_is_refused(awkward_geometry: Geometry, path: Path) -> None:
    slicer_saved(path, awkward_geometry, np.ones((4, 4, 4), np.uint8), (0, 0, 0),
                 [{"id": "x", "name": "Femur", "labelValue": 1}])
    with pytest.raises(DuOncoError, match="none of the segments Lesions, Lymph nodes"):
        read_segmentation(path, awkward_geometry, LAYER_TERMS)


def test_missing_and_damaged_files_give_a_sentence(awkward_geometry: Geometry, path: Path) -> None:
    with pytest.raises(DuOncoError, match="does not exist"):
        read_segmentation(path, awkward_geometry, LAYER_TERMS)
    labels = random_labels(awkward_geometry)
    write_segmentation(path, labels, awkward_geometry, LAYER_TERMS)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(150):
        broken = bytearray(whole)
        if rng.random() < 0.3:
            del broken[int(rng.integers(len(whole))):]
        else:
            for position in rng.integers(len(whole), size=3):
                broken[position] = int(rng.integers(256))
        path.write_bytes(broken)
        try:
            found = read_segmentation(path, awkward_geometry, LAYER_TERMS)
        except DuOncoError as error:
            assert error.exit_code is ExitCode.BAD_INPUT
            assert str(path) not in error.message
        else:
            assert found.shape == awkward_geometry.shape


def test_folder_that_does_not_exist(awkward_geometry: Geometry, tmp_path: Path) -> None:
    with pytest.raises(DuOncoError) as caught:
        write_segmentation(tmp_path / "absent" / "x.seg.nrrd", random_labels(awkward_geometry), awkward_geometry,
                           LAYER_TERMS)
    assert caught.value.exit_code is ExitCode.CANNOT_WRITE

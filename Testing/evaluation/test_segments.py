"""Two files on the same voxels, whatever their format, storage order and extent; others are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.evaluation.agreement import EvaluationOptions, evaluate
from DuOncoUnityLib.evaluation.segments import read_segments
from DuOncoUnityLib.exports.seg_nrrd import LAYER_TERMS, write_segmentation
from DuOncoUnityLib.geometry import Geometry

from .conftest import ball, middle_mm


def labels_on(geometry: Geometry) -> np.ndarray:
    """A lesion (1), a node (2) and muscle (3)."""
    centre = middle_mm(geometry)
    labels = ball(geometry, centre, 12.0) * np.uint8(3)
    labels[ball(geometry, centre, 6.0)] = 1
    labels[:2, :2, :2] = 2
    return labels


def write_nifti(path: Path, labels: np.ndarray, geometry: Geometry) -> Path:
    sitk.WriteImage(geometry.to_sitk(labels), str(path))
    return path


@pytest.fixture
def seg_nrrd(awkward_geometry: Geometry, tmp_path: Path) -> Path:
    path = tmp_path / "truth.seg.nrrd"
    write_segmentation(path, labels_on(awkward_geometry), awkward_geometry, LAYER_TERMS)
    return path


def test_a_file_agrees_with_itself(seg_nrrd: Path) -> None:
    agreement = evaluate(seg_nrrd, seg_nrrd)
    assert [segment.name for segment in agreement.segments[:3]] == ["Lesions", "Lymph nodes", "Skeletal muscle"]
    assert all(segment.dice == 1.0 and segment.bias_ml == 0.0 for segment in agreement.segments)
    assert agreement.detected_in == ("Lesions", "Lymph nodes")
    assert [lesion.outcome for lesion in agreement.lesions] == ["found", "found"]


def test_a_label_map_in_another_storage_order_is_the_same(seg_nrrd: Path, awkward_geometry: Geometry,
                                                          tmp_path: Path) -> None:
    ordered, geometry = awkward_geometry.to_patient_order(labels_on(awkward_geometry))
    other = write_nifti(tmp_path / "labels.nii.gz", np.ascontiguousarray(ordered), geometry)
    agreement = evaluate(other, seg_nrrd, options=EvaluationOptions(names={1: "Lesions", 3: "Skeletal muscle"}))
    assert {segment.name: segment.dice for segment in agreement.segments} == {"Lesions": 1.0, "Skeletal muscle": 1.0}


def test_a_file_cut_to_what_was_drawn_is_empty_outside(seg_nrrd: Path, awkward_geometry: Geometry,
                                                       tmp_path: Path) -> None:
    whole = labels_on(awkward_geometry)
    start, stop = np.argwhere(whole == 1).min(0), np.argwhere(whole == 1).max(0) + 1
    cut = tmp_path / "cut.seg.nrrd"
    write_segmentation(cut, whole[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))],
                       awkward_geometry.crop(start, stop - start), LAYER_TERMS)
    for pair in ((cut, seg_nrrd), (seg_nrrd, cut)):
        found = {segment.name: segment.dice for segment in evaluate(*pair).segments}
        assert found["Lesions"] == 1.0
        assert found["Lymph nodes"] == 0.0
        assert 0.0 < found["Skeletal muscle"] < 1.0


def test_numbers_of_two_label_maps_are_compared_even_where_one_lacks_them(awkward_geometry: Geometry,
                                                                          tmp_path: Path) -> None:
    truth = labels_on(awkward_geometry)
    paths = [write_nifti(tmp_path / f"{n}.nii.gz", labels, awkward_geometry)
             for n, labels in enumerate((np.where(truth == 2, 0, truth).astype(np.uint8), truth))]
    agreement = evaluate(*paths)
    assert {segment.name: segment.dice for segment in agreement.segments} == {
        "label 1": 1.0, "label 2": 0.0, "label 3": 1.0}
    assert sum(lesion.outcome == "missed" for lesion in agreement.lesions) == 1


@pytest.mark.parametrize("change", ["shifted", "resampled"])
def test_other_voxels_are_refused(seg_nrrd: Path, awkward_geometry: Geometry, tmp_path: Path, change: str) -> None:
    x, y, z = awkward_geometry.origin_mm
    spacing = awkward_geometry.spacing_mm
    other = Geometry(awkward_geometry.shape, spacing if change == "shifted" else (1.0, 1.0, 2.5),
                     (x + 0.3 if change == "shifted" else x, y, z), awkward_geometry.direction)
    path = tmp_path / "other.seg.nrrd"
    write_segmentation(path, labels_on(awkward_geometry), other, LAYER_TERMS)
    with pytest.raises(DuOncoError, match="do not lie on the same voxels"):
        evaluate(path, seg_nrrd)


def test_files_without_a_common_segment_are_refused(seg_nrrd: Path, awkward_geometry: Geometry, tmp_path: Path) -> None:
    other = write_nifti(tmp_path / "labels.nii.gz", labels_on(awkward_geometry), awkward_geometry)
    with pytest.raises(DuOncoError, match="no segment in common: \"label 1\""):
        evaluate(other, seg_nrrd)


def test_what_is_no_label_map_is_refused(awkward_geometry: Geometry, tmp_path: Path) -> None:
    values = np.linspace(0.0, 1.0, int(np.prod(awkward_geometry.shape))).reshape(awkward_geometry.shape)
    path = write_nifti(tmp_path / "values.nii.gz", values.astype(np.float32), awkward_geometry)
    with pytest.raises(DuOncoError, match="no label map"):
        read_segments(path, {})
    (tmp_path / "notes.txt").write_text("none")
    with pytest.raises(DuOncoError, match="must be"):
        read_segments(tmp_path / "notes.txt", {})
    with pytest.raises(DuOncoError, match="does not exist"):
        read_segments(tmp_path / "missing.seg.nrrd", {})


def test_a_truncated_label_map_is_refused(awkward_geometry: Geometry, tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "labels.nii.gz", labels_on(awkward_geometry), awkward_geometry)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DuOncoError, match="damaged or not complete"):
        read_segments(path, {})

"""The preview: radiological view, the same for every storage order, and drawn for any scan."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.exports.preview import write_preview
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.proposal import propose_lesions

GRID = Geometry((60, 50, 80), (4.0, 4.0, 5.0), (-160.0, -100.0, -300.0))


def phantom(geometry: Geometry = GRID) -> tuple[CTVolume, np.ndarray, LabelMap]:
    """An elliptic body of water in air with a lesion on the patient's left and a liver on the right."""
    lps = geometry.index_to_world(np.stack(np.indices(geometry.shape)[::-1], axis=-1))
    body = np.hypot(lps[..., 0] / 140, lps[..., 1] / 80) < 1
    hu = np.where(body, 0, -1000).astype(np.int16)
    labels = (np.linalg.norm(lps - (80, 0, -150), axis=-1) < 30).astype(np.uint8)
    liver = (np.linalg.norm(lps - (-70, 0, -100), axis=-1) < 50).astype(np.uint8)
    return CTVolume(hu, geometry), labels, LabelMap(liver, geometry, {"liver": 1})


def draw(path: Path, ct: CTVolume, labels: np.ndarray, anatomy: LabelMap | None,
         l3_slice: int | None = None) -> np.ndarray:
    """The picture as an array (rows, columns, RGB)."""
    write_preview(path, ct, labels, propose_lesions(labels, ct, anatomy)[0], anatomy, l3_slice)
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))[..., :3].astype(int)


def columns_of(picture: np.ndarray, color: tuple[int, int, int], rows: slice) -> np.ndarray:
    """Columns with pixels whose hue is near a colour."""
    strength = picture[rows].max(axis=-1, keepdims=True)
    hue = picture[rows] / np.maximum(strength, 1)
    near = (np.abs(hue - np.array(color) / max(color)) < 0.12).all(axis=-1) & (strength[..., 0] > 90)
    return np.flatnonzero(near.any(axis=0))


def test_patients_right_is_on_the_left_of_the_picture(tmp_path: Path) -> None:
    ct, labels, anatomy = phantom()
    picture = draw(tmp_path / "preview.png", ct, labels, anatomy)
    height, width, _ = picture.shape
    coronal, liver_panel = slice(0, width // 4), slice(width // 4, width // 2)
    drawing = slice(int(0.05 * height), int(0.85 * height))
    lesion = columns_of(picture[:, coronal], (230, 60, 50), drawing)
    liver = columns_of(picture[:, liver_panel], (160, 80, 50), drawing)
    assert lesion.size > 0
    assert liver.size > 0
    assert lesion.mean() > width / 8 > liver.mean()


@pytest.mark.parametrize(("order", "flips"), [([2, 0, 1], (True, False, True)), ([0, 1, 2], (False, False, True))])
def test_storage_order_does_not_change_the_picture(tmp_path: Path, order: list[int], flips: tuple[bool, ...]) -> None:
    ct, labels, anatomy = phantom()
    expected = draw(tmp_path / "a.png", ct, labels, anatomy)
    hu, lesions, organs = (sitk.Flip(sitk.PermuteAxes(GRID.to_sitk(array), order), flips)
                           for array in (ct.hu, labels, anatomy.labels))
    stored = Geometry.from_sitk(hu)
    actual = draw(tmp_path / "b.png", CTVolume(sitk.GetArrayFromImage(hu), stored), sitk.GetArrayFromImage(lesions),
                  LabelMap(sitk.GetArrayFromImage(organs), stored, anatomy.index_of))
    assert actual.shape == expected.shape
    assert np.mean(np.abs(actual - expected)) < 0.05


def test_level_of_l3_is_counted_in_storage_order(tmp_path: Path) -> None:
    ct, labels, anatomy = phantom()
    with_level = draw(tmp_path / "a.png", ct, labels, anatomy, l3_slice=10)
    feet_first = Geometry(GRID.shape, GRID.spacing_mm, (-160.0, -100.0, -300.0 + 59 * 5.0),
                          (1.0, 0, 0, 0, 1.0, 0, 0, 0, -1.0))
    turned = draw(tmp_path / "b.png", CTVolume(ct.hu[::-1], feet_first), np.ascontiguousarray(labels[::-1]),
                  LabelMap(anatomy.labels[::-1], feet_first, anatomy.index_of), l3_slice=49)
    assert np.mean(np.abs(with_level - turned)) < 0.05


@pytest.mark.parametrize("shape", [(1, 40, 40), (40, 40, 1), (3, 200, 200)])
def test_odd_scans_without_findings_are_drawn_too(tmp_path: Path, shape: tuple[int, int, int]) -> None:
    geometry = Geometry(shape, (1.0, 1.0, 1.0))
    ct = CTVolume(np.full(shape, -1024, np.int16), geometry)
    assert draw(tmp_path / "preview.png", ct, np.zeros(shape, np.uint8), None).max() == 255


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    ct, labels, _ = phantom()
    with pytest.raises(DuOncoError) as caught:
        draw(tmp_path / "absent" / "preview.png", ct, labels, None)
    assert caught.value.exit_code is ExitCode.CANNOT_WRITE

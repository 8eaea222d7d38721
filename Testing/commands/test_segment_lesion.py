"""`duonco-unity segment-lesion`: a mask on the grid of the CT, or a sentence and an exit code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from DuOncoUnityLib.cli import main
from DuOncoUnityLib.errors import ExitCode
from DuOncoUnityLib.geometry import Geometry


@pytest.fixture
def ct_file(tmp_path: Path) -> Path:
    """A trunk of soft tissue in air with a dense ball of 20 mm, on an oblique grid."""
    turn = (0.9848078, -0.1736482, 0.0, 0.1736482, 0.9848078, 0.0, 0.0, 0.0, 1.0)
    geometry = Geometry((50, 110, 130), (2.4, 2.4, 4.0), (-150.0, -120.0, 900.0), turn)
    k, j, i = np.indices(geometry.shape)
    hu = np.full(geometry.shape, -1000, np.int16)
    hu[((j - 55) / 40.0) ** 2 + ((i - 65) / 55.0) ** 2 < 1] = 40
    points = geometry.index_to_world(np.stack((i, j, k), axis=-1))
    hu[np.linalg.norm(points - geometry.index_to_world((65, 55, 25)), axis=-1) < 10.0] = 500
    path = tmp_path / "ct.nii.gz"
    sitk.WriteImage(geometry.to_sitk(hu), str(path))
    return path


def run(ct_file: Path, out: Path, bundle: Path, *points: str) -> int:
    return main(["segment-lesion", str(ct_file), *points, "--out", str(out), "--model", str(bundle), "--device", "cpu",
                 "--progress", "none", "--log", str(ct_file.parent / "log.txt")])


def centre(ct_file: Path) -> list[str]:
    return [str(value) for value in sitk.ReadImage(str(ct_file)).TransformIndexToPhysicalPoint((65, 55, 25))]


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
def test_the_mask_lies_on_the_ct(ct_file: Path, threshold_bundle: Path, tmp_path: Path, suffix: str,
                                 capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / f"mask{suffix}"
    assert run(ct_file, out, threshold_bundle, "--point", *centre(ct_file)) == ExitCode.OK
    mask, ct = sitk.ReadImage(str(out)), sitk.ReadImage(str(ct_file))
    assert Geometry.from_sitk(mask).same_grid(Geometry.from_sitk(ct))
    found, truth = sitk.GetArrayFromImage(mask) > 0, sitk.GetArrayFromImage(ct) > 300
    assert 2 * (found & truth).sum() / (found.sum() + truth.sum()) > 0.85
    assert "not reviewed" in capsys.readouterr().out


def test_what_is_no_larger_is_said_and_nothing_is_written(ct_file: Path, threshold_bundle: Path, tmp_path: Path,
                                                          capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "mask.nrrd"
    assert run(ct_file, out, threshold_bundle, "--point", *centre(ct_file), "--larger") == ExitCode.BAD_INPUT
    assert "No larger outline is seen here." in capsys.readouterr().err
    assert not out.exists()


def test_a_diameter_goes_with_no_other_size(ct_file: Path, threshold_bundle: Path, tmp_path: Path) -> None:
    ends = [*centre(ct_file), *centre(ct_file)]
    assert run(ct_file, tmp_path / "m.nrrd", threshold_bundle, "--diameter", *ends, "--smaller") == ExitCode.USAGE


def test_a_diameter_outlines_the_lesion_between_its_ends(ct_file: Path, threshold_bundle: Path,
                                                        tmp_path: Path) -> None:
    ct = sitk.ReadImage(str(ct_file))
    ends = [str(value) for index in ((61, 55, 25), (69, 55, 25)) for value in ct.TransformIndexToPhysicalPoint(index)]
    assert run(ct_file, tmp_path / "mask.nrrd", threshold_bundle, "--diameter", *ends) == ExitCode.OK
    found = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "mask.nrrd"))) > 0
    truth = sitk.GetArrayFromImage(ct) > 300
    assert 2 * (found & truth).sum() / (found.sum() + truth.sum()) > 0.85


def test_either_points_or_a_diameter_are_given(ct_file: Path, threshold_bundle: Path, tmp_path: Path) -> None:
    for where in ((), ("--point", *centre(ct_file), "--diameter", *centre(ct_file), *centre(ct_file))):
        with pytest.raises(SystemExit) as stopped:
            run(ct_file, tmp_path / "mask.nrrd", threshold_bundle, *where)
        assert stopped.value.code == ExitCode.USAGE
    assert not (tmp_path / "mask.nrrd").exists()


def test_ends_at_one_place_are_explained(ct_file: Path, threshold_bundle: Path, tmp_path: Path,
                                         capsys: pytest.CaptureFixture[str]) -> None:
    same = (*centre(ct_file), *centre(ct_file))
    assert run(ct_file, tmp_path / "mask.nrrd", threshold_bundle, "--diameter", *same) == ExitCode.USAGE
    assert "same place" in capsys.readouterr().err
    assert not (tmp_path / "mask.nrrd").exists()


@pytest.mark.parametrize(("name", "point", "code", "sentence"), [
    ("mask.txt", None, ExitCode.USAGE, "must end in"),
    ("mask.nii.gz", ["0", "0", "0"], ExitCode.USAGE, "outside of the scan"),
    ("mask.nii.gz", ["nan", "0", "0"], ExitCode.USAGE, "outside of the scan"),
    ("mask.nii.gz", ["inf", "0", "0"], ExitCode.USAGE, "outside of the scan"),
    ("missing/mask.nii.gz", None, ExitCode.CANNOT_WRITE, "cannot be written")])
def test_what_cannot_be_done_is_said_and_leaves_nothing(
        ct_file: Path, threshold_bundle: Path, tmp_path: Path, name: str, point: list[str] | None, code: ExitCode,
        sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / name
    assert run(ct_file, out, threshold_bundle, "--point", *(point or centre(ct_file))) == code
    assert sentence in capsys.readouterr().err
    assert not out.exists() and not list(tmp_path.glob(".duonco*"))

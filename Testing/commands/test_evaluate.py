"""`duonco-unity evaluate`: a table for a person, files for a program, sentences for mistakes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from DuOncoUnityLib.cli import main
from DuOncoUnityLib.errors import ExitCode
from DuOncoUnityLib.geometry import Geometry


def run(*arguments: object, log: Path) -> int:
    return main(["evaluate", *map(str, arguments), "--progress", "none", "--log", str(log / "log.txt")])


@pytest.fixture
def scan(phantom_ct: Path, phantom_geometry: Geometry, tmp_path: Path) -> tuple[Path, Path, Path]:
    """The phantom, the truth about its two spheres, and a result with one of them and one false lesion."""
    truth = (sitk.GetArrayFromImage(sitk.ReadImage(str(phantom_ct))) == 500).astype(np.uint8)
    result = truth.copy()
    result[20:] = 0
    result[30:33, 30:35, 30:40] = 1
    paths = tmp_path / "truth.nii.gz", tmp_path / "result.nii.gz"
    for path, labels in zip(paths, (truth, result), strict=True):
        sitk.WriteImage(phantom_geometry.to_sitk(labels), str(path))
    return phantom_ct, *paths


def test_the_tables_are_printed_and_written(scan: tuple[Path, Path, Path], tmp_path: Path,
                                            capsys: pytest.CaptureFixture[str]) -> None:
    ct, truth, result = scan
    out = tmp_path / "agreement"
    assert run("--pred", result, "--truth", truth, "--ct", ct, "--name", "1=Lesions", "--out", out,
               log=tmp_path) == ExitCode.OK
    printed = capsys.readouterr().out
    assert "surface Dice (2 mm)" in printed
    assert "Lesions, long axis" in printed
    assert sorted(path.name for path in out.iterdir()) == ["evaluation.json", "lesions.csv", "segments.csv"]
    document = json.loads((out / "evaluation.json").read_text())
    assert document["detection"]["Lesions"]["all"] == {"found": 1, "missed": 1, "false": 1}
    assert document["detection"]["Lesions"][">= 20 mm"] == {"found": 1, "missed": 1, "false": 1}
    with (out / "lesions.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["outcome"]: row for row in csv.DictReader(file)}
    assert float(rows["found"]["dice"]) == 1.0
    assert float(rows["missed"]["mean_hu"]) == 500.0
    assert rows["missed"]["dice"] == ""


@pytest.mark.parametrize(("arguments", "code", "sentence"), [
    (["--least-iou", "0"], ExitCode.USAGE, "overlap must lie"),
    (["--tolerance", "-1"], ExitCode.USAGE, "tolerance must be"),
    (["--lesions", "Liver"], ExitCode.USAGE, "no common segment"),
    (["--pred", "missing.nii.gz"], ExitCode.BAD_INPUT, "does not exist")])
def test_what_cannot_be_done_is_said(scan: tuple[Path, Path, Path], tmp_path: Path, arguments: list[str],
                                     code: ExitCode, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, truth, result = scan
    assert run("--pred", result, "--truth", truth, "--out", tmp_path / "out", *arguments, log=tmp_path) == code
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_two_grids_that_differ_are_refused(scan: tuple[Path, Path, Path], tmp_path: Path,
                                           capsys: pytest.CaptureFixture[str]) -> None:
    image = sitk.ReadImage(str(scan[1]))
    image.SetSpacing([1.1 * mm for mm in image.GetSpacing()])
    sitk.WriteImage(image, str(tmp_path / "other.nii.gz"))
    assert run("--pred", scan[2], "--truth", tmp_path / "other.nii.gz", "--out", tmp_path / "out",
               log=tmp_path) == ExitCode.BAD_INPUT
    assert "do not lie on the same voxels" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_segmentations_of_another_scan_are_refused(scan: tuple[Path, Path, Path], phantom_geometry: Geometry,
                                                   tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, truth, result = scan
    ct = tmp_path / "short.nii.gz"
    hu = sitk.ReadImage(str(scan[0]))[:, :, :30]
    sitk.WriteImage(hu, str(ct))
    assert run("--pred", result, "--truth", truth, "--ct", ct, log=tmp_path) == ExitCode.BAD_INPUT
    assert "beyond the CT" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["Lesions", "x=Lesions", "1=", "0=Lesions"])
def test_a_name_must_have_a_number(scan: tuple[Path, Path, Path], tmp_path: Path, name: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        run("--pred", scan[2], "--truth", scan[1], "--name", name, log=tmp_path)
    assert stopped.value.code == ExitCode.USAGE

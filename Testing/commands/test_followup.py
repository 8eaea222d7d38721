"""`compare`, `response`, `bor` and `series` as a person calls them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from DuOncoUnityLib.cli import main
from DuOncoUnityLib.errors import ExitCode
from DuOncoUnityLib.geometry import Geometry

TU = """USUBJID,TULNKID,TULOC,TUSTRESC,VISITNUM,TUDTC
S1,T01,LIVER,TARGET,1,2024-01-01
"""
TR = """USUBJID,TRLNKID,TRTESTCD,TRSTRESN,VISITNUM,TRDTC
S1,T01,LDIAM,14.0,1,2024-01-01
S1,T01,LDIAM,9.8,2,2024-03-01
S1,T01,LDIAM,9.8,3,2024-05-01
S1,T01,LDIAM,15.0,4,2024-07-01
"""


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def run(*arguments: object, tmp_path: Path) -> int:
    return main([str(argument) for argument in arguments] + ["--progress", "none", "--log", str(tmp_path / "log.txt")])


def test_responses_and_best_response_from_cdisc_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tu.csv").write_text(TU)
    (tmp_path / "tr.csv").write_text(TR)
    assert run("response", "--tu", tmp_path / "tu.csv", "--tr", tmp_path / "tr.csv", "--out", tmp_path / "rs.csv",
               tmp_path=tmp_path) == ExitCode.OK
    overall = [row["RSSTRESC"] for row in read_table(tmp_path / "rs.csv") if row["RSTESTCD"] == "OVRLRESP"]
    assert overall == ["", "PR", "PR", "PD"]
    assert run("bor", tmp_path / "rs.csv", "--out", tmp_path / "bor.csv", tmp_path=tmp_path) == ExitCode.OK
    best = read_table(tmp_path / "bor.csv")[0]
    assert (best["BOR_UNCONFIRMED"], best["BOR_CONFIRMED"]) == ("PR", "PR")
    run("bor", tmp_path / "rs.csv", "--out", tmp_path / "bor.csv", "--confirm-days", 90, tmp_path=tmp_path)
    assert read_table(tmp_path / "bor.csv")[0]["BOR_CONFIRMED"] == "SD"
    assert "1 subjects" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["tu.csv", "tr.csv"])
def test_a_table_without_its_columns_is_one_sentence(name: str, tmp_path: Path,
                                                     capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tu.csv").write_text(TU)
    (tmp_path / "tr.csv").write_text(TR)
    (tmp_path / name).write_text("A,B\n1,2\n")
    code = run("response", "--tu", tmp_path / "tu.csv", "--tr", tmp_path / "tr.csv", "--out", tmp_path / "rs.csv",
               tmp_path=tmp_path)
    assert code == ExitCode.BAD_INPUT
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "rs.csv").exists()


def test_two_scans_of_the_phantom_are_compared(tmp_path: Path, phantom_ct: Path, phantom_geometry: Geometry,
                                               threshold_bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Half a year later the larger sphere has grown from 40 to 60 mm: progression."""
    grown = sitk.GetArrayFromImage(sitk.ReadImage(str(phantom_ct)))
    k, j, i = np.indices(grown.shape)
    x, y, z = np.moveaxis(phantom_geometry.index_to_world(np.stack([i, j, k], axis=-1)), -1, 0)
    grown[(x - 50) ** 2 + (y + 15) ** 2 + (z - 120) ** 2 <= 30**2] = 500
    sitk.WriteImage(phantom_geometry.to_sitk(grown), str(tmp_path / "later.nrrd"))
    for name, ct in (("first", phantom_ct), ("later", tmp_path / "later.nrrd")):
        run("analyze", ct, "--out", tmp_path / name, "--model", threshold_bundle, "--no-preview", tmp_path=tmp_path)
    capsys.readouterr()
    assert run("compare", tmp_path / "later", tmp_path / "first", "--out", tmp_path / "comparison",
               "--date", f"{tmp_path / 'first'}=2024-01-01", "--date", f"{tmp_path / 'later'}=2024-07-01",
               tmp_path=tmp_path) == ExitCode.OK
    assert "PD" in capsys.readouterr().out
    assert {"comparison.json", "response.csv", "lesion_tracks.csv", "timeline.png", "TU.csv", "TR.csv", "RS.csv"} <= {
        path.name for path in (tmp_path / "comparison").iterdir()}
    overall = [row["RSSTRESC"] for row in read_table(tmp_path / "comparison" / "RS.csv")
               if row["RSTESTCD"] == "OVRLRESP" and row["RSCAT"] == "RECIST 1.1"]
    assert overall == ["", "PD"]


def test_scans_without_a_date_need_one(tmp_path: Path, phantom_ct: Path, threshold_bundle: Path,
                                       capsys: pytest.CaptureFixture[str]) -> None:
    run("analyze", phantom_ct, "--out", tmp_path / "a", "--model", threshold_bundle, "--no-preview", tmp_path=tmp_path)
    capsys.readouterr()
    code = run("compare", tmp_path / "a", tmp_path / "a", "--out", tmp_path / "out", tmp_path=tmp_path)
    assert code == ExitCode.USAGE
    assert "--date" in capsys.readouterr().err


def test_series_of_a_dicom_folder(real_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("series", real_data / "tissue" / "example_ct_dicom", tmp_path=tmp_path) == ExitCode.OK
    printed = capsys.readouterr().out
    assert "20 x 512 x 512" in printed and "can be analysed" in printed and "chosen: " in printed


def test_a_folder_without_images(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "folder").mkdir()
    assert run("series", tmp_path / "folder", tmp_path=tmp_path) == ExitCode.BAD_INPUT
    assert "no DICOM images" in capsys.readouterr().err

"""`duonco-unity analyze` and `measure` on a phantom with two known lesions and a bundle of known behaviour."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from DuOncoUnityLib.cli import main
from DuOncoUnityLib.errors import ExitCode
from DuOncoUnityLib.exports.seg_nrrd import LAYER_TERMS, read_segmentation
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.records.model import ReviewStatus
from DuOncoUnityLib.records.review import confirm
from DuOncoUnityLib.records.store import load_case, save_case
from DuOncoUnityLib.results import FILES

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def log_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "log" / "test.log"
    monkeypatch.setenv("DUONCO_LOG", str(path))
    return path


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory, phantom_ct: Path, threshold_bundle: Path) -> Path:
    out = tmp_path_factory.mktemp("analysis") / "out"
    assert main(["analyze", str(phantom_ct), "--out", str(out), "--model", str(threshold_bundle), "--date",
                 "2024-03-01", "--log", str(out.parent / "log.txt"), "--progress", "none"]) == ExitCode.OK
    return out


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_result_folder_is_complete(result: Path) -> None:
    assert {path.name for path in result.iterdir()} == FILES
    assert (result / "preview.png").read_bytes().startswith(b"\x89PNG")


def test_lesions_have_the_size_of_the_spheres(result: Path) -> None:
    rows = read_table(result / "lesions.csv")
    assert [row["id"] for row in rows] == ["L1", "L2"]      # from head to feet
    for row, radius in zip(rows, (20.0, 12.0), strict=True):
        assert float(row["volume_ml"]) == pytest.approx(4 / 3 * np.pi * radius**3 / 1000, rel=0.15)
        assert float(row["long_axis_mm"]) == pytest.approx(2 * radius, abs=4.5)
        assert row["status"] == "proposed"


def test_the_segmentation_lies_on_the_ct(result: Path, phantom_geometry: Geometry) -> None:
    labels = read_segmentation(result / "segmentation.seg.nrrd", phantom_geometry, LAYER_TERMS)
    row = read_table(result / "lesions.csv")[0]
    centroid = [float(row[f"centroid_{axis}_mm"]) for axis in ("left", "posterior", "superior")]
    np.testing.assert_allclose(centroid, (50.0, -15.0, 120.0), atol=1.5)
    i, j, k = np.rint(phantom_geometry.world_to_index(centroid)).astype(int)
    assert labels[k, j, i] == 1


def test_the_record_says_where_its_numbers_come_from(result: Path) -> None:
    time_point = load_case(result / "case.json").time_points[0]
    assert (time_point.provenance.model, time_point.provenance.model_version) == ("threshold", "1.0")
    assert time_point.date == "2024-03-01"
    assert len(time_point.provenance.input_sha256) == 64
    assert time_point.composition["skeletal_muscle_volume_ml"] > 1000


def test_no_file_names_the_patient(result: Path) -> None:
    for path in [*result.iterdir(), result.parent / "log.txt"]:
        assert b"Doe" not in path.read_bytes(), path.name


def test_the_same_scan_gives_the_same_result(result: Path, tmp_path: Path, phantom_ct: Path,
                                             threshold_bundle: Path) -> None:
    again = tmp_path / "again"
    main(["analyze", str(phantom_ct), "--out", str(again), "--model", str(threshold_bundle), "--progress", "none",
          "--no-preview"])
    assert (again / "lesions.csv").read_bytes() == (result / "lesions.csv").read_bytes()


def test_nothing_goes_over_the_network(tmp_path: Path, phantom_ct: Path, threshold_bundle: Path,
                                       monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert main(["analyze", str(phantom_ct), "--out", str(tmp_path / "out"), "--model", str(threshold_bundle),
                 "--progress", "none"]) == ExitCode.OK


def test_progress_as_json_lines(tmp_path: Path, phantom_ct: Path, threshold_bundle: Path,
                                capsys: pytest.CaptureFixture[str]) -> None:
    main(["analyze", str(phantom_ct), "--out", str(tmp_path / "out"), "--model", str(threshold_bundle),
          "--progress", "json", "--no-preview"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[-1] == {"done": True}
    fractions = [line["fraction"] for line in lines[:-1]]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    assert all(line["stage"] for line in lines[:-1])


class TestMeasureAgain:
    """After the segments were edited elsewhere."""

    def edit(self, result: Path, tmp_path: Path, geometry: Geometry) -> tuple[Path, np.ndarray]:
        """A copy of the result in which the smaller lesion is gone and a new one was drawn."""
        copy = tmp_path / "edited"
        shutil.copytree(result, copy)
        image = sitk.ReadImage(str(copy / "segmentation.seg.nrrd"))
        labels = sitk.GetArrayFromImage(image)
        k, j, i = np.indices(labels.shape)
        z = geometry.index_to_world(np.stack([i, j, k], axis=-1))[..., 2]
        labels[(labels == 1) & (z < 90)] = 3
        labels[30:33, 60:63, 40:45] = 1
        edited = sitk.GetImageFromArray(labels)
        edited.CopyInformation(image)
        for key in image.GetMetaDataKeys():
            edited.SetMetaData(key, image.GetMetaData(key))
        sitk.WriteImage(edited, str(copy / "segmentation.seg.nrrd"))
        return copy, labels

    def test_untouched_lesions_stay_and_changes_are_signed(self, result: Path, tmp_path: Path, phantom_ct: Path,
                                                           phantom_geometry: Geometry) -> None:
        copy, labels = self.edit(result, tmp_path, phantom_geometry)
        out = tmp_path / "measured"
        assert main(["measure", str(copy / "segmentation.seg.nrrd"), str(phantom_ct), "--out", str(out),
                     "--reviewer", "Dr A", "--progress", "none"]) == ExitCode.OK
        before, after = (load_case(folder / "case.json").time_points[0] for folder in (result, out))
        assert [lesion.id for lesion in after.lesions] == ["L1", "L3"]
        assert after.lesions[0] == before.lesions[0]
        added = after.lesions[1]
        assert (added.review.status, added.review.reviewer) == (ReviewStatus.ADDED, "Dr A")
        assert added.measurement.volume_ml == pytest.approx(3 * 3 * 5 * np.prod(phantom_geometry.spacing_mm) / 1000)
        np.testing.assert_array_equal(read_segmentation(out / "segmentation.seg.nrrd", phantom_geometry, LAYER_TERMS),
                                      labels)

    def test_the_result_may_replace_itself(self, result: Path, tmp_path: Path, phantom_ct: Path) -> None:
        copy = tmp_path / "copy"
        shutil.copytree(result, copy)
        assert main(["measure", str(copy / "segmentation.seg.nrrd"), str(phantom_ct), "--out", str(copy),
                     "--progress", "none", "--no-preview"]) == ExitCode.OK
        assert load_case(copy / "case.json").time_points[0].lesions == load_case(
            result / "case.json").time_points[0].lesions

    def test_a_segmentation_without_a_record_is_measured_as_new(self, result: Path, tmp_path: Path,
                                                                phantom_ct: Path) -> None:
        alone = tmp_path / "alone"
        alone.mkdir()
        shutil.copy(result / "segmentation.seg.nrrd", alone)
        out = tmp_path / "out"
        assert main(["measure", str(alone / "segmentation.seg.nrrd"), str(phantom_ct), "--out", str(out),
                     "--progress", "none", "--no-preview"]) == ExitCode.OK
        assert [row["volume_ml"] for row in read_table(out / "lesions.csv")] == [
            row["volume_ml"] for row in read_table(result / "lesions.csv")]

    def test_the_ct_of_another_scan_is_refused(self, result: Path, tmp_path: Path, phantom_geometry: Geometry,
                                               capsys: pytest.CaptureFixture[str]) -> None:
        other = tmp_path / "other.nrrd"
        hu = np.full(phantom_geometry.shape, -1000, np.int16)
        hu[:, 20:60, 20:90] = 40
        sitk.WriteImage(phantom_geometry.to_sitk(hu), str(other))
        code = main(["measure", str(result / "segmentation.seg.nrrd"), str(other), "--out", str(tmp_path / "out"),
                     "--progress", "none"])
        assert code == ExitCode.BAD_INPUT
        assert "belongs to another CT" in capsys.readouterr().err
        assert not (tmp_path / "out").exists()


def test_a_reviewed_result_is_not_overwritten(result: Path, tmp_path: Path, phantom_ct: Path, threshold_bundle: Path,
                                              capsys: pytest.CaptureFixture[str]) -> None:
    reviewed = tmp_path / "reviewed"
    shutil.copytree(result, reviewed)
    case = load_case(reviewed / "case.json")
    confirm(case.time_points[0].lesions[0], "Dr A")
    save_case(case, reviewed / "case.json")
    before = (reviewed / "case.json").read_bytes()
    code = main(["analyze", str(phantom_ct), "--out", str(reviewed), "--model", str(threshold_bundle), "--progress",
                 "none"])
    assert code == ExitCode.CANNOT_WRITE
    assert "a person has reviewed" in capsys.readouterr().err
    assert (reviewed / "case.json").read_bytes() == before


class TestFaults:
    """One sentence, an exit code, details in the log, and the former result untouched."""

    @pytest.mark.parametrize(("arguments", "code", "words"), [
        (["analyze", "missing.nii.gz"], ExitCode.BAD_INPUT, "does not exist"),
        (["analyze", "{ct}", "--model", "nowhere"], ExitCode.BAD_MODEL, "bundle.json"),
        (["analyze", "{ct}", "--height", "175"], ExitCode.USAGE, "metres"),
        (["analyze", "{ct}", "--date", "01/02/2024"], ExitCode.USAGE, "2024-01-31"),
        (["measure", "{ct}", "{ct}"], ExitCode.BAD_INPUT, "segmentation"),
    ])
    def test_bad_input(self, arguments: list[str], code: ExitCode, words: str, tmp_path: Path, phantom_ct: Path,
                       threshold_bundle: Path, capsys: pytest.CaptureFixture[str], log_file: Path) -> None:
        filled = [argument.format(ct=phantom_ct) for argument in arguments]
        if filled[0] == "analyze" and "--model" not in filled:
            filled += ["--model", str(threshold_bundle)]
        assert main([*filled, "--out", str(tmp_path / "out"), "--progress", "none", "--log", str(log_file)]) == code
        message = capsys.readouterr().err.strip()
        assert words in message and "\n" not in message and "Traceback" not in message
        assert not (tmp_path / "out").exists()
        assert log_file.read_text()

    def test_an_output_that_cannot_be_written(self, tmp_path: Path, phantom_ct: Path, threshold_bundle: Path,
                                              capsys: pytest.CaptureFixture[str]) -> None:
        blocked = tmp_path / "file"
        blocked.write_text("not a folder")
        code = main(["analyze", str(phantom_ct), "--out", str(blocked / "out"), "--model", str(threshold_bundle),
                     "--progress", "none"])
        assert code == ExitCode.CANNOT_WRITE
        assert capsys.readouterr().err.count("\n") == 1

    @pytest.mark.slow
    @pytest.mark.skipif(os.name == "nt", reason="kills with POSIX signals")
    def test_a_kill_at_any_moment_leaves_a_complete_result(self, result: Path, tmp_path: Path, phantom_ct: Path,
                                                           threshold_bundle: Path) -> None:
        out = tmp_path / "out"
        shutil.copytree(result, out)
        command = [sys.executable, "-m", "DuOncoUnityLib", "analyze", str(phantom_ct), "--out", str(out), "--model",
                   str(threshold_bundle), "--progress", "none", "--date", "2024-05-05"]
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
        started = time.monotonic()
        subprocess.run(command, env=environment, check=True)
        duration = time.monotonic() - started
        for fraction in (0.3, 0.6, 0.85, 0.95):
            process = subprocess.Popen(command, env=environment)
            time.sleep(duration * fraction)
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert {path.name for path in out.iterdir()} == FILES
            lesions = load_case(out / "case.json").time_points[0].lesions
            assert [lesion.id for lesion in lesions] == [row["id"] for row in read_table(out / "lesions.csv")]
            sitk.ReadImage(str(out / "segmentation.seg.nrrd"))

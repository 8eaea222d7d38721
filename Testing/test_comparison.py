"""Analysed scans in, one folder over time out: any order, dates, decisions that stay, tables that agree."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from DuOncoUnityLib.analysis import Analysis
from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.comparison import compare
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.exports.cdisc import rs_from_tumour_tables
from DuOncoUnityLib.followup.links import cut
from DuOncoUnityLib.followup.spatial_transform import SpatialTransform
from DuOncoUnityLib.lesions.proposal import propose_lesions
from DuOncoUnityLib.records.model import Acquisition, Provenance, TimePoint, TrackEvent
from DuOncoUnityLib.records.store import load_case, save_case
from DuOncoUnityLib.results import write_result
from DuOncoUnityLib.terminology import Layer
from DuOncoUnityLib.training.patients import make_case

SHIFT_MM = (12.0, -20.0, 300.0)
# voxel (k, j, i) of the centre as a fraction of the grid, and radius in mm at both scans; 0 is no lesion
LESIONS = [((0.30, 0.45, 0.30), 16.0, 12.0), ((0.55, 0.50, 0.62), 14.0, 9.0), ((0.75, 0.45, 0.40), 11.0, 0.0),
           ((0.50, 0.40, 0.28), 0.0, 10.0)]
FILES = {"case.json", "comparison.json", "response.csv", "lesion_tracks.csv", "timeline.png", "TU.csv", "TR.csv",
         "RS.csv"}


def analysed(body: CTVolume, scan: int, date: str | None, out: Path) -> None:
    """Write the result folder of a scan whose lesions are known."""
    grid = body.geometry if scan == 0 else replace(body.geometry, origin_mm=tuple(
        a + b for a, b in zip(body.geometry.origin_mm, SHIFT_MM, strict=True)))
    hu, layers = body.hu.copy(), np.zeros(grid.shape, np.uint8)
    kji = np.stack(np.indices(grid.shape), axis=-1)
    for place, *radii in LESIONS:
        offset_mm = (kji - np.asarray(place) * grid.shape) * grid.spacing_mm[::-1]
        inside = (offset_mm**2).sum(axis=-1) <= radii[scan]**2 if radii[scan] else np.zeros(grid.shape, bool)
        hu[inside], layers[inside] = 60, Layer.LESION.label
    ct = CTVolume(hu, grid, Acquisition(date), sha256=f"{scan}" * 64)
    lesions, instances = propose_lesions(layers, ct, smallest_ml=0.0)
    lung = ((hu < -500) & (hu > -950)).astype(np.uint8)
    point = TimePoint(date or ct.sha256[:12], date, grid, ct.acquisition,
                      Provenance("1", "truth", "1", "", ct.sha256, "2026-01-01T00:00:00+00:00"), lesions,
                      highest_lesion_number=dict(instances.highest_number))
    write_result(Analysis(ct, layers, LabelMap(lung, grid, {"lung": 1}), instances, None, point), out, preview=False)


@pytest.fixture(scope="module")
def body() -> CTVolume:
    ct = make_case(7, (5.0, 5.0, 5.0), lesion_count=0).ct
    first = ct.hu.shape[0] - 60
    return replace(ct, hu=ct.hu[first:first + 36], geometry=ct.geometry.crop((first, 0, 0), (36, *ct.hu.shape[1:])))


@pytest.fixture(scope="module")
def folders(body: CTVolume, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two results of one patient, in the order of time."""
    root = tmp_path_factory.mktemp("cases")
    analysed(body, 0, "2024-01-15", root / "first")
    analysed(body, 1, "2024-04-15", root / "second")
    return [root / "first", root / "second"]


@pytest.fixture
def quick(folders: list[Path], tmp_path: Path) -> list[Path]:
    """The same results without pictures to register."""
    copies = [Path(shutil.copytree(folder, tmp_path / folder.name)) for folder in folders]
    for copy in copies:
        (copy / "registration.nrrd").unlink()
    return copies


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_scans_in_any_order_become_one_case_over_time(folders: list[Path], tmp_path: Path) -> None:
    result = compare(folders[::-1], tmp_path / "out")
    assert {entry.name for entry in (tmp_path / "out").iterdir()} == FILES | {"registration_2.h5"}
    assert [point.date for point in result.case.time_points] == ["2024-01-15", "2024-04-15"]
    assert [[state.event.value for state in track.states] for track in result.case.tracks] == [
        ["first", "same"], ["first", "same"], ["first", "disappeared"], ["absent", "new"]]
    assert [track.id for track in result.case.tracks][:2] == ["T1", "T2"]
    (registration,) = result.registrations.values()
    assert registration.quality.reliable and not result.notes
    stored = SpatialTransform.load(tmp_path / "out" / "registration_2.h5")
    point = np.asarray(result.case.time_points[0].lesions[0].measurement.centroid_lps_mm)
    np.testing.assert_allclose(stored.map_points(point), point + SHIFT_MM, atol=3.0)
    assert load_case(tmp_path / "out" / "case.json") == result.case


def test_tables_and_text_say_the_same(quick: list[Path], tmp_path: Path) -> None:
    result = compare(quick, tmp_path / "out")
    first, second = rows(tmp_path / "out" / "response.csv")
    visit = result.assessment.visits[1]
    assert first["phase"] == "baseline" and second["overall"] == visit.overall.value == "PD"
    assert float(second["sod_mm"]) == visit.sod_mm and float(second["from_baseline_percent"]) < 0
    tracks = rows(tmp_path / "out" / "lesion_tracks.csv")
    assert len(tracks) == 2 * len(result.case.tracks)
    assert {row["event"] for row in tracks} == {"first", "same", "disappeared", "absent", "new"}
    assert "2024-04-15" in result.text and "PD" in result.text and "could not be laid well" in result.text
    written = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert written["assessment"]["visits"][1]["overall"]["value"] == "PD"
    assert written["assessment"]["visits"][1]["overall"]["sentence"]
    assert (tmp_path / "out" / "timeline.png").read_bytes().startswith(b"\x89PNG")


def test_the_same_responses_follow_from_the_tumour_tables_alone(quick: list[Path], tmp_path: Path) -> None:
    compare(quick, tmp_path / "out")
    rs_from_tumour_tables(tmp_path / "out" / "TU.csv", tmp_path / "out" / "TR.csv", tmp_path / "again.csv")

    def responses(path: Path) -> set[tuple[str, str, str]]:
        return {(row["VISITNUM"], row["RSTESTCD"], row["RSSTRESC"]) for row in rows(path)
                if row["RSCAT"] == "RECIST 1.1"}

    assert responses(tmp_path / "again.csv") == responses(tmp_path / "out" / "RS.csv")


def test_decisions_and_names_survive_comparing_again(quick: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    case = compare(quick, out).case
    held = next(state for state in case.tracks[0].states if state.time_point_id == "2024-04-15").lesion_ids[0]
    own = cut(case, "T1", "2024-04-15", held, "reader 1", "2026-02-01T00:00:00+00:00")
    save_case(case, out / "case.json")
    again = {track.id: track for track in compare(quick, out).case.tracks}
    assert again["T1"].states[1].event is TrackEvent.DISAPPEARED
    assert again["T1"].states[1].confirmed_by == "reader 1"
    assert again[own].states[-1].lesion_ids == [held]
    assert set(again) == {track.id for track in case.tracks}


def test_a_missing_date_is_asked_for(body: CTVolume, quick: list[Path], tmp_path: Path) -> None:
    undated = tmp_path / "undated"
    analysed(body, 1, None, undated)
    with pytest.raises(DuOncoError, match="Scan 2 has no date"):
        compare([quick[0], undated], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (undated / "registration.nrrd").unlink()
    dated = compare([quick[0], undated], tmp_path / "out", dates={undated: "2023-06-01"})
    assert [point.id for point in dated.case.time_points] == ["2023-06-01", "2024-01-15"]


def test_wrong_input_is_one_sentence_and_changes_nothing(quick: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    compare(quick, out)
    before = (out / "comparison.json").read_bytes()
    for wrong, sentence in ((quick[:1], "at least two"), ([quick[0], quick[0]], "given twice"),
                            ([quick[0], tmp_path], "not a result of analyze")):
        with pytest.raises(DuOncoError, match=sentence):
            compare(wrong, out)
    assert (out / "comparison.json").read_bytes() == before


def test_lesions_keep_their_links_without_masks(quick: list[Path], tmp_path: Path) -> None:
    for folder in quick:
        (folder / "segmentation.seg.nrrd").unlink()
    case = compare(quick, tmp_path / "out").case
    assert [[state.event.value for state in track.states] for track in case.tracks][:2] == [["first", "same"]] * 2

"""The lesion list as CSV and the burden as text."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from DuOncoUnityLib.exports.tables import LESION_COLUMNS, burden_table, write_lesion_table
from DuOncoUnityLib.lesions.burden import tumour_burden
from DuOncoUnityLib.records.model import Caliper, Lesion, Measurement
from DuOncoUnityLib.records.review import annotate, confirm, draw_axis, reject


def lesion(lesion_id: str, site: str, volume_ml: float, long_mm: float) -> Lesion:
    point = (0.0, 0.0, 0.0)
    measurement = Measurement(volume_ml, 100, Caliper(long_mm, point, point), Caliper(long_mm / 2, point, point), 40.26,
                              9.04, (-12.34, 56.78, -900.0), (0, 0, 0, 1, 1, 1), (0, 0, 0))
    return Lesion(lesion_id, "lymph_node" if lesion_id.startswith("N") else "lesion", site, measurement, 0.876)


@pytest.fixture
def lesions() -> list[Lesion]:
    return [lesion("L1", "liver", 12.3456, 31.25), lesion("L2", "lung", 1.0, 14.0), lesion("L3", "lung", 2.0, 18.0),
            lesion("N1", "", 3.0, 20.0)]


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_one_row_for_each_lesion_with_units_in_the_header(lesions: list[Lesion], tmp_path: Path) -> None:
    confirm(lesions[0], "Dr Žižek", "2026-01-01T10:00:00Z")
    write_lesion_table(tmp_path / "lesions.csv", lesions)
    rows = read_rows(tmp_path / "lesions.csv")
    assert len(rows) == 4
    assert tuple(rows[0]) == LESION_COLUMNS
    assert rows[0] == {
        "id": "L1", "layer": "Lesions", "site": "Liver", "volume_ml": "12.346", "long_axis_mm": "31.2",
        "short_axis_mm": "15.6", "mean_hu": "40.3", "sd_hu": "9.0", "centroid_left_mm": "-12.3",
        "centroid_posterior_mm": "56.8", "centroid_superior_mm": "-900.0", "voxel_count": "100", "confidence": "0.88",
        "status": "confirmed", "counts": "yes", "equivocal": "no", "reviewer": "Dr Žižek",
        "reviewed_at_utc": "2026-01-01T10:00:00Z", "note": "", "axes_drawn_by_hand": ""}
    assert rows[3]["site"] == "Unknown site"


def test_axes_drawn_by_hand_are_marked(lesions: list[Lesion], tmp_path: Path) -> None:
    draw_axis(lesions[0], "short", (0.0, 0.0, 0.0), (0.0, 12.0, 0.0), "Dr A")
    write_lesion_table(tmp_path / "lesions.csv", lesions)
    row = read_rows(tmp_path / "lesions.csv")[0]
    assert (row["long_axis_mm"], row["short_axis_mm"], row["axes_drawn_by_hand"]) == ("31.2", "12.0", "short")


def test_text_cannot_become_a_formula_or_break_a_row(lesions: list[Lesion], tmp_path: Path) -> None:
    annotate(lesions[0], "Dr A", note='=HYPERLINK("x")')
    annotate(lesions[1], "Dr A", note='left, "deep"\nsee report')
    write_lesion_table(tmp_path / "lesions.csv", lesions)
    rows = read_rows(tmp_path / "lesions.csv")
    assert rows[0]["note"] == "'=HYPERLINK(\"x\")"
    assert rows[1]["note"] == 'left, "deep"\nsee report'


def test_a_scan_without_lesions_has_a_header_only(tmp_path: Path) -> None:
    write_lesion_table(tmp_path / "lesions.csv", [])
    assert (tmp_path / "lesions.csv").read_text().splitlines() == [",".join(LESION_COLUMNS)]


def test_burden_of_two_scans_side_by_side(lesions: list[Lesion]) -> None:
    later = [lesion("L1", "liver", 20.0, 40.0), lesion("L2", "bone", 1.0, 11.0)]
    reject(later[1], "Dr A")
    text = burden_table({"2026-01-01": tumour_burden(lesions), "2026-03-01": tumour_burden(later)})
    cells = {line.split("  |  ")[0].strip(): line.split("  |  ")[1:] for line in text.splitlines()}
    expected = {
        "Liver": ["1 12.3 ml 31.2 mm", "1 20.0 ml 40.0 mm"],
        "Lungs": ["2 3.0 ml 18.0 mm", "-"],
        "All": ["4 18.3 ml 31.2 mm", "1 20.0 ml 40.0 mm"],
        "rejected, not counted": ["0", "1"],
    }
    for row, columns in expected.items():
        assert [" ".join(cell.split()) for cell in cells[row]] == columns
    assert "Other bones" not in text

"""Our own cases as TU, TR and RS: reading our TU and TR back gives our RS."""

from __future__ import annotations

import csv
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from DuOncoUnityLib.exports.cdisc import bor_from_rs, rs_from_tumour_tables
from DuOncoUnityLib.exports.cdisc_case import write_case_tables
from DuOncoUnityLib.records.decisions import Adjudication, LesionReading, Reader, ReadingDecision, Signature
from DuOncoUnityLib.records.model import Case, Review, ReviewStatus

SIGNED = Signature("Dr A", "2024-03-01T09:00:00Z")


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def results(path: Path) -> dict[tuple[str, ...], str]:
    return {(row["RSEVALID"], row["VISITNUM"], row["RSTESTCD"]): row["RSSTRESC"]
            for row in table(path) if row["RSCAT"] == "RECIST 1.1"}


def assert_round_trip(case: Case, folder: Path) -> dict[tuple[str, ...], str]:
    write_case_tables(case, folder)
    rs_from_tumour_tables(folder / "TU.csv", folder / "TR.csv", folder / "again.csv")
    assert results(folder / "again.csv") == results(folder / "RS.csv")
    return results(folder / "RS.csv")


def test_targets_nodes_non_targets_and_new_lesions_come_back(case_of, tmp_path: Path) -> None:
    case = case_of({"T1:liver": [60, 40, None], "N1:mediastinum*": [16, 9, 8], "B1:bone": [20, 0, 20],
                    "X1:lung": [0, 12, 0]})
    found = assert_round_trip(case, tmp_path)
    assert found[("", "2", "NEWLRESP")] == "Y" and found[("", "3", "NEWLRESP")] == "N"
    assert found[("", "1", "OVRLRESP")] == ""
    tu = {row["TULNKID"]: (row["TUSTRESC"], row["TULOC"], row["VISITNUM"]) for row in table(tmp_path / "TU.csv")}
    assert tu == {"T1": ("TARGET", "LIVER", "1"), "N1": ("TARGET", "LYMPH NODE", "1"),
                  "B1": ("NON-TARGET", "BONE", "1"), "X1": ("NEW", "LUNG", "2")}


def test_a_split_node_comes_back_as_normal_fragments(case_of, tmp_path: Path) -> None:
    found = assert_round_trip(case_of({"N1:mediastinum*": [20, [9, 8]]}), tmp_path)
    assert found[("", "2", "TRGRESP")] == "CR"
    assert {row["TULNKID"] for row in table(tmp_path / "TU.csv")} == {"N1", "N1.1", "N1.2"}


def test_equivocal_lesions_and_progression_called_by_a_reader_come_back(case_of, tmp_path: Path) -> None:
    case = case_of({"T1:liver": [30, 30, 30], "B1:bone": [20, 20, 40], "X1:lung": [0, 6, 8]})
    for point in case.time_points[1:]:
        point.lesions[-1].review = Review(ReviewStatus.CONFIRMED, equivocal=True)
    case.decisions.readers = [Reader("A"), Reader("B", readings=[
        ReadingDecision("B1", "V2", SIGNED, LesionReading.UNEQUIVOCAL_PROGRESSION)])]
    found = assert_round_trip(case, tmp_path)
    assert found[("A", "2", "NEWLRESP")] == "EQUIVOCAL"
    assert found[("A", "3", "OVRLRESP")] == "SD" and found[("B", "3", "OVRLRESP")] == "PD"


def test_a_new_node_that_is_normal_again_is_no_longer_new(case_of, tmp_path: Path) -> None:
    case = case_of({"T1:liver": [30, 30, 30, 30], "X1:mediastinum*": [0, 0, [2, 13], [2, 8]]})
    found = assert_round_trip(case, tmp_path)
    assert found[("", "3", "NEWLRESP")] == "Y" and found[("", "4", "NEWLRESP")] == "N"


def test_the_accepted_reader_gives_the_best_response(case_of, tmp_path: Path) -> None:
    case = case_of({"T1:liver": [30, 30, 30]})
    case.decisions.readers = [Reader("A"), Reader("B", readings=[
        ReadingDecision("T1", visit, SIGNED, size_mm=10.0) for visit in ("V1", "V2")])]
    case.decisions.adjudications = [Adjudication("B", SIGNED)]
    write_case_tables(case, tmp_path)
    bor_from_rs(tmp_path / "RS.csv", tmp_path / "BOR.csv")
    assert [(row["BOR_UNCONFIRMED"], row["BOR_CONFIRMED"]) for row in table(tmp_path / "BOR.csv")] == [("PR", "PR")]


def test_irecist_is_written_beside_recist(case_of, tmp_path: Path) -> None:
    write_case_tables(case_of({"T1:liver": [30, 40, 46]}), tmp_path)
    assert [row["RSSTRESC"] for row in table(tmp_path / "RS.csv") if row["RSCAT"] == "IRECIST"] == ["iUPD", "iCPD"]


size = st.one_of(st.none(), st.just(0.0), st.integers(20, 900).map(lambda tenths: tenths / 10),
                 st.lists(st.integers(20, 400).map(lambda tenths: tenths / 10), min_size=2, max_size=3))
lesions = st.lists(st.tuples(st.sampled_from(["liver", "lung", "bone", "mediastinum*"]),
                             st.lists(size, min_size=4, max_size=4)), min_size=1, max_size=7)


@settings(max_examples=60)
@given(lesions)
def test_any_case_comes_back(case_of, tmp_path_factory, lesions) -> None:
    case = case_of({"L:kidney": [20.0] * 4} | {f"L{n}:{site}": sizes for n, (site, sizes) in enumerate(lesions)})
    assert_round_trip(case, tmp_path_factory.mktemp("case"))

"""CDISC in and out: TU and TR become RS, RS becomes best overall response."""

from __future__ import annotations

import csv
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.exports.cdisc import bor_from_rs, rs_from_tumour_tables

TU_HEADER = "USUBJID,TULNKID,TULOC,TUSTRESC,VISITNUM"
TR_HEADER = "USUBJID,TRLNKID,TRTESTCD,TRSTRESN,TRSTRESC,VISITNUM,TRDTC"


def responses(folder: Path, tu: str, tr: str) -> dict[tuple[str, ...], str]:
    """RS results by (subject, reader, visit, test) of tables given without their header lines."""
    (folder / "tu.csv").write_text(tu)
    (folder / "tr.csv").write_text(tr)
    rs_from_tumour_tables(folder / "tu.csv", folder / "tr.csv", folder / "rs.csv")
    with (folder / "rs.csv").open() as stream:
        return {(row["USUBJID"], row["RSEVALID"], row["VISITNUM"], row["RSTESTCD"]): row["RSSTRESC"]
                for row in csv.DictReader(stream)}


def overall(folder: Path, tu_rows: list[str], tr_rows: list[str], test: str = "OVRLRESP") -> list[str | None]:
    """Results of one subject without named readers at visits 2, 3, ..."""
    result = responses(folder, "\n".join([TU_HEADER, *tu_rows]), "\n".join([TR_HEADER, *tr_rows]))
    last = max(int(key[2]) for key in result)
    return [result.get(("1", "", str(visit), test)) for visit in range(2, last + 1)]


def measured(link: str, *sizes: str, test: str = "LDIAM") -> list[str]:
    """TR rows of one lesion at visits 1, 2, ...; a number, or the text of TRSTRESC."""
    rows = []
    for visit, size in enumerate(sizes, start=1):
        number = size if size.replace(".", "").isdigit() else ""
        rows.append(f"1,{link},{test},{number},{size},{visit},2020-0{visit}-01")
    return rows


def test_targets_are_followed_from_the_baseline_and_the_nadir(tmp_path: Path) -> None:
    tr = measured("T01", "60", "40", "30", "36", "35") + measured("T02", "40", "30", "20", "24.9", "25")
    assert overall(tmp_path, ["1,T01,LIVER,TARGET,1", "1,T02,LUNG,TARGET,1"], tr) == ["PR", "PR", "PD", "PD"]


def test_the_baseline_is_an_overall_response_without_result(tmp_path: Path) -> None:
    result = responses(tmp_path, f"{TU_HEADER}\n1,T01,LIVER,TARGET,1",
                       "\n".join([TR_HEADER, *measured("T01", "20", "20")]))
    assert result[("1", "", "1", "OVRLRESP")] == ""
    assert ("1", "", "1", "TRGRESP") not in result


def test_a_node_is_measured_by_its_short_axis_and_normal_below_ten(tmp_path: Path) -> None:
    tr = measured("T01", "30", "28", "25") + measured("T01", "16", "9.9", "15", test="LPERP")
    assert overall(tmp_path, ["1,T01,LYMPH NODE,TARGET,1"], tr) == ["CR", "PD"]


def test_a_non_nodal_target_is_measured_by_its_long_axis_even_with_a_short_one_given(tmp_path: Path) -> None:
    tr = measured("T01", "30", "30") + measured("T01", "16", "5", test="LPERP")
    assert overall(tmp_path, ["1,T01,LUNG,TARGET,1"], tr) == ["SD"]


@pytest.mark.parametrize(("text", "response"), [
    ("ABSENT", "CR"), ("TOO SMALL TO MEASURE", "PR"), ("<5 mm", "PR"), ("NOT EVALUABLE", "NE"), ("", "NE"),
    ("19.9 mm", "SD"), ("2 cm", "SD"), ("14", "PR"), ("14,1", "SD")])
def test_what_a_target_row_may_say(tmp_path: Path, text: str, response: str) -> None:
    tu = ["1,T01,LIVER,TARGET,1"]
    tr = [*measured("T01", "20"), f'1,T01,LDIAM,,"{text}",2,2020-03-01']
    assert overall(tmp_path, tu, tr) == [response]


@pytest.mark.parametrize(("text", "response"), [
    ("ABSENT", "CR"), ("NON-PATHOLOGICAL", "CR"),
    ("PRESENT", "NON-CR/NON-PD"), ("UNEQUIVOCAL PROGRESSION", "PD"), ("NOT EVALUABLE", "NE"),
    ("Equivocal progression", "NON-CR/NON-PD"), ("INCREASED", "NON-CR/NON-PD"), ("", "NE"),
    ("unchanged", "NON-CR/NON-PD"),
    ("NOT ASSESSED", "NE"), ("Present without unequivocal progression", "NON-CR/NON-PD"),
    ("Disappeared", "CR"), ("No progression", "NON-CR/NON-PD")])
def test_what_a_non_target_row_may_say(tmp_path: Path, text: str, response: str) -> None:
    tr = [*measured("NT01", "PRESENT", text, test="TUMSTATE")]
    assert overall(tmp_path, ["1,NT01,LIVER,NON-TARGET,1"], tr, "NTRGRESP") == [response]
    assert overall(tmp_path, ["1,NT01,LIVER,NON-TARGET,1"], tr) == [response]


@pytest.mark.parametrize("role", ["NON-TARGET", "Non Target", "nontarget lesion", "NON_TARGET"])
def test_names_of_the_non_target_role(tmp_path: Path, role: str) -> None:
    tr = measured("A", "20", "10") + measured("B", "PRESENT", "PRESENT", test="TUMSTATE")
    assert overall(tmp_path, ["1,A,LIVER,Target,1", f"1,B,LIVER,{role},1"], tr, "NTRGRESP") == ["NON-CR/NON-PD"]


def test_a_new_lesion_in_tu_is_progression_from_its_visit_on(tmp_path: Path) -> None:
    tu = ["1,T01,LIVER,TARGET,1", "1,NEW01,BONE,NEW,3"]
    assert overall(tmp_path, tu, measured("T01", "20", "20", "10", "10")) == ["SD", "PD", "PD"]
    assert overall(tmp_path, tu, measured("T01", "20", "20", "10", "10"), "NEWLRESP") == ["N", "Y", "Y"]


def test_a_new_lesion_at_a_visit_without_measurements_makes_a_visit(tmp_path: Path) -> None:
    tu = ["1,T01,LIVER,TARGET,1", "1,NEW01,BONE,NEW,2"]
    assert overall(tmp_path, tu, measured("T01", "20")) == ["PD"]


def test_an_equivocal_new_lesion_is_followed_and_dated_back_when_confirmed(tmp_path: Path) -> None:
    tu = ["1,T01,LIVER,TARGET,1", "1,NEW01,BONE,NEW,2"]
    targets = measured("T01", "20", "20", "20")
    unsure = [row for row in measured("NEW01", "", "EQUIVOCAL", "EQUIVOCAL", test="TUMSTATE") if "EQUI" in row]
    assert overall(tmp_path, tu, targets + unsure) == ["SD", "SD"]
    assert overall(tmp_path, tu, targets + unsure, "NEWLRESP") == ["EQUIVOCAL", "EQUIVOCAL"]
    sure = [unsure[0], unsure[1].replace("EQUIVOCAL", "UNEQUIVOCAL")]
    assert overall(tmp_path, tu, targets + sure) == ["PD", "PD"]


def test_a_split_target_is_the_sum_of_its_fragments(tmp_path: Path) -> None:
    tu = ["1,T01,LIVER,TARGET,1", "1,T01.1,LIVER,TARGET,2", "1,T01.2,LIVER,TARGET,2"]
    fragments = ["1,T01.1,LDIAM,20,20,2,2020-02-01", "1,T01.2,LDIAM,28,28,2,2020-02-01"]
    assert overall(tmp_path, tu, measured("T01", "40") + fragments) == ["PD"]


def test_merged_targets_are_counted_once(tmp_path: Path) -> None:
    tu = ["1,T01,LIVER,TARGET,1", "1,T02,LIVER,TARGET,1", "1,T01/T02,LIVER,TARGET,2"]
    tr = [*measured("T01", "20"), *measured("T02", "20"), "1,T01/T02,LDIAM,40,40,2,2020-02-01"]
    assert overall(tmp_path, tu, tr) == ["SD"]


def test_a_missing_target_is_not_evaluable_unless_the_rest_shows_progression(tmp_path: Path) -> None:
    tu = ["1,T01,LIVER,TARGET,1", "1,T02,LIVER,TARGET,1"]
    tr = measured("T01", "20", "10", "50") + measured("T02", "20", "NOT EVALUABLE", "NOT EVALUABLE")
    assert overall(tmp_path, tu, tr, "TRGRESP") == ["NE", "PD"]


def test_readers_are_kept_apart(tmp_path: Path) -> None:
    tu = ("USUBJID,TULNKID,TULOC,TUORRES,TUEVAL,TUEVALID,VISITNUM\n"
          "1,I-T1,LIVER,TARGET,INVESTIGATOR,,1\n1,R1-T1,LIVER,TARGET,INDEPENDENT ASSESSOR,RADIOLOGIST 1,1")
    tr = ("USUBJID,TRLNKID,TRTESTCD,TRSTRESN,TREVAL,TREVALID,VISITNUM\n"
          "1,I-T1,LDIAM,20,INVESTIGATOR,,1\n1,I-T1,LDIAM,10,INVESTIGATOR,,2\n"
          "1,R1-T1,LDIAM,20,INDEPENDENT ASSESSOR,RADIOLOGIST 1,1\n"
          "1,R1-T1,LDIAM,25,INDEPENDENT ASSESSOR,RADIOLOGIST 1,2")
    result = responses(tmp_path, tu, tr)
    assert result[("1", "", "2", "OVRLRESP")] == "PR"
    assert result[("1", "RADIOLOGIST 1", "2", "OVRLRESP")] == "PD"


def test_the_accepted_reader_stays_the_accepted_one(tmp_path: Path) -> None:
    tu = "USUBJID,TULNKID,TUSTRESC,TUEVALID\n1,T1,TARGET,R1\n1,T1,TARGET,R2"
    tr = ("USUBJID,TRLNKID,TRTESTCD,TRSTRESN,TREVALID,TRACPTFL,VISITNUM,TRDTC\n"
          "1,T1,LDIAM,20,R1,,1,2020-01-01\n1,T1,LDIAM,20,R1,,2,2020-03-01\n"
          "1,T1,LDIAM,20,R2,Y,1,2020-01-01\n1,T1,LDIAM,10,R2,Y,2,2020-03-01")
    responses(tmp_path, tu, tr)
    bor_from_rs(tmp_path / "rs.csv", tmp_path / "bor.csv")
    assert (tmp_path / "bor.csv").read_text().splitlines()[1].startswith("1,PR,SD,")


def test_rows_in_any_order_lower_case_header_and_semicolons(tmp_path: Path) -> None:
    tu = "tulnkid;usubjid;tustresc;tuloc\nT01;1;target;liver"
    tr = ("trdtc;trlnkid;usubjid;trtestcd;trorres;trorresu;visit\n"
          "2020-03-01;T01;1;ldiam;1.0;cm;week 8\n2020-01-01;T01;1;ldiam;20;mm;baseline")
    assert responses(tmp_path, tu, tr)[("1", "", "2", "OVRLRESP")] == "PR"


def test_a_row_without_visit_number_takes_that_of_its_visit(tmp_path: Path) -> None:
    tr = ("USUBJID,TRLNKID,TRTESTCD,TRSTRESN,VISITNUM,VISIT\n1,T01,LDIAM,20,3,SCREENING\n"
          "1,T01,LDIAM,10,NA,WEEK 8\n1,T02,LDIAM,20,3,SCREENING\n1,T02,LDIAM,10,7,WEEK 8\n2,T01,LDIAM,10,,\n")
    tu = "USUBJID,TULNKID,TUSTRESC\n1,T01,TARGET\n1,T02,TARGET\n2,T01,TARGET"
    result = responses(tmp_path, tu, tr)
    assert {key[2]: value for key, value in result.items() if key[3] == "OVRLRESP"} == {"3": "", "7": "PR"}


def test_the_responses_written_are_read_as_best_response(tmp_path: Path) -> None:
    responses(tmp_path, f"{TU_HEADER}\n1,T01,LIVER,TARGET,1",
              "\n".join([TR_HEADER, *measured("T01", "20", "20", "10", "9")]))
    bor_from_rs(tmp_path / "rs.csv", tmp_path / "bor.csv")
    assert (tmp_path / "bor.csv").read_text().splitlines()[1].startswith("1,PR,PR,")


@pytest.mark.parametrize(("tr", "sentence"), [
    ("", "empty"),
    ("USUBJID,TRLNKID\n1,T01", "lacks the column TRTESTCD"),
    (f"{TR_HEADER}\n1,T01,LDIAM,20,20,one,2020-01-01", "VISITNUM"),
    (f"{TR_HEADER}\n1,T01,LDIAM,20,20,1,yesterday", "YYYY-MM-DD"),
    (f"{TR_HEADER}\n1,T01,LDIAM,20,20,1,2020-01-01,left,over", "more values"),
    (f'{TR_HEADER}\n1,T01,LDIAM,"20,20,1,2020-01-01', "not a readable CSV"),
    (f"{TR_HEADER},VISITNUM\n1,T01,LDIAM,20,20,1,2020-01-01,1", "twice"),
    ("\0\0\0", "not a text file")])
def test_a_malformed_table_is_refused_with_one_sentence(tmp_path: Path, tr: str, sentence: str) -> None:
    with pytest.raises(DuOncoError, match=sentence):
        responses(tmp_path, f"{TU_HEADER}\n1,T01,LIVER,TARGET,1", tr)
    assert not list(tmp_path.glob("rs*")) and not list(tmp_path.glob("*.part"))


VALID_TR = "\n".join([TR_HEADER, *measured("T01", "20", "10"), *measured("NT01", "PRESENT", "ABSENT", test="TUMSTATE")])
VALID_TU = f"{TU_HEADER}\n1,T01,LIVER,TARGET,1\n1,NT01,LUNG,NON-TARGET,1\n1,NEW01,LUNG,NEW,2"


@settings(deadline=None)
@given(st.integers(0, 1), st.lists(st.tuples(st.integers(0, 400), st.text(max_size=4)), min_size=1, max_size=5))
def test_damaged_tables_give_a_result_or_a_sentence_but_never_crash(tmp_path_factory, which: int, edits) -> None:
    tables = [VALID_TU, VALID_TR]
    for place, text in edits:
        place %= len(tables[which])
        tables[which] = tables[which][:place] + text + tables[which][place + 1:]
    with suppress(DuOncoError):
        responses(tmp_path_factory.mktemp("fuzz"), *tables)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_bytes_that_are_no_table_are_refused(tmp_path_factory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "rs.csv"
    path.write_bytes(content)
    with pytest.raises(DuOncoError):
        bor_from_rs(path, path.with_name("bor.csv"))


def bor(folder: Path, *rows: str, header: str = "USUBJID,RSTESTCD,RSSTRESC,RSDTC", **options: int) -> list[str]:
    """"unconfirmed confirmed" of every subject."""
    (folder / "rs.csv").write_text("\n".join([header, *rows]))
    bor_from_rs(folder / "rs.csv", folder / "bor.csv", **options)
    with (folder / "bor.csv").open() as stream:
        return [f"{row['BOR_UNCONFIRMED']} {row['BOR_CONFIRMED']}" for row in csv.DictReader(stream)]


def test_best_response_from_rows_in_any_order_with_the_empty_one_as_baseline(tmp_path: Path) -> None:
    rows = ["1,OVRLRESP,PR,2020-04-01", "1,OVRLRESP,,2020-01-01", "1,OVRLRESP,PR,2020-02-20",
            "1,TRGRESP,PD,2020-02-20", "2,OVRLRESP,NA,2020-01-01", "2,OVRLRESP,SD,2020-02-11"]
    assert bor(tmp_path, *rows) == ["PR PR", "NE NE"]
    assert bor(tmp_path, *rows, min_sd_days=41) == ["PR PR", "SD SD"]
    assert bor(tmp_path, *rows, confirm_days=60) == ["PR SD", "NE NE"]


def test_best_response_has_one_row_per_subject_whatever_it_is(tmp_path: Path) -> None:
    rows = ["1,OVRLRESP,,2020-01-01", "2,OVRLRESP,,2020-01-01", "2,OVRLRESP,NON-CR/NON-PD,2020-03-01",
            "3,OVRLRESP,,2020-01-01", "3,OVRLRESP,Progressive disease,2020-03"]
    assert bor(tmp_path, *rows) == ["NE NE", "SD SD", "PD PD"]


@pytest.mark.parametrize(("flags", "expected"), [
    (("", "", ""), "PD PD"), (("", "Y", ""), "PR SD"), (("", "", "Y"), "SD SD")])
def test_of_several_readers_the_accepted_counts_else_the_investigator(tmp_path: Path, flags: tuple[str, ...],
                                                                      expected: str) -> None:
    readers = [("INVESTIGATOR", "", "PD"), ("INDEPENDENT ASSESSOR", "R1", "PR"), ("INDEPENDENT ASSESSOR", "R2", "SD")]
    rows = [f"1,{day},{value if value else ''},{evaluator},{name},{flag}"
            for (evaluator, name, response), flag in zip(readers, flags, strict=True)
            for day, value in (("2020-01-01", ""), ("2020-03-01", response))]
    assert bor(tmp_path, *rows, header="USUBJID,RSDTC,RSORRES,RSEVAL,RSEVALID,RSACPTFL") == [expected]


def test_a_response_on_the_day_of_the_baseline_comes_after_it(tmp_path: Path) -> None:
    rows = ["1,OVRLRESP,PR,2020-01-01", "1,OVRLRESP,,2020-01-01", "1,OVRLRESP,PD,2020-03-01"]
    assert bor(tmp_path, *rows) == ["PR PD"]


def test_an_unknown_response_or_negative_days_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DuOncoError, match="none of CR"):
        bor(tmp_path, "1,OVRLRESP,GOOD,2020-01-01")
    with pytest.raises(DuOncoError, match="negative"):
        bor(tmp_path, "1,OVRLRESP,CR,2020-01-01", confirm_days=-1)


def test_a_visit_not_done_is_not_the_baseline(tmp_path: Path) -> None:
    rows = ["1,,2020-01-01,", "1,PR,2020-03-01,", "1,,2020-04-01,NOT DONE", "1,PR,2020-05-01,"]
    assert bor(tmp_path, *rows, header="USUBJID,RSSTRESC,RSDTC,RSSTAT") == ["PR SD"]


def test_a_missing_file_and_an_unwritable_place_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DuOncoError, match="RS table cannot be read"):
        bor_from_rs(tmp_path / "none.csv", tmp_path / "bor.csv")
    (tmp_path / "rs.csv").write_text("USUBJID,RSSTRESC,RSDTC\n1,,2020-01-01")
    (tmp_path / "file").write_text("")
    with pytest.raises(DuOncoError) as refused:
        bor_from_rs(tmp_path / "rs.csv", tmp_path / "file" / "bor.csv")
    assert refused.value.exit_code is ExitCode.CANNOT_WRITE

"""CDISC SDTM: responses (RS) from tumour tables (TU, TR), and best overall response from RS."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.exports.cdisc_tables import Row, parse_date, parse_number, read_table, write_table
from DuOncoUnityLib.exports.cdisc_tumours import Assessment, Visit, read_assessments
from DuOncoUnityLib.response.best_response import VisitOutcome, best_response
from DuOncoUnityLib.response.recist import RecistSettings, Response
from DuOncoUnityLib.response.timeline import VisitResponse, respond

RS_COLUMNS = ("STUDYID", "DOMAIN", "USUBJID", "RSSEQ", "RSTESTCD", "RSTEST", "RSCAT", "RSORRES", "RSSTRESC",
              "RSEVAL", "RSEVALID", "RSACPTFL", "VISITNUM", "VISIT", "RSDTC")
BOR_COLUMNS = ("USUBJID", "BOR_UNCONFIRMED", "BOR_CONFIRMED", "UNCONFIRMED_REASON", "CONFIRMED_REASON")
RS_TESTS = {"TRGRESP": "Target Response", "NTRGRESP": "Non-target Response", "NEWLRESP": "New Lesion Response",
            "OVRLRESP": "Overall Response"}

_RESPONSE_NAMES = {
    "COMPLETE RESPONSE": Response.CR, "PARTIAL RESPONSE": Response.PR, "STABLE DISEASE": Response.SD,
    "PROGRESSIVE DISEASE": Response.PD, "NOT EVALUABLE": Response.NE, "INEVALUABLE": Response.NE,
    "NOT DONE": Response.NE, "ND": Response.NE, "NED": Response.NE, "UNK": Response.NE, "UNKNOWN": Response.NE,
    "NON CR/NON PD": Response.NON_CR_NON_PD, "NON CR NON PD": Response.NON_CR_NON_PD, "NN": Response.NON_CR_NON_PD,
}


def rs_from_tumour_tables(tu_path: Path, tr_path: Path, out_path: Path,
                          settings: RecistSettings | None = None) -> int:
    """Write the responses by RECIST 1.1 of every subject, reader and visit as an RS table.

    The first visit is the baseline: it gets an OVRLRESP row without result. TRGRESP and NTRGRESP are left out for
    patients without such lesions.

    Returns:
        The number of rows written.

    Raises:
        DuOncoError: a table is malformed, or the result cannot be written.
    """
    settings = settings or RecistSettings()
    rows: list[dict[str, object]] = []
    sequence: dict[str, int] = defaultdict(int)
    for assessment in read_assessments(tu_path, tr_path, settings):
        for row in _rs_rows(assessment, settings):
            sequence[assessment.key.subject] += 1
            rows.append({**row, "RSSEQ": sequence[assessment.key.subject]})
    write_table(out_path, RS_COLUMNS, rows)
    return len(rows)


def _rs_rows(assessment: Assessment, settings: RecistSettings) -> list[dict[str, object]]:
    baseline, *later = assessment.observations
    rows = [_rs_row(assessment, assessment.visits[0], "OVRLRESP", "", False)]
    responses = respond(baseline, later, settings)
    for visit, observation, response in zip(assessment.visits[1:], later, responses, strict=True):
        progressed = response.overall.value == Response.PD
        new = "Y" if observation.new_lesions else "EQUIVOCAL" if observation.equivocal_lesions else "N"
        for test, value in _results(response, new):
            rows.append(_rs_row(assessment, visit, test, value, progressed))
    return rows


def _results(response: VisitResponse, new: str) -> list[tuple[str, str]]:
    results = []
    if response.target is not None:
        results.append(("TRGRESP", Response(response.target.value).value))
    if response.non_target is not None:
        results.append(("NTRGRESP", Response(response.non_target.value).value))
    return [*results, ("NEWLRESP", new), ("OVRLRESP", Response(response.overall.value).value)]


def _rs_row(assessment: Assessment, visit: Visit, test: str, value: str, progressed: bool) -> dict[str, object]:
    # RECIST dates progression by the first scan of a visit that shows it, everything else by the last
    day = (min if progressed else max)(visit.dates) if visit.dates else None
    return {"STUDYID": assessment.study, "DOMAIN": "RS", "USUBJID": assessment.key.subject, "RSTESTCD": test,
            "RSTEST": RS_TESTS[test], "RSCAT": "RECIST 1.1", "RSORRES": value, "RSSTRESC": value,
            "RSEVAL": assessment.key.evaluator, "RSEVALID": assessment.key.evaluator_id,
            "RSACPTFL": "Y" if visit.is_accepted else "",
            "VISITNUM": visit.label, "VISIT": visit.name, "RSDTC": day.isoformat() if day else ""}


def bor_from_rs(rs_path: Path, out_path: Path, confirm_days: int = 28, min_sd_days: int = 42,
                settings: RecistSettings | None = None) -> int:
    """Write the best overall response of every subject, from the OVRLRESP rows of an RS table.

    A row without result is the baseline. Where several readers assessed a subject, the accepted one counts
    (RSACPTFL = Y), else the investigator, else the first. NON-CR/NON-PD is reported as SD.

    Returns:
        The number of subjects.

    Raises:
        DuOncoError: a number of days is negative, the table is malformed, or the result cannot be written.
    """
    settings = replace(settings or RecistSettings(), confirm_days=confirm_days, min_sd_days=min_sd_days)
    rows = read_table(rs_path, "RS", ["USUBJID", "RSSTRESC|RSORRES", "RSDTC"])
    subjects: dict[str, list[Row]] = {row["USUBJID"]: [] for row in rows}
    for row in rows:
        if row.get("RSTESTCD", "OVRLRESP").upper() == "OVRLRESP" and "IRECIST" not in row.get("RSCAT", "").upper():
            subjects[row["USUBJID"]].append(row)
    results = []
    for subject, subject_rows in subjects.items():
        baseline, outcomes = _outcomes(_one_reader(subject_rows))
        best = best_response(outcomes, baseline, settings)
        results.append({"USUBJID": subject, "BOR_UNCONFIRMED": _bor_code(best.unconfirmed.value),
                        "BOR_CONFIRMED": _bor_code(best.confirmed.value),
                        "UNCONFIRMED_REASON": best.unconfirmed.sentence, "CONFIRMED_REASON": best.confirmed.sentence})
    write_table(out_path, BOR_COLUMNS, results)
    return len(results)


def _bor_code(value: str) -> str:
    response = Response(value)
    return Response.SD.value if response is Response.NON_CR_NON_PD else response.value


def _one_reader(rows: list[Row]) -> list[Row]:
    readers: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        readers[row.get("RSEVAL", "").upper(), row.get("RSEVALID", "")].append(row)
    if len(readers) < 2:
        return rows
    accepted = [reader for reader, own in readers.items() if any(row.get("RSACPTFL", "").upper() == "Y" for row in own)]
    investigators = [reader for reader in readers if reader[0] == "INVESTIGATOR"]
    return readers[(accepted or investigators or list(readers))[0]]


def _outcomes(rows: list[Row]) -> tuple[date | None, list[VisitOutcome]]:
    """The date of the baseline, which is the first row if that has no result, and the outcomes in the order of time."""
    dated = sorted(((parse_date(row.get("RSDTC", ""), "RS"), row) for row in rows), key=_order)
    baseline = dated[0][0] if dated and not _result(dated[0][1]) else None
    return baseline, [VisitOutcome(_response(result), day) for day, row in dated if (result := _result(row))]


def _result(row: Row) -> str:
    not_done = row.get("RSSTAT", "").upper() == "NOT DONE"
    return row.get("RSSTRESC", "") or row.get("RSORRES", "") or ("NE" if not_done else "")


def _order(dated_row: tuple[date | None, Row]) -> tuple[float, bool, float]:
    """By date, on the same day the row without result first, then by visit."""
    day, row = dated_row
    visit = parse_number(row.get("VISITNUM", ""), "VISITNUM")
    return (day.toordinal() if day else float("inf"), bool(_result(row)), float("inf") if visit is None else visit)


def _response(text: str) -> Response:
    text = text.upper().strip()
    if text in {response.value for response in Response}:
        return Response(text)
    response = _RESPONSE_NAMES.get(text.replace("-", " "))
    if response is None:
        raise DuOncoError("The RS table has an overall response that is none of CR, PR, SD, NON-CR/NON-PD, PD and NE.",
                          details=text)
    return response

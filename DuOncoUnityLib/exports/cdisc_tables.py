"""CSV files in the columns of CDISC SDTM: reading what other people wrote, writing without half-written files."""

from __future__ import annotations

import calendar
import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.files import replacing

Row = dict[str, str]

_MISSING = {"", ".", "NA", "N/A", "NAN", "NULL", "<NA>"}
_ISO_DATE = re.compile(r"([0-9]{4})-?([0-9]{2})(?:-?([0-9]{2})(?:[T ].*)?)?")


def read_table(path: Path, name: str, required: Sequence[str]) -> list[Row]:
    """Rows of a CSV file by upper-case column name; missing values ("", ".", "NA") become "".

    Args:
        path: a comma-, semicolon- or tab-separated file with a header line.
        name: what the table is called in messages ("TU").
        required: columns that must exist; "A|B" for either.

    Raises:
        DuOncoError: the file cannot be read, is no table or lacks a column.
    """
    text = _read_text(path, name)
    header_line = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        lines = [line for line in reader if any(value.strip() for value in line)]
    except csv.Error as error:
        raise DuOncoError(f"The {name} table is not a readable CSV file (line {reader.line_num}).",
                          details=str(error)) from error
    if not lines:
        raise DuOncoError(f"The {name} table is empty.")
    header = [column.strip().upper() for column in lines[0]]
    _check_header(header, name, required)
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        if len(line) > len(header):
            raise DuOncoError(f"Row {number} of the {name} table has more values than the header has columns.")
        rows.append(dict.fromkeys(header, "") | {column: _clean(column, value)
                                                 for column, value in zip(header, line, strict=False)})
    return rows


def _read_text(path: Path, name: str) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DuOncoError(f"The {name} table cannot be read.", details=str(error)) from error
    if b"\0" in content:
        raise DuOncoError(f"The {name} table is not a text file.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _check_header(header: Sequence[str], name: str, required: Sequence[str]) -> None:
    doubled = sorted({column for column in header if column and header.count(column) > 1})
    if doubled:
        raise DuOncoError(f"The {name} table has the column {doubled[0]} twice.")
    lacking = [column for column in required if not any(choice in header for choice in column.split("|"))]
    if lacking:
        raise DuOncoError(f"The {name} table lacks the column {lacking[0].replace('|', ' or ')}.")


def _clean(column: str, value: str) -> str:
    value = value.strip()
    return "" if value.upper() in _MISSING and column != "USUBJID" else value


def write_table(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    """Write `rows` as CSV; the file appears complete or not at all. Raises `DuOncoError` when it cannot."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def parse_date(text: str, name: str) -> date | None:
    """The day of an ISO 8601 date or time; the last day of the month where the day is missing; None where empty."""
    if not text or re.fullmatch(r"[0-9]{4}", text):
        return None
    match = _ISO_DATE.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        year, month = int(match[1]), int(match[2])
        return date(year, month, int(match[3]) if match[3] else calendar.monthrange(year, month)[1])
    except ValueError as error:
        raise DuOncoError(f"A date in the {name} table is not of the form YYYY-MM-DD.", details=str(error)) from error


def parse_number(text: str, column: str) -> float | None:
    """A finite decimal number; None where empty. Raises `DuOncoError` for anything else."""
    if not text:
        return None
    try:
        number = float(text)
        if not math.isfinite(number):
            raise ValueError(text)
    except ValueError as error:
        raise DuOncoError(f"The column {column} has a value that is not a number.", details=str(error)) from error
    return number

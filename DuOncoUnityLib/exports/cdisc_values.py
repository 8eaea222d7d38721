"""What one row of a CDISC TR table says: a size, or a state in the words that studies use."""

from __future__ import annotations

import re
from decimal import Decimal

from DuOncoUnityLib.exports.cdisc_tables import Row, parse_number
from DuOncoUnityLib.response.recist import NonTargetStatus, RecistSettings, tenths_of_mm

_LENGTH = re.compile(r"(<?)\s*([0-9]{1,5}(?:[.,][0-9]{0,9})?)\s*(MM|CM)?")
_ABSENT = re.compile(r"\bABSENT|DISAPPEARED|\bRESOLVED|NOT PRESENT|NO LONGER|NON ?PATHOLOGIC|^NORMAL$|COMPLETE RESPONSE"
                     r"|^CR$|^0+([.]0*)?( ?(MM|CM))?$")
_NOT_ABSENT = re.compile(r"NOT (ABSENT|DISAPPEARED|RESOLVED)|PARTIALLY")
_PROGRESSION = re.compile(r"UNEQUIVOCAL(LY)? (PROGRESS|INCREAS|WORSE|GROW)|\bPROGRESS(ED|I)|^PD$")
_NEGATED = re.compile(r"\b(NO|NON|NOT|WITHOUT)\b.*PROGRESS|^(NO|NON|NOT|WITHOUT)\b")
_EQUIVOCAL = re.compile(r"(?<!UN)EQUIVOCAL")
_NOT_EVALUABLE = re.compile(r"\bN[ED]\b|\bNOT (EVALUA|ASSESS|DONE|IMAGED|SCANNED|MEASURED|PERFORMED)"
                            r"|UNKNOWN|\b(IN|UN|NON ?)EVALUABLE|MISSING")


def row_texts(row: Row) -> list[str]:
    """The results of a row in words: upper case, without hyphens, the standard form first."""
    texts = (row.get(column, "").upper().replace("_", " ").replace("-", " ") for column in ("TRSTRESC", "TRORRES"))
    return [text.strip() for text in texts if text.strip()]


def row_size(row: Row, settings: RecistSettings) -> int | None:
    """Tenths of a mm: a number in mm or cm, 0 for an absent lesion, the agreed size for one too small to measure."""
    if _not_done(row):
        return None
    for column, unit_column in (("TRSTRESN", "TRSTRESU"), ("TRSTRESC", "TRSTRESU"), ("TRORRES", "TRORRESU")):
        match = _LENGTH.fullmatch(row.get(column, "").upper())
        if match and match[1]:
            return tenths_of_mm(settings.too_small_mm)
        if match:
            centimetres = (match[3] or row.get(unit_column, "").upper()) == "CM"
            return tenths_of_mm(Decimal(match[2].replace(",", ".")) * (10 if centimetres else 1))
    for text in row_texts(row):
        if "TOO SMALL" in text:
            return tenths_of_mm(settings.too_small_mm)
        if _is_absent(text):
            return 0
    return None


def row_status(row: Row) -> NonTargetStatus | None:
    """The state of a lesion that is not measured; None where the row does not tell it."""
    if _not_done(row):
        return None
    for text in row_texts(row):
        if _PROGRESSION.search(text) and not _NEGATED.search(text) and not is_equivocal(text):
            return NonTargetStatus.PROGRESSION
        if _is_absent(text):
            return NonTargetStatus.ABSENT
        return None if _NOT_EVALUABLE.search(text) else NonTargetStatus.PRESENT
    size = parse_number(row.get("TRSTRESN", ""), "TRSTRESN")
    if size is None:
        return None
    return NonTargetStatus.PRESENT if size > 0 else NonTargetStatus.ABSENT


def is_equivocal(text: str) -> bool:
    """Whether `text` calls a finding equivocal ("UNEQUIVOCAL" does not)."""
    return _EQUIVOCAL.search(text.upper()) is not None


def _is_absent(text: str) -> bool:
    return _ABSENT.search(text) is not None and _NOT_ABSENT.search(text) is None


def _not_done(row: Row) -> bool:
    return row.get("TRSTAT", "").upper() == "NOT DONE"

"""CDISC SDTM tumour tables (TU, TR) read as observations that the RECIST rules understand."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from pathlib import Path

from DuOncoUnityLib.exports.cdisc_tables import Row, parse_date, parse_number, read_table
from DuOncoUnityLib.exports.cdisc_values import is_equivocal, row_size, row_status, row_texts
from DuOncoUnityLib.response.recist import NODE_NORMAL_BELOW, NonTargetStatus, RecistSettings, TargetSize
from DuOncoUnityLib.response.timeline import Observation

_SHORT, _LONG, _STATE = ("LPERP",), ("LDIAM", "DIAMETER"), ("TUMSTATE", "LNSTATE")
_NODE = re.compile(r"(?<!NON )(?<!NON-)(?<!NON-LYMPH )(?<!NON LYMPH )\bNODES?\b")


class _Role(Enum):
    TARGET = "target"
    NON_TARGET = "non-target"
    NEW = "new"


@dataclass(frozen=True, order=True)
class ReaderKey:
    """Whose assessment a row belongs to."""

    subject: str
    evaluator: str
    evaluator_id: str


@dataclass
class Visit:
    """One visit of a subject: the dates of its scans, and whether this reader's records are the accepted ones."""

    number: float
    name: str
    dates: list[date] = field(default_factory=list)
    is_accepted: bool = False


    @property
    def label(self) -> str:
        """The number as SDTM writes it: 3, or 3.1 for an unscheduled visit."""
        return str(int(self.number)) if self.number.is_integer() else str(self.number)


@dataclass
class Assessment:
    """All visits of one subject as one reader saw them, in the order of time; the first is the baseline."""

    key: ReaderKey
    study: str
    visits: list[Visit]
    observations: list[Observation]


@dataclass
class _Tumour:
    """One link id: what TU calls it, and its TR rows by position of the visit."""

    link: str
    role: _Role
    is_node: bool
    tu_rows: list[Row]
    rows: dict[int, list[Row]]

    @property
    def tests(self) -> set[str]:
        return {row["TRTESTCD"].upper() for rows in self.rows.values() for row in rows}


def read_assessments(tu_path: Path, tr_path: Path, settings: RecistSettings) -> list[Assessment]:
    """Assessments of every subject and reader in the two tables, ordered by subject and reader.

    Raises:
        DuOncoError: a table is malformed or lacks a column.
    """
    tu_rows = read_table(tu_path, "TU", ["USUBJID", "TULNKID", "TUSTRESC|TUORRES"])
    tr_rows = read_table(tr_path, "TR", ["USUBJID", "TRLNKID", "TRTESTCD", "TRSTRESC|TRSTRESN|TRORRES",
                                         "VISITNUM|VISIT|TRDTC"])
    _number_visits(tr_rows, tu_rows)
    readers: dict[ReaderKey, list[Row]] = defaultdict(list)
    for row in tr_rows:
        readers[ReaderKey(row["USUBJID"], row.get("TREVAL", ""), row.get("TREVALID", ""))].append(row)
    identified: dict[str, list[Row]] = defaultdict(list)
    for row in tu_rows:
        identified[row["USUBJID"]].append(row)
    assessments = [_assessment(key, readers[key], _rows_of_reader(identified[key.subject], key, readers[key]), settings)
                   for key in sorted(readers)]
    return [assessment for assessment in assessments if assessment.visits]


def _number_visits(tr_rows: list[Row], tu_rows: list[Row]) -> None:
    """Give rows without VISITNUM that of their visit's name; where none has one, number visits by date or name."""
    numbers = {row.get("VISIT", ""): row["VISITNUM"] for row in tr_rows if row.get("VISITNUM")}
    if numbers:
        for row in [*tr_rows, *tu_rows]:
            row["VISITNUM"] = row.get("VISITNUM", "") or numbers.get(row.get("VISIT") or "-", "")
        return
    dates = sorted({row.get("TRDTC", "")[:10] for row in tr_rows})
    names = list(dict.fromkeys(row.get("VISIT", "") for row in tr_rows))
    for rows, dtc in ((tr_rows, "TRDTC"), (tu_rows, "TUDTC")):
        for row in rows:
            own, known = (row.get(dtc, "")[:10], dates) if all(dates) else (row.get("VISIT", ""), names)
            row["VISITNUM"] = str(known.index(own) + 1) if own in known else ""


def _rows_of_reader(tu_rows: list[Row], key: ReaderKey, tr_rows: list[Row]) -> list[Row]:
    """TU rows of this reader; where the tables do not name the reader alike, those of the tumours he measured."""
    same = [row for row in tu_rows if (row.get("TUEVAL", ""), row.get("TUEVALID", ""))
            == (key.evaluator, key.evaluator_id)]
    if not same and key.evaluator_id:
        same = [row for row in tu_rows if row.get("TUEVALID", "") == key.evaluator_id]
    measured = {row["TRLNKID"] for row in tr_rows}
    return same or [row for row in tu_rows if row["TULNKID"] in measured]


def _assessment(key: ReaderKey, tr_rows: list[Row], tu_rows: list[Row], settings: RecistSettings) -> Assessment:
    new = [row for row in tu_rows if _role([row], []) is _Role.NEW]
    visits = _visits(tr_rows, new)
    positions = {visit.number: position for position, visit in enumerate(visits)}
    tumours = _tumours(tr_rows, tu_rows, positions)
    new_since = {tumour.link: _first_seen(tumour, positions) for tumour in tumours if tumour.role is _Role.NEW}
    observations = [_observe(tumours, new_since, position, visit, settings) for position, visit in enumerate(visits)]
    study = next((row["STUDYID"] for row in tr_rows if row.get("STUDYID")), "")
    return Assessment(key, study, visits, observations)


def _visits(tr_rows: list[Row], new_tu_rows: list[Row]) -> list[Visit]:
    """Visits at which lesions were assessed or new ones seen, by date where every visit has one."""
    visits: dict[float, Visit] = {}
    for row, dtc in [(row, "TRDTC") for row in tr_rows] + [(row, "TUDTC") for row in new_tu_rows]:
        number = _visit_number(row)
        if number is None:
            continue
        visit = visits.setdefault(number, Visit(number, row.get("VISIT", "")))
        day = parse_date(row.get(dtc, ""), dtc[:2])
        if day is not None:
            visit.dates.append(day)
        visit.is_accepted = visit.is_accepted or row.get("TRACPTFL", "").upper() == "Y"
    ordered = sorted(visits.values(), key=lambda visit: visit.number)
    if all(visit.dates for visit in ordered):
        ordered.sort(key=lambda visit: max(visit.dates))
    return ordered


def _visit_number(row: Row) -> float | None:
    return parse_number(row.get("VISITNUM", ""), "VISITNUM")


def _tumours(tr_rows: list[Row], tu_rows: list[Row], positions: dict[float, int]) -> list[_Tumour]:
    """The tumours of one reader; what is neither target, non-target nor new is left out."""
    identified: dict[str, list[Row]] = defaultdict(list)
    for row in tu_rows:
        identified[row["TULNKID"]].append(row)
    measured: dict[str, list[Row]] = defaultdict(list)
    for row in tr_rows:
        measured[row["TRLNKID"]].append(row)
    tumours = []
    for link in dict.fromkeys([*identified, *measured]):
        role = _role(identified[link], measured[link])
        if not link or role is None:
            continue
        rows: dict[int, list[Row]] = defaultdict(list)
        for row in measured[link]:
            number = _visit_number(row)
            if number is not None:
                rows[positions[number]].append(row)
        tumours.append(_Tumour(link, role, _is_node(identified[link], measured[link]), identified[link], rows))
    return tumours


def _role(tu_rows: list[Row], tr_rows: list[Row]) -> _Role | None:
    texts = [row.get("TUSTRESC", "") or row.get("TUORRES", "") for row in tu_rows]
    texts += [row.get("TRGRPID", "") for row in tr_rows]
    for text in texts:
        words = text.upper().replace("_", " ").replace("-", " ")
        for role, pattern in ((_Role.NEW, r"\bNEW"), (_Role.NON_TARGET, r"\bNON ?TARGET"), (_Role.TARGET, r"\bTARGET")):
            if re.search(pattern, words):
                return role
    return None


def _is_node(tu_rows: list[Row], tr_rows: list[Row]) -> bool:
    places = [row.get("TULOC", "") for row in tu_rows] + [row.get("TRLOC", "") for row in tr_rows]
    if any(places):
        return any(_NODE.search(place.upper()) for place in places)
    tests = {row["TRTESTCD"].upper() for row in tr_rows}
    return tests.issuperset(_SHORT) and tests.isdisjoint(_LONG)


def _first_seen(tumour: _Tumour, positions: dict[float, int]) -> int | None:
    """Position of the visit at which a new lesion was first seen; the baseline has no new lesions."""
    identified = [positions[number] for row in tumour.tu_rows if (number := _visit_number(row)) in positions]
    seen = [position for position, rows in tumour.rows.items() if _status(rows) is not NonTargetStatus.ABSENT]
    return min((position for position in [*identified, *seen] if position > 0), default=None)


def _observe(tumours: list[_Tumour], new_since: dict[str, int | None], position: int, visit: Visit,
             settings: RecistSettings) -> Observation:
    families = _families([tumour for tumour in tumours if tumour.role is _Role.TARGET])
    targets = [_target_size(tumour, families[tumour.link], position, settings)
               for tumour in tumours if tumour.link in families]
    non_targets = {tumour.link: _non_target_status(tumour, position, settings)
                   for tumour in tumours if tumour.role is _Role.NON_TARGET}
    seen = []
    for tumour in tumours:
        since = new_since.get(tumour.link)
        gone = tumour.rows.get(position) and _status(tumour.rows[position]) is NonTargetStatus.ABSENT
        if since is not None and position >= since and not gone:
            seen.append(tumour)
    return Observation(visit.label, max(visit.dates).isoformat() if visit.dates else None,
                       tuple(targets), non_targets,
                       tuple(tumour.link for tumour in seen if not _stays_equivocal(tumour)),
                       tuple(tumour.link for tumour in seen if _stays_equivocal(tumour)))


def _families(targets: list[_Tumour]) -> dict[str, list[_Tumour]]:
    """Targets by link id, each with its fragments ("T01.1") and with the lesion it merged into ("T01/T02")."""
    links = {tumour.link for tumour in targets}
    families: dict[str, list[_Tumour]] = {}
    relatives: dict[str, list[_Tumour]] = defaultdict(list)
    for tumour in targets:
        parents = _parents(tumour.link, links)
        if not parents:
            families[tumour.link] = relatives[tumour.link]
        for parent in parents:
            relatives[parent].append(tumour)
    return families


def _parents(link: str, links: set[str]) -> list[str]:
    merged = [part for part in re.split(r"[/+&]", link) if part in links and part != link]
    whole = link.rpartition(".")[0]
    return merged or ([whole] if whole in links else [])


def _target_size(tumour: _Tumour, relatives: Sequence[_Tumour], position: int, settings: RecistSettings) -> TargetSize:
    own = _size(tumour, position, settings)
    if own is not None:
        return TargetSize(tumour.link, tumour.is_node, (own,) if own else ())
    sizes = []
    for relative in relatives:
        size = _size(relative, position, settings)
        if size is not None:
            # a merged lesion is counted once, with the first of the lesions it is named after
            counted_elsewhere = "." not in relative.link and not relative.link.startswith(tumour.link)
            sizes.append(0 if counted_elsewhere else size)
    return TargetSize(tumour.link, tumour.is_node, tuple(size for size in sizes if size) if sizes else None)


def _size(tumour: _Tumour, position: int, settings: RecistSettings) -> int | None:
    """Tenths of a mm at a visit: a number, else what the texts say; None where not evaluable or not recorded."""
    preferred, other = (_SHORT, _LONG) if tumour.is_node else (_LONG, _SHORT)
    measured_by = preferred if tumour.tests.intersection(preferred) else other
    for test in (*measured_by, *_STATE):
        for row in tumour.rows.get(position, []):
            if row["TRTESTCD"].upper() == test and (size := row_size(row, settings)) is not None:
                return size
    return None


def _non_target_status(tumour: _Tumour, position: int, settings: RecistSettings) -> NonTargetStatus:
    rows = tumour.rows.get(position, [])
    status = _status(rows)
    if tumour.is_node and status is NonTargetStatus.PRESENT:
        short = [row_size(row, settings) for row in rows if row["TRTESTCD"].upper() in _SHORT]
        if any(size is not None and size < NODE_NORMAL_BELOW for size in short):
            return NonTargetStatus.ABSENT
    return status


def _status(rows: list[Row]) -> NonTargetStatus:
    """The worst state that the rows of one visit tell; not evaluable where they tell none."""
    told = {row_status(row) for row in rows}
    order = (NonTargetStatus.PROGRESSION, NonTargetStatus.PRESENT, NonTargetStatus.ABSENT)
    return next((status for status in order if status in told), NonTargetStatus.NOT_EVALUABLE)


def _stays_equivocal(tumour: _Tumour) -> bool:
    """Whether a new lesion is equivocal at every visit; one confirmed later counts from its first sight."""
    texts = [text for rows in tumour.rows.values() for row in rows for text in row_texts(row)]
    texts += [(row.get("TUSTRESC", "") or row.get("TUORRES", "")).upper() for row in tumour.tu_rows]
    return any(is_equivocal(text) for text in texts) and not any("UNEQUIVOCAL" in text for text in texts)

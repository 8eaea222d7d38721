"""The CDISC SDTM tumour tables of one case: identification (TU), results (TR) and responses (RS).

Split targets are written as "T1.1", "T1.2" and merged ones as "T1/T2", each named in TU at the visit where it begins,
so that the same responses follow from TU and TR alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from DuOncoUnityLib.exports.cdisc import RS_COLUMNS, RS_TESTS
from DuOncoUnityLib.exports.cdisc_tables import write_table
from DuOncoUnityLib.exports.tables import plain_text, site_name
from DuOncoUnityLib.records.decisions import LesionReading, LesionRole
from DuOncoUnityLib.records.model import Case, Track
from DuOncoUnityLib.response.assessment import CaseAssessment, VisitAssessment, choose_reader
from DuOncoUnityLib.terminology import Layer

TU_COLUMNS = ("STUDYID", "DOMAIN", "USUBJID", "TUSEQ", "TULNKID", "TUTESTCD", "TUTEST", "TUORRES", "TUSTRESC",
              "TULOC", "TUMETHOD", "TUEVAL", "TUEVALID", "VISITNUM", "VISIT", "TUDTC")
TR_COLUMNS = ("STUDYID", "DOMAIN", "USUBJID", "TRSEQ", "TRLNKID", "TRTESTCD", "TRTEST", "TRORRES", "TRORRESU",
              "TRSTRESC", "TRSTRESN", "TRSTRESU", "TRSTAT", "TRREASND", "TRMETHOD", "TREVAL", "TREVALID", "VISITNUM",
              "VISIT", "TRDTC")

_ROLE_WORDS = {LesionRole.TARGET: "TARGET", LesionRole.NON_TARGET: "NON-TARGET", LesionRole.NEW: "NEW"}
_TEST_NAMES = {"LDIAM": "Longest Diameter", "LPERP": "Longest Perpendicular", "TUMSTATE": "Tumor State"}
_STATE_WORDS = {LesionReading.UNEQUIVOCAL_PROGRESSION: "UNEQUIVOCAL PROGRESSION",
                LesionReading.EQUIVOCAL: "EQUIVOCAL", LesionReading.UNEQUIVOCAL: "UNEQUIVOCAL"}
Row = dict[str, object]


def write_tumour_tables(folder: Path, case: Case, assessment: CaseAssessment) -> None:
    """Write tu.csv, tr.csv and rs.csv; the subject is the pseudonym of the case.

    Raises:
        DuOncoError: a file cannot be written.
    """
    tables = _Tables(case, assessment)
    tu, tr = tables.tumours_and_results()
    write_table(folder / "tu.csv", TU_COLUMNS, _numbered(tu, "TUSEQ"))
    write_table(folder / "tr.csv", TR_COLUMNS, _numbered(tr, "TRSEQ"))
    write_table(folder / "rs.csv", RS_COLUMNS, _numbered(tables.responses(), "RSSEQ"))


@dataclass(frozen=True)
class _Tables:
    case: Case
    assessment: CaseAssessment

    @property
    def _visits(self) -> list[tuple[int, VisitAssessment]]:
        """Baseline and later visits, numbered from 1."""
        visits = [visit for visit in self.assessment.visits if visit.phase != "before baseline"]
        return list(enumerate(visits, start=1))

    def tumours_and_results(self) -> tuple[list[Row], list[Row]]:
        """The rows of TU and TR, visit after visit."""
        roles = {proposal.track_id: proposal.role for proposal in self.assessment.roles}
        tracks = [track for track in self.case.tracks if roles.get(track.id) in _ROLE_WORDS]
        tu: list[Row] = []
        tr: list[Row] = []
        known: set[str] = set()
        for number, visit in self._visits:
            measured: set[str] = set()
            for track in tracks:
                role = roles[track.id]
                link = self._link(track, visit, roles)
                seen = role is not LesionRole.NEW or track.id in (*visit.new_lesions, *visit.equivocal_lesions)
                if link in measured or not (seen or track.id in known):
                    continue
                measured.add(link)
                if link not in known:
                    known.add(link)
                    tu.append(self._tumour(track, link, _ROLE_WORDS[role], number, visit))
                tr.extend(self._results(track, link, role, number, visit))
        return tu, tr

    def responses(self) -> list[Row]:
        """The rows of RS; the baseline has an OVRLRESP without result."""
        rows: list[Row] = []
        for number, visit in self._visits:
            found = {"TRGRESP": visit.target, "NTRGRESP": visit.non_target, "OVRLRESP": visit.overall}
            results = {test: explained.value for test, explained in found.items() if explained is not None}
            if visit.phase == "baseline":
                results = {"OVRLRESP": ""}
            else:
                results["NEWLRESP"] = ("Y" if visit.new_lesions else "EQUIVOCAL" if visit.equivocal_lesions else "N")
            rows.extend({**self._common("RS", number, visit), "RSTESTCD": test, "RSTEST": RS_TESTS[test],
                         "RSCAT": "RECIST 1.1", "RSORRES": value, "RSSTRESC": value}
                        for test, value in results.items())
        return rows

    def _link(self, track: Track, visit: VisitAssessment, roles: dict[str, LesionRole]) -> str:
        state = next((state for state in track.states if state.time_point_id == visit.time_point_id), None)
        if state is None or roles[track.id] is not LesionRole.TARGET or not state.lesion_ids:
            return track.id
        return "/".join(sorted({track.id, *(name for name in state.merged_with
                                            if roles.get(name) is LesionRole.TARGET)}))

    def _tumour(self, track: Track, link: str, role: str, number: int, visit: VisitAssessment) -> Row:
        place = "LYMPH NODE" if _is_node(track) else site_name(track.site).upper()
        return {**self._common("TU", number, visit), "TULNKID": link, "TUTESTCD": "TUMIDENT",
                "TUTEST": "Tumor Identification", "TUORRES": role, "TUSTRESC": role, "TULOC": place,
                "TUMETHOD": "CT SCAN"}

    def _results(self, track: Track, link: str, role: LesionRole, number: int, visit: VisitAssessment) -> list[Row]:
        size_mm = visit.sizes_mm.get(track.id)
        common = {**self._common("TR", number, visit), "TRLNKID": link, "TRMETHOD": "CT SCAN"}
        state_test = {"TRTESTCD": "TUMSTATE", "TRTEST": _TEST_NAMES["TUMSTATE"]}
        if size_mm is None:
            return [{**common, **state_test, "TRSTAT": "NOT DONE", "TRREASND": "NOT EVALUABLE"}]
        state = self._state(track, visit) or ("PRESENT" if size_mm > 0 else "ABSENT")
        rows: list[Row] = [{**common, **state_test, "TRORRES": state, "TRSTRESC": state}]
        if role is LesionRole.TARGET or _is_node(track):
            test = "LPERP" if _is_node(track) else "LDIAM"
            size = f"{size_mm:.1f}"
            rows.append({**common, "TRTESTCD": test, "TRTEST": _TEST_NAMES[test], "TRORRES": size, "TRORRESU": "mm",
                         "TRSTRESC": size, "TRSTRESN": size, "TRSTRESU": "mm"})
        return rows

    def _state(self, track: Track, visit: VisitAssessment) -> str | None:
        """What the reader called the lesion, where TR has a word for it."""
        if track.id in visit.equivocal_lesions:
            return _STATE_WORDS[LesionReading.EQUIVOCAL]
        readings = choose_reader(self.case, self.assessment.reader or None).readings
        return next((_STATE_WORDS[reading.reading] for reading in readings if reading.track_id == track.id
                     and reading.time_point_id == visit.time_point_id and reading.reading in _STATE_WORDS), None)

    def _common(self, domain: str, number: int, visit: VisitAssessment) -> Row:
        return {"STUDYID": "", "DOMAIN": domain, "USUBJID": plain_text(self.case.id), f"{domain}EVAL": "",
                f"{domain}EVALID": plain_text(self.assessment.reader), "VISITNUM": number,
                "VISIT": "BASELINE" if number == 1 else f"VISIT {number}", f"{domain}DTC": visit.date or ""}


def _is_node(track: Track) -> bool:
    return track.layer == Layer.LYMPH_NODE.value


def _numbered(rows: list[Row], column: str) -> list[Row]:
    return [{**row, column: number} for number, row in enumerate(rows, start=1)]

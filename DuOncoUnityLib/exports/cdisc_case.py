"""Our own cases as CDISC SDTM tables: tumours (TU), results (TR) and responses (RS), for every reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from DuOncoUnityLib.exports.cdisc import RS_COLUMNS, RS_TESTS
from DuOncoUnityLib.exports.cdisc_tables import write_table
from DuOncoUnityLib.records.decisions import LesionRole
from DuOncoUnityLib.records.model import Case
from DuOncoUnityLib.response.assessment import CaseAssessment
from DuOncoUnityLib.response.explain import mm
from DuOncoUnityLib.response.measurability import NODES
from DuOncoUnityLib.response.readers import compare_readers
from DuOncoUnityLib.response.recist import NonTargetStatus, RecistSettings, TargetSize
from DuOncoUnityLib.response.timeline import Observation
from DuOncoUnityLib.response.visit_assessment import Phase, VisitAssessment

TU_COLUMNS = ("STUDYID", "DOMAIN", "USUBJID", "TUSEQ", "TULNKID", "TUTESTCD", "TUTEST", "TUORRES", "TUSTRESC", "TULOC",
              "TUMETHOD", "TUEVAL", "TUEVALID", "TUACPTFL", "VISITNUM", "VISIT", "TUDTC")
TR_COLUMNS = ("STUDYID", "DOMAIN", "USUBJID", "TRSEQ", "TRGRPID", "TRLNKID", "TRTESTCD", "TRTEST", "TRORRES",
              "TRORRESU", "TRSTRESC", "TRSTRESN", "TRSTRESU", "TRSTAT", "TRREASND", "TRMETHOD", "TREVAL", "TREVALID",
              "TRACPTFL", "VISITNUM", "VISIT", "TRDTC")

_ROLES = {LesionRole.TARGET: "TARGET", LesionRole.NON_TARGET: "NON-TARGET", LesionRole.NEW: "NEW"}
_STATES = {NonTargetStatus.ABSENT: "ABSENT", NonTargetStatus.PRESENT: "PRESENT",
           NonTargetStatus.PROGRESSION: "UNEQUIVOCAL PROGRESSION"}

Cells = dict[str, object]


@dataclass(frozen=True)
class CaseTables:
    """Rows of the three tables by column; an absent column is empty."""

    tu: list[Cells] = field(default_factory=list)
    tr: list[Cells] = field(default_factory=list)
    rs: list[Cells] = field(default_factory=list)


def write_case_tables(case: Case, folder: Path, settings: RecistSettings | None = None) -> None:
    """Write TU.csv, TR.csv and RS.csv of the case into `folder`. Raises `DuOncoError` when it cannot."""
    tables = case_tables(case, settings)
    for name, columns, rows in (("TU", TU_COLUMNS, tables.tu), ("TR", TR_COLUMNS, tables.tr),
                                ("RS", RS_COLUMNS, tables.rs)):
        numbered = [{**dict.fromkeys(columns, ""), "DOMAIN": name, "USUBJID": case.id, f"{name}SEQ": number, **row}
                    for number, row in enumerate(rows, start=1)]
        write_table(folder / f"{name}.csv", columns, numbered)


def case_tables(case: Case, settings: RecistSettings | None = None) -> CaseTables:
    """The three tables of a case, from the baseline on, which is visit 1."""
    tables = CaseTables()
    accepted = {decision.reader for decision in case.decisions.adjudications if decision.time_point_id is None}
    for name, assessment in compare_readers(case, settings).assessments.items():
        course = _ReaderCourse(assessment, len(case.decisions.readers) > 1, name in accepted)
        tables.tu.extend(course.identifications())
        tables.tr.extend(course.results())
        tables.rs.extend(course.responses())
    return tables


class _ReaderCourse:
    """One reader's assessment on the way to rows."""

    def __init__(self, assessment: CaseAssessment, is_one_of_many: bool, is_accepted: bool) -> None:
        self.visits = [visit for visit in assessment.visits if visit.phase is not Phase.BEFORE_BASELINE]
        self.observations = assessment.observations
        self.roles = [proposal for proposal in assessment.roles if proposal.role in _ROLES]
        self._evaluator = ("INDEPENDENT ASSESSOR" if is_one_of_many else "INVESTIGATOR", assessment.reader,
                           "Y" if is_accepted else "")

    def identifications(self) -> Iterator[Cells]:
        """TU: every lesion with a role at the visit of its first sight, and the fragments of split targets."""
        organ = {proposal.track_id: proposal.organ for proposal in self.roles}
        named: set[str] = set()
        for number, observation in enumerate(self.observations):
            for proposal in self.roles:
                seen_new = (*observation.new_lesions, *observation.equivocal_lesions)
                if proposal.track_id not in named and (proposal.role is not LesionRole.NEW
                                                       or proposal.track_id in seen_new):
                    named.add(proposal.track_id)
                    yield self._tu(number, proposal.track_id, "TUMIDENT", "Tumor Identification",
                                   _ROLES[proposal.role], proposal.organ)
            for target in observation.targets:
                for link in _links(target):
                    if link != target.lesion and link not in named:
                        named.add(link)
                        yield self._tu(number, link, "TUSPLIT", "Tumor Split", "TARGET", organ[target.lesion])

    def results(self) -> Iterator[Cells]:
        """TR: sizes of targets and of the new lesions that iRECIST measures, states of all other lesions."""
        first_seen: set[str] = set()
        for number, observation in enumerate(self.observations):
            for target in observation.targets:
                test = "LPERP" if target.is_node else "LDIAM"
                sizes = target.fragments if target.fragments is None else target.fragments or (0,)
                for link, size in zip(_links(target), sizes or (None,), strict=True):
                    yield self._tr(number, "TARGET", link, test, size_tenths=size)
            for lesion, status in observation.non_targets.items():
                yield self._tr(number, "NON-TARGET", lesion, "TUMSTATE", state=_STATES.get(status))
            first_seen.update((*observation.new_lesions, *observation.equivocal_lesions))
            yield from self._new_lesions(number, observation, first_seen)

    def _new_lesions(self, number: int, observation: Observation, first_seen: set[str]) -> Iterator[Cells]:
        for proposal in self.roles:
            lesion = proposal.track_id
            if proposal.role is not LesionRole.NEW or lesion not in first_seen:
                continue
            state = ("UNEQUIVOCAL" if lesion in observation.new_lesions else
                     "EQUIVOCAL" if lesion in observation.equivocal_lesions else "ABSENT")
            yield self._tr(number, "NEW", lesion, "TUMSTATE", state=state)
            # the sum of the fragments of a split node may reach 10 mm although each of them is normal
            if lesion in observation.new_targets and state != "ABSENT":
                test = "LPERP" if proposal.organ == NODES else "LDIAM"
                yield self._tr(number, "NEW", lesion, test, size_tenths=observation.new_targets[lesion])

    def responses(self) -> Iterator[Cells]:
        """RS: the parts and the whole of RECIST 1.1 and the whole of iRECIST; the baseline is without result."""
        for number, visit in enumerate(self.visits):
            if visit.phase is Phase.BASELINE:
                yield self._rs(number, "OVRLRESP", "RECIST 1.1", "")
                continue
            for test, category, value in _rs_results(visit):
                yield self._rs(number, test, category, value)

    def _tu(self, number: int, link: str, code: str, test: str, role: str, organ: str) -> Cells:
        return {"TULNKID": link, "TUTESTCD": code, "TUTEST": test, "TUORRES": role, "TUSTRESC": role,
                "TULOC": organ.replace("_", " ").upper(), "TUMETHOD": "CT SCAN", **self._visit(number, "TU")}

    def _tr(self, number: int, group: str, link: str, test: str, *, size_tenths: int | None = None,
            state: str | None = None) -> Cells:
        row: Cells = {"TRGRPID": group, "TRLNKID": link, "TRTESTCD": test, "TRMETHOD": "CT SCAN",
                      **self._visit(number, "TR")}
        if test == "TUMSTATE":
            row["TRTEST"] = "Tumor State"
        else:
            row["TRTEST"] = "Longest Perpendicular" if test == "LPERP" else "Longest Diameter"
        if size_tenths is not None:
            size = f"{mm(size_tenths):g}"
            row |= {"TRORRES": size, "TRORRESU": "mm", "TRSTRESC": size, "TRSTRESN": size, "TRSTRESU": "mm"}
        elif state is not None:
            row |= {"TRORRES": state, "TRSTRESC": state}
        else:
            row |= {"TRSTAT": "NOT DONE", "TRREASND": "NOT EVALUABLE"}
        return row

    def _rs(self, number: int, test: str, category: str, value: str) -> Cells:
        return {"RSTESTCD": test, "RSTEST": RS_TESTS[test], "RSCAT": category, "RSORRES": value, "RSSTRESC": value,
                **self._visit(number, "RS")}

    def _visit(self, number: int, domain: str) -> Cells:
        visit = self.visits[number]
        evaluator, name, accepted = self._evaluator
        return {f"{domain}EVAL": evaluator, f"{domain}EVALID": name, f"{domain}ACPTFL": accepted,
                "VISITNUM": number + 1, "VISIT": "BASELINE" if number == 0 else f"VISIT {number + 1}",
                f"{domain}DTC": visit.date or ""}


def _links(target: TargetSize) -> list[str]:
    """Link ids of a target: its own, or one per fragment where it has split."""
    count = len(target.fragments or ())
    return [f"{target.lesion}.{part}" for part in range(1, count + 1)] if count > 1 else [target.lesion]


def _rs_results(visit: VisitAssessment) -> Iterator[tuple[str, str, str]]:
    for test, found in (("TRGRESP", visit.target), ("NTRGRESP", visit.non_target)):
        if found is not None:
            yield test, "RECIST 1.1", found.value
    yield "NEWLRESP", "RECIST 1.1", "Y" if visit.new_lesions else "EQUIVOCAL" if visit.equivocal_lesions else "N"
    for category, found in (("RECIST 1.1", visit.overall), ("IRECIST", visit.irecist)):
        if found is not None:
            yield "OVRLRESP", category, found.value

"""The scans of one patient over time: register, follow every lesion, assess the response, write the result folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.exports.cdisc_case import write_case_tables
from DuOncoUnityLib.exports.comparison import (
    comparison_json,
    response_text,
    write_response_table,
    write_track_table,
)
from DuOncoUnityLib.exports.folder import result_folder
from DuOncoUnityLib.exports.seg_nrrd import LAYER_TERMS, read_segmentation
from DuOncoUnityLib.exports.timeline import write_timeline
from DuOncoUnityLib.followup.coverage import Coverage
from DuOncoUnityLib.followup.extent import Extent, extent_of_mask
from DuOncoUnityLib.followup.registration import Registration, align_by_organs, register
from DuOncoUnityLib.followup.registration_image import RegistrationImage, load_registration_image
from DuOncoUnityLib.lesions.instances import restore_instances
from DuOncoUnityLib.progress import Progress
from DuOncoUnityLib.records.model import Case, TimePoint
from DuOncoUnityLib.records.store import load_case, save_case
from DuOncoUnityLib.response.assessment import CaseAssessment, assess_case
from DuOncoUnityLib.response.linking import follow
from DuOncoUnityLib.response.recist import RecistSettings
from DuOncoUnityLib.results import ANATOMY, RECORD, REGISTRATION, SEGMENTATION
from DuOncoUnityLib.terminology import ORGANS

MOST_SCANS = 200
COMPARISON_FILES = frozenset({
    RECORD, "comparison.json", "response.csv", "lesion_tracks.csv", "timeline.png", "TU.csv", "TR.csv", "RS.csv",
    *(f"registration_{number}.h5" for number in range(2, MOST_SCANS + 1))})

@dataclass(frozen=True)
class Comparison:
    """A case over time.

    Attributes:
        case: scans sorted by date, and lesions followed across them.
        registrations: by the ids of prior and later time point, as far as they were needed.
        notes: sentences that a reader of the numbers must know.
    """

    case: Case
    assessment: CaseAssessment
    registrations: Mapping[tuple[str, str], Registration]
    notes: list[str]

    @property
    def text(self) -> str:
        """The table of responses and the notes, for a terminal."""
        return "\n".join([response_text(self.assessment), *(f"Note: {note}" for note in self.notes)])


def compare(folders: Sequence[Path], out: Path, *, dates: Mapping[Path, str] | None = None,
            settings: RecistSettings | None = None, progress: Progress | None = None) -> Comparison:
    """Compare scans that `analyze` has analysed, in any order, and write the result folder.

    Decisions that people made in a former comparison in `out` stay, and so do the names of its lesions.

    Args:
        folders: results of `analyze`.
        out: folder for case.json, comparison.json, response.csv, lesion_tracks.csv, timeline.png, TU.csv, TR.csv,
            RS.csv and registration_N.h5 (maps points of scan N - 1 to scan N, LPS mm).
        dates: ISO dates of scans whose files have none, by folder.
        settings: choices that RECIST leaves to the protocol.

    Raises:
        DuOncoError: a folder is no result of `analyze`, a date is missing or wrong, a scan is given twice, or the
            output cannot be written; `out` keeps its former content.
    """
    progress = progress or Progress()
    scans = _read_scans(folders, dates or {})
    case = _case(scans, out / RECORD)
    registrar = _Registrar(scans, progress)
    follow(case, registrar, settings, {scan.time_point.id: scan.coverage for scan in scans}, _extents(scans))
    assessment = assess_case(case, settings)
    comparison = Comparison(case, assessment, registrar.done, _notes(scans, registrar))
    progress.update("Writing the result", 0.95)
    with result_folder(out, COMPARISON_FILES) as folder:
        _write(comparison, settings, folder)
    progress.update("Done", 1.0)
    return comparison


@dataclass
class _Scan:
    """One analysed scan and what its folder offers for following its lesions."""

    folder: Path
    time_point: TimePoint
    image: RegistrationImage | None

    @property
    def coverage(self) -> Coverage:
        return Coverage(self.time_point.geometry, self.image)

    def anatomy(self) -> LabelMap:
        """The organs, as far as they are known."""
        terms = dict(enumerate(ORGANS.values(), start=1))
        labels = read_segmentation(self.folder / ANATOMY, self.time_point.geometry, terms)
        return LabelMap(labels, self.time_point.geometry, {term.key: label for label, term in terms.items()})


@dataclass
class _Registrar:
    """Registers two scans when it is asked for the first time."""

    scans: list[_Scan]
    progress: Progress
    done: dict[tuple[str, str], Registration] = field(default_factory=dict)

    def __call__(self, prior_id: str, current_id: str) -> Registration:
        if (prior_id, current_id) not in self.done:
            by_id = {scan.time_point.id: scan for scan in self.scans}
            # the number of pairs is not known before; neighbours are the rule
            share = 0.9 / max(len(self.scans) - 1, 1)
            start = min(share * len(self.done), 0.85)
            part = self.progress.part(start, min(start + share, 0.9))
            self.done[prior_id, current_id] = _register(by_id[prior_id], by_id[current_id], part)
        return self.done[prior_id, current_id]


def _register(prior: _Scan, current: _Scan, progress: Progress) -> Registration:
    if prior.image is not None and current.image is not None:
        return register(prior.image, current.image, progress)
    return align_by_organs(prior.anatomy(), current.anatomy())


def _read_scans(folders: Sequence[Path], dates: Mapping[Path, str]) -> list[_Scan]:
    """The scans in the order of time, under ids that are unique."""
    if len(folders) < 2:
        raise DuOncoError("A comparison needs at least two analysed scans.", exit_code=ExitCode.USAGE)
    if len(folders) > MOST_SCANS:
        raise DuOncoError(f"At most {MOST_SCANS} scans can be compared.", exit_code=ExitCode.USAGE)
    scans = [_read_scan(folder, dates.get(folder), number) for number, folder in enumerate(folders, start=1)]
    scans.sort(key=lambda scan: (scan.time_point.date or "", scan.time_point.provenance.input_sha256))
    inputs = [scan.time_point.provenance.input_sha256 for scan in scans]
    if len(set(inputs)) < len(inputs):
        raise DuOncoError("The same scan was given twice.", exit_code=ExitCode.USAGE)
    used: set[str] = set()
    for scan in scans:
        name = scan.time_point.id
        for letter in "bcdefghijklmnopqrstuvwxyz":
            if scan.time_point.id not in used:
                break
            scan.time_point.id = f"{name}{letter}"
        used.add(scan.time_point.id)
    return scans


def _read_scan(folder: Path, given_date: str | None, number: int) -> _Scan:
    try:
        case = load_case(folder / RECORD)
    except DuOncoError as error:
        raise DuOncoError(f"Folder {number} is not a result of analyze.", details=error.message) from error
    if len(case.time_points) != 1:
        raise DuOncoError(f"Folder {number} must hold the result of one scan.")
    time_point = case.time_points[0]
    if given_date is not None:
        time_point.date = time_point.id = given_date
    if time_point.date is None:
        raise DuOncoError(f"Scan {number} has no date; give it with --date.", exit_code=ExitCode.USAGE)
    try:
        date.fromisoformat(time_point.date[:10])
    except ValueError:
        raise DuOncoError("A date must have the form 2024-01-31.", exit_code=ExitCode.USAGE) from None
    image_path = folder / REGISTRATION
    return _Scan(folder, time_point, load_registration_image(image_path) if image_path.exists() else None)


def _case(scans: list[_Scan], former: Path) -> Case:
    """The case of the scans, with what people decided in a former comparison of it."""
    case = Case(scans[0].time_point.provenance.input_sha256[:12], [scan.time_point for scan in scans])
    if former.exists():
        before = load_case(former)
        known = {point.id: point.provenance.input_sha256 for point in before.time_points}
        now = {point.id: point.provenance.input_sha256 for point in case.time_points}
        if any(now.get(name) == sha256 for name, sha256 in known.items()):
            case.id, case.tracks, case.decisions = before.id, before.tracks, before.decisions
    return case


def _extents(scans: list[_Scan]) -> dict[tuple[str, str], Extent]:
    """The places of all lesions, from their masks."""
    extents = {}
    for scan in scans:
        path, point = scan.folder / SEGMENTATION, scan.time_point
        if not path.exists() or not point.lesions:
            continue
        labels = read_segmentation(path, point.geometry, LAYER_TERMS)
        instances, _ = restore_instances(point.lesions, labels, point.geometry, point.highest_lesion_number)
        for lesion in point.lesions:
            if lesion.id in instances.instances:
                mask, box = instances.mask(lesion.id)
                grid = point.geometry.crop([part.start for part in box], mask.shape)
                extents[point.id, lesion.id] = extent_of_mask(mask, grid)
    return extents


def _notes(scans: list[_Scan], registrar: _Registrar) -> list[str]:
    notes = [f"{scan.time_point.date}: {warning}" for scan in scans for warning in scan.time_point.warnings]
    for (prior, current), registration in registrar.done.items():
        if not registration.quality.reliable:
            notes.append(f"The scans of {prior} and {current} could not be laid well over each other; check every "
                         "link between their lesions.")
    return notes


def _write(comparison: Comparison, settings: RecistSettings | None, folder: Path) -> None:
    case, assessment = comparison.case, comparison.assessment
    save_case(case, folder / RECORD)
    qualities = {pair: registration.quality for pair, registration in comparison.registrations.items()}
    text = comparison_json(assessment, qualities, comparison.notes)
    (folder / "comparison.json").write_text(text, encoding="utf-8")
    write_response_table(folder / "response.csv", assessment)
    write_track_table(folder / "lesion_tracks.csv", case, assessment)
    write_case_tables(case, folder, settings)
    write_timeline(folder / "timeline.png", assessment)
    for number, (prior, current) in enumerate(zip(case.time_points, case.time_points[1:], strict=False), start=2):
        registration = comparison.registrations.get((prior.id, current.id))
        if registration is not None:
            registration.transform.save(folder / f"registration_{number}.h5")

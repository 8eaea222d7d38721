"""Writes a case of the scene into a folder: the files of `duonco-unity analyze` and `compare`, without identity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.exports.cdisc_case import write_case_tables
from DuOncoUnityLib.exports.comparison import comparison_json, write_response_table, write_track_table
from DuOncoUnityLib.exports.folder import result_folder
from DuOncoUnityLib.exports.seg_nrrd import write_segmentation
from DuOncoUnityLib.exports.tables import write_lesion_table
from DuOncoUnityLib.files import write_errors
from DuOncoUnityLib.followup.registration_image import write_registration_image
from DuOncoUnityLib.records.model import Case, TimePoint
from DuOncoUnityLib.records.store import load_case, save_case
from DuOncoUnityLib.response.assessment import CaseAssessment
from DuOncoUnityLib.scene.registration import find_registration
from DuOncoUnityLib.scene.registration_image import registration_image_of
from DuOncoUnityLib.scene.result import Result
from DuOncoUnityLib.scene.segmentation import LAYER_TERMS, ORGAN_TERMS, read_labels
from DuOncoUnityLib.scene.volume import volume_geometry

_RECORD = "case.json"
_MOST_SCANS = 200
_SCAN_FILES = ("segmentation.seg.nrrd", "anatomy.seg.nrrd", "lesions.csv", _RECORD, "registration.nrrd")
_FILES = frozenset({_RECORD, "comparison.json", "response.csv", "lesion_tracks.csv", "TU.csv", "TR.csv", "RS.csv",
                    *(f"scan-{number}/{name}" for number in range(1, _MOST_SCANS + 1) for name in _SCAN_FILES)})


def export_case(case: Case, scans: Sequence[Result], assessment: CaseAssessment, folder: Path,
                report: Callable[[int, int], None] | None = None) -> list[str]:
    """Write everything known about a case; the folder has its former content or all of the new one, never a part.

    Args:
        case: the record.
        scans: its results that are in the scene, in the order of time.
        assessment: of the case.
        folder: need not exist; gets `case.json`, `response.csv`, `lesion_tracks.csv`, `comparison.json`, the CDISC
            tables, and for each scan a folder `scan-N` with segmentations, lesion table and record.
        report: called with the number of the scan that is written and how many there are.

    Returns:
        The names of all files, relative to the folder.

    Raises:
        DuOncoError: the folder cannot be written, or a CT is no longer in the scene.
    """
    with result_folder(folder, _FILES) as target:
        for number, scan in enumerate(scans, start=1):
            if report is not None:
                report(number, len(scans))
            with write_errors():
                (target / f"scan-{number}").mkdir()
            _write_scan(case, scan, target / f"scan-{number}")
        save_case(case, target / _RECORD)
        write_response_table(target / "response.csv", assessment)
        write_track_table(target / "lesion_tracks.csv", case, assessment)
        write_case_tables(case, target, assessment.settings)
        qualities = {(prior.time_point_id, current.time_point_id): found.quality
                     for prior, current in pairwise(scans)
                     if (found := find_registration(prior, current)) is not None}
        (target / "comparison.json").write_text(comparison_json(assessment, qualities, []), encoding="utf-8")
        return sorted(path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file())


def holds_other_scans(folder: Path, case: Case) -> bool:
    """Whether a folder has a record in which no scan of a case occurs, or one that cannot be read."""
    record = folder / _RECORD
    if not record.exists():
        return False
    try:
        former = load_case(record)
    except DuOncoError:
        return True
    scans, former_scans = ({point.provenance.input_sha256 for point in one.time_points} for one in (case, former))
    return not scans & former_scans


def _write_scan(case: Case, scan: Result, folder: Path) -> None:
    """The files of one scan, as `duonco-unity analyze` writes them."""
    point: TimePoint = scan.time_point(case)
    if scan.volume is None:
        raise DuOncoError("The CT of this result is no longer in the scene.")
    geometry = volume_geometry(scan.volume)
    for node, terms, name in ((scan.segmentation, LAYER_TERMS, "segmentation"), (scan.anatomy, ORGAN_TERMS, "anatomy")):
        if node is not None:
            labels = read_labels(node, [term.key for term in terms], scan.volume)
            write_segmentation(folder / f"{name}.seg.nrrd", labels, geometry, dict(enumerate(terms, start=1)))
    write_lesion_table(folder / "lesions.csv", point.lesions)
    save_case(Case(case.id, [point]), folder / _RECORD)
    write_registration_image(registration_image_of(scan), folder / "registration.nrrd")

"""The result folder of one scan: written by `analyze`, by `measure` after an edit elsewhere, by `propose` at another
threshold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from DuOncoUnityLib import __version__
from DuOncoUnityLib.analysis import Analysis, OperatingPoint, analyze_ct
from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.anatomy.levels import find_level
from DuOncoUnityLib.composition.figures import body_composition
from DuOncoUnityLib.composition.tissues import refill
from DuOncoUnityLib.ct.read import read_ct
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.exports.folder import RESULT_FILES, result_folder
from DuOncoUnityLib.exports.preview import write_preview
from DuOncoUnityLib.exports.seg_nrrd import LAYER_TERMS, read_segmentation, write_segmentation
from DuOncoUnityLib.exports.tables import write_lesion_table
from DuOncoUnityLib.followup.registration_image import save_registration_image
from DuOncoUnityLib.lesions.edits import apply_changes
from DuOncoUnityLib.lesions.instances import restore_instances
from DuOncoUnityLib.lesions.operating_point import move_threshold
from DuOncoUnityLib.lesions.proposal import propose_lesions
from DuOncoUnityLib.model.bundle import default_bundle_dir, load_bundle
from DuOncoUnityLib.model.engine import Engine
from DuOncoUnityLib.progress import Progress
from DuOncoUnityLib.records.model import Case, Provenance, ReviewStatus, TimePoint
from DuOncoUnityLib.records.review import utc_now
from DuOncoUnityLib.records.scan_facts import ScanFacts
from DuOncoUnityLib.records.store import load_case, save_case
from DuOncoUnityLib.terminology import ORGAN_LABELS, ORGANS

SEGMENTATION, ANATOMY, LESION_TABLE, RECORD, PREVIEW, REGISTRATION = (
    "segmentation.seg.nrrd", "anatomy.seg.nrrd", "lesions.csv", "case.json", "preview.png", "registration.nrrd")
ORGAN_TERMS = {label: ORGANS[organ] for organ, label in ORGAN_LABELS.items()}
FILES = RESULT_FILES | {REGISTRATION}


def write_result(analysis: Analysis, out: Path, *, preview: bool = True) -> None:
    """Write a result folder; it holds the complete former result until the complete new one takes its place.

    Raises:
        DuOncoError: the folder cannot be written.
    """
    ct, time_point = analysis.ct, analysis.time_point
    with result_folder(out, FILES) as folder:
        write_segmentation(folder / SEGMENTATION, analysis.layers, ct.geometry, LAYER_TERMS)
        write_lesion_table(folder / LESION_TABLE, [*time_point.lesions, *time_point.rejected])
        save_case(Case(time_point.provenance.input_sha256[:12], [time_point]), folder / RECORD)
        if analysis.anatomy is not None:
            write_segmentation(folder / ANATOMY, analysis.anatomy.labels, ct.geometry, ORGAN_TERMS)
        save_registration_image(ct, analysis.anatomy, folder / REGISTRATION)
        if preview:
            write_preview(folder / PREVIEW, ct, analysis.layers, time_point.lesions, analysis.anatomy,
                          _l3_slice(analysis))


def analyze(input_path: Path, out: Path, *, bundle_dir: Path | None = None, device: str = "auto",
            series_uid: str | None = None, facts: ScanFacts | None = None, point: OperatingPoint | None = None,
            preview: bool = True, progress: Progress | None = None) -> TimePoint:
    """Analyse one CT from a file or folder and write the result folder.

    Raises:
        DuOncoError: the input, the model or the output folder cannot be used, or `out` holds a result that a person
            has reviewed; `out` keeps its former content.
    """
    progress = progress or Progress()
    progress.update("Loading the model", 0.0)
    _refuse_to_overwrite_decisions(out)
    engine = Engine(load_bundle(bundle_dir or default_bundle_dir()), device)
    progress.update("Reading the CT", 0.02)
    ct = _with_facts(read_ct(input_path, series_uid), facts)
    analysis = analyze_ct(ct, engine, progress.part(0.06, 0.9), point)
    progress.update("Writing the result", 0.9)
    write_result(analysis, out, preview=preview)
    progress.update("Done", 1.0)
    return analysis.time_point


def measure(segmentation_path: Path, ct_path: Path, out: Path, *, reviewer: str, series_uid: str | None = None,
            facts: ScanFacts | None = None, preview: bool = True, progress: Progress | None = None) -> TimePoint:
    """Measure a segmentation again after it was edited, and write the result folder.

    Record and anatomy beside the segmentation, where there are any, are carried on: lesions keep their ids and
    decisions, and changed ones are marked as corrected by the reviewer. Without a record every piece is a new proposal.

    Raises:
        DuOncoError: the segmentation does not belong to the CT, or a file cannot be used; `out` keeps its content.
    """
    progress = progress or Progress()
    progress.update("Reading the CT", 0.0)
    ct = _with_facts(read_ct(ct_path, series_uid), facts)
    progress.update("Measuring", 0.4)
    layers = read_segmentation(segmentation_path, ct.geometry, LAYER_TERMS)
    anatomy = _read_anatomy(segmentation_path.with_name(ANATOMY), ct)
    record = segmentation_path.with_name(RECORD)
    if record.exists():
        time_point = _only_time_point(load_case(record), ct)
        instances, changes = restore_instances(time_point.lesions, layers, ct.geometry,
                                               time_point.highest_lesion_number)
        apply_changes(time_point, instances, changes, ct, anatomy, reviewer)
    else:
        lesions, instances = propose_lesions(layers, ct, anatomy, smallest_ml=0.0)
        time_point = _new_time_point(ct)
        time_point.lesions, time_point.highest_lesion_number = lesions, dict(instances.highest_number)
    level = find_level(anatomy) if anatomy else None
    time_point.acquisition = (facts or ScanFacts()).of(time_point.acquisition)
    measured = replace(ct, acquisition=time_point.acquisition)
    time_point.composition = body_composition(measured, layers, level)
    progress.update("Writing the result", 0.6)
    write_result(Analysis(measured, layers, anatomy, instances, level, time_point), out, preview=preview)
    progress.update("Done", 1.0)
    return time_point


def propose(folder: Path, ct_path: Path, threshold: float, out: Path, *, series_uid: str | None = None,
            preview: bool = True, progress: Progress | None = None) -> TimePoint:
    """Show the proposals of a result from another confidence on, without running the network again.

    What a person drew, corrected or decided on stays as it is, whatever its confidence.

    Args:
        folder: a result of `analyze`.
        ct_path: the CT that was analysed.
        threshold: lowest confidence that is shown, 0 to 1.
        out: folder for the result; may be `folder`.

    Raises:
        DuOncoError: the folder is no result of this CT, its segments were edited since they were measured, the
            threshold is no probability, or `out` is another result that a person has reviewed; it keeps its content.
    """
    progress = progress or Progress()
    progress.update("Reading the CT", 0.0)
    if out.resolve() != folder.resolve():
        _refuse_to_overwrite_decisions(out)
    ct = read_ct(ct_path, series_uid)
    time_point = _only_time_point(load_case(folder / RECORD), ct)
    layers = read_segmentation(folder / SEGMENTATION, ct.geometry, LAYER_TERMS)
    anatomy = _read_anatomy(folder / ANATOMY, ct)
    progress.update("Choosing the proposals", 0.5)
    instances, changes = restore_instances(time_point.lesions, layers, ct.geometry, time_point.highest_lesion_number)
    if changes.to_measure or changes.erased or changes.merged:
        raise DuOncoError("The segments were edited since they were measured; run `duonco-unity measure` first.")
    move = move_threshold(time_point, instances, layers, threshold)
    if anatomy is not None:
        for instance in move.hidden:
            refill(layers, instance.mask, instance.box, ct, anatomy)
    measured = replace(ct, acquisition=time_point.acquisition)
    level = find_level(anatomy) if anatomy else None
    time_point.composition = body_composition(measured, layers, level)
    progress.update("Writing the result", 0.6)
    write_result(Analysis(measured, layers, anatomy, instances, level, time_point), out, preview=preview)
    progress.update("Done", 1.0)
    return time_point


def _refuse_to_overwrite_decisions(out: Path) -> None:
    """The network proposes, a person decides: no new proposal takes the place of a decision."""
    record = out / RECORD
    if not record.exists():
        return
    lesions = [lesion for time_point in load_case(record).time_points
               for lesion in (*time_point.lesions, *time_point.rejected)]
    if any(lesion.review.status is not ReviewStatus.PROPOSED for lesion in lesions):
        raise DuOncoError("The output folder holds a result that a person has reviewed; choose another folder.",
                          exit_code=ExitCode.CANNOT_WRITE)


def _l3_slice(analysis: Analysis) -> int | None:
    """Index of the slice at L3 along `Geometry.axial_axis`, in the storage order of the scan; None without L3."""
    level, geometry = analysis.level, analysis.ct.geometry
    if level is None or level.name != "L3":
        return None
    axis = geometry.patient_axes[2]
    upwards = geometry.direction[6 + axis] > 0
    return level.slice_index if upwards else geometry.shape[geometry.axial_axis] - 1 - level.slice_index


def _with_facts(ct: CTVolume, facts: ScanFacts | None) -> CTVolume:
    """The CT with what a person knows instead of what its file says."""
    return replace(ct, acquisition=(facts or ScanFacts()).of(ct.acquisition))


def _read_anatomy(path: Path, ct: CTVolume) -> LabelMap | None:
    if not path.exists():
        return None
    return LabelMap(read_segmentation(path, ct.geometry, ORGAN_TERMS), ct.geometry, ORGAN_LABELS)


def _only_time_point(case: Case, ct: CTVolume) -> TimePoint:
    if len(case.time_points) != 1:
        raise DuOncoError("The case record beside the segmentation must hold exactly one scan.")
    time_point = case.time_points[0]
    if time_point.provenance.input_sha256 != ct.sha256:
        raise DuOncoError("The case record beside the segmentation belongs to another CT.")
    return time_point


def _new_time_point(ct: CTVolume) -> TimePoint:
    provenance = Provenance(__version__, "", "", "", ct.sha256, utc_now())
    return TimePoint(ct.acquisition.date or ct.sha256[:12], ct.acquisition.date, ct.geometry, ct.acquisition,
                     provenance, warnings=list(ct.warnings))

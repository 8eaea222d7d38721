"""The CT series of a DICOM folder: list them, choose the best one, read it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pydicom.uid import CTImageStorage, EnhancedCTImageStorage, LegacyConvertedEnhancedCTImageStorage

from DuOncoUnityLib.ct.acquisition import (
    ARTERIAL,
    CONTRAST,
    DELAYED,
    PORTAL_VENOUS,
    acquisition_of,
    contrast_phase,
    has_sharp_kernel,
    scan_date,
)
from DuOncoUnityLib.ct.dicom_header import Frame, integer, quiet_pydicom, read_frames, text
from DuOncoUnityLib.ct.dicom_pixels import load_hu
from DuOncoUnityLib.ct.slice_stack import SliceStack, group_frames, stack_slices, straighten
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.progress import Progress

CT_SOP_CLASSES = {CTImageStorage, EnhancedCTImageStorage, LegacyConvertedEnhancedCTImageStorage}
NOT_SLICES = {"MIP", "MINIP", "MAX_IP", "MIN_IP", "PROJECTION IMAGE", "VOLUME_RENDER", "SURFACE_RENDER", "VRT", "SSD",
              "CURVED_MPR", "CPR", "SCREEN SAVE", "SCREENSAVE"}
HOUNSFIELD_RESCALE_TYPES = {"", "HU", "HU_MOD", "US", "UNSPECIFIED"}
# a scan counts as long as the longest one when it covers nearly as much
NEARLY_AS_LONG = 0.9
PHASE_RANK = {PORTAL_VENOUS: 4, DELAYED: 3, CONTRAST: 3, None: 2, ARTERIAL: 1}
IDEAL_SPACING_MM = (1.0, 3.0)


@dataclass(frozen=True)
class SeriesInfo:
    """One scan of a DICOM folder, without anything that names the patient.

    Attributes:
        uid: what `--series` takes: the series UID, with ":2", ":3" ... for further scans inside one series.
        patient: number of the patient within the folder, from 1.
        modality: DICOM modality, "CT" for what can be read.
        image_count: number of images.
        rows, columns, pixel_spacing_mm, slice_spacing_mm, coverage_mm: size of the scan; 0 where unknown.
        orientation: "axial", "coronal", "sagittal" or "" where unknown.
        date, kernel, contrast_phase, slice_thickness_mm: as in `Acquisition`.
        original: not a reformat or other derived series.
        sharp: made with a kernel for lung or bone.
        problem: why it cannot be analysed, one sentence; "" where it can.
    """

    uid: str
    patient: int
    modality: str
    image_count: int
    rows: int
    columns: int
    pixel_spacing_mm: float
    slice_spacing_mm: float
    coverage_mm: float
    orientation: str
    date: str | None
    kernel: str | None
    contrast_phase: str | None
    slice_thickness_mm: float | None
    original: bool
    sharp: bool
    problem: str
    frames: tuple[Frame, ...] = field(repr=False, compare=False)
    warnings: tuple[str, ...] = field(default=(), repr=False)

    @property
    def usable(self) -> bool:
        return not self.problem


@quiet_pydicom()
def list_series(folder: Path, recursive: bool = True, progress: Progress | None = None) -> list[SeriesInfo]:
    """Every series of all studies in a folder and below, best coverage first.

    Raises:
        DuOncoError: the folder cannot be opened, is too large or holds no DICOM images.
    """
    frames, unreadable = read_frames(folder, progress or Progress(), recursive)
    if not frames:
        raise DuOncoError("The folder holds no DICOM images that can be read.", details=f"unreadable {unreadable}")
    warnings = (f"{unreadable} files of the folder could not be read and were left out.",) if unreadable else ()
    patients: dict[str, int] = {}
    by_series: dict[str, list[Frame]] = defaultdict(list)
    for frame in frames:
        patients.setdefault(text(frame.header, "PatientID"), len(patients) + 1)
        by_series[text(frame.header, "SeriesInstanceUID") or "unnamed"].append(frame)
    series = []
    for uid, of_series in by_series.items():
        scans = group_frames(of_series)
        for number, scan in enumerate(scans, start=1):
            others = sum(len(other) for other in scans if other is not scan and not _localizer(other[0]))
            left_out = (f"{others} images of the same series belong to other scans or do not fit and were left out.",)
            series.append(_describe(scan, uid if number == 1 else f"{uid}:{number}",
                                    patients[text(scan[0].header, "PatientID")],
                                    warnings + (left_out if others else ())))
    return sorted(series, key=lambda info: (not info.usable, -info.coverage_mm, info.uid))


def choose_series(series: list[SeriesInfo]) -> tuple[SeriesInfo, str]:
    """The series on which tumour burden is best measured, and a sentence why.

    In this order: axial, original, long coverage, most recent, soft-tissue kernel, portal venous phase, slices of 1
    to 3 mm, many slices.

    Raises:
        DuOncoError: no series can be used, or the folder mixes patients.
    """
    usable = [info for info in series if info.usable]
    if not usable:
        problems = sorted({info.problem for info in series if info.modality == "CT"} or
                          {info.problem for info in series})
        raise DuOncoError("The folder holds no CT series that can be analysed. " + problems[0])
    patients = len({info.patient for info in usable})
    if patients > 1:
        raise DuOncoError(f"The folder holds scans of {patients} patients; choose a series with --series.")
    axial = [info for info in usable if info.orientation == "axial"] or usable
    longest = max(info.coverage_mm for info in axial)

    def rank(info: SeriesInfo) -> tuple:
        return (info.original, info.coverage_mm >= NEARLY_AS_LONG * longest, info.date or "", not info.sharp,
                PHASE_RANK.get(info.contrast_phase, 0), -_distance_to_ideal(info.slice_spacing_mm), info.image_count,
                info.uid)

    best = max(axial, key=rank)
    facts = [best.orientation, "original" if best.original else "reformatted",
             f"{best.coverage_mm:.0f} mm long in {best.image_count} images",
             f"of {best.date}" if best.date else "", f"kernel {best.kernel}" if best.kernel else "",
             best.contrast_phase or ""]
    return best, (f"Chosen out of {len(usable)} usable of {len(series)} series: "
                  + ", ".join(fact for fact in facts if fact) + ".")


@quiet_pydicom()
def read_series(info: SeriesInfo, progress: Progress | None = None) -> CTVolume:
    """Read the pixels of a series; the densities are not yet checked.

    Raises:
        DuOncoError: the series cannot be used, or its pixel data are damaged.
    """
    if not info.usable:
        raise DuOncoError(info.problem)
    stack = stack_slices(list(info.frames))
    hu, pixel_warnings = load_hu(stack, progress or Progress())
    geometry = stack.geometry
    warnings = [*info.warnings, *stack.warnings, *pixel_warnings]
    if any(stack.shear_mm):
        hu, geometry = straighten(hu, geometry, stack.shear_mm)
        warnings.append("The gantry was tilted; the slices were shifted onto a straight grid.")
    if any(frame.rescale_slope is None or frame.rescale_intercept is None for frame in info.frames):
        warnings.append("The images have no rescale values; the stored values were taken as Hounsfield units.")
    if any(text(frame.header, "LossyImageCompression") == "01" for frame in info.frames):
        warnings.append("The images were compressed with loss; densities and small lesions may be altered.")
    return CTVolume(hu, geometry, acquisition_of(info.frames[0]), warnings=tuple(warnings))


def _describe(scan: list[Frame], uid: str, patient: int, warnings: tuple[str, ...]) -> SeriesInfo:
    stack: SliceStack | None = None
    problem = _problem(scan)
    if not problem:
        try:
            stack = stack_slices(scan)
        except DuOncoError as error:
            problem = error.message
    first = scan[0]
    rows, columns = first.size
    spacing = stack.geometry.spacing_mm if stack else (0.0, 0.0, 0.0)
    return SeriesInfo(
        uid=uid, patient=patient, modality=_modality(first), image_count=len(scan), rows=rows, columns=columns,
        pixel_spacing_mm=spacing[0], slice_spacing_mm=spacing[2],
        coverage_mm=spacing[2] * len(stack.slices) if stack else 0.0, orientation=_orientation(first),
        date=scan_date(first), kernel=first.kernel or None, contrast_phase=contrast_phase(first),
        slice_thickness_mm=first.thickness_mm or None,
        original="DERIVED" not in first.image_type and "SECONDARY" not in first.image_type,
        sharp=has_sharp_kernel(first), problem=problem, frames=tuple(scan), warnings=warnings)


def _problem(scan: list[Frame]) -> str:
    """Why a series is no stack of CT slices, judged by its headers; "" where it may be one."""
    for frame in scan:
        if _modality(frame) != "CT":
            return f"The series is not a CT (its modality is {_modality(frame) or 'not given'})."
        sop_class = text(frame.header, "SOPClassUID")
        if sop_class and sop_class not in CT_SOP_CLASSES:
            return "The series is not made of CT images (secondary capture, report or other object)."
        if _localizer(frame):
            return "The series is a localizer."
        if NOT_SLICES.intersection(frame.image_type):
            return "The series is a projection or rendering, not slices."
        if integer(frame.header, "SamplesPerPixel") > 1:
            return "The series is in colour."
        if frame.rescale_type not in HOUNSFIELD_RESCALE_TYPES:
            return "The values of the series are not Hounsfield units."
        if min(frame.size) < 1:
            return "The series holds no images."
    return ""


def _modality(frame: Frame) -> str:
    modality = text(frame.header, "Modality")
    if not modality and text(frame.header, "SOPClassUID") in CT_SOP_CLASSES:
        return "CT"
    return modality if re.fullmatch(r"[A-Z]{2,16}", modality) else ""


def _localizer(frame: Frame) -> bool:
    return "LOCALIZER" in frame.image_type


def _orientation(frame: Frame) -> str:
    if frame.orientation is None:
        return ""
    normal = np.cross(frame.orientation[:3], frame.orientation[3:])
    return ("sagittal", "coronal", "axial")[int(np.argmax(np.abs(normal)))]


def _distance_to_ideal(spacing_mm: float) -> float:
    low, high = IDEAL_SPACING_MM
    return max(low - spacing_mm, spacing_mm - high, 0.0)

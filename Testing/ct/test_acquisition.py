"""What DICOM says about a scan, in the words that scanners and technicians use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from DuOncoUnityLib.ct.acquisition import phase_in_words
from DuOncoUnityLib.ct.dicom import list_series
from DuOncoUnityLib.ct.read import read_ct
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.records.model import Acquisition


@pytest.mark.parametrize(("words", "phase"), [
    ("TAP portal 2.0", "portal venous"), ("TAP TEMPS PORTAL", "portal venous"), ("ABDO VEINEUX", "portal venous"),
    ("Abd Venous Phase", "portal venous"), ("THORAX_ABDO_PORTE", "portal venous"), ("TAP 70s", "portal venous"),
    ("TAP 80 sec", "portal venous"), ("Temps artériel", "arterial"), ("ART PHASE 1.25", "arterial"),
    ("TARDIF 5min", "delayed"), ("Delayed 3.0", "delayed"), ("SANS INJECTION", "non-contrast"),
    ("TAP sans IV", "non-contrast"), ("Sans contraste", "non-contrast"), ("CT non-contrast", "non-contrast"),
    ("TDM NON INJECTE", "non-contrast"), ("w/o contrast", "non-contrast"), ("TAP C-", "non-contrast"),
    ("IV-", "non-contrast"), ("natif", "non-contrast"),
    ("Unenhanced", "non-contrast"), ("TAP C+", "contrast-enhanced"), ("TAP INJECTE", "contrast-enhanced"),
    ("avec injection", "contrast-enhanced"), ("ART+PORTAL", "contrast-enhanced"),
    ("TAP 1.25 mm", None), ("", None), ("THORAX PARTIE HAUTE", None), ("C-SPINE", None), ("report", None),
])
def test_phase_in_series_descriptions(words: str, phase: str | None) -> None:
    assert phase_in_words(words) == phase


def test_facts_are_kept(scan_geometry: Geometry, phantom: Callable, write_series: Callable, tmp_path: Path) -> None:
    write_series(tmp_path, phantom(scan_geometry), scan_geometry, PatientSize=1.72, PatientWeight=80, PatientSex="F")
    assert read_ct(tmp_path).acquisition == Acquisition("2024-02-29", 5.0, "B30f", "portal venous", 1.72, 80.0, "F")


@pytest.mark.parametrize(("elements", "field", "value"), [
    ({"StudyDate": ""}, "date", None),
    ({"StudyDate": "20240230", "AcquisitionDate": "20240301"}, "date", "2024-03-01"),
    ({"StudyDate": None, "AcquisitionDateTime": "20240302101010.5"}, "date", "2024-03-02"),
    ({"PatientSize": 172}, "patient_height_m", 1.72),
    ({"PatientSize": 0}, "patient_height_m", None),
    ({"PatientWeight": 0}, "patient_weight_kg", None),
    ({"PatientSex": "X"}, "patient_sex", None),
    ({"ConvolutionKernel": ["Br38f", "3"]}, "kernel", "Br38f/3"),
    ({"SeriesDescription": "CT", "ContrastBolusAgent": "APPLIED"}, "contrast_phase", "contrast-enhanced"),
    ({"SeriesDescription": "CT", "ContrastBolusAgent": "NONE"}, "contrast_phase", None),
    ({"SeriesDescription": "CT", "ContrastBolusAgent": "TELEBRIX", "ContrastBolusRoute": "ORAL"}, "contrast_phase",
     None),
])
def test_impossible_and_missing_facts(elements: dict, field: str, value: object, scan_geometry: Geometry,
                                      phantom: Callable, write_series: Callable, tmp_path: Path) -> None:
    write_series(tmp_path, phantom(scan_geometry), scan_geometry, **elements)
    assert getattr(read_ct(tmp_path).acquisition, field) == value


@pytest.mark.parametrize(("kernel", "sharp"), [
    ("B30f", False), ("B45f", False), ("Br38f\\3", False), ("Bf37", False), ("I31f", False), ("B60f", True),
    ("B70s", True), ("Bl57", True), ("Br59", True), ("STANDARD", False), ("SOFT", False), ("LUNG", True),
    ("BONEPLUS", True), ("FC08", False), ("FC18", False), ("FC52", True), ("FC86", True), ("B", False), ("C", False),
    ("YB", False), ("L", True), ("YE", True), ("", False),
])
def test_kernels_of_all_vendors(kernel: str, sharp: bool, scan_geometry: Geometry, phantom: Callable,
                                write_series: Callable, tmp_path: Path) -> None:
    write_series(tmp_path, phantom(scan_geometry)[:1], scan_geometry, ConvolutionKernel=kernel.split("\\"))
    assert list_series(tmp_path)[0].sharp is sharp

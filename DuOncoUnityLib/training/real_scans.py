"""The real scans on which the networks are judged: figures where a mask exists, and all proposals to be looked at.

Masks of organs and tissues are those of TotalSegmentator, which no person checked. No scan of these may be trained on
(`data_policy`).
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from DuOncoUnityLib.analysis import Analysis, OperatingPoint, analyze_ct
from DuOncoUnityLib.ct.read import read_ct
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.model.engine import Engine
from DuOncoUnityLib.progress import Progress
from DuOncoUnityLib.training.case_figures import (
    ALL_FAT,
    ONE_WINDOW,
    l3_error_mm,
    organ_dice,
    proposal_rows,
    tissue_dice,
)

# TotalSegmentator's class numbers (version 2) of our organs, as far as the example shows them
EXAMPLE_ORGANS = {"liver": (5,), "kidney": (2, 3), "spleen": (1,), "stomach": (6,), "pancreas": (7,),
                  "adrenal": (8, 9), "lung": (10, 11, 12, 13, 14), "bowel": (18, 19, 20),
                  "lumbar_spine": (27, 28, 29, 30, 31), "thoracic_spine": tuple(range(32, 44)),
                  "great_vessels": (52, 63, 64),
                  "all bones": (*range(25, 51), *range(69, 79), 91, *range(92, 117))}
EXAMPLE_L3 = 29
EXAMPLE_TISSUES = {"muscle": "skeletal_muscle", "subcutaneous fat": "subcutaneous_fat", "visceral fat": "torso_fat"}
TAP_ORGANS = {"liver": (1,), "lung": (2, 3, 4, 5, 6), "bladder": (8,)}
TAP, EXAMPLE = "CCTH-A01", "TotalSegmentator example"
REAL_SCANS: dict[str, str] = {
    TAP: "ct/CCTH-A01_TAP_ct.nii.gz", EXAMPLE: "tissue/example_ct.nii.gz",
    "LIDC-IDRI-0001": "ct/LIDC-IDRI-0001_ct_1.2mm.nii.gz", "CRLM-CT-1004": "ct/CRLM-CT-1004_ct.nii.gz"}
"""Path in the data folder by name; what is absent is skipped."""
PUBLISHABLE = {EXAMPLE: "TotalSegmentator test data, Apache-2.0",
               "LIDC-IDRI-0001": "TCIA LIDC-IDRI, doi 10.7937/K9/TCIA.2015.LO9QL9SX, CC BY 3.0",
               "CRLM-CT-1004": "TCIA Colorectal-Liver-Metastases, doi 10.7937/QXK2-QG03, CC BY 4.0"}
"""Scans of which pictures may go into the documentation, with their source."""


def analyse_real(name: str, engine: Engine, data_dir: Path) -> tuple[Analysis, dict[str, Any]]:
    """Analyse a scan at the default operating point, as a user gets it.

    Returns:
        the analysis and the figures of the scan.
    """
    ct = read_ct(data_dir / REAL_SCANS[name])
    began = time.monotonic()
    analysis = analyze_ct(ct, engine, Progress(), OperatingPoint())
    seconds = time.monotonic() - began
    figures = {"seconds": seconds, "proposals": proposal_rows(analysis),
               "held_back": len(analysis.time_point.held_back),
               "level": analysis.level.name if analysis.level else None}
    further = {TAP: _whole_tap, EXAMPLE: _example}.get(name)
    return analysis, figures | (further(analysis, data_dir) if further else {})


def _whole_tap(analysis: Analysis, data_dir: Path) -> dict[str, Any]:
    truth = _mask(data_dir / "ct" / "CCTH-A01_TAP_organs.nii.gz")
    return {"organ_dice": organ_dice(analysis, {organ: np.isin(truth, numbers)
                                                for organ, numbers in TAP_ORGANS.items()})}


def _example(analysis: Analysis, data_dir: Path) -> dict[str, Any]:
    folder = data_dir / "tissue"
    truth = _mask(folder / "example_seg.nii.gz")
    part = slice(-len(truth), None)  # the masks cover the last slices, whatever their header says
    masks = {name: _mask(folder / "example_seg_tissue_types" / f"{file}.nii.gz") > 0
             for name, file in EXAMPLE_TISSUES.items()}
    masks[ALL_FAT] = masks[ONE_WINDOW] = masks["subcutaneous fat"] | masks["visceral fat"]
    organs = {organ: np.isin(truth, numbers) for organ, numbers in EXAMPLE_ORGANS.items()}
    l3 = np.flatnonzero((truth == EXAMPLE_L3).any(axis=(1, 2)))
    figures = {"organ_dice": organ_dice(analysis, {name: mask for name, mask in organs.items() if mask.any()}, part),
               "tissue_dice": tissue_dice(analysis, masks, part)}
    if len(l3) and l3[0] > 0 and l3[-1] < len(truth) - 1:  # whole on the slices that the masks cover
        middle = len(analysis.ct.hu) - len(truth) + float(l3.mean())
        figures["l3_error_mm"] = l3_error_mm(analysis, _z_of_slice(analysis.ct.geometry, middle))
    return figures


def _z_of_slice(geometry: Geometry, slice_index: float) -> float:
    return float(geometry.index_to_world((0.0, 0.0, slice_index))[2])


def _mask(path: Path) -> npt.NDArray[np.uint8]:
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path), sitk.sitkUInt8))

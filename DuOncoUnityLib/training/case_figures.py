"""What is measured on one analysed scan: organs, tissues, L3 and, where the truth is known, lesion by lesion.

Everything is plain data that JSON can hold; `scoring` makes figures of many scans from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from DuOncoUnityLib.analysis import Analysis
from DuOncoUnityLib.ct.densities import FAT_HU, MUSCLE_HU, VISCERAL_FAT_HU
from DuOncoUnityLib.evaluation.detection import long_axis_mm, match_lesions
from DuOncoUnityLib.evaluation.overlap import dice
from DuOncoUnityLib.lesions.components import BoolArray, Component, LabelArray
from DuOncoUnityLib.model.body import find_body
from DuOncoUnityLib.model.sampling import Grid, nearest
from DuOncoUnityLib.terminology import BONES, ORGANS, Layer
from DuOncoUnityLib.training.patients import SyntheticCase
from DuOncoUnityLib.training.structures import CODE, codes_of

FATS = (Layer.SUBCUTANEOUS_FAT, Layer.VISCERAL_FAT, Layer.INTERMUSCULAR_FAT)
ALL_FAT, ONE_WINDOW = "all fat", "all fat, one window"
_FAT_STRUCTURES = ("subcutaneous_fat", "visceral_fat", "mediastinal_fat", "intermuscular_fat")
TISSUE_STRUCTURES = {
    "muscle": ("muscle",), "subcutaneous fat": ("subcutaneous_fat",), "visceral fat": ("visceral_fat",),
    ALL_FAT: _FAT_STRUCTURES, ONE_WINDOW: _FAT_STRUCTURES}


def synthetic_figures(case: SyntheticCase, analysis: Analysis) -> dict[str, Any]:
    """Everything about a synthetic scan that was analysed with every proposal shown."""
    organs = {organ: truth for organ in ORGANS if (truth := np.isin(case.structures, codes_of(organ))).any()}
    tissues = {name: np.isin(case.structures, [CODE[one] for one in structures]) & (case.lesion_ids == 0)
               for name, structures in TISSUE_STRUCTURES.items()}
    return {"organ_dice": organ_dice(analysis, organs), "tissue_dice": tissue_dice(analysis, tissues),
            "l3_error_mm": l3_error_mm(analysis, case.l3_centre_mm[2]), **lesion_figures(case, analysis)}


def organ_dice(analysis: Analysis, truth: Mapping[str, BoolArray], part: slice = slice(None)) -> dict[str, float]:
    """Dice of organs on some slices; "all bones" too, where the truth has them or one of them."""
    values = {organ: dice(organ_mask(analysis, organ)[part], mask) for organ, mask in truth.items() if organ in ORGANS}
    bones = [mask for organ, mask in truth.items() if organ in BONES or organ == "all bones"]
    if bones:
        found = np.logical_or.reduce([organ_mask(analysis, organ) for organ in BONES])
        values["all bones"] = dice(found[part], np.logical_or.reduce(bones))
    return values


def tissue_dice(analysis: Analysis, truth: Mapping[str, BoolArray],
                part: slice = slice(None)) -> dict[str, dict[str, float]]:
    """Dice of muscle and fat by the network and by density alone, inside the body (there is no other subdivision).

    Visceral fat ends at -50 HU, other fat at -30 HU; with one window it, too, goes as far as -30 HU.
    """
    hu, layers = analysis.ct.hu, analysis.layers
    inside = _body(analysis)
    fat = np.isin(layers, [layer.label for layer in FATS])
    denser = ((hu > VISCERAL_FAT_HU[1]) & (hu <= FAT_HU[1]) & (layers == 0)
              & organ_mask(analysis, "peritoneum_retroperitoneum"))
    masks = {"muscle": layers == Layer.MUSCLE.label, "subcutaneous fat": layers == Layer.SUBCUTANEOUS_FAT.label,
             "visceral fat": layers == Layer.VISCERAL_FAT.label, ALL_FAT: fat, ONE_WINDOW: fat | denser}
    dense = {name: inside & (hu >= low) & (hu <= high)
             for name, (low, high) in (("muscle", MUSCLE_HU), (ALL_FAT, FAT_HU))}
    return {name: {"network": dice(masks[name][part], mask),
                   **({"density": dice(dense[name][part], mask)} if name in dense else {})}
            for name, mask in truth.items()}


def l3_error_mm(analysis: Analysis, true_z_mm: float) -> float | None:
    """Distance along the patient between the level that was found and the true one; None where L3 was not found."""
    level = analysis.level
    if level is None or level.name != "L3":
        return None
    _, geometry = analysis.ct.geometry.to_patient_order(analysis.ct.hu)
    return abs(float(geometry.index_to_world((0, 0, level.slice_index))[2]) - true_z_mm)


def lesion_figures(case: SyntheticCase, analysis: Analysis) -> dict[str, Any]:
    """True lesions and proposals, paired (`evaluation.detection`)."""
    truth = true_components(case.lesion_ids)
    proposals = proposal_components(analysis)
    partner = {pair.truth: pair for pair in match_lesions(truth, proposals)}
    known = {lesion.number: lesion for lesion in case.lesions}
    rows = proposal_rows(analysis)
    true_rows = []
    for number, component in enumerate(truth):
        lesion, pair = known[component.value], partner.get(number)
        row = {"number": lesion.number, "layer": lesion.layer, "site": lesion.site, "volume_ml": lesion.volume_ml,
               "long_axis_mm": long_axis_mm(component, case.ct.geometry), "confidence": None, "dice": None}
        if pair:
            rows[pair.proposal]["is_disease"] = True
            row |= {"confidence": rows[pair.proposal]["confidence"], "dice": pair.dice}
        true_rows.append(row)
    return {"truth": true_rows, "proposals": rows}


def proposal_rows(analysis: Analysis) -> list[dict[str, Any]]:
    """One row per proposal that is shown, in the order of `proposal_components`."""
    return [{"id": lesion.id, "layer": lesion.layer, "site": lesion.site, "confidence": lesion.confidence or 0.0,
             "volume_ml": lesion.measurement.volume_ml, "long_axis_mm": lesion.measurement.long_axis.length_mm,
             "is_disease": False} for lesion in analysis.time_point.lesions]


def proposal_components(analysis: Analysis) -> list[Component]:
    """Masks of the proposals that are shown."""
    masks = (analysis.instances.instances[lesion.id] for lesion in analysis.time_point.lesions)
    return [Component(one.layer.label, one.box, one.mask) for one in masks]


def true_components(lesion_ids: LabelArray) -> list[Component]:
    """One component per true lesion, its number as value."""
    return [Component(number, box, lesion_ids[box] == number)
            for number, box in enumerate(ndimage.find_objects(lesion_ids), start=1) if box is not None]


def organ_mask(analysis: Analysis, organ: str) -> BoolArray:
    """Where the network sees an organ, on the grid of the scan."""
    if analysis.anatomy is None:
        raise ValueError("an analysed scan has an anatomy")
    return analysis.anatomy.mask(organ)


def _body(analysis: Analysis) -> npt.NDArray[np.bool_]:
    mask = np.zeros(analysis.ct.hu.shape, bool)
    hu, geometry = analysis.ct.geometry.to_patient_order(analysis.ct.hu)
    body = find_body(hu, geometry.spacing_mm[::-1])
    ordered, _ = analysis.ct.geometry.to_patient_order(mask)
    ordered[:] = nearest(body.mask, body.grid, Grid.of_voxels(ordered.shape))
    return mask


"""`python -m DuOncoUnityLib.training.evaluate`: measures a model bundle and writes the tables of docs/model-card.md.

The synthetic hold-out uses seeds that training never draws; the real scans are those that training refuses to read.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from DuOncoUnityLib.analysis import Analysis, analyze_ct
from DuOncoUnityLib.ct.read import read_ct
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.model.bundle import Bundle, default_bundle_dir, load_bundle
from DuOncoUnityLib.model.click import ClickSegmenter
from DuOncoUnityLib.model.engine import Engine
from DuOncoUnityLib.progress import Progress
from DuOncoUnityLib.terminology import ORGANS, Layer
from DuOncoUnityLib.training.evaluate_clicks import click_figures, click_table, real_lesions
from DuOncoUnityLib.training.patients import SyntheticCase, make_case
from DuOncoUnityLib.training.scoring import Detection, dice, match_detections, sensitivity, threshold_for
from DuOncoUnityLib.training.structures import codes_of

HOLD_OUT_SEEDS = (900001, 900002, 900003, 900004)
HOLD_OUT_LESIONS = 14
FALSE_PER_SCAN = (1, 2, 4, 8)
REPOSITORY = Path(__file__).resolve().parents[2]
CARD = REPOSITORY / "docs" / "model-card.md"
TABLES = ("<!-- tables of make evaluate: begin -->", "<!-- tables of make evaluate: end -->")

# TotalSegmentator's class numbers (version 2) of our organs, as far as the example shows them
EXAMPLE_ORGANS = {"liver": (5,), "kidney": (2, 3), "spleen": (1,), "stomach": (6,), "pancreas": (7,),
                  "lung": (10, 11, 12, 13, 14), "bowel": (18, 19, 20), "lumbar_spine": (27, 28, 29, 30, 31),
                  "thoracic_spine": tuple(range(32, 44)), "great_vessels": (52, 63, 64)}
EXAMPLE_TISSUES = {Layer.MUSCLE: "skeletal_muscle", Layer.SUBCUTANEOUS_FAT: "subcutaneous_fat",
                   Layer.VISCERAL_FAT: "torso_fat"}
TAP_ORGANS = {"liver": (1,), "lung": (2, 3, 4, 5, 6), "bladder": (8,)}


def evaluate(bundle_dir: Path, data_dir: Path | None, out: Path) -> dict[str, Any]:
    """Measure a bundle.

    Args:
        bundle_dir: the model.
        data_dir: folder of real CT (see `EXAMPLE_ORGANS`); what is absent is left out of the result.
        out: folder for `evaluation.json`.

    Returns:
        The figures, as written.
    """
    bundle = load_bundle(bundle_dir)
    engine = Engine(bundle)
    figures: dict[str, Any] = {"synthetic": _synthetic(engine)}
    if data_dir is not None:
        measures = {"CCTH-A01": _whole_tap, "TotalSegmentator example": _example, "LIDC-IDRI-0001": _chest}
        for name, measure in measures.items():
            result = _if_present(measure, engine, data_dir)
            print(f"{name}: {'measured' if result else 'absent, skipped'}")
            if result:
                figures[name] = result
        figures |= {"clicks": _clicks(bundle, data_dir)}
    out.mkdir(parents=True, exist_ok=True)
    (out / "evaluation.json").write_text(json.dumps(figures, indent=1) + "\n")
    return figures


def _clicks(bundle: Bundle, data_dir: Path) -> dict[str, dict[str, Any]]:
    cases = real_lesions(data_dir) if bundle.click else []
    print(f"clicks in real lesions: {len(cases)} lesions" if cases else "clicks in real lesions: absent, skipped")
    return {case.name: click_figures(ClickSegmenter(bundle), case) for case in cases}


def _synthetic(engine: Engine) -> dict[str, Any]:
    overlaps: dict[str, list[float]] = {organ: [] for organ in ORGANS}
    detections: list[Detection] = []
    l3_errors, missing_l3 = [], 0
    for seed in HOLD_OUT_SEEDS:
        case = make_case(seed, lesion_count=HOLD_OUT_LESIONS)
        analysis = analyze_ct(case.ct, engine, Progress())
        detections.append(match_detections(case, analysis.time_point.lesions, analysis.instances))
        for organ, values in overlaps.items():
            truth = np.isin(case.structures, codes_of(organ))
            values += [dice(_organ(analysis, organ), truth)] if truth.any() else []
        error = _l3_error_mm(case, analysis)
        l3_errors += [] if error is None else [error]
        missing_l3 += error is None
    found = [item[3] for detection in detections for item in detection.truth if item[2] is not None]
    points = {}
    for count in FALSE_PER_SCAN:
        threshold = threshold_for(detections, count)
        points[str(count)] = {layer: sensitivity(detections, layer, threshold) for layer in ("lesion", "lymph_node")}
    return {
        "scans": len(HOLD_OUT_SEEDS),
        "organ_dice": {organ: float(np.mean(values)) for organ, values in overlaps.items() if values},
        "l3_error_mm": l3_errors, "l3_not_found": missing_l3, "sensitivity_at_false_per_scan": points,
        "all_proposals": {layer: sensitivity(detections, layer) for layer in ("lesion", "lymph_node")},
        "false_per_scan": float(np.mean([len(d.false_confidences) for d in detections])),
        "dice_of_found": float(np.median(found)) if found else None}


def _l3_error_mm(case: SyntheticCase, analysis: Analysis) -> float | None:
    level = analysis.level
    if level is None or level.name != "L3":
        return None
    _, geometry = case.ct.geometry.to_patient_order(case.ct.hu)
    return abs(float(geometry.index_to_world((0, 0, level.slice_index))[2]) - case.l3_centre_mm[2])


def _if_present(measure: Callable[[Engine, Path], dict[str, Any]], engine: Engine,
                data_dir: Path) -> dict[str, Any] | None:
    try:
        return measure(engine, data_dir)
    except FileNotFoundError:
        return None


def _whole_tap(engine: Engine, data_dir: Path) -> dict[str, Any]:
    ct = _read(data_dir / "ct" / "CCTH-A01_TAP_ct.nii.gz")
    truth = _mask(data_dir / "ct" / "CCTH-A01_TAP_organs.nii.gz")
    began = time.monotonic()
    analysis = analyze_ct(ct, engine, Progress())
    seconds = time.monotonic() - began
    overlaps = {organ: dice(_organ(analysis, organ), np.isin(truth, values)) for organ, values in TAP_ORGANS.items()}
    return {"seconds": seconds, "organ_dice": overlaps, **_proposals(analysis)}


def _example(engine: Engine, data_dir: Path) -> dict[str, Any]:
    folder = data_dir / "tissue"
    ct, truth = _read(folder / "example_ct.nii.gz"), _mask(folder / "example_seg.nii.gz")
    part = slice(-len(truth), None)  # the masks cover the last slices, whatever their header says
    analysis = analyze_ct(ct, engine, Progress())
    masks = {layer: _mask(folder / "example_seg_tissue_types" / f"{name}.nii.gz") > 0
             for layer, name in EXAMPLE_TISSUES.items()}
    tissues = {layer.value: dice(analysis.layers[part] == layer.label, mask) for layer, mask in masks.items()}
    organs = {organ: dice(_organ(analysis, organ)[part], np.isin(truth, values))
              for organ, values in EXAMPLE_ORGANS.items() if np.isin(truth, values).any()}
    return {"tissue_dice": tissues, "organ_dice": organs, **_proposals(analysis)}


def _chest(engine: Engine, data_dir: Path) -> dict[str, Any]:
    return _proposals(analyze_ct(_read(data_dir / "ct" / "LIDC-IDRI-0001_ct_1.2mm.nii.gz"), engine, Progress()))


def _proposals(analysis: Analysis) -> dict[str, Any]:
    confidences = [lesion.confidence or 0.0 for lesion in analysis.time_point.lesions]
    return {"proposals": len(confidences), "proposals_confidence_half": sum(c >= 0.5 for c in confidences),
            "l3": analysis.level.name if analysis.level else None}


def _organ(analysis: Analysis, organ: str) -> npt.NDArray[np.bool_]:
    if analysis.anatomy is None:
        raise ValueError("an analysed scan has an anatomy")
    return analysis.anatomy.mask(organ)


def _read(path: Path) -> CTVolume:
    if not path.exists():
        raise FileNotFoundError(path.name)
    return read_ct(path)


def _mask(path: Path) -> npt.NDArray[np.uint8]:
    if not path.exists():
        raise FileNotFoundError(path.name)
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path), sitk.sitkUInt8))


def tables(figures: dict[str, Any]) -> str:
    """The figures as Markdown."""
    synthetic = figures["synthetic"]
    real = {name: entry for name, entry in figures.items() if name not in ("synthetic", "clicks")}
    columns = ["synthetic", *(name for name, entry in real.items() if "organ_dice" in entry)]
    lines = [f"Dice of organs ({synthetic['scans']} synthetic hold-out scans; real scans where a mask exists):", "",
             f"| Organ | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    for organ, term in ORGANS.items():
        cells = [figures[column]["organ_dice"].get(organ) for column in columns]
        lines.append(f"| {term.name} | {' | '.join('' if c is None else f'{c:.2f}' for c in cells)} |")
    lines += ["", "Lesions and lymph nodes of 10 mm and more, synthetic hold-out:", "",
              "| False proposals per scan | Lesions found | Nodes found |", "|---|---|---|"]
    points = {**synthetic["sensitivity_at_false_per_scan"],
              f"all ({synthetic['false_per_scan']:.1f})": synthetic["all_proposals"]}
    for name, point in points.items():
        cells = ["{} of {}".format(*point[layer]) for layer in ("lesion", "lymph_node")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    if synthetic["dice_of_found"] is not None:
        lines += ["", f"Median Dice of the found ones: {synthetic['dice_of_found']:.2f}."]
    errors = synthetic["l3_error_mm"]
    lines += ["", f"L3 level, synthetic: found on {len(errors)} of {synthetic['scans']} scans"
              + (f", error {np.mean(errors):.0f} mm on average, {max(errors):.0f} mm at most." if errors else ".")]
    for name, entry in real.items():
        sentence = (f"{name}: {entry['proposals']} proposals, {entry['proposals_confidence_half']} of them with a "
                    f"confidence of 0.5 or more; level found: {entry['l3'] or 'none'}.")
        if "seconds" in entry:
            sentence += f" Analysis {entry['seconds']:.0f} s."
        if "tissue_dice" in entry:
            pairs = [f"{key.replace('_', ' ')} {value:.2f}" for key, value in entry["tissue_dice"].items()]
            sentence += f" Dice of tissues: {', '.join(pairs)}."
        lines += ["", sentence]
    if figures.get("clicks"):
        lines += ["", "Dice of clicks in real lesions:", "", *click_table(figures["clicks"])]
    return "\n".join(lines)


def write_card(card: Path, text: str) -> None:
    """Put the tables between their marks in the model card."""
    before, rest = card.read_text().split(TABLES[0])
    after = rest.split(TABLES[1])[1]
    temporary = card.with_suffix(".part")
    temporary.write_text(f"{before}{TABLES[0]}\n{text}\n{TABLES[1]}{after}")
    temporary.replace(card)


def main() -> None:
    """Command line of `make evaluate`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=default_bundle_dir())
    parser.add_argument("--data", type=Path, default=os.environ.get("DUONCO_DATA"),
                        help="folder of real CT (default: $DUONCO_DATA)")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "out" / "evaluation")
    arguments = parser.parse_args()
    figures = evaluate(arguments.model, arguments.data, arguments.out)
    text = tables(figures)
    print(text)
    if arguments.model == default_bundle_dir():
        write_card(CARD, text)


if __name__ == "__main__":
    main()

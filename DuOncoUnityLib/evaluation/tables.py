"""An agreement as text for a terminal, and as JSON and CSV files."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from DuOncoUnityLib.evaluation.agreement import Agreement, LesionOutcome, SegmentAgreement
from DuOncoUnityLib.evaluation.detection import SIZE_CLASSES, size_class
from DuOncoUnityLib.exports.folder import result_folder
from DuOncoUnityLib.exports.tables import plain_text
from DuOncoUnityLib.files import replacing

DOCUMENT, SEGMENTS, LESIONS = "evaluation.json", "segments.csv", "lesions.csv"
FILES = frozenset({DOCUMENT, SEGMENTS, LESIONS})
SEGMENT_COLUMNS = ("segment", "dice", "mean_surface_distance_mm", "hd95_mm", "surface_dice", "volume_ml",
                   "true_volume_ml", "bias_ml", "bias_percent")
LESION_COLUMNS = ("segment", "outcome", "long_axis_mm", "volume_ml", "proposed_volume_ml", "dice", "mean_hu",
                  "centre_left_mm", "centre_posterior_mm", "centre_superior_mm")


def agreement_text(agreement: Agreement) -> str:
    """What a person reads: one line per segment, then the lesions by size."""
    tolerance = f"{agreement.options.tolerance_mm:g}"
    head = ["Segment", "Dice", "mean mm", "HD95 mm", f"surface Dice ({tolerance} mm)", "volume ml", "truth ml",
            "bias ml", "bias %"]
    formats = ("", ".3f", ".2f", ".2f", ".3f", ".2f", ".2f", "+.2f", "+.1f")
    rows = [[str(cell) if not form else "-" if cell is None else format(cell, form)
             for cell, form in zip(segment_row(segment), formats, strict=True)] for segment in agreement.segments]
    parts = [_aligned([head, *rows])]
    parts += [_lesion_text(name, [one for one in agreement.lesions if one.segment == name])
              for name in agreement.detected_in]
    return "\n\n".join(parts)


def write_agreement(out: Path, agreement: Agreement) -> None:
    """Write `evaluation.json`, `segments.csv` and `lesions.csv` into a folder, all or none of them.

    Raises:
        DuOncoError: the folder cannot be written.
    """
    with result_folder(out, FILES) as folder:
        with replacing(folder / DOCUMENT) as temporary:
            temporary.write_text(json.dumps(as_json(agreement), indent=1) + "\n", encoding="utf-8")
        _write_csv(folder / SEGMENTS, SEGMENT_COLUMNS, [segment_row(segment) for segment in agreement.segments])
        _write_csv(folder / LESIONS, LESION_COLUMNS, [_lesion_row(lesion) for lesion in agreement.lesions])


def as_json(agreement: Agreement) -> dict[str, Any]:
    """The agreement as it stands in `evaluation.json`; volumes in ml, lengths in mm, places LPS."""
    return {
        "format": "duonco-unity-evaluation", "format_version": 1,
        "surface_tolerance_mm": agreement.options.tolerance_mm, "least_iou": agreement.options.least_iou,
        "segments": [dict(zip(SEGMENT_COLUMNS, segment_row(segment), strict=True)) for segment in agreement.segments],
        "detection": {name: detection_counts([one for one in agreement.lesions if one.segment == name])
                      for name in agreement.detected_in},
        "lesions": [asdict(lesion) for lesion in agreement.lesions]}


def segment_row(segment: SegmentAgreement) -> list[Any]:
    """The cells of a segment under `SEGMENT_COLUMNS`; None where a figure is not defined."""
    surface = segment.surface
    distances = [surface.mean_mm, surface.hd95_mm, surface.surface_dice] if surface else [None] * 3
    return [segment.name, segment.dice, *distances, segment.volume_ml, segment.true_volume_ml, segment.bias_ml,
            segment.bias_percent]


def detection_counts(lesions: Sequence[LesionOutcome]) -> dict[str, dict[str, int]]:
    """Number of found, missed and false ones: all, and by class of the long axis."""
    classes = {"all": lesions, **{name: [one for one in lesions if size_class(one.long_axis_mm) == name]
                                  for name in SIZE_CLASSES}}
    return {name: {outcome: sum(one.outcome == outcome for one in members) for outcome in ("found", "missed", "false")}
            for name, members in classes.items()}


def _lesion_text(name: str, lesions: Sequence[LesionOutcome]) -> str:
    rows = [[f"{name}, long axis", "true", "found", "sensitivity", "missed", "false"]]
    for size, counts in detection_counts(lesions).items():
        true = counts["found"] + counts["missed"]
        share = f"{counts['found'] / true:.2f}" if true else "-"
        rows.append([size, str(true), str(counts["found"]), share, str(counts["missed"]), str(counts["false"])])
    return _aligned(rows)


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell, the first one left-aligned."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.rjust(width) if column else cell.ljust(width)
                               for column, (cell, width) in enumerate(zip(row, widths, strict=True))) for row in rows)


def _lesion_row(lesion: LesionOutcome) -> list[Any]:
    return [lesion.segment, lesion.outcome, lesion.long_axis_mm, lesion.volume_ml, lesion.proposed_volume_ml,
            lesion.dice, lesion.mean_hu, *lesion.centre_mm]


def _write_csv(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return plain_text(value) if isinstance(value, str) else f"{value:.4f}"

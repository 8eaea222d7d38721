"""Scores of organs and lesions, against cases counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from DuOncoUnityLib.training.evaluate import TABLES, tables, write_card
from DuOncoUnityLib.training.scoring import Detection, dice, sensitivity, threshold_for


def test_dice_of_half_overlapping_masks_is_a_half() -> None:
    first, second = np.zeros((2, 4, 4), dtype=bool), np.zeros((2, 4, 4), dtype=bool)
    first[0, :2], second[0, 1:3] = True, True
    assert dice(first, second) == pytest.approx(0.5)
    assert dice(first, first) == 1.0
    assert dice(first, ~first) == 0.0


DETECTIONS = (
    Detection((("lesion", 20.0, 0.9, 0.8), ("lesion", 15.0, None, 0.0), ("lesion", 6.0, 0.9, 0.5),
               ("lymph_node", 14.0, 0.4, 0.6)), (0.8, 0.3)),
    Detection((("lesion", 12.0, 0.5, 0.7),), (0.6,)))


def test_sensitivity_counts_lesions_of_ten_millimetres_by_layer() -> None:
    assert sensitivity(DETECTIONS, "lesion") == (2, 3)
    assert sensitivity(DETECTIONS, "lymph_node") == (1, 1)
    assert sensitivity(DETECTIONS, "lesion", 0.6) == (1, 3)


@pytest.mark.parametrize(("per_scan", "kept"), [(0.5, [0.8]), (1.0, [0.8, 0.6]), (8.0, [0.8, 0.6, 0.3])])
def test_the_threshold_keeps_the_allowed_false_proposals(per_scan: float, kept: list[float]) -> None:
    threshold = threshold_for(DETECTIONS, per_scan)
    confidences = [c for detection in DETECTIONS for c in detection.false_confidences]
    assert sorted((c for c in confidences if c >= threshold), reverse=True) == kept


def test_tables_replace_those_in_the_card_and_nothing_else(tmp_path) -> None:
    card = tmp_path / "card.md"
    card.write_text(f"above\n{TABLES[0]}\nformer figures\n{TABLES[1]}\nbelow\n")
    figures = {"synthetic": {
        "scans": 1, "organ_dice": {"liver": 0.91}, "l3_error_mm": [4.0], "l3_not_found": 0, "false_per_scan": 3.0,
        "sensitivity_at_false_per_scan": {"1": {"lesion": (1, 3), "lymph_node": (0, 1)}},
        "all_proposals": {"lesion": (2, 3), "lymph_node": (1, 1)}, "dice_of_found": 0.7}}
    write_card(card, tables(figures))
    text = card.read_text()
    assert text.startswith("above\n")
    assert text.endswith("below\n")
    assert "| Liver | 0.91 |" in text
    assert "| 1 | 1 of 3 | 0 of 1 |" in text
    assert "former figures" not in text

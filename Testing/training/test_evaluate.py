"""An evaluation as a whole, with a model whose result is known, on coarse scans."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import SimpleITK as sitk

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.lesions.components import Component
from DuOncoUnityLib.model.bundle import load_bundle
from DuOncoUnityLib.training import judged_cases
from DuOncoUnityLib.training.card_tables import all_tables, condition_table, found_table, real_table
from DuOncoUnityLib.training.evaluate import TABLES, draw_pictures, evaluate, write_card
from DuOncoUnityLib.training.failure_crops import Cut, cut_through, draw_cuts, read_cuts, save_cuts
from DuOncoUnityLib.training.hold_out import USUAL
from DuOncoUnityLib.training.judged_cases import EvaluationPlan, Judge

COARSE = EvaluationPlan(scans=1, scans_per_condition=0, spacing_mm=(6.0, 6.0, 6.0))


@pytest.fixture(scope="module")
def measured(threshold_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Judge]:
    """The model takes bone for lesions, so that true lesions in bone marrow are missed or merged, and says so."""
    return evaluate(load_bundle(threshold_bundle), COARSE, tmp_path_factory.mktemp("evaluate"), "cpu")


def test_every_table_is_there(measured: tuple[str, Judge]) -> None:
    text, _ = measured
    for title in ("Organs: Dice", "Muscle, fat and L3", "Lesions found", "By organ", "At the default operating point",
                  "Does the confidence", "Clicks: Dice in synthetic lesions"):
        assert f"**{title}" in text
    assert "threshold 1.0 (sha256" in text
    assert "| All bones together | 0.00 |" in text, "the model knows no bones"
    assert "nan" not in text


def test_figures_are_those_of_the_scan(measured: tuple[str, Judge]) -> None:
    _, judge = measured
    scan = json.loads((judge.folder / "usual-900001-6x6x6.json").read_text())
    assert scan["organ_dice"]["muscle"] == pytest.approx(0.4, abs=0.3), "everything is muscle"
    assert scan["tissue_dice"]["muscle"]["network"] == pytest.approx(scan["tissue_dice"]["muscle"]["density"], abs=0.1)
    assert scan["tissue_dice"]["all fat"]["density"] > 0.7
    clicks = json.loads((judge.click_folder / "usual-900001-6x6x6.json").read_text())
    assert len(clicks["lesions"]) == len(scan["truth"]) > 5
    found = [row for row in scan["proposals"] if row["is_disease"]]
    assert len(found) == sum(row["confidence"] is not None for row in scan["truth"])


def test_a_second_run_measures_nothing(measured: tuple[str, Judge], threshold_bundle: Path) -> None:
    text, judge = measured
    again, other = evaluate(load_bundle(threshold_bundle), COARSE, judge.out, "cpu")
    assert (judge.measured, other.measured) == (2, 0), "an analysis, and clicks"
    assert again == text


def test_other_software_measures_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = judged_cases.software_key()
    library = tmp_path / "library"
    for name in judged_cases._DECISIVE:
        source, target = judged_cases.LIBRARY / name, library / name
        for path in source.rglob("*.py") if source.is_dir() else [source]:
            copy = target / path.relative_to(source) if source.is_dir() else target
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    monkeypatch.setattr(judged_cases, "LIBRARY", library)
    assert judged_cases.software_key() == before
    of_analyses = judged_cases.software_key(without=judged_cases._OF_CLICKS)
    (library / "model" / "click.py").write_text("changed")
    assert judged_cases.software_key() != before
    assert judged_cases.software_key(without=judged_cases._OF_CLICKS) == of_analyses
    (library / "analysis.py").write_text("changed")
    assert judged_cases.software_key(without=judged_cases._OF_CLICKS) != of_analyses
    assert judged_cases.software_key() != before


def test_a_scan_needs_no_new_measurement_for_another_click_network(threshold_bundle: Path, tmp_path: Path) -> None:
    model = shutil.copytree(threshold_bundle, tmp_path / "model")
    document = json.loads((model / "bundle.json").read_text())
    del document["networks"]["click"]
    (model / "bundle.json").write_text(json.dumps(document))
    with_clicks, without = (Judge(load_bundle(folder), tmp_path, "cpu") for folder in (threshold_bundle, model))
    assert with_clicks.folder == without.folder and with_clicks.click_folder != without.click_folder
    document["networks"]["lesion"]["spacing_mm"] += 0.5
    (model / "bundle.json").write_text(json.dumps(document))
    assert Judge(load_bundle(model), tmp_path, "cpu").folder != without.folder


def test_absent_scans_are_named(threshold_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = EvaluationPlan(0, 0, data_dir=tmp_path)
    figures = Judge(load_bundle(threshold_bundle), tmp_path / "kept", "cpu").run(plan)
    assert figures == {"synthetic": {}, "real": {}, "found": {}, "clicks": {}}
    output = capsys.readouterr().out
    assert "CCTH-A01: absent, skipped" in output
    assert "real lesions: absent, skipped" in output


def test_a_real_lesion_is_found_without_a_click_or_not(threshold_bundle: Path, tmp_path: Path) -> None:
    """The model takes what is dense for lesions; the marked lesion is dense on one of two scans."""
    (tmp_path / "slabs").mkdir()
    geometry = Geometry((12, 60, 60), (2.0, 2.0, 5.0), (-10.0, 20.0, 700.0))
    k, j, i = np.indices(geometry.shape)
    body = (j - 30) ** 2 + (i - 30) ** 2 < 25**2
    ball = (5.0 * (k - 6)) ** 2 + (2.0 * (j - 30)) ** 2 + (2.0 * (i - 30)) ** 2 < 15.0**2
    for name, hu in (("dense", 500), ("soft", 60)):
        image = np.where(ball, hu, np.where(body, 40, -1000)).astype(np.int16)
        for kind, array in (("image", image), ("mask", ball.astype(np.uint8))):
            sitk.WriteImage(geometry.to_sitk(array), str(tmp_path / "slabs" / f"{name}_CT_{kind}.nii.gz"))
    found = Judge(load_bundle(threshold_bundle), tmp_path / "kept", "cpu").run(
        EvaluationPlan(0, 0, data_dir=tmp_path))["found"]
    assert found["dense"]["dice"] > 0.8
    dense, soft = found_table(found, 0.0)[2:]
    assert [cell.strip() for cell in dense.split("|")][1:4] == ["dense", f"{found['dense']['long_axis_mm']:.0f}", "yes"]
    assert soft == f"| soft | {found['soft']['long_axis_mm']:.0f} | no |  |  | no | 0 |"
    assert found["soft"]["long_axis_mm"] == pytest.approx(30.0, abs=2.5)


def test_pictures_are_drawn_without_measuring(measured: tuple[str, Judge], tmp_path: Path) -> None:
    _, judge = measured
    draw_pictures(judge, COARSE, tmp_path)
    assert (tmp_path / "missed-lesions.webp").read_bytes()[8:12] == b"WEBP"
    assert not (tmp_path / "proposals-real.webp").exists()


def test_tables_replace_those_in_the_card_and_nothing_else(tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    card.write_text(f"above\n{TABLES[0]}\nformer figures\n{TABLES[1]}\nbelow\n")
    write_card(card, "| Liver | 0.91 |")
    assert card.read_text() == f"above\n{TABLES[0]}\n| Liver | 0.91 |\n{TABLES[1]}\nbelow\n"


def scan(seed: int, confidence: float | None) -> dict:
    return {"seed": seed, "organ_dice": {"lung": 0.9, "all bones": 0.8}, "l3_error_mm": None, "tissue_dice": {},
            "truth": [{"layer": "lesion", "site": "liver", "long_axis_mm": 15.0, "volume_ml": 2.0, "dice": None,
                       "confidence": confidence}],
            "proposals": [{"confidence": 0.7, "is_disease": confidence is not None, "volume_ml": 1.0}]}


def test_a_condition_is_compared_on_the_same_persons() -> None:
    synthetic = {USUAL.key: [scan(1, 0.7), scan(2, None)], "metal": [scan(1, None)]}
    lines = condition_table(synthetic, threshold=0.5)
    dices = "1 | (not found: 1) | 0.90 |  | 0.80 | "
    assert lines[2] == f"| {USUAL.name} | {dices} | 1 of 1 | 0 of 0 | 0.0 | -50 |"
    assert lines[3] == f"| metal (spinal rods) | {dices} | 0 of 1 | 0 of 0 | 1.0 | -50 |"


def test_real_scans_are_counted_by_layer() -> None:
    rows = [{"layer": "lesion"}, {"layer": "lymph_node"}, {"layer": "lesion"}]
    lines = real_table({"A": {"proposals": rows, "held_back": 4, "level": None, "seconds": 61.4}})
    assert lines[-1] == "| A | 3 | 2 / 1 | 4 | none | 61 |"


def test_tables_stand_without_real_scans_and_findings() -> None:
    empty = {**scan(1, None), "tissue_dice": {"muscle": {"network": 0.5, "density": 0.4}}, "proposals": []}
    text = "\n".join(all_tables({"synthetic": {USUAL.key: [empty]}, "real": {}, "found": {}, "clicks": {}}, 0.0))
    assert "| Muscle | 0.50 | 0.40 |" in text
    assert "nan" not in text


def test_a_cut_shows_the_lesion_in_the_middle_and_survives_saving(tmp_path: Path) -> None:
    geometry = Geometry((10, 60, 50), (2.0, 2.0, 5.0))
    hu = np.full(geometry.shape, 40, np.int16)
    box = (slice(4, 6), slice(0, 6), slice(20, 26))
    cut = cut_through(CTVolume(hu, geometry), Component(1, box, np.ones((2, 6, 6), bool)), "liver, 12 mm")
    save_cuts(tmp_path / "cuts.npz", [cut])
    again, = read_cuts(tmp_path / "cuts.npz")
    assert again.title == "liver, 12 mm"
    assert np.array_equal(again.grey, cut.grey)
    rows, columns = np.nonzero(again.mask)
    assert len(rows) == 36
    assert rows.mean() == pytest.approx(27.0, abs=1.0)
    assert columns.mean() == pytest.approx(27.0, abs=1.0)
    assert again.grey[:20].max() == 0, "beyond the edge of the scan there is air"
    assert list(read_cuts(tmp_path / "absent.npz")) == []


def test_a_sheet_of_cuts_is_as_wide_as_there_are_cuts(tmp_path: Path) -> None:
    cut = Cut("liver, 12 mm", np.zeros((20, 20), np.uint8), np.eye(20, dtype=bool), 1.0)
    for count in (1, 6, 7):
        draw_cuts(tmp_path / f"{count}.webp", [cut] * count)
    one, row, rows = (plt.imread(tmp_path / f"{count}.webp").shape for count in (1, 6, 7))
    assert row[1] == pytest.approx(6 * one[1], abs=6) and row[0] == one[0]
    assert rows[:2] == (2 * one[0], row[1])

"""`duonco-unity train`: from a configuration to a model that analyses a scan; fine-tuning on own cases."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from DuOncoUnityLib.cli import main
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.model.bundle import default_bundle_dir, load_bundle
from DuOncoUnityLib.model.engine import Engine
from DuOncoUnityLib.progress import Progress
from DuOncoUnityLib.training import label_bank, validation
from DuOncoUnityLib.training.network import TrainingConfig, load_config
from DuOncoUnityLib.training.own_cases import OwnCases, is_own, prepare, read_datalist
from DuOncoUnityLib.training.replace_network import weights_of
from DuOncoUnityLib.training.train import averaged_network

TINY = {"network": "lesion", "spacing_mm": 4.0, "patch_voxels": [16, 16, 16], "filters": [4, 8, 8],
        "input_windows_hu": [[-1000, 1000], [-160, 240]], "steps": 4, "batch": 1, "learning_rate": 0.01, "seed": 3,
        "torsos": 1, "real_weight": 0.0, "phantom_weight": 0.0, "lesion_probability": 1.0, "foreground_weight": 2.0,
        "context": False, "scales_mm": [], "start_from": ""}
GRID = Geometry((40, 50, 50), (3.0, 3.0, 4.0), (-70.0, 20.0, -500.0))


@pytest.fixture(autouse=True, scope="module")
def coarse_bank() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(label_bank, "BANK_SPACING_MM", 8.0)
        patch.setattr(validation, "TORSOS", 1)
        patch.setattr(validation.Validation.__init__, "__defaults__", (3,))
        patch.setattr(averaged_network, "__defaults__", (2,))
        torch.set_num_threads(1)
        yield


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, threshold_bundle: Path) -> Path:
    """The folder of a finished training."""
    folder = tmp_path_factory.mktemp("training")
    assert run("--config", write_config(folder), "--out", folder / "run", "--bundle", threshold_bundle,
               "--validate-every", 2) == 0
    return folder / "run"


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """Two annotated trunks of soft tissue: the second one stored upside down."""
    k, j, i = np.indices(GRID.shape)
    body = (j - 25) ** 2 + (i - 25) ** 2 < 22**2
    folder = tmp_path / "cases"
    folder.mkdir()
    for number, centre in enumerate(((20, 25, 18), (15, 20, 30))):
        distance = ((k - centre[0]) * 4.0) ** 2 + ((j - centre[1]) * 3.0) ** 2 + ((i - centre[2]) * 3.0) ** 2
        lesion = distance < 15**2
        hu = np.where(body, np.where(lesion, 200, 50), -1000).astype(np.int16)
        image, label = GRID.to_sitk(hu), GRID.to_sitk(lesion.astype(np.uint8) * 7)
        if number:
            image, label = (sitk.Flip(one, [False, False, True]) for one in (image, label))
        sitk.WriteImage(image, str(folder / f"{number}_ct.nii.gz"))
        sitk.WriteImage(label, str(folder / f"{number}_mask.nii.gz"))
    (folder / "list.json").write_text(json.dumps({"labels": {"0": "background", "7": "lesion"}, "training": [
        {"image": f"{number}_ct.nii.gz", "label": f"{number}_mask.nii.gz"} for number in range(2)]}))
    return folder


def write_config(folder: Path, **changes: object) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps({**TINY, **changes}))
    return path


def run(*arguments: object) -> int:
    return main(["train", "--workers", "0", "--device", "cpu", "--progress", "none", *map(str, arguments)])


def test_a_configuration_becomes_a_model_that_analyses(trained: Path) -> None:
    assert (trained / "curve.png").read_bytes()[:4] == b"\x89PNG"
    rows = [json.loads(line) for line in (trained / "validation.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [2, 4]
    assert all(0.0 <= row["dice"] <= 1.0 for row in rows)
    bundle = load_bundle(trained / "bundle")
    assert bundle.version == "1.0+lesion.4"
    assert bundle.calibration is None
    card = (trained / "bundle" / "README.md").read_text()
    assert "The lesion network: 4 steps" in card
    assert "Synthetic patients alone" in card
    ct = CTVolume(np.full((16, 40, 40), 50, np.int16), Geometry((16, 40, 40), (5.0, 5.0, 5.0)))
    assert Engine(bundle, "cpu").segment(ct, Progress()).lesions.shape == ct.hu.shape


def test_fine_tuning_starts_from_the_weights_of_the_bundle(trained: Path, tmp_path: Path) -> None:
    config = write_config(tmp_path, start_from="bundle", learning_rate=0.0, steps=1)
    assert run("--config", config, "--out", tmp_path / "run", "--bundle", trained / "bundle") == 0
    before, after = (load_bundle(folder / "bundle").lesion.weights for folder in (trained, tmp_path / "run"))
    for name, value in before.items():
        if "running" not in name:
            assert torch.equal(value, after[name]), name


def test_a_model_without_the_network_to_start_from_is_refused(trained: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(trained / "bundle", tmp_path / "bundle"))
    document = json.loads((folder / "bundle.json").read_text())
    del document["networks"]["click"]
    (folder / "bundle.json").write_text(json.dumps(document))
    with pytest.raises(DuOncoError, match="no click network"):
        weights_of(folder, "click")


@pytest.mark.parametrize("changes", [
    {"start_from": "bundle"}, {"network": "click", "scales_mm": [4.0]}], ids=["lesion", "click"])
def test_a_network_is_fine_tuned_on_own_cases(changes: dict, cases: Path, tmp_path: Path, trained: Path) -> None:
    config = write_config(tmp_path, cases="cases/list.json", case_share=0.7, **changes)
    out = tmp_path / "run"
    assert run("--config", config, "--out", out, "--bundle", trained / "bundle", "--validate-every", 4) == 0
    name = changes.get("network", "lesion")
    assert load_bundle(out / "bundle").version == f"1.0+{name}.4"
    text = (out / "bundle" / "bundle.json").read_text()
    assert '"cases": "list.json"' in text
    assert str(tmp_path) not in text, "no folder of this machine"
    assert "Own cases of the list list.json make 70%" in (out / "bundle" / "README.md").read_text()


def test_a_new_click_network_leaves_the_calibrated_confidence_of_proposals(tmp_path: Path) -> None:
    config = write_config(tmp_path, network="click", scales_mm=[4.0], steps=1)
    assert run("--config", config, "--out", tmp_path / "run") == 0
    assert load_bundle(tmp_path / "run" / "bundle").calibration == load_bundle(default_bundle_dir()).calibration
    assert "calibrate" not in (tmp_path / "run" / "bundle" / "README.md").read_text()


def prepared(cases: Path, tmp_path: Path, bundle: Path, **changes: object) -> tuple[TrainingConfig, OwnCases]:
    config = load_config(write_config(tmp_path, cases="cases/list.json", **changes))
    engine = Engine(load_bundle(bundle), "cpu")
    return config, OwnCases(prepare(cases / "list.json", config, engine, tmp_path / "prepared", Progress()))


def test_samples_show_the_annotated_lesion_where_it_is(cases: Path, tmp_path: Path, threshold_bundle: Path) -> None:
    config, own = prepared(cases, tmp_path, threshold_bundle)
    samples = [own.sample(config, 1, number) for number in range(12)]
    assert sum(classes.any() for _, classes in samples) >= 6
    for image, classes in samples:
        assert image.shape == (2, 16, 16, 16) and set(np.unique(classes)) <= {0, 1}
        if (classes == 1).sum() > 30:
            assert image[1][classes == 1].mean() > 0.6, "200 HU in the window -160..240"
    again = own.sample(config, 1, 3)
    assert np.array_equal(again[0], samples[3][0]) and np.array_equal(again[1], samples[3][1])


def test_the_clicks_lie_in_the_lesion(cases: Path, tmp_path: Path, threshold_bundle: Path) -> None:
    config, own = prepared(cases, tmp_path, threshold_bundle, network="click", scales_mm=[4.0])
    for number in range(6):
        image, mask = own.sample(config, 1, number)
        clicks = image[2] == 1.0
        assert mask[8, 8, 8] == 1
        assert clicks.any() and mask[clicks].all()
        assert clicks.sum() > 1 or clicks[8, 8, 8]


def test_a_network_with_context_is_told_the_organs(cases: Path, tmp_path: Path, threshold_bundle: Path) -> None:
    config, own = prepared(cases, tmp_path, threshold_bundle, context=True)
    image, _ = own.sample(config, 1, 0)
    assert image.shape == (2 + 5, 16, 16, 16)
    assert not image[2:].any(), "the model sees muscle everywhere, which is no context"


def test_a_network_is_told_how_own_cases_differ_from_their_organs(cases: Path, tmp_path: Path,
                                                                  threshold_bundle: Path) -> None:
    config, own = prepared(cases, tmp_path, threshold_bundle, context=True, organ_reach_hu=100.0)
    for number in range(6):
        image, classes = own.sample(config, 1, number)
        assert image.shape == (2 + 5 + 1, 16, 16, 16)
        tissue = (classes == 0) & (image[0] > -0.5)
        assert np.median(image[-1][tissue]) == pytest.approx(0.0, abs=0.2), "50 HU, like most of the body"
        assert not (classes > 0).any() or np.median(image[-1][classes > 0]) == 1.0, "200 HU"


def test_the_share_of_own_cases_is_kept(tmp_path: Path) -> None:
    config = replace(load_config(write_config(tmp_path)), case_share=0.3)
    assert np.mean([is_own(config, 1, number) for number in range(2000)]) == pytest.approx(0.3, abs=0.04)


@pytest.mark.parametrize(("text", "expected"), [
    ("not json", "cannot be read"), ('{"training": []}', "empty"), ('{"training": [{"image": "a"}]}', "cannot be read"),
    ('{"training": [{"image": "CCTH-A01_TAP_ct.nii.gz", "label": "a.nii.gz"}]}', "reserved for judging")])
def test_a_bad_list_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "list.json").write_text(text)
    with pytest.raises(DuOncoError, match=expected):
        read_datalist(tmp_path / "list.json")


def test_the_anatomy_network_takes_no_own_cases(tmp_path: Path) -> None:
    with pytest.raises(DuOncoError, match="anatomy network"):
        load_config(write_config(tmp_path, network="anatomy", cases="list.json"))

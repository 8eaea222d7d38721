"""Training: resumes where it was killed, learns, refuses judging data, exports what MONAI loads."""

from __future__ import annotations

import hashlib
import io
import json
import lzma
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from monai.networks.nets import DynUNet

from DuOncoUnityLib.errors import Cancelled, DuOncoError
from DuOncoUnityLib.model.weights_file import read_weights
from DuOncoUnityLib.progress import Progress
from DuOncoUnityLib.training import label_bank
from DuOncoUnityLib.training.data_policy import training_file
from DuOncoUnityLib.training.export import export_bundle, load_mean, shift_background, write_weights
from DuOncoUnityLib.training.generator_file import BUNDLED
from DuOncoUnityLib.training.network import load_config
from DuOncoUnityLib.training.rounding import kernel_step
from DuOncoUnityLib.training.train import SampleStream, TrainingState, averaged_network, train


@pytest.fixture(autouse=True)
def coarse_bank(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_bank, "BANK_SPACING_MM", 8.0)
    torch.set_num_threads(1)


def cancel_after(steps: int) -> Progress:
    calls = iter(range(10**6))
    return Progress(cancelled=lambda: next(calls) >= steps)


def weights(checkpoint: Path) -> dict[str, torch.Tensor]:
    return torch.load(checkpoint, weights_only=True)["network"]


def test_an_interrupted_training_ends_like_an_uninterrupted_one(tiny_config: Path, tmp_path: Path) -> None:
    whole = train(tiny_config, tmp_path / "a" / "run", Progress(), workers=0)
    with pytest.raises(Cancelled):
        train(tiny_config, tmp_path / "b" / "run", cancel_after(2), workers=0)
    resumed = train(tiny_config, tmp_path / "b" / "run", Progress(), workers=0)
    assert torch.load(resumed, weights_only=True)["step"] == 6
    expected = weights(whole)
    for name, value in weights(resumed).items():
        assert torch.allclose(value.float(), expected[name].float(), atol=1e-5), name


def test_a_checkpoint_is_never_half_written(tiny_config: Path, tmp_path: Path) -> None:
    state = TrainingState(load_config(tiny_config))
    state.save(tmp_path / "checkpoint.pt")
    assert [path.name for path in tmp_path.glob("checkpoint*")] == ["checkpoint.pt"]


def test_a_network_learns_a_simple_rule(tiny_config: Path) -> None:
    state = TrainingState(replace(load_config(tiny_config), steps=60, learning_rate=0.01, filters=(8, 8, 8)))
    generator = torch.Generator().manual_seed(1)
    losses = []
    for _ in range(60):
        blocks = torch.rand(2, 2, 4, 4, 4, generator=generator) * 2 - 1
        images = blocks.repeat_interleave(4, 2).repeat_interleave(4, 3).repeat_interleave(4, 4)
        losses.append(state.learn(images, (images[:, 0] > 0.3).to(torch.uint8) + (images[:, 0] > 0.7)))
    assert sum(losses[-5:]) < 0.6 * sum(losses[:5])


@pytest.mark.parametrize(("given", "wanted", "common"), [
    ({}, {"context": True}, 2), ({"context": True}, {"context": True, "organ_reach_hu": 100.0}, 7),
    ({"context": True, "organ_reach_hu": 100.0}, {"context": True}, 7),
    ({"context": True, "organ_reach_hu": 100.0}, {}, 2),
    ({"context": True}, {"network": "click", "scales_mm": (2.0,)}, 2)])
def test_a_network_with_other_inputs_keeps_what_it_knows_of_the_common_ones(
        tiny_config: Path, tmp_path: Path, given: dict, wanted: dict, common: int) -> None:
    config = load_config(tiny_config)
    first = TrainingState(replace(config, **given))
    first.save(tmp_path / "checkpoint.pt")
    second = TrainingState(replace(config, **wanted, seed=5))
    second.start_from(tmp_path / "checkpoint.pt")
    name = "input_block.conv1.conv.weight"
    before, after = first.network.state_dict()[name], second.network.state_dict()[name]
    assert torch.equal(after[:, :common], before[:, :common])
    further = after[:, common:]
    assert not further.numel() or 0.0 < further.std() < 0.2 * before.std()


def test_the_result_keeps_a_share_of_what_the_training_started_from(tiny_config: Path, tmp_path: Path) -> None:
    config = replace(load_config(tiny_config), start_from="former.pt", former_share=0.25)
    former = TrainingState(replace(config, seed=1)).network.state_dict()
    torch.save(former, tmp_path / "former.pt")
    state = TrainingState(config)
    state.start_from(tmp_path / "former.pt")
    for name, value in state.average.items():
        state.average[name] = value + 1
    state.save(tmp_path / "checkpoint.pt")
    resumed = TrainingState(config)
    resumed.load(tmp_path / "checkpoint.pt")
    for name, value in resumed.result().items():
        if value.is_floating_point():
            torch.testing.assert_close(value, former[name] + 0.75)


def test_trainings_side_by_side_are_joined_by_the_mean_of_their_weights(tiny_config: Path, tmp_path: Path) -> None:
    checkpoints = []
    for further in (1.0, 4.0):
        state = TrainingState(load_config(tiny_config))
        state.average = {name: value + further if value.is_floating_point() else value
                         for name, value in state.average.items()}
        state.seconds = further
        checkpoints.append(tmp_path / f"{further}.pt")
        state.save(checkpoints[-1])
    joint, start = load_mean(checkpoints), TrainingState(load_config(tiny_config)).average
    for name, value in joint.result().items():
        if value.is_floating_point():
            torch.testing.assert_close(value, start[name] + 2.5)
    assert joint.seconds == 5.0
    assert load_mean(checkpoints[:1]).seconds == 1.0


def test_a_bundle_loads_into_monai_with_equal_weights_and_no_code(tiny_config: Path, tmp_path: Path) -> None:
    checkpoint = train(tiny_config, tmp_path / "run", Progress(), workers=0)
    folder = export_bundle({"lesion": [checkpoint]}, tmp_path / "bundle", cache=tmp_path / "bank", data_dir=None)
    document = json.loads((folder / "bundle.json").read_text())
    entry = document["networks"]["lesion"]
    assert [label["key"] for label in entry["labels"]] == ["background", "lesion", "lymph_node"]
    file = folder / entry["weights"]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == entry["sha256"]
    plan = entry["architecture"]
    network = DynUNet(3, plan["in_channels"], plan["out_channels"], plan["kernel_size"], plan["strides"],
                      plan["upsample_kernel_size"], filters=plan["filters"], norm_name=plan["norm"]).eval()
    network.load_state_dict(read_weights(file.read_bytes()), strict=True)
    names = len(network.state_dict())
    assert file.stat().st_size < 0.6 * 2 * sum(p.numel() for p in network.parameters()) + 100 * names, "packed"
    assert file.stat().st_size < 200_000
    with torch.no_grad():
        assert torch.isfinite(network(torch.zeros(1, 2, 16, 16, 16))).all()


def test_a_result_is_stored_bit_by_bit_with_the_statistics_of_its_rounded_kernels(
        tiny_config: Path, tmp_path: Path) -> None:
    """What is measured before the export is what a user gets."""
    state = TrainingState(load_config(tiny_config))
    network = averaged_network(state, SampleStream(state.config, tmp_path / "bank", None), batches=2)
    image = torch.rand(1, 2, 16, 16, 16)
    with torch.no_grad():
        before = network(image)
        written = read_weights(write_weights(network, tmp_path / "weights.pt.xz").read_bytes())
        for name, value in network.state_dict().items():
            if value.dim() == 5:
                step = kernel_step(state.average[name])
                assert torch.equal(written[name].float(), torch.round(state.average[name] / step) * step), name
                assert torch.equal(written[name].bfloat16().float(), written[name].float()), "bf16 holds them exactly"
        network.load_state_dict(written)
        assert torch.allclose(network(image), before, atol=1e-2)
    stored = torch.load(io.BytesIO(lzma.decompress((tmp_path / "weights.pt.xz").read_bytes())), weights_only=True)
    assert all(value.dtype == torch.int8 for value in stored.values() if value.dim() == 5), "one byte a weight"


def test_the_same_network_makes_the_same_file(tiny_config: Path, tmp_path: Path) -> None:
    network = TrainingState(load_config(tiny_config)).network.eval()
    one, two = (write_weights(network, tmp_path / name).read_bytes() for name in ("one.pt.xz", "two.pt.xz"))
    assert one == two


def test_the_operating_point_moves_the_background_alone(tiny_config: Path) -> None:
    network = TrainingState(load_config(tiny_config)).network.eval()
    image = torch.rand(1, 2, 16, 16, 16)
    with torch.no_grad():
        before = network(image)
        shift_background(network, 1.5)
        after = network(image)
    assert torch.allclose(after - before, torch.tensor([1.5, 0.0, 0.0]).view(1, 3, 1, 1, 1), atol=1e-5)


def test_large_activations_fit_into_fp16_without_changing_the_network(tiny_config: Path, tmp_path: Path) -> None:
    network = TrainingState(load_config(tiny_config)).network
    with torch.no_grad():
        network.get_parameter("bottleneck.conv1.conv.weight").mul_(3e4)
    for _ in range(200):
        network(torch.rand(2, 2, 16, 16, 16))
    network.eval()
    image = torch.rand(1, 2, 16, 16, 16)
    before = network(image)
    assert float(network.get_buffer("bottleneck.norm1.running_var").max()) > 65504
    assert write_weights(network, tmp_path / "weights.pt.xz").exists()
    assert torch.allclose(network(image), before, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", ["CCTH-A01_TAP_ct.nii.gz", "CRLM-CT-1004_ct.nii.gz", "example_ct.nii.gz", "other.nii"])
def test_judging_data_cannot_be_trained_on(name: str) -> None:
    with pytest.raises(DuOncoError, match="reserved for judging"):
        training_file(Path("somewhere") / name)


def test_training_data_can_be_trained_on() -> None:
    path = Path("ct") / "C3N-00249_chest_ct_1.2mm.nii.gz"
    assert training_file(path) == path


@pytest.mark.parametrize("text", ['{"network": "anatomy"}', "[]", "{", ""])
def test_a_broken_configuration_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(DuOncoError, match="configuration"):
        load_config(path)


@pytest.mark.parametrize(("name", "value", "sentence"), [
    ("network", "brain", "no known network"), ("batch", 0, "batch must be 1 or more"), ("steps", -1, "steps must be"),
    ("torsos", 0, "torsos must be"), ("spacing_mm", "thin", "spacing_mm must be a number"),
    ("foreground_weight", 0.0, "foreground_weight must be larger than 0"),
    ("dice_weight", -1, "dice_weight must not be negative"), ("case_share", 1.2, "case_share must lie between"),
    ("size_exponent", 2, "size_exponent must lie between"), ("former_share", 0.5, "former_share needs start_from"),
    ("real_weight", -1, "real_weight must not be negative"), ("filters", [8], "two levels or more"),
    ("patch_voxels", [18, 16, 16], "multiples of 4"), ("patch_voxels", [16, 16], "must have 3 values"),
    ("input_windows_hu", [[100, -100]], "smaller to the larger"), ("scales_mm", [1.0], "of no other"),
    ("colour", "red", "colour is no entry")])
def test_an_entry_that_cannot_be_is_named(tiny_config: Path, name: str, value: object, sentence: str) -> None:
    tiny_config.write_text(json.dumps({**json.loads(tiny_config.read_text()), name: value}))
    with pytest.raises(DuOncoError, match=sentence):
        load_config(tiny_config)


@pytest.mark.parametrize("name", ["anatomy", "lesion", "click"])
def test_the_configurations_of_the_bundled_networks_can_be_used(name: str) -> None:
    assert load_config(BUNDLED.parent / f"{name}.json").network == name

"""The network in torch is MONAI's DynUNet: same weight names, same output; folding changes nothing."""

from __future__ import annotations

import json

import pytest
import torch
from torch.backends import mkldnn

from DuOncoUnityLib.model.bundle import default_bundle_dir, load_bundle
from DuOncoUnityLib.model.network import Architecture, DynUNet, OutBlock, QuickConv, without_aliases
from DuOncoUnityLib.model.weights_file import read_weights

ARCHITECTURE = Architecture(in_channels=2, out_channels=5, filters=(4, 8, 12, 16), kernel_size=(3, 3, 3, 3),
                            strides=(1, 2, 2, 2))


def _trained(network: torch.nn.Module) -> torch.nn.Module:
    """Statistics of normalisation and weights that are neither zero nor one."""
    torch.manual_seed(1)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm3d):
                module.weight.uniform_(0.5, 2)
                module.bias.uniform_(-1, 1)
                module.running_mean.uniform_(-1, 1)
                module.running_var.uniform_(0.5, 2)
    return network.eval()


@pytest.fixture
def monai_network() -> torch.nn.Module:
    nets = pytest.importorskip("monai.networks.nets")
    return _trained(nets.DynUNet(3, 2, 5, kernel_size=[3] * 4, strides=[1, 2, 2, 2], upsample_kernel_size=[2] * 3,
                                 filters=ARCHITECTURE.filters, norm_name="batch"))


@pytest.mark.parametrize("shape", [(16, 16, 16), (8, 24, 32)])
def test_weights_of_monai_give_the_output_of_monai(monai_network: torch.nn.Module, shape: tuple[int, ...]) -> None:
    network = DynUNet(ARCHITECTURE).eval()
    network.load_state_dict(without_aliases(monai_network.state_dict()))
    patch = torch.rand(1, 2, *shape)
    with torch.inference_mode():
        assert torch.equal(network(patch), monai_network(patch))


def test_weights_load_into_monai(monai_network: torch.nn.Module) -> None:
    network = _trained(DynUNet(ARCHITECTURE))
    missing, unexpected = monai_network.load_state_dict(network.state_dict(), strict=False)
    assert not unexpected
    assert all(key.startswith("skip_layers.") for key in missing)
    patch = torch.rand(1, 2, 16, 16, 16)
    with torch.inference_mode():
        assert torch.equal(network(patch), monai_network(patch))


@pytest.mark.parametrize(("kernel_size", "stride", "side"), [(3, 1, 24), (3, 2, 48), (1, 1, 12), (3, 1, 3)])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last_3d])
def test_a_quick_convolution_gives_what_pytorch_gives(kernel_size: int, stride: int, side: int,
                                                      layout: torch.memory_format) -> None:
    torch.manual_seed(2)
    convolution = torch.nn.Conv3d(16, 24, kernel_size, stride, kernel_size // 2).to(memory_format=layout)
    block = torch.rand(1, 16, side, side, side + 8).to(memory_format=layout)
    with torch.inference_mode():
        expected, found = convolution(block), QuickConv(convolution, convolution.weight)(block)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    assert found.is_contiguous(memory_format=layout)


@pytest.mark.skipif(not mkldnn.is_available(), reason="this PyTorch comes without oneDNN")
def test_small_blocks_do_not_take_pytorchs_slow_convolution() -> None:
    network = DynUNet(ARCHITECTURE)
    network.fold_normalisation()
    with torch.inference_mode(), torch.profiler.profile() as profile:
        network(torch.rand(1, 2, 24, 24, 24))
    operations = {event.key for event in profile.key_averages()}
    assert "aten::mkldnn_convolution" in operations
    assert not any(operation.startswith("aten::slow_conv3d") for operation in operations)


def test_folding_the_normalisation_keeps_the_output() -> None:
    network = _trained(DynUNet(ARCHITECTURE))
    patch = torch.rand(1, 2, 16, 16, 16)
    with torch.inference_mode():
        expected = network(patch)
        network.fold_normalisation()
        assert not any(isinstance(module, torch.nn.BatchNorm3d) for module in network.modules())
        torch.testing.assert_close(network(patch), expected, rtol=1e-4, atol=1e-4 * float(expected.std()))


def test_a_forward_pass_can_be_stopped_between_layers() -> None:
    network = DynUNet(ARCHITECTURE)
    calls = []
    network.before_each_layer(lambda: calls.append(1))
    network(torch.rand(1, 2, 8, 8, 8).expand(2, -1, -1, -1, -1))
    assert len(calls) >= 2 * len(ARCHITECTURE.filters)


@pytest.mark.parametrize("name", ["anatomy", "lesion", "click"])
def test_the_bundled_networks_give_the_same_output_in_monai(name: str) -> None:
    nets = pytest.importorskip("monai.networks.nets")
    spec = getattr(load_bundle(default_bundle_dir()), name)
    plan = json.loads((default_bundle_dir() / "bundle.json").read_text())["networks"][name]
    shape = plan["architecture"]
    network = nets.DynUNet(3, shape["in_channels"], shape["out_channels"], shape["kernel_size"], shape["strides"],
                           shape["upsample_kernel_size"], filters=shape["filters"], norm_name=shape["norm"]).eval()
    network.load_state_dict(read_weights((default_bundle_dir() / plan["weights"]).read_bytes()))
    patch = torch.rand(1, shape["in_channels"], 32, 32, 32, generator=torch.Generator().manual_seed(1)) * 2 - 1
    with torch.no_grad():
        expected, found = network(patch), spec.build()(patch)
    assert torch.allclose(found, expected, atol=1e-3 * float(expected.abs().max()))
    assert float((found.argmax(1) == expected.argmax(1)).float().mean()) > 0.999


def test_logits_are_as_precise_as_the_weights_that_make_them() -> None:
    block = OutBlock(4, 3)
    features = torch.randn(1, 4, 2, 2, 2).bfloat16()
    assert block(features).dtype == torch.float32
    torch.testing.assert_close(block(features), block(features.float()), rtol=0.0, atol=0.0)


@torch.no_grad()
def test_the_first_block_and_the_logits_stay_precise() -> None:
    network = DynUNet(ARCHITECTURE)
    network.fold_normalisation()
    patch = torch.rand(1, 2, 32, 32, 32)
    expected = network(patch)
    network.reduce_precision(torch.bfloat16)
    formats = {name: {parameter.dtype for parameter in part.parameters()} for name, part in network.named_children()}
    assert formats.pop("input_block") == formats.pop("output_block") == {torch.float32}
    assert all(found == {torch.bfloat16} for found in formats.values())
    found = network(patch)
    assert found.dtype == torch.float32
    assert float((found - expected).abs().max()) < 0.05 * float(expected.std())

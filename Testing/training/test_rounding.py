"""Rounded convolutions: in steps of their size, the deep ones so that what they put out stays nearly the same."""

from __future__ import annotations

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from DuOncoUnityLib.training import rounding
from DuOncoUnityLib.training.rounding import kernel_step, round_kernels, round_matrix


@pytest.mark.parametrize(("shape", "step"), [((64, 8), 1 / 8), ((64, 64), 2.0)])
def test_steps_are_fractions_of_the_root_mean_square_of_a_channel_coarser_in_deep_layers(
        shape: tuple[int, int], step: float) -> None:
    torch.manual_seed(0)
    kernel = torch.randn(*shape, 3, 3, 3)
    kernel /= kernel.square().flatten(1).mean(1).sqrt()[:, None, None, None, None]
    assert (kernel_step(kernel) == step).all()
    assert (kernel_step(0.8 * kernel) == step).all(), "the nearest power of two"
    assert kernel_step(4.0 * kernel).shape == (64, 1, 1, 1, 1)
    assert (kernel_step(4.0 * kernel) == 4.0 * step).all()


def test_a_channel_of_zeros_stays_what_it_is() -> None:
    layer = torch.nn.Conv3d(4, 8, 3, bias=False)
    with torch.no_grad():
        layer.weight[0] = 0.0
    round_kernels(layer, [])
    assert torch.isfinite(layer.weight).all() and not layer.weight[0].any()


@given(st.integers(0, 2**31), st.integers(1, 5), st.integers(1, 150))
def test_inputs_that_say_nothing_about_each_other_leave_plain_rounding(seed: int, rows: int, columns: int) -> None:
    weights = torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))
    step = torch.full_like(weights, 0.5)
    rounded = round_matrix(weights, step, torch.eye(columns, dtype=torch.float64))
    assert torch.equal(rounded, torch.round(weights / step) * step)


@given(st.integers(0, 2**31), st.sampled_from([0.25, 1.0, 2.0]))
def test_inputs_that_are_alike_keep_the_output_nearly_as_it_was(seed: int, size: float) -> None:
    """Smooth inputs, as neighbouring voxels are; the weights are whole steps, and not the nearest ones."""
    chance = torch.Generator().manual_seed(seed)
    seen = torch.randn(400, 120, generator=chance)
    inputs = torch.from_numpy(ndimage.gaussian_filter1d(seen.numpy(), 2.0, axis=1)).double()
    weights = torch.randn(6, 120, generator=chance)
    step = torch.full_like(weights, size)
    rounded, plain = round_matrix(weights, step, inputs.T @ inputs), torch.round(weights / step) * step
    assert torch.equal(torch.round(rounded / step), rounded / step)
    lost, plainly_lost = (((matrix - weights).double() @ inputs.T).square().sum() for matrix in (rounded, plain))
    assert lost < 0.5 * plainly_lost


@pytest.mark.parametrize("layer", [
    torch.nn.Conv3d(4, 6, 3, padding=1, bias=False), torch.nn.Conv3d(4, 6, 3, stride=2, padding=1, bias=False),
    torch.nn.ConvTranspose3d(6, 4, 2, stride=2, bias=False)], ids=["plain", "halving", "doubling"])
def test_a_deep_layer_puts_out_nearly_what_it_did(layer: torch.nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judged on images that the rounding never saw."""
    torch.manual_seed(1)
    monkeypatch.setattr(rounding, "DEEP_KERNEL_WEIGHTS", 50)
    mix = torch.randn(3, layer.in_channels)

    def images() -> torch.Tensor:
        smooth = ndimage.gaussian_filter(torch.randn(2, 3, 12, 10, 8).numpy(), (0, 0, 1.5, 1.5, 1.5))
        return torch.einsum("ncdhw,cm->nmdhw", torch.from_numpy(smooth), mix)

    exact, plain = copy.deepcopy(layer), copy.deepcopy(layer)
    with torch.no_grad():
        step = kernel_step(exact.weight)
        plain.weight.copy_(torch.round(exact.weight / step) * step)
    round_kernels(layer, [images() for _ in range(4)])
    assert torch.equal(torch.round(layer.weight / step), layer.weight / step)
    with torch.no_grad():
        fresh = images()
        lost, plainly_lost = ((one(fresh) - exact(fresh)).square().mean() for one in (layer, plain))
    assert lost < 0.3 * plainly_lost

"""Rounding of a network to what its file has room for.

The deep layers hold nine tenths of the weights and get coarse steps. What they see is so much alike that one weight can
make good what another lost: they are rounded one column after the other, and the error of each goes to those that
follow (GPTQ: Frantar, ICLR 2023, arXiv 2210.17323).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import Conv3d, ConvTranspose3d, functional

KERNEL_STEP, DEEP_KERNEL_STEP, DEEP_KERNEL_WEIGHTS = 1 / 8, 2.0, 90_000  # steps in root mean squares of a channel
PLACES = 24_000  # at which the input of a layer is looked at
DAMPING = 0.01  # of the mean square of the inputs: what they say about rare ones is chance
BLOCK = 64  # columns that are rounded before the others are told

Layer = Conv3d | ConvTranspose3d


def round_kernels(network: torch.nn.Module, batches: Sequence[torch.Tensor]) -> None:
    """Round all convolutions, in place; batch-norm statistics are then to be measured again.

    Args:
        network: in training mode.
        batches: of images (n, channel, k, j, i) as it sees them.
    """
    layers = [module for module in network.modules() if isinstance(module, (Conv3d, ConvTranspose3d))]
    deep = [layer for layer in dict.fromkeys(layers) if layer.weight.numel() > DEEP_KERNEL_WEIGHTS]
    with torch.no_grad():
        products = _input_products(network, deep, batches)
        for layer in dict.fromkeys(layers):
            kernel, step = layer.weight, kernel_step(layer.weight)
            if layer in deep:
                rounded = round_matrix(_as_matrix(layer, kernel).cpu(),
                                       _as_matrix(layer, step.expand_as(kernel)).cpu(), products[layer])
                kernel.copy_(_as_kernel(layer, rounded))
            else:
                kernel.copy_(torch.round(kernel / step) * step)


def kernel_step(kernel: torch.Tensor) -> torch.Tensor:
    """The step of every channel: the power of two nearest to a fraction of its root mean square.

    bf16 holds what is rounded to it exactly.

    Args:
        kernel: float32 (channel, channel, k, j, i).

    Returns:
        (channel, 1, 1, 1, 1).
    """
    share = DEEP_KERNEL_STEP if kernel.numel() > DEEP_KERNEL_WEIGHTS else KERNEL_STEP
    size = kernel.square().flatten(1).mean(1).sqrt().clamp(min=torch.finfo(torch.float16).tiny)
    return torch.exp2(torch.round(torch.log2(share * size)))[:, None, None, None, None]


def round_matrix(weights: torch.Tensor, step: torch.Tensor, products: torch.Tensor) -> torch.Tensor:
    """Whole steps that give nearly the same output as the exact weights.

    Args:
        weights: (row, column); a row for every output.
        step: of every weight, the same shape.
        products: float64 (column, column), sum of the products of all pairs of inputs.
    """
    count = len(products)
    damped = products + DAMPING * products.diagonal().mean().clamp(min=1e-12) * torch.eye(count, dtype=torch.float64)
    order = damped.diagonal().argsort(descending=True)  # what weighs most is rounded while most can still make it good
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(damped[order][:, order]))
    factor = torch.linalg.cholesky(inverse, upper=True)
    left, step = weights[:, order].double(), step[:, order].double()
    rounded = torch.empty_like(left)
    for first in range(0, count, BLOCK):
        block = slice(first, min(first + BLOCK, count))
        errors = torch.zeros_like(left[:, block])
        for n in range(block.start, block.stop):
            rounded[:, n] = torch.round(left[:, n] / step[:, n]) * step[:, n]
            errors[:, n - first] = (left[:, n] - rounded[:, n]) / factor[n, n]
            left[:, n:block.stop] -= errors[:, n - first, None] * factor[n, n:block.stop]
        left[:, block.stop:] -= errors @ factor[block, block.stop:]
    return rounded[:, order.argsort()].to(weights)


def _input_products(network: torch.nn.Module, layers: Sequence[Layer],
                    batches: Sequence[torch.Tensor]) -> dict[Layer, torch.Tensor]:
    """Sum of the products of all pairs of inputs of each layer, float64 (column, column), at random places."""
    products: dict[Layer, torch.Tensor] = {}
    chance = torch.Generator().manual_seed(0)

    def look(layer: Layer, inputs: tuple[torch.Tensor]) -> None:
        seen = _inputs_at(layer, inputs[0].float(), PLACES // len(batches) + 1, chance)
        products[layer] = products.get(layer, 0.0) + (seen.T @ seen).double().cpu()

    hooks = [layer.register_forward_pre_hook(look) for layer in layers]
    try:
        for images in batches if layers else ():
            network(images)
    finally:
        for hook in hooks:
            hook.remove()
    return products


def _inputs_at(layer: Layer, images: torch.Tensor, places: int, chance: torch.Generator) -> torch.Tensor:
    """What a layer multiplies its weights with at random places: (place, column)."""
    if isinstance(layer, Conv3d):
        kernel, stride, padding = (int(sizes[0]) for sizes in (layer.kernel_size, layer.stride, layer.padding))
        images = functional.pad(images, (padding,) * 6)
        for axis in (2, 3, 4):
            images = images.unfold(axis, kernel, stride)
    voxels = images.movedim(1, 4)  # (n, k, j, i, channel, ...)
    at = [torch.randint(size, (places,), generator=chance) for size in voxels.shape[:4]]
    return voxels[at[0], at[1], at[2], at[3]].flatten(1)


def _as_matrix(layer: Layer, kernel: torch.Tensor) -> torch.Tensor:
    """A kernel as (output, input): of a transposed convolution every tap is an output of its own."""
    return kernel.flatten(1) if isinstance(layer, Conv3d) else kernel.flatten(1).T


def _as_kernel(layer: Layer, matrix: torch.Tensor) -> torch.Tensor:
    return (matrix if isinstance(layer, Conv3d) else matrix.T).reshape(layer.weight.shape)

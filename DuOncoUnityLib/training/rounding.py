"""Rounding of a network to what its file has room for."""

from __future__ import annotations

import torch

KERNEL_STEP, DEEP_KERNEL_STEP, DEEP_KERNEL_WEIGHTS = 1 / 8, 1.0, 90_000  # steps in root mean squares of a channel


def round_kernels(network: torch.nn.Module) -> None:
    """Round all convolutions, in place; batch-norm statistics are then to be measured again."""
    with torch.no_grad():
        for value in network.parameters():
            if value.dim() == 5:
                value.copy_(round_kernel(value))


def round_kernel(kernel: torch.Tensor) -> torch.Tensor:
    """A convolution in steps of the power of two nearest to a fraction of each channel's root mean square.

    The deep layers hold nine tenths of the weights and bear steps of 1, the others get 1/8. bf16 holds what is left
    exactly.

    Args:
        kernel: float32 (channel, channel, k, j, i).
    """
    share = DEEP_KERNEL_STEP if kernel.numel() > DEEP_KERNEL_WEIGHTS else KERNEL_STEP
    size = kernel.square().flatten(1).mean(1).sqrt().clamp(min=torch.finfo(torch.float16).tiny)
    step = torch.exp2(torch.round(torch.log2(share * size)))[:, None, None, None, None]
    return torch.round(kernel / step) * step

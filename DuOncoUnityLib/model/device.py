"""On what and how precisely a network runs."""

from __future__ import annotations

import torch

from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.model.network import DynUNet

_TOLERANCE = 0.05  # of the logits' standard deviation


def choose_device(name: str) -> torch.device:
    """The device for "auto", "cpu", "cuda" or "mps".

    Raises:
        DuOncoError: the device is not there.
    """
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next(kind for kind in ("cuda", "mps", "cpu") if there[kind])
    if name not in there:
        raise DuOncoError(f"Unknown device {name!r}; choose auto, cpu, cuda or mps.", exit_code=ExitCode.USAGE)
    if not there[name]:
        raise DuOncoError(f"This computer has no usable {name} device.", exit_code=ExitCode.OUT_OF_RESOURCES)
    return torch.device(name)


def fast_precision(device: torch.device) -> torch.dtype:
    """The fastest number format that the device computes convolutions in natively."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.get_device_capability(device) >= (8, 0) else torch.float16
    if device.type == "mps":
        return torch.float16
    # private in torch so far; without them bf16 is not taken, since emulated it is slower than fp32
    checks = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return torch.bfloat16 if any(check() for check in checks if check) else torch.float32


def is_precise(network: DynUNet, exact: DynUNet, patch: torch.Tensor) -> bool:
    """Whether a network in reduced precision agrees with its fp32 twin on a patch (on the device of the twin)."""
    weight = next(network.parameters())
    with torch.inference_mode():
        expected = exact(patch)
        found = network(patch.to(weight.device, weight.dtype)).to(expected)
    error = (found - expected).square().mean().sqrt()
    return bool(error <= _TOLERANCE * expected.std())

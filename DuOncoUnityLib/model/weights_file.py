"""Weights as a bundle holds them: what `torch.save` writes, packed by xz, or as it is (all before 0.12.0).

Convolutions that were rounded (`training/rounding.py`) are kept as whole numbers of one byte and a step per channel,
which xz packs a sixth smaller than fp16. Slicer's own Python is built with lzma (its SuperBuild/External_python.cmake).
"""

from __future__ import annotations

import io
import lzma

import numpy as np
import torch

_STEP = ".step"
_XZ_MAGIC = b"\xfd7zXZ\x00"
_SINGLE_BYTES = {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 4, "lp": 0, "pb": 0}
_HALF_BITS = 11  # of the significand of fp16
# a small file could unpack to more than a computer has
LARGEST_UNPACKED_BYTES = 100_000_000


def weights_name(network: str) -> str:
    """Name of the file of a network in a bundle."""
    return f"{network}.pt.xz"


def pack_weights(state: dict[str, torch.Tensor]) -> bytes:
    """The file of a state, which `read_weights` reads back bit by bit. The same state makes the same file."""
    packed: dict[str, torch.Tensor] = {}
    known: dict[int, tuple[torch.Tensor, torch.Tensor] | None] = {}  # a tensor under two names is stored once
    for name, value in state.items():
        numbers = known.setdefault(value.data_ptr(), _whole_numbers(value)) if value.dim() == 5 else None
        packed[name] = value
        if numbers is not None:
            packed[name], packed[name + _STEP] = numbers
    plain = io.BytesIO()
    torch.save(packed, plain)
    return lzma.compress(plain.getvalue(), filters=[_SINGLE_BYTES])


def _whole_numbers(kernel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor] | None:
    """An fp16 convolution as int8 multiples of a power of two per output channel; None where bytes cannot hold it."""
    significand, exponent = np.frexp(kernel.flatten(1).float().numpy())
    whole = np.abs(significand * 2**_HALF_BITS).astype(np.int64)
    last_bit = np.where(whole > 0, np.log2(np.maximum(whole & -whole, 1)) + exponent - _HALF_BITS, np.inf).min(axis=1)
    step = torch.from_numpy(np.exp2(np.where(np.isfinite(last_bit), last_bit, 0.0))).half()
    numbers = kernel.float() / step.float()[:, None, None, None, None]
    if step.min() == 0 or numbers.abs().max() > torch.iinfo(torch.int8).max:
        return None
    return numbers.to(torch.int8), step


def read_weights(data: bytes) -> dict[str, torch.Tensor]:
    """The state in such a file. Nothing in it is executed (`weights_only`).

    Raises:
        Exception: of many kinds, of torch, lzma and here, for files that are damaged, malicious or too large.
    """
    if data.startswith(_XZ_MAGIC):
        unpacking = lzma.LZMADecompressor(lzma.FORMAT_XZ)
        data = unpacking.decompress(data, LARGEST_UNPACKED_BYTES)
        if not unpacking.eof:
            raise ValueError("the packed weights are cut off or too large")
    state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    for name in [name for name in state if name.endswith(_STEP)]:
        step = state.pop(name)
        kernel = name.removesuffix(_STEP)
        state[kernel] = state[kernel] * step[:, None, None, None, None]
    return state

"""Weights as a bundle holds them: what `torch.save` writes, packed by xz, or as it is (all before 0.12.0).

Slicer's own Python is built with lzma (its SuperBuild/External_python.cmake).
"""

from __future__ import annotations

import io
import lzma

import torch

_XZ_MAGIC = b"\xfd7zXZ\x00"
_PAIRS_OF_BYTES = {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 3, "lp": 1, "pb": 1}
# a small file could unpack to more than a computer has
LARGEST_UNPACKED_BYTES = 100_000_000


def weights_name(network: str) -> str:
    """Name of the file of a network in a bundle."""
    return f"{network}.pt.xz"


def pack_weights(state: dict[str, torch.Tensor]) -> bytes:
    """The file of a state; `xz -d` makes of it one that `torch.load` reads. The same state makes the same file."""
    plain = io.BytesIO()
    torch.save(state, plain)
    return lzma.compress(plain.getvalue(), filters=[_PAIRS_OF_BYTES])


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
    return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)

"""Masks of single lesions as text, for records: some hundred characters for a lesion of usual size."""

from __future__ import annotations

import base64
import zlib

import numpy as np

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.lesions.components import BoolArray


def pack_mask(mask: BoolArray) -> str:
    """The mask (KJI, cut to its box) as text: bits in C order, deflated, base64."""
    return base64.b64encode(zlib.compress(np.packbits(mask).tobytes())).decode("ascii")


def unpack_mask(text: str, shape: tuple[int, int, int]) -> BoolArray:
    """The mask of this shape (KJI) in a text of `pack_mask`.

    Raises:
        DuOncoError: the text is damaged or of another shape.
    """
    count = int(np.prod(shape))
    length = (count + 7) // 8
    try:
        # one byte more than expected shows a text that is too long, without unpacking all of it
        data = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), length + 1)
    except (ValueError, zlib.error) as error:
        raise DuOncoError("The case record is damaged: a mask cannot be read.", details=str(error)) from error
    if len(data) != length:
        raise DuOncoError("The case record is damaged: a mask has the wrong size.")
    return np.unpackbits(np.frombuffer(data, np.uint8), count=count).reshape(shape).astype(bool)

"""Overlap of two masks on one grid."""

from __future__ import annotations

import numpy as np

from DuOncoUnityLib.lesions.components import BoolArray


def dice(first: BoolArray, second: BoolArray) -> float:
    """Dice similarity coefficient 2|A∩B| / (|A|+|B|); 1 where both masks are empty."""
    total = int(np.count_nonzero(first)) + int(np.count_nonzero(second))
    return 2.0 * int(np.count_nonzero(first & second)) / total if total else 1.0

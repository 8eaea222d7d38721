"""Muscle and fat that a person corrected stay when the scan is analysed again."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.terminology import Layer

KEPT_CORRECTIONS = "Muscle and fat keep what was corrected by hand before this analysis."
KEPT_WHOLE = "Muscle and fat are those of the former analysis: what was corrected in them is not known."


def keep_corrections(now: npt.NDArray[np.uint8], written: npt.NDArray[np.uint8] | None,
                     labels: npt.NDArray[np.uint8]) -> bool:
    """Bring the voxels that a person gave to another tissue, or to none, into the layers of a new analysis.

    Lesions and lymph nodes of the new analysis keep their voxels. What lesions covered before was seen by nobody: there
    the new analysis holds.

    Args:
        now: the layers as they are in the former result (`Layer.label`, KJI).
        written: muscle and fat as the former analysis wrote them; None where that is not known: all of `now` stays.
        labels: all layers of the new analysis on the same grid; changed in place.

    Returns:
        Whether any voxel differs from what the new analysis found.
    """
    kept = False
    # slice by slice: masks of the whole scan leave the processor's cache
    for number, (seen, target) in enumerate(zip(now, labels, strict=True)):
        changed = (seen != target) & ~_is_disease(seen) & ~_is_disease(target)
        if written is not None:
            changed &= seen != written[number]
        if changed.any():
            np.copyto(target, seen, where=changed)
            kept = True
    return kept


def _is_disease(labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    return (labels == Layer.LESION.label) | (labels == Layer.LYMPH_NODE.label)

"""Clicks as input channels of the click network; training and inference encode them by this one function."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

PROMPT_CHANNELS = 2
PROMPT_SD_VOXELS = 1.5


def prompt_channels(shape_kji: tuple[int, ...], positive_kji: npt.ArrayLike,
                    negative_kji: npt.ArrayLike = ()) -> npt.NDArray[np.float32]:
    """Positive and negative clicks as two channels of bells of height 1.

    Args:
        shape_kji: of the patch.
        positive_kji, negative_kji: clicks (n, 3) in voxels of the patch; they may lie between voxels.

    Returns:
        float32 (2, k, j, i): at every voxel the bell of the nearest click, exp(-d^2 / 2 sd^2) with d and sd in voxels.
    """
    channels = np.zeros((PROMPT_CHANNELS, *shape_kji), dtype=np.float32)
    for channel, clicks in zip(channels, (positive_kji, negative_kji), strict=True):
        for click in np.asarray(clicks, dtype=float).reshape(-1, 3):
            k, j, i = (np.exp(-((np.arange(size) - at) ** 2) / (2 * PROMPT_SD_VOXELS**2)).astype(np.float32)
                       for size, at in zip(shape_kji, click, strict=True))
            np.maximum(channel, k[:, None, None] * j[:, None] * i, out=channel)
    return channels

"""What the click network sees: windows of the density, the clicks, and how much every voxel differs from what was
clicked. Training and inference encode it by this one module."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.geometry import Vector

PROMPT_CHANNELS = 3
PROMPT_SD_VOXELS = 1.5
DIFFERENCE_HU = 75.0
_PROMPTED_SHARE = 0.9  # of a diameter, between the clicks that stand for it


def click_channels(hu: npt.NDArray, windows_hu: Sequence[tuple[float, float]], positive_kji: npt.ArrayLike,
                   negative_kji: npt.ArrayLike = ()) -> npt.NDArray[np.float32]:
    """Input of the click network for a patch.

    Args:
        hu: density (k, j, i) on the isotropic grid of the view.
        windows_hu: each is scaled linearly to -1..1 and clipped.
        positive_kji, negative_kji: clicks (n, 3) in voxels of the patch, at least one positive.

    Returns:
        float32 (channel, k, j, i): the windows, the positive and the negative clicks (`prompt_channels`), and the
        density relative to that around the positive clicks, +-1 = +-`DIFFERENCE_HU`.
    """
    windows = [np.clip((hu - low) * (2.0 / (high - low)) - 1.0, -1.0, 1.0) for low, high in windows_hu]
    clicks = np.rint(np.asarray(positive_kji, dtype=float).reshape(-1, 3)).astype(int)
    around = [hu[tuple(slice(max(at - 1, 0), at + 2) for at in click)].mean() for click in clicks]
    difference = np.clip((hu - float(np.mean(around))) / DIFFERENCE_HU, -1.0, 1.0)
    return np.concatenate((np.stack(windows), prompt_channels(hu.shape, positive_kji, negative_kji),
                           difference[None])).astype(np.float32)


def prompt_channels(shape_kji: tuple[int, ...], positive_kji: npt.ArrayLike,
                    negative_kji: npt.ArrayLike = ()) -> npt.NDArray[np.float32]:
    """Positive and negative clicks as two channels of bells of height 1.

    Args:
        shape_kji: of the patch.
        positive_kji, negative_kji: clicks (n, 3) in voxels of the patch; they may lie between voxels.

    Returns:
        float32 (2, k, j, i): at every voxel the bell of the nearest click, exp(-d^2 / 2 sd^2) with d and sd in voxels.
    """
    channels = np.zeros((2, *shape_kji), dtype=np.float32)
    for channel, clicks in zip(channels, (positive_kji, negative_kji), strict=True):
        for click in np.asarray(clicks, dtype=float).reshape(-1, 3):
            k, j, i = (np.exp(-((np.arange(size) - at) ** 2) / (2 * PROMPT_SD_VOXELS**2)).astype(np.float32)
                       for size, at in zip(shape_kji, click, strict=True))
            np.maximum(channel, k[:, None, None] * j[:, None] * i, out=channel)
    return channels


def clicks_of_diameter(ends_mm: Sequence[Vector]) -> list[Vector]:
    """Two clicks that stand for a diameter: a little inwards of its ends, since a lesion is clicked on within it."""
    first, second = np.asarray(ends_mm, dtype=float)
    inwards = 0.5 * (1.0 - _PROMPTED_SHARE) * (second - first)
    return [(float(x), float(y), float(z)) for x, y, z in (first + inwards, second - inwards)]

"""The simple methods that the click network has to beat: growing a region of similar density from the click."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.evaluation.overlap import dice

THRESHOLD_HU = 30.0
"""The connected threshold takes what is connected to the click within this difference from its density."""
GROWING_SD, GROWING_ROUNDS, GROWING_START_VOXELS = 2.5, 4, 2
"""Region growing takes what lies within so many standard deviations of the region's mean, and measures them again."""
REACH_MM = 80.0
"""Nothing farther from the click than this (along an axis) is taken."""

BoolArray = npt.NDArray[np.bool_]


def baseline_dice(ct: CTVolume, mask: BoolArray, seed_kji: tuple[int, int, int]) -> dict[str, float]:
    """Dice of both methods from one click, by their names."""
    return {"region_growing": dice(grown_region(ct, seed_kji), mask),
            "connected_threshold": dice(connected_threshold(ct, seed_kji), mask)}


def grown_region(ct: CTVolume, seed_kji: tuple[int, int, int]) -> BoolArray:
    """SimpleITK's ConfidenceConnected on the smoothed scan."""
    def grow(image: sitk.Image, seed: tuple[int, ...]) -> sitk.Image:
        return sitk.ConfidenceConnected(image, seedList=[seed], numberOfIterations=GROWING_ROUNDS,
                                        multiplier=GROWING_SD, initialNeighborhoodRadius=GROWING_START_VOXELS)
    return _around(ct, seed_kji, grow)


def connected_threshold(ct: CTVolume, seed_kji: tuple[int, int, int]) -> BoolArray:
    """SimpleITK's ConnectedThreshold around the density at the click, on the smoothed scan."""
    def grow(image: sitk.Image, seed: tuple[int, ...]) -> sitk.Image:
        centre = image[seed]
        return sitk.ConnectedThreshold(image, seedList=[seed], lower=centre - THRESHOLD_HU, upper=centre + THRESHOLD_HU)
    return _around(ct, seed_kji, grow)


def _around(ct: CTVolume, seed_kji: tuple[int, int, int],
            grow: Callable[[sitk.Image, tuple[int, ...]], sitk.Image]) -> BoolArray:
    """Grow in the block around the click, smoothed by a Gaussian of one voxel (KJI, on the grid of the scan)."""
    reach = [int(np.ceil(REACH_MM / step)) for step in ct.geometry.spacing_mm[::-1]]
    box = tuple(slice(max(at - far, 0), min(at + far + 1, size))
                for at, far, size in zip(seed_kji, reach, ct.hu.shape, strict=True))
    start = [part.start for part in box]
    geometry = ct.geometry.crop(start, ct.hu[box].shape)
    image = sitk.DiscreteGaussian(sitk.Cast(geometry.to_sitk(np.ascontiguousarray(ct.hu[box])), sitk.sitkFloat32),
                                  [1.0] * 3, useImageSpacing=False)
    seed = tuple(at - first for at, first in zip(seed_kji, start, strict=True))[::-1]
    grown = np.zeros(ct.hu.shape, bool)
    grown[box] = sitk.GetArrayFromImage(grow(image, seed)) > 0
    return grown

"""Where one scan lies in another before anything is known: every translation tried at once on coarse images.

Masked normalised cross-correlation by Fourier transform (Padfield, IEEE Trans Image Process 2012;21:2706): exact for
any partial overlap, because only voxels that both scans cover count.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import fft

from DuOncoUnityLib.followup.registration_image import RegistrationImage
from DuOncoUnityLib.geometry import FloatArray

_FACTOR = 3
_MIN_OVERLAP_MM = 30.0
_ENOUGH_OVERLAP_MM = 200.0
_MIN_IN_PLANE = 0.5
_MAX_HU = 300


def candidate_shifts(prior: RegistrationImage, current: RegistrationImage, count: int = 3) -> list[FloatArray]:
    """Translations (LPS mm) that carry the prior scan onto the current one, the most plausible first.

    Long overlaps are trusted more than short ones of the same correlation. Empty when nothing fits.
    """
    fixed, fixed_mask = _coarse(current)
    moving, moving_mask = _coarse(prior)
    correlation, overlap = masked_correlation(fixed, fixed_mask, moving, moving_mask)
    voxel_mm = _FACTOR * prior.geometry.spacing_mm[2]
    scores, shifts = [], []
    for shift_k in range(1 - moving.shape[0], fixed.shape[0]):
        slices = min(fixed.shape[0], shift_k + moving.shape[0]) - max(0, shift_k)
        plane = np.where(overlap[shift_k] > _MIN_IN_PLANE * overlap[shift_k].max(), correlation[shift_k], -1.0)
        j, i = np.unravel_index(int(plane.argmax()), plane.shape)
        shifts.append([_signed(i, fixed.shape[2], plane.shape[1]), _signed(j, fixed.shape[1], plane.shape[0]), shift_k])
        scores.append(plausibility(float(plane[j, i]), slices * voxel_mm))
    peaks = [n for n in range(len(scores)) if scores[n] > 0 and scores[n] == max(scores[max(n - 3, 0):n + 4])]
    best = sorted(peaks, key=lambda n: -scores[n])[:count]
    origin = np.asarray(current.geometry.origin_mm) - np.asarray(prior.geometry.origin_mm)
    return [np.asarray(shifts[n]) * voxel_mm + origin for n in best]


def plausibility(correlation: float, overlap_mm: float) -> float:
    """How much a correlation over a length of the body says: Fisher's z times the root of the length; 0 for nothing."""
    if overlap_mm < _MIN_OVERLAP_MM or correlation <= 0:
        return 0.0
    return float(np.arctanh(min(correlation, 0.999)) * np.sqrt(min(overlap_mm, _ENOUGH_OVERLAP_MM)))


def masked_correlation(fixed: FloatArray, fixed_mask: FloatArray, moving: FloatArray,
                       moving_mask: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Correlation and number of common voxels for every shift of `moving` over `fixed`.

    Args:
        fixed, moving: images, KJI.
        fixed_mask, moving_mask: 1 where a voxel counts, else 0.

    Returns:
        Two arrays indexed by the shift (k, j, i); negative shifts count from the end, as in numpy.
    """
    shape = [fft.next_fast_len(a + b - 1, real=True) for a, b in zip(fixed.shape, moving.shape, strict=True)]

    def transform(array: FloatArray) -> npt.NDArray[np.complex128]:
        return fft.rfftn(array, shape)

    def back(product: npt.NDArray[np.complex128]) -> FloatArray:
        return fft.irfftn(product, shape)

    fixed, moving = fixed * fixed_mask, moving * moving_mask
    f, f2, fm = transform(fixed), transform(fixed**2), transform(fixed_mask)
    m, m2, mm = np.conj(transform(moving)), np.conj(transform(moving**2)), np.conj(transform(moving_mask))
    common = np.maximum(back(fm * mm), 1e-3)
    fixed_sum, moving_sum = back(f * mm), back(fm * m)
    covariance = back(f * m) - fixed_sum * moving_sum / common
    fixed_variance = np.maximum(back(f2 * mm) - fixed_sum**2 / common, 0.0)
    moving_variance = np.maximum(back(fm * m2) - moving_sum**2 / common, 0.0)
    correlation = covariance / np.sqrt(np.maximum(fixed_variance * moving_variance, 1e-6 * common**2))
    return np.where(common > 1.0, np.clip(correlation, -1.0, 1.0), -1.0), common


def _coarse(image: RegistrationImage) -> tuple[FloatArray, FloatArray]:
    """Mean of blocks of voxels, roughly centred on zero, and where they were scanned."""
    padding = [(0, -n % _FACTOR) for n in image.hu.shape]
    scanned = np.pad(image.scanned.astype(float), padding)
    hu = np.pad(np.clip(image.hu, -1000, _MAX_HU) / 500.0 + 1.0, padding)
    weight = _block_mean(scanned)
    return _block_mean(hu * scanned) / np.maximum(weight, 1e-6), (weight > 0.5).astype(float)


def _block_mean(array: FloatArray) -> FloatArray:
    k, j, i = (n // _FACTOR for n in array.shape)
    return array.reshape(k, _FACTOR, j, _FACTOR, i, _FACTOR).mean(axis=(1, 3, 5))


def _signed(index: np.intp | int, size: int, period: int) -> int:
    return int(index) if index < size else int(index) - period

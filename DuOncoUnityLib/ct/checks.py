"""Is this a CT that may be analysed? Refusals raise one sentence; doubts are returned as warnings."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.geometry import Geometry

AIR_HU = -1024
MIN_SLICES = 10
MAX_VOXELS = 1_000_000_000
MIN_SPACING_MM, MAX_SPACING_MM = 0.2, 12.5
MAX_EXTENT_MM = 2500.0
# from the lung apices to the ischial tuberosities of a small adult
TAP_EXTENT_MM = 450.0
BODY_HU = -500
BODY_CROSS_SECTION_CM2 = (50.0, 3000.0)
COARSE_MM = 5.0
DENSEST_BONE_HU = 3071
MAX_METAL_FRACTION = 0.02


def check_grid(geometry: Geometry) -> None:
    """Refuse grids that no body CT has, before anything of their size is allocated.

    Raises:
        DuOncoError: too few or too many voxels, spacing outside 0.2 to 12.5 mm, extent above 2.5 m, directions
            that are not at right angles.
    """
    slices = geometry.shape[geometry.axial_axis]
    if min(geometry.shape) < 1 or slices < MIN_SLICES:
        raise DuOncoError(f"The image has only {slices} slices; at least {MIN_SLICES} are needed.")
    spacing = geometry.spacing_mm
    if not all(MIN_SPACING_MM <= s <= MAX_SPACING_MM for s in spacing):
        raise DuOncoError("The voxel size is implausible for a body CT ({:.3g} x {:.3g} x {:.3g} mm).".format(*spacing))
    extent = [n * s for n, s in zip(geometry.shape[::-1], spacing, strict=True)]
    if max(extent) > MAX_EXTENT_MM:
        raise DuOncoError("The image is larger than any patient ({:.0f} x {:.0f} x {:.0f} mm).".format(*extent))
    voxels = int(np.prod([int(n) for n in geometry.shape], dtype=object))
    if voxels > MAX_VOXELS:
        raise DuOncoError("The image is too large to be analysed ({} x {} x {} voxels).".format(*geometry.shape[::-1]),
                          exit_code=ExitCode.OUT_OF_RESOURCES)
    direction = np.reshape(geometry.direction, (3, 3))
    if not np.all(np.isfinite(geometry.affine)) or np.abs(direction.T @ direction - np.eye(3)).max() > 1e-2:
        raise DuOncoError("The axes of the image are not at right angles (the gantry may have been tilted).")


def check_volume(ct: CTVolume) -> tuple[str, ...]:
    """Judge the densities and the coverage of a CT on a checked grid.

    Returns:
        Warnings about coverage and direction of the slices.

    Raises:
        DuOncoError: the values are not Hounsfield units, or there is no body.
    """
    coarse, geometry = _coarse(ct)
    body = _body(coarse, geometry)
    _check_hounsfield(coarse, body)
    warnings = []
    extent = ct.geometry.shape[ct.geometry.axial_axis] * ct.geometry.spacing_mm[ct.geometry.patient_axes[2]]
    if extent < TAP_EXTENT_MM:
        warnings.append(f"The scan covers {extent:.0f} mm from top to bottom, less than thorax, abdomen and pelvis; "
                        "the tumour burden is that of this part only.")
    slice_axis = int(np.argmax(ct.geometry.spacing_mm))
    if slice_axis != ct.geometry.patient_axes[2] and max(ct.geometry.spacing_mm) > 2 * min(ct.geometry.spacing_mm):
        warnings.append("The slices are not axial; sizes in the axial plane are less exact.")
    damaged = _outlying_slices(ct)
    if damaged:
        warnings.append(f"{len(damaged)} slices do not resemble their neighbours and may be damaged or misplaced "
                        f"(first: number {damaged[0] + 1}).")
    return tuple(warnings)


def _coarse(ct: CTVolume) -> tuple[npt.NDArray[np.int16], Geometry]:
    """Every n-th voxel, about 5 mm apart, in patient order."""
    view, geometry = ct.geometry.to_patient_order(ct.hu)
    strides = [max(1, int(COARSE_MM / spacing)) for spacing in geometry.spacing_mm[::-1]]
    coarse = view[tuple(slice(None, None, stride) for stride in strides)]
    (si, sj, sk), (nk, nj, ni) = geometry.spacing_mm, strides
    return coarse, Geometry(coarse.shape, (si * ni, sj * nj, sk * nk), geometry.origin_mm, geometry.direction)


def _body(coarse: npt.NDArray[np.int16], geometry: Geometry) -> npt.NDArray[np.bool_]:
    """Mask of the largest connected object denser than lung.

    Raises:
        DuOncoError: it is not as large as a body (mean cross-section outside 50 to 3000 cm2 over its height).
    """
    labels, count = ndimage.label(coarse > BODY_HU)
    sizes = np.bincount(labels.ravel(), minlength=2)
    sizes[0] = 0
    body = labels == int(sizes.argmax())
    planes = int(body.any(axis=(1, 2)).sum())
    pixel_cm2 = geometry.spacing_mm[0] * geometry.spacing_mm[1] / 100.0
    area_cm2 = sizes.max() * pixel_cm2 / max(planes, 1)
    low, high = BODY_CROSS_SECTION_CM2
    if count == 0 or planes < 0.5 * len(coarse) or not low <= area_cm2 <= high:
        raise DuOncoError("No body was found in the image.",
                          details=f"objects {count}, planes {planes}, cross-section {area_cm2:.0f} cm2")
    return body


def _check_hounsfield(coarse: npt.NDArray[np.int16], body: npt.NDArray[np.bool_]) -> None:
    """Air lies near -1000 HU, and most of a body is fat, water and muscle: -150 to 150 HU."""
    lowest = int(coarse.min())
    tissue = coarse[body]
    median = float(np.median(tissue))
    details = f"lowest {lowest}, median of the body {median:.0f}"
    shifted = coarse[coarse > BODY_HU + 1024]
    if lowest >= -50 and len(shifted) and _is_soft_tissue(np.median(shifted) - 1024):
        raise DuOncoError("The densities are not in Hounsfield units: they seem to be shifted by about 1024 "
                          "(stored values without rescale).", details=details)
    too_dense = float((tissue > DENSEST_BONE_HU).mean())
    if lowest > -700 or not _is_soft_tissue(median) or too_dense > MAX_METAL_FRACTION:
        raise DuOncoError("The densities are not in Hounsfield units (air should be near -1000 and soft tissue "
                          "near 0).", details=details)


def _is_soft_tissue(hu: float) -> bool:
    return bool(-150 <= hu <= 150)


def _outlying_slices(ct: CTVolume) -> list[int]:
    """Slices (array index along the axial axis) whose two neighbours agree with each other much better than with it."""
    slices = np.moveaxis(ct.hu, ct.geometry.axial_axis, 0)[:, ::6, ::6].astype(np.float32)
    if len(slices) < 3:
        return []
    next_one = np.abs(np.diff(slices, axis=0)).mean(axis=(1, 2))
    over_one = np.abs(slices[2:] - slices[:-2]).mean(axis=(1, 2))
    outlying = np.minimum(next_one[:-1], next_one[1:]) > 3.0 * over_one + 20.0
    return [int(k) + 1 for k in np.flatnonzero(outlying)]

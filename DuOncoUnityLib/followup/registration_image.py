"""The small picture of a scan by which later scans are registered to it: CT and organs at 3 mm, without identity."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy import ndimage

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.files import replacing
from DuOncoUnityLib.geometry import IDENTITY_DIRECTION, Geometry, Vector

SPACING_MM = 3.0
NOT_SCANNED_HU = -2048
"""Value of the voxels that the scan does not cover (corners of an oblique scan)."""

AIR_HU = -1000
BODY_HU = -300
_ORGANS_KEY = "DuOnco_organs"


@dataclass(frozen=True)
class RegistrationImage:
    """A scan on a grid whose axes are those of the patient, whatever the storage order of its file was.

    Attributes:
        hu: int16 array, KJI along S, P, L; air outside the body, `NOT_SCANNED_HU` outside the scan.
        geometry: its grid; direction is the identity in LPS.
        organs: uint8 anatomy labels on the same grid, or None.
        index_of: label value by organ key.
    """

    hu: npt.NDArray[np.int16]
    geometry: Geometry
    organs: npt.NDArray[np.uint8] | None = None
    index_of: dict[str, int] | None = None

    @property
    def body(self) -> npt.NDArray[np.bool_]:
        return self.hu > AIR_HU

    @property
    def scanned(self) -> npt.NDArray[np.bool_]:
        return self.hu > NOT_SCANNED_HU


def make_registration_image(volume: CTVolume, anatomy: LabelMap | None = None,
                            spacing_mm: float = SPACING_MM) -> RegistrationImage:
    """Resample a scan, averaged over the new voxels, to an isotropic grid along L, P and S; air outside the body.

    Raises:
        DuOncoError: the scan shows no body.
    """
    grid = _patient_grid(volume.geometry, spacing_mm)
    ct = _averaged(volume.geometry.to_sitk(np.clip(volume.hu, AIR_HU, 3000)), spacing_mm)
    hu = sitk.GetArrayFromImage(_resample(_smooth(ct, spacing_mm), grid, sitk.sitkLinear, NOT_SCANNED_HU))
    body = body_mask(hu, spacing_mm)
    if not body.any():
        raise DuOncoError("No body was found on the scan.")
    # smoothing never reaches the marker, so everything that is not the marker was scanned
    hu = np.where(body | (hu <= NOT_SCANNED_HU), hu, AIR_HU)
    hu[body] = np.maximum(hu[body], AIR_HU + 1)
    image = RegistrationImage(hu.astype(np.int16), grid)
    if anatomy is None:
        return image
    labels = _resample(anatomy.geometry.to_sitk(anatomy.labels), grid, sitk.sitkNearestNeighbor, 0)
    return RegistrationImage(image.hu, grid, sitk.GetArrayFromImage(labels), dict(anatomy.index_of))


def body_mask(hu: npt.NDArray[np.int16], spacing_mm: float) -> npt.NDArray[np.bool_]:
    """The largest thing denser than air with its inner air, without couch and clothes; axial slices first."""
    dense = hu > BODY_HU
    steps = max(1, round(6.0 / spacing_mm))
    # the body goes on beyond the first and last slice
    core = ndimage.binary_erosion(dense, iterations=steps, border_value=1)
    cut = ndimage.binary_dilation(core, iterations=steps)
    labels, count = ndimage.label(cut)
    if count == 0:
        return cut
    largest = labels == int(np.argmax(np.bincount(labels.ravel())[1:])) + 1
    body = ndimage.binary_dilation(largest, iterations=steps, mask=dense)
    for index, axial in enumerate(body):
        body[index] = ndimage.binary_fill_holes(axial)
    return body


def save_registration_image(volume: CTVolume, anatomy: LabelMap | None, path: Path) -> None:
    """Make and write the registration image of a scan.

    Raises:
        DuOncoError: no body, or the file cannot be written.
    """
    write_registration_image(make_registration_image(volume, anatomy), path)


def write_registration_image(image: RegistrationImage, path: Path) -> None:
    """Write a registration image (NRRD; nothing in it names the patient).

    Raises:
        DuOncoError: the file cannot be written.
    """
    channels = [image.hu] if image.organs is None else [image.hu, image.organs.astype(np.int16)]
    file = image.geometry.to_sitk(np.stack(channels, axis=-1))
    file.SetMetaData(_ORGANS_KEY, " ".join(f"{key}={value}" for key, value in (image.index_of or {}).items()))
    with replacing(path) as temporary:
        try:
            sitk.WriteImage(file, str(temporary), useCompression=True)
        except RuntimeError as error:
            raise DuOncoError("The registration image could not be written.", details=type(error).__name__,
                              exit_code=ExitCode.CANNOT_WRITE) from error


def load_registration_image(path: Path) -> RegistrationImage:
    """Read what `save_registration_image` wrote.

    Raises:
        DuOncoError: the file is missing or is not such an image.
    """
    try:
        file = sitk.ReadImage(str(path))
        channels = sitk.GetArrayFromImage(file)
        entries = file.GetMetaData(_ORGANS_KEY).split()
    except (OSError, RuntimeError) as error:
        raise DuOncoError("A registration image could not be read.", details=type(error).__name__) from error
    if channels.ndim == 3:
        channels = channels[..., np.newaxis]
    if channels.ndim != 4 or channels.shape[3] not in (1, 2):
        raise DuOncoError("A registration image could not be read.", details=f"array {channels.shape}")
    organs = channels[..., 1].astype(np.uint8) if channels.shape[3] == 2 else None
    index_of = {key: int(value) for key, value in (entry.split("=") for entry in entries)}
    return RegistrationImage(np.ascontiguousarray(channels[..., 0]), Geometry.from_sitk(file), organs,
                             index_of if organs is not None else None)


def _patient_grid(geometry: Geometry, spacing_mm: float) -> Geometry:
    """The isotropic grid along L, P and S that just holds every voxel centre of a scan."""
    sides = [(0, n - 1) for n in geometry.shape[::-1]]
    corners = geometry.index_to_world(np.array(np.meshgrid(*sides)).reshape(3, -1).T)
    low, high = corners.min(axis=0), corners.max(axis=0)
    counts = np.floor((high - low) / spacing_mm + 1e-6).astype(int) + 1
    origin = low + ((high - low) - (counts - 1) * spacing_mm) / 2
    isotropic: Vector = (spacing_mm, spacing_mm, spacing_mm)
    return Geometry((int(counts[2]), int(counts[1]), int(counts[0])), isotropic,
                    (float(origin[0]), float(origin[1]), float(origin[2])), IDENTITY_DIRECTION)


def _averaged(image: sitk.Image, spacing_mm: float) -> sitk.Image:
    """Averages of whole voxels, still twice as fine as the new grid: no filter holds a thin-slice scan as a whole.

    The outermost voxels are repeated where the last average would be incomplete: the scan keeps its extent.
    """
    factors = [max(1, int(spacing_mm / 2 / old)) for old in image.GetSpacing()]
    missing = [-size % factor for size, factor in zip(image.GetSize(), factors, strict=True)]
    if any(missing):
        image = sitk.ZeroFluxNeumannPad(image, [0, 0, 0], missing)
    return sitk.BinShrink(image, factors) if max(factors) > 1 else image


def _smooth(image: sitk.Image, spacing_mm: float) -> sitk.Image:
    """Low-pass along the axes that are finer than the new grid, against aliasing."""
    # sigma of the averaging over a voxel of the new grid, less what the old one has already
    sigma = [np.sqrt(max(spacing_mm**2 - old**2, 0.0) / 12.0) for old in image.GetSpacing()]
    smoothed = sitk.Cast(image, sitk.sitkFloat32)
    for axis, value in enumerate(sigma):
        if value > 0.3 * image.GetSpacing()[axis] and image.GetSize()[axis] >= 4:
            order = sitk.RecursiveGaussianImageFilter.ZeroOrder
            smoothed = sitk.RecursiveGaussian(smoothed, float(value), False, order, axis)
    return smoothed


def _resample(image: sitk.Image, grid: Geometry, interpolator: int, outside: float) -> sitk.Image:
    return sitk.Resample(image, list(grid.shape[::-1]), sitk.Transform(), interpolator, grid.origin_mm,
                         grid.spacing_mm, grid.direction, outside)

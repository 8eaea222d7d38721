"""Where a point of one scan lies in another: an affine map after a smooth displacement, and its inverse."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy import ndimage

from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.files import replacing
from DuOncoUnityLib.geometry import FloatArray, Geometry

_INVERSE_ITERATIONS = 30
_INVERSE_TOLERANCE_MM = 0.01


@dataclass(frozen=True)
class SpatialTransform:
    """Maps a point x of the prior scan to A(x + u(x)) in the current scan, all in LPS mm.

    Attributes:
        affine: the 4x4 matrix A.
        displacement_mm: u as an array KJI x (L, P, S), None for a linear map; beyond its grid the border values hold.
        grid: the grid of `displacement_mm`.
    """

    affine: FloatArray
    displacement_mm: npt.NDArray[np.float32] | None = None
    grid: Geometry | None = None

    def map_points(self, lps_mm: npt.ArrayLike) -> FloatArray:
        """Positions (..., 3) of points of the prior scan in the current scan."""
        points: FloatArray = np.asarray(lps_mm, dtype=float)
        return _apply(self.affine, points + self._displacement_at(points))

    def map_points_back(self, lps_mm: npt.ArrayLike) -> FloatArray:
        """Positions (..., 3) of points of the current scan in the prior scan (fixed-point inversion)."""
        undeformed = _apply(np.linalg.inv(self.affine).astype(float), np.asarray(lps_mm, dtype=float))
        points = undeformed
        for _ in range(_INVERSE_ITERATIONS):
            step = undeformed - self._displacement_at(points) - points
            points = points + step
            if step.size == 0 or np.abs(step).max() < _INVERSE_TOLERANCE_MM:
                break
        return points

    def jacobian(self) -> FloatArray:
        """Local volume ratio current : prior on the grid, KJI; a folded field has values <= 0."""
        linear = float(np.linalg.det(self.affine[:3, :3]))
        if self.displacement_mm is None or self.grid is None:
            return np.full((1, 1, 1), linear)
        field = self.grid.to_sitk(self.displacement_mm.astype(np.float64))
        return linear * sitk.GetArrayFromImage(sitk.DisplacementFieldJacobianDeterminant(field)).astype(float)

    def to_sitk(self) -> sitk.CompositeTransform:
        """The same map from prior to current as an ITK transform."""
        linear = sitk.AffineTransform(3)
        linear.SetMatrix(self.affine[:3, :3].ravel().tolist())
        linear.SetTranslation(self.affine[:3, 3].tolist())
        composite = sitk.CompositeTransform(3)
        composite.AddTransform(linear)
        if self.displacement_mm is not None and self.grid is not None:
            field = self.grid.to_sitk(self.displacement_mm.astype(np.float64))
            composite.AddTransform(sitk.DisplacementFieldTransform(field))
        return composite

    def save(self, path: Path) -> None:
        """Write as ITK transform file (.h5 or .tfm), which 3D Slicer and ITK read.

        Raises:
            DuOncoError: the file cannot be written.
        """
        with replacing(path) as temporary:
            try:
                sitk.WriteTransform(self.to_sitk(), str(temporary))
            except RuntimeError as error:
                raise DuOncoError("The transform between two scans could not be written.",
                                  details=type(error).__name__, exit_code=ExitCode.CANNOT_WRITE) from error

    @classmethod
    def load(cls, path: Path) -> SpatialTransform:
        """Read what `save` wrote.

        Raises:
            DuOncoError: the file is missing or holds another kind of transform.
        """
        try:
            composite = sitk.CompositeTransform(sitk.ReadTransform(str(path)))
            linear = sitk.AffineTransform(composite.GetNthTransform(0))
            affine = _affine_matrix(linear)
            if composite.GetNumberOfTransforms() == 1:
                return cls(affine)
            field = sitk.DisplacementFieldTransform(composite.GetNthTransform(1)).GetDisplacementField()
        except RuntimeError as error:
            raise DuOncoError("The transform between two scans could not be read.", details=str(error)) from error
        return cls(affine, sitk.GetArrayFromImage(field).astype(np.float32), Geometry.from_sitk(field))

    @classmethod
    def from_linear(cls, transform: sitk.Transform) -> SpatialTransform:
        """From any linear ITK transform with a centre (prior to current)."""
        return cls(_affine_matrix(transform))

    def _displacement_at(self, points: FloatArray) -> FloatArray:
        if self.displacement_mm is None or self.grid is None:
            return np.zeros_like(points)
        kji = self.grid.world_to_index(points.reshape(-1, 3))[:, ::-1].T
        components = [ndimage.map_coordinates(self.displacement_mm[..., axis], kji, order=1, mode="nearest")
                      for axis in range(3)]
        return np.stack(components, axis=-1).reshape(points.shape).astype(float)


def _apply(matrix: FloatArray, points: npt.NDArray[np.floating[Any]]) -> FloatArray:
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def _affine_matrix(transform: sitk.Transform) -> FloatArray:
    matrix = np.eye(4)
    matrix[:3, 3] = transform.TransformPoint((0.0, 0.0, 0.0))
    for axis in range(3):
        unit = [0.0, 0.0, 0.0]
        unit[axis] = 1.0
        matrix[:3, axis] = np.asarray(transform.TransformPoint(unit)) - matrix[:3, 3]
    return matrix

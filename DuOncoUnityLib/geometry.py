"""Where voxels lie in the patient: the grid of an image, in LPS millimetres.

Arrays are KJI (z, y, x), as numpy and Slicer hold them. Spacing, origin and direction follow ITK: spacing in the order
(i, j, k), direction a 3x3 matrix whose columns are the unit vectors of the i, j and k axes in LPS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import SimpleITK as sitk

FloatArray = npt.NDArray[np.float64]
Vector = tuple[float, float, float]

IDENTITY_DIRECTION = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True)
class Geometry:
    """The grid of a volume.

    Attributes:
        shape: number of voxels (k, j, i), the shape of the KJI array.
        spacing_mm: distance between voxel centres along (i, j, k).
        origin_mm: LPS position of the centre of voxel (0, 0, 0).
        direction: 3x3 matrix, row by row; its columns are the i, j and k axes in LPS.
    """

    shape: tuple[int, int, int]
    spacing_mm: Vector
    origin_mm: Vector = (0.0, 0.0, 0.0)
    direction: tuple[float, ...] = IDENTITY_DIRECTION

    @cached_property
    def affine(self) -> FloatArray:
        """4x4 matrix from voxel indices (i, j, k, 1) to LPS millimetres."""
        matrix = np.eye(4)
        matrix[:3, :3] = np.reshape(self.direction, (3, 3)) * np.asarray(self.spacing_mm)
        matrix[:3, 3] = self.origin_mm
        return matrix

    @property
    def voxel_volume_ml(self) -> float:
        return float(np.prod(self.spacing_mm)) / 1000.0

    @property
    def patient_axes(self) -> tuple[int, int, int]:
        """Index axes (0=i, 1=j, 2=k) nearest to the patient's left (L), posterior (P) and superior (S)."""
        return _patient_axes(self.direction)

    @property
    def axial_axis(self) -> int:
        """The array axis (0=k, 1=j, 2=i) whose slices are the most nearly axial ones."""
        return 2 - self.patient_axes[2]

    def index_to_world(self, ijk: npt.ArrayLike) -> FloatArray:
        """LPS millimetres of voxel indices (..., 3) in order (i, j, k); fractions are allowed."""
        return np.asarray(ijk, dtype=float) @ self.affine[:3, :3].T + self.affine[:3, 3]

    def world_to_index(self, lps_mm: npt.ArrayLike) -> FloatArray:
        """Continuous voxel indices (i, j, k) of LPS points (..., 3)."""
        inverse = np.linalg.inv(self.affine)
        return np.asarray(lps_mm, dtype=float) @ inverse[:3, :3].T + inverse[:3, 3]

    def same_grid(self, other: Geometry, tolerance_mm: float = 0.01) -> bool:
        """Whether both grids have the same shape and every voxel corner coincides within the tolerance."""
        if self.shape != other.shape:
            return False
        corners = np.array(np.meshgrid(*[(0, n - 1) for n in self.shape[::-1]])).reshape(3, -1).T
        return bool(np.abs(self.index_to_world(corners) - other.index_to_world(corners)).max() <= tolerance_mm)

    def crop(self, start_kji: Sequence[int], shape: Sequence[int]) -> Geometry:
        """The grid of a sub-block that starts at array index `start_kji` (negative starts lie outside)."""
        origin = self.index_to_world(tuple(start_kji)[::-1])
        return Geometry(_int3(shape), self.spacing_mm, _float3(origin), self.direction)

    def to_patient_order(self, array: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], Geometry]:
        """View of a KJI array whose axes run along S, P, L as nearly as the grid allows, and its geometry.

        No data are copied; writing into the view writes into `array`. Everything that must not depend on the storage
        order of an image (network, measurements) works on such a view.
        """
        if tuple(array.shape) != self.shape:
            raise ValueError(f"array {array.shape} does not lie on grid {self.shape}")
        order = self.patient_axes
        columns = np.reshape(self.direction, (3, 3))
        view = np.transpose(array, [2 - order[2], 2 - order[1], 2 - order[0]])
        corner = [0, 0, 0]
        flips = [slice(None)] * 3
        direction = np.empty((3, 3))
        for row, axis in enumerate(order):
            sign = -1.0 if columns[row, axis] < 0 else 1.0
            direction[:, row] = sign * columns[:, axis]
            if sign < 0:
                corner[axis] = self.shape[2 - axis] - 1
                flips[2 - row] = slice(None, None, -1)
        view = view[tuple(flips)]
        spacing = [self.spacing_mm[axis] for axis in order]
        geometry = Geometry(_int3(view.shape), _float3(spacing), _float3(self.index_to_world(corner)),
                            tuple(float(x) for x in direction.ravel()))
        return view, geometry

    def from_patient_order(self, array: npt.NDArray[Any],
                           box: tuple[slice, slice, slice]) -> tuple[npt.NDArray[Any], tuple[slice, slice, slice]]:
        """A block in patient order (see `to_patient_order`) back in the storage order of this grid.

        Args:
            array: the block, axes S, P, L.
            box: where it lies in the patient-ordered volume, half-open ranges.

        Returns:
            view of the block, KJI, and where it lies in a KJI array of this grid.
        """
        order = self.patient_axes
        columns = np.reshape(self.direction, (3, 3))
        ranges = [slice(0)] * 3
        flips = [slice(None)] * 3
        for row, axis in enumerate(order):
            part, size = box[2 - row], self.shape[2 - axis]
            ranges[2 - axis] = part
            if columns[row, axis] < 0:
                ranges[2 - axis] = slice(size - part.stop, size - part.start)
                flips[2 - row] = slice(None, None, -1)
        back = np.argsort([2 - order[2], 2 - order[1], 2 - order[0]])
        return array[tuple(flips)].transpose(back), (ranges[0], ranges[1], ranges[2])

    @classmethod
    def from_sitk(cls, image: sitk.Image) -> Geometry:
        """Geometry of a 3D SimpleITK image."""
        return cls(_int3(image.GetSize()[::-1]), _float3(image.GetSpacing()), _float3(image.GetOrigin()),
                   tuple(image.GetDirection()))

    def to_sitk(self, array: npt.NDArray[Any]) -> sitk.Image:
        """SimpleITK image of a KJI array on this grid (the data are copied)."""
        import SimpleITK as sitk

        if tuple(array.shape[:3]) != self.shape:
            raise ValueError(f"array {array.shape} does not lie on grid {self.shape}")
        image = sitk.GetImageFromArray(array, isVector=array.ndim == 4)
        image.SetSpacing(self.spacing_mm)
        image.SetOrigin(self.origin_mm)
        image.SetDirection(self.direction)
        return image


@lru_cache(maxsize=16)
def _patient_axes(direction: tuple[float, ...]) -> tuple[int, int, int]:
    cosines = np.abs(np.reshape(direction, (3, 3)))
    best = max(permutations(range(3)), key=lambda axes: sum(cosines[row, axes[row]] for row in range(3)))
    return best[0], best[1], best[2]


def _int3(values: Sequence[int]) -> tuple[int, int, int]:
    a, b, c = values
    return int(a), int(b), int(c)


def _float3(values: Sequence[float] | FloatArray) -> Vector:
    a, b, c = values
    return float(a), float(b), float(c)


def voxels_within(depth_mm: float, spacing_mm: float) -> int:
    """How many voxels along an axis have their middle less than half a voxel beyond a depth.

    A spacing that a header rounds (3.0000001 mm) counts as the same.
    """
    return int((depth_mm + spacing_mm / 2) / spacing_mm + 1e-3)

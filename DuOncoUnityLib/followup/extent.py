"""The place a lesion takes up, as a cloud of points that can be carried to another scan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from DuOncoUnityLib.geometry import FloatArray, Geometry
from DuOncoUnityLib.records.model import Lesion, Measurement

POINTS = 48
"""Points per lesion: enough for the overlap of two lesions to within about 5 %."""


@dataclass(frozen=True)
class Extent:
    """The place of one or more lesions.

    Attributes:
        points: positions (n, 3) in LPS mm, spread evenly through the lesion.
        volume_ml: of the lesion (not changed by carrying it to another scan).
    """

    points: FloatArray
    volume_ml: float

    @cached_property
    def centre(self) -> FloatArray:
        return self.points.mean(axis=0)

    @cached_property
    def diameter_mm(self) -> float:
        """Of the ball of the same volume."""
        return float((self.volume_ml * 6000.0 / np.pi) ** (1 / 3))

    @property
    def gap_mm(self) -> float:
        """Distance between neighbouring points."""
        return float((self.volume_ml * 1000.0 / max(len(self.points), 1)) ** (1 / 3))

    def moved(self, points: FloatArray) -> Extent:
        return replace(self, points=points)

    def part_inside(self, other: Extent, margin_mm: float = 0.0) -> float:
        """Fraction of this extent that lies in the other one, which may be widened by a margin."""
        distances = cdist(self.points, other.points).min(axis=1)
        return np.count_nonzero(distances <= 0.75 * other.gap_mm + margin_mm) / len(distances)


def extent_of(lesion: Lesion) -> Extent:
    """A ball at the centroid with the volume of the lesion, or with its mean diameter where no volume is known."""
    volume_ml = _volume_ml(lesion.measurement)
    radius = (volume_ml * 3000.0 / (4.0 * np.pi)) ** (1 / 3)
    return Extent(_ball() * radius + np.asarray(lesion.measurement.centroid_lps_mm), volume_ml)


def extent_of_mask(mask: npt.NDArray[np.bool_], geometry: Geometry) -> Extent:
    """An even sample of the voxels of a lesion mask (KJI), the same for every storage order."""
    ordered, ordered_geometry = geometry.to_patient_order(mask)
    kji = np.argwhere(ordered)
    chosen = kji[np.linspace(0, len(kji) - 1, min(POINTS, len(kji))).round().astype(int)]
    volume_ml = len(kji) * geometry.voxel_volume_ml
    return Extent(ordered_geometry.index_to_world(chosen[:, ::-1]), volume_ml)


def union(extents: list[Extent]) -> Extent:
    """The place of several lesions together."""
    return Extent(np.concatenate([extent.points for extent in extents]), sum(extent.volume_ml for extent in extents))


def _volume_ml(measurement: Measurement) -> float:
    if measurement.volume_ml > 0:
        return measurement.volume_ml
    diameter = (measurement.long_axis.length_mm + measurement.short_axis.length_mm) / 2
    return float(np.pi * max(diameter, 1.0) ** 3 / 6000.0)


@cache
def _ball() -> FloatArray:
    """Points spread evenly through the unit ball (golden-angle spiral)."""
    steps = (np.arange(POINTS) + 0.5) / POINTS
    height = 1.0 - 2.0 * ((np.arange(POINTS) * 0.618033988749895) % 1.0)
    angle = np.pi * (1.0 + 5.0**0.5) * np.arange(POINTS)
    ring = np.sqrt(1.0 - height**2)
    points = np.stack([ring * np.cos(angle), ring * np.sin(angle), height], axis=1) * np.cbrt(steps)[:, np.newaxis]
    return points - points.mean(axis=0)

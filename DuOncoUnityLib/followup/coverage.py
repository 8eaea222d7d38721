"""Whether a place in the patient was scanned, so that a missing lesion is told from a missing picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from DuOncoUnityLib.followup.registration_image import RegistrationImage
from DuOncoUnityLib.geometry import Geometry

_AROUND_BODY_MM = 15.0
"""A point further than this from everything on the picture lies in a part of the body outside the field of view."""


@dataclass(frozen=True)
class Coverage:
    """What one scan shows.

    Attributes:
        geometry: the grid of the scan.
        image: its registration image; without it, all of the box of the scan counts as shown.
    """

    geometry: Geometry
    image: RegistrationImage | None = None

    def contains(self, lps_mm: npt.ArrayLike, margin_mm: float = 0.0) -> bool:
        """Whether a point lies on the scan, at least `margin_mm` from its first and last slice."""
        index = self.geometry.world_to_index(lps_mm)
        size = np.asarray(self.geometry.shape[::-1])
        margin = np.zeros(3)
        axis = self.geometry.patient_axes[2]
        # half a slice: a voxel reaches beyond its centre; a short scan keeps its middle
        margin[axis] = min(margin_mm / self.geometry.spacing_mm[axis], size[axis] / 4.0)
        if np.any(index < margin - 0.5) or np.any(index > size - 0.5 - margin):
            return False
        if self.image is None:
            return True
        kji = np.round(self.image.geometry.world_to_index(lps_mm)).astype(int)[::-1]
        k, j, i = np.clip(kji, 0, np.asarray(self.image.hu.shape) - 1)
        return bool(self._near_body[k, j, i])

    @cached_property
    def _near_body(self) -> npt.NDArray[np.bool_]:
        assert self.image is not None
        spacing_mm = self.image.geometry.spacing_mm[0]
        distance_mm = ndimage.distance_transform_edt(~self.image.body) * spacing_mm
        near: npt.NDArray[np.bool_] = (distance_mm <= _AROUND_BODY_MM) & self.image.scanned
        return near

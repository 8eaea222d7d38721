"""Whether a place in the patient was scanned, so that a missing lesion is told from a missing picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

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
        kji = np.clip(kji, 0, np.asarray(self.image.hu.shape) - 1)
        return bool(self._scanned[tuple(kji)]) and self._is_near_body(kji)

    def _is_near_body(self, kji: npt.NDArray[np.int_]) -> bool:
        """Looks around one voxel of the image: a map of distances for all of them would take a second."""
        assert self.image is not None
        reach = _AROUND_BODY_MM / self.image.geometry.spacing_mm[0]
        box = tuple(slice(max(int(at - reach), 0), int(at + reach) + 1) for at in kji)
        body = np.argwhere(self._body[box]) + [part.start for part in box]
        return bool((((body - kji) ** 2).sum(axis=1) <= reach**2).any())

    @cached_property
    def _body(self) -> npt.NDArray[np.bool_]:
        assert self.image is not None
        return self.image.body

    @cached_property
    def _scanned(self) -> npt.NDArray[np.bool_]:
        assert self.image is not None
        return self.image.scanned

"""The canonical CT volume that every later stage receives."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.records.model import Acquisition


@dataclass(frozen=True)
class CTVolume:
    """A checked CT in HU on its input grid (the storage order of the file is kept).

    Attributes:
        hu: int16 array, KJI.
        geometry: its grid in LPS mm.
        acquisition: how the scan was made.
        sha256: of the voxels and the geometry, identifies the input without naming the patient.
        warnings: sentences for the reader of the results.
    """

    hu: npt.NDArray[np.int16]
    geometry: Geometry
    acquisition: Acquisition = field(default_factory=Acquisition)
    sha256: str = ""
    warnings: tuple[str, ...] = ()

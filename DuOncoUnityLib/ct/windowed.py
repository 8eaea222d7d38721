"""Scans that were stored with a window, as in public collections of 8 bits: what is darker than its end is gone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from DuOncoUnityLib.ct.checks import AIR_HU
from DuOncoUnityLib.ct.volume import CTVolume

# where windows for soft tissue end below; from -120 HU upwards fat would be gone, too
LOWER_END_HU = (-700, -120)
LEAST_SHARE = 0.05  # of voxels at the lower end: air around a patient fills more than that


def restore_air(ct: CTVolume) -> CTVolume:
    """The scan with air (`AIR_HU`) where its densities were cut off, and a warning; the same scan where they were not.

    Only areas of 3 by 3 voxels of a slice at the lower end become air: noise cuts single voxels of fat. Lungs become
    air, too, since nothing of them is left, and are not found.
    """
    lowest = int(ct.hu.min())
    if not LOWER_END_HU[0] < lowest <= LOWER_END_HU[1]:
        return ct
    cut = ct.hu == lowest
    if np.count_nonzero(cut) < LEAST_SHARE * cut.size:
        return ct
    in_plane = np.ones([1 if axis == ct.geometry.axial_axis else 3 for axis in range(3)], dtype=bool)
    hu = ct.hu.copy()
    hu[ndimage.binary_opening(cut, in_plane)] = AIR_HU
    return replace(ct, hu=hu, warnings=(*ct.warnings, f"Densities below {lowest} HU are missing on this scan, as after "
                                                      "storing it with a window; they are taken as air, as are lungs."))

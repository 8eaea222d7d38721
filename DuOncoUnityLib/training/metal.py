"""Metal in a synthetic scan: rods, and the streaks that beam hardening draws between and around them.

The streaks come from a parallel-beam model: the thickness of metal along every ray, the error of a polychromatic beam
(it underestimates the attenuation, by the square of the thickness: De Man et al., IEEE Trans Nucl Sci 46 (1999)
691-696) as far as rays cross more than one rod, and the filtered back-projection of that error. Rods run along z, so
that one slice gives them all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from DuOncoUnityLib.geometry import Vector
from DuOncoUnityLib.training.generator import Metal

FloatArray = npt.NDArray[np.float32]
ANGLES = 90


@dataclass(frozen=True)
class Implant:
    """Rods along z, as a spinal fixation has them.

    Attributes:
        rods_xy_mm: centre of each.
        radius_mm: of all.
        z_mm: from the lowest to the highest point.
    """

    rods_xy_mm: tuple[tuple[float, float], ...]
    radius_mm: float
    z_mm: tuple[float, float]


def spinal_fixation(level_centres_mm: dict[str, Vector]) -> Implant:
    """Two rods of steel behind L2 to L4."""
    _, y, _ = level_centres_mm["L3"]
    low, high = level_centres_mm["L4"][2] - 12.0, level_centres_mm["L2"][2] + 12.0
    return Implant(((-24.0, y + 30.0), (24.0, y + 30.0)), 5.0, (low, high))


def add_implant(hu: FloatArray, implant: Implant, metal: Metal,
                axes_mm: tuple[FloatArray, FloatArray, FloatArray]) -> None:
    """Paint the rods and their streaks into a density map (KJI) without noise, in place.

    Args:
        metal: their densities.
        axes_mm: positions of the columns (x), rows (y) and slices (z); columns and rows are equally far apart.
    """
    x, y, z = axes_mm
    slices = slice(int(np.searchsorted(z, implant.z_mm[0])), int(np.searchsorted(z, implant.z_mm[1], side="right")))
    rods = [(x[None, :] - centre_x) ** 2 + (y[:, None] - centre_y) ** 2 <= implant.radius_mm**2
            for centre_x, centre_y in implant.rods_xy_mm]
    streaks = _streaks(rods)
    hu[slices] += (streaks * (metal.streak_hu / -streaks.min()))[None].astype(np.float32)
    hu[slices][:, np.any(rods, axis=0)] = metal.hu


def _streaks(rods: list[npt.NDArray[np.bool_]]) -> npt.NDArray[np.float64]:
    """Filtered back-projection of what rays through several rods miss: negative between the rods."""
    shape = rods[0].shape
    side = int(np.ceil(np.hypot(*shape))) + 2
    window = tuple(slice((side - n) // 2, (side - n) // 2 + n) for n in shape)
    objects = np.zeros((len(rods), side, side))
    for canvas, rod in zip(objects, rods, strict=True):
        canvas[window] = rod
    ramp = np.abs(np.fft.rfftfreq(2 * side))
    image = np.zeros((side, side))
    for angle in np.arange(ANGLES) * 180.0 / ANGLES:
        thickness = ndimage.rotate(objects, angle, axes=(1, 2), reshape=False, order=1).sum(axis=1)
        error = (thickness**2).sum(axis=0) - thickness.sum(axis=0) ** 2
        filtered = np.fft.irfft(np.fft.rfft(error, 2 * side) * ramp, 2 * side)[:side]
        image += ndimage.rotate(np.broadcast_to(filtered, (side, side)), -angle, reshape=False, order=1)
    return np.asarray(image[window])

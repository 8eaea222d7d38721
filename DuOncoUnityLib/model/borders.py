"""Borders of organs where the density tells them: finer than the voxels of the anatomy network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.ct.densities import FAT_HU, MUSCLE_HU
from DuOncoUnityLib.geometry import voxels_within
from DuOncoUnityLib.terminology import GUT

DEPTH_MM = 1.5  # half a voxel of the anatomy network

Voxels = npt.NDArray[np.int64]  # indices (n, 3)


@dataclass(frozen=True)
class Border:
    """What lies at the border of organs but does not have their density.

    Attributes:
        organs: keys of `terminology.ORGANS`; lose voxels.
        low_hu, high_hu: those of this density, both ends included.
        others: organs that take what touches them; () for any.
        beside_gas: whether also what lies beside gas is lost: half gas and half wall, a voxel has the density of fat.
    """

    organs: tuple[str, ...]
    low_hu: int
    high_hu: int
    others: tuple[str, ...] = ()
    beside_gas: bool = True


_FAT = ("subcutaneous_tissue", "peritoneum_retroperitoneum", "mediastinum")
_SOLID = ("muscle", "liver", "spleen", "kidney", "pancreas", "adrenal", "heart", "great_vessels")
BORDERS = (
    # half-way between lung (about -850 HU) and soft tissue (about 50 HU), where a blurred border between them lies
    Border(("lung",), -399, 32767),
    Border((*_FAT, *_SOLID, "soft_tissue"), -32768, -400, ("lung",)),
    # fat inside these organs, as in a muscle, is not at their border
    Border(_SOLID, *FAT_HU, _FAT),
    Border(GUT, *FAT_HU, _FAT, beside_gas=False),
    Border(("subcutaneous_tissue",), *MUSCLE_HU, ("muscle",)),
)


def sharpen_borders(labels: npt.NDArray[np.uint8], hu: npt.NDArray[np.int16], spacing_kji_mm: Sequence[float],
                    organs: Sequence[str]) -> None:
    """Give voxels that do not have the density of their organ to the organ that they touch, in place.

    Only at borders, as deep as the network can be wrong by its voxel size: vessels and nodules deeper in the lung stay
    lung, fat deeper in a muscle stays muscle. Both arrays are in patient order, so that the storage of a scan changes
    nothing.

    Args:
        labels: organs of the voxels (S, P, L); index into `organs`.
        hu: CT numbers on the same grid.
        spacing_kji_mm: voxel size along the axes.
        organs: keys of `terminology.ORGANS` by label.
    """
    index_of = {organ: index for index, organ in enumerate(organs)}
    for border in BORDERS:
        loses, takes = (np.zeros(256, dtype=bool) for _ in range(2))
        loses[[index_of[organ] for organ in border.organs if organ in index_of]] = True
        takes[[index_of[organ] for organ in border.others or organs if organ in index_of]] = True
        wrong = loses[labels]
        wrong &= hu >= border.low_hu
        wrong &= hu <= border.high_hu
        voxels, layers = np.argwhere(wrong), [voxels_within(DEPTH_MM, spacing) for spacing in spacing_kji_mm]
        _give_away(labels, voxels if border.beside_gas else _away_from_gas(voxels, hu, layers), takes & ~loses, layers)


def _away_from_gas(voxels: Voxels, hu: npt.NDArray[np.int16], reach: Sequence[int]) -> Voxels:
    """Those that have nothing less dense than fat within so many voxels along the axes."""
    for steps in product(*(range(-most, most + 1) for most in reach)):
        beside = np.clip(voxels + steps, 0, np.array(hu.shape) - 1)
        voxels = voxels[hu[tuple(beside.T)] >= FAT_HU[0]]
    return voxels


def _give_away(labels: npt.NDArray[np.uint8], voxels: Voxels, takes: npt.NDArray[np.bool_],
               layers: Sequence[int]) -> None:
    """Layer by layer; an axis takes part in as many as it has."""
    for layer in range(max(layers)):
        own = labels[tuple(voxels.T)]
        found = own.copy()
        for axis, last in enumerate(layers):
            for step in (-1, 1) if layer < last else ():
                beside = voxels.copy()
                beside[:, axis] = np.clip(beside[:, axis] + step, 0, labels.shape[axis] - 1)
                touched = labels[tuple(beside.T)]
                found = np.where((found == own) & takes[touched], touched, found)
        labels[tuple(voxels.T)] = found
        voxels = voxels[found == own]

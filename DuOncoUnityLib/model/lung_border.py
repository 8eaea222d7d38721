"""The border of the lungs where the density tells it: finer than the voxels of the anatomy network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage

DENSE_HU = -400
"""Half-way between lung (about -850 HU) and soft tissue (about 50 HU): where a blurred border between them lies."""

DEPTH_MM = 1.5  # half a voxel of the anatomy network


def trim_lungs(labels: npt.NDArray[np.uint8], hu: npt.NDArray[np.int16], spacing_kji_mm: Sequence[float],
               organs: Sequence[str]) -> None:
    """Give dense voxels at the border of the lungs to the organ that they touch, in place.

    Vessels and nodules deeper inside stay lung. Both arrays are in patient order, so that the storage of a scan
    changes nothing.

    Args:
        labels: organs of the voxels (S, P, L); index into `organs`.
        hu: CT numbers on the same grid.
        spacing_kji_mm: voxel size along the axes.
        organs: keys of `terminology.ORGANS` by label.
    """
    lung = organs.index("lung") if "lung" in organs else 0
    places = ndimage.find_objects(labels, lung)
    if lung and places[-1]:
        box = tuple(slice(max(part.start - 1, 0), part.stop + 1) for part in places[-1])
        _trim(labels[box], hu[box], spacing_kji_mm, lung)


def _trim(labels: npt.NDArray[np.uint8], hu: npt.NDArray[np.int16], spacing_kji_mm: Sequence[float],
          lung: int) -> None:
    """Layer by layer; an axis takes part as long as the layer lies within the depth along it."""
    dense = np.argwhere((labels == lung) & (hu > DENSE_HU))
    layers = [int((DEPTH_MM + spacing / 2) / spacing) for spacing in spacing_kji_mm]
    for layer in range(max(layers)):
        found = np.full(len(dense), lung, np.uint8)
        for axis, last in enumerate(layers):
            for step in (-1, 1) if layer < last else ():
                beside = dense.copy()
                beside[:, axis] = np.clip(beside[:, axis] + step, 0, labels.shape[axis] - 1)
                touched = labels[tuple(beside.T)]
                found = np.where(found == lung, touched, found)
        labels[tuple(dense.T)] = found
        dense = dense[found == lung]

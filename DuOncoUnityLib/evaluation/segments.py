"""The segments of a file, by name, on a grid that two files share."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from DuOncoUnityLib.ct.image_file import is_image_file, open_volume, read_whole
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.exports.seg_nrrd import read_content
from DuOncoUnityLib.geometry import FloatArray, Geometry
from DuOncoUnityLib.lesions.components import BoolArray

# a voxel of one file may lie this far from the voxel of the other: headers are written with few digits by some programs
_GRID_TOLERANCE_VOXELS = 0.05


@dataclass(frozen=True)
class Segments:
    """Named masks of one file, in patient order (`Geometry.to_patient_order`).

    Attributes:
        geometry: the grid.
        layers: label maps on it, KJI.
        places: layer and label value of every segment, by name.
        complete: a label map of numbers: a number that it lacks is an empty mask, not an unknown one.
    """

    geometry: Geometry
    layers: tuple[npt.NDArray, ...]
    places: dict[str, tuple[int, int]]
    complete: bool

    def mask(self, name: str, grid: Geometry) -> BoolArray:
        """A segment on a grid of the same voxels that holds this one; empty where the file has no such segment."""
        mask = np.zeros(grid.shape, bool)
        if name in self.places:
            layer, value = self.places[name]
            offset = _offset(grid, self.geometry)
            mask[tuple(slice(start, start + size) for start, size in zip(offset, self.geometry.shape, strict=True))] = \
                self.layers[layer] == value
        return mask


def read_segments(path: Path, names: Mapping[int, str]) -> Segments:
    """Read a `.seg.nrrd` or a label map.

    Args:
        path: `.seg.nrrd`, or a NIfTI, NRRD or MetaImage file of whole numbers.
        names: of the numbers in a label map; others are called "label 7".

    Raises:
        DuOncoError: missing or damaged file, or no label map.
    """
    if not path.is_file():
        raise DuOncoError("A segmentation file does not exist.", details=path.name)
    return _from_seg_nrrd(path) if path.name.lower().endswith(".seg.nrrd") else _from_label_map(path, names)


def common_names(first: Segments, second: Segments) -> list[str]:
    """Names of the segments that can be compared.

    Raises:
        DuOncoError: there are none.
    """
    if first.complete and second.complete:
        return list(dict.fromkeys([*second.places, *first.places]))
    names = [name for name in second.places if name in first.places]
    if not names:
        raise DuOncoError(f"The files have no segment in common: {_quoted(first)} in one, {_quoted(second)} in the "
                          "other. Name the numbers of a label map with --name.")
    return names


def common_grid(first: Geometry, second: Geometry) -> Geometry:
    """The smallest grid that holds both, in patient order; 3D Slicer cuts a segmentation to what was drawn on.

    Raises:
        DuOncoError: the voxels of the two do not coincide.
    """
    offset = _offset(first, second)
    low = np.minimum(offset, 0)
    high = np.maximum(first.shape, np.add(offset, second.shape))
    return first.crop(low.tolist(), (high - low).tolist())


def _offset(first: Geometry, second: Geometry) -> list[int]:
    """Array index (k, j, i) in the first grid of the first voxel of the second.

    Raises:
        DuOncoError: the voxels of the two do not coincide.
    """
    corners = np.array(list(itertools.product(*[(0, max(size - 1, 1)) for size in second.shape[::-1]])))
    there = first.world_to_index(second.index_to_world(corners))
    offset = np.rint(there[0]).astype(int)
    if np.abs(there - corners - offset).max() > _GRID_TOLERANCE_VOXELS:
        raise DuOncoError("The files do not lie on the same voxels; they belong to different scans or one was "
                          "resampled.")
    return [int(n) for n in offset[::-1]]


def _from_seg_nrrd(path: Path) -> Segments:
    content = read_content(path)
    voxels = content["voxels"] if content["voxels"].ndim == 4 else content["voxels"][None]
    stored = _geometry(np.asarray(content["ijkToLPS"], float), voxels.shape[:0:-1])
    layers = tuple(stored.to_patient_order(layer.transpose(2, 1, 0))[0] for layer in voxels)
    places = {segment.get("name") or segment["id"]: (segment.get("layer", 0), segment["labelValue"])
              for segment in content["segments"]}
    return Segments(_patient_order(stored), layers, places, complete=False)


def _from_label_map(path: Path, names: Mapping[int, str]) -> Segments:
    if not is_image_file(path):
        raise DuOncoError("A segmentation must be a .seg.nrrd, NIfTI, NRRD or MHA file.", details=path.name)
    reader, stored = open_volume(path)
    values = sitk.GetArrayFromImage(read_whole(path, reader)).reshape(stored.shape)
    present = np.unique(values)
    if not np.array_equal(present, np.rint(present)) or len(present) > 1000:
        raise DuOncoError("A segmentation file holds no label map: its values are not whole numbers, or too many.",
                          details=path.name)
    numbers = dict.fromkeys([*(int(value) for value in present if value), *names])
    places = {names.get(number, f"label {number}"): (0, number) for number in numbers}
    labels, geometry = stored.to_patient_order(values)
    return Segments(geometry, (labels,), places, complete=True)


def _geometry(affine: FloatArray, shape: tuple[int, ...]) -> Geometry:
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    direction = affine[:3, :3] / spacing
    k, j, i = shape
    return Geometry((k, j, i), (float(spacing[0]), float(spacing[1]), float(spacing[2])),
                    (float(affine[0, 3]), float(affine[1, 3]), float(affine[2, 3])),
                    tuple(float(value) for value in direction.ravel()))


def _patient_order(geometry: Geometry) -> Geometry:
    return geometry.to_patient_order(np.empty(geometry.shape, np.bool_))[1]


def _quoted(segments: Segments) -> str:
    return ", ".join(f'"{name}"' for name in list(segments.places)[:8]) or "none"

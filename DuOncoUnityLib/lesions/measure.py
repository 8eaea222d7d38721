"""Size, place and density of one lesion mask."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import FloatArray, Geometry, Vector
from DuOncoUnityLib.lesions.components import Box
from DuOncoUnityLib.lesions.outline import (
    BOUND_REACHED,
    TIE_MM,
    Chord,
    extreme_points,
    longest_chords,
    longest_perpendicular,
    longest_upper_bounds,
    outline_segments,
    own_corners,
)
from DuOncoUnityLib.records.model import Caliper, Measurement

BoolArray = npt.NDArray[np.bool_]


def measure_lesion(mask: BoolArray, box: Box, ct: CTVolume) -> Measurement:
    """Measure one lesion.

    The axial plane is the plane of the slices most nearly perpendicular to the patient's long axis; on oblique grids it
    tilts with them. The numbers do not depend on the storage order of the scan.

    Args:
        mask: the lesion, cut to `box` (KJI); not empty.
        box: where the mask lies on the grid of the scan, a slice for each of k, j and i.
        ct: the scan.

    Returns:
        The measurement, its bounding box and seed in voxels of the scan.
    """
    start = [part.start for part in box]
    grid = ct.geometry.crop(start, mask.shape)
    ordered, geometry = grid.to_patient_order(mask)
    long_axis, short_axis = axial_calipers(ordered, geometry)
    voxel_count = int(np.count_nonzero(mask))
    mean_hu, sd_hu = _density(ct.hu[box][mask])
    first, last = _extent(mask)
    bounding_box = [start[axis] + ends[axis] for ends in (first, last) for axis in (2, 1, 0)]
    seed = np.rint(ct.geometry.world_to_index(geometry.index_to_world(_deepest_voxel(ordered, geometry)))).astype(int)
    return Measurement(
        volume_ml=voxel_count * ct.geometry.voxel_volume_ml,
        voxel_count=voxel_count,
        long_axis=long_axis,
        short_axis=short_axis,
        mean_hu=mean_hu,
        sd_hu=sd_hu,
        centroid_lps_mm=_vector(geometry.index_to_world(_centroid_index(ordered))),
        bounding_box_ijk=(bounding_box[0], bounding_box[1], bounding_box[2],
                          bounding_box[3], bounding_box[4], bounding_box[5]),
        seed_ijk=(int(seed[0]), int(seed[1]), int(seed[2])),
    )


def axial_calipers(mask: BoolArray, geometry: Geometry) -> tuple[Caliper, Caliper]:
    """Long axis and the longest perpendicular to it on its slice (RECIST 1.1, Eisenhauer, Eur J Cancer 2009;45:228).

    The long axis is the longest caliper on the outline of any axial slice. Where several tie, as in symmetric shapes,
    the one with the longest short axis is taken, then the lowest slice.

    Args:
        mask: KJI in patient order (`Geometry.to_patient_order`).
        geometry: its grid.
    """
    spacing = geometry.spacing_mm[0], geometry.spacing_mm[1]
    points, exists = extreme_points(mask, spacing)
    bounds = longest_upper_bounds(points, exists)
    # corners lie half a pixel beyond the other points
    long_slices = np.flatnonzero(bounds + max(spacing) >= bounds.max() * BOUND_REACHED)
    corners = own_corners(mask[long_slices])
    corners = corners._replace(k=long_slices[corners.k])
    corner_points = corners.points(spacing)
    ties: list[tuple[int, Chord]] = []
    longest = 0.0
    seen: set[bytes] = set()
    for k in long_slices[np.argsort(-bounds[long_slices], kind="stable")]:
        own = corner_points[corners.k == k]
        if bounds[k] + (max(spacing) if len(own) else TIE_MM) < longest:
            continue
        shape = mask[k].tobytes()
        if shape in seen:
            continue
        seen.add(shape)
        chords = longest_chords(np.concatenate([points[k][exists[k]], own]))
        longest = max(longest, chords[0].length_mm)
        ties += [(int(k), chord) for chord in chords]
    ties = sorted((tie for tie in ties if tie[1].length_mm >= longest - TIE_MM), key=lambda tie: tie[0])
    outlines = {k: outline_segments(mask[k], corners.of(k), spacing) for k in {k for k, _ in ties}}
    best: tuple[int, Chord, Chord] | None = None
    for k, axis in ties:
        perpendicular = longest_perpendicular(outlines[k], axis)
        if best is None or perpendicular.length_mm > best[2].length_mm + TIE_MM:
            best = k, axis, perpendicular
    if best is None:
        raise ValueError("an empty mask has no axes")
    k, axis, perpendicular = best
    return _caliper(axis, k, geometry), _caliper(perpendicular, k, geometry)


def _caliper(chord: Chord, k: int, geometry: Geometry) -> Caliper:
    spacing = geometry.spacing_mm[:2]
    start, end = geometry.index_to_world([[*(point / spacing), k] for point in (chord.start_mm, chord.end_mm)])
    return Caliper(chord.length_mm, _vector(start), _vector(end))


def _density(hu: npt.NDArray[np.int16]) -> tuple[float, float]:
    """Mean and population standard deviation; integer sums make them independent of the order of the voxels."""
    values = hu.astype(np.int64)
    n, total, squares = values.size, int(values.sum()), int(np.dot(values, values))
    return total / n, float(np.sqrt((n * squares - total * total) / (n * n)))


def _extent(mask: BoolArray) -> tuple[list[int], list[int]]:
    """First and last occupied index along each array axis."""
    occupied = [np.flatnonzero(mask.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1))]
    return [int(index[0]) for index in occupied], [int(index[-1]) for index in occupied]


def _centroid_index(mask: BoolArray) -> list[float]:
    """Mean index (i, j, k) of the mask."""
    counts = [np.count_nonzero(mask, axis=axes) for axes in ((0, 1), (0, 2), (1, 2))]
    return [float(np.dot(count, np.arange(count.size)) / count.sum()) for count in counts]


def _deepest_voxel(mask: BoolArray, geometry: Geometry) -> tuple[int, int, int]:
    """The voxel (i, j, k) farthest from the outline on the largest slice; the first one where several tie."""
    k = int(np.argmax(np.count_nonzero(mask, axis=(1, 2))))
    inside = np.zeros((mask.shape[1] + 2, mask.shape[2] + 2), bool)  # what lies on the border is cut by it
    inside[1:-1, 1:-1] = mask[k]
    depth = ndimage.distance_transform_edt(inside, sampling=geometry.spacing_mm[1::-1])[1:-1, 1:-1]
    j, i = np.unravel_index(int(np.argmax(depth > depth.max() - TIE_MM)), depth.shape)
    return int(i), int(j), k


def _vector(point: FloatArray) -> Vector:
    return float(point[0]), float(point[1]), float(point[2])

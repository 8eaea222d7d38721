"""From loose DICOM images to one stack: which images belong together, in which order and on which grid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import affine_transform

from DuOncoUnityLib.ct.checks import AIR_HU, MIN_SLICES, check_grid
from DuOncoUnityLib.ct.dicom_header import Frame, text
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.geometry import FloatArray, Geometry

SAME_POSITION_MM = 0.01
# positions are written with as little as one decimal; 0.625 mm slices then alternate between 0.6 and 0.7
ROUNDING_MM = 0.06
IRREGULAR_FRACTION = 0.1
INTERPOLATED_GAP_MM = 5.0
MAX_TILT_DEGREES = 40.0
MAX_GRID_SLICES = 20_000


@dataclass(frozen=True)
class SliceStack:
    """The images of one scan in the order of their positions.

    Attributes:
        slices: for every plane of the grid the images there: one, none where a slice is missing, several where
            copies exist.
        geometry: the straight grid: k runs along the normal of the slices.
        shear_mm: LPS shift within the plane from each slice to the next; zero unless the gantry was tilted.
        warnings: sentences for the reader of the results.
    """

    slices: tuple[tuple[Frame, ...], ...]
    geometry: Geometry
    shear_mm: tuple[float, float, float]
    warnings: tuple[str, ...]


def group_frames(frames: Iterable[Frame]) -> list[list[Frame]]:
    """Images of one series sorted into scans: same size, direction and kind; largest scan first.

    Scanners put localizers, several contrast phases or several reconstructions of one place into a single series.
    These are told apart by their direction, size and kind, and, where images still share a place, by image type,
    acquisition, temporal position or kernel.
    """
    groups: dict[tuple, list[list[Frame]]] = defaultdict(list)
    for frame in frames:
        key = (frame.size, "LOCALIZER" in frame.image_type, text(frame.header, "FrameOfReferenceUID"),
               text(frame.header, "SamplesPerPixel"))
        for group in groups[key]:
            if _parallel(frame, group[0]):
                group.append(frame)
                break
        else:
            groups[key].append([frame])
    scans = [scan for same_key in groups.values() for group in same_key for scan in _split_scans(group)]
    return sorted(scans, key=len, reverse=True)


def stack_slices(frames: list[Frame]) -> SliceStack:
    """Order parallel images by their positions and check that they fill a regular grid.

    One missing slice between neighbours no more than 5 mm apart is left empty, to be interpolated: the anatomy is
    continuous over that distance, and a warning names the place. More or wider gaps are refused, for a lesion could
    lie in them unseen.

    Raises:
        DuOncoError: no positions, too few slices, missing slices, irregular spacing, sideways jumps, extreme tilt,
            implausible spacing or size.
    """
    first = frames[0]
    axes, (row_spacing, column_spacing) = _in_plane_grid(frames)
    normal, pixel_mm = axes[:, 2], min(row_spacing, column_spacing)
    planes = _planes(frames, normal)
    if len(planes) < MIN_SLICES:
        raise DuOncoError(f"The series has only {len(planes)} slices; at least {MIN_SLICES} are needed.")
    positions = np.array([plane[0].position_mm for plane in planes])
    index, start, step = _regular_grid(positions, normal, pixel_mm)
    slice_spacing = float(step @ normal)
    slices, warnings = _fill_grid(planes, index, slice_spacing)
    if first.thickness_mm and slice_spacing > 1.5 * first.thickness_mm + ROUNDING_MM:
        warnings.append(f"The slices do not touch: they are {first.thickness_mm:g} mm thick and {slice_spacing:.3g} mm "
                        "apart; lesions between them are not seen, and volumes are estimates.")
    shear = step - slice_spacing * normal
    if np.linalg.norm(shear) * len(slices) < 0.5 * pixel_mm:
        shear = np.zeros(3)
    geometry = Geometry((len(slices), *first.size), (column_spacing, row_spacing, slice_spacing),
                        tuple(start.tolist()), tuple(axes.ravel().tolist()))
    check_grid(geometry)
    return SliceStack(tuple(slices), geometry, tuple(shear.tolist()), tuple(warnings))


def straighten(hu: np.ndarray, geometry: Geometry, shear_mm: tuple[float, float, float]) -> tuple[np.ndarray, Geometry]:
    """Undo the gantry tilt: slide every slice within its own plane onto a straight grid along the slice normal.

    Slices keep their planes, so nothing is interpolated between slices; each is moved by a fraction of a pixel with
    linear interpolation. The grid grows to hold all of them, filled with air.

    Args:
        hu: int16 KJI array whose slices lie `shear_mm` aside of each other.
        geometry: the grid of the first slice, repeated along the normal.
        shear_mm: in-plane LPS shift from each slice to the next.
    """
    direction = np.reshape(geometry.direction, (3, 3))
    per_slice = np.array(shear_mm) @ direction[:, :2] / np.array(geometry.spacing_mm[:2])  # pixels along i, j
    total = per_slice * (geometry.shape[0] - 1)
    low, high = np.floor(np.minimum(total, 0)).astype(int), np.ceil(np.maximum(total, 0)).astype(int)
    shape = (geometry.shape[0], *(np.array(geometry.shape[1:]) + (high - low)[::-1]).tolist())
    straight = geometry.crop((0, int(low[1]), int(low[0])), shape)
    check_grid(straight)
    out = np.empty(shape, np.int16)
    for k, image in enumerate(hu):
        offset = (low - k * per_slice)[::-1]
        moved = affine_transform(image.astype(np.float32), np.ones(2), offset, shape[1:], order=1, cval=AIR_HU)
        out[k] = np.rint(moved)
    return out, straight


def _in_plane_grid(frames: list[Frame]) -> tuple[FloatArray, tuple[float, float]]:
    """LPS directions of i, j and the slice normal as columns, and the distance between rows and between columns."""
    spacing, orientation = frames[0].pixel_spacing_mm, frames[0].orientation
    if spacing is None or orientation is None or any(frame.position_mm is None for frame in frames):
        raise DuOncoError("The images do not say where they lie in the patient (position, direction or pixel size "
                          "is missing).")
    i_axis, j_axis = np.array(orientation[:3]), np.array(orientation[3:])
    lengths = np.linalg.norm(i_axis), np.linalg.norm(j_axis)
    if max(abs(lengths[0] - 1), abs(lengths[1] - 1), abs(i_axis @ j_axis)) > 1e-2 or min(spacing) <= 0:
        raise DuOncoError("The direction or the pixel size of the images is invalid.")
    i_axis = i_axis / lengths[0]
    j_axis = j_axis - (j_axis @ i_axis) * i_axis
    j_axis = j_axis / np.linalg.norm(j_axis)
    return np.stack([i_axis, j_axis, np.cross(i_axis, j_axis)], axis=1), (spacing[0], spacing[1])


def _fill_grid(planes: list[tuple[Frame, ...]], index: np.ndarray,
               slice_spacing: float) -> tuple[list[tuple[Frame, ...]], list[str]]:
    """The planes on the slices of the grid, empty where one is missing, and warnings about copies and gaps."""
    count = int(index[-1]) + 1
    missing = count - len(planes)
    if missing > 1 or (missing == 1 and round(2 * slice_spacing, 2) > INTERPOLATED_GAP_MM):
        raise DuOncoError(f"The series is not complete: {missing} of {count} slices are missing.")
    slices: list[tuple[Frame, ...]] = [()] * count
    for k, plane in zip(index.tolist(), planes, strict=True):
        slices[k] = plane
    warnings = []
    copies = sum(len(plane) - 1 for plane in planes)
    if copies:
        warnings.append(f"{copies} images are copies of others and were left out.")
    if missing:
        warnings.append(f"One slice is missing (number {slices.index(()) + 1} of {count}); it was interpolated from "
                        "its neighbours.")
    return slices, warnings


def _regular_grid(positions: FloatArray, normal: FloatArray,
                  pixel_mm: float) -> tuple[np.ndarray, FloatArray, FloatArray]:
    """Grid index of each slice, LPS position of the first and vector from slice to slice (least squares).

    The positions are sorted along the normal.
    """
    along = positions @ normal
    gaps = np.diff(along)
    counts = np.rint(gaps / np.median(gaps))
    index = np.concatenate([[0], np.cumsum(counts)])
    middle, centred = positions.mean(axis=0), index - index.mean()
    step = centred @ (positions - middle) / max(float(centred @ centred), 1.0)
    start = middle - index.mean() * step
    deviation = positions - (start + index[:, None] * step)
    spacing = step @ normal
    off_grid_mm = np.abs(deviation @ normal).max()
    if counts.min() < 1 or index[-1] > MAX_GRID_SLICES or off_grid_mm > max(ROUNDING_MM, IRREGULAR_FRACTION * spacing):
        raise DuOncoError(f"The distance between slices is irregular ({gaps.min():.3g} to {gaps.max():.3g} mm).")
    sideways = deviation - np.outer(deviation @ normal, normal)
    if np.linalg.norm(sideways, axis=1).max() > max(0.5 * pixel_mm, ROUNDING_MM):
        raise DuOncoError("The slices are shifted against each other.")
    tilt = np.degrees(np.arctan2(np.linalg.norm(step - spacing * normal), spacing))
    if tilt > MAX_TILT_DEGREES:
        raise DuOncoError(f"The slices are tilted by {tilt:.0f} degrees against the table.")
    return index.astype(int), start, step


def _planes(frames: list[Frame], normal: FloatArray) -> list[tuple[Frame, ...]]:
    """Images sorted along the normal; those at one place together."""
    along = np.array([np.dot(frame.position_mm or (), normal) for frame in frames])
    order = np.argsort(along, kind="stable")
    starts = np.flatnonzero(np.diff(along[order]) > SAME_POSITION_MM) + 1
    return [tuple(frames[i] for i in part) for part in np.split(order, starts)]


def _parallel(a: Frame, b: Frame) -> bool:
    for one, other, tolerance in ((a.orientation, b.orientation, 1e-3), (a.pixel_spacing_mm, b.pixel_spacing_mm, 1e-3)):
        if (one is None) != (other is None):
            return False
        if one is not None and other is not None and not np.allclose(one, other, rtol=0, atol=tolerance):
            return False
    return True


def _split_scans(frames: list[Frame]) -> list[list[Frame]]:
    for key in ("image_type", "acquisition", "temporal_position", "kernel"):
        if not _overlap(frames):
            break
        parts: dict[object, list[Frame]] = defaultdict(list)
        for frame in frames:
            parts[getattr(frame, key)].append(frame)
        if len(parts) > 1:
            return [scan for part in parts.values() for scan in _split_scans(part)]
    return [frames]


def _overlap(frames: list[Frame]) -> bool:
    """Whether different images lie at one place; copies of one file do not count."""
    places: dict[tuple, tuple[str, int]] = {}
    for frame in frames:
        if frame.position_mm is not None:
            place = tuple(round(x, 2) for x in frame.position_mm)
            name = (text(frame.header, "SOPInstanceUID"), frame.number)
            if places.setdefault(place, name) != name:
                return True
    return False

"""The lesion at a click: the click network on the view that fits the size of the lesion."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.geometry import FloatArray, Geometry, Vector
from DuOncoUnityLib.model.bundle import Bundle
from DuOncoUnityLib.model.device import choose_device
from DuOncoUnityLib.model.prompts import click_channels, clicks_of_diameter
from DuOncoUnityLib.model.runner import NetworkRunner
from DuOncoUnityLib.model.sampling import AIR_HU, Box, Grid, resample_hu

NEAR_CLICK_VOXELS = 2.0
_MARGIN_VOXELS = 2
_AROUND_VOXELS = 4
_NEAR_MIDDLE_VOXELS = 1.0  # of a click: asked again from there, the network says the same
_SMALL_SHARE = 0.25  # of the finest view, for a lesion: a coarser view joins what is smaller to what lies around it
_SURER_OF_SMALL = 0.02  # expected Dice that a coarser view of such a lesion must be ahead


@dataclass(frozen=True)
class ClickResult:
    """The lesion at a click.

    Attributes:
        mask: the part of the CT within `box`, in storage order KJI; one connected piece.
        box: voxels of the CT.
        view_mm: voxel size of the view on which the network saw it.
        seconds: from the click to the mask.
    """

    mask: npt.NDArray[np.bool_]
    box: Box
    view_mm: float
    seconds: float

    def holds(self, voxel_kji: tuple[int, int, int]) -> bool:
        """Whether a voxel of the CT belongs to the lesion."""
        inside = tuple(index - part.start for index, part in zip(voxel_kji, self.box, strict=True))
        return all(0 <= index < size for index, size in zip(inside, self.mask.shape, strict=True)) and bool(
            self.mask[inside])


class ClickSegmenter:
    """Segments what a person clicks on; keep one for a scan, the first click loads the network.

    Args:
        bundle: the model.
        device: "auto", "cpu", "cuda" or "mps".

    Raises:
        DuOncoError: the model has no click network.
    """

    def __init__(self, bundle: Bundle, device: str = "auto") -> None:
        if bundle.click is None:
            raise DuOncoError("This model cannot segment a lesion from a click.", exit_code=ExitCode.BAD_MODEL)
        self._spec = bundle.click
        self._runner = NetworkRunner(bundle.click, choose_device(device))

    def segment(self, ct: CTVolume, points_mm: Sequence[Vector], negative_mm: Sequence[Vector] = ()) -> ClickResult:
        """The connected lesion that holds the clicks.

        Args:
            ct: the scan.
            points_mm: LPS; clicks inside of the lesion, the first one decides which lesion it is.
            negative_mm: LPS; clicks on what does not belong to it.

        Raises:
            DuOncoError: no click is given, one lies outside of the scan, they are too far apart for one lesion, or
                nothing can be told apart there.
        """
        return self._segment(ct, points_mm, negative_mm)

    def segment_diameter(self, ct: CTVolume, ends_mm: Sequence[Vector],
                         negative_mm: Sequence[Vector] = ()) -> ClickResult:
        """The connected lesion whose longest diameter runs from one point to another.

        The network is asked with clicks a little inwards, since it expects clicks within a lesion: on four real lesions
        (`training.evaluate_clicks`) that gives a Dice of 0.80, clicks on the outline itself 0.72. Then nothing stays
        that is farther from one end than the other end is, or the diameter would not be the longest one: 0.81, and a
        long axis that is 2 instead of 13 % too long.

        Args:
            ct: the scan.
            ends_mm: both ends, LPS. On one slice, as RECIST 1.1 measures, they limit the lesion within slices alone.
            negative_mm: LPS; clicks on what does not belong to it.

        Raises:
            DuOncoError: as `segment`, or both ends lie at the same place.
        """
        return self._segment(ct, clicks_of_diameter(ends_mm), negative_mm, ends_mm)

    def _segment(self, ct: CTVolume, points_mm: Sequence[Vector], negative_mm: Sequence[Vector],
                 ends_mm: Sequence[Vector] = ()) -> ClickResult:
        began = time.perf_counter()
        if not points_mm:
            raise DuOncoError("Click on the lesion first.", exit_code=ExitCode.USAGE)
        hu, geometry = ct.geometry.to_patient_order(ct.hu)
        positive, negative, ends = (_voxels(points, geometry) for points in (points_mm, negative_mm, ends_mm))
        _check_apart(positive, negative)
        view = self._best_view(hu, geometry, positive, negative)
        mask, box = view.on_voxels(hu.shape)
        if len(ends):
            mask &= _within_diameter(box, ends, geometry)
        mask = _one_lesion(mask, *(np.rint(clicks).astype(int) - [part.start for part in box]
                                   for clicks in (positive, negative)))
        stored, place = ct.geometry.from_patient_order(mask, box)
        return ClickResult(stored, place, view.voxel_mm, time.perf_counter() - began)

    def _best_view(self, hu: npt.NDArray[np.int16], geometry: Geometry, positive: FloatArray,
                   negative: FloatArray) -> _View:
        """Of the two finest views the one that is surer of the outline; a coarser one where the lesion is cut.

        On 336 clicks in 112 synthetic lesions (persons of seeds 600102 to 600105 and 600112 to 600115, model 0.12.0)
        this reaches a mean Dice of 0.69; looking once and trusting the coarser view above 36 mm, as until then, 0.61;
        the finest view alone 0.72, but 0.52 instead of 0.90 from 40 mm; the best view each time, which nobody knows
        beforehand, 0.75.
        """
        finest, *coarser = self._scales(geometry, positive)
        best = self._ask(hu, geometry, positive, negative, finest)
        if coarser:
            view = self._ask(hu, geometry, positive, negative, coarser[0])
            is_small = best.extent_mm < _SMALL_SHARE * min(self._spec.patch_voxels) * finest
            lead = view.expected_dice - best.expected_dice
            if best.is_cut() or lead > (_SURER_OF_SMALL if is_small else 0.0):
                best = view
        for scale in coarser[1:]:
            if best.is_cut():
                best = self._ask(hu, geometry, positive, negative, scale)
        return best

    def _ask(self, hu: npt.NDArray[np.int16], geometry: Geometry, positive: FloatArray, negative: FloatArray,
             voxel_mm: float) -> _View:
        """A view of the lesion, looked at again from the middle of the first outline where that lies elsewhere.

        People click anywhere; seen from its middle a lesion lies in the view with all that is around it.
        """
        first = self._look(hu, geometry, positive, negative, voxel_mm)
        middle = first.middle
        if middle is None or np.linalg.norm(middle - first.click) <= _NEAR_MIDDLE_VOXELS:
            return first
        clicks = np.concatenate((positive, [middle * first.grid.step + first.grid.start]))
        if not self._shows(clicks, geometry, voxel_mm):
            return first
        again = self._look(hu, geometry, clicks, negative, voxel_mm)
        return again if again.near_click.any() else first

    def _scales(self, geometry: Geometry, positive: FloatArray) -> list[float]:
        """Voxel sizes of the views that show all clicks, the finest first."""
        scales = [scale for scale in sorted(self._spec.scales_mm) if self._shows(positive, geometry, scale)]
        if not scales:
            raise DuOncoError("These points lie too far apart to belong to one lesion.", exit_code=ExitCode.USAGE)
        return scales

    def _shows(self, clicks: FloatArray, geometry: Geometry, voxel_mm: float) -> bool:
        """Whether all clicks lie well within the view around them."""
        reach_mm = np.abs((clicks - clicks.mean(axis=0)) * geometry.spacing_mm[::-1]).max()
        return bool(reach_mm <= (min(self._spec.patch_voxels) // 2 - _MARGIN_VOXELS) * voxel_mm)

    def _look(self, hu: npt.NDArray[np.int16], geometry: Geometry, positive: FloatArray, negative: FloatArray,
              voxel_mm: float) -> _View:
        grid = _grid_around(positive.mean(axis=0), geometry, voxel_mm, self._spec.patch_voxels)
        patch = _patch(hu, grid)
        clicks = [(points - grid.start) / grid.step for points in (positive, negative)]
        channels = click_channels(patch, self._spec.input_windows_hu, *clicks)
        logits = self._runner.apply(torch.from_numpy(channels)[None]).numpy()
        return _View(grid, voxel_mm, logits[..., 1] - logits[..., 0], clicks[0][0])


@dataclass(frozen=True)
class _View:
    """What the network says on one view.

    Attributes:
        logit: lesion against background (k, j, i), on `grid`.
        click: the first click in voxels of the view.
    """

    grid: Grid
    voxel_mm: float
    logit: npt.NDArray[np.float32]
    click: FloatArray

    @cached_property
    def near_click(self) -> npt.NDArray[np.bool_]:
        """The connected part of the lesion at the click; empty where there is none."""
        parts, _ = ndimage.label(self.logit > 0)
        number = _part_at(parts, self.click)
        return parts == number if number else np.zeros(parts.shape, dtype=bool)

    def is_cut(self) -> bool:
        """Whether the lesion reaches the border of the view."""
        places = np.argwhere(self.near_click)
        return bool(len(places) and (places.min() == 0 or (places.max(axis=0) == np.array(self.logit.shape) - 1).any()))

    @property
    def extent_mm(self) -> float:
        """Longest side of the lesion's box; 0 without a lesion."""
        places = np.argwhere(self.near_click)
        return float(np.ptp(places, axis=0).max() + 1) * self.voxel_mm if len(places) else 0.0

    @cached_property
    def middle(self) -> FloatArray | None:
        """The deepest voxel of the lesion (k, j, i) in the view; None without a lesion."""
        return deepest_voxel(self.near_click).astype(float) if self.near_click.any() else None

    @cached_property
    def expected_dice(self) -> float:
        """Dice of the lesion at the click with the truth, as far as the probabilities around it can be believed.

        Expected overlap over expected size, 2 sum(p in mask) / (size of mask + sum(p)), within a few voxels of the
        lesion's box; 0 without a lesion.
        """
        found = ndimage.find_objects(self.near_click.astype(np.uint8))
        if not found:
            return 0.0
        box = tuple(slice(max(part.start - _AROUND_VOXELS, 0), part.stop + _AROUND_VOXELS) for part in found[0])
        inside = self.near_click[box]
        probability = 1.0 / (1.0 + np.exp(-self.logit[box]))
        return 2.0 * float(probability[inside].sum()) / (float(inside.sum()) + float(probability.sum()))

    def on_voxels(self, shape: tuple[int, ...]) -> tuple[npt.NDArray[np.bool_], Box]:
        """Lesion on the voxels of the CT, in patient order, within a box around the view's lesion and the click."""
        inside = self.near_click
        low, high = self.click, self.click
        if inside.any():
            places = np.argwhere(inside)
            low, high = np.minimum(low, places.min(0)), np.maximum(high, places.max(0))
        parts, weights = [], []
        for axis in range(3):
            ends = [self.grid.start[axis] + self.grid.step[axis] * (end + side * _MARGIN_VOXELS)
                    for end, side in ((low[axis], -1), (high[axis], 1))]
            parts.append(slice(max(int(np.floor(ends[0])), 0), min(int(np.ceil(ends[1])) + 1, shape[axis])))
            position = self.grid.index_of(axis, np.arange(parts[-1].start, parts[-1].stop))
            weights.append(_interpolation(position, self.grid.shape[axis]))
        z, y, x = weights
        logit = np.einsum("ak,kji->aji", z, np.where(inside, self.logit, np.minimum(self.logit, -0.5)))
        logit = np.matmul(np.matmul(y, logit), x.T)
        return logit > 0, (parts[0], parts[1], parts[2])


def deepest_voxel(mask: npt.NDArray[np.bool_],
                  spacing_kji_mm: Sequence[float] = (1.0, 1.0, 1.0)) -> npt.NDArray[np.int64]:
    """The voxel (k, j, i) of a lesion that lies farthest from its outline, the border of the array included.

    Args:
        mask: KJI, not empty.
        spacing_kji_mm: of its voxels.
    """
    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    depth = ndimage.distance_transform_edt(np.pad(mask[box], 1), sampling=spacing_kji_mm)[1:-1, 1:-1, 1:-1]
    return np.array(np.unravel_index(int(depth.argmax()), depth.shape)) + [part.start for part in box]


def _voxels(points_mm: Sequence[Vector], geometry: Geometry) -> FloatArray:
    """Points in voxels (n, 3) along the axes of a CT in patient order.

    Raises:
        DuOncoError: one lies outside of the CT, or nowhere (not a number).
    """
    if not len(points_mm):
        return np.empty((0, 3))
    index = np.full((len(points_mm), 3), np.nan)
    if np.isfinite(points_mm).all():
        index = geometry.world_to_index(points_mm)[:, ::-1]
    if not ((index >= -0.5) & (index <= np.array(geometry.shape) - 0.5)).all():
        raise DuOncoError("A point lies outside of the scan.", exit_code=ExitCode.USAGE)
    return index.clip(0, np.array(geometry.shape) - 1)


def _check_apart(positive: FloatArray, negative: FloatArray) -> None:
    """Refuse clicks that say of one voxel both that it belongs to the lesion and that it does not.

    Raises:
        DuOncoError: with exit code USAGE.
    """
    if (np.rint(positive)[:, None] == np.rint(negative)).all(axis=2).any():
        raise DuOncoError("A point cannot belong to the lesion and not belong to it at once.",
                          exit_code=ExitCode.USAGE)


def _within_diameter(box: Box, ends: FloatArray, geometry: Geometry) -> npt.NDArray[np.bool_]:
    """Voxels of a box that are from either end of a longest diameter no farther away than the other end is.

    Ends on one slice say how far the lesion reaches within slices alone, as RECIST 1.1 measures.

    Args:
        box: voxels (k, j, i) of a CT in patient order.
        ends: voxels (2, 3) between which the diameter runs.
        geometry: of the CT.

    Raises:
        DuOncoError: both lie in one voxel.
    """
    steps_mm = np.array(geometry.spacing_mm[::-1])
    if abs(ends[0, 0] - ends[1, 0]) <= 0.5:
        steps_mm[0] = 0.0
    length_mm = float(np.linalg.norm((ends[1] - ends[0]) * steps_mm))
    half_voxel_mm = max(geometry.spacing_mm[:2]) / 2
    if length_mm < half_voxel_mm:
        raise DuOncoError("Both ends of the diameter lie at the same place.", exit_code=ExitCode.USAGE)
    within = np.ones([part.stop - part.start for part in box], dtype=bool)
    for end in ends:
        k, j, i = (((np.arange(part.start, part.stop) - at) * step) ** 2
                   for part, at, step in zip(box, end, steps_mm, strict=True))
        within &= k[:, None, None] + j[:, None] + i <= (length_mm + half_voxel_mm) ** 2
    return within


def _grid_around(centre: FloatArray, geometry: Geometry, voxel_mm: float, shape: tuple[int, int, int]) -> Grid:
    step = voxel_mm / np.array(geometry.spacing_mm[::-1])
    start = centre - (np.array(shape) // 2) * step
    return Grid(shape, (start[0], start[1], start[2]), (step[0], step[1], step[2]))


def _patch(hu: npt.NDArray[np.int16], grid: Grid) -> npt.NDArray[np.float32]:
    """Density on a grid that may reach beyond the CT: air there."""
    inside, part = [], []
    for axis, size in enumerate(hu.shape):
        within = np.flatnonzero((grid.positions(axis) > -0.5) & (grid.positions(axis) < size - 0.5))
        inside.append(slice(int(within[0]), int(within[-1]) + 1))
        part.append((len(within), float(grid.positions(axis)[within[0]])))
    (nk, k), (nj, j), (ni, i) = part
    patch = np.full(grid.shape, AIR_HU, dtype=np.float32)
    patch[tuple(inside)] = resample_hu(hu, Grid((nk, nj, ni), (k, j, i), grid.step))
    return patch


def _interpolation(position: FloatArray, size: int) -> FloatArray:
    """Matrix (positions, grid points) of linear interpolation."""
    return np.maximum(1.0 - np.abs(position[:, None] - np.arange(size)), 0.0)


def _part_at(parts: npt.NDArray[np.int32], click: FloatArray) -> int:
    """Number of the part at the click, or of the nearest one within reach; 0 for none."""
    places = np.argwhere(parts)
    if not len(places):
        return 0
    distance = ((places - click) ** 2).sum(axis=1)
    nearest = int(distance.argmin())
    return int(parts[tuple(places[nearest])]) if distance[nearest] <= NEAR_CLICK_VOXELS**2 else 0


def _reach(lesion: npt.NDArray[np.bool_], click: npt.NDArray[np.int64]) -> None:
    """Add the voxels between a click beside a lesion and its nearest voxel, in place, so that the two are one piece."""
    places = np.argwhere(lesion)
    nearest = places[((places - click) ** 2).sum(axis=1).argmin()]
    steps = 2 * int(np.abs(nearest - click).max()) + 1
    lesion[tuple(np.rint(np.linspace(nearest, click, steps)).astype(int).T)] = True


def _one_lesion(mask: npt.NDArray[np.bool_], positive: npt.NDArray[np.int64],
                negative: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """The connected part at the first click, without holes; clicked voxels always belong, refused ones never.

    Raises:
        DuOncoError: the network saw nothing at the click.
    """
    parts, _ = ndimage.label(mask)
    number = _part_at(parts, positive[0].astype(float))
    if not number:
        raise DuOncoError("Nothing can be told apart from its surroundings at this point.",
                          exit_code=ExitCode.BAD_INPUT)
    lesion = ndimage.binary_fill_holes(parts == number)
    _reach(lesion, positive[0])
    inside = ((positive >= 0) & (positive < mask.shape)).all(axis=1)
    lesion[tuple(positive[inside].T)] = True
    refused = ((negative >= 0) & (negative < mask.shape)).all(axis=1)
    lesion[tuple(negative[refused].T)] = False
    parts, _ = ndimage.label(lesion, np.ones((3, 3, 3)))
    return parts == parts[tuple(positive[0])]

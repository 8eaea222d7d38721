"""The lesion at a click: the click network on the view that fits the size of the lesion."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.geometry import FloatArray, Geometry, Vector
from DuOncoUnityLib.model.bundle import Bundle
from DuOncoUnityLib.model.click_view import MARGIN_VOXELS, View, grid_around, part_at, patch_of
from DuOncoUnityLib.model.device import choose_device
from DuOncoUnityLib.model.prompts import click_channels, clicks_of_diameter
from DuOncoUnityLib.model.runner import NetworkRunner
from DuOncoUnityLib.model.sampling import Box

NOTHING_THERE = "Nothing can be told apart from its surroundings at this point."
NOTICEABLY_LARGER = 1.2  # in volume: less is no other answer
_NEAR_MIDDLE_VOXELS = 1.0  # of a click: asked again from there, the network says the same
_SMALL_SHARE = 0.25  # of the finest view, for a lesion: a coarser view joins what is smaller to what lies around it
_LARGE_SHARE = 0.5  # of a view, for a lesion: the next view looks at it, too
_SURER = 0.02  # expected Dice that a coarser view of such lesions must be ahead


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

    @property
    def voxels(self) -> int:
        """Of the lesion, in the CT."""
        return int(self.mask.sum())

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

    def segment(self, ct: CTVolume, points_mm: Sequence[Vector], negative_mm: Sequence[Vector] = (),
                view_mm: float | None = None) -> ClickResult:
        """The connected lesion that holds the clicks.

        Args:
            ct: the scan.
            points_mm: LPS; clicks inside of the lesion, the first one decides which lesion it is.
            negative_mm: LPS; clicks on what does not belong to it.
            view_mm: of the outline that a person chose among `outlines`: further clicks stay on that view.

        Raises:
            DuOncoError: no click is given, one lies outside of the scan, they are too far apart for one lesion, or
                nothing can be told apart there.
        """
        scene = _Scene.of(ct, points_mm, negative_mm)
        return scene.outline(self._best_view(scene) if view_mm is None else self._chosen_view(scene, view_mm))

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
        scene = _Scene.of(ct, clicks_of_diameter(ends_mm), negative_mm)
        return scene.outline(self._best_view(scene), _voxels(ends_mm, scene.geometry))

    def outlines(self, ct: CTVolume, points_mm: Sequence[Vector],
                 negative_mm: Sequence[Vector] = ()) -> list[ClickResult]:
        """What can be told apart at the clicks, from small to large: a part of a lesion, the whole, what it lies in.

        A click does not say which of them is meant; `segment` takes one, a person may want another.

        Args:
            ct, points_mm, negative_mm: as in `segment`.

        Returns:
            one outline a view at most, each noticeably larger than the one before.

        Raises:
            DuOncoError: as `segment`.
        """
        scene = _Scene.of(ct, points_mm, negative_mm)
        scales = self._scales(scene)
        found: list[ClickResult] = []
        for view in (self._ask(scene, scale) for scale in scales):
            if view.voxel_mm == scales[-1] or not view.is_cut():
                with suppress(DuOncoError):  # nothing on this view
                    found.append(scene.outline(view))
        if not found:
            raise DuOncoError(NOTHING_THERE, exit_code=ExitCode.BAD_INPUT)
        found.sort(key=lambda one: one.voxels)
        distinct = found[:1]
        for result in found[1:]:
            if result.voxels >= NOTICEABLY_LARGER * distinct[-1].voxels:
                distinct.append(result)
        return distinct

    def _best_view(self, scene: _Scene) -> View:
        """Of the two finest views the one that is surer of the outline; a coarser one where the lesion is cut or large.

        A lesion that fills a view is hardly seen as a whole there. What the rules reach stands in
        docs/model-attempts.md, "Clicks".
        """
        finest, *coarser = self._scales(scene)
        best = self._ask(scene, finest)
        if coarser:
            view = self._ask(scene, coarser[0])
            is_small = best.extent_mm < _SMALL_SHARE * self._side_mm(best)
            if best.is_cut() or view.expected_dice > best.expected_dice + (_SURER if is_small else 0.0):
                best = view
        for former, scale in pairwise(coarser):
            if best.is_cut():
                best = self._ask(scene, scale)
            elif best.voxel_mm == former and best.extent_mm >= _LARGE_SHARE * self._side_mm(best):
                view = self._ask(scene, scale)
                best = view if view.expected_dice > best.expected_dice + _SURER else best
        return best

    def _chosen_view(self, scene: _Scene, voxel_mm: float) -> View:
        """The view of a size, or the next coarser one where that shows all clicks and the lesion whole."""
        scales = self._scales(scene)
        chosen, *coarser = [scale for scale in scales if scale >= voxel_mm] or scales[-1:]
        view = self._ask(scene, chosen)
        for scale in coarser:
            if not view.is_cut():
                break
            view = self._ask(scene, scale)
        return view

    def _side_mm(self, view: View) -> float:
        return min(self._spec.patch_voxels) * view.voxel_mm

    def _ask(self, scene: _Scene, voxel_mm: float) -> View:
        """A view of the lesion, looked at again from the middle of the first outline where that lies elsewhere.

        People click anywhere; seen from its middle a lesion lies in the view with all that is around it.
        """
        first = self._look(scene, scene.positive, voxel_mm)
        middle = first.middle
        if middle is None or np.linalg.norm(middle - first.click) <= _NEAR_MIDDLE_VOXELS:
            return first
        clicks = np.concatenate((scene.positive, [middle * first.grid.step + first.grid.start]))
        if not self._shows(clicks, scene.geometry, voxel_mm):
            return first
        again = self._look(scene, clicks, voxel_mm)
        return again if again.near_click.any() else first

    def _scales(self, scene: _Scene) -> list[float]:
        """Voxel sizes of the views that show all clicks, the finest first."""
        scales = [scale for scale in sorted(self._spec.scales_mm) if self._shows(scene.positive, scene.geometry, scale)]
        if not scales:
            raise DuOncoError("These points lie too far apart to belong to one lesion.", exit_code=ExitCode.USAGE)
        return scales

    def _shows(self, clicks: FloatArray, geometry: Geometry, voxel_mm: float) -> bool:
        """Whether all clicks lie well within the view around them."""
        reach_mm = np.abs((clicks - clicks.mean(axis=0)) * geometry.spacing_mm[::-1]).max()
        return bool(reach_mm <= (min(self._spec.patch_voxels) // 2 - MARGIN_VOXELS) * voxel_mm)

    def _look(self, scene: _Scene, positive: FloatArray, voxel_mm: float) -> View:
        grid = grid_around(positive.mean(axis=0), scene.geometry, voxel_mm, self._spec.patch_voxels)
        patch = patch_of(scene.hu, grid)
        clicks = [(points - grid.start) / grid.step for points in (positive, scene.negative)]
        channels = click_channels(patch, self._spec.input_windows_hu, *clicks)
        logits = self._runner.apply(torch.from_numpy(channels)[None]).numpy()
        return View(grid, voxel_mm, logits[..., 1] - logits[..., 0], clicks[0][0])


def next_outline(outlines: Sequence[ClickResult], voxels: int, *, larger: bool) -> ClickResult:
    """Of all outlines at a click, the next one that is noticeably larger, or smaller, than so many voxels.

    Raises:
        DuOncoError: there is none.
    """
    if larger:
        others = [one for one in outlines if one.voxels >= NOTICEABLY_LARGER * voxels]
        if not others:
            raise DuOncoError("No larger outline is seen here. Click on what belongs to the lesion, too.",
                              exit_code=ExitCode.BAD_INPUT)
        return others[0]
    others = [one for one in outlines if NOTICEABLY_LARGER * one.voxels <= voxels]
    if not others:
        raise DuOncoError("No smaller outline is seen here. Click on what does not belong to the lesion.",
                          exit_code=ExitCode.BAD_INPUT)
    return others[-1]


@dataclass(frozen=True)
class _Scene:
    """A scan in patient order with clicks on it, in voxels (n, 3) along its axes."""

    ct: CTVolume
    hu: npt.NDArray[np.int16]
    geometry: Geometry
    positive: FloatArray
    negative: FloatArray
    began: float

    @classmethod
    def of(cls, ct: CTVolume, points_mm: Sequence[Vector], negative_mm: Sequence[Vector]) -> _Scene:
        """Clicks in LPS mm on a scan.

        Raises:
            DuOncoError: no click is given, one lies outside of the scan, or two contradict each other.
        """
        began = time.perf_counter()
        if not points_mm:
            raise DuOncoError("Click on the lesion first.", exit_code=ExitCode.USAGE)
        hu, geometry = ct.geometry.to_patient_order(ct.hu)
        positive, negative = _voxels(points_mm, geometry), _voxels(negative_mm, geometry)
        _check_apart(positive, negative)
        return cls(ct, hu, geometry, positive, negative, began)

    def outline(self, view: View, ends: FloatArray | None = None) -> ClickResult:
        """The lesion of a view on the voxels of the scan, cut off beyond the ends of a diameter if there is one.

        Raises:
            DuOncoError: nothing can be told apart there.
        """
        mask, box = view.on_voxels(self.hu.shape)
        if ends is not None:
            mask &= _within_diameter(box, ends, self.geometry)
        mask = _one_lesion(mask, *(np.rint(clicks).astype(int) - [part.start for part in box]
                                   for clicks in (self.positive, self.negative)))
        stored, place = self.ct.geometry.from_patient_order(mask, box)
        return ClickResult(stored, place, view.voxel_mm, time.perf_counter() - self.began)


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
    number = part_at(parts, positive[0].astype(float))
    if not number:
        raise DuOncoError(NOTHING_THERE, exit_code=ExitCode.BAD_INPUT)
    lesion = ndimage.binary_fill_holes(parts == number)
    _reach(lesion, positive[0])
    inside = ((positive >= 0) & (positive < mask.shape)).all(axis=1)
    lesion[tuple(positive[inside].T)] = True
    refused = ((negative >= 0) & (negative < mask.shape)).all(axis=1)
    lesion[tuple(negative[refused].T)] = False
    parts, _ = ndimage.label(lesion, np.ones((3, 3, 3)))
    return parts == parts[tuple(positive[0])]

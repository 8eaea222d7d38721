"""A proposal and what lies around it as the network saw them: on its grid, whatever the voxels of the scan."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from DuOncoUnityLib.ct.checks import AIR_HU
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Geometry, Vector
from DuOncoUnityLib.lesions.components import BoolArray, Box, LabelArray
from DuOncoUnityLib.lesions.seen_scan import FloatArray, SeenScan
from DuOncoUnityLib.terminology import HOLLOW

VIEW_VOXELS = 40  # 60 mm on the grid of the bundled network; of a larger mass the middle is looked at
AROUND_MM = (4.0, 10.0)  # beyond the rim, which is blurred, and about as far as one organ reaches
CORE_SHARE = 0.6  # of the greatest depth
_ORGAN_REACH_HU = 100.0


@dataclass(frozen=True)
class Surroundings:
    """A cube around the middle of a proposal; arrays KJI.

    Attributes:
        mask: the proposal.
        hu: density; that of air beyond the scan.
        probability: the network's, 0 to 1; 0 where it did not look.
        off_organ_hu: density less the median of the organ on the scan, limited to 100 HU either way; 0 outside of all.
        hollow: voxels of hollow organs.
        spacing_mm: (i, j, k).
    """

    mask: BoolArray
    hu: FloatArray
    probability: FloatArray
    off_organ_hu: FloatArray
    hollow: BoolArray
    spacing_mm: Vector

    @property
    def core_probability(self) -> float:
        """Mean in the depth of the proposal, away from its rim, where every lesion is uncertain."""
        depth_mm = ndimage.distance_transform_edt(self.mask, sampling=self.spacing_mm[::-1])
        return float(self.probability[depth_mm >= CORE_SHARE * depth_mm.max()].mean())

    @property
    def probability_around(self) -> float:
        """Mean within `AROUND_MM` of the proposal."""
        return float(self.probability[self._around].mean()) if self._around.any() else 0.0

    @property
    def hollow_around(self) -> float:
        """Share of hollow organs within `AROUND_MM` of the proposal."""
        return float(self.hollow[self._around].mean()) if self._around.any() else 0.0

    @property
    def density_spread_hu(self) -> float:
        """Interquartile range of the density."""
        quarter, three_quarters = np.percentile(self.hu[self.mask], (25.0, 75.0))
        return float(three_quarters - quarter)

    @property
    def upper_density_hu(self) -> float:
        """90th percentile of the density: the dense parts of it."""
        return float(np.percentile(self.hu[self.mask], 90.0))

    @property
    def organ_contrast_hu(self) -> float:
        """How far its median is from that of the organ, brighter or darker."""
        return abs(float(np.median(self.off_organ_hu[self.mask])))

    @cached_property
    def _around(self) -> BoolArray:
        distance_mm = ndimage.distance_transform_edt(~self.mask, sampling=self.spacing_mm[::-1])
        nearest, farthest = AROUND_MM
        return np.asarray((distance_mm > nearest) & (distance_mm <= farthest))


def surroundings_of(mask: BoolArray, box: Box, scan: SeenScan) -> Surroundings:
    """Look at a proposal.

    Args:
        mask: the proposal, cut to `box` (KJI).
        box: where the mask lies on the grid of the scan.
        scan: its grid of the probability, continued beyond it, is that of the result.
    """
    ct, anatomy, probability = scan.ct, scan.anatomy, scan.probability
    view = _view_around(box, ct.geometry, probability.geometry)
    own = ct.geometry.crop([part.start for part in box], mask.shape)
    seen = _nearest(mask.astype(np.uint8), own, view) > 0
    if not seen.any():  # it slips between the points of the grid
        seen[(VIEW_VOXELS // 2,) * 3] = True
    hu = _averaged(ct, view)
    off_organ, hollow = np.zeros_like(hu), np.zeros(hu.shape, bool)
    if anatomy is not None:
        organs = _nearest(anatomy.labels, ct.geometry, view)
        off_organ = np.nan_to_num(np.clip(hu - scan.organ_hu[organs], -_ORGAN_REACH_HU, _ORGAN_REACH_HU), nan=0.0)
        hollow = np.isin(organs, anatomy.labels_of(*HOLLOW))
    chances = _nearest(probability.values, probability.geometry, view).astype(np.float32) / np.float32(255.0)
    return Surroundings(seen, hu, chances, off_organ, hollow, view.spacing_mm)


def _view_around(box: Box, scan: Geometry, grid: Geometry) -> Geometry:
    """Cube of `VIEW_VOXELS` points of a grid, or of its continuation, around the middle of a box of a scan."""
    middle = scan.index_to_world([(part.start + part.stop - 1) / 2 for part in box[::-1]])
    first = np.rint(grid.world_to_index(middle)).astype(int)[::-1] - VIEW_VOXELS // 2
    return grid.crop(first.tolist(), (VIEW_VOXELS,) * 3)


def _averaged(ct: CTVolume, view: Geometry) -> FloatArray:
    """Density on a view, interpolated; the mean of several points where the voxels of the scan are smaller."""
    finer = max(1, round(min(view.spacing_mm) / min(ct.geometry.spacing_mm)))
    matrix, offset = _index_map(view, ct.geometry)
    matrix = matrix / finer
    offset = offset - matrix.sum(axis=1) * (finer - 1) / 2
    points = ndimage.affine_transform(ct.hu, matrix, offset, tuple(n * finer for n in view.shape), np.float32, order=1,
                                      mode="grid-constant", cval=AIR_HU)
    k, j, i = view.shape
    return np.asarray(points.reshape(k, finer, j, finer, i, finer).mean(axis=(1, 3, 5), dtype=np.float32))


def _nearest(values: LabelArray, source: Geometry, view: Geometry) -> LabelArray:
    """Values of the voxels that are nearest to the points of a view; 0 beyond the source."""
    matrix, offset = _index_map(view, source)
    return np.asarray(ndimage.affine_transform(values, matrix, offset, view.shape, order=0, mode="grid-constant"))


def _index_map(target: Geometry, source: Geometry) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Matrix (3, 3) and offset (3,) from indices (k, j, i) of one grid to those of another."""
    affine = np.linalg.inv(source.affine) @ target.affine
    return affine[2::-1, 2::-1], affine[2::-1, 3]

"""How sure one can be of a lesion: what the network's probability, its form, density and surroundings say."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.ct.densities import SOFT_TISSUE_BELOW_HU
from DuOncoUnityLib.geometry import Geometry, Vector
from DuOncoUnityLib.lesions.components import BoolArray, Box, shell_around
from DuOncoUnityLib.lesions.seen_scan import ProbabilityMap, SeenScan
from DuOncoUnityLib.lesions.surroundings import surroundings_of
from DuOncoUnityLib.model.calibration import Calibration
from DuOncoUnityLib.terminology import BONES, GUT

RIM_MM = 4.0
SAME_DENSITY_HU = 25.0
_MOST_SAMPLES = 5000
_LEAST_SPREAD_HU = 4.0  # rounding alone spreads less
_LOWEST_PROBABILITY = 0.5 / 255.0  # half a step of the probability map


@dataclass(frozen=True)
class LesionScore:
    """What speaks for one lesion.

    Attributes:
        mean: probability over its voxels, 0 to 1.
        peak: the highest of them.
        volume_ml: of its mask.
        roundness: 1 for a ball, 0 for a line or a plane (`roundness_of`). Disease grows into lumps; vessels, bowel
            and cortex, which look alike in density, are tubes and sheets.
        rim: probability within `RIM_MM` around it: disease ends where it ends, while of a vessel or a loop of bowel the
            network calls a part disease and is in doubt about the rest.
        gut_share: part of that rim that is stomach or bowel, whose folds and content look like disease.
        in_kidney: 1 where it lies in a kidney, whose pyramids are round, too, and fill with contrast medium later than
            the cortex around them (Bae, Radiology 2010;256:32); else 0.
        dense_outside_bone: part of it that lies outside bone, where its median is above `SOFT_TISSUE_BELOW_HU`: joints
            that were taken for muscle, calcifications, contrast medium; else 0.
        blood_likeness: 1 where its median density is that of enhanced blood, near 0 from twice `SAME_DENSITY_HU` away;
            0 without contrast medium. Vessels end-on are round, and lie where nodes do.
        same_density_around: part of that rim whose density is within `SAME_DENSITY_HU` of its median. A node in fat
            ends where its density ends; vessels and loops of bowel go on.
        core: probability in its depth (this and what follows on the network's grid, see `surroundings`).
        around: probability beyond the rim: where the network is in doubt about much, it is mistaken more often.
        hollow_around: part of what lies beyond the rim that is a hollow organ.
        density_spread_hu: interquartile range: lesions are more even than folds, edges and mixed content.
        upper_density_hu: 90th percentile: the densest parts of vessels, calcifications and contrast medium.
        organ_contrast_hu: how far its median is from that of its organ, brighter or darker: what differs most is not
            of that organ.
    """

    mean: float
    peak: float
    volume_ml: float
    roundness: float
    rim: float
    gut_share: float
    in_kidney: float
    dense_outside_bone: float
    blood_likeness: float
    same_density_around: float
    core: float
    around: float
    hollow_around: float
    density_spread_hu: float
    upper_density_hu: float
    organ_contrast_hu: float

    @property
    def features(self) -> dict[str, float]:
        """What a calibration weighs, see `model.calibration`."""
        return {"mean_logit": _logit(self.mean), "peak_logit": _logit(self.peak),
                "log10_volume_ml": math.log10(self.volume_ml), "roundness": self.roundness,
                "rim_logit": _logit(self.rim), "gut_share": self.gut_share, "in_kidney": self.in_kidney,
                "dense_outside_bone": self.dense_outside_bone, "blood_likeness": self.blood_likeness,
                "same_density_around": self.same_density_around, "core_logit": _logit(self.core),
                "around_logit": _logit(self.around), "hollow_around": self.hollow_around,
                "log10_spread_hu": math.log10(max(self.density_spread_hu, _LEAST_SPREAD_HU)),
                "upper_100_hu": self.upper_density_hu / 100.0,
                "organ_contrast_100_hu": self.organ_contrast_hu / 100.0}

    def confidence(self, layer: str, calibration: Calibration | None) -> float:
        """Calibrated probability of disease; the mean probability of the network where nothing was calibrated."""
        return calibration.confidence(layer, self.features) if calibration else self.mean


def score_of(mask: BoolArray, box: Box, scan: SeenScan, site: str = "") -> LesionScore:
    """The score of a lesion; of an even sample of its voxels where there are very many.

    Args:
        mask: the lesion, cut to `box` (KJI).
        box: where the mask lies on the grid of the scan.
        scan: without its organs nothing counts as gut, as outside bone, as blood or as different from its organ.
        site: organ in which it lies (`site.site_of`).
    """
    ct, geometry = scan.ct, scan.ct.geometry
    inside = _voxels(mask, box)
    values = _probability_at(inside, geometry, scan.probability)
    rim = _voxels(*shell_around(mask, box, geometry.shape, geometry.spacing_mm[::-1], RIM_MM))
    median_hu = float(np.median(ct.hu[tuple(inside.T)]))
    same_density = np.abs(ct.hu[tuple(rim.T)] - median_hu) <= SAME_DENSITY_HU
    blood_likeness = 0.0
    if scan.blood_hu is not None:
        blood_likeness = math.exp(-(((median_hu - scan.blood_hu) / SAME_DENSITY_HU) ** 2))
    seen = surroundings_of(mask, box, scan)
    return LesionScore(
        mean=float(values.mean()), peak=float(values.max()),
        volume_ml=np.count_nonzero(mask) * geometry.voxel_volume_ml,
        roundness=roundness_of(inside, geometry.spacing_mm),
        rim=float(_probability_at(rim, geometry, scan.probability).mean()) if len(rim) else 0.0,
        gut_share=_share_in(rim, scan, *GUT), in_kidney=float(site == "kidney"),
        dense_outside_bone=1.0 - _share_in(inside, scan, *BONES)
        if scan.anatomy and median_hu > SOFT_TISSUE_BELOW_HU else 0.0,
        blood_likeness=blood_likeness,
        same_density_around=float(same_density.mean()) if len(rim) else 0.0,
        core=seen.core_probability, around=seen.probability_around, hollow_around=seen.hollow_around,
        density_spread_hu=seen.density_spread_hu, upper_density_hu=seen.upper_density_hu,
        organ_contrast_hu=seen.organ_contrast_hu)


def _share_in(kji: npt.NDArray[np.int64], scan: SeenScan, *organs: str) -> float:
    """Share of voxels (n, 3) that lie in any of the organs; 0 without voxels or anatomy."""
    return scan.anatomy.share(scan.anatomy.labels[tuple(kji.T)], *organs) if scan.anatomy else 0.0


def _voxels(mask: BoolArray, box: Box) -> npt.NDArray[np.int64]:
    """Indices (n, 3) KJI on the scan of the voxels of a mask that lies at `box`; an even sample of very many."""
    inside = np.flatnonzero(mask)
    inside = inside[::max(1, len(inside) // _MOST_SAMPLES)]
    return np.stack(np.unravel_index(inside, mask.shape), axis=-1) + [part.start for part in box]


def _probability_at(kji: npt.NDArray[np.int64], geometry: Geometry, map_: ProbabilityMap) -> npt.NDArray[np.float64]:
    """Probability (n,) of voxels of the scan; 0 outside the map."""
    nearest = np.rint(map_.geometry.world_to_index(geometry.index_to_world(kji[:, ::-1]))).astype(int)[:, ::-1]
    known = np.all((nearest >= 0) & (nearest < map_.geometry.shape), axis=1)
    values = np.zeros(len(kji))
    values[known] = map_.values[tuple(nearest[known].T)] / 255.0
    return values


def roundness_of(kji: npt.NDArray[np.int64], spacing_mm: Vector) -> float:
    """Shortest over longest principal axis of the ellipsoid with the same second moments, 0 to 1.

    Args:
        kji: indices (n, 3) of the voxels, which count as cuboids: a single one is not infinitely thin.
        spacing_mm: (i, j, k).
    """
    spacing_kji = np.array(spacing_mm[::-1])
    moments = np.cov(kji.T, ddof=0) * np.outer(spacing_kji, spacing_kji) + np.diag(spacing_kji**2 / 12.0)
    variances = np.linalg.eigvalsh(moments)
    return math.sqrt(variances[0] / variances[-1])


def _logit(probability: float) -> float:
    bounded = min(max(probability, _LOWEST_PROBABILITY), 1.0 - _LOWEST_PROBABILITY)
    return math.log(bounded / (1.0 - bounded))

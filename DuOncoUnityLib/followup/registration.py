"""Registration of a prior CT to the current one: translation search, rigid, affine, deformable; each only if better.

The images are `RegistrationImage`s (3 mm, axes of the patient), so the storage order of the files plays no role. Rigid
and affine steps maximise the correlation of tones in which the contrast phase weighs little; the deformable step is
symmetric-forces demons (Vercauteren, NeuroImage 2009;45:S61) on locally normalised tones. One thread sums the metric,
and samples lie on a regular pattern: the same input gives the same result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy import ndimage

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.followup.coarse_search import candidate_shifts, plausibility
from DuOncoUnityLib.followup.registration_image import RegistrationImage
from DuOncoUnityLib.followup.spatial_transform import SpatialTransform
from DuOncoUnityLib.geometry import FloatArray, Geometry
from DuOncoUnityLib.progress import Progress

Mask = npt.NDArray[np.bool_]

_COARSE, _FINE = 4, 2
"""Block sizes in voxels of the registration image: 12 and 6 mm."""

_GUIDE_TONES = {"liver": 0.80, "spleen": 0.92, "kidney": 1.0, "heart": 0.86, "great_vessels": 0.95, "bladder": 0.70,
                "stomach": 0.76}
"""Organs whose brightness depends on the contrast phase, painted in one fixed tone when both scans have labels."""

_BONE_HU = 200
_FIRST_STEP_MM = 1.0
"""Larger steps can throw the affine optimisation off for good."""

_AFFINE_ROUNDS = 4
"""Every turn of the gradient shortens the step, which ends one round far from the best map; each begins anew."""

_WORTHWHILE_NCC = 0.002
"""A more flexible step must gain this much; less is noise that it fits."""

_DEMONS_ITERATIONS = 40
_DEMONS_SIGMA_VOXELS = 2.5
_NORMALISATION_MM = 40.0
_JACOBIAN_RANGE = (0.1, 8.0)
_MAX_SHEAR_OR_SCALE = 0.2
_GOOD_NCC, _GOOD_BODY_OVERLAP, _GOOD_BONE_OVERLAP = 0.7, 0.85, 0.45
"""Scans of one patient reach 0.9, 0.98 and 0.6 to 0.9; those of two people fail in the bones (0.35)."""


class Stage(str, Enum):
    """The most flexible step that was kept; `NONE`: positions are only roughly comparable."""

    NONE = "none"
    RIGID = "rigid"
    AFFINE = "affine"
    DEFORMABLE = "deformable"


_ERROR_MM = {Stage.NONE: 10.0, Stage.RIGID: 8.0, Stage.AFFINE: 7.0, Stage.DEFORMABLE: 5.0}


@dataclass(frozen=True)
class RegistrationQuality:
    """How well two scans lie on each other, measured over what both show.

    Attributes:
        stage: the most flexible step that was kept.
        ncc: normalised correlation of the grey values in the body, -1 to 1.
        body_overlap, bone_overlap: Dice of the bodies and of the bones.
        common_mm: length of the body along its axis that both scans show.
        jacobian_range: 1st and 99th percentile of the local volume ratio.
    """

    stage: Stage
    ncc: float = 0.0
    body_overlap: float = 0.0
    bone_overlap: float = 0.0
    common_mm: float = 0.0
    jacobian_range: tuple[float, float] = (1.0, 1.0)

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> RegistrationQuality:
        """From the values of `dataclasses.asdict`, also after they were JSON."""
        return cls(**{**values, "stage": Stage(values["stage"]), "jacobian_range": tuple(values["jacobian_range"])})

    @property
    def reliable(self) -> bool:
        return (self.stage is not Stage.NONE and self.ncc >= _GOOD_NCC and self.body_overlap >= _GOOD_BODY_OVERLAP
                and self.bone_overlap >= _GOOD_BONE_OVERLAP)

    @property
    def error_mm(self) -> float:
        """Expected error of a mapped position (one standard deviation), by the tests on known deformations."""
        return _ERROR_MM[self.stage] * (1.0 if self.reliable else 2.0)


@dataclass(frozen=True)
class Registration:
    """How positions of a prior scan map to the current one, and how far to trust it."""

    transform: SpatialTransform
    quality: RegistrationQuality


def register(prior: RegistrationImage, current: RegistrationImage, progress: Progress | None = None) -> Registration:
    """Register a prior scan to the current one.

    Returns:
        The map prior -> current in LPS mm with its quality; the stage is `NONE` when the scans have nothing in common.

    Raises:
        Cancelled: the user asked to stop.
    """
    progress = progress or Progress()
    progress.update("Finding the common part of the scans", 0.0)
    starts = candidate_shifts(prior, current)
    if not starts:
        return Registration(centre_alignment(prior, current), RegistrationQuality(Stage.NONE))
    coarse, fine = _Pair.make(prior, current, _COARSE), _Pair.make(prior, current, _FINE)
    progress.update("Rigid registration", 0.1)
    rigid = _best_rigid(coarse, fine, starts)
    if rigid is None:
        return Registration(centre_alignment(prior, current), RegistrationQuality(Stage.NONE))
    best = SpatialTransform.from_linear(rigid)
    quality = fine.quality(best, Stage.RIGID)
    progress.update("Affine registration", 0.25)
    affine = _affine(fine, rigid)
    candidate = SpatialTransform.from_linear(affine)
    if _plausible_scaling(candidate.affine):
        best, quality = _better(fine, (best, quality), candidate, Stage.AFFINE)
    progress.update("Deformable registration", 0.4)
    deformed = _deform((coarse, fine), best)
    low, high = _jacobian_range(deformed)
    if low > _JACOBIAN_RANGE[0] and high < _JACOBIAN_RANGE[1]:
        best, quality = _better(fine, (best, quality), deformed, Stage.DEFORMABLE)
    progress.update("Deformable registration", 1.0)
    return Registration(best, quality)


def centre_alignment(prior: RegistrationImage, current: RegistrationImage) -> SpatialTransform:
    """The translation between the centres of the bodies."""
    centres = [image.geometry.index_to_world(np.argwhere(image.body).mean(axis=0)[::-1]) for image in (prior, current)]
    affine = np.eye(4)
    affine[:3, 3] = centres[1] - centres[0]
    return SpatialTransform(affine)


def align_by_organs(prior: LabelMap, current: LabelMap) -> Registration:
    """The shift of the organs that both scans show, where there are no pictures to register; `Stage.NONE`."""
    shifts = []
    for organ in prior.index_of:
        places = [(anatomy, anatomy.mask(organ)) for anatomy in (prior, current)]
        if all(mask.any() for _, mask in places):
            before, after = (anatomy.geometry.index_to_world(np.argwhere(mask).mean(axis=0)[::-1])
                             for anatomy, mask in places)
            shifts.append(after - before)
    affine = np.eye(4)
    if shifts:
        affine[:3, 3] = np.median(shifts, axis=0)
    return Registration(SpatialTransform(affine), RegistrationQuality(Stage.NONE))


@dataclass(frozen=True)
class _Pair:
    """Both scans at one resolution, in tones in which all tissues differ."""

    prior: sitk.Image
    current: sitk.Image
    prior_mask: sitk.Image
    prior_body: sitk.Image
    current_body: sitk.Image
    current_scanned: sitk.Image
    prior_bone: sitk.Image
    current_bone: sitk.Image

    @classmethod
    def make(cls, prior: RegistrationImage, current: RegistrationImage, factor: int) -> _Pair:
        def shrink(image: RegistrationImage, array: npt.NDArray[Any]) -> sitk.Image:
            return sitk.BinShrink(image.geometry.to_sitk(array.astype(np.float32)), [factor] * 3)

        around = ndimage.binary_dilation(prior.body, iterations=3) & prior.scanned
        return cls(shrink(prior, _tones(prior, current)), shrink(current, _tones(current, prior)),
                   shrink(prior, around) > 0.3, shrink(prior, prior.body), shrink(current, current.body),
                   shrink(current, current.scanned), shrink(prior, prior.hu > _BONE_HU),
                   shrink(current, current.hu > _BONE_HU))

    def warp(self, image: sitk.Image, transform: SpatialTransform) -> FloatArray:
        """A picture of the current scan on the grid of the prior one, KJI; 0 where nothing was scanned."""
        return sitk.GetArrayFromImage(sitk.Resample(image, self.prior, transform.to_sitk(), sitk.sitkLinear, 0.0))

    def quality(self, transform: SpatialTransform, stage: Stage) -> RegistrationQuality:
        tones = sitk.GetArrayFromImage(self.prior), self.warp(self.current, transform)
        common = (self.warp(self.current_scanned, transform) > 0.99) & (sitk.GetArrayFromImage(self.prior_mask) > 0)
        bodies = sitk.GetArrayFromImage(self.prior_body) > 0.5, self.warp(self.current_body, transform) > 0.5
        inside = common & bodies[0]
        if np.count_nonzero(inside) < 50:
            return RegistrationQuality(Stage.NONE)
        bones = sitk.GetArrayFromImage(self.prior_bone) > 0.3, self.warp(self.current_bone, transform) > 0.3
        length = np.count_nonzero(inside.any(axis=(1, 2))) * self.prior.GetSpacing()[2]
        return RegistrationQuality(stage, _correlation(tones[0][inside], tones[1][inside]),
                                   _dice(bodies[0] & common, bodies[1] & common),
                                   _dice(bones[0] & inside, bones[1] & inside), float(length),
                                   _jacobian_range(transform))


def _tones(image: RegistrationImage, other: RegistrationImage) -> FloatArray:
    """Grey values 0 (air) to 1.3 (bone) that spread the soft tissues; organs of both scans in fixed tones."""
    tones = np.interp(image.hu, [-1000, -200, 250, 1200], [0.0, 0.35, 1.0, 1.3])
    if image.organs is None or image.index_of is None or other.index_of is None:
        return tones
    for organ, tone in _GUIDE_TONES.items():
        if organ in image.index_of and organ in other.index_of:
            tones[image.organs == image.index_of[organ]] = tone
    return tones


def _best_rigid(coarse: _Pair, fine: _Pair, starts: list[FloatArray]) -> sitk.Euler3DTransform | None:
    """The most plausible of the rigid transforms that the starts lead to; None when none keeps an overlap."""
    results = []
    for shift in starts:
        rigid = sitk.Euler3DTransform()
        rigid.SetCenter(_centre(coarse.prior))
        rigid.SetTranslation(shift.tolist())
        if _optimise(coarse, rigid, iterations=60, sampling=1.0):
            found = coarse.quality(SpatialTransform.from_linear(rigid), Stage.RIGID)
            results.append((plausibility(found.ncc, found.common_mm), rigid))
    if not results:
        return None
    rigid = max(results, key=lambda result: result[0])[1]
    _optimise(fine, rigid, iterations=40, sampling=0.5)
    return rigid


def _affine(pair: _Pair, rigid: sitk.Euler3DTransform) -> sitk.AffineTransform:
    affine = sitk.AffineTransform(3)
    affine.SetCenter(rigid.GetCenter())
    affine.SetMatrix(rigid.GetMatrix())
    affine.SetTranslation(rigid.GetTranslation())
    for _ in range(_AFFINE_ROUNDS):
        _optimise(pair, affine, iterations=60, sampling=0.5)
    return affine


def _optimise(pair: _Pair, transform: sitk.Transform, iterations: int, sampling: float) -> bool:
    """Improve a linear transform in place; False when the scans stopped overlapping."""
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)
    method.SetNumberOfWorkUnits(1)
    method.SetMetricAsCorrelation()
    method.SetMetricFixedMask(pair.prior_mask)
    if sampling < 1.0:
        method.SetMetricSamplingStrategy(method.REGULAR)
        method.SetMetricSamplingPercentage(sampling, 1)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(_FIRST_STEP_MM, 0.01, iterations, 0.6, 1e-6)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(transform, inPlace=True)
    try:
        method.Execute(pair.prior, pair.current)
    except RuntimeError:
        return False
    return True


def _deform(pairs: tuple[_Pair, ...], linear: SpatialTransform) -> SpatialTransform:
    """Demons from coarse to fine on top of a linear transform."""
    field: sitk.Image | None = None
    for pair in pairs:
        if min(pair.prior.GetSize()) < 4:
            continue
        scanned = pair.warp(pair.current_scanned, linear) > 0.5
        current = _normalised(pair.warp(pair.current, linear), scanned, pair.prior)
        prior = _normalised(sitk.GetArrayFromImage(pair.prior), scanned, pair.prior)
        demons = sitk.FastSymmetricForcesDemonsRegistrationFilter()
        demons.SetNumberOfIterations(_DEMONS_ITERATIONS)
        demons.SetStandardDeviations(_DEMONS_SIGMA_VOXELS)
        demons.SetSmoothUpdateField(True)
        demons.SetUpdateFieldStandardDeviations(0.5)
        demons.SetMaximumUpdateStepLength(2.0)
        if field is None:
            field = demons.Execute(prior, current)
        else:
            field = demons.Execute(prior, current, sitk.Resample(field, pair.prior))
    if field is None:
        return linear
    # the field is smooth at 15 mm: every second voxel of 6 mm holds all of it
    field = sitk.Shrink(field, [2 if size >= 8 else 1 for size in field.GetSize()])
    return SpatialTransform(linear.affine, sitk.GetArrayFromImage(field).astype(np.float32), Geometry.from_sitk(field))


def _normalised(tones: npt.NDArray[Any], scanned: Mask, like: sitk.Image) -> sitk.Image:
    """Tones less their local mean over their local spread, so that only structure counts; 0 where not scanned."""
    size = max(3, int(_NORMALISATION_MM / like.GetSpacing()[0]) | 1)
    tones = np.where(scanned, tones, 0.0).astype(np.float32)
    weight = np.maximum(ndimage.uniform_filter(scanned.astype(np.float32), size), 1e-3)
    mean = ndimage.uniform_filter(tones, size) / weight
    spread = np.sqrt(np.maximum(ndimage.uniform_filter(tones**2, size) / weight - mean**2, 0.0))
    image = sitk.GetImageFromArray(np.where(scanned, (tones - mean) / (spread + 0.1), 0.0).astype(np.float32))
    image.CopyInformation(like)
    return image


def _better(pair: _Pair, best: tuple[SpatialTransform, RegistrationQuality], candidate: SpatialTransform,
            stage: Stage) -> tuple[SpatialTransform, RegistrationQuality]:
    quality = pair.quality(candidate, stage)
    return (candidate, quality) if quality.ncc > best[1].ncc + _WORTHWHILE_NCC else best


def _plausible_scaling(affine: FloatArray) -> bool:
    stretches = np.linalg.svd(affine[:3, :3], compute_uv=False)
    return bool(np.abs(stretches - 1.0).max() <= _MAX_SHEAR_OR_SCALE)


def _jacobian_range(transform: SpatialTransform) -> tuple[float, float]:
    low, high = np.percentile(transform.jacobian(), [1, 99])
    return float(low), float(high)


def _centre(image: sitk.Image) -> tuple[float, ...]:
    return image.TransformContinuousIndexToPhysicalPoint([(size - 1) / 2 for size in image.GetSize()])


def _correlation(first: FloatArray, second: FloatArray) -> float:
    first, second = first - first.mean(), second - second.mean()
    energy = float((first**2).sum() * (second**2).sum())
    return float((first * second).sum()) / max(energy, 1e-12) ** 0.5


def _dice(first: Mask, second: Mask) -> float:
    return 2.0 * int((first & second).sum()) / max(int(first.sum()) + int(second.sum()), 1)

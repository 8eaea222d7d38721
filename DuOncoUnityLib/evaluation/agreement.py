"""Everything that is said about a segmentation beside a truth: overlap, surfaces, volumes, lesions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from DuOncoUnityLib.ct.read import read_ct
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.evaluation.detection import LEAST_IOU, long_axis_mm, match_lesions
from DuOncoUnityLib.evaluation.overlap import dice
from DuOncoUnityLib.evaluation.segments import common_grid, common_names, read_segments
from DuOncoUnityLib.evaluation.surface import SurfaceAgreement, surface_agreement
from DuOncoUnityLib.geometry import Geometry, Vector
from DuOncoUnityLib.lesions.components import BoolArray, Component, LabelArray, connected_components
from DuOncoUnityLib.progress import Progress
from DuOncoUnityLib.terminology import LAYERS, Layer

LESION_NAMES = tuple(LAYERS[layer].name for layer in (Layer.LESION, Layer.LYMPH_NODE))
TOLERANCE_MM = 2.0


@dataclass(frozen=True)
class EvaluationOptions:
    """How two segmentations are compared.

    Attributes:
        tolerance_mm: of the surface Dice.
        least_iou: with which a proposal counts as a lesion found.
        lesions: segments whose pieces are lesions; () for lesions and lymph nodes, or for all where neither is there.
        names: of the numbers in a label map.
    """

    tolerance_mm: float = TOLERANCE_MM
    least_iou: float = LEAST_IOU
    lesions: Sequence[str] = ()
    names: Mapping[int, str] | None = None

    def __post_init__(self) -> None:
        if not self.tolerance_mm >= 0:
            raise DuOncoError("The tolerance must be 0 mm or more.", exit_code=ExitCode.USAGE)
        if not 0 < self.least_iou <= 1:
            raise DuOncoError("The least overlap must lie above 0 and not above 1.", exit_code=ExitCode.USAGE)


@dataclass(frozen=True)
class SegmentAgreement:
    """One segment.

    Attributes:
        dice: 1 where the segment is empty in both files.
        volume_ml, true_volume_ml: in the prediction and in the truth.
        surface: None where the segment is empty in one of them.
    """

    name: str
    dice: float
    volume_ml: float
    true_volume_ml: float
    surface: SurfaceAgreement | None

    @property
    def bias_ml(self) -> float:
        return self.volume_ml - self.true_volume_ml

    @property
    def bias_percent(self) -> float | None:
        """Of the true volume; None without one."""
        return 100.0 * self.bias_ml / self.true_volume_ml if self.true_volume_ml else None


@dataclass(frozen=True)
class LesionOutcome:
    """One lesion of the truth, or one proposal that is none.

    Attributes:
        segment: in which it lies.
        outcome: "found", "missed" or "false".
        long_axis_mm, volume_ml, centre_mm: of the true lesion; of the proposal where it is false (LPS).
        proposed_volume_ml, dice: of the proposal that found it.
        mean_hu: density, where a CT was given.
    """

    segment: str
    outcome: str
    long_axis_mm: float
    volume_ml: float
    centre_mm: Vector
    proposed_volume_ml: float | None = None
    dice: float | None = None
    mean_hu: float | None = None


@dataclass(frozen=True)
class Agreement:
    """A prediction beside a truth.

    Attributes:
        options: how they were compared.
        segments: one entry per segment.
        lesions: one entry per lesion and per false proposal.
        detected_in: segments whose pieces were taken for lesions.
    """

    options: EvaluationOptions
    segments: tuple[SegmentAgreement, ...]
    lesions: tuple[LesionOutcome, ...]
    detected_in: tuple[str, ...]


def evaluate(prediction: Path, truth: Path, ct_path: Path | None = None, options: EvaluationOptions | None = None,
             progress: Progress | None = None) -> Agreement:
    """Compare a segmentation with a truth.

    Args:
        prediction, truth: `.seg.nrrd` (segments found by name) or label maps; their voxels must coincide, their extent
            need not: outside of a file nothing is segmented.
        ct_path: the scan; it must hold both segmentations, and the density of every lesion is told.
        options: see there.
        progress: told about the segments; through it the work is cancelled.

    Raises:
        DuOncoError: a file cannot be used, or the files do not lie on the same voxels.
    """
    options, progress = options or EvaluationOptions(), progress or Progress()
    progress.update("Reading the segmentations", 0.0)
    files = [read_segments(path, options.names or {}) for path in (prediction, truth)]
    names = common_names(*files)
    grid = common_grid(files[0].geometry, files[1].geometry)
    ct = _ordered_ct(ct_path, grid) if ct_path else None
    grid = ct.geometry if ct else grid
    lesions_in = _lesion_segments(names, options.lesions)
    segments, lesions = [], []
    for number, name in enumerate(names):
        progress.update("Comparing", 0.1 + 0.9 * number / len(names))
        predicted, true = (file.mask(name, grid) for file in files)
        segments.append(compare_masks(name, predicted, true, grid, options.tolerance_mm))
        if name in lesions_in:
            lesions += compare_lesions(name, predicted, true, grid, options.least_iou, ct)
    progress.update("Done", 1.0)
    return Agreement(options, tuple(segments), tuple(lesions), lesions_in)


def compare_masks(name: str, predicted: BoolArray, true: BoolArray, grid: Geometry,
                  tolerance_mm: float = TOLERANCE_MM) -> SegmentAgreement:
    """Overlap, volumes and surfaces of two masks (KJI) on one grid."""
    volume_ml, true_volume_ml = (float(np.count_nonzero(mask)) * grid.voxel_volume_ml for mask in (predicted, true))
    return SegmentAgreement(name, dice(predicted, true), volume_ml, true_volume_ml,
                            surface_agreement(predicted, true, grid, tolerance_mm))


def compare_lesions(name: str, predicted: BoolArray, true: BoolArray, grid: Geometry, least_iou: float = LEAST_IOU,
                    ct: CTVolume | None = None) -> list[LesionOutcome]:
    """What became of every connected piece of the truth, and the pieces of the prediction that match none."""
    lesions, proposals = (list(connected_components(_labels(mask), (1,))) for mask in (true, predicted))
    partner = {pair.truth: pair for pair in match_lesions(lesions, proposals, least_iou)}
    matched = {pair.proposal for pair in partner.values()}
    outcomes = []
    for number, lesion in enumerate(lesions):
        if number in partner:
            pair = partner[number]
            outcomes.append(_outcome(name, "found", lesion, grid, ct, proposals[pair.proposal], pair.dice))
        else:
            outcomes.append(_outcome(name, "missed", lesion, grid, ct))
    return outcomes + [_outcome(name, "false", proposal, grid, ct)
                       for number, proposal in enumerate(proposals) if number not in matched]


def _outcome(segment: str, outcome: str, piece: Component, grid: Geometry, ct: CTVolume | None,
             proposal: Component | None = None, overlap: float | None = None) -> LesionOutcome:
    middle = np.argwhere(piece.mask).mean(axis=0) + [part.start for part in piece.box]
    x, y, z = grid.index_to_world(middle[::-1])
    return LesionOutcome(
        segment, outcome, long_axis_mm(piece, grid), _volume_ml(piece, grid), (float(x), float(y), float(z)),
        _volume_ml(proposal, grid) if proposal else None, overlap,
        float(ct.hu[piece.box][piece.mask].mean()) if ct else None)


def _volume_ml(piece: Component, grid: Geometry) -> float:
    return float(np.count_nonzero(piece.mask)) * grid.voxel_volume_ml


def _labels(mask: BoolArray) -> LabelArray:
    return mask.view(np.uint8)


def _ordered_ct(path: Path, grid: Geometry) -> CTVolume:
    """The scan in patient order, which must hold the grid of the segmentations."""
    ct = read_ct(path)
    hu, geometry = ct.geometry.to_patient_order(ct.hu)
    if common_grid(geometry, grid).shape != geometry.shape:
        raise DuOncoError("The segmentations reach beyond the CT; they belong to another scan.")
    return CTVolume(hu, geometry)


def _lesion_segments(names: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    unknown = set(wanted) - set(names)
    if unknown:
        raise DuOncoError(f"The files have no common segment {sorted(unknown)[0]!r}.", exit_code=ExitCode.USAGE)
    return tuple(wanted) or tuple(name for name in names if name in LESION_NAMES) or tuple(names)

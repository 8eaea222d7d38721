"""From a CT to everything known about it: segmented, measured, recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib import __version__
from DuOncoUnityLib.anatomy.coverage import coverage_warning, covered_regions
from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.anatomy.levels import VertebralLevel, find_level
from DuOncoUnityLib.composition.figures import body_composition
from DuOncoUnityLib.composition.tissues import compose_layers
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.lesions.instances import InstanceMap
from DuOncoUnityLib.lesions.operating_point import check_threshold, hold_back
from DuOncoUnityLib.lesions.proposal import SMALLEST_PROPOSAL_ML, propose_lesions
from DuOncoUnityLib.lesions.seen_scan import ProbabilityMap
from DuOncoUnityLib.lesions.suppression import suppressed
from DuOncoUnityLib.model.bundle import Bundle
from DuOncoUnityLib.model.engine import Engine, Segmentation
from DuOncoUnityLib.progress import Progress
from DuOncoUnityLib.records.model import Provenance, TimePoint
from DuOncoUnityLib.records.review import utc_now
from DuOncoUnityLib.terminology import ORGAN_LABELS


@dataclass(frozen=True)
class OperatingPoint:
    """Which proposals are shown.

    Attributes:
        threshold: lowest confidence; None for that of the model at the sensitivity.
        sensitivity: "low", "default" or "high".
    """

    threshold: float | None = None
    sensitivity: str = "default"

    def __post_init__(self) -> None:
        if self.threshold is not None:
            check_threshold(self.threshold)

    def of(self, bundle: Bundle) -> float:
        """The threshold for a model; 0, which shows every proposal, where the model was not calibrated.

        Raises:
            DuOncoError: a model that was not calibrated has no other sensitivity than the default.
        """
        if self.threshold is not None:
            return self.threshold
        if bundle.calibration:
            return bundle.calibration.thresholds[self.sensitivity]
        if self.sensitivity != "default":
            raise DuOncoError("This model was not calibrated, so its sensitivity cannot be chosen; give a threshold.",
                              exit_code=ExitCode.USAGE)
        return 0.0


@dataclass(frozen=True)
class Analysis:
    """Everything known about a scan after its analysis; arrays lie on the grid of `ct`.

    Attributes:
        layers: uint8 label map of the editable layers (`terminology.Layer.label`), KJI.
        anatomy: organs; None where only a segmentation was measured.
        level: where body composition was measured; None without a lumbar spine.
    """

    ct: CTVolume
    layers: npt.NDArray[np.uint8]
    anatomy: LabelMap | None
    instances: InstanceMap
    level: VertebralLevel | None
    time_point: TimePoint


def analyze_ct(ct: CTVolume, engine: Engine, progress: Progress, point: OperatingPoint | None = None) -> Analysis:
    """Segment and measure a CT that was read, and show the proposals of an operating point."""
    threshold = (point or OperatingPoint()).of(engine.bundle)
    segmentation = engine.segment(ct, progress.part(0.0, 0.92))
    progress.update("Measuring", 0.92)
    anatomy = anatomy_of(segmentation, ct)
    probability = ProbabilityMap(segmentation.lesion_probability, segmentation.lesion_probability_geometry)
    proposals, found = propose_lesions(segmentation.lesions, ct, anatomy, probability,
                                       calibration=engine.bundle.calibration)
    lesions, held_back, instances = hold_back(proposals, found, segmentation.lesions, threshold,
                                              suppressed(proposals, found, ct, anatomy))
    layers = compose_layers(ct, anatomy, segmentation.lesions)
    level = find_level(anatomy)
    regions = covered_regions(anatomy)
    warning = coverage_warning(regions)
    time_point = TimePoint(
        id=ct.acquisition.date or ct.sha256[:12], date=ct.acquisition.date, geometry=ct.geometry,
        acquisition=ct.acquisition, provenance=_provenance(ct, engine.bundle, segmentation), lesions=lesions,
        coverage=regions, warnings=[*ct.warnings, *segmentation.warnings, *([warning] if warning else [])],
        composition=body_composition(ct, layers, level), highest_lesion_number=dict(instances.highest_number),
        confidence_threshold=threshold, held_back=held_back)
    progress.update("Measuring", 1.0)
    return Analysis(ct, layers, anatomy, instances, level, time_point)


def anatomy_of(segmentation: Segmentation, ct: CTVolume) -> LabelMap:
    """The network's anatomy with the label values that all files use, whatever organs the network knows."""
    values = np.zeros(256, np.uint8)
    for index, organ in enumerate(segmentation.anatomy_labels):
        values[index] = ORGAN_LABELS.get(organ, 0)
    return LabelMap(values[segmentation.anatomy], ct.geometry, ORGAN_LABELS)


def _provenance(ct: CTVolume, bundle: Bundle, segmentation: Segmentation) -> Provenance:
    parameters: dict[str, str | float | bool] = {
        "device": segmentation.device, "smallest_proposal_ml": SMALLEST_PROPOSAL_ML,
        "confidence": "calibrated" if bundle.calibration else "mean probability of the network, not calibrated",
        **{f"precision_{network}": precision for network, precision in segmentation.precision.items()}}
    return Provenance(
        software_version=__version__, model=bundle.name, model_version=bundle.version, model_sha256=bundle.sha256,
        input_sha256=ct.sha256, created=utc_now(),
        parameters=parameters)

"""`python -m DuOncoUnityLib.training.calibrate --model BUNDLE`: makes the confidence of lesions mean what it says.

Analyses synthetic validation scans, whose seeds neither training nor evaluation draws, fits a logistic function to what
the network said and what was there, chooses the thresholds, and writes all of it into the bundle's bundle.json
(format: `model.calibration`).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage, optimize

from DuOncoUnityLib.analysis import anatomy_of
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.evaluation.detection import match_lesions
from DuOncoUnityLib.files import replacing
from DuOncoUnityLib.geometry import Vector
from DuOncoUnityLib.lesions.components import Component, LabelArray
from DuOncoUnityLib.lesions.confidence import score_of
from DuOncoUnityLib.lesions.proposal import propose_lesions
from DuOncoUnityLib.lesions.seen_scan import ProbabilityMap, SeenScan
from DuOncoUnityLib.lesions.suppression import suppressed
from DuOncoUnityLib.model.bundle import default_bundle_dir, load_bundle
from DuOncoUnityLib.model.calibration import FEATURES, LAYERS, RISING, SENSITIVITIES, read_calibration
from DuOncoUnityLib.model.engine import Engine
from DuOncoUnityLib.progress import Progress
from DuOncoUnityLib.training.ct_physics import Scanner
from DuOncoUnityLib.training.hold_out import SPACING_MM
from DuOncoUnityLib.training.patients import SyntheticCase, case_of
from DuOncoUnityLib.training.structures import Phase
from DuOncoUnityLib.training.torso import make_torso

FIRST_SEED = 700_001  # training draws from 1000, evaluation from 900001
SCANS = 24
# of one scan after the other: half of them portal venous, as most body CT is
PHASES = (Phase.PORTAL, Phase.NONE, Phase.PORTAL, Phase.ARTERIAL, Phase.PORTAL, Phase.NONE, Phase.PORTAL, Phase.LATE)
# few, since real scans hold more that deceives than synthetic ones
FALSE_PER_SCAN = dict(zip(SENSITIVITIES, (0.5, 2.0, 8.0), strict=True))
BINS = 10
_RIDGE = 1.0  # weak pull of weights towards 0: few scans must not give steep functions

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Candidate:
    """A proposal on a validation scan that no rule suppressed.

    Attributes:
        scan: number of the scan.
        layer: "lesion" or "lymph_node".
        features: see `LesionScore.features`.
        is_disease: whether it was paired with a true lesion (`evaluation.detection`).
    """

    scan: int
    layer: str
    features: dict[str, float]
    is_disease: bool


def calibrate(bundle_dir: Path, scans: int = SCANS, device: str = "auto") -> dict[str, Any]:
    """Fit the calibration of a bundle and write it into its bundle.json.

    Returns:
        the entry as written.

    Raises:
        DuOncoError: the bundle cannot be used, the network proposes nothing, or the file cannot be written.
    """
    engine = Engine(load_bundle(bundle_dir), device)
    candidates: list[Candidate] = []
    true_count = 0
    for scan in range(scans):
        case = validation_scan(scan)
        candidates += find_candidates(case, engine, scan)
        true_count += len(case.lesions)
        hits = sum(candidate.is_disease for candidate in candidates)
        print(f"scan {scan + 1} of {scans}: {hits} of {true_count} lesions found, {len(candidates) - hits} false",
              flush=True)
    entry = fit_calibration(candidates, scans, true_count)
    entry["measured"]["seeds"] = [FIRST_SEED, FIRST_SEED + scans - 1]
    write_calibration(bundle_dir / "bundle.json", entry)
    return entry


def validation_scan(scan: int, spacing_mm: Vector = SPACING_MM) -> SyntheticCase:
    """The scan with that number, from 0: a person of its own, one contrast phase after the other."""
    seed = FIRST_SEED + scan
    return case_of(make_torso(seed, spacing_mm), seed, Scanner(PHASES[scan % len(PHASES)]))


def find_candidates(case: SyntheticCase, engine: Engine, scan: int) -> Iterator[Candidate]:
    """What the networks propose on a scan whose truth is known."""
    segmentation = engine.segment(case.ct, Progress())
    anatomy = anatomy_of(segmentation, case.ct)
    probability = ProbabilityMap(segmentation.lesion_probability, segmentation.lesion_probability_geometry)
    lesions, instances = propose_lesions(segmentation.lesions, case.ct, anatomy, probability)
    impossible = suppressed(lesions, instances, case.ct, anatomy)
    site_of = {lesion.id: lesion.site for lesion in lesions}
    proposals = [instance for name, instance in instances.instances.items() if name not in impossible]
    pairs = match_lesions(_true_lesions(case.lesion_ids),
                          [Component(one.layer.label, one.box, one.mask) for one in proposals])
    found = {pair.proposal for pair in pairs}
    seen = SeenScan(case.ct, probability, anatomy)
    for number, one in enumerate(proposals):
        score = score_of(one.mask, one.box, seen, site_of[one.id])
        yield Candidate(scan, one.layer.value, score.features, number in found)


def _true_lesions(lesion_ids: LabelArray) -> list[Component]:
    return [Component(number, box, lesion_ids[box] == number)
            for number, box in enumerate(ndimage.find_objects(lesion_ids), start=1) if box is not None]


def fit_calibration(candidates: Sequence[Candidate], scans: int, true_count: int) -> dict[str, Any]:
    """The entry "lesion_confidence" of bundle.json.

    Thresholds and calibration error come from confidences that each scan got from a fit to the other scans.

    Raises:
        DuOncoError: there is nothing to fit to.
    """
    if not candidates or scans < 2:
        raise DuOncoError("The model proposes nothing on the validation scans, so it cannot be calibrated.",
                          exit_code=ExitCode.BAD_MODEL)
    inputs, truth = _inputs(candidates), np.array([candidate.is_disease for candidate in candidates])
    scan_of = np.array([candidate.scan for candidate in candidates])
    confidence = np.zeros(len(candidates))
    for scan in np.unique(scan_of):
        others = scan_of != scan
        confidence[~others] = _logistic(inputs[~others] @ _fit(inputs[others], truth[others]))
    thresholds = {name: choose_threshold(confidence, truth, limit * scans) for name, limit in FALSE_PER_SCAN.items()}
    intercept, node_offset, *weights = (round(float(value), 4) for value in _fit(inputs, truth))
    of_lesions, of_nodes = weights[:len(FEATURES)], weights[len(FEATURES):]
    return {
        "intercepts": dict(zip(LAYERS, (intercept, round(intercept + node_offset, 4)), strict=True)),
        "weights": {layer: dict(zip(FEATURES, own, strict=True))
                    for layer, own in zip(LAYERS, (of_lesions, of_nodes), strict=True)},
        "thresholds": thresholds,
        "measured": {
            "scans": scans, "proposals": len(candidates), "lesions": true_count, "proposals_that_are_disease":
            int(truth.sum()), "expected_calibration_error": round(expected_calibration_error(confidence, truth), 4),
            "operating_points": {name: {
                "false_per_scan": round(float((~truth & (confidence >= threshold)).sum()) / scans, 2),
                "sensitivity": round(float((truth & (confidence >= threshold)).sum()) / max(true_count, 1), 3)}
                for name, threshold in thresholds.items()}}}


def choose_threshold(confidence: FloatArray, truth: npt.NDArray[np.bool_], most_false: float) -> float:
    """The threshold that finds most lesions with at most so many false proposals; among equals, the one with fewest.

    Returns:
        a threshold cut to four digits. Where even the surest lesion comes with too many false proposals, the threshold
        that shows it: a reader who sees nothing can judge nothing. 1 where no proposal is disease.
    """
    thresholds = [float(np.floor(one * 1e4)) / 1e4 for one in np.unique(confidence[truth])[::-1]]
    best, most = thresholds[0] if thresholds else 1.0, 0
    for threshold in thresholds:
        shown = confidence >= threshold
        if (shown & ~truth).sum() <= most_false and (shown & truth).sum() > most:
            best, most = threshold, int((shown & truth).sum())
    return best


def expected_calibration_error(confidence: FloatArray, truth: npt.NDArray[np.bool_]) -> float:
    """Mean distance between confidence and share of disease over ten bins of equal width (Guo, ICML 2017)."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    gaps = np.abs(np.bincount(bins, confidence, BINS) - np.bincount(bins, truth, BINS))
    return float(gaps.sum() / counts.sum())


def write_calibration(path: Path, entry: dict[str, Any]) -> None:
    """Put the entry into a bundle.json; the file is the complete former or the complete new one at any moment."""
    read_calibration(entry)
    document = json.loads(path.read_text(encoding="utf-8"))
    document["lesion_confidence"] = entry
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _inputs(candidates: Sequence[Candidate]) -> FloatArray:
    """One row per candidate: 1, 1 for nodes, then the features of a lesion, then those of a node; 0 for the others."""
    features = np.array([[candidate.features[name] for name in FEATURES] for candidate in candidates])
    is_node = np.array([candidate.layer == LAYERS[1] for candidate in candidates])[:, None]
    return np.hstack([np.ones_like(is_node), is_node, features * ~is_node, features * is_node], dtype=float)


def _fit(inputs: FloatArray, truth: npt.NDArray[np.bool_]) -> FloatArray:
    """Logistic regression with a ridge on all but the intercept; probabilities never count against a lesion.

    The ridge pulls on weights of standardised features: on others it would hold back those of a small range most.
    """
    mean, sd = inputs.mean(axis=0), inputs.std(axis=0)
    mean[0], sd[sd == 0.0] = 0.0, 1.0
    scaled = (inputs - mean) / sd
    sign = np.where(truth, 1.0, -1.0)
    ridge = np.array([0.0] + [_RIDGE] * (inputs.shape[1] - 1))

    def loss(beta: FloatArray) -> tuple[float, FloatArray]:
        margin = sign * (scaled @ beta)
        gradient = -(scaled * (sign * _logistic(-margin))[:, None]).sum(axis=0) + ridge * beta
        return float(np.logaddexp(0.0, -margin).sum() + 0.5 * (ridge * beta**2).sum()), gradient

    # without any true or any false proposal the intercept has no finite optimum
    bounds = [(-20.0, 20.0), (None, None),
              *((0.0 if name in RISING else None, None) for _ in LAYERS for name in FEATURES)]
    result = optimize.minimize(loss, np.zeros(inputs.shape[1]), jac=True, bounds=bounds, method="L-BFGS-B")
    beta = np.asarray(result.x) / sd
    beta[0] -= beta[1:] @ mean[1:]
    return beta


def _logistic(score: FloatArray) -> FloatArray:
    return np.asarray(0.5 + 0.5 * np.tanh(score / 2.0))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=default_bundle_dir(), help="bundle folder, changed in place")
    parser.add_argument("--scans", type=int, default=SCANS, help="number of validation scans (default: %(default)s)")
    parser.add_argument("--device", default="auto")
    arguments = parser.parse_args()
    print(json.dumps(calibrate(arguments.model, arguments.scans, arguments.device), indent=1))


if __name__ == "__main__":
    main()

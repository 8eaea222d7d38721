"""The cases of an evaluation, each measured by itself and kept, so that an evaluation goes on where it was stopped."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from DuOncoUnityLib.analysis import OperatingPoint, analyze_ct
from DuOncoUnityLib.evaluation.detection import long_axis_mm, match_lesions
from DuOncoUnityLib.files import replacing
from DuOncoUnityLib.geometry import Vector
from DuOncoUnityLib.model.bundle import Bundle
from DuOncoUnityLib.model.click import ClickSegmenter
from DuOncoUnityLib.model.engine import Engine
from DuOncoUnityLib.progress import Progress
from DuOncoUnityLib.training.case_figures import (
    proposal_components,
    proposal_rows,
    synthetic_figures,
    true_components,
)
from DuOncoUnityLib.training.evaluate_clicks import LesionCase, click_figures, mirrored, real_lesions
from DuOncoUnityLib.training.failure_crops import largest_missed, save_cuts, surest_proposals
from DuOncoUnityLib.training.hold_out import CONDITIONS, FIRST_SEED, SPACING_MM, USUAL, Condition
from DuOncoUnityLib.training.patients import SyntheticCase
from DuOncoUnityLib.training.real_scans import REAL_SCANS, analyse_real

SYNTHETIC_CLICKS = 3
MOST_REAL_CUTS = 48
LIBRARY = Path(__file__).resolve().parents[1]
# what decides a figure; a change in any of these files asks for a new measurement
_DECISIVE = ("analysis.py", "anatomy", "composition", "ct", "lesions", "model", "evaluation/detection.py",
             "training/configs/generator.toml", *(f"training/{name}.py" for name in (
                 "baselines", "body", "case_figures", "ct_physics", "disease", "distributions", "evaluate_clicks",
                 "failure_crops", "generator", "generator_file", "hold_out", "metal", "patients", "real_scans",
                 "shapes", "skeleton", "structures", "torso", "viscera")))


# of them, what decides the outlines of clicked lesions alone: whole scans need no new measurement for it
_OF_CLICKS = ("model/click.py", "model/click_view.py", "model/prompts.py", "training/evaluate_clicks.py")


def software_key(without: Collection[str] = ()) -> str:
    """Hash of the source files that decide a figure, some left out."""
    paths = sorted(path for name in _DECISIVE
                   for path in ((LIBRARY / name).rglob("*.py") if (LIBRARY / name).is_dir() else [LIBRARY / name]))
    digest = hashlib.sha256()
    for path in paths:
        name = path.relative_to(LIBRARY).as_posix()
        if name not in without:
            digest.update(name.encode() + path.read_bytes())
    return digest.hexdigest()[:8]


def analysis_key(bundle: Bundle) -> str:
    """Hash of what analyses a scan in a model: all but the click network."""
    networks = (bundle.anatomy, bundle.lesion)
    digest = hashlib.sha256(repr((networks, bundle.calibration)).encode())
    for network in networks:
        for name, value in network.weights.items():
            digest.update(name.encode() + value.numpy().tobytes())
    return digest.hexdigest()[:12]


@dataclass(frozen=True)
class EvaluationPlan:
    """Which cases are measured.

    Attributes:
        scans: persons of the synthetic hold-out on the usual scan.
        scans_per_condition: of them also under every other condition.
        spacing_mm: voxels of the synthetic scans.
        data_dir: folder of real scans; None for none.
    """

    scans: int = 5
    scans_per_condition: int = 1
    spacing_mm: Vector = SPACING_MM
    data_dir: Path | None = None


@dataclass
class Judge:
    """Measures cases with one model and keeps what it measured.

    Attributes:
        out: holds a folder for every model and software.
        folder: where figures (`*.json`) and cuts (`*.npz`) of analyses with this model and software lie.
        click_folder: where figures of clicks lie.
    """

    bundle: Bundle
    out: Path
    device: str = "auto"
    measured: int = field(default=0, init=False)

    @cached_property
    def folder(self) -> Path:
        return self.out / f"{analysis_key(self.bundle)}-{software_key(without=_OF_CLICKS)}"

    @cached_property
    def click_folder(self) -> Path:
        return self.out / f"{self.bundle.sha256[:12]}-{software_key()}"

    @cached_property
    def engine(self) -> Engine:
        return Engine(self.bundle, self.device)

    @cached_property
    def segmenter(self) -> ClickSegmenter | None:
        return ClickSegmenter(self.bundle, self.device) if self.bundle.click else None

    def run(self, plan: EvaluationPlan) -> dict[str, Any]:
        """Figures of all cases of a plan.

        Returns:
            {"synthetic": {condition: [...]}, "real": {...}, "found": {...}, "clicks": {...}}.
        """
        synthetic: dict[str, list[dict[str, Any]]] = {}
        for condition, seed in synthetic_cases(plan):
            name, case = synthetic_name(condition, seed, plan.spacing_mm), partial(_case, condition, seed, plan)
            figures = self._kept(self.folder / f"{name}.json", partial(self._synthetic, name, seed, case))
            if condition is USUAL and self.segmenter:
                clicks = self._kept(self.click_folder / f"{name}.json", partial(self._synthetic_clicks, case))
                figures["clicks"] = clicks["lesions"]
            synthetic.setdefault(condition.key, []).append(figures)
        real, found, clicks = {}, {}, {}
        for name, path in REAL_SCANS.items():
            if plan.data_dir and (plan.data_dir / path).exists():
                real[name] = self._kept(self.folder / f"{name}.json", partial(self._real, name, plan.data_dir))
            else:
                print(f"{name}: absent, skipped", flush=True)
        for lesion in real_lesions(plan.data_dir) if plan.data_dir else []:
            found[lesion.name] = self._kept(self.folder / f"{lesion.name}.json", partial(self._found, lesion))
            if self.segmenter:
                clicks[lesion.name] = self._kept(self.click_folder / f"{lesion.name}.json",
                                                 partial(self._clicks, lesion))
        if not found:
            print("real lesions: absent, skipped", flush=True)
        return {"synthetic": synthetic, "real": real, "found": found, "clicks": clicks}

    def cuts_of(self, case: str, kind: str) -> Path:
        """Where the cuts of a case lie; the kind is "missed" or "false"."""
        return self.folder / f"{case}-{kind}.npz"

    def _kept(self, path: Path, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        if path.exists():
            return json.loads(path.read_text())
        path.parent.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        figures = {"case": path.stem, **measure()}
        figures["measured_in_s"] = round(time.monotonic() - began, 1)
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(figures, indent=1) + "\n")
        self.measured += 1
        print(f"{path.stem}: measured in {figures['measured_in_s']:.0f} s", flush=True)
        return figures

    def _synthetic(self, name: str, seed: int, make: Callable[[], SyntheticCase]) -> dict[str, Any]:
        case = make()
        analysis = analyze_ct(case.ct, self.engine, Progress(), OperatingPoint(threshold=0.0))
        figures = {"seed": seed, "voxels": list(case.ct.hu.shape), **synthetic_figures(case, analysis)}
        truth = true_components(case.lesion_ids)
        proposals = proposal_components(analysis)
        save_cuts(self.cuts_of(name, "missed"), largest_missed(case.ct, truth, figures["truth"]))
        save_cuts(self.cuts_of(name, "false"), surest_proposals(case.ct, proposals, figures["proposals"]))
        return figures

    def _synthetic_clicks(self, make: Callable[[], SyntheticCase]) -> dict[str, Any]:
        assert self.segmenter
        case, rows = make(), []
        for lesion in case.lesions:
            one = LesionCase(str(lesion.number), case.ct, case.lesion_ids == lesion.number)
            rows.append({"layer": lesion.layer, "site": lesion.site, "long_axis_mm": lesion.long_axis_mm,
                         **click_figures(self.segmenter, [one], SYNTHETIC_CLICKS)})
        return {"lesions": rows}

    def _real(self, name: str, data_dir: Path) -> dict[str, Any]:
        analysis, figures = analyse_real(name, self.engine, data_dir)
        save_cuts(self.cuts_of(name, "false"), surest_proposals(analysis.ct, proposal_components(analysis),
                                                                figures["proposals"], MOST_REAL_CUTS))
        return figures

    def _found(self, lesion: LesionCase) -> dict[str, Any]:
        """Whether a real lesion is proposed, and how surely, among all proposals on its scan."""
        analysis = analyze_ct(lesion.ct, self.engine, Progress(), OperatingPoint(threshold=0.0))
        truth = true_components(lesion.mask.astype(np.uint8))
        rows, pairs = proposal_rows(analysis), match_lesions(truth, proposal_components(analysis))
        for pair in pairs:
            rows[pair.proposal]["is_disease"] = True
        return {"long_axis_mm": long_axis_mm(truth[0], lesion.ct.geometry), "dice": pairs[0].dice if pairs else None,
                "proposals": rows}

    def _clicks(self, lesion: LesionCase) -> dict[str, Any]:
        assert self.segmenter
        return click_figures(self.segmenter, mirrored(lesion))


@lru_cache(maxsize=1)  # analysed first, then clicked on
def _case(condition: Condition, seed: int, plan: EvaluationPlan) -> SyntheticCase:
    return condition.make(seed, plan.spacing_mm)


def synthetic_cases(plan: EvaluationPlan) -> Iterator[tuple[Condition, int]]:
    """Condition and seed of every synthetic scan of a plan."""
    for number in range(plan.scans):
        yield USUAL, FIRST_SEED + number
    for number in range(plan.scans_per_condition):
        for condition in CONDITIONS:
            yield condition, FIRST_SEED + number


def synthetic_name(condition: Condition, seed: int, spacing_mm: Vector) -> str:
    """Name of a synthetic case in files."""
    voxels = "" if spacing_mm == SPACING_MM else "-" + "x".join(f"{step:g}" for step in spacing_mm)
    return f"{condition.key}-{seed}{voxels}"

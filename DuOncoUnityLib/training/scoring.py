"""Figures of many scans from what was measured on each (`case_figures`), with bootstrap confidence intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

Row = Mapping[str, Any]
Scan = Mapping[str, Any]
"""At least "truth" and "proposals", lists of rows as `case_figures.lesion_figures` makes them."""
Item = TypeVar("Item")

RESAMPLES = 1000
COVERED_PERCENT = 95.0


class Estimate(NamedTuple):
    """A figure with its confidence interval; NaN where it is not defined (of nothing there is no share)."""

    value: float
    low: float
    high: float


def bootstrap(items: Sequence[Item], statistic: Callable[[Sequence[Item]], float], seed: int = 1) -> Estimate:
    """A statistic with its 95 % percentile interval over resamples of the items (scans or lesions).

    Items come from `RESAMPLES` draws with replacement (Efron and Tibshirani 1993, chapter 13); draws for which the
    statistic is not defined are left out. A single item gives no interval but NaN.
    """
    value = statistic(items) if items else np.nan
    if len(items) < 2:
        return Estimate(value, np.nan, np.nan)
    rng = np.random.default_rng(seed)
    draws = np.array([statistic([items[n] for n in rng.integers(len(items), size=len(items))])
                      for _ in range(RESAMPLES)])
    draws = draws[np.isfinite(draws)]
    if not len(draws):
        return Estimate(value, np.nan, np.nan)
    tail = (100.0 - COVERED_PERCENT) / 2.0
    low, high = np.percentile(draws, (tail, 100.0 - tail))
    return Estimate(value, float(low), float(high))


def mean(values: Sequence[float]) -> float:
    """Mean; NaN of nothing."""
    return float(np.mean(values)) if values else np.nan


def threshold_for(scans: Sequence[Scan], false_per_scan: float) -> float:
    """The lowest confidence that leaves at most so many false proposals per scan."""
    confidences = sorted((row["confidence"] for row in false_proposals(scans)), reverse=True)
    allowed = int(false_per_scan * len(scans))
    return 0.0 if len(confidences) <= allowed else float(np.nextafter(confidences[allowed], 2.0))


def false_proposals(scans: Sequence[Scan], threshold: float = 0.0) -> list[Row]:
    """Proposals that match no true lesion, from a confidence on."""
    return [row for scan in scans for row in scan["proposals"]
            if not row["is_disease"] and row["confidence"] >= threshold]


def true_lesions(scans: Sequence[Scan], keep: Callable[[Row], bool]) -> list[Row]:
    """The true lesions and nodes that are to be kept."""
    return [row for scan in scans for row in scan["truth"] if keep(row)]


def is_found(row: Row, threshold: float) -> bool:
    """Whether a true lesion was proposed with at least that confidence."""
    return row["confidence"] is not None and row["confidence"] >= threshold


def sensitivity(rows: Sequence[Row], threshold: float) -> float:
    """Share of true lesions that were found; NaN of none."""
    return mean([float(is_found(row, threshold)) for row in rows])


def sensitivity_at(scans: Sequence[Scan], false_per_scan: float, keep: Callable[[Row], bool]) -> Estimate:
    """Sensitivity where at most so many false proposals per scan are shown; each resample finds its threshold."""
    return bootstrap(scans, lambda drawn: sensitivity(true_lesions(drawn, keep), threshold_for(drawn, false_per_scan)))


def volume_bias_percent(scans: Sequence[Scan], threshold: float) -> float:
    """How much the volume of all proposals shown differs from that of all true lesions, in % of the latter."""
    true = sum(row["volume_ml"] for scan in scans for row in scan["truth"])
    shown = sum(row["volume_ml"] for scan in scans for row in scan["proposals"] if row["confidence"] >= threshold)
    return 100.0 * (shown - true) / true if true else np.nan


def reliability(scans: Sequence[Scan], bins: int = 5) -> list[tuple[float, float, int, float, float]]:
    """Confidence beside truth: per bin its limits, number of proposals, mean confidence and share of disease."""
    rows = [row for scan in scans for row in scan["proposals"]]
    table = []
    for low in np.arange(bins) / bins:
        high = low + 1.0 / bins
        members = [row for row in rows if min(int(row["confidence"] * bins), bins - 1) == round(low * bins)]
        table.append((float(low), float(high), len(members), mean([row["confidence"] for row in members]),
                      mean([float(row["is_disease"]) for row in members])))
    return table


def calibration_error(scans: Sequence[Scan], bins: int = 5) -> float:
    """Expected calibration error: mean distance between confidence and share of disease (Guo, ICML 2017)."""
    table = [row for row in reliability(scans, bins) if row[2]]
    count = sum(row[2] for row in table)
    return sum(row[2] * abs(row[3] - row[4]) for row in table) / count if count else np.nan

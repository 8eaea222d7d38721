"""The tables of docs/model-card.md from the figures of an evaluation (`judged_cases.Judge.run`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from DuOncoUnityLib.evaluation.detection import SIZE_CLASSES, size_class
from DuOncoUnityLib.terminology import ORGANS
from DuOncoUnityLib.training.evaluate_clicks import click_table
from DuOncoUnityLib.training.hold_out import CONDITIONS, USUAL
from DuOncoUnityLib.training.scoring import (
    Estimate,
    Row,
    Scan,
    bootstrap,
    calibration_error,
    false_proposals,
    is_found,
    mean,
    reliability,
    sensitivity,
    sensitivity_at,
    threshold_for,
    true_lesions,
    volume_bias_percent,
)

FALSE_PER_SCAN = (1, 2, 4, 8)
AT_FALSE = 4
RADIOLOGIST_MM = {"CT_Lesion_000010_01_01_078-090": (63.5, 50.3)}
"""Long and short axis as DeepLesion gives them (Yan, J Med Imaging 5:036501, 2018), where the slab is known."""
SMALL, MIDDLE, LARGE = SIZE_CLASSES
Keep = Callable[[Row], bool]


def all_tables(figures: Mapping[str, Any], threshold: float) -> list[str]:
    """All tables as lines of Markdown; `threshold` is the default operating point of the model."""
    scans = figures["synthetic"][USUAL.key]
    sections = [
        ("Organs: Dice", organ_table(scans, figures["real"])),
        ("Muscle, fat and L3", tissue_table(scans, figures["real"])),
        ("Lesions found, synthetic hold-out", detection_table(scans)),
        (f"By organ, at {AT_FALSE} false proposals per scan, synthetic hold-out", site_table(scans)),
        ("At the default operating point, synthetic hold-out", operating_lines(scans, threshold)),
        ("Does the confidence mean what it says? All proposals, synthetic hold-out", reliability_table(scans)),
        ("Under other conditions, same persons, at the default operating point",
         condition_table(figures["synthetic"], threshold)),
        ("Real scans at the default operating point", real_table(figures["real"])),
        ("Real lesions with a mask, proposed without a click", found_table(figures["found"], threshold)),
        ("Clicks: Dice in synthetic lesions", synthetic_click_table(scans)),
        ("Clicks: Dice in real lesions", real_clicks(figures["clicks"])),
        ("Clicks in real lesions: long x short axis, mm", real_axes(figures["clicks"])),
    ]
    return [line for title, lines in sections if lines for line in (f"**{title}**", "", *lines, "")][:-1]


def organ_table(scans: Sequence[Scan], real: Mapping[str, Any]) -> list[str]:
    """Mean Dice over the synthetic scans with interval, and Dice on real scans where a mask exists."""
    columns = [name for name, entry in real.items() if "organ_dice" in entry]
    lines = _header("Organ", f"synthetic ({len(scans)} scans)", *columns)
    for key, name in {"all bones": "All bones together", **{key: term.name for key, term in ORGANS.items()}}.items():
        values = [scan["organ_dice"][key] for scan in scans if key in scan["organ_dice"]]
        cells = [real[column]["organ_dice"].get(key, np.nan) for column in columns]
        if values or np.isfinite(cells).any():
            lines.append(_row(name, interval(bootstrap(values, mean)), *map(number, cells)))
    return lines


def tissue_table(scans: Sequence[Scan], real: Mapping[str, Any]) -> list[str]:
    """Muscle and fat by the network and by density alone; then the level of L3."""
    sources = {f"synthetic ({len(scans)} scans)": list(scans),
               **{name: [entry] for name, entry in real.items() if "tissue_dice" in entry}}
    lines = _header("Tissue", *(f"{name}: {method}" for name in sources for method in ("network", "density alone")))
    for tissue in next(iter(scans))["tissue_dice"]:
        cells = [interval(bootstrap([entry["tissue_dice"][tissue][method] for entry in entries
                                     if method in entry["tissue_dice"].get(tissue, {})], mean))
                 for entries in sources.values() for method in ("network", "density")]
        lines.append(_row(tissue.capitalize(), *cells))
    errors = [scan["l3_error_mm"] for scan in scans if scan["l3_error_mm"] is not None]
    text = f"L3, synthetic: found on {len(errors)} of {len(scans)} scans"
    if errors:
        text += f", error {interval(bootstrap(errors, mean), 1)} mm on average, {max(errors):.1f} mm at most"
    for name, entry in real.items():
        if "l3_error_mm" in entry:
            error = entry["l3_error_mm"]
            text += f"; {name}: {'not found' if error is None else f'error {error:.1f} mm'}"
    return [*lines, "", text + "."]


def detection_table(scans: Sequence[Scan]) -> list[str]:
    """Sensitivity by false proposals per scan and by size, lesions and nodes apart."""
    groups: dict[str, Keep] = {
        **{f"lesions {name}": _of("lesion", name) for name in SIZE_CLASSES},
        "lesions >= 10 mm": _of("lesion", MIDDLE, LARGE), "nodes >= 10 mm": _of("lymph_node", MIDDLE, LARGE)}
    counts = [len(true_lesions(scans, keep)) for keep in groups.values()]
    lines = _header("False per scan", *(f"{name} (n = {count})" for name, count in zip(groups, counts, strict=True)))
    for allowed in FALSE_PER_SCAN:
        lines.append(_row(str(allowed), *(interval(sensitivity_at(scans, allowed, keep)) for keep in groups.values())))
    false = len(false_proposals(scans)) / len(scans)
    lines.append(_row(f"all ({false:.1f})", *(interval(bootstrap(scans, _all_found(keep)))
                                               for keep in groups.values())))
    found = [row["dice"] for row in true_lesions(scans, lambda row: row["dice"] is not None)]
    median = number(float(np.median(found)) if found else np.nan)
    return [*lines, "", f"Dice of the {len(found)} found lesions and nodes: {interval(bootstrap(found, mean))} on "
            f"average, median {median} (this interval resamples lesions, those above scans)."]


def site_table(scans: Sequence[Scan]) -> list[str]:
    """Sensitivity by organ; intervals resample lesions."""
    threshold = threshold_for(scans, AT_FALSE)
    lines = _header("Organ", "n", "found", "sensitivity", "of those >= 10 mm")
    rows = true_lesions(scans, lambda _: True)
    for site in sorted({(row["layer"], row["site"]) for row in rows}):
        members = [row for row in rows if (row["layer"], row["site"]) == site]
        sized = [row for row in members if row["long_axis_mm"] >= 10.0]
        name = ORGANS[site[1]].name + (" (nodes)" if site[0] == "lymph_node" else "")
        found = sum(is_found(row, threshold) for row in members)
        lines.append(_row(name, str(len(members)), str(found), interval(_share(members, threshold)),
                          f"{sum(is_found(row, threshold) for row in sized)} of {len(sized)}"))
    return lines


def operating_lines(scans: Sequence[Scan], threshold: float) -> list[str]:
    """What a user gets without touching the threshold."""
    rows = true_lesions(scans, lambda row: row["long_axis_mm"] >= 10.0)
    false = bootstrap(scans, lambda drawn: len(false_proposals(drawn, threshold)) / len(drawn))
    bias = bootstrap(scans, lambda drawn: volume_bias_percent(drawn, threshold))
    found = sum(is_found(row, threshold) for row in rows)
    return [f"Confidence {threshold:.2f} and more: {found} of {len(rows)} lesions and nodes of 10 mm and more found, "
            f"{interval(false, 1)} false proposals per scan, total volume {interval(bias, 0)} % off the truth."]


def reliability_table(scans: Sequence[Scan]) -> list[str]:
    """Confidence beside the share of disease."""
    lines = _header("Confidence", "proposals", "mean confidence", "share of disease")
    for low, high, count, confidence, share in reliability(scans):
        lines.append(_row(f"{low:.1f} to {high:.1f}", str(count), number(confidence), number(share)))
    return [*lines, "", f"Expected calibration error: {interval(bootstrap(scans, calibration_error))}."]


def condition_table(synthetic: Mapping[str, Sequence[Scan]], threshold: float) -> list[str]:
    """One line per condition; the usual scan of the same persons first."""
    seeds = {scan["seed"] for key, scans in synthetic.items() if key != USUAL.key for scan in scans}
    organs = {"lung": "lungs", "liver": "liver", "all bones": "bones", "muscle": "muscle"}
    lines = _header("Scan", "scans", "L3 error mm", *(f"Dice {name}" for name in organs.values()),
                    "lesions >= 10 mm found", "nodes >= 10 mm found", "false per scan", "volume bias %")
    for condition in (USUAL, *CONDITIONS):
        scans = [scan for scan in synthetic.get(condition.key, ()) if scan["seed"] in seeds]
        if not scans:
            continue
        errors = [scan["l3_error_mm"] for scan in scans]
        known = [error for error in errors if error is not None]
        l3 = number(mean(known), 0)
        if len(known) < len(errors):
            l3 += f" (not found: {len(errors) - len(known)})"
        dices = [number(mean([scan["organ_dice"][organ] for scan in scans if organ in scan["organ_dice"]]))
                 for organ in organs]
        groups = [true_lesions(scans, _of(layer, MIDDLE, LARGE)) for layer in ("lesion", "lymph_node")]
        found = [f"{sum(is_found(row, threshold) for row in rows)} of {len(rows)}" for rows in groups]
        lines.append(_row(condition.name, str(len(scans)), l3.strip(), *dices, *found,
                          number(len(false_proposals(scans, threshold)) / len(scans), 1),
                          number(volume_bias_percent(scans, threshold), 0)))
    return lines if seeds else []


def real_table(real: Mapping[str, Any]) -> list[str]:
    """Proposals on real scans, for which no lesion masks exist, and the time of the analysis."""
    if not real:
        return []
    lines = _header("Scan", "proposals shown", "of them lesions / nodes", "held back", "level found", "analysis s")
    for name, entry in real.items():
        layers = [row["layer"] for row in entry["proposals"]]
        lines.append(_row(name, str(len(layers)), f"{layers.count('lesion')} / {layers.count('lymph_node')}",
                          str(entry["held_back"]), entry["level"] or "none", f"{entry['seconds']:.0f}"))
    return lines


def found_table(found: Mapping[str, Any], threshold: float) -> list[str]:
    """Whether real lesions are proposed; what else is shown on their scans, of which nobody marked all lesions."""
    if not found:
        return []
    lines = _header("Lesion", "long axis mm", "proposed", "confidence", "Dice", "shown", "other proposals shown")
    for name, entry in found.items():
        own = next((row["confidence"] for row in entry["proposals"] if row["is_disease"]), None)
        others = sum(row["confidence"] >= threshold for row in entry["proposals"] if not row["is_disease"])
        cells = ("no", "", "", "no") if own is None else (
            "yes", number(own), number(entry["dice"]), "yes" if own >= threshold else "no")
        lines.append(_row(name, f"{entry['long_axis_mm']:.0f}", *cells, str(others)))
    return lines


def synthetic_click_table(scans: Sequence[Scan]) -> list[str]:
    """Clicks in all lesions of the usual scans, by size; intervals resample lesions."""
    rows = [row for scan in scans for row in scan.get("clicks", ())]
    if not rows:
        return []
    columns: dict[str, Callable[[Row], float]] = {
        "deepest point": lambda row: row["deepest"], "anywhere": lambda row: row["anywhere"]["mean"],
        "anywhere, the best of those offered": lambda row: row["offered"],
        "three clicks": lambda row: row["three_clicks"], "longest diameter": lambda row: row["diameter"],
        "region growing": lambda row: row["region_growing"],
        "connected threshold": lambda row: row["connected_threshold"]}
    lines = _header("Long axis", "n", *columns)
    for name in ("all", *SIZE_CLASSES):
        members = [row for row in rows if name in ("all", size_class(row["long_axis_mm"]))]
        lines.append(_row(name, str(len(members)),
                          *(interval(bootstrap([value(row) for row in members], mean)) for value in columns.values())))
    return lines


def real_clicks(clicks: Mapping[str, Any]) -> list[str]:
    """Clicks in real lesions, each as it is and mirrored along each axis: one line each, and their mean."""
    if not clicks:
        return []
    places: dict[str, Callable[[Any], float]] = {
        "at the deepest point": lambda entry: entry["deepest"], "anywhere": lambda entry: entry["anywhere"]["mean"],
        "anywhere by the best of the outlines offered": lambda entry: entry["offered"],
        "along the longest diameter": lambda entry: entry["diameter"]}
    means = [f"{interval(bootstrap([value(entry) for entry in clicks.values()], mean))} {place}"
             for place, value in places.items()]
    return [*click_table(dict(clicks)), "", f"Mean over the lesions: {', '.join(means)}."]


def real_axes(clicks: Mapping[str, Any]) -> list[str]:
    """What the outlines of clicks measure, beside the mask and a radiologist's own measurement."""
    if not clicks:
        return []
    lines = _header("Lesion", "mask", "one click, deepest point", "longest diameter", "radiologist")
    for name, entry in clicks.items():
        outlines = ("{:.0f} x {:.0f}".format(*entry["axes_mm"][key]) for key in ("mask", "deepest", "diameter"))
        read = "{} x {}".format(*RADIOLOGIST_MM[name]) if name in RADIOLOGIST_MM else ""
        lines.append(_row(name, *outlines, read))
    return lines


def number(value: float, digits: int = 2) -> str:
    """A figure, empty where it is not defined."""
    return f"{value:.{digits}f}" if np.isfinite(value) else ""


def interval(estimate: Estimate, digits: int = 2) -> str:
    """A figure with its interval."""
    if not np.isfinite(estimate.value):
        return ""
    text = number(estimate.value, digits)
    if np.isfinite(estimate.low):
        text += f" ({number(estimate.low, digits)} to {number(estimate.high, digits)})"
    return text


def _share(rows: Sequence[Row], threshold: float) -> Estimate:
    return bootstrap(rows, lambda drawn: sensitivity(drawn, threshold))


def _all_found(keep: Keep) -> Callable[[Sequence[Scan]], float]:
    return lambda drawn: sensitivity(true_lesions(drawn, keep), 0.0)


def _of(layer: str, *sizes: str) -> Keep:
    return lambda row: row["layer"] == layer and size_class(row["long_axis_mm"]) in sizes


def _header(*cells: str) -> list[str]:
    return [_row(*cells), "|" + "---|" * len(cells)]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"

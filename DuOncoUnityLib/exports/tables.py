"""Tables for people and spreadsheets: the lesion list as CSV and the burden as text."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from DuOncoUnityLib.files import replacing
from DuOncoUnityLib.lesions.burden import Burden, BurdenSum
from DuOncoUnityLib.records.model import Lesion
from DuOncoUnityLib.terminology import LAYERS, ORGANS, Layer

LESION_COLUMNS = (
    "id", "layer", "site", "volume_ml", "long_axis_mm", "short_axis_mm", "mean_hu", "sd_hu",
    "centroid_left_mm", "centroid_posterior_mm", "centroid_superior_mm", "voxel_count", "confidence",
    "status", "counts", "equivocal", "reviewer", "reviewed_at_utc", "note", "axes_drawn_by_hand",
)

UNKNOWN_SITE = "Unknown site"


def site_name(site: str) -> str:
    """English name of a site key; a fixed text where the site is unknown."""
    return ORGANS[site].name if site else UNKNOWN_SITE


def write_lesion_table(path: Path, lesions: Sequence[Lesion]) -> None:
    """Write `lesions.csv`: UTF-8, a header with units, one row for each lesion; positions are LPS mm.

    Raises:
        DuOncoError: the file cannot be written.
    """
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(LESION_COLUMNS)
        writer.writerows(lesion_row(lesion) for lesion in lesions)


def lesion_row(lesion: Lesion) -> list[str]:
    """The cells of a lesion under `LESION_COLUMNS`; text that a spreadsheet would run as a formula is quoted."""
    measurement, review = lesion.measurement, lesion.review
    return [
        lesion.id, LAYERS[Layer(lesion.layer)].name, site_name(lesion.site), f"{measurement.volume_ml:.3f}",
        f"{measurement.long_axis.length_mm:.1f}", f"{measurement.short_axis.length_mm:.1f}",
        f"{measurement.mean_hu:.1f}", f"{measurement.sd_hu:.1f}",
        *(f"{value:.1f}" for value in measurement.centroid_lps_mm), str(measurement.voxel_count),
        "" if lesion.confidence is None else f"{lesion.confidence:.2f}", review.status.value,
        _yes_no(lesion.counts), _yes_no(review.equivocal), plain_text(review.reviewer), review.time or "",
        plain_text(review.note), drawn_axes(lesion),
    ]


def drawn_axes(lesion: Lesion) -> str:
    """Which axes a person drew: "", "long", "short" or "long short"."""
    axes = {"long": lesion.measurement.long_axis, "short": lesion.measurement.short_axis}
    return " ".join(name for name, caliper in axes.items() if caliper.drawn_by)


def burden_table(burdens: Mapping[str, Burden]) -> str:
    """The burden of one or more time points side by side, as text for a terminal.

    Args:
        burdens: by the title of their columns, such as the date of the scan.
    """
    rows = [["", *(f"{title}" for title in burdens)], ["", *("   n    volume   longest" for _ in burdens)]]
    for layer in (Layer.LESION, Layer.LYMPH_NODE):
        rows.append([LAYERS[layer].name, *(_sums(burden.by_layer[layer]) for burden in burdens.values())])
        sites = dict.fromkeys(site for burden in burdens.values() for own, site in burden.by_site if own is layer)
        rows += [[f"  {site_name(site)}", *(_sums(burden.by_site.get((layer, site))) for burden in burdens.values())]
                 for site in sites]
    rows.append(["All", *(_sums(burden.total) for burden in burdens.values())])
    rows.append(["not reviewed yet", *(f"{burden.total.unreviewed:>4}" for burden in burdens.values())])
    if any(burden.normal_nodes for burden in burdens.values()):
        rows.append(["nodes below 10 mm, not counted", *(f"{burden.normal_nodes:>4}" for burden in burdens.values())])
    if any(burden.rejected for burden in burdens.values()):
        rows.append(["rejected, not counted", *(f"{burden.rejected:>4}" for burden in burdens.values())])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  |  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
                     for row in rows)


def _sums(sums: BurdenSum | None) -> str:
    if sums is None or sums.count == 0:
        return "   -"
    return f"{sums.count:>4} {sums.volume_ml:>7.1f} ml {sums.longest_axis_mm:>6.1f} mm"


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"


def plain_text(text: str) -> str:
    """The text, quoted where a spreadsheet would run it as a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text

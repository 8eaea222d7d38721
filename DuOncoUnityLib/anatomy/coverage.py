"""Which body regions a scan shows."""

from __future__ import annotations

from DuOncoUnityLib.anatomy.label_map import LabelMap

# organs that show a region, with the volume above which they do
_SIGNS: dict[str, dict[str, float]] = {
    "thorax": {"lung": 300.0},
    "abdomen": {"liver": 200.0, "kidney": 60.0},
    "pelvis": {"sacrum": 40.0, "bladder": 30.0},
}


def covered_regions(anatomy: LabelMap) -> list[str]:
    """Regions of which an unmistakable part is on the scan, from head to feet: "thorax", "abdomen", "pelvis"."""
    return [region for region, organs in _SIGNS.items()
            if any(anatomy.volume_ml(organ) >= minimum_ml for organ, minimum_ml in organs.items())]


def coverage_warning(regions: list[str]) -> str | None:
    """A sentence for the reader when the scan does not show the whole trunk."""
    missing = [region for region in _SIGNS if region not in regions]
    if not missing:
        return None
    return "Not on this scan, so nothing there is counted: " + ", ".join(missing) + "."

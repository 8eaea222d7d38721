"""What the panel says about tumour burden, muscle and fat."""

from __future__ import annotations

from collections.abc import Mapping

from slicer.i18n import tr as _

from DuOncoUnityLib.lesions.burden import Burden
from DuOncoUnityLib.records.model import TimePoint
from DuOncoUnityLib.response.burden import Burden as WholeBurden
from DuOncoUnityLib.terminology import LAYERS, ORGANS, Layer
from DuOncoUnityPanel.language import decimal, name_of


def site_text(site: str) -> str:
    """Name of an organ or region."""
    return name_of(ORGANS[site]) if site in ORGANS else _("Unknown site")


def burden_text(sums: Burden, whole: WholeBurden) -> str:
    """The burden of a scan in one or two sentences."""
    text = _("{count} lesions in {sites} sites, {volume} ml.").format(
        count=sums.total.count, sites=len(whole.sites), volume=decimal(sums.total.volume_ml, 1))
    if whole.dmax_mm is not None:
        text += " " + _("Largest distance between two lesions: {distance} mm.").format(distance=f"{whole.dmax_mm:.0f}")
    if sums.rejected:
        text += " " + _("Rejected, not counted: {count}.").format(count=sums.rejected)
    if sums.normal_nodes:
        text += " " + _("Nodes below 10 mm, not counted: {count}.").format(count=sums.normal_nodes)
    return text


def figure_texts(figures: Mapping[str, float | str | None]) -> list[list[str]]:
    """The figures of muscle and fat that are known, each with its unit."""
    rows = []
    for layer in (Layer.MUSCLE, Layer.SUBCUTANEOUS_FAT, Layer.VISCERAL_FAT, Layer.INTERMUSCULAR_FAT):
        name = name_of(LAYERS[layer])
        rows += [(f"{layer.value}_area_cm2", _("{tissue}: area").format(tissue=name), "cm²", 1),
                 (f"{layer.value}_density_hu", _("{tissue}: density").format(tissue=name), _("HU"), 0),
                 (f"{layer.value}_lumbar_volume_ml", _("{tissue}: volume L1 to L5").format(tissue=name), "ml", 0),
                 (f"{layer.value}_volume_ml", _("{tissue}: volume of the whole scan").format(tissue=name), "ml", 0)]
    rows.insert(0, ("smi_cm2_m2", _("Skeletal muscle index"), "cm²/m²", 1))
    rows.insert(1, ("visceral_to_subcutaneous_ratio", _("Visceral to subcutaneous fat"), "", 2))
    return [[title, f"{decimal(value, digits)} {unit}".rstrip()] for key, title, unit, digits in rows
            if isinstance(value := figures.get(key), float)]


def level_text(point: TimePoint) -> str:
    """Where the areas were measured, and what is missing for more."""
    level = point.composition.get("level")
    if level is None:
        return _("No lumbar spine was found on this scan, so no areas were measured.")
    text = _("Areas and densities were measured on the slice at {level}.").format(level=level)
    if level == "L3" and not point.acquisition.patient_height_m:
        text += " " + _("Enter the height of the patient in step 1 for the skeletal muscle index.")
    return text

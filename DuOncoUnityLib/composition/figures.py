"""Areas, volumes and densities of muscle and fat."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.anatomy.levels import VertebralLevel
from DuOncoUnityLib.composition.tissues import TISSUES
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Geometry, Vector
from DuOncoUnityLib.terminology import Layer


def body_composition(volume: CTVolume, layers: npt.NDArray[np.uint8],
                     level: VertebralLevel | None) -> dict[str, float | str | None]:
    """Muscle and fat figures of one scan.

    Areas (cm2) and mean density (HU) are those of the one axial slice at the level; volumes (ml) those of the lumbar
    slab, the part that scans of different coverage share, and of the whole scan. SMI is muscle area / height^2
    (cm2/m2), only at L3 and only with a height. VAT/SAT is the ratio of the two areas. `level_superior_mm` is the place
    of the middle of the slice in the patient.

    Args:
        layers: label map of `compose_layers`, KJI on the grid of the CT.
        level: from `anatomy.levels.find_level`; None when no lumbar spine is on the scan.
    """
    ordered, geometry = volume.geometry.to_patient_order(layers)
    hu, _ = volume.geometry.to_patient_order(volume.hu)
    figures: dict[str, float | str | None] = {}
    for layer in TISSUES:
        voxels = int(np.count_nonzero(ordered == layer.label))
        figures[f"{layer.value}_volume_ml"] = voxels * geometry.voxel_volume_ml
    figures["level"] = level.name if level else None
    if level is None:
        return figures
    figures["level_position_error_mm"] = level.error_mm
    i, j = (size / 2 for size in geometry.shape[:0:-1])
    figures["level_superior_mm"] = float(geometry.index_to_world((i, j, level.slice_index))[2])
    pixel_cm2 = geometry.spacing_mm[0] * geometry.spacing_mm[1] / 100.0
    at_level, hu_at_level = ordered[level.slice_index], hu[level.slice_index]
    slab = ordered[level.slab[0]:level.slab[1] + 1]
    for layer in TISSUES:
        inside = at_level == layer.label
        figures[f"{layer.value}_area_cm2"] = float(np.count_nonzero(inside)) * pixel_cm2
        figures[f"{layer.value}_density_hu"] = float(hu_at_level[inside].mean()) if inside.any() else None
        voxels = int(np.count_nonzero(slab == layer.label))
        figures[f"{layer.value}_lumbar_volume_ml"] = voxels * geometry.voxel_volume_ml
    figures["smi_cm2_m2"] = _smi(figures, volume.acquisition.patient_height_m)
    figures["visceral_to_subcutaneous_ratio"] = _fat_ratio(figures)
    return figures


def with_height(figures: dict[str, float | str | None], height_m: float | None) -> dict[str, float | str | None]:
    """The figures of a scan whose patient's height became known later."""
    if figures.get("level") is None:
        return dict(figures)
    return {**figures, "smi_cm2_m2": _smi(figures, height_m)}


def place_of_level(figures: dict[str, float | str | None], geometry: Geometry) -> Vector | None:
    """The middle of the slice where the areas were measured (LPS mm); None where there is no such slice."""
    superior_mm = figures.get("level_superior_mm")
    if not isinstance(superior_mm, float):
        return None
    left_mm, posterior_mm, _ = geometry.index_to_world([(size - 1) / 2 for size in geometry.shape[::-1]])
    return float(left_mm), float(posterior_mm), superior_mm


def _smi(figures: dict[str, float | str | None], height_m: float | None) -> float | None:
    area = figures[f"{Layer.MUSCLE.value}_area_cm2"]
    if figures["level"] != "L3" or not height_m or not isinstance(area, float):
        return None
    return area / height_m**2


def _fat_ratio(figures: dict[str, float | str | None]) -> float | None:
    visceral = figures[f"{Layer.VISCERAL_FAT.value}_area_cm2"]
    subcutaneous = figures[f"{Layer.SUBCUTANEOUS_FAT.value}_area_cm2"]
    if not isinstance(visceral, float) or not isinstance(subcutaneous, float) or subcutaneous == 0.0:
        return None
    return visceral / subcutaneous

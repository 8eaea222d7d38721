"""The ICRP reference phantoms as label maps of our structures.

ICRP Publication 110 (Ann. ICRP 39(2), 2009): adult male and female voxel phantoms with about 140 organ ids. Used for
training only; nothing of them is bundled.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy import ndimage

from DuOncoUnityLib.training.structures import CODE, LabelArray, is_one_of

BoolArray = npt.NDArray[np.bool_]
ARM_IDS = (*range(13, 24), 11, 59, 105, 108, 118, 124)

# structure -> organ ids of ICRP 110; residual tissue (116-119) is split into subcutaneous and internal fat below
ORGAN_IDS: dict[str, tuple[int, ...]] = {
    "skin": (122, 123, 124, 125), "subcutaneous_fat": (62, 64, 116, 117, 118, 119), "breast_gland": (63, 65),
    "muscle": (106, 107, 108, 109, 133), "artery": (9, 10, 11, 12),
    "cortical_bone": (13, 16, 19, 22, 24, 26, 28, 31, 34, 37, 39, 41, 43, 45, 55, 128),
    "marrow": (14, 15, 17, 18, 20, 21, 23, 25, 27, 29, 30, 32, 33, 35, 36, 38, 40, 42, 44, 46, 56),
    "cervical_cortex": (47,), "cervical_marrow": (48,), "thoracic_cortex": (49,), "thoracic_marrow": (50,),
    "lumbar_cortex": (51,), "lumbar_marrow": (52,), "sacral_cortex": (53,), "sacral_marrow": (54,),
    "cartilage": (57, 58, 59, 60), "spinal_canal": (126,), "brain": (61, 66, 67, 68, 69, 114),
    "lung": (97, 99), "lung_vessel": (96, 98), "airway_wall": (7, 8), "airway_lumen": (140,),
    "heart_wall": (87,), "heart_blood": (88,), "oesophagus": (110,), "liver": (95,), "gallbladder": (70, 71),
    "spleen": (127,), "pancreas": (113,), "adrenal": (1, 2), "kidney_cortex": (89, 92), "kidney_medulla": (90, 93),
    "stomach_wall": (72,), "stomach_content": (73,), "bowel_wall": (74, 76, 78, 80, 82, 84, 86),
    "bowel_fluid": (75,), "stool": (77, 79, 81, 83, 85), "bladder_wall": (137,), "urine": (138,),
    "pelvic_organ": (111, 112, 115, 129, 130, 139), "gland": (120, 121, 131, 132, 134),
    "soft_tissue": (3, 4, 5, 6, 91, 94, *range(100, 106), 135, 136),
}


def load_phantom(path: Path, spacing_mm: float, *, arms: bool) -> LabelArray:
    """Trunk of an ICRP phantom (chin to mid-thigh) on an isotropic grid, axes along S, P, L.

    Args:
        path: the NIfTI of organ ids (slices feet to head, rows front to back, columns right to left).
        spacing_mm: of the result.
        arms: False removes them, as in a patient who holds them up.
    """
    image = sitk.ReadImage(str(path))
    ids = sitk.GetArrayFromImage(image)
    if not arms:
        ids = np.where(np.isin(ids, ARM_IDS), 0, ids)
    table = np.zeros(256, dtype=np.uint8)
    for structure, organ_ids in ORGAN_IDS.items():
        table[list(organ_ids)] = CODE[structure]
    slices_mm = image.GetSpacing()[2]
    femur = np.flatnonzero((ids == 28).any(axis=(1, 2)))
    neck = np.flatnonzero((ids == 39).any(axis=(1, 2)))
    bottom = max(int(femur[-1] - 230.0 / slices_mm), 0)
    labels = table[ids[bottom:int(neck[0] + 40.0 / slices_mm)]]
    used = [np.flatnonzero((labels > 0).any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1))]
    labels = labels[tuple(slice(u[0], u[-1] + 1) for u in used)]
    zoom = np.array(image.GetSpacing()[::-1]) / spacing_mm
    return _split_fat(np.asarray(ndimage.zoom(labels, zoom, order=0, grid_mode=True, mode="nearest")), spacing_mm)


def _split_fat(labels: LabelArray, spacing_mm: float) -> LabelArray:
    """Tell fat among the viscera (mediastinal from the heart up) and between muscles from that under the skin."""
    fat = labels == CODE["subcutaneous_fat"]
    solid = (labels > 0) & ~fat & ~is_one_of(labels, "skin", "breast_gland")
    inside = _closed(solid, spacing_mm, closing_mm=16.0, growth_mm=-4.0)
    viscera = is_one_of(labels, "lung", "heart_wall", "liver", "spleen", "kidney_cortex", "stomach_wall", "bowel_wall",
                        "pancreas", "bladder_wall", "urine", "stool", "bowel_fluid")
    cavity = inside & _closed(viscera, spacing_mm, closing_mm=60.0, growth_mm=6.0)
    heart = np.flatnonzero(is_one_of(labels, "heart_wall").any(axis=(1, 2)))
    level = np.arange(len(labels))[:, None, None]
    labels[fat & inside] = CODE["intermuscular_fat"]
    labels[fat & cavity & (level >= heart[0])] = CODE["mediastinal_fat"]
    labels[fat & cavity & (level < heart[0])] = CODE["visceral_fat"]
    return labels


def _closed(mask: BoolArray, spacing_mm: float, closing_mm: float, growth_mm: float) -> BoolArray:
    """Slice by slice: the mask with gaps up to twice `closing_mm` closed and holes filled, then grown or shrunk."""
    result = np.zeros_like(mask)
    margin = int(closing_mm / spacing_mm) + 2
    for k, plane in enumerate(mask):
        if not plane.any():
            continue
        padded = np.pad(plane, margin)
        grown = ndimage.distance_transform_edt(~padded) * spacing_mm <= closing_mm
        grown = ndimage.binary_fill_holes(grown)
        closed = ndimage.distance_transform_edt(grown) * spacing_mm > closing_mm - growth_mm
        result[k] = closed[margin:-margin, margin:-margin]
    return result

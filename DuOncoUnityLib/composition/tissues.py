"""Muscle and fat layers: the anatomical compartment decides where, the density decides what."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.ct.densities import FAT_HU, MUSCLE_HU, VISCERAL_FAT_HU
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import voxels_within
from DuOncoUnityLib.lesions.components import grow_box, relative_box
from DuOncoUnityLib.terminology import Layer

# the organ whose compartment holds the tissue, and its density
TISSUES: dict[Layer, tuple[str, tuple[int, int]]] = {
    Layer.MUSCLE: ("muscle", MUSCLE_HU),
    Layer.SUBCUTANEOUS_FAT: ("subcutaneous_tissue", FAT_HU),
    Layer.VISCERAL_FAT: ("peritoneum_retroperitoneum", VISCERAL_FAT_HU),
    Layer.INTERMUSCULAR_FAT: ("muscle", FAT_HU),
}

SKIN_MM = 1.6
"""Thickness of the skin: 3.3 kg on 1.9 m2 (reference man, ICRP Publication 89). Where its voxels hold air too, they
have the density of fat; where the patient lies on them, the network may call them muscle."""


def compose_layers(volume: CTVolume, anatomy: LabelMap, lesion_labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """One label map of all editable layers on the grid of the CT (KJI); a voxel belongs to one layer, disease first.

    Args:
        lesion_labels: 0 background, 1 lesion, 2 lymph node, KJI.
    """
    layers = _tissues(volume.hu, anatomy)
    layers[lesion_labels == 1] = Layer.LESION.label
    layers[lesion_labels == 2] = Layer.LYMPH_NODE.label
    return layers


def refill(layers: npt.NDArray[np.uint8], mask: npt.NDArray[np.bool_], box: tuple[slice, slice, slice],
           volume: CTVolume, anatomy: LabelMap) -> None:
    """Give the voxels of a mask (KJI, cut to `box`) back to the muscle or fat that they are, in place."""
    layers[box][mask] = tissues_in(box, volume, anatomy)[mask]


def tissues_in(box: tuple[slice, slice, slice], volume: CTVolume, anatomy: LabelMap) -> npt.NDArray[np.uint8]:
    """Muscle and fat in a box of the scan, as if there were no disease: label map with the values of `Layer.label`."""
    around = grow_box(box, anatomy.labels.shape, max(_skin_voxels(anatomy)))
    labels = anatomy.labels[around]
    crop = LabelMap(labels, anatomy.geometry.crop([part.start for part in around], labels.shape), anatomy.index_of)
    return _tissues(volume.hu[around], crop)[relative_box(box, around)]


def _tissues(hu: npt.NDArray[np.int16], anatomy: LabelMap) -> npt.NDArray[np.uint8]:
    layers = np.zeros(hu.shape, np.uint8)
    for layer, (organ, (low_hu, high_hu)) in TISSUES.items():
        inside = anatomy.mask(organ)
        inside &= hu >= low_hu
        inside &= hu <= high_hu
        layers[inside] = layer.label
    in_skin = layers == Layer.SUBCUTANEOUS_FAT.label
    in_skin |= layers == Layer.MUSCLE.label
    in_skin &= _skin(hu, anatomy)
    layers[in_skin] = 0
    return layers


def _skin(hu: npt.NDArray[np.int16], anatomy: LabelMap) -> npt.NDArray[np.bool_]:
    """Voxels that reach less than the thickness of the skin into the body, along any axis from what is around it.

    Around it are air, clothes, foam, and voxels that hold a part of them: what is lighter than fat, and no organ or
    where the fat under the skin would be.
    """
    around = anatomy.mask("subcutaneous_tissue")
    around |= anatomy.labels == 0
    around &= hu < FAT_HU[0]
    skin = np.zeros_like(around)
    for axis, reach in enumerate(_skin_voxels(anatomy)):
        along, from_around = np.moveaxis(skin, axis, 0), np.moveaxis(around, axis, 0)
        for step in range(1, reach + 1):
            along[step:] |= from_around[:-step]
            along[:-step] |= from_around[step:]
    return skin


def _skin_voxels(anatomy: LabelMap) -> list[int]:
    """How many voxels begin in the skin, along k, j and i."""
    return [voxels_within(SKIN_MM, spacing) for spacing in anatomy.geometry.spacing_mm[::-1]]

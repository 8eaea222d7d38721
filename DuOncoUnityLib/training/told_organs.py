"""Organs as the lesion network is told them in training: as wrong as those of the anatomy network will be in use."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from DuOncoUnityLib.lesions.components import grow_box
from DuOncoUnityLib.terminology import ORGANS
from DuOncoUnityLib.training.ct_physics import correlated_noise
from DuOncoUnityLib.training.distributions import Rng
from DuOncoUnityLib.training.generator import ContextErrors
from DuOncoUnityLib.training.structures import LabelArray


def rough_organs(organs: LabelArray, disease: LabelArray, inside: npt.NDArray[np.bool_], errors: ContextErrors,
                 rng: Rng) -> LabelArray:
    """Anatomy as the lesion network is told it: as wrong as a network's.

    Args:
        organs: the truth (k, j, i), 0 for none.
        disease: where lesions and nodes lie (k, j, i), 0 elsewhere: the anatomy network takes them for anything.
        inside: voxels that the scan covers.
        errors: how wrong.
    """
    if errors.whole_lesion_share:
        organs = _with_mistaken_lesions(organs, disease, errors, rng)
    shift = rng.integers(-errors.shift_voxels, errors.shift_voxels + 1, 3)
    rough = np.roll(organs, shift, (0, 1, 2))
    if rng.random() < errors.smooth_share:  # organs of the anatomy network are smooth
        rough = np.repeat(np.repeat(np.repeat(rough[1::3, 1::3, 1::3], 3, 0), 3, 1), 3, 2)
        rough = np.pad(rough, [(0, max(n - m, 0)) for n, m in zip(organs.shape, rough.shape, strict=True)],
                       mode="edge")[tuple(slice(n) for n in organs.shape)]
    present = np.unique(rough)
    for organ in present[rng.random(len(present)) < errors.missed_organ_share]:
        rough[rough == organ] = rng.choice(present)
    noise = correlated_noise(organs.shape, errors.wrong_grain_voxels, rng)
    if rng.random() < errors.wrong_elsewhere_share:  # or else every error would tell of disease
        rough[(disease == 0) & (noise < -errors.wrong_elsewhere_sd)] = rng.choice(present)
    if rng.random() < errors.wrong_at_disease_share:
        wrong = (disease > 0) & (noise > rng.normal(0.0, errors.wrong_sd))
        rough[wrong] = rng.integers(0, len(ORGANS) + 1)
    rough[~inside] = 0
    return rough


def _with_mistaken_lesions(organs: LabelArray, disease: LabelArray, errors: ContextErrors, rng: Rng) -> LabelArray:
    """Organs where whole lesions are taken for one near them, as a mass beside bowel is taken for bowel."""
    mistaken = organs.copy()
    lesions, _ = ndimage.label(disease)
    for number, box in enumerate(ndimage.find_objects(lesions), start=1):
        if rng.random() < errors.whole_lesion_share:
            near = np.unique(organs[grow_box(box, organs.shape, errors.near_voxels)])
            mistaken[box][lesions[box] == number] = rng.choice(near)
    return mistaken

"""Lean bodies: hardly any fat between the viscera, which lie against each other and against the abdominal wall."""

from __future__ import annotations

from scipy import ndimage

from DuOncoUnityLib.training.distributions import Rng, uniform
from DuOncoUnityLib.training.generator import Lean
from DuOncoUnityLib.training.structures import LabelArray, is_one_of


def fill_fat(labels: LabelArray, lean: Lean, spacing_mm: float, rng: Rng) -> None:
    """Let viscera take the fat around them up to a random distance, in place.

    Args:
        labels: structures (k, j, i) on isotropic voxels.
        lean: which viscera, and how far.
        spacing_mm: voxel size.
        rng: decides.
    """
    viscera = is_one_of(labels, *lean.structures)
    if not viscera.any():
        return
    distance_mm, nearest = ndimage.distance_transform_edt(~viscera, spacing_mm, return_indices=True)
    taken = is_one_of(labels, "visceral_fat") & (distance_mm <= uniform(lean.reach_mm, rng))
    labels[taken] = labels[tuple(nearest[:, taken])]

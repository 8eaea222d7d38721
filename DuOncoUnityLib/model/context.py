"""Anatomy as context of the lesion network: a few groups of organs, one input channel each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

CONTEXT_GROUPS: tuple[tuple[str, ...], ...] = (
    ("lung", "airway"),
    ("liver", "spleen", "kidney", "pancreas", "adrenal"),
    ("stomach", "bowel", "oesophagus", "bladder", "gallbladder", "pelvic_organs"),
    ("heart", "great_vessels"),
    ("bone", "cervical_spine", "thoracic_spine", "lumbar_spine", "sacrum"),
)
"""Keys of `terminology.ORGANS` that share a channel; muscle and fat show themselves by their density."""


def group_table(organs: Sequence[str], groups: Sequence[Sequence[str]] = CONTEXT_GROUPS) -> npt.NDArray[np.uint8]:
    """256 entries: the group, from 1, of the organ with that index; 0 for none."""
    table = np.zeros(256, dtype=np.uint8)
    for index, organ in enumerate(organs):
        table[index] = next((number for number, group in enumerate(groups, start=1) if organ in group), 0)
    return table


def context_channels(groups: npt.NDArray[np.uint8], count: int = len(CONTEXT_GROUPS)) -> npt.NDArray[np.float32]:
    """One channel (0 or 1) per group from a map of group numbers (k, j, i): float32 (group, k, j, i)."""
    return np.stack([groups == number for number in range(1, count + 1)]).astype(np.float32)

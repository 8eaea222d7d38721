"""Anatomy as context of the lesion network: where a few groups of organs lie, one input channel each, and how much
every voxel differs from the organ that it lies in.

A tumour of the liver, the spleen or a bone differs from its host by little, and by no fixed density: contrast medium,
fat and age move the host. What it can be told from is the median of the organ on the same scan. Training and inference
encode it by this one module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from DuOncoUnityLib.terminology import BONES, HOLLOW

CONTEXT_GROUPS: tuple[tuple[str, ...], ...] = (
    ("lung", "airway"),
    ("liver", "spleen", "kidney", "pancreas", "adrenal"),
    HOLLOW,
    ("heart", "great_vessels"),
    BONES,
)
"""Keys of `terminology.ORGANS` that share a channel; muscle and fat show themselves by their density."""

FEWEST_VOXELS = 50  # of an organ for a median that means something


@dataclass(frozen=True)
class Context:
    """What the lesion network is told about the organs of a scan.

    Attributes:
        organs: index of the organ of every voxel (k, j, i), 0 for none.
        groups: 256 entries: the group, from 1, of the organ with that index; 0 for none.
        reach_hu: of the channel of the density against the organ's median: +-1 = +-`reach_hu` and more; 0 for none.
        median_hu: 256 entries, of the organ with that index (`organ_medians`); None without that channel.
    """

    organs: npt.NDArray[np.uint8]
    groups: npt.NDArray[np.uint8]
    reach_hu: float = 0.0
    median_hu: npt.NDArray[np.float32] | None = None

    def channels(self, hu: npt.NDArray) -> npt.NDArray[np.float32]:
        """Input channels: one (0 or 1) per group, then the difference from the median, if any.

        Args:
            hu: density (k, j, i) of the voxels.

        Returns:
            float32 (channel, k, j, i).
        """
        groups = self.groups[self.organs]
        channels = [groups == number for number in range(1, int(self.groups.max()) + 1)]
        if self.median_hu is not None:
            difference = np.clip((hu - self.median_hu[self.organs]) / self.reach_hu, -1.0, 1.0)
            channels.append(np.nan_to_num(difference, copy=False, nan=0.0))
        return np.stack(channels).astype(np.float32)


def group_table(organs: Sequence[str], groups: Sequence[Sequence[str]] = CONTEXT_GROUPS) -> npt.NDArray[np.uint8]:
    """256 entries: the group, from 1, of the organ with that index; 0 for none."""
    table = np.zeros(256, dtype=np.uint8)
    for index, organ in enumerate(organs):
        table[index] = next((number for number, group in enumerate(groups, start=1) if organ in group), 0)
    return table


def organ_medians(hu: npt.NDArray, organs: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Median density of every organ, to the whole HU; of an even number of voxels the lower one.

    Args:
        hu: CT numbers of some voxels.
        organs: index of the organ of each, the same shape; 0 for none.

    Returns:
        256 entries; NaN for 0 and for an organ of fewer than `FEWEST_VOXELS` voxels.
    """
    medians = np.full(256, np.nan, dtype=np.float32)
    for organ, box in enumerate(ndimage.find_objects(organs) if organs.size else (), start=1):
        voxels = hu[box][organs[box] == organ] if box is not None else ()
        if len(voxels) >= FEWEST_VOXELS:
            middle = (len(voxels) - 1) // 2
            medians[organ] = np.rint(np.partition(voxels, middle)[middle])
    return medians

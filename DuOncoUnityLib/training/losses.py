"""What a training minimises: cross entropy and Dice, with small lesions weighed up where a network has to find them."""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy import ndimage

USUAL_LESION_MM = 20.0  # diameter of a ball whose voxels keep their weight
SMALLEST_LESION_MM = 6.0  # smaller ones, often parts that the patch cuts off, weigh no more than this


def dice_cross_entropy(logits: torch.Tensor, classes: torch.Tensor, foreground_weight: float = 1.0,
                       dice_weight: float = 1.0, *, dice_per_patch: bool = False,
                       size_weights: torch.Tensor | None = None) -> torch.Tensor:
    """Cross entropy plus the soft Dice loss of the classes that occur in the batch, the background apart.

    A patch holds few of the 25 organs: averaged over all of them, Dice would hardly pull on those that are there. Where
    all classes occur it is MONAI's DiceCELoss(include_background=False, softmax=True, batch=not dice_per_patch),
    without the one-hot copies that would take as long as the network itself.

    Args:
        logits: (n, class, k, j, i).
        classes: (n, k, j, i), integers.
        foreground_weight: of a foreground voxel in the cross entropy, against 1 for background. Lesions fill one
            voxel in a hundred: unweighted, a network first learns to see none, and Dice then has no gradient.
        dice_weight: of the Dice loss. Where a class fills a few voxels, its Dice pulls hard on chance; a network that
            has to find lesions learns faster from a cross entropy that weighs both sides alike (`foreground_weight`).
        dice_per_patch: whether the Dice of every patch counts alike; in that of the whole batch a lesion of 40 mm
            counts 64 times as much as one of 10 mm.
        size_weights: (n, k, j, i), further factors in the cross entropy (`lesion_size_weights`).
    """
    patches, count = logits.shape[:2]
    log_p = torch.log_softmax(logits.movedim(1, -1).reshape(-1, count).float(), dim=1)
    target = classes.reshape(-1).long()
    log_p_true = log_p.gather(1, target[:, None])[:, 0]
    groups = patches if dice_per_patch else 1
    group = torch.arange(groups, device=logits.device).repeat_interleave(len(target) // groups)
    place = group * count + target
    overlap = torch.zeros(groups * count, device=logits.device).index_add(0, place, log_p_true.exp())
    true_size = torch.bincount(place, minlength=groups * count)
    given_size = log_p.exp().reshape(groups, -1, count).sum(1).reshape(-1)
    dice = (2.0 * overlap + 1e-5) / (given_size + true_size + 1e-5)
    weight = torch.where(target > 0, foreground_weight, 1.0)
    if size_weights is not None:
        weight = weight * size_weights.reshape(-1)
    cross_entropy = -(weight * log_p_true).sum() / weight.sum()
    present = (true_size > 0).float()
    present[::count] = 0.0
    return dice_weight * ((1.0 - dice) * present).sum() / present.sum().clamp(min=1.0) + cross_entropy


def lesion_size_weights(classes: torch.Tensor, spacing_mm: float, exponent: float) -> torch.Tensor:
    """Factors by which the voxels of small lesions weigh more than those of large ones.

    With an exponent of 0 every voxel weighs alike, so that a lesion of 40 mm weighs 64 times as much as one of 10 mm;
    with 1 every lesion does. Detection counts lesions.

    Args:
        classes: (n, k, j, i), integers, 0 for background; a connected part is a lesion.
        spacing_mm: of the cubic voxels.
        exponent: 0 to 1.

    Returns:
        float32 (n, k, j, i): (volume of a ball of `USUAL_LESION_MM` / volume of the lesion) ** exponent; 1 outside.
    """
    usual, smallest = (math.pi / 6 * (mm / spacing_mm) ** 3 for mm in (USUAL_LESION_MM, SMALLEST_LESION_MM))
    weights = []
    for patch in classes.cpu().numpy():
        parts, _ = ndimage.label(patch > 0, np.ones((3, 3, 3)))
        of_part = (usual / np.bincount(parts.ravel()).clip(min=smallest)) ** exponent
        of_part[0] = 1.0
        weights.append(of_part[parts].astype(np.float32))
    return torch.from_numpy(np.stack(weights)).to(classes.device)

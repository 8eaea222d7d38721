"""What a training minimises."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from monai.losses.dice import DiceCELoss
from torch.nn.functional import cross_entropy

from DuOncoUnityLib.training.losses import dice_cross_entropy, lesion_size_weights


@pytest.mark.parametrize("per_patch", [False, True])
def test_the_loss_is_that_of_monai(per_patch: bool) -> None:
    torch.manual_seed(0)
    logits, classes = torch.randn(2, 5, 6, 7, 8), torch.randint(0, 5, (2, 6, 7, 8))
    monai_loss = DiceCELoss(include_background=False, to_onehot_y=True, softmax=True, batch=not per_patch)
    expected = float(monai_loss(logits, classes[:, None]))
    assert float(dice_cross_entropy(logits, classes, dice_per_patch=per_patch)) == pytest.approx(expected, abs=1e-5)


def test_without_dice_the_loss_is_the_weighted_cross_entropy_of_torch() -> None:
    torch.manual_seed(0)
    logits, classes = torch.randn(2, 3, 6, 7, 8), torch.randint(0, 3, (2, 6, 7, 8))
    expected = float(cross_entropy(logits, classes, weight=torch.tensor([1.0, 40.0, 40.0])))
    assert float(dice_cross_entropy(logits, classes, 40.0, 0.0)) == pytest.approx(expected, abs=1e-5)


def test_a_missed_small_lesion_costs_as_much_as_a_missed_large_one_where_every_patch_counts() -> None:
    classes = torch.zeros(2, 16, 16, 16, dtype=torch.long)
    classes[0, 2:4, 2:4, 2:4] = 1
    classes[1, 2:14, 2:14, 2:14] = 1

    def dice_loss(*found: bool, per_patch: bool) -> float:
        logits = torch.zeros(2, 2, 16, 16, 16)
        logits[:, 1] = torch.where((classes == 1) & torch.tensor(found)[:, None, None, None], 20.0, -20.0)
        both, entropy = (float(dice_cross_entropy(logits, classes, 1.0, weight, dice_per_patch=per_patch))
                         for weight in (1.0, 0.0))
        return both - entropy

    assert dice_loss(False, True, per_patch=True) == pytest.approx(0.5, abs=1e-3)
    assert dice_loss(True, False, per_patch=True) == pytest.approx(0.5, abs=1e-3)
    assert dice_loss(False, True, per_patch=False) < 0.01


def ball(shape: tuple[int, int, int], centre: tuple[int, int, int], diameter_mm: float,
         spacing_mm: float) -> np.ndarray:
    k, j, i = (np.arange(size) - at for size, at in zip(shape, centre, strict=True))
    return (k[:, None, None] ** 2 + j[:, None] ** 2 + i**2) * spacing_mm**2 <= (diameter_mm / 2) ** 2


@pytest.mark.parametrize("spacing_mm", [1.0, 1.5])
def test_small_lesions_weigh_more_the_smaller_they_are(spacing_mm: float) -> None:
    shape = (64, 64, 64)
    small, usual = ball(shape, (10, 10, 10), 10.0, spacing_mm), ball(shape, (35, 35, 35), 20.0, spacing_mm)
    speck = np.zeros(shape, bool)
    speck[60, 60, 60] = True
    classes = torch.from_numpy(small * 1 + usual * 2 + speck * 1)[None]
    weights = lesion_size_weights(classes, spacing_mm, 0.5)[0].numpy()
    assert (weights[classes[0].numpy() == 0] == 1.0).all()
    assert weights[usual] == pytest.approx(1.0, rel=0.05)
    assert weights[small] == pytest.approx(8.0**0.5, rel=0.1)  # an eighth of the volume
    assert weights[speck] == pytest.approx((20 / 6) ** 1.5, rel=0.01)  # no more than a lesion of 6 mm
    sums = [lesion_size_weights(classes, spacing_mm, 1.0)[0].numpy()[lesion].sum() for lesion in (small, usual)]
    assert sums[0] == pytest.approx(sums[1])  # every lesion alike


def test_lesions_in_two_patches_do_not_touch() -> None:
    classes = torch.ones(2, 4, 4, 4, dtype=torch.uint8)
    assert torch.equal(lesion_size_weights(classes, 3.0, 1.0)[0], lesion_size_weights(classes[:1], 3.0, 1.0)[0])


def test_size_weights_multiply_the_cross_entropy() -> None:
    torch.manual_seed(0)
    logits, classes = torch.randn(1, 2, 6, 6, 6), torch.zeros(1, 6, 6, 6, dtype=torch.long)
    classes[0, 1:3, 1:3, 1:3] = 1
    doubled = torch.where(classes > 0, 2.0, 1.0)
    assert float(dice_cross_entropy(logits, classes, 3.0, 0.0, size_weights=doubled)) == pytest.approx(
        float(dice_cross_entropy(logits, classes, 6.0, 0.0)))

"""Labels on the grid of the CT are exactly those of interpolating every class everywhere."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from DuOncoUnityLib.model.labelling import LabelWriter
from DuOncoUnityLib.model.sampling import Box, Grid

CLASSES = 6


def _smooth_logits(shape: tuple[int, int, int], classes: int = CLASSES) -> torch.Tensor:
    noise = np.random.default_rng(5).normal(size=(*shape, classes))
    return torch.from_numpy(ndimage.gaussian_filter(noise, (1.5, 1.5, 1.5, 0)).astype(np.float32) * 20)


def _every_class_everywhere(logits: torch.Tensor, grid: Grid, box: Box) -> np.ndarray:
    positions = np.meshgrid(*[grid.index_of(axis, np.arange(box[axis].start, box[axis].stop)) for axis in range(3)],
                            indexing="ij")
    classes = [ndimage.map_coordinates(logits[..., c].numpy().astype(float), positions, order=1)
               for c in range(logits.shape[-1])]
    return np.argmax(classes, axis=0)


@pytest.mark.parametrize("voxel_mm", [(1.0, 0.8, 0.7), (5.0, 0.9, 0.9), (3.0, 3.0, 3.0), (2.0, 4.5, 4.0)])
def test_labels_equal_full_interpolation(voxel_mm: tuple[float, float, float]) -> None:
    box = tuple(slice(first, first + int(60 / mm)) for first, mm in zip((3, 0, 5), voxel_mm, strict=True))
    grid = Grid.covering(box, voxel_mm, 3.0)
    logits = _smooth_logits(grid.shape)
    labels = np.zeros([part.stop + 4 for part in box], dtype=np.uint8)
    writer = LabelWriter(labels, grid, box)
    for first in range(0, len(logits), 7):
        writer.write(logits[first:first + 7])
    expected = _every_class_everywhere(logits, grid, box)
    assert (labels[box] != expected).mean() < 1e-5
    labels[box] = 0
    assert not labels.any()


def test_how_the_slices_arrive_changes_nothing() -> None:
    box = (slice(0, 40), slice(0, 30), slice(0, 30))
    grid = Grid.covering(box, (1.1, 1.0, 1.0), 2.5)
    logits = _smooth_logits(grid.shape)
    results = []
    for parts in ([len(logits)], [1] * len(logits), [3, len(logits) - 3]):
        labels = np.zeros((40, 30, 30), dtype=np.uint8)
        writer = LabelWriter(labels, grid, box)
        for part in logits.split(parts):
            writer.write(part)
        results.append(labels)
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


def test_every_voxel_up_to_the_edge_is_labelled() -> None:
    box = (slice(0, 11), slice(0, 13), slice(0, 9))
    grid = Grid.covering(box, (1.0, 1.0, 1.0), 4.0)
    logits = torch.zeros(*grid.shape, 3)
    logits[..., 2] = 1
    labels = np.zeros((11, 13, 9), dtype=np.uint8)
    LabelWriter(labels, grid, box).write(logits)
    assert (labels == 2).all()

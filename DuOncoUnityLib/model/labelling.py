"""From logits on the network's grid to labels on the grid of the CT, slab by slab."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import embedding_bag, pad

from DuOncoUnityLib.model.sampling import Box, Grid


class LabelWriter:
    """Writes the labels of a CT from slices of logits that arrive in order.

    A voxel gets the class with the largest logit, interpolated trilinearly. Interpolation only averages, so where all
    surrounding grid points agree on a class that class wins: only voxels between disagreeing points are interpolated,
    which gives exactly the labels of interpolating every class everywhere, at a fraction of the work.

    Args:
        labels: uint8 array of the CT in patient order, all 0 (background), written in place within `box`.
        grid: on which the logits lie.
        box: CT voxels that the grid covers.
    """

    def __init__(self, labels: npt.NDArray[np.uint8], grid: Grid, box: Box) -> None:
        self._labels = labels[box]
        positions = [grid.index_of(axis, np.arange(box[axis].start, box[axis].stop)) for axis in range(3)]
        self._slices = positions[0]
        self._rows, self._columns = (_Cells(positions[axis], grid.shape[axis]) for axis in (1, 2))
        self._written = 0
        self._received = 0
        self._last: Tensor | None = None
        self._depth = grid.shape[0]

    def write(self, logits: Tensor) -> None:
        """Take the next slices of logits (slices, rows, columns, classes), fp32, and label what they reach."""
        first = self._received
        if self._last is not None:
            logits = torch.cat((self._last, logits))
            first -= 1
        self._received = first + len(logits)
        self._last = logits[-1:].clone()
        finished = self._received == self._depth
        reach = len(self._slices) if finished else int(np.searchsorted(self._slices, self._received - 1))
        for index in range(self._written, reach):
            below = min(int(self._slices[index]), self._received - 1)
            above = min(below + 1, self._received - 1)
            plane = torch.lerp(logits[below - first], logits[above - first], float(self._slices[index] - below))
            self._label_plane(self._labels[index], plane)
        self._written = max(reach, self._written)

    def _label_plane(self, target: npt.NDArray[np.uint8], logits: Tensor) -> None:
        """Label one slice of the CT from one plane of logits (rows, columns, classes)."""
        labels = logits.argmax(dim=2).to(torch.uint8)
        if not labels.any():
            return
        rows, columns = self._rows, self._columns
        upsampled = labels[rows.low][:, columns.low]
        row, column = _corners_differ(labels)[rows.low][:, columns.low].nonzero(as_tuple=True)
        width = logits.shape[1]
        corners = torch.stack([r[row] * width + c[column] for r in (rows.low, rows.high)
                               for c in (columns.low, columns.high)], dim=1)
        weights = torch.stack([r[row] * c[column] for r in (1 - rows.share, rows.share)
                               for c in (1 - columns.share, columns.share)], dim=1)
        between = embedding_bag(corners, logits.flatten(0, 1), per_sample_weights=weights, mode="sum")
        upsampled[row, column] = between.argmax(dim=1).to(torch.uint8)
        target[:] = upsampled.numpy()


class _Cells:
    """For every CT voxel along an axis the grid points before and after it, and the share of the latter."""

    def __init__(self, positions: npt.NDArray[np.float64], size: int) -> None:
        low = np.minimum(positions.astype(np.int64), size - 1)
        self.low = torch.from_numpy(low)
        self.high = torch.from_numpy(np.minimum(low + 1, size - 1))
        self.share = torch.from_numpy((positions - low).astype(np.float32))


def _corners_differ(labels: Tensor) -> Tensor:
    """For every grid point whether it and the next ones along rows, columns and both do not all agree."""
    across = pad(labels[:, 1:] != labels[:, :-1], (0, 1))
    mixed = across | pad(labels[1:] != labels[:-1], (0, 0, 0, 1))
    mixed[:-1] |= across[1:]
    return mixed

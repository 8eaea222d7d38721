"""One network of a bundle on its device: precision, tiles, blending."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.model.bundle import NetworkSpec
from DuOncoUnityLib.model.context import Context
from DuOncoUnityLib.model.device import fast_precision, is_precise
from DuOncoUnityLib.model.network import DynUNet
from DuOncoUnityLib.model.sampling import AIR_HU, Box
from DuOncoUnityLib.model.tiling import Tile, plan_slabs
from DuOncoUnityLib.progress import Progress

_MAX_TILE_VOXELS = 2**21  # bounds the memory of a forward pass, about five feature maps of this size
_CHECK_SIDE = 32  # voxels at least; of the block on which reduced precision is checked
_SURE_LOGIT = 1e4  # of background outside the body
_GPU_FULL = "The graphics processor ran out of memory; the analysis went on, slower, on the main processor."


STAGES = {"anatomy": "Segmenting organs, muscle and fat", "lesion": "Finding lesions"}
"""What the user reads while a network runs."""


class NetworkRunner:
    """Applies a network to resampled CT numbers.

    Args:
        spec: the network.
        device: where to run it; on "cuda" and "mps" it moves to the CPU when memory runs out.
        exact: always in fp32; otherwise in the fast number format of the device, where that agrees with fp32.

    Attributes:
        device, dtype: in use; final once something has run.
        warnings: sentences about what happened on the way.
    """

    def __init__(self, spec: NetworkSpec, device: torch.device, *, exact: bool = False) -> None:
        self.spec = spec
        self.device = device
        self._exact = exact
        self.dtype = torch.float32
        self.warnings: list[str] = []
        self._network: DynUNet | None = None
        self._heartbeat: Callable[[], None] = lambda: None

    def logits(self, hu: npt.NDArray[np.int16], body: npt.NDArray[np.bool_], progress: Progress,
               context: Context | None = None) -> Iterator[Tensor]:
        """Blended logits of all slices, in order, as blocks (slices, rows, columns, classes) in fp32.

        Args:
            hu: CT numbers on the network's grid, patient order.
            body: mask on the same grid; elsewhere the network does not run and background wins.
            context: what a network that wants it is told of the organs on the grid.
        """
        self._prepare(partial(self._central_block, hu, context))
        slabs = plan_slabs(body, self.spec.patch_voxels, self.spec.architecture.divisor, _MAX_TILE_VOXELS)
        total = sum(len(slab.tiles) for slab in slabs)
        done = 0
        pending = torch.zeros(0, *hu.shape[1:], self.spec.architecture.out_channels)
        for slab, following in zip(slabs, [*slabs[1:], None], strict=True):
            low, high = max(slab.start, 0), min(slab.stop, len(hu))
            block = torch.zeros(high - low, *pending.shape[1:])
            block[:len(pending)] = pending
            for tile in slab.tiles:
                self._heartbeat = partial(progress.update, STAGES[self.spec.name], done / total)
                _add(block, low, tile, self._infer(self._channels(hu, context, tile)))
                done += 1
            final = (following.start if following else len(hu)) - low
            pending = block[final:].clone()
            block[:final, ..., 0].masked_fill_(torch.from_numpy(~body[low:low + final]), _SURE_LOGIT)
            yield block[:final]
        progress.update(STAGES[self.spec.name], 1.0)

    def apply(self, channels: Tensor) -> Tensor:
        """Logits (slices, rows, columns, classes) in fp32 of one ready input (1, channel, slices, rows, columns)."""
        self._prepare(lambda: channels)
        return self._infer(channels)

    def _prepare(self, sample: Callable[[], Tensor]) -> None:
        """Load the network, in the fast number format if that agrees with fp32 on a sample of its input."""
        if self._network is not None:
            return
        self.dtype = self._number_format()
        network = self._place(self.spec.build())
        if self.dtype != torch.float32:
            exact = self.spec.build()
            if not is_precise(network, exact, sample()):
                self.dtype = torch.float32
                network = self._place(exact)
        network.before_each_layer(lambda: self._heartbeat())
        self._network = network

    def _number_format(self) -> torch.dtype:
        return torch.float32 if self._exact else fast_precision(self.device)

    def _central_block(self, hu: npt.NDArray[np.int16], context: Context | None) -> Tensor:
        """Input at the centre of the body."""
        side = -(-_CHECK_SIDE // self.spec.architecture.divisor) * self.spec.architecture.divisor
        z, y, x = ((size - side) // 2 for size in hu.shape)
        return self._channels(hu, context, Tile((z, y, x), (side, side, side), ()))

    def _place(self, network: DynUNet) -> DynUNet:
        """The network on the device, in the number format and memory layout in use."""
        network.reduce_precision(self.dtype)
        placed: DynUNet = network.to(self.device).to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
        return placed

    def _infer(self, channels: Tensor) -> Tensor:
        """Logits (slices, rows, columns, classes) of a block of input (1, channel, ...), fp32 on the CPU."""
        assert self._network is not None
        try:
            with torch.inference_mode():
                patch = channels.to(self.device, memory_format=torch.channels_last_3d)
                return self._network(patch)[0].permute(1, 2, 3, 0).float().cpu()
        except RuntimeError as error:
            if self.device.type == "cpu":
                if "memory" in str(error):
                    raise DuOncoError("There is not enough memory for the analysis of this scan.", details=repr(error),
                                      exit_code=ExitCode.OUT_OF_RESOURCES) from error
                raise
            if "out of memory" not in str(error):
                raise
        self.warnings.append(_GPU_FULL)
        self.device = torch.device("cpu")
        self.dtype = self._number_format()
        self._place(self._network)
        return self._infer(channels)

    def _channels(self, hu: npt.NDArray[np.int16], context: Context | None, tile: Tile) -> Tensor:
        """Network input (1, channel, slices, rows, columns) of a tile in fp32: windows from -1 to 1, then context."""
        block = _cut(hu, tile, AIR_HU)
        channels = [((block - low) * (2 / (high - low)) - 1).clamp_(-1, 1) for low, high in self.spec.input_windows_hu]
        if context is not None:
            there = replace(context, organs=_cut(context.organs, tile, 0).to(torch.uint8).numpy())
            channels += torch.from_numpy(there.channels(block.numpy()))
        return torch.stack(channels)[None]


def _cut(volume: npt.NDArray[np.int16] | npt.NDArray[np.uint8], tile: Tile, outside: int) -> Tensor:
    """Values of a tile as fp32; `outside` where it reaches beyond the grid."""
    block = torch.full(tile.shape, float(outside))
    inside, source = _overlap(tile, volume.shape)
    block[inside] = torch.from_numpy(volume[source].astype(np.float32))
    return block


def _add(block: Tensor, first_slice: int, tile: Tile, logits: Tensor) -> None:
    """Blend the logits of a tile into a block that starts at a slice of the grid."""
    inside, target = _overlap(tile, (first_slice + len(block), *block.shape[1:3]))
    z, y, x = (torch.from_numpy(ramp[part]) for ramp, part in zip(tile.weights, inside, strict=True))
    weights = z[:, None, None] * y[:, None] * x
    target = (slice(target[0].start - first_slice, target[0].stop - first_slice), *target[1:])
    block[target].addcmul_(logits[inside], weights[..., None])


def _overlap(tile: Tile, shape: tuple[int, ...]) -> tuple[Box, Box]:
    """The part of a tile that lies on a grid: in indices of the tile and of the grid."""
    low = [max(start, 0) for start in tile.start]
    high = [min(start + side, size) for start, side, size in zip(tile.start, tile.shape, shape, strict=True)]
    target = [slice(a, b) for a, b in zip(low, high, strict=True)]
    inside = [slice(a - start, b - start) for a, b, start in zip(low, high, tile.start, strict=True)]
    return (inside[0], inside[1], inside[2]), (target[0], target[1], target[2])

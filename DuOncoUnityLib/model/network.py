"""The segmentation network: a plain 3D U-Net with the topology and weight names of MONAI's DynUNet, in torch alone.

Reference: Isensee et al., nnU-Net, Nature Methods 2021; monai.networks.nets.DynUNet without residual blocks and deep
supervision. Batch normalisation, so that it folds into the convolutions and the network acts on any patch size alike.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.backends import mkldnn
from torch.nn.utils.fusion import fuse_conv_bn_eval


@dataclass(frozen=True)
class Architecture:
    """Shape of a U-Net; the names are those of MONAI's DynUNet.

    Attributes:
        filters: channels per level, from the finest to the bottleneck.
        kernel_size, strides: per level; the stride of a level is applied on entering it, the first one is 1.
    """

    in_channels: int
    out_channels: int
    filters: tuple[int, ...]
    kernel_size: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def divisor(self) -> int:
        """Patch sides must be multiples of this."""
        product = 1
        for stride in self.strides:
            product *= stride
        return product


class ConvBlock(nn.Module):
    """Two times convolution, normalisation and leaky ReLU (MONAI: UnetBasicBlock)."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, stride: int) -> None:
        super().__init__()
        self.conv1 = _named(nn.Conv3d(in_channels, out_channels, kernel_size, stride, kernel_size // 2, bias=False))
        self.norm1: nn.Module = nn.BatchNorm3d(out_channels)
        self.conv2 = _named(nn.Conv3d(out_channels, out_channels, kernel_size, 1, kernel_size // 2, bias=False))
        self.norm2: nn.Module = nn.BatchNorm3d(out_channels)
        self.activation = nn.LeakyReLU(0.01, inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.activation(self.norm1(self.conv1(x)))
        return self.activation(self.norm2(self.conv2(x)))

    def fold_normalisation(self) -> None:
        """Fold the statistics of the normalisation into weights and biases of the convolutions."""
        for conv, norm in ((self.conv1, self.norm1), (self.conv2, self.norm2)):
            assert isinstance(conv[0], nn.Conv3d) and isinstance(norm, nn.BatchNorm3d)
            folded = fuse_conv_bn_eval(conv[0], norm)
            conv[0] = QuickConv(folded, folded.weight)
        self.norm1 = self.norm2 = nn.Identity()


class QuickConv(nn.Conv3d):
    """A convolution for inference that is quick on the CPU for small inputs, too.

    PyTorch takes the size of a single input to be channels x slices x rows. Below 20,480 it does without oneDNN and is
    five to ten times slower, on one core: so in most layers on the view of a click.

    Args:
        conv: the convolution.
        weight: its weight, or that of some of its input channels.
    """

    def __init__(self, conv: nn.Conv3d, weight: Tensor) -> None:
        super().__init__(weight.shape[1], conv.out_channels, conv.kernel_size, conv.stride, conv.padding)  # type: ignore[arg-type]
        self.weight, self.bias = nn.Parameter(weight.detach().clone()), conv.bias
        self.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        if x.device.type != "cpu" or x.dtype != torch.float32 or not mkldnn.is_available():
            return super().forward(x)
        return torch.mkldnn_convolution(x, self.weight, self.bias, self.padding,  # type: ignore[arg-type]
                                        self.stride, self.dilation, self.groups)


class JoinedConv(nn.Module):
    """A convolution of two inputs joined along the channels, for inference: the sum of a convolution of each.

    Without the joined copy an up block needs a quarter less memory, and less time.
    """

    def __init__(self, conv: nn.Conv3d) -> None:
        super().__init__()
        self.first, self.second = (QuickConv(conv, half) for half in conv.weight.chunk(2, dim=1))
        self.second.bias = None

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return self.first(first).add_(self.second(second))


class UpBlock(nn.Module):
    """Transposed convolution, joined with the skip connection, then a `ConvBlock` (MONAI: UnetUpBlock)."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, stride: int) -> None:
        super().__init__()
        self.transp_conv = _named(nn.ConvTranspose3d(in_channels, out_channels, stride, stride, bias=False))
        self.conv_block = ConvBlock(2 * out_channels, out_channels, kernel_size, 1)

        self.joined_conv: JoinedConv | None = None

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = self.transp_conv(x)
        if self.joined_conv is None:
            return self.conv_block(torch.cat((x, skip), dim=1))
        block = self.conv_block
        x = block.activation(self.joined_conv(x, skip))
        return block.activation(block.conv2(x))

    def join(self) -> None:
        """Once the normalisation is folded: do without the joined copy of both inputs."""
        conv = self.conv_block.conv1[0]
        assert isinstance(conv, nn.Conv3d)
        self.joined_conv = JoinedConv(conv)
        self.conv_block.conv1 = nn.Sequential()


class OutBlock(nn.Module):
    """Convolution to one logit per class (MONAI: UnetOutBlock); its weights may be more precise than its input."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = _named(nn.Conv3d(in_channels, out_channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x.to(next(self.parameters()).dtype))

    def quicken(self) -> None:
        """For inference only: the same output, sooner."""
        conv = self.conv[0]
        assert isinstance(conv, nn.Conv3d)
        self.conv[0] = QuickConv(conv, conv.weight)


class DynUNet(nn.Module):
    """U-Net from (batch, channel, z, y, x) to logits of the same size; see `Architecture`."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        filters, kernels, strides = architecture.filters, architecture.kernel_size, architecture.strides
        inputs = (architecture.in_channels, *filters[:-1])
        levels = [ConvBlock(*shape) for shape in zip(inputs, filters, kernels, strides, strict=True)]
        self.input_block = levels[0]
        self.downsamples = nn.ModuleList(levels[1:-1])
        self.bottleneck = levels[-1]
        self.upsamples = nn.ModuleList(
            UpBlock(filters[level], filters[level - 1], kernels[level], strides[level])
            for level in range(len(filters) - 1, 0, -1))
        self.output_block = OutBlock(filters[0], architecture.out_channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.input_block(x).to(next(self.bottleneck.parameters()).dtype)
        skips = [x]
        for block in self.downsamples:
            x = block(x)
            skips.append(x)
        x = self.bottleneck(x)
        for block in self.upsamples:
            x = block(x, skips.pop())
        return self.output_block(x)

    def fold_normalisation(self) -> None:
        """Turn the network into one for inference only: same output, no normalisation layers."""
        self.eval()
        for block in self.modules():
            if isinstance(block, ConvBlock):
                block.fold_normalisation()
        for block in self.upsamples:
            assert isinstance(block, UpBlock)
            block.join()
        self.output_block.quicken()

    def reduce_precision(self, dtype: torch.dtype) -> None:
        """Turn all but the first block and the logits into another number format.

        With their weights rounded to bf16, the errors of the first block go through the whole network, and classes that
        are nearly as likely change places.
        """
        for part in self.children():
            if part is not self.input_block and part is not self.output_block:
                part.to(dtype)

    def before_each_layer(self, call: Callable[[], None]) -> None:
        """Have `call` run before every convolution, so that a long forward pass can be stopped by an exception."""
        for layer in self.modules():
            if isinstance(layer, (nn.Conv3d, nn.ConvTranspose3d)):
                layer.register_forward_pre_hook(lambda *_: call())


def without_aliases(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights saved by MONAI without those that inference does not use (second names, heads of deep supervision)."""
    unused = ("skip_layers.", "deep_supervision_heads.")
    return {key: value for key, value in state.items() if not key.startswith(unused)}


def _named(layer: nn.Module) -> nn.Sequential:
    """The layer under the name "conv", as MONAI's Convolution holds it."""
    return nn.Sequential(OrderedDict(conv=layer))

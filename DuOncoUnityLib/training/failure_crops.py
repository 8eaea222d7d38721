"""Small pictures of what went wrong: missed lesions and false proposals, one axial cut each.

Cuts are kept beside the figures of a scan, so that the pictures of the documentation are drawn without analysing again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.files import replacing
from DuOncoUnityLib.lesions.components import Component

SIDE_MM = 110.0
SOFT_TISSUE_HU, LUNG_HU = (-160.0, 240.0), (-1200.0, 300.0)
MOST_CUTS = 6
WEBP = {"quality": 60}  # noise of CT takes ten times as much room as PNG


@dataclass(frozen=True)
class Cut:
    """An axial cut around a lesion or proposal.

    Attributes:
        title: what it is.
        grey: uint8 rows (A to P) and columns (R to L) of the CT in a window.
        mask: the lesion or proposal on the cut.
        aspect: height of a pixel by its width.
    """

    title: str
    grey: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.bool_]
    aspect: float


def cut_through(ct: CTVolume, component: Component, title: str) -> Cut:
    """The axial cut on which the component is largest, its centre in the middle."""
    whole = np.zeros(ct.hu.shape, bool)
    whole[component.box] = component.mask
    hu, geometry = ct.geometry.to_patient_order(ct.hu)
    mask, _ = ct.geometry.to_patient_order(whole)
    k = int(mask.sum(axis=(1, 2)).argmax())
    row, column = (int(n) for n in np.argwhere(mask[k]).mean(axis=0).round())
    half = [int(SIDE_MM / 2 / step) for step in geometry.spacing_mm[1::-1]]
    rows, columns = (np.arange(at - far, at + far) for at, far in zip((row, column), half, strict=True))
    inside = np.ix_((rows >= 0) & (rows < hu.shape[1]), (columns >= 0) & (columns < hu.shape[2]))
    plane, outline = np.full((len(rows), len(columns)), -1024.0), np.zeros((len(rows), len(columns)), bool)
    source = np.ix_(rows[(rows >= 0) & (rows < hu.shape[1])], columns[(columns >= 0) & (columns < hu.shape[2])])
    plane[inside], outline[inside] = hu[k][source], mask[k][source]
    around = ndimage.binary_dilation(outline, iterations=4) & ~outline
    low, high = LUNG_HU if np.median(plane[around]) < -300 else SOFT_TISSUE_HU
    grey = np.clip((plane - low) * (255.0 / (high - low)), 0, 255).astype(np.uint8)
    return Cut(title, grey, outline, geometry.spacing_mm[1] / geometry.spacing_mm[0])


def largest_missed(ct: CTVolume, components: Sequence[Component], rows: Sequence[dict[str, Any]]) -> list[Cut]:
    """The largest true lesions that no proposal found, in whatever confidence."""
    missed = sorted((n for n, row in enumerate(rows) if row["confidence"] is None),
                    key=lambda n: -rows[n]["long_axis_mm"])
    return [cut_through(ct, components[n], f"{rows[n]['site'].replace('_', ' ')}, {rows[n]['long_axis_mm']:.0f} mm")
            for n in missed[:MOST_CUTS]]


def surest_proposals(ct: CTVolume, components: Sequence[Component], rows: Sequence[dict[str, Any]],
                     count: int = MOST_CUTS) -> list[Cut]:
    """The proposals that match no known lesion, those with the highest confidence."""
    false = sorted((n for n, row in enumerate(rows) if not row["is_disease"]), key=lambda n: -rows[n]["confidence"])
    return [cut_through(ct, components[n], f"{rows[n]['id']}: {rows[n]['site'].replace('_', ' ') or 'no organ'}, "
                                           f"{rows[n]['long_axis_mm']:.0f} mm, p {rows[n]['confidence']:.2f}")
            for n in false[:count]]


def save_cuts(path: Path, cuts: Sequence[Cut]) -> None:
    """Write cuts into one `.npz` file."""
    arrays: dict[str, Any] = {"titles": np.array([cut.title for cut in cuts], dtype=str),
                              "aspects": np.array([cut.aspect for cut in cuts])}
    for n, cut in enumerate(cuts):
        arrays |= {f"grey{n}": cut.grey, f"mask{n}": cut.mask}
    with replacing(path) as temporary:
        np.savez_compressed(temporary, **arrays)


def read_cuts(path: Path) -> Iterator[Cut]:
    """The cuts of a file; none where it is absent."""
    if not path.exists():
        return
    with np.load(path, allow_pickle=False) as saved:
        for n, title in enumerate(saved["titles"]):
            yield Cut(str(title), saved[f"grey{n}"], saved[f"mask{n}"], float(saved["aspects"][n]))


def draw_cuts(path: Path, cuts: Sequence[Cut], columns: int = 6, dots_per_inch: int = 80) -> None:
    """Write a sheet of cuts as WebP, as wide as there are cuts: each with the outline of the lesion or proposal."""
    from matplotlib.figure import Figure

    columns = min(columns, len(cuts))
    rows = -(-len(cuts) // columns)
    figure = Figure(figsize=(1.9 * columns, 2.15 * rows), dpi=dots_per_inch, facecolor="white")
    for n in range(rows * columns):
        axes = figure.add_subplot(rows, columns, n + 1)
        axes.set_axis_off()
        if n < len(cuts):
            cut = cuts[n]
            axes.imshow(cut.grey, cmap="gray", vmin=0, vmax=255, aspect=cut.aspect, interpolation="bilinear")
            axes.contour(cut.mask, [0.5], colors="#ff4030", linewidths=0.9)
            axes.set_title(cut.title.replace(", ", "\n", 1), fontsize=6.5, pad=2)  # in two lines, to fit
    figure.subplots_adjust(0.005, 0.005, 0.995, 1.0 - 0.12 / rows, 0.03, 0.18)
    with replacing(path) as temporary:
        figure.savefig(temporary, pil_kwargs=WEBP)

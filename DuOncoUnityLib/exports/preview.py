"""One picture by which a person judges a result at a glance: coronal and axial overlays in radiological view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.exports.tables import site_name
from DuOncoUnityLib.files import replacing
from DuOncoUnityLib.geometry import FloatArray, Geometry
from DuOncoUnityLib.lesions.components import LabelArray
from DuOncoUnityLib.records.model import Caliper, Lesion
from DuOncoUnityLib.terminology import LAYERS, ORGANS, Layer, Term

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = "Research use, not a medical device; not reviewed"

# soft-tissue window
_LOWEST_HU, _HIGHEST_HU = -160, 240
_AIR_HU = -500
_SAME_MM = 0.01
_AXIAL_PANELS = 6
_HEIGHT_IN = 10.0
_CORONAL_IDS = 15
_LESION_LAYERS = (Layer.LESION, Layer.LYMPH_NODE)
_TISSUE_COLORS = {layer.label: LAYERS[layer].color for layer in Layer if layer not in _LESION_LAYERS}


@dataclass(frozen=True)
class _Scan:
    """Everything in patient order (S, P, L): rows of an axial slice run to the back, columns to the patient's left.

    Attributes:
        geometry: the grid in patient order.
        stored: the grid as the scan is stored.
        body: first and last row and column of the body, as slices (rows, columns).
    """

    hu: npt.NDArray[np.int16]
    labels: LabelArray
    organs: LabelArray | None
    geometry: Geometry
    stored: Geometry
    body: tuple[slice, slice]

    def position(self, lps_mm: npt.ArrayLike) -> FloatArray:
        """Points of the patient as (left, posterior, superior) mm from the first voxel of the grid."""
        return self.geometry.world_to_index(lps_mm) * self.geometry.spacing_mm


def write_preview(path: Path, ct: CTVolume, labels: LabelArray, lesions: Sequence[Lesion],
                  anatomy: LabelMap | None = None, l3_slice: int | None = None) -> None:
    """Draw the result: all layers and the anatomy on a coronal slice, and axial slices through the largest lesions.

    Args:
        path: PNG file, appears complete or not at all.
        ct: the scan.
        labels: KJI label map with the values of `Layer.label` on its grid.
        lesions: the measured lesions; the largest are shown and named.
        anatomy: organs on the same grid.
        l3_slice: index along `Geometry.axial_axis` of the slice at the third lumbar vertebra.

    Raises:
        DuOncoError: the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    scan = _patient_order(ct, labels, anatomy)
    coronal_width, axial_width = _panel_widths(scan)
    widths = [coronal_width, coronal_width, axial_width, axial_width]
    figure = Figure(figsize=(sum(widths) + 0.6, _HEIGHT_IN), facecolor="black")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(3, 4, width_ratios=widths, left=0.01, right=0.99, top=0.96, bottom=0.1, wspace=0.04,
                               hspace=0.1)
    largest = sorted(lesions, key=lambda lesion: -lesion.measurement.volume_ml)
    j = _middle_row(scan)
    _draw_coronal(figure.add_subplot(grid[:, 0]), scan, j, largest)
    _draw_coronal_anatomy(figure.add_subplot(grid[:, 1]), scan, j, anatomy)
    views = _axial_views(scan, largest, l3_slice)
    for n, (k, title, lesion) in enumerate(views):
        _draw_axial(figure.add_subplot(grid[n // 2, 2 + n % 2]), scan, k, title, lesion, lesions)
    _draw_legends(figure, scan, j, anatomy)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=100, facecolor="black", pil_kwargs={"compress_level": 1})


def _patient_order(ct: CTVolume, labels: LabelArray, anatomy: LabelMap | None) -> _Scan:
    hu, geometry = ct.geometry.to_patient_order(ct.hu)
    ordered, _ = ct.geometry.to_patient_order(labels)
    organs = ct.geometry.to_patient_order(anatomy.labels)[0] if anatomy else None
    body = _extent(np.any(hu[::4] > _AIR_HU, axis=0))
    return _Scan(hu, ordered, organs, geometry, ct.geometry, body)


def _extent(inside: npt.NDArray[np.bool_]) -> tuple[slice, slice]:
    """Rows and columns that hold anything; all of them where nothing does."""
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return slice(0, inside.shape[0]), slice(0, inside.shape[1])
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _panel_widths(scan: _Scan) -> tuple[float, float]:
    """Width in inches of a coronal and an axial panel, so that the body fills them."""
    rows, columns = scan.body
    across, back, up = scan.geometry.spacing_mm
    width_mm, depth_mm = (columns.stop - columns.start) * across, (rows.stop - rows.start) * back
    height_mm = scan.geometry.shape[0] * up
    panel_in = 0.86 * _HEIGHT_IN
    return min(panel_in * width_mm / height_mm, 7.0), min(panel_in / 3 * width_mm / depth_mm, 7.0)


def _middle_row(scan: _Scan) -> int:
    """The coronal slice through the middle of the body."""
    counts = np.count_nonzero(scan.hu[::4, :, ::4] > _LOWEST_HU, axis=(0, 2))
    if not counts.any():
        return scan.hu.shape[1] // 2
    return int(np.searchsorted(np.cumsum(counts), counts.sum() / 2))


def _axial_views(scan: _Scan, largest: Sequence[Lesion],
                 l3_slice: int | None) -> list[tuple[int, str, Lesion | None]]:
    """Slice, title and lesion of every axial panel: L3 where known, then lesions on different slices, largest first."""
    views: list[tuple[int, str, Lesion | None]] = []
    if l3_slice is not None:
        index = np.zeros(3)
        index[2 - scan.stored.axial_axis] = l3_slice
        views.append((_slice_at(scan, scan.stored.index_to_world(index)), "Level of L3", None))
    for lesion in largest:
        measurement = lesion.measurement
        k = _slice_at(scan, measurement.long_axis.start_lps_mm)
        if len(views) < _AXIAL_PANELS and k not in [view[0] for view in views]:
            size = f"{measurement.long_axis.length_mm:.0f} x {measurement.short_axis.length_mm:.0f} mm"
            views.append((k, f"{lesion.id}  {site_name(lesion.site)}  {size}  {measurement.volume_ml:.1f} ml", lesion))
    return views or [(scan.hu.shape[0] // 2, "No lesion found", None)]


def _slice_at(scan: _Scan, lps_mm: npt.ArrayLike) -> int:
    return round(float(scan.geometry.world_to_index(lps_mm)[2]))


def _draw_coronal(axes: Axes, scan: _Scan, j: int, largest: Sequence[Lesion]) -> None:
    rows, columns = slice(None), scan.body[1]
    extent = _show(axes, scan, scan.hu[:, j, columns], (2, 0), columns.start, 0)
    axes.imshow(_colored(scan.labels[:, j, columns], _TISSUE_COLORS, 0.45), extent=extent, origin="lower",
                interpolation="nearest")
    for layer in _LESION_LAYERS:
        projected = (scan.labels[rows, :, columns] == layer.label).any(axis=1)
        color = LAYERS[layer].color
        axes.imshow(_colored(projected.astype(np.uint8), {1: color}, 0.55), extent=extent, origin="lower",
                    interpolation="nearest")
        _contour(axes, projected, extent, color)
    for lesion in largest[:_CORONAL_IDS]:
        left, _, superior = scan.position(lesion.measurement.centroid_lps_mm)
        _name(axes, lesion.id, left, superior)
    _finish(axes, "Coronal, lesions of all depths")


def _draw_coronal_anatomy(axes: Axes, scan: _Scan, j: int, anatomy: LabelMap | None) -> None:
    columns = scan.body[1]
    extent = _show(axes, scan, scan.hu[:, j, columns], (2, 0), columns.start, 0)
    if scan.organs is not None and anatomy is not None:
        axes.imshow(_colored(scan.organs[:, j, columns], _organ_colors(anatomy), 0.5), extent=extent, origin="lower",
                    interpolation="nearest")
    _finish(axes, "Coronal, anatomy" if anatomy else "Coronal")


def _draw_axial(axes: Axes, scan: _Scan, k: int, title: str, shown: Lesion | None, lesions: Sequence[Lesion]) -> None:
    rows, columns = _extent(scan.hu[k] > _AIR_HU)
    labels = scan.labels[k, rows, columns]
    extent = _show(axes, scan, scan.hu[k, rows, columns], (2, 1), columns.start, rows.start)
    axes.imshow(_colored(labels, _TISSUE_COLORS, 0.3), extent=extent, origin="lower", interpolation="nearest")
    for layer in _LESION_LAYERS:
        _contour(axes, labels == layer.label, extent, LAYERS[layer].color)
    if shown is not None:
        for caliper in (shown.measurement.long_axis, shown.measurement.short_axis):
            _line(axes, scan, caliper)
    for lesion in lesions:
        corners = scan.stored.index_to_world(np.reshape(lesion.measurement.bounding_box_ijk, (2, 3)))
        (_, front, lowest), (left, _, highest) = np.sort(scan.position(corners), axis=0)
        if lowest - _SAME_MM <= k * scan.geometry.spacing_mm[2] <= highest + _SAME_MM:
            _name(axes, lesion.id, left, front)
    axes.invert_yaxis()
    _finish(axes, title)


def _show(axes: Axes, scan: _Scan, plane: npt.NDArray[np.int16], array_axes: tuple[int, int], first_column: int,
          first_row: int) -> tuple[float, float, float, float]:
    """Draw a slice of the CT with mm as coordinates; returns its extent (left, right, bottom, top)."""
    across, up = (scan.geometry.spacing_mm[2 - axis] for axis in array_axes)
    height, width = plane.shape
    extent = ((first_column - 0.5) * across, (first_column + width - 0.5) * across,
              (first_row - 0.5) * up, (first_row + height - 0.5) * up)
    axes.imshow(plane, cmap="gray", vmin=_LOWEST_HU, vmax=_HIGHEST_HU, extent=extent, origin="lower")
    return extent


def _colored(labels: npt.NDArray[np.uint8], colors: Mapping[int, tuple[int, int, int]],
             alpha: float) -> npt.NDArray[np.float32]:
    """RGBA picture of a label slice; labels without a colour are transparent."""
    table = np.zeros((256, 4), np.float32)
    for label, color in colors.items():
        table[label] = (*_rgb(color), alpha)
    return table[labels]


def _contour(axes: Axes, mask: npt.NDArray[np.bool_], extent: tuple[float, float, float, float],
             color: tuple[int, int, int]) -> None:
    if mask.any() and min(mask.shape) > 1:
        axes.contour(mask, levels=[0.5], colors=[_rgb(color)], linewidths=1.3, extent=extent,
                     origin="lower")


def _line(axes: Axes, scan: _Scan, caliper: Caliper) -> None:
    ends = np.array([scan.position(caliper.start_lps_mm), scan.position(caliper.end_lps_mm)])
    axes.plot(ends[:, 0], ends[:, 1], color="white", linewidth=1.0)


def _name(axes: Axes, text: str, x_mm: float, y_mm: float) -> None:
    axes.annotate(text, (x_mm, y_mm), xytext=(4, 4), textcoords="offset points", color="white", fontsize=8,
                  bbox={"facecolor": "black", "alpha": 0.5, "pad": 1, "linewidth": 0}, annotation_clip=True)


def _finish(axes: Axes, title: str) -> None:
    """Patient's right on the left of the picture, marks R and L, no ticks."""
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_title(title, color="white", fontsize=10)
    for mark, x in (("R", 0.02), ("L", 0.98)):
        axes.text(x, 0.5, mark, transform=axes.transAxes, color="yellow", fontsize=12,
                  horizontalalignment="left" if mark == "R" else "right", verticalalignment="center")


def _draw_legends(figure: Figure, scan: _Scan, j: int, anatomy: LabelMap | None) -> None:
    """Legends of the layers and of the organs on the coronal slice, and the caption."""
    _legend(figure, list(LAYERS.values()), 0.065)
    if scan.organs is not None and anatomy is not None:
        shown = np.flatnonzero(np.bincount(scan.organs[:, j].ravel()))
        _legend(figure, [ORGANS[organ] for label, organ in anatomy.organs.items() if label in shown], 0.025)
    figure.text(0.99, 0.005, CAPTION, color="white", fontsize=11, horizontalalignment="right")


def _legend(figure: Figure, terms: Sequence[Term], bottom: float) -> None:
    from matplotlib.patches import Patch

    handles: list[Any] = [Patch(color=_rgb(term.color), label=term.name) for term in terms]
    figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.005, bottom), ncols=13, fontsize=8,
                  frameon=False, labelcolor="white", borderpad=0, columnspacing=1.2, handlelength=1.2)


def _rgb(color: tuple[int, int, int]) -> tuple[float, float, float]:
    red, green, blue = color
    return red / 255, green / 255, blue / 255


def _organ_colors(anatomy: LabelMap) -> dict[int, tuple[int, int, int]]:
    return {label: ORGANS[organ].color for label, organ in anatomy.organs.items()}

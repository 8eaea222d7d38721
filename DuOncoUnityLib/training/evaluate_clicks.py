"""How well the click network delineates real lesions, and how much that depends on where a person clicks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy import ndimage

from DuOncoUnityLib.ct.read import checked
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.evaluation.overlap import dice
from DuOncoUnityLib.geometry import Geometry, Vector
from DuOncoUnityLib.lesions.measure import measure_lesion
from DuOncoUnityLib.model.click import ClickResult, ClickSegmenter
from DuOncoUnityLib.model.click_view import deepest_voxel
from DuOncoUnityLib.records.model import Acquisition
from DuOncoUnityLib.training.baselines import baseline_dice

RANDOM_CLICKS = 20


@dataclass(frozen=True)
class LesionCase:
    """A real lesion with its mask (KJI, bool) on the grid of its CT."""

    name: str
    ct: CTVolume
    mask: npt.NDArray[np.bool_]


def real_lesions(data_dir: Path) -> list[LesionCase]:
    """Slabs of DeepLesion (`imgs` 0..255 = -160..240 HU, `gts`, and their grid) and pairs of CT and mask.

    The scans are checked as those that a person opens: slabs that were stored with a window get their air back.
    """
    cases = []
    for path in sorted((data_dir / "slabs").glob("CT_Lesion_*.npz")):
        with np.load(path) as slab:
            hu = np.rint(slab["imgs"] * (400.0 / 255.0) - 160.0).astype(np.int16)
            cases.append(LesionCase(path.stem, checked(CTVolume(hu, _slab_grid(slab), Acquisition())), slab["gts"] > 0))
    for path in sorted((data_dir / "slabs").glob("*_CT_image.nii.gz")):
        image = sitk.ReadImage(str(path), sitk.sitkInt16)
        mask = sitk.ReadImage(str(path).replace("_image", "_mask"), sitk.sitkUInt8)
        ct = CTVolume(sitk.GetArrayFromImage(image), Geometry.from_sitk(image), Acquisition())
        cases.append(LesionCase(path.name.split("_CT")[0], checked(ct), sitk.GetArrayFromImage(mask) > 0))
    return cases


def _slab_grid(slab: Mapping[str, npt.NDArray]) -> Geometry:
    """The grid of a slab: `spacing` and `origin` (x, y, z), and `direction` as ITK gives it."""
    slices, rows, columns = slab["imgs"].shape
    sx, sy, sz = (float(step) for step in slab["spacing"])
    ox, oy, oz = (float(place) for place in slab["origin"])
    return Geometry((slices, rows, columns), (sx, sy, sz), (ox, oy, oz), tuple(slab["direction"].tolist()))


def mirrored(case: LesionCase) -> list[LesionCase]:
    """The case and what it looks like with left and right, front and back, or head and feet exchanged.

    To the network each is another lesion, and so few real ones need every look.
    """
    hu, geometry = case.ct.geometry.to_patient_order(case.ct.hu)
    mask, _ = case.ct.geometry.to_patient_order(case.mask)
    return [LesionCase(case.name, replace(case.ct, hu=np.flip(hu, axes).copy(), geometry=geometry),
                       np.flip(mask, axes).copy()) for axes in ((), (2,), (1,), (0,))]


def click_figures(segmenter: ClickSegmenter, cases: Sequence[LesionCase],
                  clicks: int = RANDOM_CLICKS) -> dict[str, Any]:
    """Dice of a click at the deepest point, of clicks anywhere, of several, of a diameter, and of simpler methods.

    "offered" is the mean over the clicks anywhere of the best outline that a person is offered there (smaller, larger).

    Args:
        segmenter: the click network.
        cases: one lesion, or several views of one (`mirrored`), over which figures are averaged.
        clicks: anywhere in each.

    Returns:
        beside these, the volume of the lesion, and the long and short axes (mm, RECIST 1.1) of mask and outlines.
    """
    views = [_figures_of(segmenter, case, clicks) for case in cases]
    spread = np.concatenate([view["anywhere"] for view in views])
    figures = {name: np.mean([view[name] for view in views], axis=0).tolist() for name in views[0]}
    return {**figures, "axes_mm": dict(zip(("mask", "deepest", "diameter"), figures["axes_mm"], strict=True)),
            "anywhere": {"mean": float(spread.mean()), "sd": float(spread.std()), "worst": float(spread.min())}}


def _figures_of(segmenter: ClickSegmenter, case: LesionCase, clicks: int) -> dict[str, Any]:
    """The figures of one view of a lesion; "anywhere" holds the Dice of every click."""
    centre = deepest_voxel(case.mask, case.ct.geometry.spacing_mm[::-1])
    inside = np.argwhere(case.mask)
    anywhere = inside[np.random.default_rng(len(inside)).integers(len(inside), size=clicks)]
    one, line = _outline(segmenter, case, [centre]), _outline(segmenter, case, long_axis_ends(case), diameter=True)
    three = [[centre, *anywhere[n:n + 2]] for n in range(0, min(clicks - 1, 8), 2)]
    return {"volume_ml": float(len(inside)) * case.ct.geometry.voxel_volume_ml,
            "deepest": dice(one, case.mask), "anywhere": [_dice_of(segmenter, case, [place]) for place in anywhere],
            "offered": float(np.mean([_best_offered(segmenter, case, place) for place in anywhere])),
            "three_clicks": float(np.mean([_dice_of(segmenter, case, places) for places in three])),
            "diameter": dice(line, case.mask), "axes_mm": [_axes_mm(mask, case.ct) for mask in (case.mask, one, line)],
            **baseline_dice(case.ct, case.mask, (int(centre[0]), int(centre[1]), int(centre[2])))}


def _axes_mm(mask: npt.NDArray[np.bool_], ct: CTVolume) -> tuple[float, float]:
    """Long and short axis; 0 for an empty mask."""
    if not mask.any():
        return 0.0, 0.0
    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    lesion = measure_lesion(mask[box], box, ct)
    return lesion.long_axis.length_mm, lesion.short_axis.length_mm


def long_axis_ends(case: LesionCase) -> list[npt.NDArray[np.int64]]:
    """The two voxels (k, j, i) of a lesion that are nearest to the ends of its long axis (RECIST 1.1)."""
    box = ndimage.find_objects(case.mask.astype(np.uint8))[0]
    axis = measure_lesion(case.mask[box], box, case.ct).long_axis
    inside = np.argwhere(case.mask)
    places_mm = case.ct.geometry.index_to_world(inside[:, ::-1])
    return [inside[np.linalg.norm(places_mm - end, axis=1).argmin()] for end in (axis.start_lps_mm, axis.end_lps_mm)]


def _dice_of(segmenter: ClickSegmenter, case: LesionCase, places_kji: list[npt.NDArray[np.int64]]) -> float:
    return dice(_outline(segmenter, case, places_kji), case.mask)


def _best_offered(segmenter: ClickSegmenter, case: LesionCase, place_kji: npt.NDArray[np.int64]) -> float:
    try:
        results = segmenter.outlines(case.ct, _points(case, [place_kji]))
    except DuOncoError:  # nothing found at the click
        return 0.0
    return max(dice(_whole(result, case), case.mask) for result in results)


def _outline(segmenter: ClickSegmenter, case: LesionCase, places_kji: list[npt.NDArray[np.int64]], *,
             diameter: bool = False) -> npt.NDArray[np.bool_]:
    """What the network outlines at voxels (k, j, i), as clicks or as the ends of a diameter; empty for nothing."""
    points = _points(case, places_kji)
    try:
        result = segmenter.segment_diameter(case.ct, points) if diameter else segmenter.segment(case.ct, points)
    except DuOncoError:  # nothing found at the click
        return np.zeros(case.mask.shape, dtype=bool)
    return _whole(result, case)


def _points(case: LesionCase, places_kji: list[npt.NDArray[np.int64]]) -> list[Vector]:
    """Voxels (k, j, i) in LPS mm."""
    places_mm = [case.ct.geometry.index_to_world(place[::-1]) for place in places_kji]
    return [(float(x), float(y), float(z)) for x, y, z in places_mm]


def _whole(result: ClickResult, case: LesionCase) -> npt.NDArray[np.bool_]:
    mask = np.zeros(case.mask.shape, dtype=bool)
    mask[result.box] = result.mask
    return mask


def click_table(figures: dict[str, dict[str, Any]]) -> list[str]:
    """The figures of all lesions as lines of Markdown."""
    lines = ["| Lesion | ml | one click, deepest point | one click, anywhere: mean ± sd (worst) "
             "| the best of those offered there | three clicks | longest diameter | region growing "
             "| connected threshold |", f"|{'---|' * 9}"]
    for name, entry in figures.items():
        spread = entry["anywhere"]
        lines.append(f"| {name} | {entry['volume_ml']:.0f} | {entry['deepest']:.2f} "
                     f"| {spread['mean']:.2f} ± {spread['sd']:.2f} ({spread['worst']:.2f}) "
                     f"| {entry['offered']:.2f} | {entry['three_clicks']:.2f} | {entry['diameter']:.2f} "
                     f"| {entry['region_growing']:.2f} | {entry['connected_threshold']:.2f} |")
    return lines

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
from DuOncoUnityLib.model.click import ClickSegmenter, deepest_voxel
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

    Args:
        segmenter: the click network.
        cases: one lesion, or several views of one (`mirrored`), over which figures are averaged.
        clicks: anywhere in each.

    Returns:
        beside these, the volume of the lesion, and the long and short axes (mm, RECIST 1.1) of mask and outlines.
    """
    deepest, spread, three, diameter, axes_mm, simple = [], [], [], [], [], []
    for case in cases:
        centre = deepest_voxel(case.mask, case.ct.geometry.spacing_mm[::-1])
        inside = np.argwhere(case.mask)
        rng = np.random.default_rng(len(inside))
        anywhere = inside[rng.integers(len(inside), size=clicks)]
        spread += [_dice_of(segmenter, case, [place]) for place in anywhere]
        three += [_dice_of(segmenter, case, [centre, *anywhere[n:n + 2]]) for n in range(0, min(clicks - 1, 8), 2)]
        one, line = _outline(segmenter, case, [centre]), _outline(segmenter, case, long_axis_ends(case), diameter=True)
        deepest.append(dice(one, case.mask))
        diameter.append(dice(line, case.mask))
        axes_mm.append([_axes_mm(mask, case.ct) for mask in (case.mask, one, line)])
        simple.append(baseline_dice(case.ct, case.mask, (int(centre[0]), int(centre[1]), int(centre[2]))))
    axes = np.mean(axes_mm, axis=0).tolist()
    return {"volume_ml": float(cases[0].mask.sum()) * cases[0].ct.geometry.voxel_volume_ml,
            "deepest": float(np.mean(deepest)),
            "anywhere": {"mean": float(np.mean(spread)), "sd": float(np.std(spread)), "worst": float(np.min(spread))},
            "three_clicks": float(np.mean(three)), "diameter": float(np.mean(diameter)),
            "axes_mm": dict(zip(("mask", "deepest", "diameter"), axes, strict=True)),
            **{name: float(np.mean([entry[name] for entry in simple])) for name in simple[0]}}


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


def _outline(segmenter: ClickSegmenter, case: LesionCase, places_kji: list[npt.NDArray[np.int64]], *,
             diameter: bool = False) -> npt.NDArray[np.bool_]:
    """What the network outlines at voxels (k, j, i), as clicks or as the ends of a diameter; empty for nothing."""
    mask = np.zeros(case.mask.shape, dtype=bool)
    points: list[Vector] = []
    for place in places_kji:
        x, y, z = case.ct.geometry.index_to_world(place[::-1])
        points.append((float(x), float(y), float(z)))
    try:
        result = segmenter.segment_diameter(case.ct, points) if diameter else segmenter.segment(case.ct, points)
    except DuOncoError:  # nothing found at the click
        return mask
    mask[result.box] = result.mask
    return mask


def click_table(figures: dict[str, dict[str, Any]]) -> list[str]:
    """The figures of all lesions as lines of Markdown."""
    lines = ["| Lesion | ml | one click, deepest point | one click, anywhere: mean ± sd (worst) | three clicks "
             "| longest diameter | region growing | connected threshold |", f"|{'---|' * 8}"]
    for name, entry in figures.items():
        spread = entry["anywhere"]
        lines.append(f"| {name} | {entry['volume_ml']:.0f} | {entry['deepest']:.2f} "
                     f"| {spread['mean']:.2f} ± {spread['sd']:.2f} ({spread['worst']:.2f}) "
                     f"| {entry['three_clicks']:.2f} | {entry['diameter']:.2f} | {entry['region_growing']:.2f} "
                     f"| {entry['connected_threshold']:.2f} |")
    return lines

"""How well the click network delineates real lesions, and how much that depends on where a person clicks."""

from __future__ import annotations

from dataclasses import dataclass
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
    """Slabs of DeepLesion (`imgs` 0..255 = -160..240 HU, `gts`, `spacing` x, y, z) and pairs of CT and mask.

    The scans are checked as those that a person opens: slabs that were stored with a window get their air back.
    """
    cases = []
    for path in sorted((data_dir / "slabs").glob("CT_Lesion_*.npz")):
        with np.load(path) as slab:
            hu = np.rint(slab["imgs"] * (400.0 / 255.0) - 160.0).astype(np.int16)
            x, y, z = (float(step) for step in slab["spacing"])
            ct = CTVolume(hu, Geometry((hu.shape[0], hu.shape[1], hu.shape[2]), (x, y, z)), Acquisition())
            cases.append(LesionCase(path.stem, checked(ct), slab["gts"] > 0))
    for path in sorted((data_dir / "slabs").glob("*_CT_image.nii.gz")):
        image = sitk.ReadImage(str(path), sitk.sitkInt16)
        mask = sitk.ReadImage(str(path).replace("_image", "_mask"), sitk.sitkUInt8)
        ct = CTVolume(sitk.GetArrayFromImage(image), Geometry.from_sitk(image), Acquisition())
        cases.append(LesionCase(path.name.split("_CT")[0], checked(ct), sitk.GetArrayFromImage(mask) > 0))
    return cases


def click_figures(segmenter: ClickSegmenter, case: LesionCase, clicks: int = RANDOM_CLICKS) -> dict[str, Any]:
    """Dice of a click at the deepest point, of clicks anywhere, of several, and of simpler methods."""
    centre = deepest_voxel(case.mask, case.ct.geometry.spacing_mm[::-1])
    inside = np.argwhere(case.mask)
    rng = np.random.default_rng(len(inside))
    anywhere = inside[rng.integers(len(inside), size=clicks)]
    spread = [_dice_of(segmenter, case, [place]) for place in anywhere]
    three = [_dice_of(segmenter, case, [centre, *anywhere[n:n + 2]]) for n in range(0, min(clicks - 1, 8), 2)]
    return {"volume_ml": float(case.mask.sum()) * case.ct.geometry.voxel_volume_ml,
            "deepest": _dice_of(segmenter, case, [centre]),
            "anywhere": {"mean": float(np.mean(spread)), "sd": float(np.std(spread)), "worst": float(np.min(spread))},
            "three_clicks": float(np.mean(three)), "ends": _dice_of(segmenter, case, long_axis_ends(case)),
            **baseline_dice(case.ct, case.mask, (int(centre[0]), int(centre[1]), int(centre[2])))}


def long_axis_ends(case: LesionCase) -> list[npt.NDArray[np.int64]]:
    """The two voxels (k, j, i) of a lesion that are nearest to the ends of its long axis (RECIST 1.1)."""
    box = ndimage.find_objects(case.mask.astype(np.uint8))[0]
    axis = measure_lesion(case.mask[box], box, case.ct).long_axis
    inside = np.argwhere(case.mask)
    places_mm = case.ct.geometry.index_to_world(inside[:, ::-1])
    return [inside[np.linalg.norm(places_mm - end, axis=1).argmin()] for end in (axis.start_lps_mm, axis.end_lps_mm)]


def _dice_of(segmenter: ClickSegmenter, case: LesionCase, places_kji: list[npt.NDArray[np.int64]]) -> float:
    points: list[Vector] = []
    for place in places_kji:
        x, y, z = case.ct.geometry.index_to_world(place[::-1])
        points.append((float(x), float(y), float(z)))
    try:
        result = segmenter.segment(case.ct, points)
    except DuOncoError:  # nothing found at the click
        return 0.0
    mask = np.zeros(case.mask.shape, dtype=bool)
    mask[result.box] = result.mask
    return dice(mask, case.mask)


def click_table(figures: dict[str, dict[str, Any]]) -> list[str]:
    """The figures of all lesions as lines of Markdown."""
    lines = ["| Lesion | ml | one click, deepest point | one click, anywhere: mean ± sd (worst) | three clicks "
             "| both ends of the long axis | region growing | connected threshold |", f"|{'---|' * 8}"]
    for name, entry in figures.items():
        spread = entry["anywhere"]
        lines.append(f"| {name} | {entry['volume_ml']:.0f} | {entry['deepest']:.2f} "
                     f"| {spread['mean']:.2f} ± {spread['sd']:.2f} ({spread['worst']:.2f}) "
                     f"| {entry['three_clicks']:.2f} | {entry['ends']:.2f} | {entry['region_growing']:.2f} "
                     f"| {entry['connected_threshold']:.2f} |")
    return lines

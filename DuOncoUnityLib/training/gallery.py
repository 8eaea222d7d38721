"""`python -m DuOncoUnityLib.training.gallery --out WEBP`: synthetic scans beside real CT, to judge realism by eye.

Above, whole synthetic scans; in the middle, patches as training makes them (turned, deformed, other scanners); below,
real CT of which pictures may be shown. All in one window. Red: lesions, yellow: lymph nodes, blue: some organs.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from DuOncoUnityLib.ct.read import read_ct
from DuOncoUnityLib.files import replacing
from DuOncoUnityLib.geometry import Vector
from DuOncoUnityLib.training.failure_crops import SOFT_TISSUE_HU, WEBP
from DuOncoUnityLib.training.generator_file import bundled_generator
from DuOncoUnityLib.training.hold_out import usual_scan
from DuOncoUnityLib.training.label_bank import load_bank
from DuOncoUnityLib.training.real_scans import PUBLISHABLE, REAL_SCANS
from DuOncoUnityLib.training.samples import SampleOptions, make_sample
from DuOncoUnityLib.training.structures import STRUCTURES

COLUMNS = 4
HEIGHTS = (0.78, 0.62, 0.45, 0.2)  # of the slices of whole scans, as parts of their length
FIRST_SEED = 500_001  # neither training, calibration nor evaluation draws these
PATCH_MM = 1.5
PATCH_VOXELS = (16, 160, 200)
BODY_SHARE = 0.3  # of the middle slice of a patch that is shown: others are black


@dataclass(frozen=True)
class Panel:
    """One picture: the slice in HU, masks with their colours, a title, height of a pixel by its width."""

    title: str
    hu: npt.NDArray[np.float32]
    outlines: tuple[tuple[npt.NDArray[np.bool_], str], ...] = ()
    aspect: float = 1.0


def synthetic_panels(seed: int, spacing_mm: Vector = (1.5, 1.5, 5.0)) -> Iterator[Panel]:
    """Slices of whole synthetic scans, a person each."""
    for number, height in enumerate(HEIGHTS):
        case = usual_scan(seed + number, spacing_mm)
        k = int(height * len(case.ct.hu))
        ids = case.lesion_ids[k]
        kinds = {lesion.number: lesion.layer for lesion in case.lesions}
        masks = {layer: np.isin(ids, [n for n, kind in kinds.items() if kind == layer])
                 for layer in ("lesion", "lymph_node")}
        yield Panel(f"synthetic scan {seed + number}", case.ct.hu[k].astype(np.float32),
                    (*_organs(case.structures[k]), (masks["lesion"], "#ff4030"), (masks["lymph_node"], "#ffd030")))


def training_panels(seed: int, cache: Path, data_dir: Path | None) -> Iterator[Panel]:
    """Patches with lesions, large enough to see where they are, and with some of the body."""
    numbers = bundled_generator()
    bank = load_bank(cache, 2, data_dir, numbers.bodies, first_seed=FIRST_SEED)
    options = SampleOptions(numbers, PATCH_MM, PATCH_VOXELS, (SOFT_TISSUE_HU,), None, lesion_probability=1.0,
                            mirror=True)
    middle = PATCH_VOXELS[0] // 2
    samples = (make_sample(bank, options, seed, number) for number in count())
    slices = ((image[0, middle], classes[middle]) for image, classes in samples)
    with_body = (one for one in slices if (one[0] > -1.0).mean() > BODY_SHARE)
    low, high = SOFT_TISSUE_HU
    for number, (density, classes) in enumerate(islice(with_body, COLUMNS)):
        hu = (density + 1.0) / 2.0 * (high - low) + low
        yield Panel(f"training patch {number}", hu, ((classes == 1, "#ff4030"), (classes == 2, "#ffd030")))


def real_panels(data_dir: Path) -> Iterator[Panel]:
    """Slices of real scans that may be shown; what is absent is left out."""
    names = [name for name in PUBLISHABLE if (data_dir / REAL_SCANS[name]).exists()]
    for number in range(COLUMNS if names else 0):
        name = names[number % len(names)]
        ct = read_ct(data_dir / REAL_SCANS[name])
        hu, geometry = ct.geometry.to_patient_order(ct.hu)
        height = (0.55, 0.5, 0.45, 0.3)[number]
        yield Panel(f"real: {PUBLISHABLE[name].split(',')[0]}", hu[int(height * len(hu))].astype(np.float32),
                    aspect=geometry.spacing_mm[1] / geometry.spacing_mm[0])


def draw_gallery(path: Path, rows: list[list[Panel]], dots_per_inch: int = 75) -> None:
    """Write the panels as WebP."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.0 * COLUMNS, 2.5 * len(rows)), dpi=dots_per_inch, facecolor="white")
    for row, panels in enumerate(rows):
        for column, panel in enumerate(panels):
            axes = figure.add_subplot(len(rows), COLUMNS, row * COLUMNS + column + 1)
            axes.set_axis_off()
            axes.imshow(panel.hu, cmap="gray", vmin=SOFT_TISSUE_HU[0], vmax=SOFT_TISSUE_HU[1], aspect=panel.aspect)
            for mask, color in panel.outlines:
                if mask.any():
                    axes.contour(mask, [0.5], colors=color, linewidths=0.5 if color.startswith("#40") else 1.0)
            axes.set_title(panel.title, fontsize=8, pad=2)
    figure.subplots_adjust(0.005, 0.005, 0.995, 0.965, 0.02, 0.09)
    with replacing(path) as temporary:
        figure.savefig(temporary, pil_kwargs=WEBP)


def _organs(structures: npt.NDArray[np.uint8]) -> Iterator[tuple[npt.NDArray[np.bool_], str]]:
    """Outlines of the organs on a slice."""
    organ = np.array([structure.organ for structure in STRUCTURES])[structures]
    for name in ("lung", "liver", "spleen", "kidney", "heart", "lumbar_spine", "bladder"):
        yield organ == name, "#40a0ff"


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, metavar="WEBP")
    parser.add_argument("--data", type=Path, default=os.environ.get("DUONCO_DATA"),
                        help="folder of phantoms and real CT (default: $DUONCO_DATA); what is absent is left out")
    parser.add_argument("--seed", type=int, default=FIRST_SEED, help="of the synthetic scans (default: %(default)s)")
    parser.add_argument("--cache", type=Path, default=Path("out") / "gallery", help="for bodies (default: out/gallery)")
    wanted = parser.parse_args(arguments)
    data = Path(wanted.data) if wanted.data else None
    rows = [list(synthetic_panels(wanted.seed)), list(training_panels(wanted.seed, wanted.cache, data))]
    real = list(real_panels(data)) if data else []
    print("real CT: shown" if real else "real CT: absent, left out")
    draw_gallery(wanted.out, [*rows, real] if real else rows)


if __name__ == "__main__":
    main()

"""The bodies that training draws its patches from: procedural torsos, ICRP phantoms, and real CT as background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy import ndimage

from DuOncoUnityLib.training import body, shapes, skeleton, torso, viscera
from DuOncoUnityLib.training.body import random_body
from DuOncoUnityLib.training.data_policy import training_file
from DuOncoUnityLib.training.generator import Bodies
from DuOncoUnityLib.training.phantoms import load_phantom
from DuOncoUnityLib.training.structures import CODE, STRUCTURES, LabelArray
from DuOncoUnityLib.training.torso import make_torso

BANK_SPACING_MM = 2.0
TRAINING_SEED = 1000  # torsos 1000, 1001, ...; evaluation uses seeds from 900000

# density ranges (HU) by which a real scan without labels tells where lesions may be put
REAL_STRUCTURES = (("lung", -950, -600), ("mediastinal_fat", -130, -60), ("liver", 20, 140), ("marrow", 180, 500))


@dataclass(frozen=True)
class BankEntry:
    """One body on a 2 mm grid, axes along S, P, L.

    Attributes:
        labels: uint8 structures (for a real scan: guessed from its density, good enough to place lesions).
        hu: int16 density of a real scan; None for a label map whose density is simulated.
        weight: how often it is drawn.
    """

    labels: LabelArray
    hu: npt.NDArray[np.int16] | None
    weight: float


def load_bank(folder: Path, torso_count: int, data_dir: Path | None, bodies: Bodies, *, real_weight: float = 0.0,
              phantom_weight: float = 1.0, first_seed: int = TRAINING_SEED) -> list[BankEntry]:
    """Bodies for training; torsos are made once and kept in `folder`.

    Args:
        folder: cache of the label maps.
        torso_count: number of procedural torsos; together they weigh 1.
        data_dir: folder with `phantoms/` and `ct/`; what is absent is left out.
        bodies: from what the torsos are drawn.
        real_weight: weight of real CT background; 0 leaves it out (a network that learns organs needs labels).
        phantom_weight: weight of all phantoms together.
        first_seed: of the torsos.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn_by = b"".join(Path(str(module.__file__)).read_bytes() for module in (body, shapes, skeleton, torso, viscera))
    persons = crc32(repr(bodies).encode() + drawn_by)
    entries = [BankEntry(_cached(folder, f"torso-{seed}-{persons:08x}", partial(_torso, bodies, seed)), None,
                         1.0 / torso_count)
               for seed in range(first_seed, first_seed + torso_count)]
    if data_dir is not None:
        paths = sorted((data_dir / "phantoms").glob("ICRP110_*_organIDs.nii.gz"))
        entries += [BankEntry(_cached(folder, f"phantom-{path.name[8:10]}-{'down' if arms else 'up'}",
                                      partial(_phantom, training_file(path), arms)), None,
                               phantom_weight / 2 / len(paths))
                    for path in paths for arms in (True, False)]
        if real_weight > 0.0:
            entries += [_real_background(training_file(path), real_weight)
                        for path in sorted((data_dir / "ct").glob("C3N-*.nii.gz"))]
    return entries


def _cached(folder: Path, name: str, make: Callable[[], LabelArray]) -> LabelArray:
    version = crc32(repr(STRUCTURES).encode())  # label values mean nothing under another table
    path = folder / f"{name}-{version:08x}.npy"
    if not path.exists():
        temporary = path.with_suffix(".part.npy")
        np.save(temporary, make())
        temporary.replace(path)
    return np.load(path)


def _torso(bodies: Bodies, seed: int) -> LabelArray:
    return make_torso(seed, (BANK_SPACING_MM,) * 3, body=random_body(bodies, seed)).labels


def _phantom(path: Path, arms: bool) -> LabelArray:
    return load_phantom(path, BANK_SPACING_MM, arms=arms)


def _real_background(path: Path, weight: float) -> BankEntry:
    image = sitk.DICOMOrient(sitk.ReadImage(str(path), sitk.sitkInt16), "LPS")
    size = [round(n * s / BANK_SPACING_MM) for n, s in zip(image.GetSize(), image.GetSpacing(), strict=True)]
    image = sitk.Resample(image, size, sitk.Transform(), sitk.sitkLinear, image.GetOrigin(), (BANK_SPACING_MM,) * 3,
                          image.GetDirection(), -1024)
    hu = sitk.GetArrayFromImage(image)
    labels = np.zeros(hu.shape, dtype=np.uint8)
    for structure, low, high in REAL_STRUCTURES:
        labels[(hu >= low) & (hu < high)] = CODE[structure]
    labels[~_body(hu)] = CODE["air"]
    return BankEntry(labels, hu, weight)


def _body(hu: npt.NDArray[np.int16]) -> npt.NDArray[np.bool_]:
    """The largest object denser than -400 HU, thin parts (table) opened away, holes of its slices filled."""
    opened = ndimage.binary_opening(hu > -400, iterations=3)
    parts, _ = ndimage.label(opened)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.stack([ndimage.binary_fill_holes(plane) for plane in parts == sizes.argmax()])

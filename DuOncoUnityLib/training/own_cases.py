"""Training samples from a site's own annotated cases, mixed with the synthetic ones (fine-tuning).

The cases stand in a datalist as MONAI reads it (`monai.data.load_decathlon_datalist`):

    {"labels": {"1": "lesion", "2": "lymph_node"},
     "training": [{"image": "a_ct.nii.gz", "label": "a.seg.nrrd"}, {"image": "b", "label": "b_mask.nii.gz"}]}

Paths count from the list's folder; an image may be a DICOM folder. Segments of a `.seg.nrrd` are found by their names
("Lesions", "Lymph nodes"); "labels" says what the numbers of a label map mean. Everything that is annotated as neither
is background: a case must be annotated completely.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from DuOncoUnityLib.analysis import anatomy_of
from DuOncoUnityLib.ct.read import read_ct
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.evaluation.segments import read_segments
from DuOncoUnityLib.files import replacing
from DuOncoUnityLib.model.body import find_body
from DuOncoUnityLib.model.context import Context, group_table, organ_medians
from DuOncoUnityLib.model.engine import Engine
from DuOncoUnityLib.model.prompts import click_channels
from DuOncoUnityLib.model.sampling import Grid, nearest, resample_hu
from DuOncoUnityLib.progress import Progress
from DuOncoUnityLib.terminology import LAYERS, ORGANS, Layer
from DuOncoUnityLib.training.clicks import more_clicks
from DuOncoUnityLib.training.data_policy import own_case_file
from DuOncoUnityLib.training.distributions import Rng
from DuOncoUnityLib.training.network import TrainingConfig
from DuOncoUnityLib.training.samples import OUTSIDE_SCAN_HU, FloatArray, rotation, to_channels
from DuOncoUnityLib.training.structures import LabelArray

INDEX = "cases.json"
LESION_PATCHES = 0.6  # share of the patches of the lesion network that centre on disease
_STREAM = 5  # of the random numbers, apart from those of synthetic samples
_CLASSES = {name: value for value, layer in ((1, Layer.LESION), (2, Layer.LYMPH_NODE))
            for name in (layer.value, LAYERS[layer].name)}


def is_own(config: TrainingConfig, seed: int, number: int) -> bool:
    """Whether a sample of the stream comes from the own cases."""
    return bool(np.random.default_rng([seed, number, _STREAM]).random() < config.case_share)


def prepare(datalist: Path, config: TrainingConfig, engine: Engine, folder: Path, progress: Progress) -> Path:
    """Resample the cases of a datalist to the voxels of a network, once.

    Args:
        datalist: see above.
        config: the network.
        engine: tells the anatomy around the lesions to a network that wants its context.
        folder: receives the arrays; complete when `INDEX` is there.
        progress: told about the cases.

    Returns:
        the folder.

    Raises:
        DuOncoError: the list or a case cannot be used, or a case is reserved for judging.
    """
    names, pairs = read_datalist(datalist)
    spacings = config.scales_mm or (config.spacing_mm,)
    kinds = ["hu", "classes", *(["organs", "medians"] if config.context else [])]
    wanted = {"spacings_mm": list(spacings), "kinds": kinds, "cases": [image.name for image, _ in pairs]}
    index = folder / INDEX
    if index.exists() and json.loads(index.read_text()) == wanted:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    index.unlink(missing_ok=True)
    for number, (image, label) in enumerate(pairs):
        progress.update("Preparing the cases", number / len(pairs))
        ct = read_ct(image)
        arrays = _arrays_of(ct, read_classes(label, names, ct), spacings, engine if config.context else None)
        for name, array in arrays.items():
            np.save(folder / f"{number}-{name}.npy", array)
    with replacing(index) as temporary:
        temporary.write_text(json.dumps(wanted) + "\n")
    return folder


def read_datalist(path: Path) -> tuple[dict[int, str], list[tuple[Path, Path]]]:
    """What the numbers of label maps mean, and the pairs of image and label.

    Raises:
        DuOncoError: the list cannot be read, is empty, or names a case that is reserved for judging.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        names = {int(number): str(name) for number, name in document.get("labels", {}).items()}
        pairs = [(path.parent / entry["image"], path.parent / entry["label"]) for entry in document["training"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DuOncoError("The list of cases cannot be read.", details=str(error)) from error
    if not pairs:
        raise DuOncoError("The list of cases is empty.")
    for pair in pairs:
        for file in pair:
            own_case_file(file)
    return names, pairs


def read_classes(path: Path, names: Mapping[int, str], ct: CTVolume) -> LabelArray:
    """Lesions (1) and lymph nodes (2) of a case on the grid of its CT in patient order.

    Raises:
        DuOncoError: the file has neither, or does not lie on the voxels of the CT.
    """
    segments = read_segments(path, names)
    _, geometry = ct.geometry.to_patient_order(ct.hu)
    found = {name: value for name, value in _CLASSES.items() if name in segments.places}
    if not found and not segments.complete:
        raise DuOncoError("A case has neither a segment of lesions nor one of lymph nodes.", details=path.name)
    classes = np.zeros(geometry.shape, np.uint8)
    for name, value in found.items():
        classes[segments.mask(name, geometry)] = value
    return classes


def _arrays_of(ct: CTVolume, classes: LabelArray, spacings_mm: tuple[float, ...],
               engine: Engine | None) -> dict[str, npt.NDArray[Any]]:
    """Density, classes, organs and their medians of a case around its body, per voxel size."""
    hu, geometry = ct.geometry.to_patient_order(ct.hu)
    organs = None
    if engine:
        anatomy = anatomy_of(engine.segment(ct, Progress()), ct)
        organs = ct.geometry.to_patient_order(anatomy.labels)[0]
    body = find_body(hu, geometry.spacing_mm[::-1])
    voxels = Grid.of_voxels(geometry.shape)
    arrays: dict[str, npt.NDArray[Any]] = {}
    for spacing in spacings_mm:
        grid = Grid.covering(body.box, geometry.spacing_mm[::-1], spacing)
        arrays[f"hu-{spacing:g}"] = resample_hu(hu, grid)
        arrays[f"classes-{spacing:g}"] = nearest(classes, voxels, grid)
        if organs is not None:
            arrays[f"organs-{spacing:g}"] = nearest(organs, voxels, grid)
            arrays[f"medians-{spacing:g}"] = organ_medians(arrays[f"hu-{spacing:g}"], arrays[f"organs-{spacing:g}"])
    return arrays


class OwnCases:
    """Cases that were prepared; arrays are read from the disk patch by patch.

    Args:
        folder: see `prepare`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def count(self) -> int:
        return len(json.loads((self._folder / INDEX).read_text())["cases"])

    def sample(self, config: TrainingConfig, seed: int, number: int) -> tuple[FloatArray, LabelArray]:
        """Sample `number` of the stream `seed`: image (channel, k, j, i) in -1..1 and classes (k, j, i)."""
        rng = np.random.default_rng([seed, number, _STREAM, 1])
        while True:
            case = int(rng.integers(self.count))
            made = self._click(case, config, rng) if config.network == "click" else self._lesion(case, config, rng)
            if made is not None:
                return made

    def _lesion(self, case: int, config: TrainingConfig, rng: Rng) -> tuple[FloatArray, LabelArray]:
        classes = self._read(case, "classes", config.spacing_mm)
        disease = np.argwhere(classes) if rng.random() < LESION_PATCHES else np.empty((0, 3), int)
        place = disease[rng.integers(len(disease))] if len(disease) else rng.integers(0, classes.shape)
        jitter = rng.uniform(-0.3, 0.3, 3) * config.patch_voxels
        grid = _turned_grid(place + jitter, config.patch_voxels, 1.0, rng)
        hu = _noisy(_read_at(self._read(case, "hu", config.spacing_mm), grid, OUTSIDE_SCAN_HU, order=1), rng)
        image = to_channels(hu, config.input_windows_hu)
        if config.context:
            medians = self._read(case, "medians", config.spacing_mm) if config.organ_reach_hu else None
            organs = _read_at(self._read(case, "organs", config.spacing_mm), grid, 0, order=0)
            context = Context(organs, group_table(["", *ORGANS]), config.organ_reach_hu, medians)
            image = np.concatenate((image, context.channels(hu)))
        target = _read_at(classes, grid, 0, order=0)
        if rng.random() < 0.5:
            image, target = image[..., ::-1].copy(), target[..., ::-1].copy()
        return image, target

    def _click(self, case: int, config: TrainingConfig, rng: Rng) -> tuple[FloatArray, LabelArray] | None:
        """One lesion of a case and clicks in it; None where the case has none, or it slips out of the patch."""
        scale = float(rng.choice(config.scales_mm))
        classes = self._read(case, "classes", scale)
        parts, count = ndimage.label(classes)
        if not count:
            return None
        inside = np.argwhere(parts == rng.integers(1, count + 1))
        click = inside[rng.integers(len(inside))]
        lesion = parts == parts[tuple(click)]
        grid = _turned_grid(click.astype(float), config.patch_voxels, float(np.exp(rng.normal(0.0, 0.12))), rng)
        mask = _read_at(lesion.astype(np.uint8), grid, 0, order=0)
        centre = (config.patch_voxels[0] // 2, config.patch_voxels[1] // 2, config.patch_voxels[2] // 2)
        if not mask[centre]:
            return None
        hu = _read_at(self._read(case, "hu", scale), grid, OUTSIDE_SCAN_HU, order=1)
        positive, negative = more_clicks(mask > 0, centre, config.numbers.clicks, rng)
        return click_channels(_noisy(hu, rng), config.input_windows_hu, positive, negative), mask

    def _read(self, case: int, kind: str, spacing_mm: float) -> npt.NDArray[Any]:
        return np.load(self._folder / f"{case}-{kind}-{spacing_mm:g}.npy", mmap_mode="r")


def _turned_grid(centre: npt.NDArray[np.float64], patch_voxels: tuple[int, int, int], scale: float,
                 rng: Rng) -> FloatArray:
    """Indices (3, k, j, i) of a patch around a voxel, turned and scaled a little; its middle voxel is the centre."""
    turn = rotation(rng.normal(0.0, np.deg2rad(5.0), 3))
    turn *= scale * np.exp(rng.normal(0.0, 0.06, 3))
    offsets = np.stack(np.meshgrid(*(np.arange(n) - n // 2 for n in patch_voxels), indexing="ij"))
    return np.asarray(np.einsum("ab,bkji->akji", turn, offsets) + centre[:, None, None, None], np.float32)


def _read_at(volume: npt.NDArray[Any], grid: FloatArray, outside: float, *, order: int) -> npt.NDArray[Any]:
    """A volume at indices; only the block that holds them is read."""
    low = np.maximum(np.floor(grid.min(axis=(1, 2, 3))).astype(int), 0)
    high = np.minimum(np.ceil(grid.max(axis=(1, 2, 3))).astype(int) + 1, volume.shape)
    if (low >= high).any():
        return np.full(grid.shape[1:], outside, np.float32 if order else volume.dtype)
    block = np.asarray(volume[tuple(slice(a, b) for a, b in zip(low, high, strict=True))])
    output = np.float32 if order else volume.dtype
    return ndimage.map_coordinates(block, grid - low[:, None, None, None], output, order=order, cval=outside)


def _noisy(hu: FloatArray, rng: Rng) -> FloatArray:
    """The density with some further noise and a small shift, as another scanner gives them."""
    noise = rng.normal(0.0, rng.uniform(0.0, 10.0), hu.shape)
    return np.asarray(hu + noise + rng.normal(0.0, 4.0), np.float32)

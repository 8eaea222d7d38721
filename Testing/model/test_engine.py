"""A CT goes in, labels on its own grid come out: the same for every storage order, stoppable, in bounded memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import SimpleITK as sitk
import torch
from scipy import ndimage

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import Cancelled, DuOncoError, ExitCode
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.model.bundle import Bundle, default_bundle_dir, load_bundle
from DuOncoUnityLib.model.context import Context, group_table
from DuOncoUnityLib.model.device import fast_precision
from DuOncoUnityLib.model.engine import Engine, Segmentation
from DuOncoUnityLib.model.runner import NetworkRunner
from DuOncoUnityLib.model.sampling import Grid
from DuOncoUnityLib.progress import Progress, ProgressEvent


@pytest.fixture(scope="module")
def engine(bundle: Bundle) -> Engine:
    return Engine(bundle, device="cpu", threads=1)


@pytest.fixture(scope="module")
def volume(make_phantom: Callable[..., CTVolume]) -> CTVolume:
    return make_phantom()


@pytest.fixture(scope="module")
def result(engine: Engine, volume: CTVolume) -> Segmentation:
    return engine.segment(volume, Progress())


def test_labels_lie_on_the_grid_of_the_ct(result: Segmentation, volume: CTVolume) -> None:
    assert result.anatomy.shape == result.lesions.shape == volume.hu.shape
    assert result.anatomy.dtype == result.lesions.dtype == np.uint8
    assert len(np.unique(result.anatomy)) > 2
    assert result.anatomy.max() < len(result.anatomy_labels)
    assert set(np.unique(result.lesions)) <= {0, 1, 2}
    outside = np.ones(volume.hu.shape, dtype=bool)
    outside[result.body_box_kji] = False
    assert outside.any()
    assert not result.anatomy[outside].any() and not result.lesions[outside].any()
    assert set(result.timings_s) == {"body", "anatomy", "lesion"}
    assert set(result.precision) == {"anatomy", "lesion"}


def test_probability_and_labels_tell_the_same(result: Segmentation, volume: CTVolume) -> None:
    grid = result.lesion_probability_geometry
    assert result.lesion_probability.shape == grid.shape
    indices = np.stack(np.meshgrid(*[np.arange(n) for n in volume.geometry.shape], indexing="ij")[::-1], axis=-1)
    position = np.moveaxis(grid.world_to_index(volume.geometry.index_to_world(indices)), -1, 0)[::-1]
    probability = ndimage.map_coordinates(result.lesion_probability.astype(float) / 255, position, order=1)
    sure = np.abs(probability - 0.5) > 0.45
    assert sure.mean() > 0.2
    assert ((probability > 0.5) == (result.lesions > 0))[sure].mean() > 0.99


def test_the_same_scan_gives_identical_labels(engine: Engine, volume: CTVolume, result: Segmentation) -> None:
    again = engine.segment(volume, Progress())
    assert np.array_equal(again.anatomy, result.anatomy)
    assert np.array_equal(again.lesions, result.lesions)
    assert np.array_equal(again.lesion_probability, result.lesion_probability)


BACKWARDS, FORWARDS = slice(None, None, -1), slice(None)


@pytest.mark.parametrize(("axes", "flips"), [
    ((0, 1, 2), (BACKWARDS, FORWARDS, FORWARDS)), ((0, 1, 2), (FORWARDS, BACKWARDS, BACKWARDS)),
    ((1, 0, 2), (BACKWARDS, FORWARDS, FORWARDS)), ((2, 0, 1), (BACKWARDS, FORWARDS, BACKWARDS))],
    ids=["slices upside down", "turned in the plane", "coronal slices", "sagittal slices"])
def test_storage_order_changes_nothing(engine: Engine, volume: CTVolume, result: Segmentation,
                                       axes: tuple[int, int, int], flips: tuple[slice, slice, slice]) -> None:
    stored = np.ascontiguousarray(volume.hu.transpose(axes)[flips])
    affine = volume.geometry.affine
    columns = [2 - axis for axis in axes[::-1]]
    corner = np.zeros(3)
    direction = np.empty((3, 3))
    for new, old in enumerate(columns):
        flipped = flips[2 - new].step == -1
        direction[:, new] = affine[:3, old] / volume.geometry.spacing_mm[old] * (-1 if flipped else 1)
        corner[old] = volume.geometry.shape[2 - old] - 1 if flipped else 0
    geometry = Geometry(stored.shape, tuple(volume.geometry.spacing_mm[old] for old in columns),
                        tuple(volume.geometry.index_to_world(corner)), tuple(direction.ravel()))
    other = engine.segment(CTVolume(stored, geometry), Progress())
    assert np.array_equal(other.anatomy, result.anatomy.transpose(axes)[flips])
    assert np.array_equal(other.lesions, result.lesions.transpose(axes)[flips])
    assert np.array_equal(other.lesion_probability, result.lesion_probability)
    assert other.lesion_probability_geometry.same_grid(result.lesion_probability_geometry)
    body = np.zeros(volume.hu.shape, dtype=bool)
    body[result.body_box_kji] = True
    assert body.transpose(axes)[flips][other.body_box_kji].all()


def test_progress_rises_to_one_with_stages(engine: Engine, volume: CTVolume) -> None:
    events: list[ProgressEvent] = []
    engine.segment(volume, Progress(events.append))
    fractions = [event.fraction for event in events]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1)
    assert list(dict.fromkeys(event.stage for event in events)) == [
        "Finding the body", "Segmenting organs, muscle and fat", "Finding lesions"]


@pytest.mark.parametrize("calls", [0, 1, 5, 20])
def test_cancelling_stops_at_the_next_layer(engine: Engine, volume: CTVolume, calls: int) -> None:
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > calls

    started = time.monotonic()
    with pytest.raises(Cancelled):
        engine.segment(volume, Progress(cancelled=cancelled))
    assert asked == calls + 1
    assert time.monotonic() - started < 60


def test_threads_are_given_back(bundle: Bundle, volume: CTVolume) -> None:
    before = torch.get_num_threads()
    with pytest.raises(Cancelled):
        Engine(bundle, "cpu", threads=before + 1).segment(volume, Progress(cancelled=lambda: True))
    assert torch.get_num_threads() == before


def test_an_empty_scan_is_refused(engine: Engine, volume: CTVolume) -> None:
    with pytest.raises(DuOncoError, match="No body"):
        engine.segment(CTVolume(np.full_like(volume.hu, -1024), volume.geometry), Progress())


@pytest.mark.parametrize("device", ["tpu", "cuda"])
def test_a_device_that_is_not_there_is_refused(bundle: Bundle, device: str) -> None:
    if device == "cuda" and torch.cuda.is_available():
        pytest.skip("this computer has CUDA")
    with pytest.raises(DuOncoError) as caught:
        Engine(bundle, device=device)
    assert caught.value.exit_code in (ExitCode.USAGE, ExitCode.OUT_OF_RESOURCES)


def test_reduced_precision_that_is_wrong_falls_back(bundle: Bundle, volume: CTVolume,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("DuOncoUnityLib.model.device._TOLERANCE", 0.0)
    monkeypatch.setattr("DuOncoUnityLib.model.runner.fast_precision", lambda device: torch.bfloat16)
    result = Engine(bundle, "cpu", threads=1).segment(volume, Progress())
    assert set(result.precision.values()) == {"float32"}


def _context(bundle: Bundle, organs: npt.NDArray[np.uint8], density_hu: float = 0.0) -> Context:
    """All organs of one density."""
    groups = group_table(bundle.anatomy.labels, bundle.lesion.context)
    return Context(organs, groups, bundle.lesion.organ_reach_hu, np.full(256, density_hu, np.float32))


def test_tiles_give_what_the_network_gives_at_once(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    """With overlaps as wide as the receptive field, blended tiles equal one pass over everything."""
    monkeypatch.setattr("DuOncoUnityLib.model.runner.fast_precision", lambda device: torch.float32)
    hu = ndimage.gaussian_filter(np.random.default_rng(0).normal(0, 900, (96, 32, 32)), 2).astype(np.int16) * 5
    body = np.ones(hu.shape, dtype=bool)
    context = _context(bundle, (hu > 0).astype(np.uint8))
    runner = NetworkRunner(bundle.lesion, torch.device("cpu"))
    whole = torch.cat(list(runner.logits(hu, body, Progress(), context)))
    monkeypatch.setattr("DuOncoUnityLib.model.runner._MAX_TILE_VOXELS", 64 * 32 * 32)
    monkeypatch.setattr("DuOncoUnityLib.model.tiling._OVERLAP", 32)
    tiled = torch.cat(list(runner.logits(hu, body, Progress(), context)))
    assert whole.shape == tiled.shape == (96, 32, 32, 3)
    assert (whole.argmax(-1) == tiled.argmax(-1)).float().mean() > 0.98


def test_far_from_the_edges_tiles_change_nothing(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    """All tiles lie on one lattice, so the coarse levels of the network average the same voxels in each of them."""
    monkeypatch.setattr("DuOncoUnityLib.model.runner.fast_precision", lambda device: torch.float32)
    hu = ndimage.gaussian_filter(np.random.default_rng(0).normal(0, 900, (250, 32, 32)), 2).astype(np.int16) * 5
    body = np.ones(hu.shape, dtype=bool)
    runner = NetworkRunner(bundle.lesion, torch.device("cpu"))
    context = _context(bundle, np.zeros(hu.shape, np.uint8))
    whole = torch.cat(list(runner.logits(hu, body, Progress(), context)))
    monkeypatch.setattr("DuOncoUnityLib.model.runner._MAX_TILE_VOXELS", 144 * 32 * 32)
    tiled = torch.cat(list(runner.logits(hu, body, Progress(), context)))
    assert not torch.equal(whole[100:140], tiled[100:140])
    far = slice(40, 80)
    torch.testing.assert_close(tiled[far], whole[far], rtol=0, atol=0.01 * float(whole.std()))


@pytest.mark.slow
@pytest.mark.parametrize("scan", ["tissue/example_ct_sm.nii.gz", "tissue/example_ct.nii.gz",
                                  "ct/CRLM-CT-1004_ct.nii.gz", "ct/LIDC-IDRI-0001_ct_1.2mm.nii.gz"])
def test_bf16_gives_the_labels_of_fp32_with_the_bundled_model(scan: str, real_data: Path,
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    if not default_bundle_dir().is_dir():
        pytest.skip("no bundled model")
    if fast_precision(torch.device("cpu")) is not torch.bfloat16:
        pytest.skip("this processor does not compute in bf16")
    image = sitk.ReadImage(str(real_data / scan))
    volume = CTVolume(sitk.GetArrayFromImage(image).astype(np.int16), Geometry.from_sitk(image))
    fast = Engine(load_bundle(default_bundle_dir()), "cpu").segment(volume, Progress())
    assert fast.precision == {"anatomy": "float32", "lesion": "bfloat16"}
    monkeypatch.setattr("DuOncoUnityLib.model.runner.fast_precision", lambda device: torch.float32)
    exact = Engine(load_bundle(default_bundle_dir()), "cpu").segment(volume, Progress())
    for one, other in ((fast.anatomy, exact.anatomy), (fast.lesions, exact.lesions)):
        same = ((one == other) & (one > 0)).sum()
        # a lesion of five voxels may lose one: that says nothing about the number format
        assert 2 * same >= 0.995 * ((one > 0).sum() + (other > 0).sum()) - 4


def test_the_lesion_network_sees_where_the_organs_are(volume: CTVolume, bundle: Bundle) -> None:
    grid = Grid.covering((slice(0, 40), slice(0, 60), slice(0, 60)), volume.geometry.spacing_mm[::-1], 4.0)
    hu = np.zeros(grid.shape, dtype=np.int16)
    body = np.ones(grid.shape, dtype=bool)
    runner = NetworkRunner(bundle.lesion, torch.device("cpu"))
    groups = group_table(bundle.anatomy.labels, bundle.lesion.context)
    assert groups[bundle.anatomy.labels.index("lung")] == 1 and groups[bundle.anatomy.labels.index("bone")] == 2
    without, within = (torch.cat(list(runner.logits(hu, body, Progress(),
                                                    _context(bundle, np.full(grid.shape, organ, np.uint8)))))
                       for organ in (0, bundle.anatomy.labels.index("bone")))
    assert not torch.allclose(without, within, atol=0.1)


def test_the_lesion_network_sees_how_dense_the_organs_are(bundle: Bundle) -> None:
    hu = np.zeros((16, 32, 32), dtype=np.int16)
    body, organs = np.ones(hu.shape, dtype=bool), np.full(hu.shape, bundle.anatomy.labels.index("bone"), np.uint8)
    runner = NetworkRunner(bundle.lesion, torch.device("cpu"))
    darker, as_dense = (torch.cat(list(runner.logits(hu, body, Progress(), _context(bundle, organs, density_hu))))
                        for density_hu in (60.0, 0.0))
    assert not torch.allclose(darker, as_dense, atol=0.1)


def test_the_medians_are_those_of_the_organs_on_the_scan(volume: CTVolume, bundle: Bundle,
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    """However the scan is stored."""
    given: list[npt.NDArray] = []
    logits = NetworkRunner.logits

    def seen(self: NetworkRunner, hu: npt.NDArray, body: npt.NDArray, progress: Progress,
             context: Context | None = None) -> Any:
        if context is not None and context.median_hu is not None:
            organs = context.organs
            known = [organ for organ in np.unique(organs) if np.isfinite(context.median_hu[organ])]
            assert known
            for organ in known:
                assert context.median_hu[organ] == pytest.approx(np.median(hu[organs == organ]), abs=1.0)
            given.append(context.median_hu)
        return logits(self, hu, body, progress, context)
    monkeypatch.setattr(NetworkRunner, "logits", seen)
    Engine(bundle, "cpu", threads=1).segment(volume, Progress())
    assert len(given) == 1

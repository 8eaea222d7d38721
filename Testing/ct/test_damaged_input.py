"""Damaged files: one sentence or a true result, never a traceback, a hang or a silently wrong grid."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import RLELossless

from DuOncoUnityLib.ct.read import read_ct
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.geometry import Geometry

GRID = Geometry((12, 24, 32), (12.0, 11.0, 5.0), (-190.0, -130.0, -700.0))
CHECKSUMMED = ["ct.nii.gz", "ct.nrrd", "ct.mha"]
KINDS = ["ct.nii", *CHECKSUMMED, "dicom", "rle", "enhanced"]
EXTREME_NUMBERS = [b"\xff\xff\xff\xff", bytes(4), b"\xff\xff\xff\x7f", b"\0\0\xc0\x7f", b"9999"]
SLOWEST_S = 60.0


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pristine")


@pytest.fixture
def inputs(pristine: Path, phantom: Callable, write_series: Callable, write_enhanced: Callable) -> dict[str, Path]:
    """One scan in all forms; written once for all tests of this file."""
    if not any(pristine.iterdir()):
        def compress(k: int, dataset: Dataset) -> None:
            dataset.compress(RLELossless, generate_instance_uid=False)

        hu = phantom(GRID)
        for name in ["ct.nii", *CHECKSUMMED]:
            sitk.WriteImage(GRID.to_sitk(hu), str(pristine / name), useCompression=name != "ct.nii")
        write_series(pristine / "dicom", hu, GRID)
        write_series(pristine / "rle", hu, GRID, edit=compress)
        write_enhanced(pristine / "enhanced" / "image", hu, GRID)
    return {name: pristine / name for name in KINDS}


@contextmanager
def damaged(path: Path, content: bytes) -> Iterator[None]:
    original = path.read_bytes()
    path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(original)


def read_or_refuse(path: Path) -> CTVolume | None:
    """The volume, or None where it is refused with a sentence; anything else fails the test."""
    started = time.monotonic()
    try:
        return read_ct(path)
    except DuOncoError as error:
        assert error.message.endswith(".")
        assert str(path) not in error.message + error.details
        assert "SECRET" not in error.message + error.details
        return None
    finally:
        assert time.monotonic() - started < SLOWEST_S


def mutate(content: bytes, rng: random.Random) -> bytes:
    """Truncate, flip bits, overwrite header bytes or numbers, or cut a piece out."""
    data = bytearray(content)
    place = rng.randrange(min(len(data), rng.choice([360, 1500, 10**9])))
    match rng.randrange(5):
        case 0:
            del data[place:]
        case 1:
            for _ in range(rng.choice([1, 2, 20])):
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        case 2:
            data[place:place + 4] = rng.choice(EXTREME_NUMBERS)
        case 3:
            data[place:place + 1] = bytes([rng.randrange(256)])
        case _:
            del data[place:place + rng.randrange(1, 100)]
    return bytes(data)


@pytest.mark.parametrize("kind", KINDS)
def test_no_damage_ends_in_a_traceback_or_on_the_terminal(kind: str, inputs: dict[str, Path],
                                                          capfd: pytest.CaptureFixture[str]) -> None:
    path = inputs[kind]
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    rng = random.Random(kind)
    for _ in range(20):
        victim = rng.choice(files)
        with damaged(victim, mutate(victim.read_bytes(), rng)):
            read_or_refuse(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", CHECKSUMMED)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_voxels_of_a_compressed_file_are_never_returned(name: str, inputs: dict[str, Path],
                                                                data: st.DataObject) -> None:
    path = inputs[name]
    intact = read_ct(path)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(len(content) // 2, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    with damaged(path, bytes(content)):
        ct = read_or_refuse(path)
    assert ct is None or np.array_equal(ct.hu, intact.hu)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.95])
def test_truncated_files_are_refused_or_told(kind: str, fraction: float, inputs: dict[str, Path]) -> None:
    path = inputs[kind]
    victim = sorted(path.iterdir())[5] if path.is_dir() and kind != "enhanced" else path
    victim = path / "image" if kind == "enhanced" else victim
    content = victim.read_bytes()
    with damaged(victim, content[:int(len(content) * fraction)]):
        ct = read_or_refuse(path)
    assert ct is None or any("could not be read" in warning for warning in ct.warnings)


def test_the_names_of_the_files_do_not_matter(inputs: dict[str, Path], tmp_path: Path) -> None:
    names = random.Random(0)
    for path in inputs["dicom"].iterdir():
        (tmp_path / f"{names.random()}.dcm").write_bytes(path.read_bytes())
    assert read_ct(tmp_path).sha256 == read_ct(inputs["dicom"]).sha256


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(missing=st.sets(st.integers(0, 11), min_size=1, max_size=2))
def test_missing_inner_slices_are_never_unnoticed(missing: set[int], inputs: dict[str, Path]) -> None:
    files = {pydicom.dcmread(path).InstanceNumber - 1: path for path in inputs["dicom"].iterdir()}
    for k in missing:
        files[k].rename(files[k].parent.parent / f"hidden{k}")
    try:
        ct = read_or_refuse(inputs["dicom"])
    finally:
        for k in missing:
            (files[k].parent.parent / f"hidden{k}").rename(files[k])
    kept = sorted(set(range(12)) - missing)
    gapless = kept[-1] - kept[0] + 1 == len(kept)
    assert (ct is not None) == gapless
    if ct is not None:
        assert ct.geometry.same_grid(GRID.crop((kept[0], 0, 0), (len(kept), *GRID.shape[1:])))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="needs a user who can become one without rights")
@pytest.mark.parametrize("kind", ["ct.nii", "ct.nrrd", "dicom", "dicom/0000"])
def test_missing_permission_is_told(kind: str, inputs: dict[str, Path], pristine: Path) -> None:
    """The folders of pytest belong to the user of the test alone."""
    os.seteuid(65534)
    try:
        with pytest.raises(DuOncoError) as raised:
            read_ct(pristine / kind)
    finally:
        os.seteuid(0)
    assert "may" in raised.value.message or "cannot be opened" in raised.value.message
    assert raised.value.exit_code == ExitCode.BAD_INPUT


def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes on this system")
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        assert read_or_refuse(path) is None

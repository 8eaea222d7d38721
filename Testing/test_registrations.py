"""Scans laid over each other in order, from the command line and read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from DuOncoUnityLib.cli import main
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.followup.registration_image import save_registration_image
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.registrations import load_registrations, register_in_order


def write_scan(path: Path, shift_mm: float) -> None:
    """A body with some bones, moved to the left."""
    grid = Geometry((70, 60, 80), (3.0, 3.0, 3.0), (-120.0 + shift_mm, -90.0, -200.0))
    _k, j, i = np.indices(grid.shape)
    hu = np.where(((j - 30) / 25.0) ** 2 + ((i - 40) / 34.0) ** 2 < 1, 40, -1000).astype(np.int16)
    for z in range(5, 70, 12):
        hu[z:z + 5, 42:50, 36:44] = 600
    hu[30:45, 20:35, 20:32] = 120
    save_registration_image(CTVolume(hu, grid), None, path)


def test_every_scan_is_laid_over_the_next(tmp_path: Path) -> None:
    images = [tmp_path / f"{number}.nrrd" for number in range(3)]
    for image, shift in zip(images, (0.0, 12.0, 30.0), strict=True):
        write_scan(image, shift)
    assert main(["register", *map(str, images), "--out", str(tmp_path / "out"), "--progress", "none",
                 "--log", str(tmp_path / "log.txt")]) == ExitCode.OK
    first, second = load_registrations(tmp_path / "out")
    np.testing.assert_allclose(first.transform.map_points([0.0, 0.0, -100.0]), [12.0, 0.0, -100.0], atol=2.0)
    np.testing.assert_allclose(second.transform.map_points([12.0, 0.0, -100.0]), [30.0, 0.0, -100.0], atol=2.0)
    assert first.quality.reliable


def test_bad_input_is_a_sentence(tmp_path: Path) -> None:
    write_scan(tmp_path / "one.nrrd", 0.0)
    with pytest.raises(DuOncoError, match="Give 2 to"):
        register_in_order([tmp_path / "one.nrrd"], tmp_path / "out")
    with pytest.raises(DuOncoError, match="could not be read"):
        register_in_order([tmp_path / "one.nrrd", tmp_path / "absent.nrrd"], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(DuOncoError, match="cannot be read"):
        load_registrations(tmp_path / "out")

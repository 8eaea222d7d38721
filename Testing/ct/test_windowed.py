"""A CT that was stored with a window can be used: air comes back, the person is told, nothing else changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from DuOncoUnityLib.ct.checks import AIR_HU
from DuOncoUnityLib.ct.read import checked, read_ct, volume_sha256
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.ct.windowed import restore_air
from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.training.evaluate_clicks import real_lesions


def windowed(ct: CTVolume, lowest: int = -160, highest: int = 240) -> CTVolume:
    return CTVolume(np.clip(ct.hu, lowest, highest).astype(np.int16), ct.geometry)


@pytest.mark.parametrize("window", [(-160, 240), (-150, 250), (-125, 225), (-200, 300)])
def test_air_comes_back_with_a_warning(window: tuple[int, int], scan_geometry: Geometry, phantom: Callable) -> None:
    before = CTVolume(phantom(scan_geometry), scan_geometry)
    cut = windowed(before, *window)
    ct = checked(cut)
    assert f"below {window[0]} HU are missing" in ct.warnings[0]
    assert ct.sha256 == volume_sha256(cut), "the identity of the input is that of what was given"
    assert not (cut.hu == AIR_HU).any(), "the voxels that were given stay as they are"
    air = ct.hu == AIR_HU
    assert air[before.hu < -900].mean() > 0.99
    assert not air[before.hu > window[0]].any()
    assert np.array_equal(ct.hu[~air], cut.hu[~air])


def test_the_storage_order_changes_nothing(awkward_geometry: Geometry, phantom: Callable) -> None:
    geometry = Geometry((40, 44, 50), (8.0, 7.5, 7.0), (-123.4, 56.7, -890.1), awkward_geometry.direction)
    stored = windowed(CTVolume(phantom(geometry), geometry))
    hu, ordered = geometry.to_patient_order(stored.hu)
    found = restore_air(CTVolume(np.ascontiguousarray(hu), ordered)).hu
    assert (found == AIR_HU).any()
    assert np.array_equal(geometry.to_patient_order(restore_air(stored).hu)[0], found)


def test_single_voxels_that_noise_cut_do_not_become_air(scan_geometry: Geometry, phantom: Callable) -> None:
    before = phantom(scan_geometry)
    noisy = before.copy()
    inside = np.argwhere((before > 0) & (before < 150))[::40]
    noisy[tuple(inside.T)] = -300
    ct = restore_air(windowed(CTVolume(noisy, scan_geometry)))
    assert not (ct.hu[tuple(inside.T)] == AIR_HU).any()


@pytest.mark.parametrize("change", [
    lambda hu: hu, lambda hu: np.clip(hu, -1000, 240), lambda hu: np.maximum(hu, -800),
    lambda hu: np.clip(hu, -100, 240), lambda hu: np.clip(hu, 0, 255),
    lambda hu: np.where(hu < -120, -120 - np.arange(hu.size).reshape(hu.shape) % 500, hu)],
    ids=["whole", "bone cut", "air near -800", "fat cut, too", "8 bits", "no common lower end"])
def test_other_scans_are_left_alone(change: Callable, scan_geometry: Geometry, phantom: Callable) -> None:
    ct = CTVolume(change(phantom(scan_geometry)).astype(np.int16), scan_geometry)
    assert restore_air(ct) is ct


def test_a_window_that_takes_the_fat_is_refused(scan_geometry: Geometry, phantom: Callable) -> None:
    with pytest.raises(DuOncoError, match="not in Hounsfield units"):
        checked(windowed(CTVolume(phantom(scan_geometry), scan_geometry), -100))


def test_real_slabs_of_8_bits_can_be_opened(real_data: Path, tmp_path: Path) -> None:
    """DeepLesion as MedSAM2 gives it: -160 to 240 HU; each slab is refused without its air."""
    slabs = [case for case in real_lesions(real_data) if case.name.startswith("CT_Lesion")]
    assert slabs
    for case in slabs:
        stored = np.maximum(case.ct.hu, -160).astype(np.int16)
        sitk.WriteImage(case.ct.geometry.to_sitk(stored), str(tmp_path / "slab.nii.gz"))
        ct = read_ct(tmp_path / "slab.nii.gz")
        assert "below -160 HU are missing" in " ".join(ct.warnings)
        assert np.array_equal(ct.hu, case.ct.hu)
        assert not (ct.hu[case.mask] == AIR_HU).any()

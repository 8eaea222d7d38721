"""The body is found without table and air, on any part of a patient."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.model.body import Body, find_body
from DuOncoUnityLib.model.sampling import Grid, nearest


def _find(volume: CTVolume) -> tuple[Body, np.ndarray]:
    """The body and its mask on the voxels of the CT."""
    hu, geometry = volume.geometry.to_patient_order(volume.hu)
    body = find_body(hu, geometry.spacing_mm[::-1])
    return body, nearest(body.mask, body.grid, Grid(hu.shape, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)))


def test_lungs_belong_to_the_body_and_the_table_does_not(make_phantom: Callable[..., CTVolume]) -> None:
    volume = make_phantom()
    _, mask = _find(volume)
    _, y, x = np.meshgrid(*[np.arange(n) for n in mask.shape], indexing="ij")
    x_mm, y_mm = (x - 31.5) * 5.2, (y - 23.5) * 5.2
    trunk = (x_mm / 140) ** 2 + (y_mm / 90) ** 2 < 0.98
    assert mask[trunk].all()
    assert not mask[(y_mm > 115) | (np.abs(x_mm) > 160)].any()


@pytest.mark.parametrize("wall_mm", [7.0, 10.0, 14.0])
def test_the_lungs_of_a_thin_person_belong_to_the_body_and_a_hollow_table_top_does_not(wall_mm: float) -> None:
    z, y, x = np.meshgrid(np.arange(60) * 3.0, np.arange(140) * 2.0 - 140, np.arange(200) * 2.0 - 200, indexing="ij")
    trunk = (x / 150) ** 2 + (y / 90) ** 2 < 1
    chest = (x / (150 - wall_mm)) ** 2 + (y / (90 - wall_mm)) ** 2 < 1
    hu = np.where(trunk, 30, -1000)
    hu[chest & (np.abs(x) > 40) & (z > 60)] = -850
    hu[(y > 91) & (np.abs(x) < 190)] = 100
    hu[(y > 95) & (y < 136) & (np.abs(x) < 186)] = -950
    _, mask = _find(CTVolume(hu.astype(np.int16), Geometry(hu.shape, (2.0, 2.0, 3.0))))
    assert mask[trunk].all()
    assert not mask[y > 120].any()


def test_the_box_holds_the_mask(make_phantom: Callable[..., CTVolume]) -> None:
    body, mask = _find(make_phantom())
    inside = np.zeros_like(mask)
    inside[body.box] = True
    assert not mask[~inside].any()
    assert inside.mean() < 0.95


@pytest.mark.parametrize("slices", [slice(0, 8), slice(30, 45)])
def test_a_few_slices_suffice(make_phantom: Callable[..., CTVolume], slices: slice) -> None:
    volume = make_phantom()
    part = np.ascontiguousarray(volume.hu[slices])
    _, mask = _find(CTVolume(part, volume.geometry.crop((slices.start, 0, 0), part.shape)))
    tissue = part > 20
    tissue[:, 42:] = False  # the table
    assert mask[tissue].all()


@pytest.mark.parametrize("hu", [-1024, -900])
def test_air_is_no_body(make_phantom: Callable[..., CTVolume], hu: int) -> None:
    volume = make_phantom()
    with pytest.raises(DuOncoError, match="No body") as caught:
        _find(CTVolume(np.full_like(volume.hu, hu), volume.geometry))
    assert caught.value.exit_code is ExitCode.BAD_INPUT


def test_a_bare_table_is_no_body(make_phantom: Callable[..., CTVolume]) -> None:
    volume = make_phantom()
    hu = np.full_like(volume.hu, -1000)
    hu[:, 44:46] = 100
    with pytest.raises(DuOncoError, match="No body"):
        _find(CTVolume(hu, volume.geometry))

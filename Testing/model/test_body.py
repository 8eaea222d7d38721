"""The body is found without table and air, on any part of a patient."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.errors import DuOncoError, ExitCode
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

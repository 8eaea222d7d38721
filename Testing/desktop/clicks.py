"""A scan with lesions that the network has missed, and clicks on them in a slice view."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import slicer

from DuOncoUnityLib.geometry import Vector
from DuOncoUnityLib.records.model import Lesion
from DuOncoUnityLib.scene.result import Result
from DuOncoUnityLib.scene.segmentation import read_layer
from Testing.desktop.slice_view import SliceView
from Testing.desktop.slicer_desktop import Desktop
from Testing.synthetic_patient import DATES, FEW, GRID, add_scan

MISSED_KJI, MISSED_MM = (92, 50, 25), 12.0
ANOTHER_KJI, ANOTHER_MM = (92, 50, 82), 9.0


@pytest.fixture
def result(desktop: Desktop) -> Result:
    """Five lesions, and two in the lungs that the network has missed."""
    result = add_scan(desktop.scene, FEW, DATES[0])
    hu = slicer.util.arrayFromVolume(result.volume)
    for centre, radius_mm in ((MISSED_KJI, MISSED_MM), (ANOTHER_KJI, ANOTHER_MM)):
        hu[ball(centre, radius_mm)] = 60
    desktop.widget.session.choose_scan(result.volume)
    desktop.section("correct").ui.correctSection.collapsed = False
    desktop.wait(lambda: True)
    return result


@pytest.fixture
def view(desktop: Desktop, result: Result) -> Iterator[SliceView]:
    view = SliceView(desktop.scene, slicer.app.applicationLogic())
    yield view
    view.close()


def ball(centre: tuple[int, int, int], radius_mm: float) -> np.ndarray:
    axes = np.indices(GRID.shape)
    return sum(((axis - at) * 3.0) ** 2 for axis, at in zip(axes, centre, strict=True)) <= radius_mm**2


def place(kji: tuple[float, float, float]) -> Vector:
    x, y, z = GRID.index_to_world(kji[::-1])
    return float(x), float(y), float(z)


def dice(first: np.ndarray, second: np.ndarray) -> float:
    return 2 * float((first & second).sum()) / float(first.sum() + second.sum())


def lesions(desktop: Desktop) -> dict[str, Lesion]:
    return {lesion.id: lesion for lesion in desktop.widget.session.time_point.lesions}


def layer(result: Result, name: str = "lesion") -> np.ndarray:
    return read_layer(result.segmentation, name, result.volume)


def click(desktop: Desktop, view: SliceView, kji: tuple[float, float, float]) -> None:
    view.click(place(kji))
    desktop.wait(lambda: not desktop.section("correct")._is_due, 60)


def click_diameter(desktop: Desktop, view: SliceView, centre: tuple[int, int, int], radius_mm: float,
                   axis: int = 2) -> None:
    """Both ends of the diameter of a ball, along the columns (2) or the rows (1)."""
    for side in (-1, 1):
        end = np.array(centre, dtype=float)
        end[axis] += side * radius_mm / 3.0
        click(desktop, view, tuple(end))

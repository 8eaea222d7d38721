"""Two masses under the skin that mirror each other before the lungs are breasts; one alone, or unlike ones, are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from DuOncoUnityLib.anatomy.label_map import LabelMap
from DuOncoUnityLib.ct.volume import CTVolume
from DuOncoUnityLib.geometry import Geometry, Vector
from DuOncoUnityLib.lesions.breasts import breasts
from DuOncoUnityLib.lesions.proposal import propose_lesions
from DuOncoUnityLib.lesions.suppression import suppressed
from DuOncoUnityLib.records.model import Lesion
from DuOncoUnityLib.terminology import Layer

ORGANS = {"subcutaneous_tissue": 1, "lung": 2, "thoracic_spine": 3, "muscle": 4}
TURNED = (0.995, -0.0998, 0.0, 0.0998, 0.995, 0.0, 0.0, 0.0, 1.0)  # 6 degrees, as a patient may lie
FLIPPED = (-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0)
UPRIGHT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
RIGHT, LEFT = (-75.0, -105.0, 0.0), (75.0, -105.0, 0.0)


class Chest:
    """Lungs, a spine behind them and tissue under the skin, about a midline that lies anywhere; LPS mm from there."""

    def __init__(self, direction: tuple[float, ...] = UPRIGHT, spacing_mm: Vector = (3.0, 3.0, 5.0)) -> None:
        shape = (30, 90, 110)
        middle = (np.array(shape[::-1]) - 1) / 2
        origin = np.array([40.0, -210.0, 900.0]) - np.reshape(direction, (3, 3)) @ (middle * spacing_mm)
        self.geometry = Geometry(shape, spacing_mm, (float(origin[0]), float(origin[1]), float(origin[2])), direction)
        places = self.geometry.index_to_world(np.indices(shape)[::-1].transpose(1, 2, 3, 0)) - [40.0, -210.0, 900.0]
        self.x, self.y, self.z = np.moveaxis(places, -1, 0)
        self.organs = np.ones(shape, np.uint8)
        for side in (-1, 1):
            self.organs[self.ball((side * 60.0, 0.0, 0.0), 50.0)] = ORGANS["lung"]
        self.organs[self.x**2 + (self.y - 60.0) ** 2 < 18.0**2] = ORGANS["thoracic_spine"]
        self.labels = np.zeros(shape, np.uint8)

    def ball(self, centre_mm: Vector, radius_mm: float) -> np.ndarray:
        x, y, z = centre_mm
        return (self.x - x) ** 2 + (self.y - y) ** 2 + (self.z - z) ** 2 <= radius_mm**2

    def propose(self, *balls: tuple[Vector, float], layer: Layer = Layer.LESION) -> Chest:
        """Balls of a centre and a radius."""
        for centre_mm, radius_mm in balls:
            self.labels[self.ball(centre_mm, radius_mm)] = layer.label
        return self

    @property
    def anatomy(self) -> LabelMap:
        return LabelMap(self.organs, self.geometry, ORGANS)

    @property
    def lesions(self) -> list[Lesion]:
        ct = CTVolume(np.full(self.labels.shape, 40, np.int16), self.geometry)
        return propose_lesions(self.labels.copy(), ct, self.anatomy)[0]

    @property
    def found(self) -> int:
        return len(breasts(self.lesions, self.anatomy))


@pytest.mark.parametrize("direction", [UPRIGHT, FLIPPED, TURNED])
@pytest.mark.parametrize("spacing_mm", [(3.0, 3.0, 5.0), (3.4, 2.8, 4.0)])
def test_two_alike_on_either_side_are_breasts(direction: tuple[float, ...], spacing_mm: Vector) -> None:
    chest = Chest(direction, spacing_mm).propose((RIGHT, 24.0), ((70.0, -110.0, 12.0), 26.0))
    assert chest.found == 2


def test_both_are_held_back_with_the_reason() -> None:
    chest = Chest().propose((RIGHT, 24.0), (LEFT, 24.0))
    ct = CTVolume(np.full(chest.labels.shape, 40, np.int16), chest.geometry)
    lesions, instances = propose_lesions(chest.labels, ct, chest.anatomy)
    assert set(suppressed(lesions, instances, ct, chest.anatomy).values()) == {"breast"}


@pytest.mark.parametrize("others", [
    (), (((75.0, -105.0, 60.0), 24.0),), (((30.0, -105.0, 0.0), 24.0),), ((LEFT, 15.0),)],
    ids=["alone", "at another height", "nearer to the midline", "a fifth as large"])
def test_a_mass_of_one_breast_is_shown(others: tuple[tuple[Vector, float], ...]) -> None:
    assert Chest().propose((RIGHT, 26.0), *others).found == 0


def test_small_masses_masses_of_the_back_and_nodes_are_shown() -> None:
    assert Chest().propose((RIGHT, 12.0), (LEFT, 12.0)).found == 0
    assert Chest().propose(((-75.0, 105.0, 0.0), 24.0), ((75.0, 105.0, 0.0), 24.0)).found == 0
    assert Chest().propose((RIGHT, 24.0), (LEFT, 24.0), layer=Layer.LYMPH_NODE).found == 0


@pytest.mark.parametrize(("organ", "expected"), [("lung", 0), ("muscle", 2)])
def test_masses_of_organs_are_shown_but_breasts_may_be_taken_for_muscle(organ: str, expected: int) -> None:
    chest = Chest()
    chest.organs[chest.organs == ORGANS["subcutaneous_tissue"]] = ORGANS[organ]
    assert chest.propose((RIGHT, 24.0), (LEFT, 24.0)).found == expected


@pytest.mark.parametrize("organ", ["lung", "thoracic_spine"])
def test_without_a_chest_nothing_is_a_breast(organ: str) -> None:
    chest = Chest()
    chest.organs[chest.organs == ORGANS[organ]] = 0
    assert chest.propose((RIGHT, 24.0), (LEFT, 24.0)).found == 0


@given(st.floats(-60.0, 60.0), st.floats(-60.0, 60.0), st.floats(5.0, 300.0))
def test_of_two_either_both_are_breasts_or_none(away_x: float, away_z: float, volume_ml: float) -> None:
    """Whatever the place and the size of the second."""
    first, second = _PAIR
    x, y, z = second.measurement.centroid_lps_mm
    moved = replace(second.measurement, centroid_lps_mm=(x + away_x, y, z + away_z), volume_ml=volume_ml)
    pair = [first, replace(second, measurement=moved)]
    found = breasts(pair, _ANATOMY)
    assert found in (set(), {first.id, second.id})
    assert found == breasts(pair[::-1], _ANATOMY)


_CHEST = Chest().propose((RIGHT, 24.0), (LEFT, 24.0))
_PAIR, _ANATOMY = _CHEST.lesions, _CHEST.anatomy

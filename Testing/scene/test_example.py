"""The synthetic patient: two CTs of known dates that can be analysed and compared."""

from __future__ import annotations

from typing import Any

import pytest

from DuOncoUnityLib.scene.example import add_synthetic_patient
from DuOncoUnityLib.scene.hierarchy import patient_item
from DuOncoUnityLib.scene.volume import read_ct


@pytest.fixture(scope="module")
def coarse() -> tuple[float, float, float]:
    """A spacing with which the patient is made in two seconds."""
    return 5.0, 5.0, 8.0


def test_two_scans_of_one_patient_lie_in_their_studies(scene: Any, coarse: tuple[float, float, float]) -> None:
    volumes = add_synthetic_patient(scene, "Jane", coarse)
    cts = [read_ct(volume) for volume in volumes]
    assert [ct.acquisition.date for ct in cts] == ["2024-01-15", "2024-04-15"]
    assert len({patient_item(volume) for volume in volumes}) == 1
    assert all(ct.hu.min() < -900 and ct.hu.max() > 200 for ct in cts)
    assert cts[0].geometry != cts[1].geometry

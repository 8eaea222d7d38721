"""The synthetic patient is offered in Slicer's module Sample Data."""

from __future__ import annotations

from pathlib import Path

import pytest

from Testing.desktop.slicer_desktop import Desktop, SampleDataLogic

NAME = "Synthetic patient, two scans"


def test_the_patient_is_offered_when_slicer_has_started(desktop: Desktop) -> None:
    assert SampleDataLogic.sources[NAME]["category"] == "DuOnco Unity"
    assert Path(SampleDataLogic.sources[NAME]["icon"]).is_file()


def test_pressing_it_brings_two_scans_into_the_panel(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("DuOncoUnityLib.scene.example.add_synthetic_patient.__defaults__", ("", (5.0, 5.0, 8.0)))
    volumes = SampleDataLogic.sources[NAME]["download"](None)
    assert [volume.GetName() for volume in volumes] == ["CT 2024-01-15", "CT 2024-04-15"]
    desktop.widget.enter()
    assert desktop.section("analyse").missing() == ""

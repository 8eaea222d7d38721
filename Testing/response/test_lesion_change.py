"""What the lesion list says about the scan before."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from DuOncoUnityLib.records.model import Case, TrackEvent
from DuOncoUnityLib.response.lesion_change import changes_since_prior


def test_the_first_scan_has_no_prior(case_of: Callable[..., Case]) -> None:
    case = case_of({"T1:liver": [20, 10]})
    assert changes_since_prior(case, case.time_points[0]) == {}


def test_volume_against_the_prior_scan_with_parts_taken_together(case_of: Callable[..., Case]) -> None:
    case = case_of({"T1:liver": [20, 10], "T2:lung": [20, [20, 20]], "T3:bone": [0.0, 12]})
    changes = changes_since_prior(case, case.time_points[1])
    assert changes["T1.0"].volume_fraction == pytest.approx(-7 / 8)
    assert changes["T2.0"].volume_fraction == changes["T2.1"].volume_fraction == pytest.approx(1.0)
    assert changes["T3.0"].volume_fraction is None


def test_a_new_lesion_is_called_new(case_of: Callable[..., Case]) -> None:
    case = case_of({"T1:liver": [0.0, 10]})
    case.tracks[0].states[1].event = TrackEvent.NEW
    assert changes_since_prior(case, case.time_points[1])["T1.0"].event is TrackEvent.NEW

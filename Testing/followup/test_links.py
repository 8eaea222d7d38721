"""A person confirms, makes and cuts links; every decision names its author, and tracks stay consistent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.followup.links import confirm, cut, link
from DuOncoUnityLib.followup.registration import Registration
from DuOncoUnityLib.followup.tracking import match_case, rename_tracks
from DuOncoUnityLib.records.model import Case

Register = Callable[[str, str], Registration]
TIME = "2026-02-01T00:00:00+00:00"


@pytest.fixture
def case(make_case: Callable[..., Case], still: Register) -> Case:
    """L1 stays, L2 goes, L3 is new at the second of three scans."""
    case = make_case([("a1", (0, 0, -100), 20), ("b1", (80, 0, -100), 16)],
                     [("a2", (0, 0, -100), 19), ("c2", (-90, 40, -300), 12)],
                     [("a3", (0, 0, -100), 18), ("c3", (-90, 40, -300), 12)])
    case.tracks = match_case(case, still)
    return case


def states(case: Case) -> dict[str, list[tuple[list[str], str]]]:
    return {track.id: [(state.lesion_ids, state.event.value) for state in track.states] for track in case.tracks}


def test_the_starting_point(case: Case) -> None:
    assert states(case) == {
        "L1": [(["a1"], "first"), (["a2"], "same"), (["a3"], "same")],
        "L2": [(["b1"], "first"), ([], "disappeared"), ([], "disappeared")],
        "L3": [([], "absent"), (["c2"], "new"), (["c3"], "same")]}


def test_confirming_signs_a_link(case: Case) -> None:
    confirm(case, "L1", "V2", "reader 1", TIME)
    state = case.tracks[0].states[1]
    assert (state.confirmed_by, state.confirmed_at) == ("reader 1", TIME)
    with pytest.raises(DuOncoError, match="needs the name"):
        confirm(case, "L1", "V2", "")


def test_a_made_link_joins_tracks_for_good(case: Case, still: Register) -> None:
    link(case, "L2", "V2", "c2", "reader 1", TIME)
    case.tracks = match_case(case, still)
    assert states(case)["L2"] == [(["b1"], "first"), (["c2"], "same"), (["c3"], "same")]
    assert "L3" not in states(case)


def test_a_shared_lesion_merges_two_tracks(case: Case, still: Register) -> None:
    link(case, "L2", "V2", "a2", "reader 1", TIME, shared=True)
    case.tracks = match_case(case, still)
    assert states(case)["L1"][1] == states(case)["L2"][1] == (["a2"], "merged")
    assert case.tracks[0].states[1].merged_with == ["L2"]


def test_a_cut_lesion_begins_its_own_track(case: Case, still: Register) -> None:
    assert cut(case, "L1", "V2", "a2", "reader 1", TIME) == "L4"
    assert states(case)["L1"][1] == ([], "disappeared") and states(case)["L4"] == [([], "absent"), (["a2"], "new")]
    case.tracks = match_case(case, still)
    assert states(case)["L1"][1] == ([], "disappeared")
    assert states(case)["L4"][:2] == [([], "absent"), (["a2"], "new")]
    held = [track.id for track in case.tracks if track.states[2].lesion_ids == ["a3"]]
    assert len(held) == 1


def test_cutting_a_merger_leaves_the_lesion_to_the_other(case: Case) -> None:
    link(case, "L2", "V2", "a2", "reader 1", TIME, shared=True)
    assert cut(case, "L2", "V2", "a2", "reader 2", TIME) == "L1"
    assert states(case)["L1"][1] == (["a2"], "same") and states(case)["L2"][1] == ([], "disappeared")


@pytest.mark.parametrize(("track", "visit", "lesion"), [("L9", "V2", "a2"), ("L1", "V9", "a2"), ("L1", "V2", "c2"),
                                                        ("L3", "V2", "c2"), ("L1", "V1", "a1")])
def test_what_cannot_be_cut_is_refused_and_changes_nothing(case: Case, track: str, visit: str, lesion: str) -> None:
    before = states(case)
    with pytest.raises(DuOncoError):
        cut(case, track, visit, lesion, "reader 1")
    assert states(case) == before


def test_renaming_reaches_every_mention(case: Case) -> None:
    link(case, "L2", "V2", "a2", "reader 1", TIME, shared=True)
    rename_tracks(case, {"L1": "T1", "L2": "NT1"})
    assert [track.id for track in case.tracks] == ["T1", "NT1", "L3"]
    assert case.tracks[0].states[1].merged_with == ["NT1"]

"""Links the lesions of a case over its scans, and names them by their role in the response."""

from __future__ import annotations

from collections.abc import Mapping

from DuOncoUnityLib.followup.coverage import Coverage
from DuOncoUnityLib.followup.extent import Extent
from DuOncoUnityLib.followup.tracking import Registrar, match_case, rename_tracks
from DuOncoUnityLib.records.decisions import LesionRole, ReadingDecision, RoleDecision, TraitDecision
from DuOncoUnityLib.records.model import Case
from DuOncoUnityLib.response.assessment import assess_case
from DuOncoUnityLib.response.recist import RecistSettings
from DuOncoUnityLib.response.tracked import untracked

_ROLE_PREFIX = {LesionRole.TARGET: "T", LesionRole.NON_TARGET: "NT"}


def follow(case: Case, registrar: Registrar, settings: RecistSettings | None = None,
           coverage: Mapping[str, Coverage] | None = None,
           extents: Mapping[tuple[str, str], Extent] | None = None) -> None:
    """Link the lesions of all time points in `case`; a first matching names them by their role (T1, NT1), later ones
    keep the names. Decisions on lesions that had no track go with them. Arguments as in `match_case`."""
    is_first = not case.tracks
    loose = {track.id: (state.time_point_id, state.lesion_ids[0]) for track in untracked(case)
             for state in track.states if state.lesion_ids}
    case.tracks = match_case(case, registrar, coverage, extents)
    if is_first:
        names: dict[str, str] = {}
        counts = dict.fromkeys(_ROLE_PREFIX, 0)
        for proposal in assess_case(case, settings).roles:
            if proposal.role in _ROLE_PREFIX:
                counts[proposal.role] += 1
                names[proposal.track_id] = f"{_ROLE_PREFIX[proposal.role]}{counts[proposal.role]}"
        rename_tracks(case, names)
    holder = {(state.time_point_id, lesion_id): track.id for track in case.tracks for state in track.states
              for lesion_id in state.lesion_ids}
    _rename_in_decisions(case, {name: holder[place] for name, place in loose.items() if place in holder})


def _rename_in_decisions(case: Case, names: Mapping[str, str]) -> None:
    for reader in case.decisions.readers:
        decisions: list[RoleDecision | TraitDecision | ReadingDecision] = [*reader.roles, *reader.traits,
                                                                           *reader.readings]
        for decision in decisions:
            decision.track_id = names.get(decision.track_id, decision.track_id)

"""Signing: who, when, what nobody had looked at, and whether anything changed since."""

from __future__ import annotations

import pytest

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.records.decisions import LesionRole, Reader, Signature
from DuOncoUnityLib.records.model import Case
from DuOncoUnityLib.records.review import confirm
from DuOncoUnityLib.records.sign_off import frozen_case, is_changed, sign, unreviewed_lesions
from DuOncoUnityLib.records.store import case_from_json, case_to_json

NOON = "2026-03-01T12:00:00Z"


def test_a_signature_names_what_nobody_has_reviewed(case: Case) -> None:
    confirm(case.time_points[0].lesions[0], "Dr A", NOON)
    assert unreviewed_lesions(case) == ["2026-01-31 N1"]
    sign(case, " Dr A ", NOON)
    (version,) = case.versions
    assert (version.number, version.signature, version.unreviewed) == (1, Signature("Dr A", NOON), ["2026-01-31 N1"])


def test_a_version_stays_as_it_was_signed(case: Case) -> None:
    text = sign(case, "Dr A", NOON)
    frozen = frozen_case(case.versions[0], text)
    assert not is_changed(case, frozen)
    confirm(case.time_points[0].lesions[0], "Dr B")
    assert is_changed(case, frozen)
    assert frozen.time_points[0].lesions[0].review.reviewer == ""


def test_a_later_change_is_signed_as_the_next_version(case: Case) -> None:
    first = sign(case, "Dr A", NOON)
    confirm(case.time_points[0].lesions[0], "Dr B")
    second = sign(case, "Dr B")
    assert [version.number for version in case.versions] == [1, 2]
    assert not is_changed(case, frozen_case(case.versions[1], second))
    assert is_changed(case, frozen_case(case.versions[0], first))


def test_versions_are_kept_in_the_record(case: Case) -> None:
    sign(case, "Dr A", NOON)
    assert case_from_json(case_to_json(case)) == case


def test_another_text_is_not_taken_for_the_signed_one(case: Case) -> None:
    text = sign(case, "Dr A")
    with pytest.raises(DuOncoError, match="version 1 is not the one that was signed"):
        frozen_case(case.versions[0], text.replace("liver", "lung"))


def test_nobody_signs_anonymously(case: Case) -> None:
    with pytest.raises(DuOncoError, match="your name"):
        sign(case, " ")
    assert case.versions == []


def test_a_role_takes_the_place_of_the_one_before_and_can_be_taken_back() -> None:
    reader, signature = Reader(), Signature("Dr A", NOON, "better seen")
    reader.choose_role("T1", LesionRole.TARGET, signature)
    reader.choose_role("T1", LesionRole.NON_TARGET, signature)
    assert [(decision.track_id, decision.role) for decision in reader.roles] == [("T1", LesionRole.NON_TARGET)]
    reader.choose_role("T1", None, signature)
    assert reader.roles == []

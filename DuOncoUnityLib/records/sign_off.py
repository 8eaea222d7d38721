"""Signing a case: the present state is frozen as a version; whatever changes later is signed as the next one."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.records.decisions import Signature
from DuOncoUnityLib.records.model import Case, ReviewStatus, SignedVersion
from DuOncoUnityLib.records.review import named, utc_now
from DuOncoUnityLib.records.store import case_from_json, case_to_json


def unreviewed_lesions(case: Case) -> list[str]:
    """The lesions that only the network has seen, as "time point lesion"."""
    return [f"{point.id} {lesion.id}" for point in case.time_points for lesion in point.lesions
            if lesion.review.status is ReviewStatus.PROPOSED]


def sign(case: Case, reviewer: str, time: str | None = None) -> str:
    """Enter the present state of the case as its next signed version.

    Returns:
        The frozen text of this version, which the caller keeps unchanged beside the record.

    Raises:
        DuOncoError: no name of a person.
    """
    signature = Signature(named(reviewer), time or utc_now())
    text = case_to_json(case)
    case.versions.append(SignedVersion(len(case.versions) + 1, signature, _sha256(text), unreviewed_lesions(case)))
    return text


def frozen_case(version: SignedVersion, text: str) -> Case:
    """The case as it was signed.

    Raises:
        DuOncoError: the text is not the one that was signed.
    """
    if _sha256(text) != version.sha256:
        raise DuOncoError(f"The text of version {version.number} is not the one that was signed.")
    return case_from_json(text)


def is_changed(case: Case, frozen: Case) -> bool:
    """Whether anything but the list of versions differs from a frozen state."""
    return replace(case, versions=[]) != replace(frozen, versions=[])


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

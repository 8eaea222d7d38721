"""Case records on disk: versioned JSON, read strictly, written atomically."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from DuOncoUnityLib.errors import DuOncoError
from DuOncoUnityLib.files import replacing
from DuOncoUnityLib.records.codec import Mismatch, decode, to_json
from DuOncoUnityLib.records.decisions import CaseDecisions
from DuOncoUnityLib.records.model import SCHEMA_VERSION, Case, Lesion
from DuOncoUnityLib.terminology import ORGANS, Layer


def save_case(case: Case, path: Path) -> None:
    """Write a case record; the file is the complete former or the complete new one at any moment.

    Raises:
        DuOncoError: the file cannot be written.
    """
    text = case_to_json(case)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def load_case(path: Path) -> Case:
    """Read a case record; records of older versions are migrated.

    Raises:
        DuOncoError: there is no such file, it is damaged, or a newer version of the program wrote it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DuOncoError("The case record cannot be read.", details=str(error.strerror)) from error
    except UnicodeDecodeError as error:
        raise DuOncoError("The file is not a case record.") from error
    return case_from_json(text)


def case_to_json(case: Case) -> str:
    """The JSON text of a case (`case.schema.json`); numbers are written so that they read back exactly."""
    return to_json(case, indent=1)


def case_from_json(text: str) -> Case:
    """The case in a JSON text of this or an older version.

    Raises:
        DuOncoError: the text is damaged or of a newer version.
    """
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise DuOncoError("The file is not a case record.", details=str(error)) from error
    version = data.get("schema_version") if isinstance(data, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise DuOncoError("The file is not a case record.")
    if version > SCHEMA_VERSION:
        raise DuOncoError("The case record comes from a newer version of DuOnco Unity; update the program to open it.",
                          details=f"version {version}, understood up to {SCHEMA_VERSION}")
    try:
        for older in range(version, SCHEMA_VERSION):
            _MIGRATIONS[older](data)
            data["schema_version"] = older + 1
        case = decode(Case, data, "case")
        _check(case)
    except Mismatch as mismatch:
        raise DuOncoError(f"The case record is damaged: {mismatch}.") from mismatch
    return case


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _check(case: Case) -> None:
    """What the types alone do not say."""
    _check_unique((time_point.id for time_point in case.time_points), "a time point")
    for n, time_point in enumerate(case.time_points):
        where = f"case.time_points[{n}]"
        if len(time_point.geometry.direction) != 9:
            raise Mismatch(f"{where}.geometry.direction must have 9 values")
        if min(time_point.geometry.shape) < 1 or min(time_point.geometry.spacing_mm) <= 0:
            raise Mismatch(f"{where}.geometry must have a positive size")
        proposals = [held.lesion for held in time_point.held_back]
        _check_unique((lesion.id for lesion in (*time_point.lesions, *proposals)), "a lesion")
        for m, lesion in enumerate(time_point.lesions):
            _check_lesion(lesion, f"{where}.lesions[{m}]")
        for m, lesion in enumerate(proposals):
            _check_lesion(lesion, f"{where}.held_back[{m}].lesion")


def _check_lesion(lesion: Lesion, where: str) -> None:
    if lesion.layer not in (Layer.LESION, Layer.LYMPH_NODE):
        raise Mismatch(f"{where}.layer has an unknown value")
    if lesion.site and lesion.site not in ORGANS:
        raise Mismatch(f"{where}.site has an unknown value")
    if lesion.confidence is not None and not 0.0 <= lesion.confidence <= 1.0:
        raise Mismatch(f"{where}.confidence must lie between 0 and 1")


def _check_unique(ids: Iterable[str], what: str) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise Mismatch(f"the id of {what} occurs twice")
        seen.add(one)


def _migrate_0(data: dict[str, Any]) -> None:
    """Version 0 had no decisions on a case, kept only the latest review, and numbered on from the lesions left."""
    data["decisions"] = asdict(CaseDecisions())
    try:
        for time_point in data["time_points"]:
            time_point["highest_lesion_number"] = {}
            for lesion in time_point["lesions"]:
                lesion["review_history"] = []
                letter, number = lesion["id"][:1], int(lesion["id"][1:])
                highest = time_point["highest_lesion_number"]
                highest[letter] = max(number, highest.get(letter, 0))
    except (KeyError, TypeError, ValueError) as error:
        raise Mismatch("it does not have the form of its version") from error


def _migrate_1(data: dict[str, Any]) -> None:
    """Version 1 showed every proposal."""
    try:
        for time_point in data["time_points"]:
            time_point["confidence_threshold"], time_point["held_back"] = 0.0, []
    except (KeyError, TypeError) as error:
        raise Mismatch("it does not have the form of its version") from error


def _migrate_2(data: dict[str, Any]) -> None:
    """Version 2 had no signed versions."""
    data["versions"] = []


def _migrate_3(data: dict[str, Any]) -> None:
    """Version 3 had axes from masks only."""
    try:
        for time_point in data["time_points"]:
            for lesion in (*time_point["lesions"], *(held["lesion"] for held in time_point["held_back"])):
                for axis in ("long_axis", "short_axis"):
                    lesion["measurement"][axis].update(drawn_by="", drawn_at=None)
    except (AttributeError, KeyError, TypeError) as error:
        raise Mismatch("it does not have the form of its version") from error


_MIGRATIONS: dict[int, Callable[[dict[str, Any]], None]] = {0: _migrate_0, 1: _migrate_1, 2: _migrate_2,
                                                            3: _migrate_3}

"""Case records on disk: exact, strict, versioned, never half-written."""

from __future__ import annotations

import copy
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.geometry import Geometry
from DuOncoUnityLib.records import store
from DuOncoUnityLib.records.decisions import Signature
from DuOncoUnityLib.records.model import (
    SCHEMA_VERSION,
    Acquisition,
    Caliper,
    Case,
    HeldBack,
    Lesion,
    Measurement,
    Provenance,
    Review,
    ReviewStatus,
    SignedVersion,
    TimePoint,
    Track,
    TrackEvent,
    TrackState,
)
from DuOncoUnityLib.records.schema import case_schema
from DuOncoUnityLib.records.store import case_from_json, case_to_json, load_case, save_case
from DuOncoUnityLib.terminology import ORGANS

SCHEMA_FILE = Path(store.__file__).with_name("case.schema.json")

text = st.text(st.characters(codec="utf-8"), max_size=8)
number = st.floats(allow_nan=False, allow_infinity=False)
positive = st.floats(1e-3, 1e4)
index = st.integers(0, 10_000)
point = st.tuples(number, number, number)
caliper = st.builds(Caliper, number, point, point)
measurement = st.builds(Measurement, number, index, caliper, caliper, number, number, point, st.tuples(*[index] * 6),
                        st.tuples(index, index, index))
review = st.builds(Review, st.sampled_from(ReviewStatus), text, st.none() | text, st.booleans(), text)
lesion = st.builds(Lesion, text, st.sampled_from(["lesion", "lymph_node"]), st.sampled_from(["", *ORGANS]), measurement,
                   st.none() | st.floats(0, 1), review, st.lists(review, max_size=2))
geometry = st.builds(Geometry, st.tuples(*[st.integers(1, 2000)] * 3), st.tuples(positive, positive, positive), point,
                     st.tuples(*[number] * 9))
acquisition = st.builds(Acquisition, st.none() | text, st.none() | number, st.none() | text)
provenance = st.builds(Provenance, text, text, text, text, text, text,
                       st.dictionaries(text, text | number | st.booleans(), max_size=3))
held_back = st.builds(HeldBack, lesion.map(lambda one: replace(one, id=f"held {one.id}")), text, text)
time_point = st.builds(TimePoint, text, st.none() | text, geometry, acquisition, provenance,
                       st.lists(lesion, max_size=2, unique_by=lambda one: one.id), st.lists(text, max_size=2),
                       st.lists(text, max_size=2), st.dictionaries(text, st.none() | text | number, max_size=3),
                       st.dictionaries(text, index, max_size=2), st.floats(0, 1),
                       st.lists(held_back, max_size=2, unique_by=lambda one: one.lesion.id))
track = st.builds(Track, text, text, text, st.lists(st.builds(
    TrackState, text, st.lists(text, max_size=2), st.sampled_from(TrackEvent), st.none() | number), max_size=2))
version = st.builds(SignedVersion, index, st.builds(Signature, text, text), text, st.lists(text, max_size=2))
cases = st.builds(Case, text, st.lists(time_point, max_size=2, unique_by=lambda one: one.id),
                  st.lists(track, max_size=2), versions=st.lists(version, max_size=2))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases)
def test_every_case_reads_back_exactly_and_fits_the_schema(case: Case) -> None:
    written = case_to_json(case)
    assert case_from_json(written) == case
    assert case_to_json(case_from_json(written)) == written
    jsonschema.validate(json.loads(written), case_schema())


def test_file_round_trip(case: Case, tmp_path: Path) -> None:
    save_case(case, tmp_path / "case.json")
    assert load_case(tmp_path / "case.json") == case
    assert [path.name for path in tmp_path.iterdir()] == ["case.json"]


def test_published_schema_is_that_of_the_domain_model() -> None:
    assert json.loads(SCHEMA_FILE.read_text()) == case_schema()
    jsonschema.Draft202012Validator.check_schema(case_schema())


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in children for place in places(child, (*path, key)))]


def replaced(data: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    result = copy.deepcopy(data)
    parent = result
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = value
    return result


def test_decoder_is_at_least_as_strict_as_the_schema(case: Case) -> None:
    """Every value of a record replaced by wrong ones: what the schema refuses is refused in a sentence."""
    data = json.loads(case_to_json(case))
    validator = jsonschema.Draft202012Validator(case_schema())
    refused = 0
    for place in places(data):
        for value in (None, True, -7, 0.5, "x", [], {}, [1, "x"], {"x": 1}):
            broken = replaced(data, place, value)
            if validator.is_valid(broken):
                continue
            with pytest.raises(DuOncoError) as caught:
                case_from_json(json.dumps(broken))
            assert caught.value.message.startswith(("The case record", "The file is not a case record"))
            refused += 1
    assert refused > 400


def test_missing_and_unknown_fields_are_named_by_place(case: Case) -> None:
    data = json.loads(case_to_json(case))
    del data["time_points"][0]["lesions"][1]["layer"]
    with pytest.raises(DuOncoError, match=r"damaged: case\.time_points\[0\]\.lesions\[1\]\.layer is missing\."):
        case_from_json(json.dumps(data))
    data = json.loads(case_to_json(case))
    data["time_points"][0]["extra"] = 1
    with pytest.raises(DuOncoError, match=r"case\.time_points\[0\] has an unknown field"):
        case_from_json(json.dumps(data))


@pytest.mark.parametrize(("place", "value", "sentence"), [
    (("lesions", 0, "layer"), "skeletal_muscle", "layer has an unknown value"),
    (("lesions", 0, "site"), "heart of gold", "site has an unknown value"),
    (("lesions", 0, "confidence"), 1.5, "confidence must lie between 0 and 1"),
    (("lesions", 0, "id"), "N1", "the id of a lesion occurs twice"),
    (("geometry", "direction"), [1, 0, 0], "direction must have 9 values"),
    (("geometry", "spacing_mm"), [1, 0, 1], "geometry must have a positive size"),
])
def test_values_that_make_no_sense_are_refused(case: Case, place: tuple[Any, ...], value: Any, sentence: str) -> None:
    data = replaced(json.loads(case_to_json(case)), ("time_points", 0, *place), value)
    with pytest.raises(DuOncoError, match=sentence):
        case_from_json(json.dumps(data))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, 10 ** 6), junk=st.text(max_size=3), drop=st.integers(0, 5))
def test_damaged_text_gives_a_sentence_or_a_valid_case(case: Case, position: int, junk: str, drop: int) -> None:
    written = case_to_json(case)
    position %= len(written)
    try:
        damaged = case_from_json(written[:position] + junk + written[position + drop:])
    except DuOncoError as error:
        assert error.exit_code is ExitCode.BAD_INPUT
    else:
        assert case_from_json(case_to_json(damaged)) == damaged


@pytest.mark.parametrize("junk", ["", "{}", "[]", "null", "3", '{"schema_version": "1"}', '{"schema_version": -1}',
                                  "[" * 100_000, '{"schema_version": NaN}'])
def test_other_files_are_not_case_records(junk: str) -> None:
    with pytest.raises(DuOncoError, match="not a case record"):
        case_from_json(junk)


def test_binary_and_missing_files(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DuOncoError, match="not a case record"):
        load_case(tmp_path / "x.json")
    with pytest.raises(DuOncoError, match="cannot be read"):
        load_case(tmp_path / "absent.json")


def test_newer_version_is_refused(case: Case) -> None:
    data = json.loads(case_to_json(case)) | {"schema_version": SCHEMA_VERSION + 1}
    with pytest.raises(DuOncoError, match="newer version"):
        case_from_json(json.dumps(data))


def test_version_0_is_migrated(case: Case) -> None:
    data = json.loads(case_to_json(case)) | {"schema_version": 0}
    del data["decisions"], data["versions"]
    for time_point in data["time_points"]:
        del time_point["highest_lesion_number"], time_point["confidence_threshold"], time_point["held_back"]
        for one in time_point["lesions"]:
            del one["review_history"]
    assert case_from_json(json.dumps(data)) == case
    del data["time_points"][0]["lesions"][0]["id"]
    with pytest.raises(DuOncoError, match="damaged"):
        case_from_json(json.dumps(data))


def test_version_1_showed_every_proposal(case: Case) -> None:
    data = json.loads(case_to_json(case)) | {"schema_version": 1}
    del data["versions"]
    for time_point in data["time_points"]:
        del time_point["confidence_threshold"], time_point["held_back"]
    assert case_from_json(json.dumps(data)) == case


def test_version_2_had_no_signed_versions(case: Case) -> None:
    data = json.loads(case_to_json(case)) | {"schema_version": 2}
    del data["versions"]
    assert case_from_json(json.dumps(data)) == case


def test_version_3_had_axes_from_masks_only(case: Case) -> None:
    data = json.loads(case_to_json(case)) | {"schema_version": 3}
    for time_point in data["time_points"]:
        for lesion in (*time_point["lesions"], *(held["lesion"] for held in time_point["held_back"])):
            for axis in ("long_axis", "short_axis"):
                del lesion["measurement"][axis]["drawn_by"], lesion["measurement"][axis]["drawn_at"]
    assert case_from_json(json.dumps(data)) == case


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder(case: Case, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DuOncoError) as caught:
        save_case(case, tmp_path / "case.json")
    assert caught.value.exit_code is ExitCode.CANNOT_WRITE


def test_missing_folder(case: Case, tmp_path: Path) -> None:
    with pytest.raises(DuOncoError) as caught:
        save_case(case, tmp_path / "absent" / "case.json")
    assert caught.value.exit_code is ExitCode.CANNOT_WRITE
    assert str(tmp_path) not in caught.value.message + caught.value.details


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_full_disk_leaves_the_former_record(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_case(case, tmp_path / "case.json")
    before = (tmp_path / "case.json").read_text()
    write = Path.write_text
    monkeypatch.setattr(Path, "write_text", lambda path, *args, **kwargs: write(Path("/dev/full"), *args, **kwargs))
    case.id = "other"
    with pytest.raises(DuOncoError, match="disk is full") as caught:
        save_case(case, tmp_path / "case.json")
    assert caught.value.exit_code is ExitCode.CANNOT_WRITE
    assert (tmp_path / "case.json").read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["case.json"]

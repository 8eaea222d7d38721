"""Baseline eligibility, against the RECIST 1.1 rules and the thresholds of OHIF's conformance file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from DuOncoUnityLib.records.decisions import LesionTrait
from DuOncoUnityLib.response.measurability import Candidate, measurability

LESION = Candidate("L1", False, "liver", 120, 100, 20)
NODE = Candidate("N1", True, "mediastinum", 250, 160, 20)


def judged(candidate: Candidate) -> tuple[str, str]:
    found = measurability(candidate)
    assert found.sentence and found.sentence_in("fr")
    return found.value, found.rule


@pytest.mark.parametrize(("long_axis", "slices", "expected"), [
    (100, 20, "target"), (99, 20, "non_target"), (100, 50, "target"), (100, 51, "non_target"),
    (102, 51, "target"), (140, 70, "target"), (139, 70, "non_target"), (199, 100, "non_target"), (200, 100, "target"),
    (100, None, "target")])
def test_a_lesion_needs_ten_millimetres_and_twice_the_slices(long_axis: int, slices: int | None, expected: str) -> None:
    assert judged(replace(LESION, long_axis=long_axis, slice_thickness=slices))[0] == expected


@pytest.mark.parametrize(("short_axis", "expected"), [
    (150, "target"), (149, "non_target"), (100, "non_target"), (99, "no_disease"), (10, "no_disease")])
def test_a_node_is_judged_by_its_short_axis(short_axis: int, expected: str) -> None:
    assert judged(replace(NODE, short_axis=short_axis))[0] == expected


@pytest.mark.parametrize("trait", [
    LesionTrait.BLASTIC_BONE, LesionTrait.EFFUSION, LesionTrait.LEPTOMENINGEAL, LesionTrait.LYMPHANGITIC,
    LesionTrait.LYTIC_WITHOUT_SOFT_TISSUE, LesionTrait.IRRADIATED])
def test_what_is_never_measurable(trait: LesionTrait) -> None:
    assert judged(replace(LESION, long_axis=900, traits=frozenset({trait})))[0] == "non_target"


def test_a_simple_cyst_is_no_disease() -> None:
    assert judged(replace(LESION, traits=frozenset({LesionTrait.SIMPLE_CYST}))) == ("no_disease", "cyst")


@pytest.mark.parametrize("site", ["bone", "thoracic_spine", "sacrum"])
def test_bone_needs_a_soft_tissue_part(site: str) -> None:
    bone = replace(LESION, site=site, long_axis=400)
    assert judged(bone) == ("non_target", "bone_without_soft_tissue")
    assert judged(replace(bone, traits=frozenset({LesionTrait.SOFT_TISSUE_PART})))[0] == "target"


def test_an_irradiated_lesion_counts_after_proven_progression() -> None:
    traits = frozenset({LesionTrait.IRRADIATED, LesionTrait.IRRADIATED_PROGRESSED})
    assert judged(replace(LESION, traits=traits))[0] == "target"


def test_the_reason_names_the_numbers() -> None:
    assert measurability(replace(LESION, long_axis=120, slice_thickness=80)).sentence == (
        "Not measurable: 12.0 mm is less than twice the slice thickness of 8.0 mm.")


def test_ohif_conformance(real_data: Path) -> None:
    rules = json.loads((real_data / "response" / "ohif_recist_conformance.json").read_text())
    checked = 0
    for rule in rules["baseline"]["MeasurementsLength"]:
        if "CT" not in rule["modalityIn"]:
            continue
        axis, candidate = ("short", NODE) if rule.get("locationIn") == ["Lymph Node"] else ("long", LESION)
        for thickness in (5, 10, 50, 75, 80, 100):
            limit = max(10 * rule[f"{axis}Axis"], thickness * rule[f"{axis}AxisSliceThicknessMultiplier"])
            for size in (limit - 1, limit):
                sized = replace(candidate, slice_thickness=thickness, long_axis=max(size, 1),
                                short_axis=size if axis == "short" else 10)
                assert (judged(sized)[0] == "target") == (size >= limit)
                checked += 1
    assert checked == 24


@given(st.integers(1, 500), st.integers(1, 500), st.integers(1, 100), st.booleans())
def test_growing_or_thinner_slices_never_make_a_lesion_unmeasurable(size: int, more: int, thickness: int,
                                                                    node: bool) -> None:
    base = replace(NODE if node else LESION, long_axis=size, short_axis=size, slice_thickness=thickness)
    better = replace(base, long_axis=size + more, short_axis=size + more, slice_thickness=max(1, thickness - 1))
    order = ["no_disease", "non_target", "target"]
    assert order.index(judged(base)[0]) <= order.index(judged(better)[0])

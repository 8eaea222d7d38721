"""Where RECIST, iRECIST and the whole burden differ: one test per remark, with its sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from DuOncoUnityLib.records.decisions import LesionRole
from DuOncoUnityLib.response.disagreement import LesionChange, Picture, Trend, disagreements
from DuOncoUnityLib.response.irecist import ImmuneResponse
from DuOncoUnityLib.response.recist import Response
from DuOncoUnityLib.response.volumes import VolumeResponse

AGREED = Picture(Response.SD, ImmuneResponse.ISD, VolumeResponse.VSD, sod_mm=50.0, nadir_sod_mm=50.0, volume_ml=30.0,
                 nadir_volume_ml=30.0, volume_limit_ml=8.0, changes=(), non_target_ml=None, non_target=None, new={},
                 equivocal={})
GROWING = LesionChange("NT1", "bone", LesionRole.NON_TARGET, Trend.GROWING, 20.0, 26.0, 4.2, 9.2)
SHRINKING = LesionChange("T1", "liver", LesionRole.TARGET, Trend.SHRINKING, 40.0, 30.0, 33.5, 14.1)


def sentences(picture: Picture) -> dict[str, str]:
    return {remark.rule: remark.sentence for remark in disagreements(picture)}


def test_nothing_is_said_when_all_tell_the_same() -> None:
    assert sentences(AGREED) == {}


@pytest.mark.parametrize(("recist", "volume", "differ"), [
    (Response.SD, VolumeResponse.VPD, True), (Response.SD, VolumeResponse.VPR, True),
    (Response.PR, VolumeResponse.VPR, False), (Response.PR, VolumeResponse.VSD, True),
    (Response.CR, VolumeResponse.VCR, False), (Response.PD, VolumeResponse.VPD, False),
    (Response.PD, VolumeResponse.VPR, True), (Response.NE, VolumeResponse.VPD, False),
    (Response.SD, VolumeResponse.NE, False), (Response.SD, None, False)])
def test_recist_against_volume(recist: Response, volume: VolumeResponse | None, differ: bool) -> None:
    assert ("recist_against_volume" in sentences(replace(AGREED, recist=recist, volume=volume))) == differ


def test_recist_against_irecist() -> None:
    waiting = replace(AGREED, recist=Response.PD, irecist=ImmuneResponse.IUPD, volume=None)
    assert sentences(waiting) == {
        "irecist_waits": "RECIST says PD; under immunotherapy it waits for confirmation (iUPD)."}
    assert sentences(replace(waiting, irecist=ImmuneResponse.ICPD)) == {}
    assert "recist_against_irecist" in sentences(replace(waiting, irecist=ImmuneResponse.IPR))


def test_mixed_response_names_the_lesions_and_their_volumes() -> None:
    found = sentences(replace(AGREED, changes=(GROWING, SHRINKING), recist=Response.PD, irecist=ImmuneResponse.ICPD,
                              volume=VolumeResponse.VPD))
    assert found == {"mixed_response": "Mixed response since the scan before. Growing: NT1 (bone) 4.2 → 9.2 ml. "
                                       "Shrinking: T1 (liver) 33.5 → 14.1 ml."}


def test_growth_hidden_by_the_targets() -> None:
    found = sentences(replace(AGREED, changes=(GROWING,)))
    assert found == {"hidden_growth": "RECIST says SD, but lesions outside the targets grew by 20 % and 5 mm or more: "
                                      "NT1 (bone) 4.2 → 9.2 ml."}
    for other in (replace(GROWING, role=LesionRole.TARGET), replace(GROWING, after_mm=24.9),
                  replace(GROWING, trend=Trend.STABLE)):
        assert sentences(replace(AGREED, changes=(other,))) == {}


def test_a_stable_sum_over_a_growing_volume() -> None:
    assert "sum_stable_volume_grows" not in sentences(replace(AGREED, volume_ml=38.0))
    assert sentences(replace(AGREED, volume_ml=38.1))["sum_stable_volume_grows"] == (
        "The sum of diameters is +0.0 % from its lowest value, while the total volume grew by 27.0 % "
        "(30.0 to 38.1 ml, uncertainty 8.0 ml).")
    assert "sum_stable_volume_grows" not in sentences(replace(AGREED, volume_ml=60.0, sod_mm=60.0))


def test_non_target_growth_is_a_hint_until_a_person_has_called_it() -> None:
    grown = replace(AGREED, non_target_ml=(17.3, 10.0), non_target=Response.NON_CR_NON_PD)
    assert "consider whether" in sentences(grown)["non_target_growth"]
    assert sentences(replace(grown, non_target_ml=(17.2, 10.0))) == {}
    assert "non_target_growth" not in sentences(replace(grown, non_target=Response.PD))


def test_new_and_possible_lesions_are_named_with_their_place() -> None:
    found = sentences(replace(AGREED, new={"X1": "lung", "X2": ""}, equivocal={"X3": "liver"}))
    assert found == {"new_lesions": "2 new since the scan before: X1 (lungs), X2 (?).",
                     "equivocal_lesions": "1 possibly new, to be followed: X3 (liver)."}


def test_long_lists_are_cut_and_say_so() -> None:
    many = {f"X{n}": "liver" for n in range(12)}
    assert sentences(replace(AGREED, new=many))["new_lesions"].endswith("X4 (liver) (+7).")

"""Where RECIST, iRECIST and the whole burden tell different stories, and early signs of resistance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from DuOncoUnityLib.records.decisions import LesionRole
from DuOncoUnityLib.response.explain import Explained, Number, percent_change
from DuOncoUnityLib.response.irecist import ImmuneResponse
from DuOncoUnityLib.response.recist import Response, is_progression, tenths_of_mm
from DuOncoUnityLib.response.volumes import PROGRESSION_FACTOR, VolumeResponse

_NAMED = 5
_AGREEING = {
    Response.CR: (VolumeResponse.VCR, VolumeResponse.VPR),
    Response.PR: (VolumeResponse.VCR, VolumeResponse.VPR),
    Response.SD: (VolumeResponse.VSD,),
    Response.NON_CR_NON_PD: (VolumeResponse.VSD, VolumeResponse.VPR),
    Response.PD: (VolumeResponse.VPD,),
}
_IMMUNE_OF = {Response.CR: ImmuneResponse.ICR, Response.PR: ImmuneResponse.IPR, Response.SD: ImmuneResponse.ISD,
              Response.NON_CR_NON_PD: ImmuneResponse.NON, Response.PD: ImmuneResponse.ICPD,
              Response.NE: ImmuneResponse.NE}


class Trend(str, Enum):
    """Change of one lesion since the scan before, beyond the uncertainty of measuring."""

    GROWING = "growing"
    SHRINKING = "shrinking"
    STABLE = "stable"


@dataclass(frozen=True)
class LesionChange:
    """One lesion at two scans; lengths in mm, volumes in ml."""

    track_id: str
    site: str
    role: LesionRole
    trend: Trend
    before_mm: float
    after_mm: float
    before_ml: float
    after_ml: float


@dataclass(frozen=True)
class Picture:
    """What is compared at one visit.

    Attributes:
        sod_mm, volume_ml: at the visit; `nadir_` and `_limit` for the lowest values before it and the uncertainty.
        changes: lesions seen at this visit and the one before.
        non_target_ml: total volume of the non-target lesions now and at its lowest before; None without any.
        new, equivocal: site of each lesion that appeared at this visit, by track.
    """

    recist: Response
    irecist: ImmuneResponse
    volume: VolumeResponse | None
    sod_mm: float | None
    nadir_sod_mm: float | None
    volume_ml: float
    nadir_volume_ml: float
    volume_limit_ml: float
    changes: Sequence[LesionChange]
    non_target_ml: tuple[float, float] | None
    non_target: Response | None
    new: Mapping[str, str]
    equivocal: Mapping[str, str]


def disagreements(picture: Picture) -> list[Explained]:
    """Plain remarks with the numbers and the lesions meant; empty when all tell the same."""
    remarks = [_recist_against_volume(picture), _recist_against_irecist(picture), _mixed(picture),
               _hidden_growth(picture), _stable_sum_growing_volume(picture), _non_target_growth(picture)]
    remarks += [_appeared("new_lesions", picture.new), _appeared("equivocal_lesions", picture.equivocal)]
    return [remark for remark in remarks if remark is not None]


def _recist_against_volume(picture: Picture) -> Explained | None:
    if picture.volume is None or picture.volume is VolumeResponse.NE or picture.recist is Response.NE:
        return None
    if picture.volume in _AGREEING[picture.recist]:
        return None
    numbers: dict[str, Number] = {"recist": picture.recist.value, "volume_response": picture.volume.value,
                                  "volume_ml": picture.volume_ml, "nadir_ml": picture.nadir_volume_ml}
    return Explained("", "recist_against_volume", numbers)


def _recist_against_irecist(picture: Picture) -> Explained | None:
    if picture.irecist is _IMMUNE_OF[picture.recist]:
        return None
    waiting = picture.irecist is ImmuneResponse.IUPD
    return Explained("", "irecist_waits" if waiting else "recist_against_irecist",
                     {"recist": picture.recist.value, "irecist": picture.irecist.value})


def _mixed(picture: Picture) -> Explained | None:
    growing = [change for change in picture.changes if change.trend is Trend.GROWING]
    shrinking = [change for change in picture.changes if change.trend is Trend.SHRINKING]
    if not growing or not shrinking:
        return None
    numbers: dict[str, Number] = {"growing": _list(growing), "shrinking": _list(shrinking)}
    return Explained("", "mixed_response", numbers, tuple(change.track_id for change in (*growing, *shrinking)))


def _hidden_growth(picture: Picture) -> Explained | None:
    """Lesions outside the targets that by themselves would be progression, while RECIST sees none."""
    if picture.recist in (Response.PD, Response.NE):
        return None
    hidden = [change for change in picture.changes
              if change.role is not LesionRole.TARGET and change.trend is Trend.GROWING
              and is_progression(tenths_of_mm(change.after_mm), tenths_of_mm(change.before_mm))]
    if not hidden:
        return None
    return Explained("", "hidden_growth", {"recist": picture.recist.value, "growing": _list(hidden)},
                     tuple(change.track_id for change in hidden))


def _stable_sum_growing_volume(picture: Picture) -> Explained | None:
    if picture.sod_mm is None or picture.nadir_sod_mm is None:
        return None
    grown_ml = picture.volume_ml - picture.nadir_volume_ml
    progression = is_progression(tenths_of_mm(picture.sod_mm), tenths_of_mm(picture.nadir_sod_mm))
    if progression or grown_ml <= picture.volume_limit_ml or not picture.nadir_volume_ml:
        return None
    numbers: dict[str, Number] = {
        "sod_percent": percent_change(picture.sod_mm, picture.nadir_sod_mm) or 0.0,
        "volume_percent": percent_change(picture.volume_ml, picture.nadir_volume_ml) or 0.0,
        "nadir_ml": picture.nadir_volume_ml, "volume_ml": picture.volume_ml, "limit_ml": picture.volume_limit_ml}
    return Explained("", "sum_stable_volume_grows", numbers)


def _non_target_growth(picture: Picture) -> Explained | None:
    """A hint to the reader, who alone can call non-target growth unequivocal progression."""
    if picture.non_target_ml is None or picture.non_target is Response.PD:
        return None
    now, lowest = picture.non_target_ml
    if not lowest or now < lowest * PROGRESSION_FACTOR:
        return None
    return Explained("", "non_target_growth", {"now_ml": now, "lowest_ml": lowest,
                                               "percent": percent_change(now, lowest) or 0.0})


def _appeared(rule: str, lesions: Mapping[str, str]) -> Explained | None:
    if not lesions:
        return None
    named = [f"{lesion} ({site or '?'})" for lesion, site in lesions.items()]
    return Explained("", rule, {"count": len(lesions), "named": _shortened(named)}, tuple(lesions))


def _list(changes: Sequence[LesionChange]) -> str:
    """The largest changes in words, "T1 (liver) 4.2 → 8.1 ml"."""
    largest = sorted(changes, key=lambda change: -abs(change.after_ml - change.before_ml))
    return _shortened([f"{change.track_id} ({change.site or '?'}) {change.before_ml:.1f} → {change.after_ml:.1f} ml"
                       for change in largest])


def _shortened(texts: Sequence[str]) -> str:
    more = len(texts) - _NAMED
    return ", ".join(texts[:_NAMED]) + (f" (+{more})" if more > 0 else "")

"""How fast tumours grow, and hyperprogression; nothing is computed where its conditions are not met."""

from __future__ import annotations

import math
from dataclasses import dataclass

from DuOncoUnityLib.response.explain import Explained
from DuOncoUnityLib.response.recist import Response

DAYS_PER_MONTH = 365.25 / 12
# over a shorter time the uncertainty of measuring, taken to the power of the time, drowns any growth
LEAST_DAYS = 14


@dataclass(frozen=True)
class Kinetics:
    """Growth between two scans; None where undefined, with the reason among `remarks`.

    Attributes:
        tgr_percent_per_month: tumour growth rate from the sum of diameters.
        volume_tgr_percent_per_month: the same from the total volume.
        tgk_mm_per_month: tumour growth kinetics, the slope of the sum of diameters.
        sgr_percent_per_day: specific growth rate from the total volume.
        doubling_time_days: of the total volume; negative for a halving time.
    """

    days: int
    tgr_percent_per_month: float | None
    volume_tgr_percent_per_month: float | None
    tgk_mm_per_month: float | None
    sgr_percent_per_day: float | None
    doubling_time_days: float | None
    remarks: tuple[Explained, ...]


def growth_rate(before_mm: float, after_mm: float, months: float) -> float | None:
    """TGR = 100 (exp(TG) - 1) % per month with TG = 3 ln(D_t / D_0) / t (Ferte, Clin Cancer Res 2014;20:246).

    None where a diameter or the time is not above zero.
    """
    return volume_growth_rate(before_mm ** 3, after_mm ** 3, months)


def volume_growth_rate(before_ml: float, after_ml: float, months: float) -> float | None:
    """The same with TG = ln(V_t / V_0) / t."""
    if before_ml <= 0 or after_ml <= 0 or months <= 0:
        return None
    return 100 * (math.exp(math.log(after_ml / before_ml) / months) - 1)


def growth_kinetics(before_mm: float, after_mm: float, months: float) -> float | None:
    """TGK, change of the sum of diameters in mm per month (Saada-Bouzid, Ann Oncol 2017;28:1605)."""
    return (after_mm - before_mm) / months if months > 0 else None


def specific_growth_rate(before_ml: float, after_ml: float, days: float) -> float | None:
    """SGR = ln(V2 / V1) / dt in % per day (Mehrara, Cancer Res 2007;67:3970)."""
    if before_ml <= 0 or after_ml <= 0 or days <= 0:
        return None
    return 100 * math.log(after_ml / before_ml) / days


def doubling_time(before_ml: float, after_ml: float, days: float) -> float | None:
    """ln 2 dt / ln(V2 / V1) in days (Mehrara 2007); negative when shrinking, None without change."""
    if before_ml <= 0 or after_ml <= 0 or days <= 0 or before_ml == after_ml:
        return None
    return math.log(2) * days / math.log(after_ml / before_ml)


def kinetics(sod_mm: tuple[float | None, float | None], volume_ml: tuple[float, float] | None, days: int | None,
             volume_limit_ml: float) -> Kinetics | None:
    """Growth between two scans; None where a date is missing.

    Args:
        sod_mm: sums of the same targets before and after; None where not evaluable.
        volume_ml: total volumes before and after; None where known lesions were outside a scan.
        days: between the scans.
        volume_limit_ml: a change of volume up to this is within the uncertainty of measuring.
    """
    if days is None:
        return None
    if days < LEAST_DAYS:
        return Kinetics(days, None, None, None, None, None, (Explained("", "growth_too_soon", {"least": LEAST_DAYS}),))
    months = days / DAYS_PER_MONTH
    before, after = sod_mm
    remarks = []
    rate = slope = None
    if before is None or after is None:
        remarks.append(Explained("", "growth_needs_sums"))
    else:
        rate, slope = growth_rate(before, after, months), growth_kinetics(before, after, months)
        if rate is None:
            remarks.append(Explained("", "growth_needs_size"))
    if volume_ml is None:
        remarks.append(Explained("", "growth_needs_volumes"))
        return Kinetics(days, rate, None, slope, None, None, tuple(remarks))
    doubling = None
    if abs(volume_ml[1] - volume_ml[0]) > volume_limit_ml:
        doubling = doubling_time(*volume_ml, days)
    elif all(volume_ml):
        remarks.append(Explained("", "doubling_within_uncertainty", {"limit_ml": volume_limit_ml}))
    return Kinetics(days, rate, volume_growth_rate(*volume_ml, months), slope,
                    specific_growth_rate(*volume_ml, days), doubling, tuple(remarks))


def hyperprogression(response: Response | None, sums_mm: tuple[float | None, float | None, float | None],
                     days: tuple[int | None, int | None]) -> list[Explained]:
    """Three published criteria of hyperprogression at the first visit on treatment; they often disagree.

    Args:
        response: overall response by RECIST 1.1 at that visit; None before there is one.
        sums_mm: sums of the same targets before baseline, at baseline and at the visit; None where missing.
        days: from the scan before baseline to baseline, and from there to the visit.

    Returns:
        One entry per criterion with value "yes" or "no"; or one entry with value "" that says what is missing.
    """
    earlier, baseline, visit = sums_mm
    if earlier is None or days[0] is None or days[0] < LEAST_DAYS:
        return [Explained("", "hyper_needs_earlier_scan", {"least": LEAST_DAYS})]
    if response is None or baseline is None or visit is None or days[1] is None or days[1] < LEAST_DAYS:
        return [Explained("", "hyper_needs_visit", {"least": LEAST_DAYS})]
    months = (days[0] / DAYS_PER_MONTH, days[1] / DAYS_PER_MONTH)
    before, after = growth_rate(earlier, baseline, months[0]), growth_rate(baseline, visit, months[1])
    if before is None or after is None:
        return [Explained("", "hyper_needs_size")]
    slopes = ((baseline - earlier) / months[0], (visit - baseline) / months[1])
    progressed = response is Response.PD
    return [_ratio("hyper_champiat", before, after, progressed),
            _ratio("hyper_saada_bouzid", slopes[0], slopes[1], True),
            Explained("yes" if progressed and after - before > 50 else "no", "hyper_ferrara",
                      {"before": before, "after": after, "difference": after - before})]


def _ratio(rule: str, before: float, after: float, progressed: bool) -> Explained:
    if before <= 0:
        # a ratio to a shrinking or stable tumour has no meaning
        return Explained("", f"{rule}_undefined", {"before": before, "after": after})
    ratio = after / before
    return Explained("yes" if progressed and ratio >= 2 else "no", rule,
                     {"before": before, "after": after, "ratio": ratio})

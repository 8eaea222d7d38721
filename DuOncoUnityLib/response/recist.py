"""RECIST 1.1 at one visit: target, non-target and overall response (Eisenhauer, Eur J Cancer 2009;45:228).

Lengths are whole tenths of a millimetre: in floating point 14.0 -> 9.8 mm is not quite -30 %.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum

from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.response.explain import Explained, mm

NODE_NORMAL_BELOW = 100       # a node is normal below 10 mm short axis
NODE_TARGET_FROM = 150        # and may be a target from 15 mm
PROGRESSION_MINIMUM = 50      # 5 mm


class Response(str, Enum):
    """Response by RECIST 1.1 at one visit, or the best of all visits."""

    CR = "CR"
    PR = "PR"
    SD = "SD"
    NON_CR_NON_PD = "NON-CR/NON-PD"
    PD = "PD"
    NE = "NE"


class NonTargetStatus(str, Enum):
    """What became of one non-target lesion; only a person can call its growth unequivocal progression."""

    ABSENT = "absent"
    PRESENT = "present"
    PROGRESSION = "unequivocal_progression"
    NOT_EVALUABLE = "not_evaluable"


@dataclass(frozen=True)
class RecistSettings:
    """The points where RECIST leaves a choice to the protocol; the defaults are what EORTC recommends.

    Attributes:
        partial_response_persists: a partial response stays one until the change from the nadir is progression.
        gap_between_responses: one SD or NE between two PR (one NE between two CR) does not break confirmation.
        disease_after_cr_is_progression: any disease after a complete response is PD; off: that CR is read as PR.
        too_small_mm: recorded for a lesion that is present but too small to measure.
        confirm_days: least time between a response and its confirmation.
        min_sd_days: least time from baseline at which stable disease counts as best response.

    Raises:
        DuOncoError: a number is negative.
    """

    partial_response_persists: bool = True
    gap_between_responses: bool = False
    disease_after_cr_is_progression: bool = True
    too_small_mm: float = 5.0
    confirm_days: int = 28
    min_sd_days: int = 42

    def __post_init__(self) -> None:
        if min(self.confirm_days, self.min_sd_days, self.too_small_mm) < 0:
            raise DuOncoError("Numbers of days and lengths cannot be negative.", exit_code=ExitCode.USAGE)


@dataclass(frozen=True)
class TargetSize:
    """A target at one visit.

    Attributes:
        lesion: its name through all visits.
        is_node: measured by the short axis; normal below 10 mm.
        fragments: size in tenths of a mm of each fragment of a split lesion, one entry as a rule; empty when the
            lesion is gone or its size is counted with the lesion it merged with; None when not evaluable.
    """

    lesion: str
    is_node: bool
    fragments: tuple[int, ...] | None

    @property
    def size(self) -> int:
        """Sum of the fragments in tenths of a mm; 0 when gone or not evaluable."""
        return sum(self.fragments or ())

    @property
    def is_normal(self) -> bool:
        """Gone, or a node below 10 mm in every fragment."""
        limit = NODE_NORMAL_BELOW if self.is_node else 1
        return self.fragments is not None and all(fragment < limit for fragment in self.fragments)


def tenths_of_mm(length_mm: float | Decimal | str) -> int:
    """Whole tenths of a millimetre, halves away from zero."""
    return int((Decimal(str(length_mm)) * 10).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def sum_of_diameters(targets: Sequence[TargetSize]) -> int | None:
    """SOD in tenths of a mm; None where a target is missing or there is none."""
    if not targets or any(target.fragments is None for target in targets):
        return None
    return sum(target.size for target in targets)


def is_progression(size: int, nadir: int) -> bool:
    """At least 20 % and 5 mm above the nadir."""
    return 10 * size >= 12 * nadir and size - nadir >= PROGRESSION_MINIMUM


def is_partial_response(size: int, baseline: int) -> bool:
    """At least 30 % below the baseline."""
    return 10 * size <= 7 * baseline


def target_response(targets: Sequence[TargetSize], baseline: int | None, nadir: int | None,
                    settings: RecistSettings, *, had_response: bool = False) -> Explained | None:
    """Response of the target lesions, checked in the order CR, PD, NE, PR, SD.

    Args:
        targets: every target of the patient at this visit; empty for disease without targets.
        baseline, nadir: sums in tenths of a mm before this visit (the nadir includes the baseline); None if unknown.
        had_response: whether an earlier visit was PR or CR with no progression since.

    Returns:
        None when the patient has no targets.
    """
    if not targets:
        return None
    missing = tuple(target.lesion for target in targets if target.fragments is None)
    measured = sum(target.size for target in targets)
    numbers = _sums(measured, baseline, nadir)
    if not missing and all(target.is_normal for target in targets):
        return Explained(Response.CR, "target_cr", numbers)
    if nadir is not None and is_progression(measured, nadir):
        rule = "target_pd_by_remainder" if missing else "target_pd"
        return Explained(Response.PD, rule, numbers, missing)
    if missing:
        return Explained(Response.NE, "target_ne", numbers, missing)
    if baseline is None:
        return Explained(Response.NE, "target_ne_baseline", numbers)
    if is_partial_response(measured, baseline):
        return Explained(Response.PR, "target_pr", numbers)
    if had_response and settings.partial_response_persists:
        return Explained(Response.PR, "target_pr_persists", numbers)
    return Explained(Response.SD, "target_sd", numbers)


def _sums(measured: int, baseline: int | None, nadir: int | None) -> dict[str, str | int | float]:
    numbers: dict[str, str | int | float] = {"sod_mm": mm(measured)}
    for name, before in (("baseline", baseline), ("nadir", nadir)):
        if before is not None:
            numbers[f"{name}_mm"] = mm(before)
            numbers[f"from_{name}_mm"] = mm(measured - before)
            numbers[f"from_{name}_percent"] = 100 * (measured - before) / before if before else 0.0
    return numbers


def non_target_response(statuses: Mapping[str, NonTargetStatus]) -> Explained | None:
    """Response of the non-target lesions; `statuses` by lesion, None when there are none."""
    if not statuses:
        return None

    def having(status: NonTargetStatus) -> tuple[str, ...]:
        return tuple(lesion for lesion, value in statuses.items() if value is status)

    count: dict[str, str | int | float] = {"count": len(statuses)}
    if worse := having(NonTargetStatus.PROGRESSION):
        return Explained(Response.PD, "non_target_pd", count, worse)
    if unknown := having(NonTargetStatus.NOT_EVALUABLE):
        return Explained(Response.NE, "non_target_ne", count, unknown)
    if present := having(NonTargetStatus.PRESENT):
        return Explained(Response.NON_CR_NON_PD, "non_target_non_cr_non_pd", count, present)
    return Explained(Response.CR, "non_target_cr", count)


def overall_response(target: Response | None, non_target: Response | None,
                     new_lesions: Sequence[str]) -> Explained:
    """Overall response of a visit from its three parts; None where the patient has no such lesions."""
    numbers: dict[str, str | int | float] = {
        "target": target.value if target else "-", "non_target": non_target.value if non_target else "-"}
    if new_lesions:
        return Explained(Response.PD, "overall_pd_new", numbers, tuple(new_lesions))
    if Response.PD in (target, non_target):
        return Explained(Response.PD, "overall_pd", numbers)
    if target is None:
        if non_target is None:
            return Explained(Response.NE, "overall_no_disease", numbers)
        return Explained(non_target, "overall_non_target_only", numbers)
    if target is Response.CR and non_target not in (None, Response.CR):
        return Explained(Response.PR, "overall_pr_non_target_left", numbers)
    return Explained(target, "overall_by_targets", numbers)

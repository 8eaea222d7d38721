"""Remarks that a reader of the numbers must know: split, merged, too small, outside the scan, not yet reviewed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from DuOncoUnityLib.records.decisions import LesionReading, LesionRole
from DuOncoUnityLib.records.model import TimePoint
from DuOncoUnityLib.response.explain import Explained, mm
from DuOncoUnityLib.response.observations import Roles
from DuOncoUnityLib.response.recist import sum_of_diameters
from DuOncoUnityLib.response.targets import MAX_PER_ORGAN, MAX_TARGETS, RoleProposal
from DuOncoUnityLib.response.timeline import Observation
from DuOncoUnityLib.response.tracked import TrackedLesion

_NAMED = 10


def baseline_findings(proposals: Sequence[RoleProposal], provisional: tuple[str, ...]) -> list[Explained]:
    """Remarks on the choice of targets."""
    targets = [proposal for proposal in proposals if proposal.role is LesionRole.TARGET]
    names = tuple(proposal.track_id for proposal in targets)
    findings = []
    if not targets:
        findings.append(Explained("", "no_targets"))
    per_organ = Counter(proposal.organ for proposal in targets)
    if len(targets) > MAX_TARGETS or any(count > MAX_PER_ORGAN for count in per_organ.values()):
        findings.append(Explained("", "targets_beyond_rules",
                                  {"count": len(targets), "max": MAX_TARGETS, "limit": MAX_PER_ORGAN}, names))
    return [*findings, *_provisional(provisional)]


def visit_findings(roles: Roles, visits: Sequence[TimePoint], position: int, previous: Observation,
                   observation: Observation, limit_mm: float | None,
                   provisional: tuple[str, ...]) -> list[Explained]:
    """Remarks on one visit after baseline."""
    findings = [finding for target in roles.targets for finding in _target(target, visits, position)]
    findings += _uncertain_sum(previous, observation, limit_mm)
    visit = visits[position]
    dated_back = tuple(found.lesion.id for found in roles.new if found.since == position
                       and not found.equivocal and found.lesion.sightings[visit.id].is_equivocal)
    if dated_back:
        findings.append(Explained("", "dated_back", {}, dated_back))
    unseen = tuple(lesion.id for lesion in [*roles.targets, *roles.non_targets]
                   if not lesion.sightings[visit.id].is_evaluable)
    if unseen:
        findings.append(Explained("", "not_evaluable", {"count": len(unseen)}, unseen[:_NAMED]))
    lost = [region for region in visits[0].coverage if region not in visit.coverage]
    if lost and visit.coverage:
        findings.append(Explained("", "coverage_lost", {"regions": ", ".join(lost)}))
    return [*findings, *_provisional(provisional)]


def _target(target: TrackedLesion, visits: Sequence[TimePoint], position: int) -> list[Explained]:
    sighting = target.sightings[visits[position].id]
    before = target.sightings[visits[position - 1].id]
    findings = []
    if len(sighting.lesions) > 1:
        findings.append(Explained("", "target_split", {"count": len(sighting.lesions)}, (target.id,)))
    if sighting.merged_with and sighting.lesions:
        findings.append(Explained("", "target_merged", {"others": ", ".join(sighting.merged_with)}, (target.id,)))
    if sighting.reading is LesionReading.TOO_SMALL:
        findings.append(Explained("", "target_too_small", {}, (target.id,)))
    if sighting.is_present and before.is_evaluable and not before.is_present:
        findings.append(Explained("", "target_reappeared", {}, (target.id,)))
    return findings


def _uncertain_sum(previous: Observation, observation: Observation, limit_mm: float | None) -> list[Explained]:
    now, before = sum_of_diameters(observation.targets), sum_of_diameters(previous.targets)
    if limit_mm is None or now is None or before is None or now == before or mm(abs(now - before)) > limit_mm:
        return []
    return [Explained("", "sum_within_uncertainty", {"change_mm": mm(now - before), "limit_mm": limit_mm})]


def _provisional(lesions: tuple[str, ...]) -> list[Explained]:
    return [Explained("", "provisional", {"count": len(lesions)}, lesions[:_NAMED])] if lesions else []

"""Which lesions to follow as targets: at most five, at most two per organ, largest first (RECIST 1.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from DuOncoUnityLib.records.decisions import LesionRole, RoleDecision
from DuOncoUnityLib.response.explain import Explained, Number, mm
from DuOncoUnityLib.response.measurability import Candidate, Measurability, measurability

MAX_TARGETS = 5
MAX_PER_ORGAN = 2


@dataclass(frozen=True)
class RoleProposal:
    """The role of a lesion, the sentence of reason for it, and its organ (all nodes are "lymph_node")."""

    track_id: str
    role: LesionRole
    reason: Explained
    organ: str = ""


def propose_roles(candidates: Sequence[Candidate],
                  decisions: Mapping[str, RoleDecision] | None = None) -> list[RoleProposal]:
    """Roles of all lesions at baseline, the targets first, each with its reason.

    A person's decision always holds, even against the rules; the rules then fill the places that are left.

    Args:
        candidates: the lesions of the baseline, in any order.
        decisions: roles decided by a person, by track.
    """
    decisions = decisions or {}
    judged = {candidate.track_id: measurability(candidate) for candidate in candidates}
    chosen = [candidate for candidate in _by_preference(candidates)
              if _decided(decisions, candidate) is LesionRole.TARGET]
    proposals = {candidate.track_id: role_by_person(decisions[candidate.track_id], candidate.organ)
                 for candidate in candidates if candidate.track_id in decisions}
    eligible = [candidate for candidate in _by_preference(candidates)
                if candidate.track_id not in decisions
                and judged[candidate.track_id].value == Measurability.TARGET]
    measurable_count = len(eligible)
    while len(chosen) < MAX_TARGETS and (best := _next_target(eligible, chosen)) is not None:
        chosen.append(best)
        eligible.remove(best)
        proposals[best.track_id] = _chosen(best, chosen, measurable_count)
    for candidate in eligible:
        proposals[candidate.track_id] = _passed_over(candidate, chosen)
    for candidate in candidates:
        if candidate.track_id not in proposals:
            reason = judged[candidate.track_id]
            counted = reason.value == Measurability.NON_TARGET
            role = LesionRole.NON_TARGET if counted else LesionRole.NOT_COUNTED
            proposals[candidate.track_id] = RoleProposal(candidate.track_id, role, reason, candidate.organ)
    order = list(dict.fromkeys(candidate.track_id for candidate in [*chosen, *_by_preference(candidates)]))
    return [proposals[track_id] for track_id in order]


def _by_preference(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Largest first in whole mm, which is as fine as readers measure; then the rounder one, which repeats better."""
    def key(candidate: Candidate) -> tuple[int, float, int, str]:
        roundness = candidate.short_axis / candidate.long_axis if candidate.long_axis else 0.0
        return (-((candidate.size + 5) // 10), -round(roundness, 2), -candidate.size, candidate.track_id)

    return sorted(candidates, key=key)


def _decided(decisions: Mapping[str, RoleDecision], candidate: Candidate) -> LesionRole | None:
    decision = decisions.get(candidate.track_id)
    return decision.role if decision else None


def _next_target(eligible: Sequence[Candidate], chosen: Sequence[Candidate]) -> Candidate | None:
    """The best lesion of an organ with a free place; a second node from another chain if there is one."""
    for candidate in eligible:
        same_organ = [other for other in chosen if other.organ == candidate.organ]
        if len(same_organ) >= MAX_PER_ORGAN:
            continue
        if candidate.is_node and same_organ:
            chains = {other.site for other in same_organ}
            elsewhere = [node for node in eligible if node.is_node and node.site not in chains]
            return elsewhere[0] if elsewhere else candidate
        return candidate
    return None


def role_by_person(decision: RoleDecision, organ: str) -> RoleProposal:
    """The role that a person gave a lesion."""
    signature = decision.signature
    numbers: dict[str, Number] = {"role": decision.role.value, "by": signature.by or "?", "at": signature.at,
                                  "reason": signature.reason or "-"}
    reason = Explained(decision.role, "role_by_person", numbers, (decision.track_id,))
    return RoleProposal(decision.track_id, decision.role, reason, organ)


def _chosen(candidate: Candidate, chosen: Sequence[Candidate], measurable_count: int) -> RoleProposal:
    numbers: dict[str, Number] = {"size_mm": mm(candidate.size), "organ": candidate.organ or "?",
                                  "site": candidate.site or "?", "place": len(chosen), "count": measurable_count}
    other_nodes = [other for other in chosen[:-1] if other.is_node]
    rule = "target_chosen"
    if candidate.is_node:
        other_chain = bool(other_nodes) and candidate.site not in {node.site for node in other_nodes}
        rule = "target_chosen_other_chain" if other_chain else "target_chosen_node"
    reason = Explained(LesionRole.TARGET, rule, numbers, (candidate.track_id,))
    return RoleProposal(candidate.track_id, LesionRole.TARGET, reason, candidate.organ)


def _passed_over(candidate: Candidate, chosen: Sequence[Candidate]) -> RoleProposal:
    same_organ = tuple(other.track_id for other in chosen if other.organ == candidate.organ)
    numbers: dict[str, Number] = {"size_mm": mm(candidate.size), "organ": candidate.organ or "?",
                                  "limit": MAX_PER_ORGAN, "max": MAX_TARGETS}
    if len(same_organ) >= MAX_PER_ORGAN:
        reason = Explained(LesionRole.NON_TARGET, "passed_over_organ", numbers, same_organ)
    else:
        reason = Explained(LesionRole.NON_TARGET, "passed_over_five", numbers,
                           tuple(other.track_id for other in chosen))
    return RoleProposal(candidate.track_id, LesionRole.NON_TARGET, reason, candidate.organ)

"""The proposal of targets: five, two per organ, largest first, a reason for each lesion, people overrule."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from DuOncoUnityLib.records.decisions import LesionRole, RoleDecision, Signature
from DuOncoUnityLib.response.measurability import Candidate
from DuOncoUnityLib.response.targets import RoleProposal, propose_roles


def lesion(name: str, site: str, size_mm: float, short_mm: float | None = None) -> Candidate:
    return Candidate(name, False, site, round(10 * size_mm), round(10 * (short_mm or size_mm)), 20)


def node(name: str, chain: str, short_mm: float) -> Candidate:
    return Candidate(name, True, chain, round(15 * short_mm), round(10 * short_mm), 20)


def targets(candidates: list[Candidate], **decisions: LesionRole) -> list[str]:
    return [proposal.track_id for proposal in propose(candidates, **decisions) if proposal.role is LesionRole.TARGET]


def propose(candidates: list[Candidate], **decisions: LesionRole) -> list[RoleProposal]:
    signature = Signature("Dr A", "2024-02-01T10:00:00Z", "better seen")
    return propose_roles(candidates, {track: RoleDecision(track, role, signature) for track, role in decisions.items()})


MANY = [lesion("A", "liver", 50), lesion("B", "liver", 40), lesion("C", "liver", 30), lesion("D", "lung", 25),
        lesion("E", "lung", 20), lesion("F", "lung", 15), lesion("G", "kidney", 12), lesion("H", "adrenal", 11)]


def test_five_targets_two_per_organ_by_size() -> None:
    assert targets(MANY) == ["A", "B", "D", "E", "G"]


def test_every_lesion_has_a_reason_chosen_or_not() -> None:
    sentences = {proposal.track_id: proposal.reason.sentence for proposal in propose(MANY)}
    assert sentences["A"] == "Target: 50.0 mm in liver, place 1 by size among 8 measurable lesions."
    assert sentences["C"] == "Not a target: 30.0 mm, but liver already has 2 targets (A, B)."
    assert sentences["H"] == "Not a target: 11.0 mm, but 5 targets are chosen already (A, B, D, E, G)."


def test_all_nodes_together_are_one_organ_and_chains_differ_if_they_can() -> None:
    nodes = [node("N1", "mediastinum", 30), node("N2", "mediastinum", 28), node("N3", "pelvic_organs", 16)]
    assert targets(nodes) == ["N1", "N3"]
    assert targets(nodes[:2]) == ["N1", "N2"]


def test_the_skeleton_is_one_organ() -> None:
    spine = [lesion(name, site, 40) for name, site in (("A", "thoracic_spine"), ("B", "bone"), ("C", "sacrum"))]
    assert {candidate.organ for candidate in spine} == {"bone"}


def test_of_two_equal_sizes_the_rounder_lesion_is_taken() -> None:
    pair = [lesion("A", "liver", 30.2, 10), lesion("B", "liver", 30, 29), lesion("C", "liver", 30, 20)]
    assert targets(pair) == ["B", "C"]


def test_a_person_adds_a_target_against_the_rules() -> None:
    proposals = propose([*MANY, lesion("X", "liver", 6)], X=LesionRole.TARGET)
    assert [p.track_id for p in proposals if p.role is LesionRole.TARGET] == ["X", "A", "D", "E", "G"]
    reason = next(p.reason.sentence for p in proposals if p.track_id == "X")
    assert reason == "Dr A decided on 2024-02-01 10:00 UTC: target. Reason: better seen"


def test_a_person_takes_a_target_away_and_the_next_one_follows() -> None:
    assert targets(MANY, A=LesionRole.NON_TARGET) == ["B", "C", "D", "E", "G"]
    assert targets(MANY, G=LesionRole.NOT_COUNTED) == ["A", "B", "D", "E", "H"]


def test_a_person_may_choose_more_than_five() -> None:
    chosen = dict.fromkeys("ABCDEF", LesionRole.TARGET)
    assert targets(MANY, **chosen) == list("ABCDEF")


def test_without_lesions_there_is_nothing_to_propose() -> None:
    assert propose([]) == []


candidates = st.lists(
    st.tuples(st.sampled_from(["liver", "lung", "kidney", "bone", "brain", ""]), st.integers(20, 900), st.booleans()),
    max_size=25).map(lambda rows: [Candidate(f"L{n:02}", is_node, site, size, size if is_node else size * 4 // 5, 20)
                                   for n, (site, size, is_node) in enumerate(rows)])


@given(candidates, st.randoms())
def test_the_limits_hold_and_the_order_of_the_lesions_does_not_matter(lesions: list[Candidate],
                                                                      random: object) -> None:
    proposals = propose_roles(lesions)
    chosen = [candidate for candidate in lesions
              if any(p.track_id == candidate.track_id and p.role is LesionRole.TARGET for p in proposals)]
    assert len(chosen) <= 5
    assert all(count <= 2 for count in Counter(candidate.organ for candidate in chosen).values())
    assert sorted(proposal.track_id for proposal in proposals) == sorted(c.track_id for c in lesions)
    assert all(proposal.reason.sentence and proposal.reason.source for proposal in proposals)
    shuffled = list(lesions)
    random.shuffle(shuffled)
    assert propose_roles(shuffled) == proposals


@given(candidates)
def test_no_measurable_lesion_is_left_out_while_there_is_a_place(lesions: list[Candidate]) -> None:
    proposals = {proposal.track_id: proposal for proposal in propose_roles(lesions)}
    chosen = [candidate for candidate in lesions if proposals[candidate.track_id].role is LesionRole.TARGET]
    for candidate in lesions:
        if proposals[candidate.track_id].reason.rule.startswith("passed_over"):
            same = [other for other in chosen if other.organ == candidate.organ]
            assert len(chosen) == 5 or len(same) == 2

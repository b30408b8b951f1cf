"""Nobody is refused by machine for disagreeing, or on a kind that machines cannot judge."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.quality.domain import keys
from services.quality.domain.calibration import Calibration
from services.quality.domain.decisions import (
    Circumstances,
    Decision,
    Disputed,
    QualityPolicy,
    Reason,
    Verdict,
    decide,
    decide_task,
)
from services.quality.domain.errors import InvalidPolicy
from services.quality.domain.keys import UNIT
from services.quality.domain.pace import COUNT as PACE_COUNT
from services.quality.domain.pace import SQUARES as PACE_SQUARES
from services.quality.domain.pace import SUM as PACE_SUM
from services.quality.domain.pace import Pace, paced
from services.quality.domain.risk import MeanRisk, chance, sampled
from services.quality.domain.skills import Skills
from services.quality.domain.standings import Standing, arrive_all, rescore
from services.quality.domain.types import Answer, Kind, Skill, Task
from tests.unit.quality.samples import answer_of, answered, crowds, no_skills, task_of

POLICY = QualityPolicy()
AGAINST = [("a", "yes"), ("b", "yes"), ("c", "yes"), ("d", "yes"), ("odd", "no")]


def gold_record(contractor_id: str, *, right: int, total: int) -> Skill:
    counters = {keys.GOLD_RIGHT: right, keys.GOLD_TOTAL: total}
    return Skill(contractor_id=contractor_id, counters=counters)


def outvoted(*skills: Skill, policy: QualityPolicy = POLICY, seconds: float = 0.0) -> Decision:
    """What becomes of the one who disagrees with four others."""
    working = no_skills(*skills)
    standing = answered(task_of(overlap=5), AGAINST, skills=working)
    odd = replace(standing.answers[-1], active_seconds=seconds)
    standing = replace(standing, answers=(*standing.answers[:-1], odd))
    return decide(odd, standing=standing, skills=working, policy=policy)


def test_disagreement_alone_is_accepted_and_paid() -> None:
    decision = outvoted()
    assert (decision.verdict, decision.reason) == (Verdict.ACCEPT, Reason.DISPUTED)
    assert float(decision.evidence["posterior"]) < POLICY.reject_below


def test_or_reviewed_where_the_project_wants_that() -> None:
    decision = outvoted(policy=QualityPolicy(disputed=Disputed.REVIEW))
    assert (decision.verdict, decision.reason) == (Verdict.REVIEW, Reason.DISPUTED)


def test_a_bad_record_on_gold_is_evidence() -> None:
    decision = outvoted(gold_record("odd", right=1, total=10))
    assert (decision.verdict, decision.reason) == (Verdict.REJECT, Reason.FAILED_GOLD)
    assert decision.evidence["gold_right"] == 1
    assert decision.evidence["gold_total"] == 10
    assert float(decision.evidence["gold_accuracy_upper"]) == pytest.approx(0.404, abs=0.001)
    assert decision.rule_version


@pytest.mark.parametrize(("right", "total"), [(0, 2), (3, 6), (1, 2), (50, 90)])
def test_a_record_that_may_be_bad_luck_is_none(right: int, total: int) -> None:
    decision = outvoted(gold_record("odd", right=right, total=total))
    assert decision.verdict is Verdict.ACCEPT


def test_speed_is_evidence_only_where_it_was_measured() -> None:
    fast = outvoted(seconds=0.1)
    assert (fast.verdict, fast.reason) == (Verdict.REJECT, Reason.IMPOSSIBLE_SPEED)
    assert outvoted(seconds=0.0).verdict is Verdict.ACCEPT
    assert outvoted(seconds=2.0).verdict is Verdict.ACCEPT


def test_the_second_answer_of_one_person_to_one_task_is_a_duplicate() -> None:
    skills = no_skills()
    twice = [
        *(answer_of(who, label) for who, label in AGAINST),
        answer_of("odd", "no", assignment_id="asn_again"),
    ]
    standing = arrive_all(
        twice, standings={"tsk_1": Standing(task=task_of(overlap=6))}, skills=skills
    ).standings["tsk_1"]
    standing = replace(
        standing, scored=replace(standing.scored, posterior={"yes": 0.99, "no": 0.01})
    )
    first, again = (
        decide(a, standing=standing, skills=skills, policy=POLICY) for a in standing.answers[-2:]
    )
    assert first.verdict is Verdict.ACCEPT
    assert (again.verdict, again.reason) == (Verdict.REJECT, Reason.DUPLICATE)
    assert again.evidence["duplicate_of"] == "asn_tsk_1_odd"


def test_evidence_does_not_refuse_what_may_be_true() -> None:
    policy = QualityPolicy(reject_below=0.0)
    assert outvoted(gold_record("odd", right=0, total=20), policy=policy).verdict is Verdict.ACCEPT


def test_evidence_does_not_refuse_what_is_true() -> None:
    skills = no_skills(gold_record("d", right=0, total=20))
    standing = answered(task_of(overlap=5), AGAINST, skills=skills)
    decisions = decide_task(standing, skills=skills, policy=POLICY)
    assert decisions["asn_tsk_1_d"].verdict is Verdict.ACCEPT
    assert decisions["asn_tsk_1_d"].reason is Reason.AGREES


def test_gold_is_matched_or_disputed_like_any_truth() -> None:
    skills = no_skills()
    task = task_of(overlap=2, gold="no")
    standing = answered(task, [("a", "no"), ("b", "yes")], skills=skills)
    decisions = decide_task(standing, skills=skills, policy=POLICY)
    assert decisions["asn_tsk_1_a"].reason is Reason.MATCHES_GOLD
    assert decisions["asn_tsk_1_b"].reason is Reason.DISPUTED
    assert decisions["asn_tsk_1_b"].verdict is Verdict.ACCEPT


def test_a_task_is_decided_once_it_is_complete_and_only_what_is_open() -> None:
    skills = no_skills()
    standing = answered(task_of(overlap=3), [("a", "yes"), ("b", "yes")], skills=skills)
    assert decide_task(standing, skills=skills, policy=POLICY) == {}
    complete = answered(task_of(overlap=2), [("a", "yes"), ("b", "yes")], skills=no_skills())
    decided = {"asn_tsk_1_a"}
    assert set(decide_task(complete, skills=skills, policy=POLICY, decided=decided)) == {
        "asn_tsk_1_b"
    }


@given(crowds(), st.integers(0, 30), st.floats(0.0, 0.4))
def test_preference_and_text_are_never_refused_by_machine(
    crowd: tuple[tuple[Task, ...], tuple[Answer, ...]], failures: int, seconds: float
) -> None:
    tasks, answers = crowd
    standings = {task.task_id: Standing(task=replace(task, overlap=1)) for task in tasks}
    records = [gold_record(f"ctr_{i}", right=0, total=failures) for i in range(6)]
    skills = no_skills(*records)
    batch = arrive_all(
        [replace(a, active_seconds=seconds) for a in answers], standings=standings, skills=skills
    )
    for standing in batch.standings.values():
        decisions = decide_task(standing, skills=skills, policy=QualityPolicy(reject_below=1.0))
        assert len(decisions) == len(standing.answers)
        if standing.task.kind not in (Kind.CHOICE, Kind.ORDINAL, Kind.NUMERIC):
            assert all(d.verdict is not Verdict.REJECT for d in decisions.values())


def decide_text(skills: Skills, policy: QualityPolicy, count: int) -> list[Decision]:
    task = task_of(kind=Kind.TEXT, labels=(), overlap=count)
    said = [(f"c{i}", f"text {i}") for i in range(count)]
    standing = answered(task, said, skills=skills)
    return list(decide_task(standing, skills=skills, policy=policy).values())


def test_text_is_sampled_for_review_and_otherwise_accepted() -> None:
    everything = decide_text(no_skills(), QualityPolicy(review_share=1.0), 5)
    assert {(d.verdict, d.reason) for d in everything} == {(Verdict.REVIEW, Reason.SAMPLED)}
    nothing = decide_text(no_skills(), QualityPolicy(review_share=0.0), 5)
    assert {(d.verdict, d.reason) for d in nothing} == {(Verdict.ACCEPT, Reason.TEXT_UNSAMPLED)}


@pytest.mark.parametrize("kind", [Kind.CHOICE, Kind.PAIRWISE])
def test_a_sample_of_what_would_be_accepted_is_reviewed_whatever_the_machine_thinks(
    kind: Kind,
) -> None:
    labels = ("yes", "no")
    skills = no_skills(gold_record("odd", right=0, total=20))
    standing = answered(task_of(kind=kind, labels=labels, overlap=5), AGAINST, skills=skills)

    def decisions(share: float) -> dict[str, Decision]:
        policy = QualityPolicy(review_share=share, reject_below=0.5)
        return decide_task(standing, skills=skills, policy=policy)

    without, everything = decisions(0.0), decisions(1.0)
    for assignment_id, decision in without.items():
        reviewed = everything[assignment_id]
        if decision.verdict is Verdict.REJECT:
            assert reviewed == decision
        else:
            assert (reviewed.verdict, reviewed.reason) == (Verdict.REVIEW, Reason.SAMPLED)
            assert reviewed.evidence.items() >= decision.evidence.items()
            assert reviewed.evidence["review_share"] == 1.0
            assert reviewed.clause
    refused = sum(decision.verdict is Verdict.REJECT for decision in without.values())
    assert refused == (1 if kind is Kind.CHOICE else 0)


def test_people_look_at_the_risky_ones_first_and_in_all_at_the_share_that_was_asked_for() -> None:
    """Half of the people are well known, half are new; one in eight disagrees."""
    known = [
        Skill(contractor_id=f"c{i}", counters={keys.GOLD_RIGHT: 48, keys.GOLD_TOTAL: 50})
        for i in range(0, 1_600, 2)
    ]
    skills = no_skills(*known)
    said = [(f"c{i}", "no" if i % 16 in (0, 5) else "yes") for i in range(1_600)]
    standing = answered_at_once(task_of(overlap=1_600), said, skills=skills)
    policy = QualityPolicy(review_share=0.25, review_seed="prj")
    mean, decisions = MeanRisk(), dict[str, Decision]()
    for _ in range(2):  # the first time to learn the mean
        decisions = decide_task(
            standing,
            skills=skills,
            policy=policy,
            circumstances=Circumstances(mean_risk=mean),
        )
        risks = [found.risk for found in decisions.values() if found.risk is not None]
        mean = MeanRisk(count=len(risks), total=sum(round(risk * UNIT) for risk in risks))

    def reviewed(disputed: bool, new: bool) -> float:
        chosen = [
            decisions[f"asn_tsk_1_{who}"].verdict is Verdict.REVIEW
            for who, label in said
            if (label == "no") is disputed and (int(who[1:]) % 2 == 1) is new
        ]
        return sum(chosen) / len(chosen)

    share = sum(d.verdict is Verdict.REVIEW for d in decisions.values()) / len(decisions)
    assert 0.21 < share < 0.29
    assert reviewed(False, False) < 0.2 < reviewed(False, True) < reviewed(True, True)
    assert reviewed(False, False) < reviewed(True, False)
    assert {d.reason for d in decisions.values() if d.verdict is Verdict.REVIEW} == {Reason.SAMPLED}


def answered_at_once(task: Task, said: list[tuple[str, str]], *, skills: Skills) -> Standing:
    answers = tuple(answer_of(who, label, task_id=task.task_id) for who, label in said)
    return rescore(Standing(task=task, answers=answers), skills=skills)


@given(st.floats(0, 1), st.floats(0.05, 1), st.floats(0.05, 1))
def test_the_chance_of_a_review_is_one_and_grows_with_risk(
    share: float, risk: float, mean: float
) -> None:
    found = chance(share, risk=risk, mean=mean)
    assert 0.0 <= found <= 1.0
    assert chance(0.0, risk=risk, mean=mean) == 0.0
    assert chance(1.0, risk=risk, mean=mean) == 1.0
    assert chance(share, risk=mean, mean=mean) == pytest.approx(share)
    assert found <= chance(share, risk=min(risk * 1.5, 1.5), mean=mean)


def test_what_is_far_below_the_projects_pace_is_impossible() -> None:
    usual = [8.0 + (n % 9) for n in range(200)]
    counts = paced(usual)
    known = Pace(count=counts[PACE_COUNT], total=counts[PACE_SUM], squares=counts[PACE_SQUARES])
    assert 1.5 < known.least_seconds() < 3.0
    skills = no_skills()
    standing = answered(task_of(overlap=5), AGAINST, skills=skills)
    for seconds, verdict in ((1.0, Verdict.REJECT), (4.0, Verdict.ACCEPT), (0.0, Verdict.ACCEPT)):
        found = decide(
            replace(standing.answers[-1], active_seconds=seconds),
            standing=standing,
            skills=skills,
            policy=POLICY,
            circumstances=Circumstances(pace=known),
        )
        assert found.verdict is verdict
    few = paced(usual[:49])
    young = Pace(count=few[PACE_COUNT], total=few[PACE_SUM], squares=few[PACE_SQUARES])
    assert young.least_seconds() == 0.0


def test_collusion_is_evidence_and_those_who_are_watched_are_reviewed() -> None:
    skills = no_skills()
    standing = answered(task_of(overlap=5), AGAINST, skills=skills)
    circumstances = Circumstances(colluders={"odd": {"alike": 12}}, watched={"a"})
    decisions = decide_task(standing, skills=skills, policy=POLICY, circumstances=circumstances)
    odd, watched, other = (decisions[f"asn_tsk_1_{who}"] for who in ("odd", "a", "b"))
    assert (odd.verdict, odd.reason, odd.evidence["alike"]) == (
        Verdict.REJECT,
        Reason.COLLUSION,
        12,
    )
    assert (watched.verdict, watched.reason) == (Verdict.REVIEW, Reason.WATCHED)
    assert other.verdict is Verdict.ACCEPT
    # Who answers with the others is not refused, whatever speaks against them.
    agreeing = Circumstances(colluders={"b": {"alike": 12}})
    found = decide_task(standing, skills=skills, policy=POLICY, circumstances=agreeing)
    assert found["asn_tsk_1_b"].verdict is Verdict.ACCEPT


def test_a_clause_is_the_projects_own_or_the_default() -> None:
    against = gold_record("odd", right=0, total=20)
    own = QualityPolicy(clauses={"failed_gold": "§ 4: look before you answer"})
    assert outvoted(against, policy=own).clause == "§ 4: look before you answer"
    assert "control" not in own.clauses
    assert "instructions" in outvoted(against).clause
    assert outvoted().clause == ""


def test_calibration_decides_what_is_unlikely() -> None:
    """Evidence or not: what a calibrated scorer thinks possible is not refused."""
    skills = no_skills(gold_record("odd", right=0, total=20))
    standing = answered(task_of(overlap=5), AGAINST, skills=skills)
    odd = standing.answers[-1]
    cool = decide(odd, standing=standing, skills=skills, policy=POLICY)
    assert cool.verdict is Verdict.REJECT
    hot = Circumstances(calibration=Calibration(temperature=20.0))
    found = decide(odd, standing=standing, skills=skills, policy=POLICY, circumstances=hot)
    assert (found.verdict, found.reason) == (Verdict.ACCEPT, Reason.DISPUTED)
    assert float(found.evidence["posterior"]) > 0.05


def test_a_number_near_the_truth_is_right_and_one_far_from_it_may_be_refused() -> None:
    task = replace(task_of(kind=Kind.NUMERIC, labels=(), overlap=3, gold="100"), tolerance=5.0)
    skills = no_skills(gold_record("far", right=0, total=20), gold_record("near", right=0, total=9))
    standing = answered(task, [("a", "100"), ("near", "103"), ("far", "220")], skills=skills)
    decisions = decide_task(standing, skills=skills, policy=POLICY)
    near, far = decisions["asn_tsk_1_near"], decisions["asn_tsk_1_far"]
    assert (near.verdict, near.reason) == (Verdict.ACCEPT, Reason.MATCHES_GOLD)
    assert (far.verdict, far.reason) == (Verdict.REJECT, Reason.FAILED_GOLD)


def test_code_waits_for_its_checks() -> None:
    skills = no_skills()
    task = task_of(kind=Kind.CODE, labels=(), overlap=1)
    decisions = decide_task(
        answered(task, [("a", "print(1)")], skills=skills), skills=skills, policy=POLICY
    )
    assert decisions["asn_tsk_1_a"].verdict is Verdict.REVIEW
    assert decisions["asn_tsk_1_a"].reason is Reason.UNCHECKED


def test_the_defaults_send_nothing_to_people() -> None:
    assert QualityPolicy().review_share == 0.0
    found = decide_text(no_skills(), QualityPolicy(), 5)
    assert {d.verdict for d in found} == {Verdict.ACCEPT}


def test_the_sample_is_a_fixed_one_for_its_seed_and_about_as_large_as_asked() -> None:
    ids = [f"asn_{i}" for i in range(4_000)]
    chosen = {i for i in ids if sampled(i, seed="one", share=0.1)}
    assert chosen == {i for i in ids if sampled(i, seed="one", share=0.1)}
    assert chosen <= {i for i in ids if sampled(i, seed="one", share=0.2)}
    assert 320 < len(chosen) < 480
    assert len(chosen & {i for i in ids if sampled(i, seed="two", share=0.1)}) < 100


@pytest.mark.parametrize(
    "bad",
    [
        {"reject_below": -0.01},
        {"reject_below": float("nan")},
        {"review_share": 1.5},
        {"gold_accuracy_floor": 2.0},
        {"gold_failures_min": 0},
        {"impossible_seconds": float("inf")},
    ],
)
def test_a_policy_out_of_range_is_refused_by_the_name_of_its_field(bad: dict[str, float]) -> None:
    with pytest.raises(InvalidPolicy) as refused:
        QualityPolicy(**bad)  # type: ignore[arg-type]
    assert refused.value.metadata["field"] in bad

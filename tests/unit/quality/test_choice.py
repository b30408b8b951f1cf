"""Consensus over choices and preferences, on crowds small enough to reason about."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.quality.domain.errors import UnknownLabel
from services.quality.domain.kinds import scorer_of
from services.quality.domain.scorers.choice import ChoiceScorer
from services.quality.domain.scorers.priors import CHOICE
from services.quality.domain.skills import Skills
from services.quality.domain.standings import Standing, arrive, arrive_all, withdraw
from services.quality.domain.types import LABELLED, PREFERENCES, Answer, Kind, Task
from tests.unit.quality.samples import YES_NO, answer_of, answered, crowds, no_skills, task_of


def train(
    skills: Skills, *, right: list[str], wrong: list[str], tasks: int, gold: bool = True
) -> None:
    """Tasks, half of each truth, on which some are always right and some always wrong."""
    for i in range(tasks):
        truth, lie = YES_NO if i % 2 else YES_NO[::-1]
        task = task_of(f"gold_{i}", gold=truth if gold else None)
        said = [(who, truth) for who in right] + [(who, lie) for who in wrong]
        answered(task, said, skills=skills)


@given(crowds())
def test_posteriors_sum_to_one_and_name_the_label(
    crowd: tuple[tuple[Task, ...], tuple[Answer, ...]],
) -> None:
    tasks, answers = crowd
    standings = {task.task_id: Standing(task=task) for task in tasks}
    batch = arrive_all(answers, standings=standings, skills=no_skills())
    for standing in batch.standings.values():
        scored = standing.scored
        kind = standing.task.kind
        assert (scored.label is None) == (kind is Kind.CODE and standing.task.gold is None)
        assert sum(scored.posterior.values()) + scored.unsaid == pytest.approx(1.0, abs=1e-9)
        assert all(0.0 <= p <= 1.0 for p in scored.posterior.values())
        assert 0.0 <= scored.confidence <= 1.0 + 1e-12
        if kind in LABELLED:
            assert scored.confidence == scored.posterior[scored.label or ""]


@given(crowds())
def test_scoring_is_a_function_of_its_arguments(
    crowd: tuple[tuple[Task, ...], tuple[Answer, ...]],
) -> None:
    tasks, answers = crowd
    standings = {task.task_id: Standing(task=task) for task in tasks}
    one = arrive_all(answers, standings=standings, skills=no_skills())
    other = arrive_all(answers, standings=standings, skills=no_skills())
    assert one.standings == other.standings


def test_a_majority_of_strangers_is_believed_the_more_the_larger_it_is() -> None:
    alone = answered(task_of(), [("a", "yes")], skills=no_skills()).scored
    three = answered(task_of(), [(c, "yes") for c in "abc"], skills=no_skills()).scored
    split = answered(
        task_of(), [("a", "yes"), ("b", "yes"), ("c", "no")], skills=no_skills()
    ).scored
    assert alone.label == three.label == split.label == "yes"
    assert three.confidence > split.confidence
    assert three.confidence > alone.confidence == pytest.approx(0.75, abs=1e-6)


def test_one_proven_contractor_outweighs_two_who_proved_bad() -> None:
    skills = no_skills()
    train(skills, right=["good"], wrong=["bad", "worse"], tasks=20)
    said = [("bad", "no"), ("worse", "no"), ("good", "yes")]
    scored = answered(task_of("tsk_new"), said, skills=skills).scored
    assert scored.label == "yes"
    assert scored.confidence > 0.95


def test_whoever_is_always_wrong_is_read_the_other_way_round() -> None:
    skills = no_skills()
    train(skills, right=["a", "b"], wrong=["liar"], tasks=40)
    scored = answered(task_of("tsk_new"), [("liar", "no")], skills=skills).scored
    assert scored.label == "yes"


def test_skill_is_learned_without_gold_too() -> None:
    skills = no_skills()
    train(skills, right=["a", "b", "c"], wrong=["odd"], tasks=30, gold=False)
    said = [("odd", "no"), ("a", "yes")]
    assert answered(task_of("tsk_new"), said, skills=skills).scored.label == "yes"


def test_a_task_credits_nobody_before_its_third_answer_unless_it_is_gold() -> None:
    skills = no_skills()
    two = answered(task_of("tsk_two"), [("a", "yes"), ("b", "yes")], skills=skills)
    assert all(not share.truths for share in two.scored.credits.shares)
    three = arrive(two, answer_of("c", "yes", task_id="tsk_two"), skills=skills)
    assert all(share.truths for share in three.scored.credits.shares)
    gold = answered(task_of("tsk_gold", gold="no"), [("a", "no")], skills=skills)
    assert gold.scored.credits.shares[0].truths == {"no": 1_000_000}


def test_a_task_is_not_confirmed_by_its_own_credits() -> None:
    """Scoring the same answers again and again must not raise the confidence in them."""
    skills = no_skills()
    said = [("a", "yes"), ("b", "yes"), ("c", "no")]
    standing = answered(task_of(), said, skills=skills)
    first = standing.scored.confidence
    for _ in range(20):
        standing = withdraw(standing, "asn_tsk_1_c", skills=skills)
        standing = arrive(standing, answer_of("c", "no"), skills=skills)
    assert standing.scored.confidence == pytest.approx(first, abs=1e-12)


def test_worker_by_worker_arrival_does_not_flip_a_skewed_project() -> None:
    """Each task is answered three times, but all of one person's answers come before the next's."""
    skills = no_skills()
    standings = {f"t{i}": Standing(task=task_of(f"t{i}")) for i in range(200)}
    truths = {f"t{i}": "yes" if i % 10 == 0 else "no" for i in range(200)}
    for n, who in enumerate("abc"):
        for i, task_id in enumerate(standings):
            wrong = (i * 7 + n * 3) % 10 == 5
            truth = truths[task_id]
            label = ("no" if truth == "yes" else "yes") if wrong else truth
            answer = answer_of(who, label, task_id=task_id)
            standings[task_id] = arrive(standings[task_id], answer, skills=skills)
    right = sum(s.scored.label == truths[task_id] for task_id, s in standings.items())
    assert right / len(standings) >= 0.98


def test_colluders_do_not_win_where_gold_caught_them() -> None:
    """Four of seven give the same wrong answer; gold had seen each of them at it."""
    skills = no_skills()
    liars, honest = list("stuv"), list("abc")
    for i in range(12):
        truth, lie = YES_NO if i % 2 else YES_NO[::-1]
        said = [(who, lie) for who in liars] + [(who, truth) for who in honest]
        answered(task_of(f"gold_{i}", gold=truth), said, skills=skills)
    won = 0
    for i in range(50):
        truth, lie = YES_NO if i % 2 else YES_NO[::-1]
        said = [(who, lie) for who in liars] + [(who, truth) for who in honest]
        won += answered(task_of(f"tsk_{i}", overlap=7), said, skills=skills).scored.label == truth
    assert won == 50


def test_gold_casts_doubt_on_those_who_only_agree_with_each_other() -> None:
    skills = no_skills()
    trio = ["s", "t", "u"]
    for i in range(60):
        answered(task_of(f"tsk_{i}"), [(who, YES_NO[i % 2]) for who in trio], skills=skills)
    train(skills, right=["honest"], wrong=trio, tasks=8)
    answers = [answer_of(who, "yes") for who in trio] + [answer_of("honest", "no")]
    heeded = ChoiceScorer().score(task_of("tsk_new"), answers, skills)
    ignored = ChoiceScorer(replace(CHOICE, gold_strength=1e12)).score(
        task_of("tsk_new"), answers, skills
    )
    assert ignored.posterior["yes"] > 0.9
    assert heeded.posterior["yes"] < ignored.posterior["yes"] - 0.1


def test_ties_do_not_always_fall_to_the_same_label() -> None:
    winners = [
        answered(task_of(f"tsk_{i}"), [("a", "yes"), ("b", "no")], skills=no_skills()).scored.label
        for i in range(200)
    ]
    assert 60 < winners.count("yes") < 140


def test_thousands_of_answers_neither_overflow_nor_underflow() -> None:
    skills = no_skills()
    train(skills, right=["good"], wrong=["bad"], tasks=50)
    said = [(f"c{i}", YES_NO[i % 2]) for i in range(3_000)] + [("good", "yes"), ("bad", "no")]
    answers = [answer_of(who, label) for who, label in said]
    scored = ChoiceScorer().score(task_of(overlap=3_002), answers, skills)
    assert scored.label == "yes"
    assert sum(scored.posterior.values()) == pytest.approx(1.0)


class TestOpenLabels:
    def test_classes_are_discovered_from_the_answers(self) -> None:
        skills = no_skills()
        for i, label in enumerate(["cat", "dog", "a.b|$c", "cat"]):
            task = task_of(f"tsk_{i}", labels=())
            answered(task, [(c, label) for c in "abc"], skills=skills)
        scored = answered(task_of("tsk_new", labels=()), [("a", "dog")], skills=skills).scored
        assert set(scored.posterior) == {"cat", "dog", "a.b|$c"}
        assert scored.label == "dog"

    def test_the_first_answer_of_all_leaves_room_for_what_nobody_said(self) -> None:
        scored = answered(task_of(labels=()), [("a", "cat")], skills=no_skills()).scored
        assert scored.label == "cat"
        assert scored.confidence == pytest.approx(0.75)
        assert scored.unsaid == pytest.approx(0.25)

    def test_very_many_labels_keep_counters_small(self) -> None:
        skills = no_skills()
        for i in range(300):
            said = [("a", f"item {i}"), ("b", f"item {i}"), ("c", f"item {i + 1}")]
            scored = answered(task_of(f"tsk_{i}", labels=()), said, skills=skills).scored
            assert scored.label == f"item {i}"
            assert sum(scored.posterior.values()) + scored.unsaid == pytest.approx(1.0)
        assert len(skills.skill("a").counters) < 1_200
        assert len(skills.increments().pool) < 1_300
        one_of_two = answered(
            task_of("tsk_new", labels=()), [("a", "x"), ("c", "y")], skills=skills
        ).scored
        assert one_of_two.label == "x"

    def test_a_label_nobody_gives_any_more_is_no_class(self) -> None:
        skills = no_skills()
        said = [(c, "cat") for c in "abc"]
        answered(task_of("tsk_0", labels=()), said, skills=skills)
        typo = answered(task_of("tsk_1", labels=()), [("a", "kat"), ("b", "dog")], skills=skills)
        withdraw(typo, typo.answers[0].assignment_id, skills=skills)
        scored = answered(task_of("tsk_2", labels=()), [("a", "cat")], skills=skills).scored
        assert set(scored.posterior) == {"cat", "dog"}


def test_a_long_list_of_closed_labels_is_scored_without_confusions() -> None:
    many = tuple(f"breed {i}" for i in range(120))
    skills = no_skills()
    said = [("a", "breed 7"), ("b", "breed 7"), ("c", "breed 9")]
    scored = answered(task_of(labels=many), said, skills=skills).scored
    assert scored.label == "breed 7"
    assert scored.confidence > 0.9  # two who agree by chance are rare among so many labels
    assert sum(scored.posterior.values()) + scored.unsaid == pytest.approx(1.0)
    assert set(skills.skill("a").counters) == {"answers", "c:=", "c:!"}


def test_a_label_outside_the_config_is_refused_before_anything_is_counted() -> None:
    skills = no_skills()
    with pytest.raises(UnknownLabel):
        arrive(Standing(task=task_of()), answer_of("a", "perhaps"), skills=skills)
    assert not skills.increments().skills
    with pytest.raises(UnknownLabel):
        task_of(gold="perhaps")


def test_answers_from_before_a_label_was_dropped_are_still_scored() -> None:
    skills = no_skills()
    said = [("a", "maybe"), ("b", "yes")]
    before = answered(task_of(labels=("yes", "no", "maybe")), said, skills=skills)
    after = replace(before, task=task_of())
    scored = arrive(after, answer_of("c", "yes"), skills=skills).scored
    assert scored.label == "yes"
    assert set(scored.posterior) == {"yes", "no", "maybe"}


class TestPairwise:
    def test_the_labels_are_preferences_unless_others_are_named(self) -> None:
        assert task_of(kind=Kind.PAIRWISE, labels=()).labels == PREFERENCES
        assert task_of(kind=Kind.PAIRWISE, labels=("left", "right")).labels == ("left", "right")

    @given(st.lists(st.sampled_from(PREFERENCES), min_size=1, max_size=6))
    def test_swapping_the_sides_swaps_the_outcome(self, votes: list[str]) -> None:
        swap = {"model_a": "model_b", "model_b": "model_a", "tie": "tie"}
        task = task_of(kind=Kind.PAIRWISE, labels=())
        seen = answered(task, [(f"c{i}", v) for i, v in enumerate(votes)], skills=no_skills())
        mirrored = answered(
            task, [(f"c{i}", swap[v]) for i, v in enumerate(votes)], skills=no_skills()
        )
        for label, p in seen.scored.posterior.items():
            assert mirrored.scored.posterior[swap[label]] == pytest.approx(p, abs=1e-12)

    def test_a_model_that_always_won_gets_no_head_start(self) -> None:
        skills = no_skills()
        task = task_of(kind=Kind.PAIRWISE, labels=())
        for i in range(50):
            won = replace(task, task_id=f"tsk_{i}")
            answered(won, [(c, "model_a") for c in "abc"], skills=skills)
        votes = [answer_of("new", "model_a"), answer_of("newer", "model_b")]
        scored = scorer_of(Kind.PAIRWISE).score(task, votes, skills)
        assert scored.posterior["model_a"] == pytest.approx(scored.posterior["model_b"], abs=0.01)

    def test_a_few_votes_change_little_about_anybody(self) -> None:
        skills = no_skills()
        task = task_of(kind=Kind.PAIRWISE, labels=(), overlap=2)
        answered(task, [("a", "model_a"), ("b", "model_b")], skills=skills)
        other = replace(task, task_id="tsk_2")
        scored = scorer_of(Kind.PAIRWISE).score(other, [answer_of("a", "model_a")], skills)
        assert scored.confidence == pytest.approx(0.65, abs=0.05)

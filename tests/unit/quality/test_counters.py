"""Counters are a plain sum over tasks: reversible to the digit, in any order, in any batching."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.quality.domain.keys import UNIT
from services.quality.domain.packing import pack_credits, unpack_credits
from services.quality.domain.skills import Increments, Skills
from services.quality.domain.standings import (
    Standing,
    arrive,
    arrive_all,
    learn_gold,
    rescore,
    withdraw,
)
from services.quality.domain.types import NO_CREDITS, Answer, Credits, PoolSkill, Skill, Task
from tests.unit.quality.samples import answer_of, answered, crowds, no_skills, task_of

Crowd = tuple[tuple[Task, ...], tuple[Answer, ...]]


def state_of(skills: Skills) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """All counters, for a working set that began with none."""
    increments = skills.increments()
    return {who: dict(c) for who, c in increments.skills.items()}, dict(increments.pool)


def streamed(crowd: Crowd, skills: Skills) -> dict[str, Standing]:
    tasks, answers = crowd
    standings = {task.task_id: Standing(task=task) for task in tasks}
    batch = arrive_all(answers, standings=standings, skills=skills)
    assert not batch.refusals
    return {**standings, **batch.standings}


def sum_of(*all_credits: Credits) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    skills = no_skills()
    for task_credits in all_credits:
        skills.add(task_credits)
    return state_of(skills)


@given(crowds())
def test_counters_are_the_sum_of_what_the_tasks_have_stored(crowd: Crowd) -> None:
    skills = no_skills()
    standings = streamed(crowd, skills)
    assert state_of(skills) == sum_of(*(s.scored.credits for s in standings.values()))


@given(crowds(), st.randoms())
def test_the_order_of_credits_does_not_matter(crowd: Crowd, random: object) -> None:
    found = [s.scored.credits for s in streamed(crowd, no_skills()).values()]
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sum_of(*shuffled) == sum_of(*found)


@given(crowds(), crowds())
def test_credits_added_and_subtracted_leave_exactly_what_was_there(
    one: Crowd, other: Crowd
) -> None:
    skills = no_skills()
    streamed(one, skills)
    before = state_of(skills)
    for standing in streamed(other, no_skills()).values():
        skills.add(standing.scored.credits)
        skills.subtract(standing.scored.credits)
    assert state_of(skills) == before


@given(crowds())
def test_withdrawing_every_answer_leaves_nothing(crowd: Crowd) -> None:
    skills = no_skills()
    standings = streamed(crowd, skills)
    for answer in crowd[1]:
        standing = standings[answer.task_id]
        standings[answer.task_id] = withdraw(standing, answer.assignment_id, skills=skills)
    assert state_of(skills) == ({}, {})
    assert all(s.scored.credits == NO_CREDITS for s in standings.values())


@given(crowds(), st.integers(1, 7))
@settings(max_examples=60)
def test_batching_through_stored_counters_changes_nothing(crowd: Crowd, size: int) -> None:
    """One working set for all, or a fresh one from the stored counters for every few answers."""
    at_once = no_skills()
    expected = streamed(crowd, at_once)

    tasks, answers = crowd
    standings = {task.task_id: Standing(task=task) for task in tasks}
    stored: dict[str, Counter[str]] = {}
    pool: Counter[str] = Counter()
    for start in range(0, len(answers), size):
        skills = Skills(
            pool=PoolSkill(project_id="prj", counters=dict(pool)),
            skills=[Skill(contractor_id=w, counters=dict(c)) for w, c in stored.items()],
        )
        # Credits come back from the store as well.
        standings = {
            task_id: replace(s, scored=replace(s.scored, credits=_stored(s.scored.credits)))
            for task_id, s in standings.items()
        }
        batch = arrive_all(answers[start : start + size], standings=standings, skills=skills)
        standings.update(batch.standings)
        _increase(stored, pool, skills.increments())

    assert {who: _nonzero(c) for who, c in stored.items()} == state_of(at_once)[0]
    assert _nonzero(pool) == state_of(at_once)[1]
    for task_id, standing in standings.items():
        assert standing.scored.label == expected[task_id].scored.label
        assert standing.scored.posterior == pytest.approx(
            expected[task_id].scored.posterior, abs=1e-12
        )
        assert standing.scored.credits == expected[task_id].scored.credits


def _stored(task_credits: Credits) -> Credits:
    return unpack_credits(json.loads(json.dumps(pack_credits(task_credits))))


def _increase(stored: dict[str, Counter[str]], pool: Counter[str], increments: Increments) -> None:
    for who, changes in increments.skills.items():
        for name, change in changes.items():
            stored.setdefault(who, Counter())[name] += change
    for name, change in increments.pool.items():
        pool[name] += change


def _nonzero(counters: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in counters.items() if count}


@given(crowds())
def test_each_credited_answer_is_worth_one_unit(crowd: Crowd) -> None:
    for standing in streamed(crowd, no_skills()).values():
        heads = 0
        for share in standing.scored.credits.shares:
            heads += len(share.contractor_ids)
            assert sum(share.truths.values()) + share.hit + share.miss in (0, UNIT)
        assert heads == len(standing.answers)


def test_an_answer_that_comes_again_changes_nothing() -> None:
    skills = no_skills()
    standing = answered(task_of(), [("a", "yes"), ("b", "yes"), ("c", "no")], skills=skills)
    before = state_of(skills)
    again = arrive(standing, standing.answers[1], skills=skills)
    assert again is standing
    assert state_of(skills) == before


def test_withdrawing_what_is_not_there_changes_nothing() -> None:
    skills = no_skills()
    standing = answered(task_of(), [("a", "yes")], skills=skills)
    assert withdraw(standing, "asn_other", skills=skills) is standing


def test_an_answer_withdrawn_and_given_again_restores_every_counter() -> None:
    skills = no_skills()
    said = [("a", "yes"), ("b", "yes"), ("c", "no"), ("d", "yes")]
    standing = answered(task_of(overlap=4), said, skills=skills)
    before = state_of(skills)
    without = withdraw(standing, standing.answers[3].assignment_id, skills=skills)
    assert state_of(skills) != before
    restored = arrive(without, standing.answers[3], skills=skills)
    assert restored == standing
    assert state_of(skills) == before


def test_gold_learned_and_forgotten_restores_every_counter() -> None:
    skills = no_skills()
    standing = answered(task_of(), [("a", "yes"), ("b", "yes"), ("c", "no")], skills=skills)
    before = state_of(skills)
    golden = learn_gold(standing, "no", skills=skills)
    assert golden.scored.label == "no"
    assert skills.skill("c").gold_right == 1
    assert skills.skill("a").gold_total == 1
    assert learn_gold(golden, None, skills=skills) == standing
    assert state_of(skills) == before


def test_a_sweep_counts_nothing_twice() -> None:
    skills = no_skills()
    said = [("a", "yes"), ("b", "yes"), ("c", "no")]
    standings = [answered(task_of(f"tsk_{i}"), said, skills=skills) for i in range(5)]
    swept = [rescore(standing, skills=skills) for standing in standings]
    assert state_of(skills) == sum_of(*(s.scored.credits for s in swept))
    assert skills.skill("a").answers == 5


def test_one_refused_answer_leaves_the_rest_of_its_batch_alone() -> None:
    skills = no_skills()
    standings = {"tsk_1": Standing(task=task_of())}
    good = [answer_of("a", "yes"), answer_of("b", "no")]
    foreign = answer_of("c", "yes", task_id="tsk_unknown")
    batch = arrive_all(
        [good[0], answer_of("d", "maybe"), foreign, good[1]], standings=standings, skills=skills
    )
    assert batch.standings["tsk_1"].answers == tuple(good)
    assert [r.error.reason for r in batch.refusals] == ["UNKNOWN_LABEL", "FOREIGN_ANSWER"]
    assert set(state_of(skills)[0]) == {"a", "b"}

"""The order of recording alone decides: batches, and what is stored between, leave no trace."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.quality.domain.calibration import UNCALIBRATED
from services.quality.domain.confidence import settling
from services.quality.domain.keeping import standing_of, stored_of
from services.quality.domain.records import StoredAnswer, StoredStanding
from services.quality.domain.skills import Skills
from services.quality.domain.standings import Standing
from services.quality.domain.stream import Settle, Stream
from services.quality.domain.truths import GoldSource, Truth
from services.quality.domain.types import Answer, Task
from tests.unit.quality.recorded import Store
from tests.unit.quality.samples import answer_of, crowds, no_skills, task_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
Crowd = tuple[tuple[Task, ...], tuple[Answer, ...]]


class Kept:
    """A project as the database keeps it between two batches."""

    def __init__(self) -> None:
        self.counters = Store()
        self.answers: dict[str, list[StoredAnswer]] = defaultdict(list)
        self.standings: dict[str, StoredStanding] = {}

    def feed(self, tasks: dict[str, Task], batch: list[Answer]) -> None:
        """One batch, from what is stored to what is stored."""
        ids = {answer.task_id for answer in batch}
        there = [kept for task_id in ids for kept in self.answers[task_id]]
        who = {a.contractor_id for a in (*batch, *(kept.answer for kept in there))}
        skills = self.counters.load(who)
        before = {
            task_id: standing_of(tasks[task_id], self.answers[task_id], self.standings.get(task_id))
            for task_id in ids
            if self.answers[task_id]
        }
        stream = Stream(skills=skills, standings=before, settle=_settle(skills))
        for answer in batch:
            standing = stream.arrive(tasks[answer.task_id], answer)
            place = len(self.answers[answer.task_id])
            kept = StoredAnswer(
                answer=answer,
                engagement=1,
                place=place,
                project_id="prj",
                seq=sum(map(len, self.answers.values())) + 1,
                aside=standing.sets_aside(answer.assignment_id),
            )
            self.answers[answer.task_id].append(kept)
        for move in stream.moves():
            if move.scored_anew or move.after.resolved:
                stored = stored_of(move.after, calibration=UNCALIBRATED, now=NOON)
                self.standings[stored.task_id] = stored
        self.counters.increase(skills.increments())


def _settle(skills: Skills) -> Settle:
    return settling(skills=skills, calibration=UNCALIBRATED, error_cost_answers=50.0)


@settings(max_examples=60)
@given(crowds(), st.data())
def test_any_batching_through_the_store_ends_as_one_stream(
    crowd: Crowd, data: st.DataObject
) -> None:
    tasks = {
        task.task_id: replace(
            task,
            overlap=data.draw(st.integers(1, 3)),
            overlap_max=data.draw(st.sampled_from([0, 0, 4])),
        )
        for task in crowd[0]
    }
    answers = list(crowd[1])
    skills = no_skills()
    whole = Stream(skills=skills, settle=_settle(skills))
    for answer in answers:
        whole.arrive(tasks[answer.task_id], answer)

    kept, rest = Kept(), answers
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        kept.feed(tasks, rest[:size])
        rest = rest[size:]
    for move in whole.moves():
        stored = kept.standings.get(move.after.task.task_id)
        if stored is None:
            assert not move.scored_anew
            continue
        expected = stored_of(move.after, calibration=UNCALIBRATED, now=NOON)
        assert stored == expected
    increments = skills.increments()
    assert {
        who: {n: c for n, c in found.items() if c}
        for who, found in kept.counters.skills.items()
        if any(found.values())
    } == {who: dict(found) for who, found in increments.skills.items()}
    assert {n: c for n, c in kept.counters.pool.items() if c} == dict(increments.pool)


def _fed(said: list[tuple[str, str]], *, task: Task) -> Stream:
    stream = Stream(skills=no_skills())
    for who, label in said:
        stream.arrive(task, answer_of(who, label, task_id=task.task_id))
    return stream


def _only(stream: Stream) -> Standing:
    standing = stream.standing("tsk_1")
    assert standing is not None
    return standing


def test_a_repeat_changes_nothing_and_what_no_scorer_takes_is_set_aside() -> None:
    stream = _fed([("a", "yes"), ("b", "perhaps"), ("c", "yes")], task=task_of(overlap=3))
    before = _only(stream)
    assert ([a.contractor_id for a in before.aside], before.given) == (["b"], 3)
    assert before.resolved
    assert stream.arrive(before.task, answer_of("a", "yes")) is before
    assert stream.arrive(before.task, answer_of("b", "perhaps")) is before


def test_a_truth_goes_before_what_was_posted_until_it_is_taken_back() -> None:
    task = task_of(overlap=3, gold="yes")
    stream = _fed([("a", "yes"), ("b", "no")], task=task)
    pool = stream.skills.pool_counters()
    stream.learn("tsk_1", Truth(label="no", source=GoldSource.CLIENT, changed_at=NOON))
    stream.arrive(task, answer_of("c", "no"))
    now = _only(stream)
    assert (now.scored.label, now.task.gold, now.source) == ("no", "no", GoldSource.CLIENT)
    assert stream.skills.tally("b").gold_right == 1
    stream.learn("tsk_1", Truth(label=None, source=GoldSource.CLIENT, version=2))
    assert (_only(stream).source, stream.skills.pool.gold_total) == (None, 0)
    stream.withdraw("tsk_1", "asn_tsk_1_c")
    stream.learn("tsk_1", Truth(label="yes", source=GoldSource.CLIENT, version=3))
    assert stream.skills.pool_counters() == pool


def test_consensus_measures_and_teaches_nothing() -> None:
    stream = _fed([("a", "yes"), ("b", "yes"), ("c", "yes")], task=task_of(overlap=3))
    before = _only(stream)
    truth = Truth(label="yes", source=GoldSource.CONSENSUS, is_control=True)
    after = stream.learn("tsk_1", truth)
    assert after.scored is before.scored
    assert (after.is_control, after.known_label, after.task.gold) == (True, "yes", None)
    stream.arrive(task_of(overlap=3, gold="yes"), answer_of("d", "no"))
    assert stream.skills.tally("d").gold_total == 0


@pytest.mark.parametrize("told", [2, 3])
def test_what_was_asked_for_stays_asked_for(told: int) -> None:
    """Events tell of the overlap that the broker knew when they were made."""

    def asks(standing: Standing) -> Standing:
        return replace(standing, task=replace(standing.task, overlap=standing.given + 2))

    task = replace(task_of(overlap=2), overlap_max=9)
    stream = Stream(skills=no_skills(), settle=asks)
    for who in "ab":
        stream.arrive(task, answer_of(who, "yes"))
    assert _only(stream).task.overlap == 4
    stream.arrive(replace(task, overlap=told), answer_of("c", "yes"))
    assert (_only(stream).task.overlap, _only(stream).resolved) == (4, False)

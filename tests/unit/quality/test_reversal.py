"""Whatever was done to tasks, in whatever order: what is left is only what is still true of them.

Answers come, are amended and withdrawn, contractors are banned, truths are learned and taken back,
tasks are swept. Counters then are exactly those of a project in which nothing else ever happened,
and so are the standings once its tasks are scored in the same order.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from services.quality.domain.skills import Skills
from services.quality.domain.standings import Standing, rescore, without_contribution
from services.quality.domain.stream import Stream, tells
from services.quality.domain.truths import GoldSource, Truth
from services.quality.domain.types import NOTHING_KNOWN, Answer, Task
from tests.unit.quality.samples import crowds, no_skills
from tests.unit.quality.test_counters import state_of, sum_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
Crowd = tuple[tuple[Task, ...], tuple[Answer, ...]]


def _play(crowd: Crowd, data: st.DataObject, skills: Skills) -> Stream:
    """All answers, with anything else between them that may happen to a project."""
    tasks = {task.task_id: task for task in crowd[0]}
    stream = Stream(skills=skills)
    for answer in crowd[1]:
        stream.arrive(tasks[answer.task_id], answer)
        step = data.draw(
            st.sampled_from(("nothing", "amend", "withdraw", "ban", "learn", "forget", "sweep"))
        )
        there = [move.after for move in stream.moves()]
        standing = data.draw(st.sampled_from(there))
        _step(stream, step, standing, there, data)
    return stream


def _step(
    stream: Stream, step: str, standing: Standing, there: list[Standing], data: st.DataObject
) -> None:
    task_id = standing.task.task_id
    given_answers = (*standing.answers, *standing.aside)
    labels: list[str | None] = [a.label for one in there for a in one.answers] or [None]
    if step in {"learn", "forget"}:
        label = data.draw(st.sampled_from(labels)) if step == "learn" else None
        truth = Truth(label=label, source=GoldSource.CLIENT, is_control=False, changed_at=NOON)
        stream.learn(task_id, truth.after(standing.truth))
    elif step == "sweep":
        stream.rescore(task_id)
    elif not given_answers:
        return
    elif step == "ban":
        banned = given_answers[0].contractor_id
        for one in there:
            for answer in (*one.answers, *one.aside):
                if answer.contractor_id == banned:
                    stream.withdraw(one.task.task_id, answer.assignment_id)
    elif step in {"amend", "withdraw"}:
        answer = data.draw(st.sampled_from(given_answers))
        stream.withdraw(task_id, answer.assignment_id)
        label = data.draw(st.sampled_from(labels))
        if step == "amend" and label is not None:
            stream.arrive(standing.task, replace(answer, label=label))


@given(crowds(), st.data())
@settings(max_examples=150)
def test_counters_are_what_the_standings_say_whatever_was_done(
    crowd: Crowd, data: st.DataObject
) -> None:
    skills = no_skills()
    stream = _play(crowd, data, skills)
    assert state_of(skills) == sum_of(*(move.after.scored.credits for move in stream.moves()))


@given(crowds(), st.data())
@settings(max_examples=150)
def test_scored_in_the_same_order_all_is_as_if_the_rest_had_never_happened(
    crowd: Crowd, data: st.DataObject
) -> None:
    skills = no_skills()
    left = [move.after for move in _play(crowd, data, skills).moves()]
    bare = [without_contribution(standing, skills=skills) for standing in left]
    # To the last unit: no step has left anything of itself.
    assert state_of(skills) == ({}, {})
    again = _score(bare, skills)

    fresh = no_skills()
    never = [
        Standing(task=standing.task, answers=standing.answers, aside=standing.aside)
        for standing in left
    ]
    expected = _score(never, fresh)
    assert state_of(skills) == state_of(fresh)
    assert [standing.scored for standing in again] == [standing.scored for standing in expected]


def _score(standings: list[Standing], skills: Skills) -> list[Standing]:
    assert all(standing.scored is NOTHING_KNOWN for standing in standings)
    return [
        rescore(standing, skills=skills) if tells(standing.task, standing.given) else standing
        for standing in standings
    ]

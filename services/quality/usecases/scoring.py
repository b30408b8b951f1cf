"""Scoring: answers of a project in, where their tasks stand and what is decided out.

An answer is recorded when it comes, under the project's next number. Its task is scored, and its
contractors credited, as soon as that says anything; then every answer of a resolved task that has
no ruling yet gets one. All of it happens in the order of those numbers: see domain/stream.py. The
steps, and where other parts of quality take a hand in them: see usecases/hooks.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.quality.domain.confidence import settling
from services.quality.domain.deadlines import due_at
from services.quality.domain.decisions import QualityPolicy
from services.quality.domain.keeping import standing_of
from services.quality.domain.pace import paced
from services.quality.domain.records import StoredAnswer
from services.quality.domain.stream import Stream, tells
from services.quality.domain.types import Task
from services.quality.store.answers import AnswerStore
from services.quality.store.conduct import ConductStore
from services.quality.store.skills import SkillStore
from services.quality.usecases.arrivals import ArrivedAnswer, ArrivedAnswers, by_project, task_of
from services.quality.usecases.conclusions import Conclusions
from services.quality.usecases.hooks import TakeOpinions, no_opinions
from services.quality.usecases.outcome import Outcome, count
from services.quality.usecases.rulings import Moved


class Scoring:
    """Scores what arrives."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        answers: AnswerStore,
        skills: SkillStore,
        conduct: ConductStore,
        conclusions: Conclusions,
        take_opinions: TakeOpinions = no_opinions,
    ) -> None:
        self._transactions = transactions
        self._answers = answers
        self._skills = skills
        self._conduct = conduct
        self._take_opinions = take_opinions
        self._conclusions = conclusions

    async def arrive(self, batches: Sequence[ArrivedAnswers]) -> None:
        """All of them in one transaction. What was here before changes nothing."""
        merged = by_project(batches)

        async def body(work: UnitOfWork) -> list[Outcome]:
            return [await self._score(batch, work) for batch in merged]

        for outcome in await self._transactions.run(body):
            count(outcome)

    async def _score(self, batch: ArrivedAnswers, work: UnitOfWork) -> Outcome:
        outcome = Outcome(project_id=batch.project_id, kind=batch.kind)
        opinions = [arrived for arrived in batch.answers if arrived.opinion_id]
        if opinions:
            await self._take_opinions(work, replace(batch, answers=opinions))
            batch = replace(batch, answers=[a for a in batch.answers if not a.opinion_id])
        task_ids = list({arrived.answer.task_id for arrived in batch.answers})
        there = await self._answers.of_tasks(task_ids, session=work.session)
        fresh = _fresh(batch, there)
        if not fresh:
            return outcome
        outcome.scored = len(fresh)
        stored = await self._answers.standings(task_ids, session=work.session)
        told = [(arrived, task_of(batch, arrived)) for arrived in fresh]
        before = {
            task_id: standing_of(task, there[task_id], stored.get(task_id))
            for task_id, task in {task.task_id: task for _, task in told}.items()
            if task_id in there
        }
        # Taking the numbers orders the writers of a project: of two, one fails and looks again.
        state = await self._skills.take_numbers(
            batch.project_id,
            len(fresh),
            due_at=min(_times_due(fresh, batch.policy), default=None),
            beside=paced(arrived.answer.active_seconds for arrived in fresh),
            session=work.session,
        )
        people = await self._skills.load_people(
            batch.project_id, _involved(told, there, stored), pool=state.pool, session=work.session
        )
        stream = Stream(
            skills=people.skills,
            standings=before,
            settle=settling(
                skills=people.skills,
                calibration=state.calibration,
                error_cost_answers=batch.policy.error_cost_answers,
            ),
        )
        by_task: dict[str, list[StoredAnswer]] = defaultdict(list, there)
        new = []
        for seq, (arrived, task) in enumerate(told, start=state.seq):
            answer = arrived.answer
            standing = stream.arrive(task, answer)
            kept = StoredAnswer(
                answer=answer,
                engagement=arrived.engagement,
                place=len(by_task[answer.task_id]),
                project_id=batch.project_id,
                seq=seq,
                aside=standing.sets_aside(answer.assignment_id),
            )
            by_task[answer.task_id].append(kept)
            new.append(kept)
        await self._answers.insert(new, now=work.now, session=work.session)
        await self._conduct.note_answers(
            batch.project_id, batch.kind, new, now=work.now, session=work.session
        )
        await self._conclusions.conclude(
            Moved(
                project_id=batch.project_id,
                policy=batch.policy,
                stream=stream,
                by_task=by_task,
                known=set(stored),
                state=state,
                limits=people.limits,
                colluders=people.colluders,
            ),
            outcome,
            work,
        )
        return outcome


def _times_due(fresh: Sequence[ArrivedAnswer], policy: QualityPolicy) -> list[datetime]:
    times = {arrived.answer.submitted_at for arrived in fresh}
    return [due_at(time, policy) for time in times if time is not None]


def _fresh(batch: ArrivedAnswers, there: dict[str, list[StoredAnswer]]) -> list[ArrivedAnswer]:
    """Those that are not recorded yet, each once, in the order of their telling."""
    known = {kept.answer.assignment_id for found in there.values() for kept in found}
    fresh = {
        arrived.answer.assignment_id: arrived
        for arrived in batch.answers
        if arrived.answer.assignment_id not in known
    }
    return list(fresh.values())


def _involved(
    told: Sequence[tuple[ArrivedAnswer, Task]],
    there: Mapping[str, Sequence[StoredAnswer]],
    stored: Container[str],
) -> set[str]:
    """Whose counters the scoring of these may read or change; nobody's where no task tells yet."""
    counts: dict[str, int] = defaultdict(int)
    telling: set[str] = set()
    for _, task in told:
        task_id = task.task_id
        counts[task_id] += 1
        if task_id in stored or tells(task, len(there.get(task_id, ())) + counts[task_id]):
            telling.add(task_id)
    involved = {a.answer.contractor_id for a, task in told if task.task_id in telling}
    for task_id in telling:
        involved |= {kept.answer.contractor_id for kept in there.get(task_id, ())}
    return involved

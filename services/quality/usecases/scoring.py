"""Scoring: answers of a project in, where their tasks stand and what is decided out.

An answer is recorded when it comes. Its task is scored, and its contractors credited, as soon as
that says anything: with gold, from the third answer, or when the task is complete; then every
answer of the task that has no ruling yet gets one. An answer with a label that the project does not
have is kept from the scorer, but it is one of the task's answers, and a person rules on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.chassis.logs import logger
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.quality import metrics
from services.quality.domain.decisions import Decision, QualityPolicy, decide_task, unscorable
from services.quality.domain.errors import UnknownLabel
from services.quality.domain.records import StoredAnswer, StoredRuling, StoredStanding
from services.quality.domain.rulings import Ruling, RulingState
from services.quality.domain.skills import Skills
from services.quality.domain.standings import Standing, arrive_all, rescore
from services.quality.domain.types import NOTHING_KNOWN, Answer, Kind, Scored, Task
from services.quality.store.answers import AnswerStore
from services.quality.store.conduct import ConductStore
from services.quality.store.projects import ProjectStore
from services.quality.store.rulings import RulingStore
from services.quality.store.skills import SkillStore

log = logger(__name__)

CREDIT_FROM = 3
"""Answers from which on a task says something about its contractors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedAnswer:
    """An answer as the broker's event tells it."""

    answer: Answer
    engagement: int
    overlap: int
    gold: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedAnswers:
    """Answers of one project."""

    project_id: str
    kind: Kind
    labels: tuple[str, ...]
    policy: QualityPolicy
    answers: Sequence[ArrivedAnswer]


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a batch has changed in one project."""

    project_id: str
    kind: Kind
    scored: int = 0
    rulings: list[StoredRuling] = field(default_factory=list)
    resolved: list[Standing] = field(default_factory=list)


Announce = Callable[[UnitOfWork, Outcome], None]


class Scoring:
    """Scores what arrives."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        answers: AnswerStore,
        skills: SkillStore,
        rulings: RulingStore,
        projects: ProjectStore,
        conduct: ConductStore,
        announce: Announce,
    ) -> None:
        self._transactions = transactions
        self._answers = answers
        self._skills = skills
        self._rulings = rulings
        self._projects = projects
        self._conduct = conduct
        self._announce = announce

    async def arrive(self, batches: Sequence[ArrivedAnswers]) -> None:
        """All of them in one transaction. What was here before changes nothing."""
        merged = _by_project(batches)

        async def body(work: UnitOfWork) -> list[Outcome]:
            return [await self._score(batch, work) for batch in merged]

        for outcome in await self._transactions.run(body):
            _count(outcome)

    async def _score(self, batch: ArrivedAnswers, work: UnitOfWork) -> Outcome:
        outcome = Outcome(project_id=batch.project_id, kind=batch.kind)
        task_ids = list({arrived.answer.task_id for arrived in batch.answers})
        there = await self._answers.of_tasks(task_ids, session=work.session)
        known = {stored.answer.assignment_id for found in there.values() for stored in found}
        fresh = {
            arrived.answer.assignment_id: arrived
            for arrived in batch.answers
            if arrived.answer.assignment_id not in known
        }
        if not fresh:
            return outcome
        outcome.scored = len(fresh)
        by_task: dict[str, list[StoredAnswer]] = defaultdict(list, there)
        new = [_appended(arrived, by_task[arrived.answer.task_id]) for arrived in fresh.values()]
        await self._answers.insert(
            new, project_id=batch.project_id, now=work.now, session=work.session
        )
        await self._conduct.note_answers(
            batch.project_id, batch.kind, new, now=work.now, session=work.session
        )
        tasks = {arrived.answer.task_id: _task(batch, arrived) for arrived in fresh.values()}
        telling = {
            task_id: task for task_id, task in tasks.items() if _tells(task, by_task[task_id])
        }
        if telling:
            await self._restand(batch, telling, by_task, outcome, work)
        await self._projects.count(
            batch.project_id, _deltas(outcome), writer="score", session=work.session
        )
        self._announce(work, outcome)
        return outcome

    async def _restand(
        self,
        batch: ArrivedAnswers,
        tasks: dict[str, Task],
        by_task: dict[str, list[StoredAnswer]],
        outcome: Outcome,
        work: UnitOfWork,
    ) -> None:
        stored = await self._answers.standings(list(tasks), session=work.session)
        scorable = {
            task_id: _scorable(task, by_task[task_id], stored.get(task_id))
            for task_id, task in tasks.items()
        }
        involved = {a.answer.contractor_id for kept in scorable.values() for a in kept}
        skills = await self._skills.load(batch.project_id, involved, session=work.session)
        moved = _move(tasks, scorable, stored, by_task, skills)
        complete = [standing for standing in moved if standing.complete]
        outcome.resolved = complete
        outcome.rulings = await self._rule(
            complete, skills=skills, policy=batch.policy, by_task=by_task, work=work
        )
        await self._answers.put_standings(
            [(s, work.now if s.complete else None) for s in moved],
            known=set(stored),
            session=work.session,
        )
        await self._skills.add(
            batch.project_id,
            skills.increments(),
            organisations={
                a.answer.contractor_id: a.answer.vendor_id
                for kept in scorable.values()
                for a in kept
            },
            session=work.session,
        )

    async def _rule(
        self,
        complete: list[Standing],
        *,
        skills: Skills,
        policy: QualityPolicy,
        by_task: dict[str, list[StoredAnswer]],
        work: UnitOfWork,
    ) -> list[StoredRuling]:
        """First rulings on the answers of complete tasks, stored."""
        ids = [a.answer.assignment_id for s in complete for a in by_task[s.task.task_id]]
        if not ids:
            return []
        ruled = await self._rulings.known(ids, session=work.session)
        found: list[StoredRuling] = []
        for standing in complete:
            decisions = decide_task(standing, skills=skills, policy=policy, decided=ruled)
            for stored in by_task[standing.task.task_id]:
                assignment_id = stored.answer.assignment_id
                if assignment_id not in ruled:
                    decision = decisions.get(assignment_id) or unscorable(UnknownLabel.reason)
                    found.append(_ruled(stored, decision, standing.task.project_id, work.now))
        if found:
            await self._rulings.insert(found, session=work.session)
        return found


def _by_project(batches: Sequence[ArrivedAnswers]) -> list[ArrivedAnswers]:
    """Events of one project are one batch: its counters are read and written once."""
    grouped: dict[str, list[ArrivedAnswers]] = defaultdict(list)
    for batch in batches:
        grouped[batch.project_id].append(batch)
    return [
        ArrivedAnswers(
            project_id=project_id,
            kind=found[-1].kind,
            labels=found[-1].labels,
            policy=found[-1].policy,
            answers=[answer for batch in found for answer in batch.answers],
        )
        for project_id, found in grouped.items()
    ]


def _appended(arrived: ArrivedAnswer, answers: list[StoredAnswer]) -> StoredAnswer:
    stored = StoredAnswer(answer=arrived.answer, engagement=arrived.engagement, place=len(answers))
    answers.append(stored)
    return stored


def _task(batch: ArrivedAnswers, arrived: ArrivedAnswer) -> Task:
    task = Task(
        task_id=arrived.answer.task_id,
        project_id=batch.project_id,
        kind=batch.kind,
        overlap=arrived.overlap,
        labels=batch.labels,
    )
    if arrived.gold is None:
        return task
    if not task.knows(arrived.gold):
        # The broker checks it: a task without a known answer is better than none at all.
        log.error("scoring.gold_unknown", task_id=task.task_id, gold=arrived.gold[:100])
        return task
    return replace(task, gold=arrived.gold)


def _tells(task: Task, answers: list[StoredAnswer]) -> bool:
    return task.gold is not None or len(answers) >= CREDIT_FROM or len(answers) >= task.overlap


def _scorable(
    task: Task, answers: list[StoredAnswer], stored: StoredStanding | None
) -> list[StoredAnswer]:
    """Those with labels of the project, and those that were scored when they had one."""
    scored = stored.answer_ids if stored is not None else ()
    return [a for a in answers if task.knows(a.answer.label) or a.answer.assignment_id in scored]


def _move(
    tasks: dict[str, Task],
    scorable: dict[str, list[StoredAnswer]],
    stored: dict[str, StoredStanding],
    by_task: dict[str, list[StoredAnswer]],
    skills: Skills,
) -> list[Standing]:
    """Each task with all its scorable answers."""
    before = {
        task_id: _standing(
            _without(task, len(by_task[task_id]) - len(scorable[task_id])),
            stored.get(task_id),
            scorable[task_id],
        )
        for task_id, task in tasks.items()
    }
    arriving = [
        kept.answer
        for task_id in tasks
        for kept in scorable[task_id]
        if not before[task_id].has(kept.answer.assignment_id)
    ]
    batch = arrive_all(arriving, standings=before, skills=skills)
    for refusal in batch.refusals:
        log.error(
            "scoring.refused",
            assignment_id=refusal.answer.assignment_id,
            reason=refusal.error.reason,
            error=refusal.error.message,
        )
    moved = dict(batch.standings)
    for task_id, standing in before.items():
        if task_id not in moved and standing.complete:
            moved[task_id] = rescore(standing, skills=skills)
    return list(moved.values())


def _without(task: Task, unscored: int) -> Task:
    """Complete with the rest of its answers."""
    return replace(task, overlap=max(task.overlap - unscored, 0)) if unscored else task


def _standing(task: Task, stored: StoredStanding | None, answers: list[StoredAnswer]) -> Standing:
    """The task as it was last scored: with the answers and credits of that time."""
    if stored is None:
        return Standing(task=task, scored=NOTHING_KNOWN)
    scored_from = set(stored.answer_ids)
    return Standing(
        task=task,
        answers=tuple(a.answer for a in answers if a.answer.assignment_id in scored_from),
        scored=Scored(
            posterior={},
            label=stored.label or None,
            confidence=stored.confidence,
            credits=stored.credits,
        ),
    )


def _ruled(
    stored: StoredAnswer, decision: Decision, project_id: str, now: datetime
) -> StoredRuling:
    answer = stored.answer
    pending = Ruling(assignment_id=answer.assignment_id, contractor_id=answer.contractor_id)
    return StoredRuling(
        ruling=pending.by_machine(decision, at=now),
        task_id=answer.task_id,
        project_id=project_id,
        organisation_id=answer.vendor_id,
        engagement=stored.engagement,
    )


def _deltas(outcome: Outcome) -> dict[str, int]:
    deltas = {
        "scored": outcome.scored,
        "resolved": len(outcome.resolved),
        "gold": sum(standing.task.gold is not None for standing in outcome.resolved),
    }
    for state in (RulingState.ACCEPTED, RulingState.REJECTED, RulingState.IN_REVIEW):
        deltas[state.value] = sum(stored.ruling.state is state for stored in outcome.rulings)
    return deltas


def _count(outcome: Outcome) -> None:
    metrics.ANSWERS_SCORED_TOTAL.labels(outcome.kind.value).inc(outcome.scored)
    metrics.TASKS_RESOLVED_TOTAL.labels(outcome.kind.value).inc(len(outcome.resolved))
    for stored in outcome.rulings:
        reason = stored.ruling.reason
        metrics.ANSWERS_DECIDED_TOTAL.labels(
            stored.ruling.state.value, reason.value if reason is not None else ""
        ).inc()

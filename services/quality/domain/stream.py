"""One project's answers in the order of their recording, and what each of them moves.

Whatever feeds it answer by answer in that order gets the same standings, to the last digit: how
the answers were batched, how often they were delivered and what crashed in between leaves no trace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from services.chassis.errors import DomainError
from services.quality.domain.skills import Skills
from services.quality.domain.standings import (
    Standing,
    arrive,
    learn_gold,
    rescore,
    withdraw,
    without_contribution,
)
from services.quality.domain.truths import Truth
from services.quality.domain.types import Answer, Task

CREDIT_FROM = 3
"""Answers from which on a task says something about its contractors."""
ADAPTIVE_FROM = 2
"""The same where another answer may be asked for: it must be known whether to."""


def tells(task: Task, answers: int) -> bool:
    """Whether a task with so many answers is scored at all."""
    if task.gold is not None or answers >= task.overlap:
        return True
    return answers >= (ADAPTIVE_FROM if task.adaptive else CREDIT_FROM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A task before the stream was fed and now; `before` has no answers where it is new."""

    before: Standing
    after: Standing

    @property
    def resolved_now(self) -> bool:
        return self.after.resolved and not self.before.resolved

    @property
    def relabelled(self) -> bool:
        """Another label stands than before."""
        return self.after.scored.label != self.before.scored.label

    @property
    def wants_more(self) -> bool:
        """Its label is in doubt: more answers are asked for than were before."""
        return not self.after.resolved and self.after.task.overlap > self.before.task.overlap

    @property
    def learned(self) -> bool:
        """Its truth, or what is to be known of it as a control task, has changed."""
        return self.after.truth != self.before.truth

    @property
    def known_now(self) -> bool:
        """Resolved with its truth known, as it was not before."""
        known = self.after.resolved and self.after.task.gold is not None
        return known and not (self.before.resolved and self.before.task.gold is not None)

    @property
    def scored_anew(self) -> bool:
        """The label, its confidence or the credits may have changed."""
        return self.after.scored is not self.before.scored


Settle = Callable[[Standing], Standing]
"""Given a standing with all the answers that are wanted: resolved, or wanting more."""


def by_count(standing: Standing) -> Standing:
    """Resolved as soon as it has all answers that are wanted."""
    return replace(standing, resolved=True)


class Stream:
    """Standings of one project, moved one step at a time under the skills of that moment.

    `skills` must hold everyone whose answers are among the standings or will come. Pure: nothing is
    stored; `moves` and `skills.increments` say what there is to store.
    """

    def __init__(
        self,
        *,
        skills: Skills,
        standings: Mapping[str, Standing] | None = None,
        settle: Settle = by_count,
    ) -> None:
        self.skills = skills
        self._before = dict(standings or {})
        self._now: dict[str, Standing] = dict(self._before)
        self._moved: dict[str, None] = {}
        self._settle = settle

    def standing(self, task_id: str) -> Standing | None:
        """Where the task stands now."""
        return self._now.get(task_id)

    def arrive(self, task: Task, answer: Answer) -> Standing:
        """One answer more, to the task as it was told with it; a repeat changes nothing.

        An answer that no scorer takes is set aside: it is one of the task's answers, and a person
        rules on it.
        """
        before = self._now.get(task.task_id)
        if before is None:
            before = self._before[task.task_id] = Standing(task=task)
        elif before.has(answer.assignment_id):
            return before
        else:
            before = before.told(task)
        return self._put(self._with(before, answer))

    def learn(self, task_id: str, truth: Truth) -> Standing:
        """What is true becomes known or is taken back; the task is scored anew where it tells.

        Errors:
            KeyError: no such task.
            UnknownLabel, MalformedValue: not a label of the project.
        """
        before = self._now[task_id]
        if truth.label is not None:
            before.task.check_label(truth.label)
        gold = truth.label if truth.teaches else None
        if gold == before.task.gold:
            return self._put(replace(before, truth=truth))
        known = learn_gold(replace(before, truth=truth), gold, skills=self.skills)
        return self._put(self._told(known))

    def withdraw(self, task_id: str, assignment_id: str) -> Standing:
        """One answer less, as if it had never been given."""
        left = withdraw(self._now[task_id], assignment_id, skills=self.skills)
        return self._put(self._told(left))

    def rescore(self, task_id: str) -> Standing:
        """The same answers under the skills of now."""
        standing = self._now[task_id]
        if not tells(standing.task, standing.given):
            return standing
        return self._put(self._settled(rescore(standing, skills=self.skills)))

    def moves(self) -> list[Move]:
        """Every task that a step was taken with, in the order of the first."""
        return [
            Move(before=self._before[task_id], after=self._now[task_id]) for task_id in self._moved
        ]

    def _with(self, before: Standing, answer: Answer) -> Standing:
        known = before.task.knows(answer.label)
        if not tells(before.task, before.given + 1):
            return before.with_answer(answer, aside=not known)
        if known:
            try:
                return self._settled(arrive(before, answer, skills=self.skills))
            except DomainError:
                # Its scorer does not take it; what it said before stands.
                return self._settled(
                    rescore(before.with_answer(answer, aside=True), skills=self.skills)
                )
        aside = before.with_answer(answer, aside=True)
        return self._settled(rescore(aside, skills=self.skills))

    def _told(self, standing: Standing) -> Standing:
        if tells(standing.task, standing.given):
            return self._settled(standing)
        return without_contribution(standing, skills=self.skills)

    def _settled(self, standing: Standing) -> Standing:
        if standing.resolved or not standing.complete:
            return standing
        return self._settle(standing)

    def _put(self, standing: Standing) -> Standing:
        task_id = standing.task.task_id
        self._moved[task_id] = None
        self._now[task_id] = standing
        return standing

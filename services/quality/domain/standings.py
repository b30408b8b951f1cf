"""Where a task stands, and every step that moves it: an answer more, one less, gold, a sweep.

A step takes back all that the task has credited, scores it anew from its answers, and credits the
result. Counters are therefore always the sum over tasks of what each one has stored as its
credits, and no step depends on how answers were batched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from services.chassis.errors import DomainError
from services.quality.domain.errors import ForeignAnswer
from services.quality.domain.kinds import scorer_of
from services.quality.domain.skills import Skills
from services.quality.domain.truths import GoldSource, Truth
from services.quality.domain.types import NOTHING_KNOWN, Answer, Scored, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A task, its answers in the order of their recording, and what they say so far.

    `aside` are answers that no scorer takes: they count as answers and say nothing. `resolved`: no
    more answers are waited for; it stays so. `truth` is what became known of it after its posting,
    and goes before what its posting said.
    """

    task: Task
    answers: tuple[Answer, ...] = ()
    scored: Scored = NOTHING_KNOWN
    aside: tuple[Answer, ...] = ()
    resolved: bool = False
    truth: Truth | None = None

    @property
    def given(self) -> int:
        return len(self.answers) + len(self.aside)

    @property
    def complete(self) -> bool:
        """It has all the answers that are wanted now."""
        return self.given >= self.task.overlap

    @property
    def source(self) -> GoldSource | None:
        """Of the truth that it is scored with; None where none is known."""
        if self.task.gold is None:
            return None
        return self.truth.source if self.truth is not None else GoldSource.CLIENT

    @property
    def is_control(self) -> bool:
        """Handed out to measure who answers it."""
        return self.truth.is_control if self.truth is not None else self.task.gold is not None

    @property
    def known_label(self) -> str | None:
        """By which the task measures who answers it, whether or not it is scored with it."""
        return self.truth.label if self.truth is not None else self.task.gold

    @property
    def disputed(self) -> bool:
        """Not all of its answers are the same."""
        return len({answer.label for answer in self.answers}) > 1

    def told(self, task: Task) -> Standing:
        """The task as it is told now, with what only quality knows of it.

        That are the answers that it has asked for, and a truth that was found.
        """
        overlap = max(task.overlap, self.task.overlap) if task.adaptive else task.overlap
        gold = task.gold
        if self.truth is not None:
            gold = self.truth.label if self.truth.teaches else None
        if (overlap, gold) != (task.overlap, task.gold):
            task = replace(task, overlap=overlap, gold=gold)
        return self if task == self.task else replace(self, task=task)

    def with_answer(self, answer: Answer, *, aside: bool) -> Standing:
        """One more, not scored yet."""
        if aside:
            return replace(self, aside=(*self.aside, answer))
        return replace(self, answers=(*self.answers, answer))

    def sets_aside(self, assignment_id: str) -> bool:
        return any(answer.assignment_id == assignment_id for answer in self.aside)

    def has(self, assignment_id: str) -> bool:
        everything = (*self.answers, *self.aside)
        return assignment_id in [answer.assignment_id for answer in everything]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer that could not be scored, and why; the rest of its batch was."""

    answer: Answer
    error: DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The tasks that a batch of answers moved, where they stand now, and what was refused."""

    standings: Mapping[str, Standing]
    refusals: tuple[Refusal, ...]


def arrive_all(
    answers: Iterable[Answer], *, standings: Mapping[str, Standing], skills: Skills
) -> Batch:
    """Score answers one after the other, each with all that was learned from those before it."""
    moved: dict[str, Standing] = {}
    refusals = []
    for answer in answers:
        standing = moved.get(answer.task_id) or standings.get(answer.task_id)
        try:
            if standing is None:
                raise ForeignAnswer("no such task in this project", task_id=answer.task_id)
            after = arrive(standing, answer, skills=skills)
        except DomainError as error:
            refusals.append(Refusal(answer=answer, error=error))
        else:
            if after is not standing:
                moved[answer.task_id] = after
    return Batch(standings=moved, refusals=tuple(refusals))


def arrive(standing: Standing, answer: Answer, *, skills: Skills) -> Standing:
    """With this answer; one that is there already changes nothing."""
    if answer.task_id != standing.task.task_id:
        raise ForeignAnswer("the answer is to another task", task_id=answer.task_id)
    standing.task.check_label(answer.label)
    if standing.has(answer.assignment_id):
        return standing
    return _restand(standing, standing.task, (*standing.answers, answer), skills)


def withdraw(standing: Standing, assignment_id: str, *, skills: Skills) -> Standing:
    """Without this answer, as if it had never been given; one that is not there changes nothing."""
    if not standing.has(assignment_id):
        return standing
    kept = tuple(a for a in standing.answers if a.assignment_id != assignment_id)
    aside = tuple(a for a in standing.aside if a.assignment_id != assignment_id)
    return replace(_restand(standing, standing.task, kept, skills), aside=aside)


def learn_gold(standing: Standing, gold: str | None, *, skills: Skills) -> Standing:
    """With its truth known (or, by None, no longer known)."""
    return _restand(standing, replace(standing.task, gold=gold), standing.answers, skills)


def rescore(standing: Standing, *, skills: Skills) -> Standing:
    """The same answers under the skills of today: one step of a sweep."""
    return _restand(standing, standing.task, standing.answers, skills)


def blind(standing: Standing, *, skills: Skills) -> Scored:
    """As it would stand if its truth were not known; `skills`, which hold its credits, stay."""
    skills.subtract(standing.scored.credits)
    unknown = replace(standing.task, gold=None)
    scored = scorer_of(unknown.kind).score(unknown, standing.answers, skills)
    skills.add(standing.scored.credits)
    return scored


def without_contribution(standing: Standing, *, skills: Skills) -> Standing:
    """As if it had never been scored; its answers stay."""
    skills.subtract(standing.scored.credits)
    return replace(standing, scored=NOTHING_KNOWN)


def _restand(before: Standing, task: Task, answers: tuple[Answer, ...], skills: Skills) -> Standing:
    skills.subtract(before.scored.credits)
    try:
        scored = scorer_of(task.kind).score(task, answers, skills)
    except DomainError:
        skills.add(before.scored.credits)
        raise
    skills.add(scored.credits)
    return replace(before, task=task, answers=answers, scored=scored)

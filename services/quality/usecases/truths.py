"""Truths that become known after a task was posted: its answers are scored anew by them.

Whoever finds one (a client who sets it, a reviewer, a second opinion) has it learned within the
transaction in which it was found: what it moves, rules and tells is committed with it, or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.errors import DomainError
from services.chassis.unit_of_work import UnitOfWork
from services.quality.domain.errors import OutweighedTruth, UnknownTask
from services.quality.domain.records import ProjectRecord
from services.quality.domain.stream import Stream
from services.quality.domain.truths import GoldSource, Truth
from services.quality.usecases.conclusions import Conclusions
from services.quality.usecases.outcome import Outcome
from services.quality.usecases.working import WorkingSets


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTruth:
    """What is true of a task; without a label, that it is not known any more."""

    task_id: str
    label: str | None
    source: GoldSource
    is_control: bool = False


class Truths:
    """Has truths learned."""

    def __init__(self, *, working: WorkingSets, conclusions: Conclusions) -> None:
        self._working = working
        self._conclusions = conclusions

    async def learn(
        self, work: UnitOfWork, project: ProjectRecord, found: Sequence[FoundTruth]
    ) -> tuple[list[DomainError | None], Outcome]:
        """One error or None for each, in order; and what they changed.

        Count the outcome (`usecases.outcome.count`) once the transaction is committed. A repeat
        changes nothing. Errors for one: UnknownTask (also where it has no answers yet);
        UnknownLabel, MalformedValue; OutweighedTruth.
        """
        outcome = Outcome(project_id=project.project_id, kind=project.kind)
        moved = await self._working.load(work, project, [truth.task_id for truth in found])
        errors: list[DomainError | None] = []
        for truth in found:
            try:
                _learn(moved.stream, truth, work)
            except DomainError as error:
                errors.append(error)
            else:
                errors.append(None)
        await self._conclusions.conclude(moved, outcome, work)
        return errors, outcome


def _learn(stream: Stream, found: FoundTruth, work: UnitOfWork) -> None:
    standing = stream.standing(found.task_id)
    if standing is None:
        raise UnknownTask("no such task, or no answer to it yet", task_id=found.task_id)
    before = standing.truth
    said_by = before.source if before is not None else standing.source
    if said_by is not None and not found.source.outweighs(said_by):
        raise OutweighedTruth(f"the truth is known by {said_by}", task_id=found.task_id)
    if before is not None:
        now = (before.label, before.source, before.is_control)
    else:
        # What was posted as known is a control task.
        now = (standing.task.gold, GoldSource.CLIENT, standing.task.gold is not None)
    if now == (found.label, found.source, found.is_control):
        return
    truth = Truth(
        label=found.label,
        source=found.source,
        is_control=found.is_control and found.label is not None,
        changed_at=work.now,
    )
    stream.learn(found.task_id, truth.after(before))

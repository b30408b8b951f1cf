"""What the machine rules once standings have moved: first rulings, and rejections taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.unit_of_work import UnitOfWork
from services.quality.domain.decisions import Decision, QualityPolicy, decide_task, unscorable
from services.quality.domain.errors import UnknownLabel
from services.quality.domain.records import PoolState, StoredAnswer, StoredRuling
from services.quality.domain.rulings import Ruling
from services.quality.domain.stream import Stream
from services.quality.store.rulings import RulingStore
from services.quality.usecases.hooks import HoldRejections
from services.quality.usecases.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A stream after its steps, with all answers of the tasks that moved.

    `known` are the tasks that have a standing in the store, `state` the project before the steps.
    """

    project_id: str
    policy: QualityPolicy
    stream: Stream
    by_task: Mapping[str, Sequence[StoredAnswer]]
    known: set[str]
    state: PoolState


class MachineRulings:
    """Rules on what moved, and stores it."""

    def __init__(self, *, rulings: RulingStore, hold_rejections: HoldRejections) -> None:
        self._rulings = rulings
        self._hold_rejections = hold_rejections

    async def rule(self, moved: Moved, outcome: Outcome, work: UnitOfWork) -> None:
        """Adds its rulings to the outcome.

        Answers are ruled on once their task is resolved; those to a task whose truth is known at
        once, so that a contractor learns from it.
        """
        ripe = [
            move.after
            for move in outcome.moves
            if move.after.resolved or move.after.task.gold is not None
        ]
        ids = [a.answer.assignment_id for s in ripe for a in moved.by_task[s.task.task_id]]
        if not ids:
            return
        ruled = await self._rulings.known(ids, session=work.session)
        found: list[StoredRuling] = []
        for standing in ripe:
            decisions = decide_task(
                standing, skills=moved.stream.skills, policy=moved.policy, decided=ruled
            )
            for stored in moved.by_task[standing.task.task_id]:
                assignment_id = stored.answer.assignment_id
                if assignment_id not in ruled:
                    decision = decisions.get(assignment_id) or unscorable(UnknownLabel.reason)
                    found.append(_ruled(stored, decision, moved.project_id, work.now))
        if found:
            found = await self._hold_rejections(work, moved.project_id, outcome.kind, found)
            await self._rulings.insert(found, session=work.session)
        outcome.rulings += found


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

"""What the machine rules once standings have moved: first rulings, and rejections taken back."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.chassis.unit_of_work import UnitOfWork
from services.quality.domain.decisions import (
    Circumstances,
    Decision,
    Evidence,
    QualityPolicy,
    chance_right,
    decide_task,
    unscorable,
)
from services.quality.domain.errors import UnknownLabel
from services.quality.domain.limits import Limits
from services.quality.domain.records import PoolState, StoredAnswer, StoredRuling, effort_of
from services.quality.domain.rulings import MACHINE, Ruling, RulingState
from services.quality.domain.standings import Standing
from services.quality.domain.stream import Stream
from services.quality.store.rulings import RulingStore
from services.quality.usecases.hooks import HoldRejections
from services.quality.usecases.outcome import Outcome

RIGHT_FROM = 0.5
"""The calibrated posterior of its label from which on a rejected answer is accepted after all."""


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
    limits: Mapping[str, Limits] = field(default_factory=dict)
    colluders: Mapping[str, Evidence] = field(default_factory=dict)

    def circumstances(self, now: datetime) -> Circumstances:
        """Beside which the answers are decided."""
        return Circumstances(
            calibration=self.state.calibration,
            pace=self.state.pace,
            mean_risk=self.state.mean_risk,
            colluders=self.colluders,
            watched={who for who, found in self.limits.items() if found.is_watched(now)},
        )


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
        ruled = await self._rulings.stand(ids, session=work.session)
        await self._rule_first(ripe, ruled, moved, outcome, work)
        await self._take_back(ripe, ruled, moved, outcome, work)

    async def _rule_first(
        self,
        ripe: Sequence[Standing],
        ruled: Container[str],
        moved: Moved,
        outcome: Outcome,
        work: UnitOfWork,
    ) -> None:
        circumstances = moved.circumstances(work.now)
        found: list[StoredRuling] = []
        for standing in ripe:
            decisions = decide_task(
                standing,
                skills=moved.stream.skills,
                policy=moved.policy,
                decided=ruled,
                circumstances=circumstances,
            )
            risks = [d.risk for d in decisions.values() if d.risk is not None]
            if risks:
                outcome.risks += risks
                mean = circumstances.mean_risk.including(risks)
                circumstances = replace(circumstances, mean_risk=mean)
            for stored in moved.by_task[standing.task.task_id]:
                assignment_id = stored.answer.assignment_id
                if assignment_id not in ruled:
                    decision = decisions.get(assignment_id) or unscorable(
                        UnknownLabel.reason, moved.policy.clauses
                    )
                    found.append(_ruled(stored, decision, moved.project_id, work.now))
        if found:
            found = await self._hold_rejections(work, moved.project_id, outcome.kind, found)
            await self._rulings.insert(found, session=work.session)
        outcome.rulings += found

    async def _take_back(
        self,
        ripe: Sequence[Standing],
        ruled: Mapping[str, tuple[RulingState, str]],
        moved: Moved,
        outcome: Outcome,
        work: UnitOfWork,
    ) -> None:
        """Accepts what was rejected and turns out to be right.

        What a person has rejected only where it is known to be right, not where it is likely.
        """
        rights: dict[str, float] = {}
        for standing in ripe:
            for answer in standing.answers:
                state, ruled_by = ruled.get(answer.assignment_id, (None, ""))
                if state is not RulingState.REJECTED:
                    continue
                likely, right = chance_right(answer, standing, moved.state.calibration)
                known = right and standing.task.gold is not None
                if known or (ruled_by == MACHINE and likely >= RIGHT_FROM):
                    rights[answer.assignment_id] = likely
        if not rights:
            return
        stored = await self._rulings.get_many(list(rights), session=work.session)
        changed = [
            replace(
                one,
                ruling=one.ruling.rescored({"posterior": rights[assignment_id]}, at=work.now),
            )
            for assignment_id, one in stored.items()
        ]
        await self._rulings.replace(changed, session=work.session)
        outcome.rulings += changed
        outcome.before.update(dict.fromkeys(stored, RulingState.REJECTED))


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
        effort=effort_of(answer),
    )

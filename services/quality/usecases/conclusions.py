"""What follows once standings have moved: rulings, what is stored of it all, what is told.

Scoring comes here with new answers, and whoever makes a truth known or sweeps with old ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.unit_of_work import UnitOfWork
from services.quality.domain.decisions import Decision, QualityPolicy, decide_task, unscorable
from services.quality.domain.errors import UnknownLabel
from services.quality.domain.records import StoredAnswer, StoredRuling
from services.quality.domain.rulings import Ruling
from services.quality.domain.stream import Stream
from services.quality.store.answers import AnswerStore
from services.quality.store.projects import ProjectStore
from services.quality.store.rulings import RulingStore
from services.quality.store.skills import SkillStore
from services.quality.usecases.hooks import HoldRejections
from services.quality.usecases.outcome import Announce, Outcome, deltas


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A stream after its steps, with all answers of the tasks that moved.

    `known` are the tasks that have a standing in the store.
    """

    project_id: str
    policy: QualityPolicy
    stream: Stream
    by_task: Mapping[str, Sequence[StoredAnswer]]
    known: set[str]


class Conclusions:
    """Rules, stores and tells."""

    def __init__(
        self,
        *,
        answers: AnswerStore,
        skills: SkillStore,
        rulings: RulingStore,
        projects: ProjectStore,
        announce: Announce,
        hold_rejections: HoldRejections,
    ) -> None:
        self._answers = answers
        self._skills = skills
        self._rulings = rulings
        self._projects = projects
        self._announce = announce
        self._hold_rejections = hold_rejections

    async def conclude(self, moved: Moved, outcome: Outcome, work: UnitOfWork) -> None:
        """Adds to the outcome what follows from the moves; stores and announces all of it."""
        outcome.moves = moved.stream.moves()
        outcome.resolved = [move.after for move in outcome.moves if move.after.resolved]
        outcome.rulings = await self._rule(moved, outcome, work)
        await self._write(moved, outcome, work)
        await self._projects.count(
            outcome.project_id, deltas(outcome), writer="score", session=work.session
        )
        self._announce(work, outcome)

    async def _rule(self, moved: Moved, outcome: Outcome, work: UnitOfWork) -> list[StoredRuling]:
        """First rulings on the answers of tasks that are ripe, stored."""
        ripe = outcome.resolved
        ids = [a.answer.assignment_id for s in ripe for a in moved.by_task[s.task.task_id]]
        if not ids:
            return []
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
        return found

    async def _write(self, moved: Moved, outcome: Outcome, work: UnitOfWork) -> None:
        touched = [
            move.after
            for move in outcome.moves
            if move.scored_anew or move.after.resolved or move.after.task.task_id in moved.known
        ]
        if not touched:
            return
        await self._answers.put_standings(
            [(s, work.now if s.resolved else None) for s in touched],
            known=moved.known,
            session=work.session,
        )
        await self._skills.add(
            moved.project_id,
            moved.stream.skills.increments(),
            organisations={
                a.answer.contractor_id: a.answer.vendor_id
                for standing in touched
                for a in moved.by_task[standing.task.task_id]
            },
            session=work.session,
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

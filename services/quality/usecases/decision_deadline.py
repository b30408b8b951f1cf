"""Silence accepts: an answer that nobody has decided in time is accepted, and paid.

Also one whose task never got all its answers. What waits for an appeal or for an operator is theirs
to decide. Each project's answers are walked in the order of their recording, from a mark that only
moves on; several replicas may do so: of two at one project, one fails and looks again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from services.chassis.clock import Clock
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.quality.domain.deadlines import overdue
from services.quality.domain.records import ProjectRecord, StoredAnswer, StoredRuling, effort_of
from services.quality.domain.rulings import Ruling, RulingState
from services.quality.store.deadlines import DeadlineStore
from services.quality.store.projects import ProjectStore
from services.quality.store.rulings import RulingStore
from services.quality.usecases.each import each
from services.quality.usecases.outcome import Announce, Outcome, count, deltas

_PROJECTS_EACH_TURN = 20
_ANSWERS_EACH_STEP = 500
_UNKNOWN_PROJECT_WAITS = timedelta(hours=1)


class DecisionDeadline:
    """Looks for what is overdue, a bounded number at a time."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        deadlines: DeadlineStore,
        rulings: RulingStore,
        projects: ProjectStore,
        announce: Announce,
        clock: Clock,
    ) -> None:
        self._transactions = transactions
        self._deadlines = deadlines
        self._rulings = rulings
        self._projects = projects
        self._announce = announce
        self._clock = clock

    async def turn(self) -> bool:
        """One step with each project that is due; whether there may be more to do at once."""
        now = self._clock()
        with store_errors():
            due = await self._deadlines.projects_due(now, limit=_PROJECTS_EACH_TURN)
        more = await each("decision", due, partial(self._step, now=now))
        return len(due) == _PROJECTS_EACH_TURN or any(more)

    async def _step(self, project_id: str, *, now: datetime) -> bool:
        async def body(work: UnitOfWork) -> tuple[Outcome | None, bool]:
            return await self._accept(project_id, now, work)

        outcome, more = await self._transactions.run(body)
        if outcome is not None:
            count(outcome)
        return more

    async def _accept(
        self, project_id: str, now: datetime, work: UnitOfWork
    ) -> tuple[Outcome | None, bool]:
        mark = await self._deadlines.mark(project_id, session=work.session)
        project = await self._projects.get(project_id)
        if project is None:
            # Its answers came before the news of it.
            await self._deadlines.set_mark(
                project_id, mark, due_at=now + _UNKNOWN_PROJECT_WAITS, session=work.session
            )
            return None, False
        answers = await self._deadlines.after(
            project_id, mark, limit=_ANSWERS_EACH_STEP, session=work.session
        )
        due = overdue(answers, project.policy, now=now)
        outcome = await self._rule(project, due.answers, now, work)
        more = len(due.answers) == _ANSWERS_EACH_STEP
        await self._deadlines.set_mark(
            project_id,
            due.answers[-1].seq if due.answers else mark,
            due_at=now if more else due.next_at,
            session=work.session,
        )
        return outcome, more

    async def _rule(
        self,
        project: ProjectRecord,
        answers: Sequence[StoredAnswer],
        now: datetime,
        work: UnitOfWork,
    ) -> Outcome:
        outcome = Outcome(project_id=project.project_id, kind=project.kind)
        ruled = await self._rulings.get_many(
            [kept.answer.assignment_id for kept in answers], session=work.session
        )
        fresh, changed = [], []
        evidence = {"decision_hours": project.policy.decision_hours}
        for kept in answers:
            known = ruled.get(kept.answer.assignment_id)
            if known is None:
                fresh.append(_first(kept, project.project_id, evidence, now))
            elif known.ruling.state is RulingState.IN_REVIEW and known.ruling.withheld is None:
                changed.append(replace(known, ruling=known.ruling.by_silence(evidence, at=now)))
        if fresh:
            await self._rulings.insert(fresh, session=work.session)
        if changed:
            await self._rulings.replace(changed, session=work.session)
        outcome.rulings = [*fresh, *changed]
        outcome.before = {stored.ruling.assignment_id: RulingState.IN_REVIEW for stored in changed}
        await self._projects.count(
            project.project_id, deltas(outcome), writer="deadline", session=work.session
        )
        self._announce(work, outcome)
        return outcome


def _first(
    kept: StoredAnswer, project_id: str, evidence: dict[str, int], now: datetime
) -> StoredRuling:
    answer = kept.answer
    pending = Ruling(assignment_id=answer.assignment_id, contractor_id=answer.contractor_id)
    return StoredRuling(
        ruling=pending.by_silence(evidence, at=now),
        task_id=answer.task_id,
        project_id=project_id,
        organisation_id=answer.vendor_id,
        engagement=kept.engagement,
        effort=effort_of(answer),
    )

"""Second opinions that came, or did not come in time."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from services.chassis.logs import logger
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.quality.domain.decisions import Decision, Reason, Verdict
from services.quality.domain.opinions import Opinion, OpinionState, Purpose
from services.quality.domain.records import StoredRuling, effort_of
from services.quality.domain.rulings import Ruling
from services.quality.store.opinions import OpinionStore
from services.quality.usecases.adjudication import Adjudication
from services.quality.usecases.appeals import Appeals
from services.quality.usecases.arrivals import ArrivedAnswer, ArrivedAnswers
from services.quality.usecases.each import each
from services.quality.usecases.revisions import Revision, Revisions

log = logger(__name__)

_ACCEPT = Decision(verdict=Verdict.ACCEPT, reason=Reason.OPINION)


class _Asker(Protocol):
    async def opinion_given(
        self, opinion: Opinion, arrived: ArrivedAnswers, *, work: UnitOfWork
    ) -> None: ...

    async def opinion_expired(self, opinion: Opinion, *, work: UnitOfWork) -> None: ...


class OpinionsTaken:
    """Pays them, and brings each to whoever asked for it."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        opinions: OpinionStore,
        revisions: Revisions,
        appeals: Appeals,
        adjudication: Adjudication,
    ) -> None:
        self._transactions = transactions
        self._opinions = opinions
        self._revisions = revisions
        self._askers: dict[Purpose, _Asker] = {
            Purpose.APPEAL: appeals,
            Purpose.ADJUDICATION: adjudication,
        }

    async def take(self, work: UnitOfWork, arrived: ArrivedAnswers) -> None:
        """Those among what arrived; one that came before changes nothing."""
        by_assignment = {one.answer.assignment_id: one for one in arrived.answers}
        known = await self._revisions.of_answers(list(by_assignment), work=work)
        fresh = [one for name, one in by_assignment.items() if name not in known]
        if not fresh:
            return
        await self._revisions.put(
            [Revision(before=None, after=_accepted(one, arrived, work.now)) for one in fresh],
            work=work,
            writer="opinion",
        )
        asked = await self._opinions.get_many(
            {one.opinion_id for one in fresh}, session=work.session
        )
        for one in fresh:
            opinion = asked.get(one.opinion_id)
            answer = one.answer
            if opinion is None or opinion.contractor_id != answer.contractor_id:
                # Paid all the same: whoever did it was told to.
                log.error("opinions.unasked", opinion_id=one.opinion_id, task_id=answer.task_id)
                continue
            given = opinion.given(assignment_id=answer.assignment_id, value=answer.label)
            if given is opinion:
                continue
            await self._opinions.replace(given, session=work.session)
            asked[one.opinion_id] = given
            await self._askers[opinion.purpose].opinion_given(given, arrived, work=work)

    async def overdue(self, *, now: datetime, limit: int) -> int:
        """Asks others in the place of those who did not answer; returns how many of `limit`."""
        with store_errors():
            ids = await self._opinions.overdue(now=now, limit=limit)
        await each("opinion", ids, self._expire)
        return len(ids)

    async def _expire(self, opinion_id: str) -> None:
        async def body(work: UnitOfWork) -> None:
            found = await self._opinions.get_many([opinion_id], session=work.session)
            opinion = found.get(opinion_id)
            if opinion is None or opinion.state is not OpinionState.ASKED:
                return
            expired = opinion.expired()
            await self._opinions.replace(expired, session=work.session)
            await self._askers[opinion.purpose].opinion_expired(expired, work=work)

        await self._transactions.run(body)


def _accepted(one: ArrivedAnswer, arrived: ArrivedAnswers, now: datetime) -> StoredRuling:
    answer = one.answer
    pending = Ruling(assignment_id=answer.assignment_id, contractor_id=answer.contractor_id)
    return StoredRuling(
        ruling=pending.by_machine(_ACCEPT, at=now),
        task_id=answer.task_id,
        project_id=arrived.project_id,
        organisation_id=answer.vendor_id,
        engagement=one.engagement,
        effort=effort_of(answer),
    )

"""Appeals: filed by contractors, settled by a second opinion, an operator, or silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.chassis.authentication import Principal
from services.chassis.errors import DomainError
from services.chassis.mongo import store_errors
from services.chassis.natural_keys import derived_id
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.quality import metrics
from services.quality.domain.appeals import (
    Appeal,
    AppealState,
    DecidedBy,
    Rejection,
    check_appealable,
)
from services.quality.domain.decisions import Reason
from services.quality.domain.opinions import DIRECT, Opinion, Purpose, settle
from services.quality.domain.records import ProjectRecord, StoredAnswer, StoredRuling
from services.quality.domain.similarity import agrees
from services.quality.domain.truths import GoldSource
from services.quality.store.answers import AnswerStore
from services.quality.store.appeals import AppealStore
from services.quality.store.opinions import ReviewerStore
from services.quality.store.projects import ProjectStore
from services.quality.usecases.appeal_reading import AppealNotFound, may_see
from services.quality.usecases.arrivals import ArrivedAnswers
from services.quality.usecases.each import each
from services.quality.usecases.learning import LearnTruths, Truth
from services.quality.usecases.opinions import Opinions, Question
from services.quality.usecases.revisions import AnswerNotFound, Revision, Revisions

_SILENCE_NOTE = "Nobody decided the appeal in time."
_OPINION_NOTES = {
    AppealState.UPHELD: "A second opinion says the same as this answer.",
    AppealState.DISMISSED: "A second opinion says what the others said.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealDecision:
    """What an operator says about one appeal."""

    appeal_id: str
    state: AppealState
    note: str


class Appeals:
    """Everything that moves an appeal."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        appeals: AppealStore,
        answers: AnswerStore,
        projects: ProjectStore,
        reviewers: ReviewerStore,
        revisions: Revisions,
        opinions: Opinions,
        learn: LearnTruths,
    ) -> None:
        self._transactions = transactions
        self._appeals = appeals
        self._answers = answers
        self._projects = projects
        self._reviewers = reviewers
        self._revisions = revisions
        self._opinions = opinions
        self._learn = learn

    async def file(self, principal: Principal, assignment_id: str, statement: str) -> Appeal:
        """Withholds the rejection and asks for a second opinion; again: the first appeal.

        Errors:
            AnswerNotFound: no such answer, or not theirs.
            NotRejected, AppealTooLate.
        """
        appeal_id = _appeal_id(assignment_id)

        async def body(work: UnitOfWork) -> Appeal:
            stored = (await self._revisions.of_answers([assignment_id], work=work)).get(
                assignment_id
            )
            if stored is None or not _is_theirs(principal, stored):
                raise AnswerNotFound("no such answer", assignment_id=assignment_id)
            known = (await self._appeals.get_many([appeal_id], session=work.session)).get(appeal_id)
            if known is not None:
                return known
            check_appealable(stored.ruling, at=work.now)
            project = await self._projects.get(stored.project_id)
            answer = (await self._answers.get_many([assignment_id])).get(assignment_id)
            if project is None or answer is None:
                raise AnswerNotFound("no such answer", assignment_id=assignment_id)
            appeal = _filed(stored, answer, project, statement=statement, now=work.now)
            await self._revisions.put(
                [
                    Revision(
                        before=stored,
                        after=replace(
                            stored,
                            ruling=stored.ruling.appealed(appeal_id=appeal_id, at=work.now),
                        ),
                    )
                ],
                work=work,
                writer="appeal",
            )
            if await self._ask(appeal, stored, work) is None:
                appeal = appeal.for_operator()
            await self._appeals.insert(appeal, session=work.session)
            work.afterwards(metrics.APPEALS_FILED_TOTAL.inc)
            return appeal

        return await self._transactions.run(body)

    async def withdraw(self, principal: Principal, appeal_id: str) -> Appeal:
        """The rejection stands. Errors: AppealNotFound, AppealDecided."""

        async def body(work: UnitOfWork) -> Appeal:
            known = (await self._appeals.get_many([appeal_id], session=work.session)).get(appeal_id)
            if known is None or not may_see(principal, known):
                raise AppealNotFound("no such appeal", appeal_id=appeal_id)
            after = known.withdrawn(at=work.now)
            if after is not known:
                await self._end(known, after, work)
            return after

        return await self._transactions.run(body)

    async def decide(
        self, principal: Principal, decisions: Sequence[AppealDecision]
    ) -> list[Appeal | DomainError]:
        """By an operator: one outcome a decision, in order."""

        async def body(work: UnitOfWork) -> list[Appeal | DomainError]:
            found = await self._appeals.get_many(
                [decision.appeal_id for decision in decisions], session=work.session
            )
            outcomes: list[Appeal | DomainError] = []
            for decision in decisions:
                known = found.get(decision.appeal_id)
                if known is None:
                    outcomes.append(AppealNotFound("no such appeal", appeal_id=decision.appeal_id))
                    continue
                try:
                    after = known.decided(
                        decision.state,
                        by=DecidedBy.OPERATOR,
                        decider_id=principal.subject_id,
                        note=decision.note,
                        at=work.now,
                    )
                except DomainError as err:
                    outcomes.append(err)
                    continue
                if after is not known:
                    await self._end(known, after, work)
                    found[decision.appeal_id] = after
                outcomes.append(after)
            return outcomes

        return await self._transactions.run(body)

    async def opinion_given(
        self, opinion: Opinion, arrived: ArrivedAnswers, *, work: UnitOfWork
    ) -> None:
        """Settles the appeal, where an opinion can; else an operator sees it."""
        known = await self._open(opinion.about, work)
        if known is None:
            return
        appeal = known.with_opinion(opinion.value)
        standing = (await self._answers.standings([appeal.task_id], session=work.session)).get(
            appeal.task_id
        )
        consensus = standing.label if standing is not None else ""
        state = settle(
            arrived.kind,
            value=appeal.value,
            opinion=opinion.value,
            consensus=consensus,
            labels=arrived.labels,
            tolerance=arrived.tolerance,
        )
        agreed = agrees(
            arrived.kind,
            opinion.value,
            consensus,
            labels=arrived.labels,
            tolerance=arrived.tolerance,
            fields=arrived.fields,
        )
        await self._reviewers.add(
            {opinion.contractor_id: {"opinions": 1, "agreed": int(agreed or state is not None)}},
            session=work.session,
        )
        if state is None:
            await self._appeals.replace(appeal.for_operator(), session=work.session)
            return
        after = appeal.decided(
            state,
            by=DecidedBy.SECOND_OPINION,
            decider_id=opinion.contractor_id,
            note=_OPINION_NOTES[state],
            at=work.now,
        )
        await self._end(appeal, after, work)

    async def opinion_expired(self, opinion: Opinion, *, work: UnitOfWork) -> None:
        """Asks another; where nobody is left, an operator decides."""
        known = await self._open(opinion.about, work)
        if known is None:
            return
        stored = (await self._revisions.of_answers([known.assignment_id], work=work))[
            known.assignment_id
        ]
        if await self._ask(known, stored, work) is None:
            await self._appeals.replace(known.for_operator(), session=work.session)

    async def overdue(self, *, now: datetime, limit: int) -> int:
        """Upholds what nobody decided in time; returns how many of at most `limit`."""
        with store_errors():
            ids = await self._appeals.overdue(now=now, limit=limit)
        await each("appeal", ids, self._uphold)
        return len(ids)

    async def _uphold(self, appeal_id: str) -> None:
        async def body(work: UnitOfWork) -> None:
            known = await self._open(appeal_id, work)
            if known is not None:
                after = known.decided(
                    AppealState.UPHELD,
                    by=DecidedBy.SILENCE,
                    decider_id="",
                    note=_SILENCE_NOTE,
                    at=max(work.now, known.decide_by),
                )
                await self._end(known, after, work)

        await self._transactions.run(body)

    async def _ask(self, appeal: Appeal, stored: StoredRuling, work: UnitOfWork) -> Opinion | None:
        # Contractors who are engaged directly have nobody in common but the platform.
        barred = () if stored.engagement == DIRECT else (appeal.organisation_id,)
        return await self._opinions.ask(
            Question(
                purpose=Purpose.APPEAL,
                about=appeal.appeal_id,
                task_id=appeal.task_id,
                project_id=appeal.project_id,
                barred_organisations=barred,
            ),
            work=work,
        )

    async def _open(self, appeal_id: str, work: UnitOfWork) -> Appeal | None:
        known = (await self._appeals.get_many([appeal_id], session=work.session)).get(appeal_id)
        return known if known is not None and known.state is AppealState.OPEN else None

    async def _end(self, before: Appeal, after: Appeal, work: UnitOfWork) -> None:
        """The ruling, the money that follows it, the reviewer's record, and what is learned."""
        await self._appeals.replace(after, session=work.session)
        stored = (await self._revisions.of_answers([after.assignment_id], work=work))[
            after.assignment_id
        ]
        upheld = after.state is AppealState.UPHELD
        ruling = (
            stored.ruling.granted(
                Reason.APPEAL_UPHELD,
                by=after.decider_id or "silence",
                note=after.note,
                at=work.now,
            )
            if upheld
            else stored.ruling.let_through(at=work.now)
        )
        await self._revisions.put(
            [Revision(before=stored, after=replace(stored, ruling=ruling))],
            work=work,
            writer="appeal",
        )
        if after.state is not AppealState.WITHDRAWN:
            counted = "overturned" if upheld else "upheld"
            await self._reviewers.add(
                {after.rejection.ruled_by: {counted: 1}}, session=work.session
            )
        await self._learn_from(after, work)
        decided_by = after.decided_by.value if after.decided_by is not None else ""
        work.afterwards(metrics.APPEALS_DECIDED_TOTAL.labels(after.state.value, decided_by).inc)

    async def _learn_from(self, appeal: Appeal, work: UnitOfWork) -> None:
        """What somebody asked has said is the truth; a known one that did not hold is doubted."""
        if appeal.state is AppealState.WITHDRAWN or appeal.decided_by is DecidedBy.SILENCE:
            return
        standings = await self._answers.standings([appeal.task_id], session=work.session)
        standing = standings.get(appeal.task_id)
        upheld = appeal.state is AppealState.UPHELD
        if upheld and standing is not None and standing.gold:
            label, source = None, GoldSource.CLIENT
        elif appeal.decided_by is DecidedBy.SECOND_OPINION:
            label, source = appeal.opinion_value, GoldSource.ADJUDICATION
        else:
            return
        await self._learn(
            work,
            [
                Truth(
                    project_id=appeal.project_id,
                    task_id=appeal.task_id,
                    label=label,
                    source=source,
                )
            ],
        )


def _appeal_id(assignment_id: str) -> str:
    """An answer has one appeal."""
    return derived_id("apl", assignment_id)


def _filed(
    stored: StoredRuling,
    answer: StoredAnswer,
    project: ProjectRecord,
    *,
    statement: str,
    now: datetime,
) -> Appeal:
    ruling = stored.ruling
    return Appeal(
        appeal_id=_appeal_id(ruling.assignment_id),
        assignment_id=ruling.assignment_id,
        task_id=stored.task_id,
        project_id=stored.project_id,
        client_id=project.client_id,
        contractor_id=ruling.contractor_id,
        organisation_id=stored.organisation_id,
        value=answer.answer.label,
        rejection=Rejection(
            reason=ruling.reason.value if ruling.reason is not None else "",
            clause=ruling.clause,
            ruled_by=ruling.ruled_by,
            evidence=ruling.evidence,
        ),
        statement=statement,
        filed_at=now,
    )


def _is_theirs(principal: Principal, stored: StoredRuling) -> bool:
    if "CONTRACTOR" in principal.roles and principal.subject_id == stored.ruling.contractor_id:
        return True
    return (
        "VENDOR" in principal.roles
        and stored.engagement != DIRECT
        and principal.organisation_id == stored.organisation_id
    )

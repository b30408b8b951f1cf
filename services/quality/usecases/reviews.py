"""Reviews: people decide what the machine left to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.chassis.authentication import Principal
from services.chassis.errors import DomainError, Kind
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.quality import metrics
from services.quality.domain.decisions import Verdict
from services.quality.domain.records import (
    ProjectRecord,
    StoredAnswer,
    StoredRuling,
    StoredStanding,
)
from services.quality.domain.rulings import RulingState
from services.quality.store.answers import AnswerStore
from services.quality.store.projects import ProjectStore
from services.quality.store.rulings import RulingStore
from services.quality.usecases.outcome import Outcome

Announce = Callable[[UnitOfWork, Outcome], None]

_STATE_OF = {Verdict.ACCEPT: RulingState.ACCEPTED, Verdict.REJECT: RulingState.REJECTED}


class AnswerNotFound(DomainError):
    """No such answer, or another organisation's."""

    kind, reason = Kind.NOT_FOUND, "ANSWER_NOT_FOUND"


class DecisionFinal(DomainError):
    """The answer is decided, the other way."""

    kind, reason = Kind.PRECONDITION, "DECISION_FINAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDecision:
    """What a person says about one answer."""

    assignment_id: str
    verdict: Verdict
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """An answer that waits for a person, with all that they need to judge it."""

    stored: StoredRuling
    answer: StoredAnswer
    standing: StoredStanding | None


class Reviews:
    """What waits for people, and what they say."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        answers: AnswerStore,
        rulings: RulingStore,
        projects: ProjectStore,
        announce: Announce,
    ) -> None:
        self._transactions = transactions
        self._answers = answers
        self._rulings = rulings
        self._projects = projects
        self._announce = announce

    async def waiting(
        self, project: ProjectRecord, *, after: tuple[datetime, str] | None, limit: int
    ) -> list[Reviewed]:
        """Oldest first."""
        with store_errors():
            rulings = await self._rulings.in_review(project.project_id, after=after, limit=limit)
            answers = await self._answers.get_many([r.ruling.assignment_id for r in rulings])
            standings = await self._answers.standings([r.task_id for r in rulings])
        return [
            Reviewed(
                stored=stored,
                answer=answers[stored.ruling.assignment_id],
                standing=standings.get(stored.task_id),
            )
            for stored in rulings
        ]

    async def decide(
        self, principal: Principal, decisions: Sequence[ReviewDecision]
    ) -> list[StoredRuling | DomainError]:
        """One outcome a decision, in order."""

        async def body(work: UnitOfWork) -> list[StoredRuling | DomainError]:
            found = await self._rulings.get_many(
                [d.assignment_id for d in decisions], session=work.session
            )
            projects = {
                project_id: await self._projects.get(project_id)
                for project_id in {stored.project_id for stored in found.values()}
            }
            outcomes: list[StoredRuling | DomainError] = []
            changed: dict[str, StoredRuling] = {}
            for decision in decisions:
                stored = changed.get(decision.assignment_id) or found.get(decision.assignment_id)
                try:
                    after = self._judge(principal, decision, stored, projects, work.now)
                except DomainError as err:
                    outcomes.append(err)
                    continue
                outcomes.append(after)
                if after is not stored:
                    changed[decision.assignment_id] = after
            await self._write(list(changed.values()), projects, work)
            return outcomes

        outcomes = await self._transactions.run(body)
        for outcome in outcomes:
            if isinstance(outcome, StoredRuling):
                metrics.ANSWERS_DECIDED_TOTAL.labels(outcome.ruling.state.value, "reviewed").inc()
        return outcomes

    def _judge(
        self,
        principal: Principal,
        decision: ReviewDecision,
        stored: StoredRuling | None,
        projects: dict[str, ProjectRecord | None],
        now: datetime,
    ) -> StoredRuling:
        project = projects.get(stored.project_id) if stored is not None else None
        if (
            stored is None
            or project is None
            or (
                "OPERATOR" not in principal.roles and project.client_id != principal.organisation_id
            )
        ):
            raise AnswerNotFound("no such answer", assignment_id=decision.assignment_id)
        wanted = _STATE_OF[decision.verdict]
        if stored.ruling.state is wanted:
            return stored
        if stored.ruling.state is not RulingState.IN_REVIEW:
            raise DecisionFinal(
                f"the answer is {stored.ruling.state}",
                assignment_id=decision.assignment_id,
                state=stored.ruling.state,
            )
        ruled = stored.ruling.by_reviewer(
            decision.verdict,
            reviewer_id=principal.subject_id,
            note=decision.note,
            at=now,
        )
        # Later than the machine's: the others replace what they knew by it.
        ruled = replace(ruled, revision=stored.ruling.revision + 1)
        return replace(stored, ruling=ruled)

    async def _write(
        self,
        changed: list[StoredRuling],
        projects: dict[str, ProjectRecord | None],
        work: UnitOfWork,
    ) -> None:
        if not changed:
            return
        await self._rulings.replace(changed, session=work.session)
        by_project: dict[str, list[StoredRuling]] = defaultdict(list)
        for stored in changed:
            by_project[stored.project_id].append(stored)
        for project_id, rulings in by_project.items():
            deltas = {"in_review": -len(rulings)}
            for stored in rulings:
                name = stored.ruling.state.value
                deltas[name] = deltas.get(name, 0) + 1
            await self._projects.count(project_id, deltas, writer="review", session=work.session)
            project = projects[project_id]
            if project is not None:
                self._announce(
                    work, Outcome(project_id=project_id, kind=project.kind, rulings=rulings)
                )

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
from services.quality.domain.errors import UnknownLabel
from services.quality.domain.records import (
    ProjectRecord,
    StoredAnswer,
    StoredRuling,
    StoredStanding,
)
from services.quality.domain.rulings import FULL_PAY_BPS, RulingState
from services.quality.domain.truths import GoldSource
from services.quality.domain.types import LABELLED
from services.quality.domain.types import Kind as AnswerKind
from services.quality.store.answers import AnswerStore
from services.quality.store.projects import ProjectStore
from services.quality.store.rulings import RulingStore
from services.quality.usecases.hooks import HoldRejections
from services.quality.usecases.learning import LearnTruths, Truth
from services.quality.usecases.outcome import Outcome

Announce = Callable[[UnitOfWork, Outcome], None]

_IN_PART = frozenset(
    {
        AnswerKind.STRUCTURED,
        AnswerKind.REGIONS,
        AnswerKind.SPANS,
        AnswerKind.RANKED,
        AnswerKind.TEXT,
        AnswerKind.CODE,
    }
)
_STATE_OF = {Verdict.ACCEPT: RulingState.ACCEPTED, Verdict.REJECT: RulingState.REJECTED}


class AnswerNotFound(DomainError):
    """No such answer, or another organisation's."""

    kind, reason = Kind.NOT_FOUND, "ANSWER_NOT_FOUND"


class DecisionFinal(DomainError):
    """The answer is decided, the other way."""

    kind, reason = Kind.PRECONDITION, "DECISION_FINAL"


class PartNotPossible(DomainError):
    """Only an accepted answer of a kind that can be right in part is paid in part."""

    kind, reason = Kind.INVALID, "PART_NOT_POSSIBLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDecision:
    """What a person says about one answer."""

    assignment_id: str
    verdict: Verdict
    note: str
    pay_bps: int = FULL_PAY_BPS
    """Share of the pay that is accepted, in hundredths of a percent."""
    label: str = ""
    """What is true of the task, where the reviewer says it."""


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
        hold_rejections: HoldRejections,
        learn: LearnTruths,
    ) -> None:
        self._transactions = transactions
        self._answers = answers
        self._rulings = rulings
        self._projects = projects
        self._announce = announce
        self._hold_rejections = hold_rejections
        self._learn = learn

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
            truths: dict[str, Truth] = {}
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
                    if decision.label:
                        truths[after.task_id] = Truth(
                            project_id=after.project_id,
                            task_id=after.task_id,
                            label=decision.label,
                            source=GoldSource.REVIEW,
                        )
            written = await self._write(list(changed.values()), projects, work)
            if truths:
                await self._learn(work, list(truths.values()))
            return [
                written.get(outcome.ruling.assignment_id, outcome)
                if isinstance(outcome, StoredRuling)
                else outcome
                for outcome in outcomes
            ]

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
        _check(decision, project)
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
            pay_bps=decision.pay_bps,
        )
        # Later than the machine's: the others replace what they knew by it.
        ruled = replace(ruled, revision=stored.ruling.revision + 1)
        return replace(stored, ruling=ruled)

    async def _write(
        self,
        changed: list[StoredRuling],
        projects: dict[str, ProjectRecord | None],
        work: UnitOfWork,
    ) -> dict[str, StoredRuling]:
        """By assignment, as they stand: rejections may be held where there are too many."""
        by_project: dict[str, list[StoredRuling]] = defaultdict(list)
        for stored in changed:
            by_project[stored.project_id].append(stored)
        written: dict[str, StoredRuling] = {}
        for project_id, decided in by_project.items():
            project = projects[project_id]
            if project is None:
                continue
            rulings = await self._hold_rejections(work, project_id, project.kind, decided)
            await self._rulings.replace(rulings, session=work.session)
            deltas = {"in_review": -len(rulings)}
            for stored in rulings:
                name = stored.ruling.state.value
                deltas[name] = deltas.get(name, 0) + 1
            await self._projects.count(project_id, deltas, writer="review", session=work.session)
            self._announce(work, Outcome(project_id=project_id, kind=project.kind, rulings=rulings))
            written |= {stored.ruling.assignment_id: stored for stored in rulings}
        return written


def _check(decision: ReviewDecision, project: ProjectRecord) -> None:
    if decision.pay_bps != FULL_PAY_BPS and (
        decision.verdict is not Verdict.ACCEPT or project.kind not in _IN_PART
    ):
        raise PartNotPossible(
            "this answer is paid in full or not at all",
            field="pay_bps",
            assignment_id=decision.assignment_id,
        )
    labels = project.labels if project.kind in LABELLED else ()
    if decision.label and labels and decision.label not in labels:
        raise UnknownLabel("the project does not have this label", field="label")

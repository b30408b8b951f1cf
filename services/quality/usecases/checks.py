"""The client's own checks of code: passed, an answer is accepted; failed, somebody looks.

Without a report the project's policy decides: its sample, and the deadline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.chassis.authentication import Principal
from services.chassis.errors import DomainError
from services.chassis.errors import Kind as ErrorKind
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.quality.domain.decisions import Evidence
from services.quality.domain.records import ProjectRecord, StoredAnswer, StoredRuling, effort_of
from services.quality.domain.rulings import Ruling, RulingState
from services.quality.domain.types import Kind
from services.quality.store.answers import AnswerStore
from services.quality.usecases.reviews import DecisionFinal
from services.quality.usecases.revisions import AnswerNotFound, Revision, Revisions


class NotCode(DomainError):
    """Checks are run on answers in code only."""

    kind, reason = ErrorKind.INVALID, "NOT_CODE"


class ChecksMissing(DomainError):
    """No check was run, so none says anything."""

    kind, reason = ErrorKind.INVALID, "CHECKS_MISSING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """How the checks of one answer went."""

    assignment_id: str
    passed: int
    failed: int
    log: str

    @property
    def evidence(self) -> Evidence:
        found: dict[str, str | int | float] = {
            "checks_passed": self.passed,
            "checks_failed": self.failed,
        }
        if self.log:
            found["checks_log"] = self.log
        return found


class Checks:
    """Takes reports of checks."""

    def __init__(
        self, *, transactions: Transactions, answers: AnswerStore, revisions: Revisions
    ) -> None:
        self._transactions = transactions
        self._answers = answers
        self._revisions = revisions

    async def report(
        self, principal: Principal, checks: Sequence[Check]
    ) -> list[StoredRuling | DomainError]:
        """One outcome a check, in order."""
        ids = [check.assignment_id for check in checks]

        async def body(work: UnitOfWork) -> list[StoredRuling | DomainError]:
            answers = await self._answers.get_many(ids)
            found = await self._revisions.of_answers(ids, work=work)
            before = dict(found)
            projects = {
                project_id: await self._revisions.project(project_id)
                for project_id in {kept.project_id for kept in answers.values()}
            }
            outcomes: list[StoredRuling | DomainError] = []
            for check in checks:
                answer = answers.get(check.assignment_id)
                project = projects.get(answer.project_id) if answer is not None else None
                try:
                    known = found.get(check.assignment_id)
                    if answer is None or project is None or not _is_own(principal, project):
                        raise AnswerNotFound("no such answer", assignment_id=check.assignment_id)
                    after = _checked(check, project, known or _unruled(answer), work.now)
                except DomainError as err:
                    outcomes.append(err)
                    continue
                found[check.assignment_id] = after
                outcomes.append(after)
            changed = [
                Revision(before=before.get(assignment_id), after=stored)
                for assignment_id, stored in found.items()
                if before.get(assignment_id) != stored
            ]
            moved = [one for one in changed if _is_news(one)]
            await self._revisions.put(moved, work=work, writer="checks")
            quiet = [one for one in changed if not _is_news(one)]
            await self._revisions.put(quiet, work=work, writer="checks", told=False)
            return outcomes

        return await self._transactions.run(body)


def _is_own(principal: Principal, project: ProjectRecord) -> bool:
    return project.client_id == principal.organisation_id


def _checked(
    check: Check, project: ProjectRecord, known: StoredRuling, now: datetime
) -> StoredRuling:
    if project.kind is not Kind.CODE:
        raise NotCode("checks are of answers in code", assignment_id=check.assignment_id)
    if not check.passed and not check.failed:
        raise ChecksMissing(
            "at least one check was run", field="passed", assignment_id=check.assignment_id
        )
    passed = not check.failed
    if known.ruling.state.final:
        if passed and known.ruling.state is RulingState.ACCEPTED:
            return known
        raise DecisionFinal(
            f"the answer is {known.ruling.state}",
            assignment_id=check.assignment_id,
            state=known.ruling.state,
        )
    after = known.ruling.checked(passed=passed, evidence=check.evidence, at=now)
    return replace(known, ruling=after)


def _unruled(answer: StoredAnswer) -> StoredRuling:
    """An answer of a task that has not all its answers yet."""
    return StoredRuling(
        ruling=Ruling(
            assignment_id=answer.answer.assignment_id, contractor_id=answer.answer.contractor_id
        ),
        task_id=answer.answer.task_id,
        project_id=answer.project_id,
        organisation_id=answer.answer.vendor_id,
        engagement=answer.engagement,
        effort=effort_of(answer.answer),
    )


def _is_news(one: Revision) -> bool:
    return one.before is None or one.before.ruling.revision != one.after.ruling.revision

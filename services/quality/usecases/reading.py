"""What is known: consensus, contractors' quality, projects' counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.chassis.authentication import Principal
from services.chassis.errors import DomainError, Kind
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.quality.domain.accuracy import Accuracy, accuracy_of
from services.quality.domain.agreement import alpha
from services.quality.domain.calibration import Calibration
from services.quality.domain.keeping import standing_of, stored_of
from services.quality.domain.limits import Limits
from services.quality.domain.records import ProjectRecord, StoredAnswer, StoredStanding
from services.quality.domain.standings import rescore
from services.quality.domain.types import LABELLED
from services.quality.store.answers import AnswerStore
from services.quality.store.limits import LimitsStore
from services.quality.store.projects import ProjectStore
from services.quality.store.skills import SkillStore
from services.quality.usecases.working import task_of

_NEVER = datetime.max.replace(tzinfo=UTC)
"""Of what is not resolved."""
_PROJECTS_PER_CONTRACTOR_MAX = 1000


class ProjectNotFound(DomainError):
    """No such project, or another organisation's."""

    kind, reason = Kind.NOT_FOUND, "PROJECT_NOT_FOUND"


class TaskNotFound(DomainError):
    """No such task, another organisation's, or one that has not been scored."""

    kind, reason = Kind.NOT_FOUND, "TASK_NOT_FOUND"


class ContractorNotFound(DomainError):
    """No answers of such a contractor, or none that the caller may see."""

    kind, reason = Kind.NOT_FOUND, "CONTRACTOR_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consensus:
    """Where a task stands, with what each label that was given has in the raw posterior."""

    standing: StoredStanding
    posterior: Mapping[str, float]


def consensus_of(standing: StoredStanding, answers: Sequence[StoredAnswer]) -> Consensus:
    """The labels come from the answers: a standing has only their shares."""
    labels = {kept.answer.assignment_id: kept.answer.label for kept in answers}
    posterior = {
        labels[assignment_id]: share
        for assignment_id, share in zip(standing.answer_ids, standing.shares, strict=False)
        if assignment_id in labels
    }
    if standing.gold:
        posterior[standing.gold] = 1.0
    return Consensus(standing=standing, posterior=posterior)


class Reading:
    """Reads, within what the caller may see; and takes news of projects."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        answers: AnswerStore,
        skills: SkillStore,
        projects: ProjectStore,
        limits: LimitsStore,
    ) -> None:
        self._transactions = transactions
        self._answers = answers
        self._skills = skills
        self._projects = projects
        self._limits = limits

    async def projects_created(self, records: Sequence[ProjectRecord]) -> None:
        """Whose projects there are."""

        async def body(work: UnitOfWork) -> None:
            await self._projects.put_new(records, session=work.session)

        await self._transactions.run(body)

    async def project(self, principal: Principal, project_id: str) -> ProjectRecord:
        """Errors: ProjectNotFound."""
        with store_errors():
            project = await self._projects.get(project_id)
        if project is not None and (
            "OPERATOR" in principal.roles or project.client_id == principal.organisation_id
        ):
            return project
        raise ProjectNotFound("no such project", project_id=project_id)

    async def consensus(self, principal: Principal, task_id: str) -> Consensus:
        """A task whose answers say nothing yet of anybody is scored as it stands, for this once.

        Errors:
            TaskNotFound.
        """
        with store_errors():
            standing = (await self._answers.standings([task_id])).get(task_id)
            answers = (await self._answers.of_tasks([task_id])).get(task_id, [])
        if standing is None and not answers:
            raise TaskNotFound("no such task, or no answer to it yet", task_id=task_id)
        project_id = standing.project_id if standing is not None else answers[0].project_id
        try:
            project = await self.project(principal, project_id)
        except ProjectNotFound:
            raise TaskNotFound("no such task, or no answer to it yet", task_id=task_id) from None
        if standing is None:
            standing = await self._scored_for_once(project, answers)
        return consensus_of(standing, answers)

    async def consensus_page(
        self, project: ProjectRecord, *, after: str, limit: int
    ) -> list[Consensus]:
        """By task_id; those that have been scored."""
        with store_errors():
            found = await self._answers.standing_page(project.project_id, after=after, limit=limit)
            answers = await self._answers.of_tasks([standing.task_id for standing in found])
        return [consensus_of(standing, answers.get(standing.task_id, [])) for standing in found]

    async def _scored_for_once(
        self, project: ProjectRecord, answers: Sequence[StoredAnswer]
    ) -> StoredStanding:
        task = task_of(project, answers, None)
        before = standing_of(task, answers, None)
        with store_errors():
            state = await self._skills.pool_state(project.project_id)
            skills = await self._skills.load(
                project.project_id, {a.contractor_id for a in before.answers}, pool=state.pool
            )
        scored = rescore(before, skills=skills)
        return stored_of(scored, calibration=state.calibration, now=_NEVER)

    async def calibration(self, project: ProjectRecord) -> Calibration:
        """What the project's known tasks say of how sure the scorer is."""
        with store_errors():
            return (await self._skills.pool_state(project.project_id)).calibration

    async def counts(self, project: ProjectRecord) -> tuple[dict[str, int], int]:
        """The tallies, and how many contractors have answered."""
        with store_errors():
            return (
                await self._projects.tallies(project.project_id),
                await self._skills.count_contractors(project.project_id),
            )

    async def agreement(self, project: ProjectRecord) -> float | None:
        """Krippendorff's alpha of all answers so far; None where nothing can be compared."""
        if project.kind not in LABELLED:
            return None
        with store_errors():
            pool = await self._skills.pool(project.project_id)
        return alpha(pool.counters)

    async def contractor(
        self, principal: Principal, contractor_id: str, *, project_id: str
    ) -> list[tuple[str, Accuracy]]:
        """(project_id, accuracy); contractors see only their own.

        Errors:
            ContractorNotFound.
        """
        is_contractor = "CONTRACTOR" in principal.roles
        is_own = is_contractor and principal.subject_id == contractor_id
        if is_contractor and not is_own:
            raise ContractorNotFound("no such contractor", contractor_id=contractor_id)
        organisation_id = principal.organisation_id if "VENDOR" in principal.roles else ""
        with store_errors():
            found = await self._skills.of_contractor(
                contractor_id,
                project_id=project_id,
                organisation_id=organisation_id,
                limit=_PROJECTS_PER_CONTRACTOR_MAX,
            )
        if not found and not is_own:
            raise ContractorNotFound("no such contractor", contractor_id=contractor_id)
        return [(project, accuracy_of(skill)) for project, skill in found]

    async def limits_in(self, contractor_id: str, project_ids: Sequence[str]) -> dict[str, Limits]:
        """What limits a contractor, by project; for whoever may see how good they are."""
        with store_errors():
            found = await self._limits.get_many(
                [(project_id, contractor_id) for project_id in project_ids]
            )
        return {project_id: limits for (project_id, _), limits in found.items()}

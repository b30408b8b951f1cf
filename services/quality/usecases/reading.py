"""What is known: consensus, contractors' quality, projects' counts."""

from __future__ import annotations

from collections.abc import Sequence

from services.chassis.authentication import Principal
from services.chassis.errors import DomainError, Kind
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.quality.domain.accuracy import Accuracy, accuracy_of
from services.quality.domain.agreement import alpha
from services.quality.domain.records import ProjectRecord, StoredStanding
from services.quality.domain.types import LABELLED
from services.quality.store.answers import AnswerStore
from services.quality.store.projects import ProjectStore
from services.quality.store.skills import SkillStore

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


class Reading:
    """Reads, within what the caller may see; and takes news of projects."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        answers: AnswerStore,
        skills: SkillStore,
        projects: ProjectStore,
    ) -> None:
        self._transactions = transactions
        self._answers = answers
        self._skills = skills
        self._projects = projects

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

    async def consensus(self, principal: Principal, task_id: str) -> StoredStanding:
        """Errors: TaskNotFound."""
        with store_errors():
            standing = (await self._answers.standings([task_id])).get(task_id)
        if standing is None:
            raise TaskNotFound("no such task, or not scored yet", task_id=task_id)
        try:
            await self.project(principal, standing.project_id)
        except ProjectNotFound:
            raise TaskNotFound("no such task, or not scored yet", task_id=task_id) from None
        return standing

    async def consensus_page(
        self, project: ProjectRecord, *, after: str, limit: int
    ) -> list[StoredStanding]:
        """By task_id."""
        with store_errors():
            return await self._answers.standing_page(project.project_id, after=after, limit=limit)

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

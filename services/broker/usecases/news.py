"""News from the other services: contractors, money, decisions, results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from services.broker.domain.assignments import ANSWERED, AssignmentState, Standing
from services.broker.domain.errors import AssignmentNotFound, ProjectNotFound
from services.broker.domain.projects import Project
from services.broker.store.assignments import AssignmentStore
from services.broker.store.contractors import ContractorStore
from services.broker.store.projects import ProjectStore
from services.broker.store.tasks import TaskStore
from services.broker.usecases.directory import Directory
from services.broker.usecases.known_truths import KnownTruths
from services.chassis.mongo import Document
from services.chassis.unit_of_work import Transactions, UnitOfWork

AnnounceState = Callable[[UnitOfWork, Project, int], None]

_TALLY_OF = {
    AssignmentState.ACCEPTED: "accepted",
    AssignmentState.REJECTED: "rejected",
    AssignmentState.IN_REVIEW: "in_review",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Quality's decision about one answer."""

    assignment_id: str
    state: AssignmentState
    reason: str
    revision: int
    clause: str = ""
    """Of the project's instructions, that the decision rests on."""
    gold_label: str = ""
    """The known answer, where there is one."""
    pay_bps: int = 0
    """Share of the pay that was accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Funded:
    """What payouts holds for a project."""

    project_id: str
    currency: str
    held_units: int
    version: int


class News:
    """Applies events; each may come late, twice and out of order."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        directory: Directory,
        projects: ProjectStore,
        tasks: TaskStore,
        assignments: AssignmentStore,
        contractors: ContractorStore,
        known_truths: KnownTruths,
        announce_state: AnnounceState,
    ) -> None:
        self._transactions = transactions
        self._directory = directory
        self._projects = projects
        self._tasks = tasks
        self._assignments = assignments
        self._contractors = contractors
        self._known_truths = known_truths
        self._announce_state = announce_state

    async def contractors_changed(self, documents: Sequence[Document]) -> None:
        """Contractors as they are now."""

        async def body(work: UnitOfWork) -> None:
            await self._contractors.put_contractors(documents, session=work.session)

        await self._transactions.run(body)
        for document in documents:
            self._directory.changed_contractor(document["_id"])

    async def vendors_changed(self, documents: Sequence[Document]) -> None:
        """Vendors as they are now."""

        async def body(work: UnitOfWork) -> None:
            await self._contractors.put_vendors(documents, session=work.session)

        await self._transactions.run(body)

    async def rate_cards_set(self, documents: Sequence[Document]) -> None:
        """Rate cards as they are now."""

        async def body(work: UnitOfWork) -> None:
            await self._contractors.put_rate_cards(documents, session=work.session)

        await self._transactions.run(body)

    async def limits_set(self, documents: Sequence[Document]) -> None:
        """What contractors may do in projects, as it is now."""
        project_ids = sorted({document["project_id"] for document in documents})

        async def body(work: UnitOfWork) -> None:
            await self._contractors.put_limits(documents, session=work.session)
            for project_id in project_ids:
                await self._projects.mark(project_id, "has_limits", session=work.session)

        await self._transactions.run(body)
        known = await self._directory.projects(project_ids)
        for project_id in project_ids:
            if project_id in known and not known[project_id].has_limits:
                self._directory.forget_project(project_id)
        for document in documents:
            self._directory.changed_limits(document["project_id"], document["contractor_id"])

    async def projects_funded(self, news: Sequence[Funded]) -> None:
        """Errors: ProjectNotFound."""
        changed: list[Project] = []

        async def body(work: UnitOfWork) -> None:
            changed.clear()
            for funded in news:
                project = await self._projects.get(funded.project_id, session=work.session)
                if project is None:
                    raise ProjectNotFound("no such project", project_id=funded.project_id)
                after = project.funded(
                    held_units=funded.held_units,
                    version=funded.version,
                    actor="payouts",
                    now=work.now,
                )
                if after is project:
                    continue
                await self._projects.replace(after, session=work.session)
                if after.state is not project.state:
                    self._announce_state(work, after, 0)
                changed.append(after)

        await self._transactions.run(body)
        for project in changed:
            self._directory.changed_project(project)

    async def answers_decided(self, decisions: Sequence[Decided]) -> None:
        """Errors: AssignmentNotFound, where none of ours is meant."""
        newest: dict[str, Decided] = {}
        for decided in decisions:
            known = newest.get(decided.assignment_id)
            if known is None or known.revision < decided.revision:
                newest[decided.assignment_id] = decided

        async def body(work: UnitOfWork) -> None:
            found = await self._assignments.standings(list(newest), session=work.session)
            groups: dict[Decided, list[str]] = defaultdict(list)
            tallies: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
            for decided in newest.values():
                assignment = found.get(decided.assignment_id)
                if assignment is None:
                    raise AssignmentNotFound(
                        "no such assignment", assignment_id=decided.assignment_id
                    )
                if not _applies(decided, assignment):
                    continue
                groups[replace(decided, assignment_id="")].append(decided.assignment_id)
                before = _TALLY_OF.get(assignment.state)
                if before is not None:
                    tallies[assignment.project_id][before] -= 1
                tallies[assignment.project_id][_TALLY_OF[decided.state]] += 1
            for alike, ids in groups.items():
                await self._assignments.decide(
                    ids,
                    alike.state,
                    revision=alike.revision,
                    facts={
                        "decision_reason": alike.reason,
                        "decision_clause": alike.clause,
                        "decision_gold_label": alike.gold_label,
                        "pay_bps": alike.pay_bps,
                    },
                    session=work.session,
                )
            for project_id, deltas in tallies.items():
                await self._projects.count(
                    project_id, deltas, writer="decide", session=work.session
                )

        await self._transactions.run(body)

    async def tasks_resolved(self, results: Sequence[Document]) -> None:
        """Results of tasks that have all their answers."""
        newest: dict[str, Document] = {}
        for result in results:
            known = newest.get(result["_id"])
            if known is None or known["resolved_at"] < result["resolved_at"]:
                newest[result["_id"]] = result

        by_project: dict[str, list[Document]] = defaultdict(list)
        for result in newest.values():
            by_project[result["project_id"]].append(result)
        projects = await self._directory.projects(by_project)

        async def body(work: UnitOfWork) -> None:
            for project_id, documents in by_project.items():
                fresh = await self._tasks.resolve(documents, session=work.session)
                await self._projects.count(
                    project_id, {"resolved": len(fresh)}, writer="resolve", session=work.session
                )
                project = projects.get(project_id)
                if fresh and project is not None:
                    if project.is_adaptive:
                        await self._release_unasked(project, fresh, work)
                    # What is known of them may have come before their results.
                    await self._known_truths.promote(project_id, fresh, work)

        await self._transactions.run(body)

    async def _release_unasked(
        self, project: Project, task_ids: Sequence[str], work: UnitOfWork
    ) -> None:
        """New tasks may be posted with the money that these did not need."""
        released = await self._tasks.release_unasked(task_ids, session=work.session)
        if released:
            await self._projects.advance(
                project.project_id,
                seq=0,
                place=0,
                reserved_units=-released * project.answer_price_units_max,
                session=work.session,
            )


def _applies(decided: Decided, assignment: Standing) -> bool:
    return assignment.state in ANSWERED and decided.revision > assignment.decision_revision

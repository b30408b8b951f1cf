"""Projects: made, moved through their states, and settled at their end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from services.broker.domain.contractors import obstacles
from services.broker.domain.errors import ProjectNotFound, ProjectStateWrong, TasksUnresolved
from services.broker.domain.prices import Terms
from services.broker.domain.projects import (
    ENDED,
    LEASE_SECONDS_DEFAULT,
    Eligibility,
    Project,
    ProjectState,
    QualityPolicy,
    check_new_project,
)
from services.broker.domain.work import settle_kind
from services.broker.store.assignments import AssignmentStore
from services.broker.store.projects import ProjectStore
from services.broker.store.tasks import TaskStore
from services.broker.usecases.directory import Directory
from services.chassis.authentication import Principal
from services.chassis.errors import DomainError
from services.chassis.ids import NewId
from services.chassis.logs import logger
from services.chassis.mongo import store_errors
from services.chassis.regions import RegionCodes
from services.chassis.unit_of_work import Transactions, UnitOfWork

log = logger(__name__)

_SETTLE_SECONDS = 2.0
# Claims may still see an ended project as live for a moment (usecases/directory.py): longer than
# that, and than the claim itself takes, nothing is settled.
SETTLE_AFTER_SECONDS = 10.0
_SETTLED_PER_ROUND_MAX = 20
_NOT_HANDED_OUT = (ProjectState.DRAFT, ProjectState.FUNDED)

AnnounceCreated = Callable[[UnitOfWork, Project], None]
AnnounceState = Callable[[UnitOfWork, Project, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProject:
    """What a client asks for."""

    name: str
    kind: int
    """Of WorkKind, or 0 where the label config says it."""
    instructions: str
    label_config: str
    labels: tuple[str, ...]
    pay_units: int
    currency: str
    commission_bps_max: int
    overlap: int
    lease_seconds: int
    eligibility: Eligibility
    quality_policy: QualityPolicy | None
    overlap_max: int = 0
    """0 where the overlap is fixed."""
    expected_seconds: float = 0.0
    """Of an answer; 0 where the client does not say."""


class Projects:
    """What clients and operators do with projects."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        directory: Directory,
        projects: ProjectStore,
        tasks: TaskStore,
        assignments: AssignmentStore,
        new_id: NewId,
        terms: Terms,
        region_codes: RegionCodes,
        announce_created: AnnounceCreated,
        announce_state: AnnounceState,
        settle_after_seconds: float = SETTLE_AFTER_SECONDS,
    ) -> None:
        self._transactions = transactions
        self._directory = directory
        self._projects = projects
        self._tasks = tasks
        self._settle_after = timedelta(seconds=settle_after_seconds)
        self._assignments = assignments
        self._new_id = new_id
        self._terms = terms
        self._region_codes = region_codes
        self._announce_created = announce_created
        self._announce_state = announce_state
        self._stopping = asyncio.Event()

    async def create(self, work: UnitOfWork, principal: Principal, wanted: NewProject) -> Project:
        """A project in DRAFT.

        Errors:
            LabelConfigInvalid, KindInvalid, LabelsInvalid, PayInvalid, LeaseInvalid,
            OverlapInvalid, PolicyInvalid, EligibilityInvalid, RegionInvalid.
        """
        kind, labels = settle_kind(
            kind=wanted.kind, labels=wanted.labels, label_config=wanted.label_config
        )
        check_new_project(
            kind=kind,
            labels=labels,
            pay_units=wanted.pay_units,
            lease_seconds=wanted.lease_seconds,
            overlap=wanted.overlap,
            overlap_max=wanted.overlap_max,
        )
        policy = wanted.quality_policy or QualityPolicy.default_for(kind)
        policy.check()
        wanted.eligibility.check(self._region_codes)
        project = Project(
            project_id=self._new_id("prj"),
            client_id=principal.organisation_id,
            name=wanted.name,
            kind=kind,
            instructions=wanted.instructions,
            label_config=wanted.label_config,
            labels=labels,
            label_set=frozenset(labels),
            pay_units=wanted.pay_units,
            currency=wanted.currency,
            commission_bps_max=wanted.commission_bps_max,
            platform_fee_bps=self._terms.platform_fee_bps,
            benefits_bps=self._terms.benefits_bps,
            floor_reserve_bps=self._terms.floor_reserve_bps,
            expected_seconds=wanted.expected_seconds,
            overlap=wanted.overlap,
            overlap_max=wanted.overlap_max,
            lease_seconds=wanted.lease_seconds or LEASE_SECONDS_DEFAULT,
            eligibility=wanted.eligibility,
            quality_policy=policy,
            state=ProjectState.DRAFT,
            created_at=work.now,
            pseudonym_salt=self._new_id("salt"),
        )
        await self._projects.insert(project, session=work.session)
        self._announce_created(work, project)
        return project

    async def get(self, principal: Principal, project_id: str) -> Project:
        """Clients see their own, operators all, contractors what they may do or have done.

        Errors: ProjectNotFound.
        """
        with store_errors():
            project = await self._projects.get(project_id)
        if project is not None and await self._is_visible(project, principal):
            return project
        raise ProjectNotFound("no such project", project_id=project_id)

    async def _is_visible(self, project: Project, principal: Principal) -> bool:
        if _is_own(project, principal):
            return True
        if "CONTRACTOR" not in principal.roles or project.state in _NOT_HANDED_OUT:
            return False
        contractor_id = principal.subject_id
        known = (await self._directory.contractors([contractor_id]))[contractor_id]
        if not isinstance(known, DomainError) and not obstacles(known, project):
            return True
        # What a project asks for may not fit any more; what was done there is still their own.
        with store_errors():
            return await self._assignments.has_held(contractor_id, project_id=project.project_id)

    async def list(self, principal: Principal, *, after: str, limit: int) -> list[Project]:
        """The caller's, or, for operators, everybody's."""
        client_id = "" if "OPERATOR" in principal.roles else principal.organisation_id
        with store_errors():
            return await self._projects.list_for(client_id=client_id, after=after, limit=limit)

    async def counters(self, project_id: str) -> tuple[int, int]:
        """Tasks posted, and the most that they can cost."""
        with store_errors():
            counters = await self._projects.counters(project_id)
        return counters["seq"], counters["reserved_units"]

    async def move(
        self,
        work: UnitOfWork,
        principal: Principal,
        project_id: str,
        to: ProjectState,
        *,
        reason: str,
        only_from: str = "",
    ) -> Project:
        """One step. `only_from` tells the two ways to LIVE apart.

        Errors:
            ProjectNotFound, ProjectStateWrong, TasksUnresolved.
        """
        found = await self._projects.get(project_id, session=work.session)
        if found is None or not _is_own(found, principal):
            raise ProjectNotFound("no such project", project_id=project_id)
        project = found
        if only_from and project.state != only_from:
            raise ProjectStateWrong(
                f"the project is {project.state}, not {only_from}",
                project_id=project_id,
                state=project.state,
                wanted=to,
            )
        moved = project.moved(to, actor=principal.subject_id, reason=reason, now=work.now)
        tallies = await self._projects.tallies(project_id, session=work.session)
        if to is ProjectState.COMPLETED:
            counters = await self._projects.counters(project_id, session=work.session)
            open_controls = 0
            if project.quality_policy.hands_out_gold:
                # They measure the work on the others, and need no results of their own.
                open_controls = await self._tasks.count_open_controls(
                    project_id, session=work.session
                )
            if tallies["resolved"] + open_controls < counters["seq"]:
                raise TasksUnresolved(
                    "some tasks have no result yet",
                    tasks_posted=counters["seq"],
                    tasks_resolved=tallies["resolved"],
                )
        await self._projects.replace(moved, session=work.session)
        self._announce_state(work, moved, tallies["submitted"])
        return moved

    async def refresh(self, project_id: str) -> None:
        """After a commit: claims see the project as it is now."""
        with store_errors():
            project = await self._projects.get(project_id)
        if project is not None:
            self._directory.changed_project(project)

    async def settle(self) -> int:
        """Tells of ended projects to which nothing can be submitted any more."""
        with store_errors():
            waiting = await self._projects.ended_unsettled(limit=_SETTLED_PER_ROUND_MAX)
        settled = 0
        for project in waiting:
            settled += await self._transactions.run(self._settling(project.project_id))
        return settled

    def _settling(self, project_id: str) -> Callable[[UnitOfWork], Awaitable[int]]:
        async def body(work: UnitOfWork) -> int:
            project = await self._projects.get(project_id, session=work.session)
            if project is None or project.state not in ENDED or project.settled:
                return 0
            if work.now - project.history[-1].changed_at < self._settle_after:
                return 0
            if await self._assignments.count_running(project_id, session=work.session):
                return 0
            done = replace(project, settled=True, version=project.version + 1)
            await self._projects.replace(done, session=work.session)
            # Of the same snapshot as the leases: whatever was submitted under one is counted.
            tallies = await self._projects.tallies(project_id, session=work.session)
            self._announce_state(work, done, tallies["submitted"])
            return 1

        return body

    async def run(self) -> None:
        """Settles ended projects, until stop()."""
        while not self._stopping.is_set():
            try:
                await self.settle()
            except DomainError as err:
                log.warning("projects.settle_failed", reason=err.reason, error=err.message)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _SETTLE_SECONDS)

    async def stop(self) -> None:
        """Ends run()."""
        self._stopping.set()


def _is_own(project: Project, principal: Principal) -> bool:
    """Operators own all."""
    return "OPERATOR" in principal.roles or project.client_id == principal.organisation_id

"""Leases after the claim: renewed, given back, or run out and handed to somebody else."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.broker import metrics
from services.broker.domain.assignments import Assignment, AssignmentState
from services.broker.domain.errors import AssignmentNotFound
from services.broker.domain.projects import ENDED
from services.broker.store.assignments import AssignmentStore
from services.broker.store.projects import ProjectStore
from services.broker.store.tasks import TaskStore
from services.broker.usecases.candidates import Candidates
from services.broker.usecases.directory import Directory
from services.broker.usecases.requeueing import requeue
from services.chassis.clock import Clock
from services.chassis.errors import DomainError
from services.chassis.logs import logger
from services.chassis.unit_of_work import Transactions, UnitOfWork

log = logger(__name__)

_EXPIRED_PER_ROUND_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLease:
    """An assignment, and the proof that the caller holds it."""

    assignment_id: str
    lease_token: str
    contractor_id: str


class Leases:
    """Keeps leases moving."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        directory: Directory,
        assignments: AssignmentStore,
        tasks: TaskStore,
        projects: ProjectStore,
        candidates: Candidates,
        clock: Clock,
        expiry_seconds: float,
    ) -> None:
        self._transactions = transactions
        self._directory = directory
        self._assignments = assignments
        self._tasks = tasks
        self._projects = projects
        self._candidates = candidates
        self._clock = clock
        self._expiry_seconds = expiry_seconds
        self._stopping = asyncio.Event()

    async def renew(self, leases: Sequence[HeldLease]) -> list[datetime | DomainError]:
        """The new end of each lease, or why it has none."""

        async def body(work: UnitOfWork) -> list[datetime | DomainError]:
            outcomes, held = await self._judge(leases, work)
            projects = await self._directory.projects(a.project_id for a in held.values())
            by_seconds: dict[int, list[str]] = defaultdict(list)
            for assignment in held.values():
                seconds = projects[assignment.project_id].lease_seconds
                by_seconds[seconds].append(assignment.assignment_id)
            ends: dict[str, datetime] = {}
            for seconds, ids in by_seconds.items():
                end = work.now + timedelta(seconds=seconds)
                await self._assignments.renew(ids, expires_at=end, session=work.session)
                ends |= dict.fromkeys(ids, end)
            return [
                ends[lease.assignment_id] if outcome is None else outcome
                for lease, outcome in zip(leases, outcomes, strict=True)
            ]

        return await self._transactions.run(body)

    async def release(
        self, leases: Sequence[HeldLease], *, reason: str, unseen: bool = False
    ) -> list[DomainError | None]:
        """Gives tasks back: to others, and only those that were not seen to the same contractor."""
        state = AssignmentState.EXPIRED if unseen else AssignmentState.RELEASED
        tails: dict[str, int] = {}

        async def body(work: UnitOfWork) -> list[DomainError | None]:
            outcomes, held = await self._judge(leases, work)
            if held:
                await self._assignments.move(list(held), state, reason=reason, session=work.session)
                if not unseen:
                    await self._count_released(held.values(), reason, work)
                await self._requeue(list(held.values()), tails, work)
            return outcomes

        outcomes = await self._transactions.run(body)
        self._requeued(tails)
        metrics.LEASES_RELEASED_TOTAL.inc(sum(outcome is None for outcome in outcomes))
        return outcomes

    async def _count_released(
        self, assignments: Iterable[Assignment], reason: str, work: UnitOfWork
    ) -> None:
        counts = Counter(assignment.project_id for assignment in assignments)
        for project_id, times in sorted(counts.items()):
            await self._projects.count(
                project_id, {"released": times}, writer="release", session=work.session
            )
            await self._projects.count_release(project_id, reason, times, session=work.session)

    async def expire(self) -> int:
        """Ends leases whose time is over; returns how many."""
        ids = await self._assignments.expired(now=self._clock(), limit=_EXPIRED_PER_ROUND_MAX)
        if not ids:
            return 0
        tails: dict[str, int] = {}

        async def body(work: UnitOfWork) -> int:
            found = await self._assignments.get_many(ids, session=work.session)
            over = [
                assignment
                for assignment in found.values()
                # Submitted or renewed in the meantime: judged again in the transaction.
                if assignment.state is AssignmentState.CLAIMED
                and assignment.lease_expires_at <= work.now
            ]
            if over:
                await self._assignments.move(
                    [a.assignment_id for a in over], AssignmentState.EXPIRED, session=work.session
                )
                await self._requeue(over, tails, work)
            return len(over)

        expired = await self._transactions.run(body)
        self._requeued(tails)
        metrics.LEASES_EXPIRED_TOTAL.inc(expired)
        return expired

    async def run(self) -> None:
        """Ends leases as their time comes, until stop()."""
        while not self._stopping.is_set():
            try:
                expired = await self.expire()
            except DomainError as err:
                log.warning("leases.expiry_failed", reason=err.reason, error=err.message)
                expired = 0
            if expired < _EXPIRED_PER_ROUND_MAX:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), self._expiry_seconds)

    async def stop(self) -> None:
        """Ends run()."""
        self._stopping.set()

    async def _judge(
        self, leases: Sequence[HeldLease], work: UnitOfWork
    ) -> tuple[list[DomainError | None], dict[str, Assignment]]:
        found = await self._assignments.get_many(
            [lease.assignment_id for lease in leases], session=work.session
        )
        outcomes: list[DomainError | None] = []
        held: dict[str, Assignment] = {}
        for lease in leases:
            assignment = found.get(lease.assignment_id)
            try:
                if assignment is None:
                    raise AssignmentNotFound(
                        "no such assignment", assignment_id=lease.assignment_id
                    )
                assignment.check_lease(
                    contractor_id=lease.contractor_id,
                    lease_token=lease.lease_token,
                    now=work.now,
                )
            except DomainError as err:
                outcomes.append(err)
            else:
                outcomes.append(None)
                held[lease.assignment_id] = assignment
        return outcomes, held

    async def _requeue(
        self, assignments: list[Assignment], tails: dict[str, int], work: UnitOfWork
    ) -> None:
        """Their tasks go to the end of the queue, where every contractor still comes by."""
        by_project: dict[str, set[str]] = defaultdict(set)
        for assignment in assignments:
            by_project[assignment.project_id].add(assignment.task_id)
        projects = await self._directory.projects(by_project)
        for project_id, task_ids in by_project.items():
            if projects[project_id].state in ENDED:
                continue
            tails[project_id] = await requeue(
                project_id, task_ids, projects=self._projects, tasks=self._tasks, work=work
            )

    def _requeued(self, tails: dict[str, int]) -> None:
        for project_id, tail in tails.items():
            self._candidates.posted(project_id, tail=tail)

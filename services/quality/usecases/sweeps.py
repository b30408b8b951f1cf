"""Sweeps: every task of a project scored once more under the skills of today.

The first tasks of a project were judged before anything was known of anybody. Each page is a
transaction of its own: rulings that turn out wrong are taken back, and labels that change are told,
with the page that changed them. Who sweeps holds the project's lease, so that replicas share the
projects of a night and never one of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from services.chassis.clock import Clock
from services.chassis.errors import DomainError
from services.chassis.ids import NewId
from services.chassis.logs import logger
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.quality.domain.errors import SweepRunning
from services.quality.domain.records import ProjectRecord
from services.quality.domain.sweeps import SweepResult, night_at
from services.quality.store.projects import ProjectStore
from services.quality.store.sweeps import SweepStore
from services.quality.usecases.conclusions import Conclusions
from services.quality.usecases.each import each
from services.quality.usecases.outcome import Outcome, count
from services.quality.usecases.working import WorkingSets

log = logger(__name__)

_TASKS_EACH_PAGE = 200
_PROJECTS_EACH_TURN = 50


AfterSweep = Callable[[ProjectRecord], Awaitable[object]]
"""What is done with a project once its sweep is over."""


class Sweeps:
    """Sweeps a project when asked, and every night those that were touched."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        sweeps: SweepStore,
        projects: ProjectStore,
        working: WorkingSets,
        conclusions: Conclusions,
        clock: Clock,
        new_id: NewId,
        hour_utc: int,
        then: Sequence[AfterSweep],
    ) -> None:
        self._transactions = transactions
        self._sweeps = sweeps
        self._projects = projects
        self._working = working
        self._conclusions = conclusions
        self._clock = clock
        self._new_id = new_id
        self._hour_utc = hour_utc
        self._then = then
        self._walked = ""
        self._after = ""

    async def sweep(self, project: ProjectRecord, *, owner: str, night: str = "") -> SweepResult:
        """All tasks, once; the same owner again gets the same result, or goes on where it broke.

        So does what follows it.

        Errors:
            SweepRunning: somebody else sweeps the project.
        """
        answered = await self._begin(project, owner, night)
        while answered is None:
            answered = await self._page(project, owner, night)
        await self._follow_up(project)
        return answered

    async def _follow_up(self, project: ProjectRecord) -> None:
        """What follows the last sweep, where it is not done; one that fails stops no other.

        Errors: that of the first that failed: the next sweep, repeat or night begins with all anew.
        """
        project_id = project.project_id
        with store_errors():
            ended = await self._sweeps.get(project_id)
        if ended.is_followed_up:
            return
        failed: list[DomainError] = []
        for step in self._then:
            try:
                await step(project)
            except DomainError as err:
                log.exception("sweep.follow_up_failed", project_id=project_id, reason=err.reason)
                failed.append(err)
        if failed:
            raise failed[0]

        async def body(work: UnitOfWork) -> None:
            sweep = await self._sweeps.get(project_id, session=work.session)
            await self._sweeps.put(sweep.followed_up(ended), session=work.session)

        await self._transactions.run(body)

    async def turn(self) -> bool:
        """The next projects of this night; whether there are more of them."""
        night = night_at(self._clock(), hour_utc=self._hour_utc)
        if not night or night == self._walked:
            return False
        with store_errors():
            found = await self._sweeps.projects_after(self._after, limit=_PROJECTS_EACH_TURN)
        steps = dict(found)

        async def sweep(project_id: str) -> None:
            self._after = project_id
            await self._sweep_at_night(project_id, steps[project_id], night)

        await each("sweep", steps, sweep)
        if len(found) == _PROJECTS_EACH_TURN:
            return True
        self._walked, self._after = night, ""
        return False

    async def _sweep_at_night(self, project_id: str, steps: int, night: str) -> None:
        with store_errors():
            sweep = await self._sweeps.get(project_id)
            project = await self._projects.get(project_id)
        if project is None:
            return
        if sweep.night == night or steps <= sweep.seen_steps:
            await self._follow_up(project)
            return
        try:
            result = await self.sweep(project, owner=self._new_id("swp"), night=night)
        except SweepRunning:
            return
        log.info(
            "sweep.ended",
            project_id=project_id,
            tasks_scored=result.tasks_scored,
            labels_changed=result.labels_changed,
        )

    async def _begin(self, project: ProjectRecord, owner: str, night: str) -> SweepResult | None:
        async def body(work: UnitOfWork) -> SweepResult | None:
            sweep = await self._sweeps.get(project.project_id, session=work.session)
            answered = sweep.answered.get(owner)
            if night and sweep.night == night:
                # Another replica has done all of it since we looked.
                return sweep.result
            if answered is None:
                steps = await self._sweeps.steps(project.project_id, session=work.session)
                begun = sweep.begun(owner, steps=steps, now=work.now)
                await self._sweeps.put(begun, session=work.session)
            return answered

        return await self._transactions.run(body)

    async def _page(self, project: ProjectRecord, owner: str, night: str) -> SweepResult | None:
        async def body(work: UnitOfWork) -> tuple[Outcome, SweepResult | None]:
            project_id = project.project_id
            sweep = await self._sweeps.get(project_id, session=work.session)
            sweep.check_owner(owner)
            steps = await self._sweeps.hold(project_id, session=work.session)
            task_ids = await self._sweeps.tasks_after(
                project_id, sweep.after, limit=_TASKS_EACH_PAGE, session=work.session
            )
            outcome = await self._rescore(project, task_ids, work)
            sweep = sweep.gone_on(
                owner,
                after=task_ids[-1] if task_ids else sweep.after,
                steps_made=await self._sweeps.steps(project_id, session=work.session) - steps,
                result=sweep.result.plus(
                    tasks_scored=len(outcome.moves),
                    labels_changed=sum(move.relabelled for move in outcome.moves),
                ),
                now=work.now,
            )
            done = len(task_ids) < _TASKS_EACH_PAGE
            if done:
                sweep = sweep.ended(night=night)
            await self._sweeps.put(sweep, session=work.session)
            return outcome, sweep.result if done else None

        outcome, result = await self._transactions.run(body)
        count(outcome)
        return result

    async def _rescore(
        self, project: ProjectRecord, task_ids: list[str], work: UnitOfWork
    ) -> Outcome:
        outcome = Outcome(project_id=project.project_id, kind=project.kind, tells_changes=True)
        if not task_ids:
            return outcome
        moved = await self._working.load(work, project, task_ids)
        for task_id in task_ids:
            if moved.stream.standing(task_id) is not None:
                moved.stream.rescore(task_id)
        await self._conclusions.conclude(moved, outcome, work)
        return outcome

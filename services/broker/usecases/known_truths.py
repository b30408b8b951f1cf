"""Truths that quality finds make control tasks, and take them out of use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from services.broker.domain.errors import ProjectNotFound
from services.broker.domain.known_truths import KnownTruth, further_answers
from services.broker.domain.projects import ENDED
from services.broker.store.control_tasks import ControlTaskStore
from services.broker.store.projects import ProjectStore
from services.chassis.unit_of_work import Transactions, UnitOfWork


class KnownTruths:
    """Takes what quality finds; it may come late, twice, out of order, and before a result does."""

    def __init__(
        self, *, transactions: Transactions, projects: ProjectStore, controls: ControlTaskStore
    ) -> None:
        self._transactions = transactions
        self._projects = projects
        self._controls = controls

    async def changed(self, truths: Sequence[KnownTruth]) -> None:
        """Errors: ProjectNotFound."""
        by_project: dict[str, dict[str, KnownTruth]] = defaultdict(dict)
        for truth in truths:
            known = by_project[truth.project_id].get(truth.task_id)
            if known is None or known.version < truth.version:
                by_project[truth.project_id][truth.task_id] = truth

        async def body(work: UnitOfWork) -> None:
            for project_id, newest in sorted(by_project.items()):
                if await self._projects.get(project_id, session=work.session) is None:
                    raise ProjectNotFound("no such project", project_id=project_id)
                noted = await self._controls.note(list(newest.values()), session=work.session)
                await self.promote(project_id, noted, work)

        await self._transactions.run(body)

    async def promote(self, project_id: str, task_ids: Sequence[str], work: UnitOfWork) -> None:
        """Those of the tasks that may measure others and have their result are handed out again.

        Errors: ProjectNotFound.
        """
        fitting = await self._controls.promotable(task_ids, session=work.session)
        if not fitting:
            return
        # As it is now: its money is given away.
        project = await self._projects.get(project_id, session=work.session)
        if project is None:
            raise ProjectNotFound("no such project", project_id=project_id)
        if not project.quality_policy.hands_out_gold or project.state in ENDED:
            return
        counters = await self._projects.counters(project.project_id, session=work.session)
        answers = further_answers(
            project,
            len(fitting),
            reserved_units=counters["reserved_units"],
            found_units=counters.get("found_units", 0),
        )
        more = {task: n for task, n in zip(fitting, answers, strict=True) if n}
        if more:
            await self._controls.promote(more, session=work.session)
            await self._projects.reserve_for_found(
                project.project_id,
                sum(more.values()) * project.answer_price_units_max,
                session=work.session,
            )

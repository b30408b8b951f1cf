"""Second opinions that quality asks for: one more paid assignment each, for one contractor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from services.broker import metrics
from services.broker.domain.errors import ProjectNotFound
from services.broker.domain.opinions import AskedOpinion
from services.broker.domain.projects import ENDED
from services.broker.store.opinions import OpinionStore
from services.broker.store.projects import ProjectStore
from services.broker.usecases.directory import Directory
from services.chassis.logs import logger
from services.chassis.unit_of_work import Transactions, UnitOfWork

log = logger(__name__)


class Opinions:
    """Takes what is asked for; it may come late, twice and out of order."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        directory: Directory,
        projects: ProjectStore,
        opinions: OpinionStore,
    ) -> None:
        self._transactions = transactions
        self._directory = directory
        self._projects = projects
        self._opinions = opinions

    async def asked(self, opinions: Sequence[AskedOpinion]) -> None:
        """Reserves the money of each; what the project cannot pay for is not handed out.

        Whoever asked does without it then, as when nobody answers.

        Errors:
            ProjectNotFound.
        """
        by_project: dict[str, dict[str, AskedOpinion]] = defaultdict(dict)
        for one in opinions:
            by_project[one.project_id][one.opinion_id] = one
        taken: dict[str, int] = {}

        async def body(work: UnitOfWork) -> None:
            taken.clear()
            for project_id, wanted in sorted(by_project.items()):
                taken[project_id] = await self._take(project_id, wanted, work)

        await self._transactions.run(body)
        for project_id, count in taken.items():
            if count:
                self._directory.forget_project(project_id)

    async def _take(
        self, project_id: str, wanted: dict[str, AskedOpinion], work: UnitOfWork
    ) -> int:
        project = await self._projects.get(project_id, session=work.session)
        if project is None:
            raise ProjectNotFound("no such project", project_id=project_id)
        known = await self._opinions.known(wanted, session=work.session)
        fresh = [one for opinion_id, one in wanted.items() if opinion_id not in known]
        if not fresh or project.state in ENDED:
            return 0
        counters = await self._projects.counters(project_id, session=work.session)
        room = project.held_units - counters["reserved_units"]
        paid_for = fresh[: max(0, room // project.answer_price_units_max)]
        if len(paid_for) < len(fresh):
            short = len(fresh) - len(paid_for)
            work.afterwards(partial(metrics.OPINIONS_UNPAID_TOTAL.inc, short))
            work.afterwards(partial(log.warning, "opinions.funds_short", project_id=project_id))
        if paid_for:
            await self._projects.advance(
                project_id,
                seq=0,
                place=0,
                reserved_units=len(paid_for) * project.answer_price_units_max,
                session=work.session,
            )
            await self._opinions.insert(paid_for, session=work.session)
            await self._projects.mark(project_id, "has_opinions", session=work.session)
        return len(paid_for)

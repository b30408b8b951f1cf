"""Clients hear that money runs out before the work stops: once, and again after each hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.chassis.clock import Clock
from services.chassis.loops import Loop
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.answers.parties import Project
from services.payouts.domain.funding.funds_watch import (
    Funds,
    FundsPolicy,
    FundsView,
    FundsWarning,
    look,
)
from services.payouts.domain.ledger.accounts import project_held
from services.payouts.metrics import notice as metrics
from services.payouts.store.answers.decisions import ProjectBookStore
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.funding.funds_watches import FundsWatchStore
from services.payouts.store.ledger.ledger import LedgerStore

_PROJECTS_EACH_TURN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class FundsNews:
    """What the client is told."""

    warning: FundsWarning
    project: Project
    funds: Funds
    lasts_seconds: float | None


AnnounceFunds = Callable[[UnitOfWork, FundsNews], None]


class FundsWatching:
    """Looks at every project that goes on, over and over."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        watches: FundsWatchStore,
        books: ProjectBookStore,
        projections: ProjectionStore,
        ledger: LedgerStore,
        policy: FundsPolicy,
        announce: AnnounceFunds,
        clock: Clock,
        pause_seconds: float,
    ) -> None:
        self._transactions = transactions
        self._watches = watches
        self._books = books
        self._projections = projections
        self._ledger = ledger
        self._policy = policy
        self._announce = announce
        self._clock = clock
        self._after = ""
        self._loop = Loop(name="funds_watch", turn=self.turn, pause_seconds=pause_seconds)

    async def run(self) -> None:
        """Until stop()."""
        await self._loop.run()

    async def stop(self) -> None:
        """Ends run() after the project in hand."""
        await self._loop.stop()

    async def turn(self) -> bool:
        """The next projects of this round; whether it has more of them."""
        with store_errors():
            found = await self._watches.projects_after(self._after, limit=_PROJECTS_EACH_TURN)
        for project_id in found:
            await self.look_at(project_id)
        more = len(found) == _PROJECTS_EACH_TURN
        self._after = found[-1] if more else ""
        return more

    async def look_at(self, project_id: str) -> FundsView | None:
        """Tells the client if there is something new to tell; None of what is not known (yet)."""

        async def body(work: UnitOfWork) -> FundsView | None:
            projects = await self._projections.projects([project_id], session=work.session)
            project = projects.get(project_id)
            book = await self._books.get(project_id, session=work.session)
            if project is None or book.has_ended:
                return None
            held = project_held(
                client_id=project.client_id, project_id=project_id, currency=project.currency
            )
            balances = await self._ledger.balances([held], session=work.session)
            funds = Funds(
                # The account is on the credit side.
                remaining_units=-balances.get(held, 0),
                spent_units=book.cost.total_units,
                price_units_max=project.price_units_max,
                version=book.version,
            )
            before = await self._watches.get(project_id, session=work.session)
            view = look(before, funds, now=self._clock(), policy=self._policy)
            if view.watch != before:
                await self._watches.put(view.watch, session=work.session)
            for warning in view.warnings:
                news = FundsNews(
                    warning=warning,
                    project=project,
                    funds=funds,
                    lasts_seconds=view.lasts_seconds,
                )
                self._announce(work, news)
                work.afterwards(metrics.FUNDS_WARNINGS_TOTAL.labels(warning.value).inc)
            return view

        return await self._transactions.run(body)

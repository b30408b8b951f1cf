"""The parts of reconciliation, put together: what is read on, compared, shown and fetched."""

from __future__ import annotations

from datetime import timedelta

from services.chassis.assembly import Assembly
from services.chassis.clock import Clock
from services.chassis.ids import NewId
from services.chassis.loops import Loop
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import Transactions
from services.payouts.parts.rail import Rail
from services.payouts.settings.reconciliation import ReconciliationSettings
from services.payouts.store.answers.contractor_money import ContractorMoneyReads
from services.payouts.store.answers.earnings import EarningsReads
from services.payouts.store.funding.deposits import DepositStore
from services.payouts.store.payments.payout_accounts import PayoutAccountStore
from services.payouts.store.reconciliation.clearing import ClearingStore
from services.payouts.store.reconciliation.cursors import CursorStore
from services.payouts.store.reconciliation.mirror_collections import (
    CLEARING_ALIASES,
    CLEARING_ITEMS,
    EVENT_CURSORS,
    MIRROR_ALIASES,
    MIRROR_CURSORS,
    MIRROR_ITEMS,
)
from services.payouts.store.reconciliation.mirror_items import ItemStore
from services.payouts.store.reconciliation.mirrors import MirrorStore
from services.payouts.store.statements.periods import PeriodStore
from services.payouts.store.statements.statements import StatementStore
from services.payouts.stripe_api.global_history import GlobalHistory
from services.payouts.stripe_api.history import StripeHistory
from services.payouts.usecases.answers.contractor_money import ContractorMoneyInspection
from services.payouts.usecases.reconciliation.clearing import Clearing
from services.payouts.usecases.reconciliation.mirror_report import MirrorReports
from services.payouts.usecases.reconciliation.mirroring import Mirroring
from services.payouts.usecases.reconciliation.missed_events import MissedEvents
from services.payouts.usecases.reconciliation.sweeps import Sweeps

_CLEARING_SECONDS = 60.0
_SWEEP_SECONDS = 60.0


class ReconciliationParts:
    """By name: what the service starts, ReconciliationServicer calls, and tests look into."""

    def __init__(
        self,
        *,
        database: MongoDatabase,
        transactions: Transactions,
        clock: Clock,
        new_id: NewId,
        settings: ReconciliationSettings,
        rail: Rail,
    ) -> None:
        history = StripeHistory(page=rail.stripe.page, body=rail.stripe.body)
        self.contractor_money = ContractorMoneyInspection(
            transactions=transactions,
            earnings=EarningsReads(database=database),
            reads=ContractorMoneyReads(database=database),
            periods=PeriodStore(database=database),
            statements=StatementStore(database=database),
            instructions=rail.instructions,
            history=history,
        )
        grace = timedelta(seconds=settings.reconcile_grace_seconds)
        mirrors = MirrorStore(database=database)
        cursors = CursorStore(database=database, collection=MIRROR_CURSORS)
        self.mirroring = Mirroring(
            transactions=transactions,
            history=history,
            outbound=None
            if rail.payout_rails.stripe_global is None
            else GlobalHistory(pages=rail.payout_rails.stripe_global.payments_page),
            mirrors=mirrors,
            items=ItemStore(database=database, items=MIRROR_ITEMS, aliases=MIRROR_ALIASES),
            clearing=ItemStore(database=database, items=CLEARING_ITEMS, aliases=CLEARING_ALIASES),
            cursors=cursors,
            clock=clock,
            new_id=new_id,
            read_after=timedelta(seconds=settings.reconcile_seconds),
            grace=grace,
        )
        self.reports = MirrorReports(mirrors=mirrors, cursors=cursors, clock=clock, grace=grace)
        self.clearing = Clearing(
            clearing=ClearingStore(database=database), clock=clock, new_id=new_id
        )
        self.clearing_watch = Loop(
            name="clearing", turn=self._measure, pause_seconds=_CLEARING_SECONDS
        )
        self.missed_events = MissedEvents(
            history=history,
            webhooks=rail.webhooks,
            instructions=rail.instructions,
            accounts=PayoutAccountStore(database=database),
            cursors=CursorStore(database=database, collection=EVENT_CURSORS),
            clock=clock,
            new_id=new_id,
            sweep_after=timedelta(seconds=settings.missed_events_seconds),
        )

        self.sweeps = Sweeps(
            rails=rail.rails,
            journal=rail.journal,
            instructions=rail.instructions,
            accounts=rail.accounts,
            account_store=PayoutAccountStore(database=database),
            deposits=rail.deposits,
            deposit_store=DepositStore(database=database),
            clock=clock,
            pause_seconds=_SWEEP_SECONDS,
        )

    def add_to(self, base: Assembly) -> None:
        """Adds the background loops; after the rail's, which they ask."""
        base.background(
            "mirroring",
            start=self.mirroring.start,
            run=self.mirroring.run,
            stop=self.mirroring.stop,
        )
        watch, missed = self.clearing_watch, self.missed_events
        base.background("clearing", run=watch.run, stop=watch.stop)
        base.background("missed_events", run=missed.run, stop=missed.stop)
        base.background("sweeps", run=self.sweeps.run, stop=self.sweeps.stop)

    async def _measure(self) -> bool:
        await self.clearing.measure()
        return False

"""The parts of what organisations are told, put together."""

from __future__ import annotations

from datetime import timedelta

from crewline.broker.v1.events_pb2 import ProjectStateChanged
from crewline.payouts.v1.events_pb2 import FundsExhausted, FundsLow, StatementChanged
from crewline.quality.v1.events_pb2 import TasksResolved
from services.chassis.assembly import Assembly
from services.chassis.clock import Clock
from services.chassis.ids import NewId
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import Transactions
from services.payouts.announcements.notice import funds_running_out
from services.payouts.consumers.notice import NoticeConsumers
from services.payouts.domain.funding.funds_watch import FundsPolicy
from services.payouts.notice_sender import NoticeSender
from services.payouts.parts.ledger import LedgerParts
from services.payouts.settings.notice import NoticeSettings
from services.payouts.store.funding.funds_watches import FundsWatchStore
from services.payouts.store.notices.notices import DeliveryStore, EndpointStore
from services.payouts.usecases.fairness.pay_watching import PayWatching
from services.payouts.usecases.funding.funds_watching import FundsWatching
from services.payouts.usecases.notices.notice_news import NoticeNews
from services.payouts.usecases.notices.notice_sending import NoticeSending
from services.payouts.usecases.notices.notices import Notices


class NoticeParts:
    """By name: what the service starts, NoticeServicer calls, and tests look into."""

    def __init__(
        self,
        *,
        database: MongoDatabase,
        transactions: Transactions,
        clock: Clock,
        new_id: NewId,
        settings: NoticeSettings,
        ledger: LedgerParts,
        floor_watch_seconds: float,
    ) -> None:
        master_key = bytes.fromhex(settings.webhook_signing_key.get_secret_value().strip())
        endpoints = EndpointStore(database=database)
        deliveries = DeliveryStore(database=database)
        self.notices = Notices(
            transactions=transactions,
            endpoints=endpoints,
            deliveries=deliveries,
            new_id=new_id,
            master_key=master_key,
            allow_private=settings.webhook_allow_private,
            queued_max=settings.webhook_queued_max,
        )
        self.sender = NoticeSender(
            timeout_seconds=settings.webhook_send_timeout_seconds,
            allow_private=settings.webhook_allow_private,
        )
        self.sending = NoticeSending(
            sender=self.sender,
            endpoints=endpoints,
            deliveries=deliveries,
            clock=clock,
            new_id=new_id,
            master_key=master_key,
            tick_seconds=settings.webhook_tick_seconds,
        )
        self.funds = FundsWatching(
            transactions=transactions,
            watches=FundsWatchStore(database=database),
            books=ledger.books,
            projections=ledger.projection_store,
            ledger=ledger.store,
            policy=FundsPolicy(
                low_share=settings.funds_low_share,
                low_time=timedelta(hours=settings.funds_low_hours),
            ),
            announce=funds_running_out,
            clock=clock,
            pause_seconds=settings.funds_watch_seconds,
        )
        self.pay = PayWatching(
            prices=ledger.prices,
            watches=FundsWatchStore(database=database),
            books=ledger.books,
            notices=self.notices,
            clock=clock,
            pause_seconds=floor_watch_seconds,
        )
        self.consumers = NoticeConsumers(
            news=NoticeNews(notices=self.notices, projections=ledger.projection_store)
        )

    def add_to(self, base: Assembly) -> None:
        """Adds the background loops and what feeds them."""
        base.background("notice_sender", stop=self.sender.close)
        base.background("notices", run=self.sending.run, stop=self.sending.stop)
        base.background("funds_watch", run=self.funds.run, stop=self.funds.stop)
        base.background("pay_watch", run=self.pay.run, stop=self.pay.stop)
        told = self.consumers
        base.consume("payouts__notice_funds_low", FundsLow, told.funds_low)
        base.consume("payouts__notice_funds_exhausted", FundsExhausted, told.funds_exhausted)
        base.consume("payouts__notice_statement_changed", StatementChanged, told.statement_changed)
        base.consume(
            "payouts__notice_project_state_changed",
            ProjectStateChanged,
            told.project_state_changed,
        )
        base.consume("payouts__notice_tasks_resolved", TasksResolved, told.tasks_resolved)

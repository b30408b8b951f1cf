"""The parts of the rail, put together: stores, use cases, background loops."""

from __future__ import annotations

from datetime import timedelta

from services.chassis.assembly import Assembly
from services.chassis.clock import Clock
from services.chassis.ids import NewId
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import Transactions
from services.payouts.announcements.rail import statement_changed
from services.payouts.domain.payments.instructions import RailPolicy
from services.payouts.parts.funding import FundingParts
from services.payouts.parts.payout_rail import PayoutRailParts
from services.payouts.parts.statement import StatementParts
from services.payouts.settings import PayoutsSettings
from services.payouts.settings.rail import RailSettings
from services.payouts.store.answers.earnings import EarningsReads
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.ledger.corrections import CorrectionReads
from services.payouts.store.ledger.ledger import LedgerStore
from services.payouts.store.ledger.ledger_reads import LedgerReads
from services.payouts.store.papers.erasures import ErasureStore
from services.payouts.store.payments.instructions import InstructionStore
from services.payouts.store.payments.payout_accounts import PayoutAccountStore
from services.payouts.store.payments.webhooks import WebhookStore
from services.payouts.store.reconciliation.rail_sums import RailSums
from services.payouts.store.statements.periods import PeriodStore
from services.payouts.store.statements.statements import StatementStore
from services.payouts.stripe_api.connect_rail import StripeRail
from services.payouts.stripe_api.pace import Pace
from services.payouts.usecases.answers.answer_money import AnswerMoneyInspection
from services.payouts.usecases.payments.bank_changes import BankChanges
from services.payouts.usecases.payments.journal import InstructionJournal
from services.payouts.usecases.payments.pay_orders import PayOrders
from services.payouts.usecases.payments.payee_accounts import PayeeAccounts
from services.payouts.usecases.payments.paying import Payer
from services.payouts.usecases.payments.payout_accounts import PayoutAccounts
from services.payouts.usecases.payments.rail_fundings import RailFundings
from services.payouts.usecases.payments.rail_port import RecipientRail
from services.payouts.usecases.payments.resumptions import Resumptions
from services.payouts.usecases.payments.take_backs import TakeBacks
from services.payouts.usecases.payments.webhooks import Webhooks
from services.payouts.usecases.reconciliation.reconciliation import Reconciliation
from services.payouts.usecases.statements.period_sealing import PeriodSealing
from services.payouts.usecases.statements.periods import CheckBooks, Periods, SetAside, SettleFloors
from services.payouts.usecases.statements.statements import Statements


class Rail:
    """By name: what the service starts, RailServicer calls, and tests look into."""

    def __init__(
        self,
        *,
        database: MongoDatabase,
        transactions: Transactions,
        clock: Clock,
        new_id: NewId,
        settings: PayoutsSettings,
        ledger: LedgerStore,
        reads: LedgerReads,
        projections: ProjectionStore,
        check_books: CheckBooks,
        set_aside: SetAside,
        settle_floors: SettleFloors,
        sealing: PeriodSealing,
        statements: StatementParts,
    ) -> None:
        pace = Pace(requests_per_second=settings.stripe_requests_per_second)
        self.stripe = stripe_rail(settings, pace)
        self.policy = RailPolicy(
            absence_after=timedelta(seconds=settings.absence_after_seconds),
            sending_overdue=timedelta(seconds=settings.sending_overdue_seconds),
        )
        self.instructions = InstructionStore(database=database)
        poll_after = timedelta(seconds=settings.poll_seconds)
        statement_store = self.statement_store = StatementStore(database=database)
        account_store = PayoutAccountStore(database=database)
        self.payout_rails = PayoutRailParts(
            database=database,
            clock=clock,
            settings=settings,
            pace=pace,
            connect=self.stripe,
            connect_policy=self.policy,
            connect_accounts=account_store,
            projections=projections,
        )
        self.rails = self.payout_rails.rails
        period_store = self.period_store = PeriodStore(database=database)
        self.journal = InstructionJournal(
            transactions=transactions,
            instructions=self.instructions,
            statements=statement_store,
            ledger=ledger,
            policy_of=self.rails.policy,
            poll_after=poll_after,
            announce=statement_changed,
        )
        self.payer = Payer(
            rails=self.rails,
            settles_at_once=self.payout_rails.choices.settles_at_once,
            journal=self.journal,
            instructions=self.instructions,
            clock=clock,
            new_id=new_id,
            poll_after=poll_after,
            tick_seconds=settings.rail_tick_seconds,
            at_once=settings.payments_at_once,
        )
        self.funding = FundingParts(
            database=database,
            transactions=transactions,
            clock=clock,
            new_id=new_id,
            settings=settings,
            ledger=ledger,
            calls=self.stripe,
            policy=self.policy,
            names=statements.names,
            projections=projections,
        )
        self.deposits = self.funding.deposits

        def accounts_at(rail: RecipientRail, store: PayoutAccountStore) -> PayoutAccounts:
            return PayoutAccounts(
                transactions=transactions,
                rail=rail,
                accounts=store,
                statements=statement_store,
                projections=projections,
                clock=clock,
                new_id=new_id,
                policy=self.policy,
                poll_after=poll_after,
                tick_seconds=settings.rail_tick_seconds,
            )

        self.accounts = accounts_at(self.stripe, account_store)
        self.recipients = self.payout_rails.recipients(accounts_at)
        self.payee_accounts = PayeeAccounts(
            connect=self.accounts, recipients=self.recipients, rails=self.payout_rails.choices
        )
        self.periods = Periods(
            transactions=transactions,
            ledger=ledger,
            reads=reads,
            periods=period_store,
            statements=statement_store,
            erasures=ErasureStore(database=database),
            calendars=statements.calendars,
            making=statements.making,
            minimums_minor=statements.minimums_minor,
            clock=clock,
            tick_seconds=settings.rail_tick_seconds,
            announce=statement_changed,
            check_books=check_books,
            set_aside=set_aside,
            settle_floors=settle_floors,
            sealing=sealing,
        )
        self.answer_money = AnswerMoneyInspection(
            reads=reads, periods=period_store, statements=statement_store
        )
        self.orders = PayOrders(
            journal=self.journal,
            periods=period_store,
            statements=statement_store,
            routes=self.payout_rails.choices,
            policy_of=self.rails.policy,
            taxes=statements.taxes.identities,
            clock=clock,
        )
        self.take_backs = TakeBacks(
            rails=self.rails, journal=self.journal, instructions=self.instructions
        )
        self.resumptions = Resumptions(journal=self.journal, instructions=self.instructions)
        self.fundings = RailFundings(ledger=ledger, rails=self.rails)
        self.batches = self.payout_rails.batches(
            transactions=transactions, journal=self.journal, new_id=new_id
        )
        self.webhooks = Webhooks(
            rails=self.rails,
            recipients=self.recipients,
            bank_changes=BankChanges(
                journal=self.journal,
                instructions=self.instructions,
                policy_of=self.rails.policy,
            ),
            webhooks=WebhookStore(database=database),
            instructions=self.instructions,
            journal=self.journal,
            payer=self.payer,
            accounts=self.accounts,
            deposits=self.deposits,
            clock=clock,
            new_id=new_id,
            tick_seconds=settings.rail_tick_seconds,
        )
        self.statements = Statements(
            statements=statement_store,
            earnings=EarningsReads(database=database),
            corrections=CorrectionReads(database=database),
        )
        self.reconciliation = Reconciliation(
            transactions=transactions,
            sums=RailSums(database=database),
            instructions=self.instructions,
            providers=self.payout_rails.balances_of(self.stripe),
            platform_currency=settings.platform_currency,
        )

    def add_to(self, base: Assembly) -> None:
        """Adds the background loops; before `base.serve`, so that calls end before them."""
        base.background("stripe", stop=self.stripe.close)
        self.payout_rails.add_to(base, self.recipients)
        base.background("journal", stop=self.journal.close)
        base.background(
            "periods", start=self.periods.start, run=self.periods.run, stop=self.periods.stop
        )
        self.funding.papers.add_to(base)
        base.background("deposits", run=self.deposits.run, stop=self.deposits.stop)
        base.background("payout_accounts", run=self.accounts.run, stop=self.accounts.stop)
        base.background("paying", run=self.payer.run, stop=self.payer.stop)
        base.background("webhooks", run=self.webhooks.run, stop=self.webhooks.stop)
        base.background("webhook_receipts", stop=self.webhooks.close)


def stripe_rail(settings: RailSettings, pace: Pace) -> StripeRail:
    """The rail that the settings name; `pace` is shared by all that call with the same key."""
    return StripeRail(
        api_base=settings.stripe_api_base,
        secret_key=settings.stripe_secret_key.get_secret_value(),
        webhook_secrets={
            "platform": settings.stripe_webhook_secret_platform.get_secret_value(),
            "connect": settings.stripe_webhook_secret_connect.get_secret_value(),
        },
        platform_country=settings.platform_country,
        pace=pace,
        timeout_seconds=settings.stripe_timeout_seconds,
        webhook_tolerance_seconds=settings.webhook_tolerance_seconds,
    )

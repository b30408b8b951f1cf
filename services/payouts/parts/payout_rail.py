"""The rails, put together: which there are, who is paid on which, and files for banks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from services.chassis.assembly import Assembly
from services.chassis.clock import Clock
from services.chassis.ids import NewId
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import Transactions
from services.payouts.ciphers.bank import BankCipher
from services.payouts.domain.ledger.accounts import MANUAL_CSV, STRIPE, STRIPE_GLOBAL
from services.payouts.domain.payments.instructions import STRIPE_V2, RailPolicy
from services.payouts.domain.payments.payout_rails import Corridors
from services.payouts.manual_rail import MANUAL, ManualRail
from services.payouts.settings import PayoutsSettings
from services.payouts.settings.payout_rail import countries_of
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.payments.payout_accounts import PayoutAccountStore
from services.payouts.store.payments.payout_batches import PayoutBatchStore
from services.payouts.store.payments.payout_rail_collections import RECIPIENTS
from services.payouts.store.payments.payout_rails import BankDetailsStore, RailChoiceStore
from services.payouts.store.statements.statements import StatementStore
from services.payouts.stripe_api.global_rail import StripeGlobalRail
from services.payouts.stripe_api.pace import Pace
from services.payouts.usecases.payments.journal import InstructionJournal
from services.payouts.usecases.payments.payout_accounts import PayoutAccounts
from services.payouts.usecases.payments.payout_batches import PayoutBatches
from services.payouts.usecases.payments.payout_rails import PayoutRails
from services.payouts.usecases.payments.rail_port import PaymentRail, Rail, Rails, RecipientRail
from services.payouts.usecases.reconciliation.reconciliation import Balances

MakeAccounts = Callable[[RecipientRail, PayoutAccountStore], PayoutAccounts]


class PayoutRailParts:
    """By name: what payments go by, PayoutRailServicer calls, and tests look into."""

    def __init__(
        self,
        *,
        database: MongoDatabase,
        clock: Clock,
        settings: PayoutsSettings,
        pace: Pace,
        connect: PaymentRail,
        connect_policy: RailPolicy,
        connect_accounts: PayoutAccountStore,
        projections: ProjectionStore,
    ) -> None:
        self.batch_store = PayoutBatchStore(database=database)
        self.bank_details = BankDetailsStore(database=database)
        self.cipher = BankCipher(keys=settings.tax_number_keys.get_secret_value())
        rails: dict[str, Rail] = {STRIPE: connect}
        if settings.manual_csv_enabled:
            rails[MANUAL_CSV] = ManualRail(batches=self.batch_store, clock=clock)
        self.stripe_global = global_rail(settings, pace)
        recipients = PayoutAccountStore(database=database, collection=RECIPIENTS)
        self._recipient_store = recipients
        if self.stripe_global is not None:
            rails[STRIPE_GLOBAL] = self.stripe_global
        self.rails = Rails(
            connect=connect,
            rails=rails,
            policies={
                STRIPE: connect_policy,
                STRIPE_GLOBAL: replace(
                    STRIPE_V2,
                    absence_after=connect_policy.absence_after,
                    sending_overdue=connect_policy.sending_overdue,
                ),
                MANUAL_CSV: MANUAL,
            },
        )
        self.choices = PayoutRails(
            corridors=Corridors(
                platform_country=settings.platform_country,
                rails=self.rails.names,
                connect_countries=countries_of(settings.stripe_connect_countries),
                global_countries=countries_of(settings.stripe_global_countries),
            ),
            choices=RailChoiceStore(database=database),
            statements=StatementStore(database=database),
            bank_details=self.bank_details,
            projections=projections,
            accounts={STRIPE: connect_accounts, STRIPE_GLOBAL: recipients},
            cipher=self.cipher,
        )

    def balances_of(self, connect: PaymentRail) -> dict[str, Balances]:
        """What each provider says that the platform has there."""

        async def at_connect() -> dict[str, int | None]:
            found = await connect.platform_balances()
            return {
                one.currency: one.available_minor + one.pending_minor if one.is_known else None
                for one in found
            }

        asked: dict[str, Balances] = {STRIPE: at_connect}
        stripe_global = self.stripe_global
        if stripe_global is not None:

            async def at_global() -> dict[str, int | None]:
                # What is held for payments on their way has left our balance already.
                found = await stripe_global.balances()
                return {
                    one.currency: one.available_minor if one.is_known else None for one in found
                }

            asked[STRIPE_GLOBAL] = at_global
        return asked

    def recipients(self, make: MakeAccounts) -> PayoutAccounts | None:
        """Payees' accounts for Global Payouts, where these are set up."""
        if self.stripe_global is None:
            return None
        return make(self.stripe_global, self._recipient_store)

    def add_to(self, base: Assembly, recipients: PayoutAccounts | None) -> None:
        """Adds the background loops."""
        if self.stripe_global is not None:
            base.background("stripe_global", stop=self.stripe_global.close)
        if recipients is not None:
            base.background("payout_recipients", run=recipients.run, stop=recipients.stop)

    def batches(
        self, *, transactions: Transactions, journal: InstructionJournal, new_id: NewId
    ) -> PayoutBatches:
        """Files for banks; they tell the journal what came of them."""
        return PayoutBatches(
            transactions=transactions,
            batches=self.batch_store,
            bank_details=self.bank_details,
            cipher=self.cipher,
            journal=journal,
            new_id=new_id,
        )


def global_rail(settings: PayoutsSettings, pace: Pace) -> StripeGlobalRail | None:
    """Global Payouts, where the settings name a financial account to pay from."""
    if not settings.stripe_financial_account:
        return None
    return StripeGlobalRail(
        api_base=settings.stripe_api_base,
        secret_key=settings.stripe_secret_key.get_secret_value(),
        webhook_secret=settings.stripe_webhook_secret_v2.get_secret_value(),
        financial_account=settings.stripe_financial_account,
        pace=pace,
        timeout_seconds=settings.stripe_timeout_seconds,
        webhook_tolerance_seconds=settings.webhook_tolerance_seconds,
    )

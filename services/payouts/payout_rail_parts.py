"""The rails, put together: which there are, who is paid on which, and files for banks."""

from __future__ import annotations

from services.chassis.clock import Clock
from services.chassis.ids import NewId
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import Transactions
from services.payouts.bank_cipher import BankCipher
from services.payouts.domain.accounts import MANUAL_CSV, STRIPE
from services.payouts.domain.instructions import RailPolicy
from services.payouts.domain.payout_rails import Corridors
from services.payouts.manual_rail import MANUAL, ManualRail
from services.payouts.payout_rail_settings import countries_of
from services.payouts.settings import PayoutsSettings
from services.payouts.store.payout_accounts import PayoutAccountStore
from services.payouts.store.payout_batches import PayoutBatchStore
from services.payouts.store.payout_rails import BankDetailsStore, RailChoiceStore
from services.payouts.store.projections import ProjectionStore
from services.payouts.usecases.journal import InstructionJournal
from services.payouts.usecases.payout_batches import PayoutBatches
from services.payouts.usecases.payout_rails import PayoutRails
from services.payouts.usecases.rail_port import PaymentRail, Rail, Rails


class PayoutRailParts:
    """By name: what payments go by, PayoutRailServicer calls, and tests look into."""

    def __init__(
        self,
        *,
        database: MongoDatabase,
        clock: Clock,
        settings: PayoutsSettings,
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
        self.rails = Rails(
            connect=connect,
            rails=rails,
            policies={STRIPE: connect_policy, MANUAL_CSV: MANUAL},
        )
        self.choices = PayoutRails(
            corridors=Corridors(
                platform_country=settings.platform_country,
                rails=self.rails.names,
                connect_countries=countries_of(settings.stripe_connect_countries),
                global_countries=countries_of(settings.stripe_global_countries),
            ),
            choices=RailChoiceStore(database=database),
            bank_details=self.bank_details,
            projections=projections,
            accounts={STRIPE: connect_accounts},
            cipher=self.cipher,
        )

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

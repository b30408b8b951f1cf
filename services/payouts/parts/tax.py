"""The parts of taxes, put together: the cipher, forms, what waits for them, what is withheld."""

from __future__ import annotations

from services.chassis.assembly import Assembly
from services.chassis.clock import Clock
from services.chassis.mongo import MongoDatabase
from services.payouts.ciphers.tax import TaxCipher
from services.payouts.domain.statements.tax_forms import TaxForm, TaxFormPolicy
from services.payouts.domain.statements.withholding import (
    WithholdingPolicy,
    WithholdingRule,
    by_table,
)
from services.payouts.settings.tax import TaxSettings
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.ledger.ledger import LedgerStore
from services.payouts.store.statements.statements import StatementStore
from services.payouts.store.statements.tax_identities import TaxIdentityStore
from services.payouts.usecases.statements.tax_identities import TaxIdentities
from services.payouts.usecases.statements.tax_remittances import TaxRemittances

# Keys change seldom, and nothing waits for it.
_RESEAL_SECONDS = 60.0


class TaxParts:
    """By name: what the service starts, TaxServicer calls, and tests look into."""

    def __init__(
        self,
        *,
        database: MongoDatabase,
        clock: Clock,
        settings: TaxSettings,
        projections: ProjectionStore,
        ledger: LedgerStore,
    ) -> None:
        self.cipher = TaxCipher.of_settings(
            keys=settings.tax_number_keys.get_secret_value(),
            lookup_key=settings.tax_lookup_key.get_secret_value(),
        )
        self.withholding = withholding_of(settings)
        self.remittances = TaxRemittances(ledger=ledger)
        self.identities = TaxIdentities(
            identities=TaxIdentityStore(database=database),
            statements=StatementStore(database=database),
            projections=projections,
            cipher=self.cipher,
            policy=TaxFormPolicy(waiting_countries=settings.tax_form_countries),
            clock=clock,
            reseal_seconds=_RESEAL_SECONDS,
        )

    def add_to(self, base: Assembly) -> None:
        """Adds the background loop."""
        base.background("tax_numbers", run=self.identities.run, stop=self.identities.stop)


def withholding_of(settings: TaxSettings) -> WithholdingPolicy:
    """What the settings' table says. Errors: WithholdingInvalid: the process does not start."""
    return by_table(
        [
            WithholdingRule(
                name=row.name,
                authority=row.authority,
                rate_bps=row.rate_bps,
                source=row.source,
                valid_from=row.valid_from,
                valid_to=row.valid_to,
                country=row.country,
                forms=frozenset(TaxForm(form) for form in row.forms),
                line_kinds=row.line_kinds,
            )
            for row in settings.withholding_rules
        ]
    )

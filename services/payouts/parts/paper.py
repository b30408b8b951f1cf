"""The parts of receipts and invoices, put together."""

from __future__ import annotations

from datetime import timedelta

from services.chassis.assembly import Assembly
from services.chassis.clock import Clock
from services.chassis.ids import NewId
from services.chassis.loops import Loop
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import Transactions
from services.payouts.domain.papers.billing import Particulars
from services.payouts.domain.papers.papers import Tax
from services.payouts.papers.typesetting import Typesetter
from services.payouts.settings.paper import PaperSettings
from services.payouts.store.answers.costs import CostReads
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.papers.billing import BillingStore
from services.payouts.store.papers.names import NameStore
from services.payouts.store.papers.papers import PaperStore
from services.payouts.usecases.papers.billing import Billing
from services.payouts.usecases.papers.papers import Issuer, Papers


class PaperParts:
    """By name: what the service starts, PaperServicer calls, and tests look into."""

    def __init__(
        self,
        *,
        database: MongoDatabase,
        transactions: Transactions,
        clock: Clock,
        new_id: NewId,
        settings: PaperSettings,
        names: NameStore,
        projections: ProjectionStore,
    ) -> None:
        self.billing = Billing(billing=BillingStore(database=database), names=names)
        self.papers = Papers(
            transactions=transactions,
            papers=PaperStore(database=database),
            costs=CostReads(database=database),
            typeset=Typesetter().pdf,
            projections=projections,
            name_client=self.billing.name,
            tax_client=self.billing.taxed,
            issuer=Issuer(
                particulars=issuer_of(settings),
                tax=Tax(name=settings.invoice_tax_name, rate_bps=settings.invoice_tax_bps),
                notes=settings.invoice_notes,
            ),
            settled_after=timedelta(seconds=settings.invoice_settled_seconds),
            clock=clock,
            new_id=new_id,
        )
        self.invoicing = Loop(
            name="invoices", turn=self.papers.turn, pause_seconds=settings.invoice_check_seconds
        )

    def add_to(self, base: Assembly) -> None:
        """Adds the background loop."""
        base.background("invoices", run=self.invoicing.run, stop=self.invoicing.stop)


def issuer_of(settings: PaperSettings) -> Particulars:
    """Who issues papers, as they name it."""
    name, *lines = settings.invoice_issuer
    return Particulars(
        name=name,
        lines=tuple(lines),
        tax_number=settings.invoice_issuer_tax_number,
        registration=settings.invoice_issuer_registration,
    )

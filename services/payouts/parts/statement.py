"""The parts that statements are made of, put together: calendars, taxes, frozen documents."""

from __future__ import annotations

from services.chassis.mongo import MongoDatabase
from services.payouts.business_days import BusinessDays
from services.payouts.domain.papers.billing import Particulars
from services.payouts.papers.typesetting import Typesetter
from services.payouts.parts.tax import TaxParts
from services.payouts.settings.calendar import CalendarSettings
from services.payouts.store.answers.decisions import DecisionStore
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.fairness.floor_tests import FloorTestStore
from services.payouts.store.ledger.corrections import CorrectionReads
from services.payouts.store.papers.names import NameStore
from services.payouts.store.statements.pay_calendars import PayCalendarStore
from services.payouts.store.statements.statement_documents import StatementDocumentStore
from services.payouts.usecases.statements.statement_making import StatementMaking


class StatementParts:
    """By name: what closes periods with them, and what shows them."""

    def __init__(
        self,
        *,
        database: MongoDatabase,
        settings: CalendarSettings,
        projections: ProjectionStore,
        taxes: TaxParts,
        names: NameStore,
        issuer: Particulars,
    ) -> None:
        self.names = names
        self.calendars = PayCalendarStore(database=database)
        self.documents = StatementDocumentStore(database=database)
        self.working_days = BusinessDays()
        self.typesetter = Typesetter()
        self.minimums_minor = dict(settings.statement_minimums_minor)
        self.taxes = taxes
        self.making = StatementMaking(
            documents=self.documents,
            calendars=self.calendars,
            decisions=DecisionStore(database=database),
            projections=projections,
            taxes=taxes.identities,
            withholding=taxes.withholding,
            is_working_day=self.working_days.is_working_day,
            floor_tests=FloorTestStore(database=database),
            names=names,
            issuer=issuer,
            corrections=CorrectionReads(database=database),
        )

"""The parts of corrections by two persons, put together."""

from __future__ import annotations

from datetime import timedelta

from services.chassis.ids import NewId
from services.chassis.mongo import MongoDatabase
from services.payouts.domain.ledger.two_persons import TwoPersons
from services.payouts.parts.ledger import LedgerParts
from services.payouts.settings.adjustments import AdjustmentSettings
from services.payouts.store.ledger.adjustments import AdjustmentStore
from services.payouts.store.statements.periods import PeriodStore
from services.payouts.usecases.ledger.adjustments import AdjustmentPolicy, Adjustments


def adjustments_of(
    *, database: MongoDatabase, new_id: NewId, settings: AdjustmentSettings, ledger: LedgerParts
) -> Adjustments:
    """What AdjustmentServicer calls."""
    return Adjustments(
        adjustments=AdjustmentStore(database=database),
        ledger=ledger.store,
        books=ledger.books,
        releases=ledger.releases,
        periods=PeriodStore(database=database),
        projections=ledger.projection_store,
        new_id=new_id,
        policy=AdjustmentPolicy(
            two_persons=TwoPersons(needed=settings.two_persons),
            expires_after=timedelta(days=settings.adjustment_days),
        ),
    )

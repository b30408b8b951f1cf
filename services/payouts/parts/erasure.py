"""Erasures of people, put together: what hears of them, carries them out, and tells how far."""

from __future__ import annotations

from crewline.vendors.v1.events_pb2 import ContractorErasureAsked
from services.chassis.assembly import Assembly
from services.chassis.clock import Clock
from services.chassis.ids import NewId
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import Transactions
from services.payouts.consumers.erasure import ErasureConsumers
from services.payouts.parts.names import NameParts
from services.payouts.parts.rail import Rail
from services.payouts.store.answers.contractor_money import ContractorMoneyReads
from services.payouts.store.answers.earnings import EarningsReads
from services.payouts.usecases.papers.erasures import Erasures


class ErasureParts:
    """By name: what the service starts, ErasureServicer calls, and tests look into."""

    def __init__(
        self,
        *,
        database: MongoDatabase,
        transactions: Transactions,
        clock: Clock,
        new_id: NewId,
        names: NameParts,
        rail: Rail,
    ) -> None:
        self.erasures = Erasures(
            transactions=transactions,
            erasures=names.erasures,
            people=names.people,
            earnings=EarningsReads(database=database),
            reads=ContractorMoneyReads(database=database),
            statements=rail.statement_store,
            instructions=rail.instructions,
            clock=clock,
            new_id=new_id,
        )
        self.consumers = ErasureConsumers(erasures=self.erasures)

    def add_to(self, base: Assembly) -> None:
        """Adds what hears of them and the background loop."""
        base.background("erasures", run=self.erasures.run, stop=self.erasures.stop)
        base.consume(
            "payouts__contractor_erasure_asked", ContractorErasureAsked, self.consumers.asked
        )

"""The parts that know what everybody is called, put together."""

from __future__ import annotations

import secrets

from crewline.accounts.v1.events_pb2 import OrganisationRegistered
from crewline.vendors.v1.events_pb2 import ContractorsNamed
from services.chassis.assembly import Assembly
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import Transactions
from services.payouts.consumers.names import NameConsumers
from services.payouts.store.papers.erasures import ErasureStore, PersonRows
from services.payouts.store.papers.names import NameStore
from services.payouts.usecases.papers.names import Names


class NameParts:
    """By name: what papers and statements ask, and what tests call."""

    def __init__(self, *, database: MongoDatabase, transactions: Transactions) -> None:
        self.store = NameStore(database=database)
        self.erasures = ErasureStore(database=database)
        self.people = PersonRows(database=database)
        self.names = Names(
            transactions=transactions,
            names=self.store,
            erasures=self.erasures,
            people=self.people,
            random_bytes=secrets.token_bytes,
        )
        self.consumers = NameConsumers(names=self.names)

    def add_to(self, base: Assembly) -> None:
        """Adds what hears of names."""
        base.consume(
            "payouts__organisation_registered",
            OrganisationRegistered,
            self.consumers.organisation_registered,
        )
        base.consume(
            "payouts__contractors_named", ContractorsNamed, self.consumers.contractors_named
        )

"""The composition root of accounts."""

from __future__ import annotations

import time
from dataclasses import dataclass

import grpc

from crewline.accounts.v1 import service_pb2, service_pb2_grpc
from crewline.vendors.v1 import events_pb2
from services.accounts.consumers import CONTRACTORS_CHANGED, contractors_changed
from services.accounts.domain.rate_limits import RateLimit
from services.accounts.servicer import AccountsServicer
from services.accounts.settings import AccountsSettings
from services.accounts.store import COLLECTIONS, AccountsStore
from services.accounts.usecases.api_keys import ApiKeys
from services.accounts.usecases.bootstrap import Bootstrap
from services.accounts.usecases.people import ContractorMirror, People
from services.accounts.usecases.tokens import KeyExchange, KeySet, TokenSigner
from services.chassis.assembly import Assembly
from services.chassis.authentication import TokenVerifier
from services.chassis.clock import Clock
from services.chassis.ids import NewId, new_secret
from services.chassis.lifecycle import Lifecycle, run_service
from services.chassis.mongo import MongoDatabase
from services.chassis.settings import load_settings
from services.chassis.unit_of_work import Transactions

NAME = "accounts"
SERVICE_NAME = service_pb2.DESCRIPTOR.services_by_name["AccountsService"].full_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The service but for its connections and its server."""

    servicer: AccountsServicer
    exchange: KeyExchange
    key_set: KeySet
    mirror: ContractorMirror

    def register(self, server: grpc.aio.Server) -> None:
        """Adds the RPCs to a server."""
        service_pb2_grpc.add_AccountsServiceServicer_to_server(self.servicer, server)


def main() -> None:
    """Runs the service until SIGTERM."""
    settings = load_settings(AccountsSettings)

    async def build_service(lifecycle: Lifecycle) -> None:
        await build(lifecycle, settings)

    run_service(NAME, settings, build_service)


async def build(lifecycle: Lifecycle, settings: AccountsSettings) -> None:
    """Connects, composes, and adds what runs to the lifecycle."""
    base = await Assembly.connect(
        name=NAME, settings=settings, lifecycle=lifecycle, collections=COLLECTIONS
    )
    parts = await compose(
        settings=settings,
        database=base.database,
        transactions=base.transactions,
        clock=base.clock,
        new_id=base.new_id,
    )
    base.consume(
        CONTRACTORS_CHANGED, events_pb2.ContractorsChanged, contractors_changed(parts.mirror)
    )
    base.background("key exchange", stop=parts.exchange.close)
    base.serve(
        parts.register,
        service_name=SERVICE_NAME,
        verifier=TokenVerifier(fetch_keys=parts.key_set.fetch),
    )


async def compose(
    *,
    settings: AccountsSettings,
    database: MongoDatabase,
    transactions: Transactions,
    clock: Clock,
    new_id: NewId,
) -> Parts:
    """Puts the parts together; makes the first operator and the first signing key."""
    store = AccountsStore(database=database)
    await Bootstrap(store=store, transactions=transactions).run(
        operator_key=settings.bootstrap_operator_key.get_secret_value()
    )
    key_set = KeySet(store=store, transactions=transactions)
    keys = ApiKeys(store=store, new_id=new_id, new_secret=new_secret)
    exchange = KeyExchange(
        store=store,
        signer=TokenSigner(key=await key_set.ensure(), token_seconds=settings.token_seconds),
        clock=clock,
        monotonic=time.monotonic,
        failures=RateLimit(
            burst=settings.failed_exchange_burst,
            per_second=settings.failed_exchanges_per_minute / 60,
        ),
    )
    people = People(
        store=store,
        keys=keys,
        new_id=new_id,
        registrations=RateLimit(
            burst=settings.registration_burst, per_second=settings.registrations_per_minute / 60
        ),
        monotonic=time.monotonic,
    )
    return Parts(
        servicer=AccountsServicer(  # type: ignore[abstract]
            transactions=transactions,
            people=people,
            keys=keys,
            exchange=exchange,
            key_set=key_set,
        ),
        exchange=exchange,
        key_set=key_set,
        mirror=ContractorMirror(store=store, transactions=transactions),
    )

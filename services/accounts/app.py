"""The composition root of accounts."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass

import grpc

from crewline.accounts.v1 import service_pb2, service_pb2_grpc
from crewline.vendors.v1 import events_pb2
from services.accounts.argon2_passwords import Argon2Passwords
from services.accounts.consumers import (
    CONTRACTOR_ERASED,
    CONTRACTORS_CHANGED,
    contractor_erased,
    contractors_changed,
)
from services.accounts.domain.rate_limits import RateLimit
from services.accounts.servicer.addresses import CallerAddresses
from services.accounts.servicer.invitations import InvitationsServicer
from services.accounts.servicer.keys import KeysServicer
from services.accounts.servicer.once import OncePerRequest
from services.accounts.servicer.people import PeopleServicer
from services.accounts.servicer.sessions import SessionsServicer
from services.accounts.settings import AccountsSettings
from services.accounts.sign_in_parts import SignInParts
from services.accounts.store.collections import COLLECTIONS
from services.accounts.store.invitations import InvitationStore
from services.accounts.store.keys import KeyStore
from services.accounts.store.people import PeopleStore
from services.accounts.store.sign_ins import SignInStore
from services.accounts.usecases.api_keys import ApiKeys
from services.accounts.usecases.bootstrap import Bootstrap
from services.accounts.usecases.erasures import Erasures
from services.accounts.usecases.new_secrets import SecretSource
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


class AccountsServicer(
    PeopleServicer,
    KeysServicer,
    InvitationsServicer,
    SessionsServicer,
    service_pb2_grpc.AccountsServiceServicer,
):
    """All RPCs of the service: each part brings its own."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        addresses: CallerAddresses,
        people: People,
        keys: ApiKeys,
        exchange: KeyExchange,
        key_set: KeySet,
        sign_in: SignInParts,
    ) -> None:
        once = OncePerRequest(transactions=transactions, passwords=sign_in.passwords)
        PeopleServicer.__init__(
            self, once=once, people=people, passwords=sign_in.passwords, addresses=addresses
        )
        KeysServicer.__init__(
            self, once=once, keys=keys, exchange=exchange, key_set=key_set, addresses=addresses
        )
        InvitationsServicer.__init__(
            self,
            once=once,
            invitations=sign_in.invitations,
            acceptance=sign_in.acceptance,
            addresses=addresses,
        )
        SessionsServicer.__init__(
            self,
            once=once,
            transactions=transactions,
            sign_ins=sign_in.sign_ins,
            sessions=sign_in.sessions,
            session_exchange=sign_in.exchange,
            addresses=addresses,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The service but for its connections and its server."""

    servicer: AccountsServicer
    exchange: KeyExchange
    hashes: Argon2Passwords
    key_set: KeySet
    mirror: ContractorMirror
    erasures: Erasures

    def register(self, server: grpc.aio.Server) -> None:
        """Adds the RPCs to a server."""
        service_pb2_grpc.add_AccountsServiceServicer_to_server(self.servicer, server)

    async def close(self) -> None:
        """Returns when what began has ended."""
        await self.exchange.close()
        await self.hashes.close()


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
    base.consume(CONTRACTOR_ERASED, events_pb2.ContractorErased, contractor_erased(parts.erasures))
    base.background("look-ups and hashes", stop=parts.close)
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
    monotonic: Callable[[], float] = time.monotonic,
) -> Parts:
    """Puts the parts together; makes the first operator and the first signing key."""
    people_store, key_store = PeopleStore(database=database), KeyStore(database=database)
    await Bootstrap(people=people_store, keys=key_store, transactions=transactions).run(
        operator_key=settings.bootstrap_operator_key.get_secret_value()
    )
    key_set = KeySet(store=key_store, transactions=transactions)
    signer = TokenSigner(key=await key_set.ensure(), token_seconds=settings.token_seconds)
    source = SecretSource(new_id=new_id, new_secret=new_secret)
    keys = ApiKeys(store=key_store, people=people_store, source=source)
    sign_in = SignInParts(
        settings=settings,
        database=database,
        people=people_store,
        transactions=transactions,
        signer=signer,
        source=source,
        clock=clock,
        monotonic=monotonic,
    )
    exchange = KeyExchange(
        store=key_store, signer=signer, clock=clock, failures=sign_in.key_failures
    )
    people = People(
        store=people_store,
        keys=keys,
        passwords=sign_in.passwords,
        new_id=new_id,
        registrations=RateLimit(
            burst=settings.registration_burst, per_second=settings.registrations_per_minute / 60
        ),
        monotonic=monotonic,
    )
    return Parts(
        servicer=AccountsServicer(
            transactions=transactions,
            addresses=CallerAddresses(
                trusted=[ipaddress.ip_network(text) for text in settings.trusted_proxy_networks]
            ),
            people=people,
            keys=keys,
            exchange=exchange,
            key_set=key_set,
            sign_in=sign_in,
        ),
        exchange=exchange,
        hashes=sign_in.hashes,
        key_set=key_set,
        mirror=ContractorMirror(store=people_store, transactions=transactions),
        erasures=Erasures(
            transactions=transactions,
            people=people_store,
            keys=key_store,
            sign_ins=SignInStore(database=database),
            invitations=InvitationStore(database=database),
        ),
    )

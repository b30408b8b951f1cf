"""A process of payouts: the whole service but for its ports, built anew from the database."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pydantic import SecretStr

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.chassis.authentication import Principal, set_principal
from services.chassis.errors import DomainError
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import Transactions
from services.payouts.app import Payouts
from services.payouts.domain.answers.decisions import Decision
from services.payouts.domain.ledger.audits import Finding
from services.payouts.settings import PayoutsSettings
from tests.rpc.payouts.served_ledger import TAX_LOOKUP_KEY, TAX_NUMBER_KEYS, WEBHOOK_SIGNING_KEY
from tests.simulation.loop import SimulatedLoop
from tests.simulation.processes import Process, ProcessGoneError
from tests.simulation.stripe_world import SECRET_KEY, URL

Run = Callable[[], Awaitable[None]]
_REQUESTS = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
OPERATOR = Principal(
    subject_id="per_operator",
    organisation_id="org_platform",
    organisation_kind="platform",
    roles=frozenset({"OPERATOR"}),
)
# Days would be thousands of turns of every loop.
REFUND_SECONDS = 240.0


class _Background:
    """Takes the service's loops as its Assembly would; run() starts them."""

    def __init__(self) -> None:
        self.starts: list[Run] = []
        self.runs: list[Run] = []

    def background(
        self,
        name: str,
        *,
        start: Run | None = None,
        run: Run | None = None,
        stop: Run | None = None,
    ) -> None:
        if start is not None:
            self.starts.append(start)
        if run is not None:
            self.runs.append(run)


class PayoutsProcess:
    """One incarnation: what it keeps in memory dies with it."""

    def __init__(
        self,
        *,
        loop: SimulatedLoop,
        database: MongoDatabase,
        secrets: dict[str, str],
        number: int,
        stop_at: int = 0,
    ) -> None:
        self.process = Process(f"payouts {number}", stop_at=stop_at)
        # Ids that nobody had before, not even in what the run goes on from.
        born, numbers = int(loop.time() * 1_000), itertools.count(1)

        def new_id(prefix: str) -> str:
            return f"{prefix}_{number}.{born}.{next(numbers)}"

        self.loops: list[asyncio.Task[None]] = []
        # A database handle of its own: sessions that served another process are not its.
        self.database = MongoDatabase(client=database._client, name=database.name)
        self.transactions = Transactions(database=self.database, clock=loop.clock, new_id=new_id)
        self.parts = Payouts(
            database=self.database,
            transactions=self.transactions,
            clock=loop.clock,
            new_id=new_id,
            settings=settings_for(database.name, tuple(sorted(secrets.items()))),
        )

    async def run(self) -> None:
        """Starts its loops; they run until it is stopped."""
        loops = _Background()
        self.parts.rail.add_to(loops)  # type: ignore[arg-type]
        self.parts.client_money.add_to(loops)  # type: ignore[arg-type]
        for start in loops.starts:
            await self.process.call(_run(start))
        for run in loops.runs:
            self.loops.append(self.process.start(_run(run)))

    async def end(self) -> None:
        """At the end of a run: nothing of it is left."""
        self.process.stop()
        await self.bury()

    async def bury(self) -> None:
        """Takes away what is left in this program of one that is dead."""
        await self.process.reap()
        await self.parts.rail.stripe.close()
        stripe_global = self.parts.rail.payout_rails.stripe_global
        if stripe_global is not None:
            await stripe_global.close()

    async def ask(self, method: str, request: Any, *, who: Principal = OPERATOR) -> Any:
        """An RPC, past the wire. Errors: ProcessGoneError; DomainError as the caller would see."""

        async def asked() -> Any:
            set_principal(who)
            return await getattr(self.parts.servicer, method)(request, None)

        return await self.process.call(asked())

    async def notify(self, payload: bytes, *, signature: str, endpoint: str) -> bool:
        """A webhook, as the gateway hands it on; false where it is to be sent again."""
        try:
            await self.process.call(
                self.parts.rail.webhooks.receive(payload, signature=signature, endpoint=endpoint)
            )
        except (DomainError, ProcessGoneError):
            return False
        return True

    async def audit(self) -> list[Finding]:
        """What the service itself finds wrong with its statements, its chain and its books."""
        ledger = self.parts.ledger

        async def looked() -> list[Finding]:
            await ledger.chain.chain.advance()
            await ledger.chain.audit.round()
            while await ledger.statement_audit.turn():
                pass
            return await self.transactions.run(ledger.audit.findings)

        return await self.process.call(looked())

    async def decide(self, decisions: Sequence[Decision]) -> None:
        """News from quality, as the bus delivers it."""
        await self.process.call(self.parts.ledger.accruals.decided(decisions))


def request_id(text: str) -> str:
    """The same for the same order: what is ordered again is not done twice."""
    return str(uuid.uuid5(_REQUESTS, text))


def depositing(client_id: str, amount_minor: int, *, number: int) -> pb.CreateDepositRequest:
    return pb.CreateDepositRequest(
        request_id=request_id(f"deposit {client_id} {number}"),
        client_id=client_id,
        amount=common_pb2.Money(amount_minor=amount_minor, currency="USD"),
    )


def payee_principal(payee_id: str) -> Principal:
    is_vendor = payee_id.startswith("org_")
    return Principal(
        subject_id=f"per_{payee_id}" if is_vendor else payee_id,
        organisation_id=payee_id if is_vendor else "org_vendor",
        organisation_kind="vendor",
        roles=frozenset({"VENDOR" if is_vendor else "CONTRACTOR"}),
    )


def operator(name: str) -> Principal:
    """One of several who work for the platform."""
    return replace(OPERATOR, subject_id=f"per_{name}")


def state_name(statement: types_pb2.Statement) -> str:
    name = types_pb2.StatementState.Name(statement.state)
    return name.removeprefix("STATEMENT_STATE_")


@lru_cache
def settings_for(database: str, known: tuple[tuple[str, str], ...]) -> PayoutsSettings:
    """As in production, but for the addresses: time costs nothing here.

    `known`: what `StripeWorld.register` told.
    """
    secrets = dict(known)
    return PayoutsSettings(
        mongo_uri=SecretStr("mongodb://unused"),
        mongo_database=database,
        nats_url="nats://unused",
        stripe_api_base=URL,
        stripe_secret_key=SecretStr(SECRET_KEY),
        stripe_webhook_secret_platform=SecretStr(secrets["platform"]),
        stripe_webhook_secret_connect=SecretStr(secrets["connect"]),
        stripe_webhook_secret_v2=SecretStr(secrets.get("v2", "")),
        stripe_financial_account=secrets.get("financial_account", ""),
        tax_number_keys=SecretStr(TAX_NUMBER_KEYS),
        tax_lookup_key=SecretStr(TAX_LOOKUP_KEY),
        webhook_signing_key=SecretStr(WEBHOOK_SIGNING_KEY),
        rail_tick_seconds=60.0,
        floor_fallback_hourly_minor={"USD": 1, "EUR": 1},
        floor_needs_estimate=False,
    ).model_copy(update={"refund_days": REFUND_SECONDS / 86_400})


async def _run(work: Run) -> None:
    await work()

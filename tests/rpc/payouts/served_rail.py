"""The whole of payouts under test beside a real Stripe sandbox, with its webhooks coming in."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import service_pb2_grpc, types_pb2
from services.chassis.errors import Kind
from services.chassis.grpc_client import call
from services.chassis.grpc_errors import RemoteError
from services.chassis.ids import new_id
from services.chassis.unit_of_work import Transactions
from services.payouts.app import COLLECTIONS, SERVICE_NAME, Payouts
from services.payouts.domain.answers.decisions import Decision, Verdict
from services.payouts.domain.ledger.money import LEDGER_UNITS_PER_MINOR
from services.payouts.settings import PayoutsSettings
from tests.contract.sandbox_process import SECRET_KEY, SandboxProcess, Stripe
from tests.rpc.harness import TIMEOUT_SECONDS, RpcHarness
from tests.rpc.payouts.served_ledger import TAX_LOOKUP_KEY, TAX_NUMBER_KEYS, WEBHOOK_SIGNING_KEY
from tests.waiting import eventually

DECIDED_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
FLAGS = (
    "--rate-limit=0",
    "--payout-seconds=0.1",
    "--webhook-retry-base-seconds=0.05",
)
CLIENT = "org_client"
STATES = types_pb2.StatementState
CLOSED = types_pb2.PAY_PERIOD_STATE_CLOSED


@dataclass(slots=True, kw_only=True)
class Hooks:
    """Where the sandbox delivers: it hands on to ReceiveWebhook, as the gateway does."""

    port: int = 0
    stub: Any = None
    # Lost on the way while this is false: the sandbox believes that it was delivered.
    open: bool = True
    # The sandbox is told that it was not.
    refusing: bool = False
    received: list[tuple[str, bytes, str]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        endpoint, payload = request.match_info["endpoint"], await request.read()
        signature = request.headers["Stripe-Signature"]
        self.received.append((endpoint, payload, signature))
        if not self.open:
            return web.Response(status=200)
        if self.refusing:
            return web.Response(status=503)
        try:
            await call(
                self.stub.ReceiveWebhook,
                pb.ReceiveWebhookRequest(endpoint=endpoint, payload=payload, signature=signature),
                timeout_seconds=TIMEOUT_SECONDS,
            )
        except Exception:
            return web.Response(status=503)
        return web.Response(status=200)


@dataclass(slots=True, kw_only=True)
class ServedRail:
    """Payouts, its stub, the sandbox, and who calls."""

    rpc: RpcHarness
    parts: Payouts
    transactions: Transactions
    stub: Any
    stripe: Stripe
    hooks: Hooks
    settings: PayoutsSettings
    loops: list[asyncio.Task[None]] = field(default_factory=list)
    answers: int = 0

    # Who calls

    def operator(self) -> str:
        return self.rpc.mint.token("OPERATOR")

    def payee(self, payee_id: str) -> str:
        if payee_id.startswith("org_") or payee_id == "acme":
            return self.rpc.mint.token("VENDOR", organisation_id=payee_id)
        return self.rpc.mint.token("CONTRACTOR", subject_id=payee_id)

    async def send(self, method: Any, request: Any, *, token: str = "") -> Any:
        return await call(
            method, request, timeout_seconds=TIMEOUT_SECONDS, token=token or self.operator()
        )

    # What the other services would tell

    async def vendors(self, *vendor_ids: str, country: str = "US") -> None:
        await self.parts.ledger.projections.vendors_changed(
            [
                {"_id": vendor_id, "country": country, "state": "APPROVED", "version": 1}
                for vendor_id in vendor_ids
            ]
        )
        await self.parts.ledger.projections.rate_cards_set(
            [{"_id": vendor_id, "rates_bps": {"1": 1000}, "version": 1} for vendor_id in vendor_ids]
        )

    async def contractors(
        self, *contractor_ids: str, vendor_id: str = "", country: str = "US"
    ) -> None:
        await self.parts.ledger.projections.contractors_changed(
            [
                {
                    "_id": contractor_id,
                    "organisation_id": vendor_id or "org_platform",
                    "is_direct": not vendor_id,
                    "country": country,
                    "version": 1,
                }
                for contractor_id in contractor_ids
            ]
        )

    async def project(
        self,
        project_id: str = "prj_1",
        *,
        hold_minor: int = 0,
        benefits_bps: int = 0,
        **changes: Any,
    ) -> None:
        """A project that pays 100 an answer, with money held for it if so asked."""
        await self.parts.ledger.projections.projects_created(
            [
                {
                    "_id": project_id,
                    "client_id": CLIENT,
                    "kind": 1,
                    "pay_units": 1_000_000,
                    "benefits_bps": benefits_bps,
                    "floor_reserve_bps": 0,
                    "currency": "USD",
                    "platform_fee_bps": 2000,
                    "commission_bps_max": 1500,
                    "version": 1,
                    **changes,
                }
            ]
        )
        if hold_minor:
            request = pb.FundProjectRequest(
                request_id=str(uuid.uuid4()),
                project_id=project_id,
                amount=common_pb2.Money(amount_minor=hold_minor, currency="USD"),
            )
            token = self.rpc.mint.token("CLIENT", organisation_id=CLIENT)
            await self.send(self.stub.FundProject, request, token=token)

    async def accept(
        self, contractor_id: str, answers: int, *, vendor_id: str = "", project_id: str = "prj_1"
    ) -> list[str]:
        """So many answers of a contractor are accepted; returns their ids."""
        return await self.accept_each(
            [contractor_id] * answers, vendor_id=vendor_id, project_id=project_id
        )

    async def accept_each(
        self, contractor_ids: Sequence[str], *, vendor_id: str = "", project_id: str = "prj_1"
    ) -> list[str]:
        """One answer of each is accepted, as one batch of news; returns their ids."""
        ids = [f"asn_{self.answers + place}" for place in range(len(contractor_ids))]
        self.answers += len(ids)
        await self.parts.ledger.accruals.decided(
            [
                replace(_decision(assignment_id, contractor_id, vendor_id), project_id=project_id)
                for assignment_id, contractor_id in zip(ids, contractor_ids, strict=True)
            ]
        )
        return ids

    async def take_back(self, assignment_ids: Sequence[str], *, contractor_id: str) -> None:
        """Accepted answers are rejected after all."""
        await self.parts.ledger.accruals.decided(
            [
                replace(
                    _decision(assignment_id, contractor_id, ""),
                    verdict=Verdict.REJECTED,
                    revision=2,
                )
                for assignment_id in assignment_ids
            ]
        )

    async def accept_again(self, assignment_ids: Sequence[str], *, contractor_id: str) -> None:
        """Answers that were rejected are accepted after all."""
        await self.parts.ledger.accruals.decided(
            [
                replace(_decision(assignment_id, contractor_id, ""), revision=3)
                for assignment_id in assignment_ids
            ]
        )

    # What callers do

    async def deposit(self, amount_minor: int) -> pb.CreateDepositResponse:
        answer: pb.CreateDepositResponse = await self.send(
            self.stub.CreateDeposit, depositing(amount_minor)
        )
        return answer

    async def funded(
        self, *, hold_minor: int = 500_000, benefits_bps: int = 0, **changes: Any
    ) -> None:
        """A project with money held for it, and as much again at the platform."""
        assert (await self.deposit(2 * hold_minor)).status == "succeeded"
        await self.project(hold_minor=hold_minor, benefits_bps=benefits_bps, **changes)

    async def open_account(self, payee_id: str, *, onboard: bool = True, number: str = "") -> str:
        """An account at the sandbox, onboarded if so asked; returns its id."""
        request = pb.CreatePayoutAccountRequest(
            request_id=str(uuid.uuid4()), email="payee@example.com"
        )
        token = self.payee(payee_id)
        answer = await self.send(self.stub.CreatePayoutAccount, request, token=token)
        account_id: str = answer.payout_account.account_id
        if onboard:
            await self.onboard(payee_id, account_id, number=number)
        return account_id

    async def onboard(self, payee_id: str, account_id: str, *, number: str = "") -> None:
        body = {"account": account_id} | ({"account_number": number} if number else {})
        await self.stripe.control("complete_onboarding", body)

        async def ready() -> bool:
            answer = await self.send(
                self.stub.GetPayoutAccount,
                pb.GetPayoutAccountRequest(),
                token=self.payee(payee_id),
            )
            return bool(answer.payout_account.payouts_enabled)

        await eventually(ready, what=f"{payee_id} may be paid")

    async def close(self, *, minimum_minor: int = 0) -> types_pb2.PayPeriod:
        """Ends the open period, and waits for its statements."""
        request = pb.ClosePayPeriodRequest(
            request_id=str(uuid.uuid4()), minimum_minor=minimum_minor
        )
        period_id = (await self.send(self.stub.ClosePayPeriod, request)).pay_period.pay_period_id

        async def closed() -> types_pb2.PayPeriod | None:
            period = await self.period(period_id)
            return period if period.state == CLOSED else None

        found: types_pb2.PayPeriod = await eventually(closed, what=f"{period_id} is closed")
        return found

    async def period(self, period_id: str) -> types_pb2.PayPeriod:
        answer = await self.send(
            self.stub.GetPayPeriod, pb.GetPayPeriodRequest(pay_period_id=period_id)
        )
        found: types_pb2.PayPeriod = answer.pay_period
        return found

    async def pay(self, period_id: str) -> int:
        request = pb.PayStatementsRequest(request_id=str(uuid.uuid4()), pay_period_id=period_id)
        answer = await self.send(self.stub.PayStatements, request)
        assert answer.remaining == 0
        return int(answer.instructions)

    async def statements(
        self, *, period_id: str = "", token: str = ""
    ) -> list[types_pb2.Statement]:
        request = pb.ListStatementsRequest(pay_period_id=period_id, page_size=1000)
        return list((await self.send(self.stub.ListStatements, request, token=token)).statements)

    async def until_all(
        self, state: str, *, period_id: str = "", timeout_seconds: float = 60.0
    ) -> list[types_pb2.Statement]:
        """Waits until all statements are in that state."""
        wanted = STATES.Value(f"STATEMENT_STATE_{state}")

        async def there() -> list[types_pb2.Statement] | None:
            found = await self.statements(period_id=period_id)
            return found if found and all(one.state == wanted for one in found) else None

        found: list[types_pb2.Statement] = await eventually(
            there, what=f"statements are {state}", timeout_seconds=timeout_seconds
        )
        return found

    # What must hold

    async def check_books(self) -> dict[str, Any]:
        """The ledger balances, and its money at the rail is the sandbox's; returns the latter's."""
        totals = await self.parts.ledger.watch.look()
        assert set(totals.values()) <= {0}
        answer = await self.send(self.stub.GetReconciliation, pb.GetReconciliationRequest())
        said: dict[str, Any] = (await self.stripe.control("ledger"))["usd"]
        assert said["conserved"] is True
        line = next(
            line for line in answer.lines if (line.rail, line.currency) == ("stripe", "USD")
        )
        assert line.ledger_platform_minor == line.provider_platform_minor
        assert line.ledger_platform_minor == said["platform_balance_minor"]
        assert line.ledger_connected_minor == said["connected_balance_minor"]
        assert line.ledger_paid_out_minor == said["paid_out_minor"]
        assert line.ledger_in_flight_minor == 0
        # Every statement is what was frozen, booked and paid, whichever rail it went by.
        while await self.parts.ledger.statement_audit.turn():
            pass
        wrong = await self.transactions.run(self.parts.ledger.statement_audit.findings)
        assert wrong == []
        return said

    async def rail_balances(self, rail: str) -> dict[str, int]:
        """What a rail's accounts hold, in whole minor units; debits are positive."""
        found: dict[str, int] = {}
        for name in ("platform", "in_flight", "transferred", "payout_in_flight", "paid_out"):
            account = f"rail:{rail}:{name}:USD"
            request = pb.ListEntriesRequest(account=account, page_size=1000)
            try:
                answer = await self.send(self.stub.ListEntries, request)
            except RemoteError as err:
                if err.kind is not Kind.NOT_FOUND:
                    raise
                # Nothing was booked to it yet.
                found[name] = 0
                continue
            found[name] = sum(
                posting.amount_units // LEDGER_UNITS_PER_MINOR
                for entry in answer.entries
                for posting in entry.postings
                if posting.account == account
            )
        return found

    async def restart_loops(self) -> None:
        await self.stop_loops()
        for run in self.running():
            run._loop._stopping = False
            self.loops.append(asyncio.create_task(run.run()))

    def running(self) -> list[Any]:
        """The parts of the rail that have loops."""
        rail = self.parts.rail
        parts = (
            rail.periods, rail.deposits, rail.accounts, rail.recipients, rail.payer, rail.webhooks,
        )  # fmt: skip
        return [part for part in parts if part is not None]

    async def stop_loops(self) -> None:
        for part in self.running():
            await part.stop()
        for loop in self.loops:
            await asyncio.wait_for(loop, timeout=20)
        self.loops.clear()


def _decision(assignment_id: str, contractor_id: str, vendor_id: str) -> Decision:
    return Decision(
        assignment_id=assignment_id,
        revision=1,
        verdict=Verdict.ACCEPTED,
        project_id="prj_1",
        task_id=f"tsk_{assignment_id}",
        contractor_id=contractor_id,
        vendor_id=vendor_id,
        reason="CONSENSUS",
        decided_at=DECIDED_AT,
    )


def depositing(amount_minor: int, *, currency: str = "USD") -> pb.CreateDepositRequest:
    return pb.CreateDepositRequest(
        request_id=str(uuid.uuid4()),
        client_id=CLIENT,
        amount=common_pb2.Money(amount_minor=amount_minor, currency=currency),
    )


def settings_for(rpc: RpcHarness, url: str, secrets: dict[str, str], **changes: Any) -> Any:
    """Impatient: what takes a minute at Stripe takes half a second here."""
    values: dict[str, Any] = {
        "mongo_uri": "mongodb://unused",
        "mongo_database": rpc.database.name,
        "nats_url": "nats://unused",
        "stripe_api_base": url,
        "stripe_secret_key": SECRET_KEY,
        "stripe_webhook_secret_platform": secrets["platform"],
        "stripe_webhook_secret_connect": secrets["connect"],
        "tax_number_keys": TAX_NUMBER_KEYS,
        "tax_lookup_key": TAX_LOOKUP_KEY,
        "floor_fallback_hourly_minor": {"USD": 1, "EUR": 1},
        "floor_needs_estimate": False,
        "stripe_connect_countries": "*",
        "webhook_signing_key": WEBHOOK_SIGNING_KEY,
        "webhook_allow_private": True,
        "stripe_requests_per_second": 0,
        "stripe_timeout_seconds": 5,
        "absence_after_seconds": 0.3,
        "sending_overdue_seconds": 1.0,
        "poll_seconds": 0.5,
        "rail_tick_seconds": 0.05,
        **changes,
    }
    return PayoutsSettings(**values)


@contextlib.asynccontextmanager
async def rail_running(
    rpc: RpcHarness, process: SandboxProcess, *, pays_globally: bool = False, **changes: Any
) -> AsyncIterator[ServedRail]:
    """Payouts on an empty database and a sandbox; all loops run."""
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        api = Stripe(process, session)
        hooks = Hooks()
        await _listen(hooks, stack)
        secrets = {}
        for endpoint in ("platform", "connect"):
            made = await api.v1.webhook_endpoints.create_async(
                {
                    "url": f"http://127.0.0.1:{hooks.port}/{endpoint}",
                    "enabled_events": ["*"],
                    "connect": endpoint == "connect",
                }
            )
            secrets[endpoint] = made.secret
        if pays_globally:
            changes |= await _global_settings(api, hooks)
        settings = settings_for(rpc, process.url, secrets, **changes)
        served = await serve(rpc, settings, api, hooks)
        stack.push_async_callback(served.parts.rail.stripe.close)
        if served.parts.rail.payout_rails.stripe_global is not None:
            stack.push_async_callback(served.parts.rail.payout_rails.stripe_global.close)
        hooks.stub = served.stub
        await served.parts.rail.periods.start()
        await served.restart_loops()
        stack.push_async_callback(served.stop_loops)
        yield served


@contextlib.asynccontextmanager
async def global_rail_running(
    rpc: RpcHarness, process: SandboxProcess, **changes: Any
) -> AsyncIterator[ServedRail]:
    """With a financial account, and Connect where it reaches by itself."""
    running = rail_running(rpc, process, pays_globally=True, stripe_connect_countries="", **changes)
    async with running as served:
        yield served


async def _global_settings(api: Stripe, hooks: Hooks) -> dict[str, str]:
    [account] = (await api.client.v2.money_management.financial_accounts.list_async()).data
    made = await api.client.v2.core.event_destinations.create_async(
        {
            "name": "payouts",
            "type": "webhook_endpoint",
            "event_payload": "thin",
            "enabled_events": ["*"],
            "webhook_endpoint": {"url": f"http://127.0.0.1:{hooks.port}/v2"},
            "include": ["webhook_endpoint.signing_secret"],
        }
    )
    assert made.webhook_endpoint is not None
    secret = made.webhook_endpoint.signing_secret
    assert secret is not None
    return {"stripe_financial_account": account.id, "stripe_webhook_secret_v2": secret}


async def serve(rpc: RpcHarness, settings: Any, api: Stripe, hooks: Hooks) -> ServedRail:
    transactions = await rpc.prepare(COLLECTIONS)
    parts = Payouts(
        database=rpc.database,
        transactions=transactions,
        clock=rpc.clock,
        new_id=new_id,
        settings=settings,
    )
    channel = await rpc.serve(parts.register, service_name=SERVICE_NAME)
    return ServedRail(
        rpc=rpc,
        parts=parts,
        transactions=transactions,
        stub=service_pb2_grpc.PayoutsServiceStub(channel),
        stripe=api,
        hooks=hooks,
        settings=settings,
    )


async def _listen(hooks: Hooks, stack: contextlib.AsyncExitStack) -> None:
    app = web.Application()
    app.router.add_post("/{endpoint}", hooks.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    hooks.port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]

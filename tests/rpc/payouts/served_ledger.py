"""The ledger's half of payouts under test: real server, tokens and database."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import grpc
from pydantic import SecretStr

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import service_pb2_grpc
from services.chassis.grpc_client import call
from services.chassis.ids import new_id
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.app import COLLECTIONS, SERVICE_NAME, Payouts
from services.payouts.domain.answers.decisions import Decision, ProjectState, Verdict
from services.payouts.domain.ledger.entries import Booking, Entry
from services.payouts.domain.ledger.flows import client_deposit
from services.payouts.domain.ledger.money import BPS_IN_WHOLE
from services.payouts.parts.ledger import LedgerParts
from services.payouts.settings import PayoutsSettings
from tests.rpc.harness import TIMEOUT_SECONDS, RpcHarness

SERVICE = pb.DESCRIPTOR.services_by_name["PayoutsService"]
DECIDED_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
TAX_NUMBER_KEYS = f"k1:{'17' * 32}"
TAX_LOOKUP_KEY = "42" * 32
WEBHOOK_SIGNING_KEY = "24" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedLedger:
    """The ledger, its stub, and who calls it."""

    rpc: RpcHarness
    parts: LedgerParts
    transactions: Transactions
    channel: grpc.aio.Channel
    stub: Any
    payouts: Payouts

    def token(self, role: str, *, organisation_id: str = "", subject_id: str = "") -> str:
        return self.rpc.mint.token(role, organisation_id=organisation_id, subject_id=subject_id)

    async def send(self, method: Any, request: Any, *, token: str = "") -> Any:
        """One call, by the client org_client unless another token is given."""
        return await call(
            method, request, timeout_seconds=TIMEOUT_SECONDS, token=token or self.token("CLIENT")
        )

    async def post(self, entries: Sequence[Entry]) -> None:
        async def body(work: UnitOfWork) -> None:
            await self.parts.store.post_all(entries, session=work.session, now=work.now)

        await self.transactions.run(body)

    async def deposit(
        self, amount_minor: int, *, client_id: str = "org_client", currency: str = "USD"
    ) -> None:
        now = self.rpc.clock()
        await self.post(
            [
                client_deposit(
                    client_id=client_id,
                    currency=currency,
                    amount_minor=amount_minor,
                    rail_id=f"tu_{uuid.uuid4().hex}",
                    booking=Booking(effective_at=now, recorded_at=now),
                )
            ]
        )

    async def project(self, project_id: str = "prj_1", **changes: Any) -> None:
        """A project, as the broker would tell of it."""
        await self.parts.projections.projects_created(
            [
                {
                    "_id": project_id,
                    "client_id": "org_client",
                    "kind": 1,
                    "pay_units": 1_000_000,
                    "benefits_bps": 0,
                    "floor_reserve_bps": 0,
                    "currency": "USD",
                    "platform_fee_bps": 2000,
                    "commission_bps_max": 1500,
                    "version": 1,
                }
                | changes
            ]
        )

    async def state(
        self, state: str, *, project_id: str = "prj_1", version: int = 2, settled: bool = False
    ) -> None:
        await self.parts.projections.project_states_changed(
            [
                ProjectState(
                    project_id=project_id,
                    state=state,
                    version=version,
                    settled=settled,
                    answers_submitted=0,
                )
            ]
        )

    async def enrol(self, *contractor_ids: str) -> None:
        """Contractors of org_vendor, which takes 10 %; ctr_d is engaged directly."""
        await self.parts.projections.rate_cards_set(
            [{"_id": "org_vendor", "rates_bps": {"1": 1000}, "version": 1}]
        )
        await self.parts.projections.contractors_changed(
            [
                {
                    "_id": contractor_id,
                    "organisation_id": "org_vendor",
                    "is_direct": contractor_id == "ctr_d",
                    "country": "KE",
                    "version": 1,
                }
                for contractor_id in contractor_ids
            ]
        )

    async def fund(
        self, amount_minor: int, *, project_id: str = "prj_1", currency: str = "USD"
    ) -> pb.FundProjectResponse:
        answer: pb.FundProjectResponse = await self.send(
            self.stub.FundProject, funding(amount_minor, project_id=project_id, currency=currency)
        )
        return answer

    async def accept(self, *assignment_ids: str, **changes: Any) -> None:
        await self.decide(*assignment_ids, **changes)

    async def decide(self, *assignment_ids: str, **changes: Any) -> None:
        await self.parts.accruals.decided(self.decisions(*assignment_ids, **changes))

    def decisions(
        self,
        *assignment_ids: str,
        contractor_id: str = "ctr_1",
        verdict: Verdict = Verdict.ACCEPTED,
        revision: int = 1,
        project_id: str = "prj_1",
        pay_bps: int = BPS_IN_WHOLE,
    ) -> list[Decision]:
        """As quality would tell of them."""
        return [
            Decision(
                assignment_id=assignment_id,
                revision=revision,
                verdict=verdict,
                project_id=project_id,
                task_id=f"tsk_{assignment_id}",
                contractor_id=contractor_id,
                vendor_id="" if contractor_id == "ctr_d" else "org_vendor",
                reason="CONSENSUS",
                decided_at=DECIDED_AT,
                pay_bps=pay_bps,
            )
            for assignment_id in assignment_ids
        ]


def funding(
    amount_minor: int, *, project_id: str = "prj_1", currency: str = "USD", request_id: str = ""
) -> pb.FundProjectRequest:
    return pb.FundProjectRequest(
        request_id=request_id or str(uuid.uuid4()),
        project_id=project_id,
        amount=common_pb2.Money(amount_minor=amount_minor, currency=currency),
    )


async def start_ledger(rpc: RpcHarness, **changes: Any) -> ServedLedger:
    """Payouts with an empty ledger."""
    transactions = await rpc.prepare(COLLECTIONS)
    payouts = Payouts(
        database=rpc.database,
        transactions=transactions,
        clock=rpc.clock,
        new_id=new_id,
        settings=payouts_settings(rpc.database.name).model_copy(update=changes),
    )
    rpc.stack.push_async_callback(payouts.rail.stripe.close)
    channel = await rpc.serve(payouts.register, service_name=SERVICE_NAME)
    return ServedLedger(
        rpc=rpc,
        parts=payouts.ledger,
        transactions=transactions,
        channel=channel,
        stub=service_pb2_grpc.PayoutsServiceStub(channel),
        payouts=payouts,
    )


def payouts_settings(database: str) -> PayoutsSettings:
    """As the service would read them; no payment provider answers there."""
    return PayoutsSettings(
        mongo_uri=SecretStr("mongodb://unused"),
        mongo_database=database,
        nats_url="nats://unused",
        stripe_api_base="http://127.0.0.1:9",
        stripe_secret_key=SecretStr("sk_test_none"),
        stripe_webhook_secret_platform=SecretStr("whsec_platform"),
        stripe_webhook_secret_connect=SecretStr("whsec_connect"),
        tax_number_keys=SecretStr(TAX_NUMBER_KEYS),
        tax_lookup_key=SecretStr(TAX_LOOKUP_KEY),
        webhook_signing_key=SecretStr(WEBHOOK_SIGNING_KEY),
        # Tests of fair pay load floors; to the others a cent an hour is floor enough.
        floor_fallback_hourly_minor={"USD": 1, "EUR": 1},
        floor_needs_estimate=False,
    )

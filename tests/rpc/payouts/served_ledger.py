"""The ledger's half of payouts under test: real server, tokens and database."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import grpc

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import service_pb2_grpc
from services.chassis.grpc_client import call
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.decisions import Decision, ProjectState, Verdict
from services.payouts.domain.entries import Booking, Entry
from services.payouts.domain.flows import client_deposit
from services.payouts.ledger_parts import LedgerParts
from services.payouts.servicer import LedgerServicer
from services.payouts.store.collections import LEDGER_COLLECTIONS
from tests.rpc.harness import TIMEOUT_SECONDS, RpcHarness

SERVICE = pb.DESCRIPTOR.services_by_name["PayoutsService"]
DECIDED_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


class _Servicer(LedgerServicer, service_pb2_grpc.PayoutsServiceServicer):
    """The RPCs of the rail are not served here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedLedger:
    """The ledger, its stub, and who calls it."""

    rpc: RpcHarness
    parts: LedgerParts
    transactions: Transactions
    channel: grpc.aio.Channel
    stub: Any

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
                    "pay_minor": 100,
                    "currency": "USD",
                    "platform_fee_bps": 2000,
                    "commission_bps_max": 1500,
                    "version": 1,
                }
                | changes
            ]
        )

    async def state(self, state: str, *, project_id: str = "prj_1", version: int = 2) -> None:
        await self.parts.projections.project_states_changed(
            [
                ProjectState(
                    project_id=project_id,
                    state=state,
                    version=version,
                    settled=False,
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

    async def accept(self, *assignment_ids: str, contractor_id: str = "ctr_1") -> None:
        await self.decide(*assignment_ids, contractor_id=contractor_id)

    async def decide(
        self,
        *assignment_ids: str,
        contractor_id: str = "ctr_1",
        verdict: Verdict = Verdict.ACCEPTED,
        revision: int = 1,
        project_id: str = "prj_1",
    ) -> None:
        await self.parts.accruals.decided(
            [
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
                )
                for assignment_id in assignment_ids
            ]
        )


def funding(
    amount_minor: int, *, project_id: str = "prj_1", currency: str = "USD", request_id: str = ""
) -> pb.FundProjectRequest:
    return pb.FundProjectRequest(
        request_id=request_id or str(uuid.uuid4()),
        project_id=project_id,
        amount=common_pb2.Money(amount_minor=amount_minor, currency=currency),
    )


async def start_ledger(rpc: RpcHarness) -> ServedLedger:
    """An empty ledger."""
    transactions = await rpc.prepare(LEDGER_COLLECTIONS)
    parts = LedgerParts(database=rpc.database, transactions=transactions, check_seconds=10.0)
    servicer = _Servicer(  # type: ignore[abstract]
        transactions=transactions, funds=parts.funds, inspection=parts.inspection
    )
    channel = await rpc.serve(
        lambda server: service_pb2_grpc.add_PayoutsServiceServicer_to_server(servicer, server),
        service_name=SERVICE.full_name,
    )
    return ServedLedger(
        rpc=rpc,
        parts=parts,
        transactions=transactions,
        channel=channel,
        stub=service_pb2_grpc.PayoutsServiceStub(channel),
    )

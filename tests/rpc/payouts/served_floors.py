"""Fair pay under test: payouts with its database, invented floors, work whose time was measured."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import grpc

from crewline.payouts.v1 import floors_pb2 as pb
from crewline.payouts.v1 import service_pb2_grpc
from services.chassis.authentication import Principal
from services.chassis.clock import utc_now
from services.chassis.grpc_client import call
from services.chassis.ids import new_id
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.app import COLLECTIONS, SERVICE_NAME, Payouts
from services.payouts.domain.answers.decisions import Decision, ProjectState, Verdict
from services.payouts.domain.answers.efforts import Effort
from services.payouts.domain.fairness.floor_rows import FloorRow, RateRow
from services.payouts.domain.fairness.floor_tests import FloorTest
from services.payouts.domain.ledger.entries import Booking
from services.payouts.domain.ledger.flows import client_deposit, project_hold
from services.payouts.domain.ledger.money import units_of
from services.payouts.domain.notices.notices import NoticeType
from services.payouts.domain.statements.statement_lines import LineKind, StatementLine
from services.payouts.domain.tables import Imported
from services.payouts.store.notices.notice_collections import DELIVERIES
from services.payouts.store.statements.periods import PeriodRecord
from services.payouts.store.statements.statement_documents import StatementDocumentStore
from tests.rpc.harness import TIMEOUT_SECONDS, RpcHarness
from tests.rpc.payouts.served_ledger import payouts_settings

CLIENT = "org_client"
OPERATOR = Principal(
    subject_id="per_op",
    organisation_id="org_op",
    organisation_kind="platform",
    roles=frozenset({"OPERATOR"}),
)
HOUR = timedelta(hours=1)


@dataclass(slots=True, kw_only=True)
class ServedFloors:
    """Payouts without its loops: a test closes periods step by step."""

    rpc: RpcHarness
    parts: Payouts
    transactions: Transactions
    channel: grpc.aio.Channel
    stub: Any
    answers: int = 0

    # What operators load

    async def floors(self, *rows: FloorRow) -> Imported:
        async def body(work: UnitOfWork) -> Imported:
            return await self.parts.floors.tables.import_floors(work, OPERATOR, rows)

        found: Imported = await self.transactions.run(body)
        return found

    async def rates(self, *rows: RateRow) -> Imported:
        async def body(work: UnitOfWork) -> Imported:
            return await self.parts.floors.tables.import_rates(work, OPERATOR, rows)

        found: Imported = await self.transactions.run(body)
        return found

    # What the other services would tell

    async def project(self, project_id: str = "prj_1", **changes: Any) -> None:
        """One that pays 100 an answer."""
        document = {
            "_id": project_id,
            "client_id": CLIENT,
            "kind": 1,
            "pay_units": units_of(100),
            "benefits_bps": 0,
            "floor_reserve_bps": 0,
            "currency": "USD",
            "platform_fee_bps": 0,
            "commission_bps_max": 1500,
            "countries": [],
            "expected_milliseconds": 0,
            "version": 1,
        }
        await self.parts.ledger.projections.projects_created([document | changes])

    async def contractors(
        self,
        *contractor_ids: str,
        vendor_id: str = "",
        country: str = "ZZ",
        region: str = "",
        version: int = 1,
    ) -> None:
        await self.parts.ledger.projections.contractors_changed(
            [
                {
                    "_id": contractor_id,
                    "organisation_id": vendor_id or "org_platform",
                    "is_direct": not vendor_id,
                    "country": country,
                    "region": region,
                    "version": version,
                }
                for contractor_id in contractor_ids
            ]
        )

    async def rate_card(self, vendor_id: str, bps: int = 1000) -> None:
        await self.parts.ledger.projections.rate_cards_set(
            [{"_id": vendor_id, "rates_bps": {"1": bps}, "version": 1}]
        )

    async def fund(
        self,
        held_minor: int,
        *,
        project_id: str = "prj_1",
        reserve_minor: int = 0,
        available_minor: int = 0,
        currency: str = "USD",
    ) -> None:
        """Money of the client, past whatever checks prices."""
        booking = Booking(effective_at=self.rpc.clock(), recorded_at=self.rpc.clock())
        entries = [
            client_deposit(
                client_id=CLIENT,
                currency=currency,
                amount_minor=held_minor + reserve_minor + available_minor,
                rail_id=f"tu_{uuid.uuid4().hex}",
                booking=booking,
            ),
            project_hold(
                hold_id=f"{project_id}:{uuid.uuid4().hex}",
                client_id=CLIENT,
                project_id=project_id,
                currency=currency,
                amount_units=units_of(held_minor + reserve_minor),
                reserve_units=units_of(reserve_minor),
                booking=booking,
            ),
        ]

        async def body(work: UnitOfWork) -> None:
            await self.parts.ledger.store.post_all(entries, session=work.session, now=work.now)

        await self.transactions.run(body)

    async def worked(
        self,
        contractor_id: str,
        *times: timedelta,
        project_id: str = "prj_1",
        vendor_id: str = "",
        held: Sequence[tuple[datetime, datetime]] = (),
    ) -> list[str]:
        """An accepted answer for each active time; one of no time was not measured."""
        ids = [f"asn_{self.answers + place}" for place in range(len(times))]
        self.answers += len(ids)
        spans: list[tuple[datetime, datetime] | None] = [*held] or [None] * len(times)
        await self.parts.ledger.accruals.decided(
            [
                Decision(
                    assignment_id=assignment_id,
                    revision=1,
                    verdict=Verdict.ACCEPTED,
                    project_id=project_id,
                    task_id=f"tsk_{assignment_id}",
                    contractor_id=contractor_id,
                    vendor_id=vendor_id,
                    reason="CONSENSUS",
                    decided_at=self.rpc.clock(),
                    effort=_effort(time, span) if time else None,
                )
                for assignment_id, time, span in zip(ids, times, spans, strict=True)
            ]
        )
        return ids

    async def ended(self, project_id: str = "prj_1", *, answers: int) -> None:
        await self.parts.ledger.projections.project_states_changed(
            [
                ProjectState(
                    project_id=project_id,
                    state="COMPLETED",
                    version=9,
                    settled=True,
                    answers_submitted=answers,
                )
            ]
        )

    # What happens then

    async def end_period(self) -> PeriodRecord:
        """Ends the open period; nothing of it is made yet."""
        periods = self.parts.rail.periods

        async def body(work: UnitOfWork) -> PeriodRecord:
            return await periods.end(work, ends_at=None, minimum_minor=0)

        found: PeriodRecord = await self.transactions.run(body)
        return found

    async def close(self) -> PeriodRecord:
        """Ends the open period and makes its statements."""
        record = await self.end_period()
        await self.parts.rail.periods.turn()
        return record

    # What came of it

    async def tests(self, **filters: Any) -> list[FloorTest]:
        given = {"contractor_id": "", "vendor_id": "", "period_id": "", "shortfalls_only": False}
        return await self.parts.floors.tests.page(**{**given, **filters}, after="", limit=1000)

    async def balance(self, account: str) -> int:
        """On the credit side, in units."""
        found = await self.parts.ledger.store.balances([account])
        return -found.get(account, 0)

    async def lines(self, statement_id: str, kind: LineKind) -> list[StatementLine]:
        """The lines of one kind on a statement."""
        lines, _ = await self.parts.rail.statements.get(OPERATOR, statement_id)
        return [line for line in lines if line.kind is kind]

    async def told_of(self, kind: str) -> None:
        """The client has an address for notices of a kind."""

        async def body(work: UnitOfWork) -> None:
            await self.parts.notices.notices.create(
                work,
                CLIENT,
                url="https://example.com/hooks",
                types=[NoticeType(kind)],
                description="",
            )

        await self.transactions.run(body)

    async def notices(self) -> list[dict[str, Any]]:
        """What is to be told at addresses."""
        found = self.rpc.database.collection(DELIVERIES).find({})
        return [json.loads(document["payload"]) async for document in found]

    async def content(self, statement_id: str) -> dict[str, Any]:
        """What the frozen document of a statement says."""
        found = await StatementDocumentStore(database=self.rpc.database).get(statement_id)
        assert found is not None
        return found.content()

    async def send(self, method: Any, request: Any, *, token: str) -> Any:
        return await call(method, request, timeout_seconds=TIMEOUT_SECONDS, token=token)


def _effort(time: timedelta, span: tuple[datetime, datetime] | None) -> Effort:
    return Effort(
        active_milliseconds=time // timedelta(milliseconds=1),
        claimed_at=span[0] if span else None,
        submitted_at=span[1] if span else None,
    )


async def start_floors(rpc: RpcHarness, **changes: Any) -> ServedFloors:
    """Payouts with an empty ledger and no floors; settings are a deployment's own."""
    transactions = await rpc.prepare(COLLECTIONS)
    settings = payouts_settings(rpc.database.name).model_copy(
        update={"floor_fallback_hourly_minor": {}, "floor_needs_estimate": True, **changes}
    )
    payouts = Payouts(
        database=rpc.database,
        transactions=transactions,
        clock=rpc.clock,
        new_id=new_id,
        settings=settings,
    )
    rpc.stack.push_async_callback(payouts.rail.stripe.close)
    channel = await rpc.serve(payouts.register, service_name=SERVICE_NAME)
    await payouts.rail.periods.start()
    return ServedFloors(
        rpc=rpc,
        parts=payouts,
        transactions=transactions,
        channel=channel,
        stub=service_pb2_grpc.PayoutsServiceStub(channel),
    )


def token(floors: ServedFloors, role: str, *, of: str = "") -> str:
    if role == "CONTRACTOR":
        return floors.rpc.mint.token(role, subject_id=of)
    return floors.rpc.mint.token(role, organisation_id=of or "org_client")


def row(line: int = 2, **changes: Any) -> pb.FloorRow:
    """Of a country that there is not: 2.60 an hour."""
    published = (utc_now().date() - timedelta(days=7)).isoformat()
    cells = {
        "country": "ZZ",
        "currency": "USD",
        "amount": "2.60",
        "basis": "one adult, invented",
        "source": "nobody",
        "source_url": "https://example.com/floors",
        "source_date": published,
        "valid_from": "2026-01-01",
    }
    return pb.FloorRow(line=line, **{**cells, **changes})


async def load(floors: ServedFloors, *rows: pb.FloorRow) -> pb.ImportFloorsResponse:
    answer: pb.ImportFloorsResponse = await floors.send(
        floors.stub.ImportFloors,
        pb.ImportFloorsRequest(request_id=str(uuid.uuid4()), rows=rows),
        token=token(floors, "OPERATOR"),
    )
    return answer

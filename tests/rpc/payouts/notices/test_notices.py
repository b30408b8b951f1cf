"""Organisations hear of what concerns them, at addresses of their own, until they have taken it."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from google.protobuf.message import Message

from crewline.broker.v1 import types_pb2 as broker_types_pb2
from crewline.broker.v1.events_pb2 import ProjectStateChanged
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from crewline.payouts.v1.events_pb2 import FundsExhausted, FundsLow, StatementChanged
from crewline.quality.v1.events_pb2 import TasksResolved
from services.chassis.events import IncomingEvent
from services.payouts.domain.answers.parties import ProjectNotFound
from services.payouts.domain.notices.notices import BACKOFF
from services.payouts.metrics import notice as metrics
from services.payouts.notice_sender import NoticeSender, PublicOnly
from services.payouts.store.notices.notice_collections import DELIVERIES
from tests.rpc.harness import RpcHarness, refusal
from tests.rpc.payouts.notices.webhook_receiver import Receiver, receiving
from tests.rpc.payouts.served_ledger import ServedLedger, start_ledger
from tests.waiting import eventually

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
DEAD = types_pb2.WEBHOOK_DELIVERY_STATE_DEAD
PENDING = types_pb2.WEBHOOK_DELIVERY_STATE_PENDING
DELIVERED = types_pb2.WEBHOOK_DELIVERY_STATE_DELIVERED


@pytest.fixture
async def ledger(rpc: RpcHarness) -> AsyncIterator[ServedLedger]:
    """Payouts, whose notices may go to this machine."""
    served = await start_ledger(rpc, webhook_allow_private=True, webhook_send_timeout_seconds=1.0)
    yield served
    await served.payouts.notices.sender.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


def creating(url: str, *types: str) -> pb.CreateWebhookEndpointRequest:
    return pb.CreateWebhookEndpointRequest(request_id=str(uuid.uuid4()), url=url, types=types)


async def register(ledger: ServedLedger, receiver: Receiver, *types: str) -> Any:
    return await ledger.send(
        ledger.stub.CreateWebhookEndpoint, creating(f"{receiver.url}/hook", *types)
    )


async def deliveries(ledger: ServedLedger, **asked: Any) -> list[types_pb2.WebhookDelivery]:
    request = pb.ListWebhookDeliveriesRequest(**asked)
    return list((await ledger.send(ledger.stub.ListWebhookDeliveries, request)).webhook_deliveries)


def event(message: Message, *, at: datetime = NOW) -> IncomingEvent[Any]:
    return IncomingEvent(event_id=str(uuid.uuid4()), time=at, message=message, deliveries=1)


async def make_due(ledger: ServedLedger) -> None:
    await ledger.rpc.database.collection(DELIVERIES).update_many(
        {"due_at": {"$exists": True}}, {"$set": {"due_at": datetime(2020, 1, 1, tzinfo=UTC)}}
    )


async def test_a_client_hears_before_its_money_is_gone_once_and_after_each_top_up(
    ledger: ServedLedger, receiver: Receiver
) -> None:
    """Low, then exhausted, each once for a hold; more money, and it may be told again."""
    made = await register(ledger, receiver, "funds.low", "funds.exhausted")
    await ledger.deposit(10_000)
    await ledger.project(commission_bps_max=0)
    await ledger.enrol("ctr_d")
    await ledger.fund(1_200)
    funds, told = ledger.payouts.notices.funds, ledger.payouts.notices.consumers
    await funds.turn()
    # 120 each: eight leave a fifth, nine leave less, ten nothing.
    await ledger.accept(*(f"asn_{number}" for number in range(8)), contractor_id="ctr_d")
    await funds.turn()
    assert await ledger.rpc.events(FundsLow) == []

    await ledger.accept("asn_8", contractor_id="ctr_d")
    for _ in range(3):
        await funds.turn()
    [low] = await ledger.rpc.events(FundsLow)
    assert (low.client_id, low.remaining_units, low.version) == ("org_client", 1_200_000, 1)
    await ledger.accept("asn_9", contractor_id="ctr_d")
    for _ in range(3):
        await funds.turn()
    [exhausted] = await ledger.rpc.events(FundsExhausted)
    assert exhausted.remaining_units == 0

    # The bus tells everything at least once.
    for _ in range(2):
        await told.funds_low([event(low)])
        await told.funds_exhausted([event(exhausted)])
    await ledger.payouts.notices.sending.turn()
    assert {body["type"] for body in receiver.bodies()} == {"funds.low", "funds.exhausted"}
    assert len(receiver.received) == 2
    assert receiver.signed_by(made.secret, 0)
    assert not receiver.signed_by("whsec_" + "A" * 44, 0)
    body = next(one for one in receiver.bodies() if one["type"] == "funds.low")
    money = {"amount_minor": 120, "fraction": 0, "currency": "USD"}
    assert body["data"] == {"project_id": "prj_1", "remaining": money}

    await ledger.fund(1_200)
    await funds.turn()
    assert len(await ledger.rpc.events(FundsLow)) == 1
    await ledger.accept(*(f"asn_1{number}" for number in range(9)), contractor_id="ctr_d")
    await funds.turn()
    assert [one.version for one in await ledger.rpc.events(FundsLow)] == [1, 2]


async def test_what_was_told_of_a_project_goes_to_its_client_and_nobody_else(
    ledger: ServedLedger, receiver: Receiver
) -> None:
    await register(ledger, receiver)
    stranger = ledger.token("CLIENT", organisation_id="org_other")
    await ledger.send(
        ledger.stub.CreateWebhookEndpoint, creating(f"{receiver.url}/other"), token=stranger
    )
    await ledger.project()
    told = ledger.payouts.notices.consumers
    live = ProjectStateChanged(
        project_id="prj_1", state=broker_types_pb2.PROJECT_STATE_LIVE, version=3
    )
    resolved = TasksResolved(project_id="prj_1")
    await told.project_state_changed([event(live)])
    # Results by the thousand are one notice a minute.
    for seconds in (0, 20, 59, 60):
        await told.tasks_resolved([event(resolved, at=NOW + timedelta(seconds=seconds))])
    # A project that is not known yet holds up none of the others.
    unknown = ProjectStateChanged(project_id="prj_2", version=2)
    newer = ProjectStateChanged(
        project_id="prj_1", state=broker_types_pb2.PROJECT_STATE_PAUSED, version=4
    )
    with pytest.raises(ProjectNotFound):
        await told.project_state_changed([event(unknown), event(newer)])
    await told.statement_changed(
        [event(StatementChanged(statement_id="st_1", payee_id="org_other", version=1))]
    )
    await ledger.payouts.notices.sending.turn()

    found = sorted((body["type"], body["id"]) for body in receiver.bodies())
    assert [kind for kind, _ in found] == [
        "project.state_changed", "project.state_changed", "results.ready", "results.ready",
        "statement.changed",
    ]  # fmt: skip
    mine = await deliveries(ledger)
    assert "statement.changed" not in {one.type for one in mine}
    assert len(mine) == 4
    states = {body["data"]["state"] for body in receiver.bodies() if "state" in body["data"]}
    assert {"PROJECT_STATE_LIVE", "PROJECT_STATE_PAUSED"} <= states


async def test_what_is_not_taken_is_tried_for_three_days_then_dead_and_sent_again_on_demand(
    ledger: ServedLedger, receiver: Receiver
) -> None:
    await register(ledger, receiver)
    sending, told = ledger.payouts.notices.sending, ledger.payouts.notices.consumers
    receiver.status = 500
    low = FundsLow(project_id="prj_1", client_id="org_client", currency="USD", version=1)
    await told.funds_low([event(low)])
    await sending.turn()
    [one] = await deliveries(ledger)
    assert (one.state, one.tries, one.status) == (PENDING, 1, 500)
    # Not before its time.
    await sending.turn()
    assert len(receiver.received) == 1
    for _ in range(len(BACKOFF)):
        await make_due(ledger)
        await sending.turn()
    [one] = await deliveries(ledger, state=DEAD)
    assert (one.tries, len(receiver.received)) == (len(BACKOFF) + 1, len(BACKOFF) + 1)
    await make_due(ledger)
    await sending.turn()
    assert len(receiver.received) == len(BACKOFF) + 1
    # Every try was of the same notice.
    assert len({headers["webhook-id"] for headers, _ in receiver.received}) == 1

    again = pb.RedeliverWebhookRequest(
        request_id=str(uuid.uuid4()), webhook_delivery_id=one.webhook_delivery_id
    )
    stranger = ledger.token("CLIENT", organisation_id="org_other")
    found = await refusal(ledger.stub.RedeliverWebhook, again, token=stranger)
    assert (found.code, found.reason) == (
        grpc.StatusCode.NOT_FOUND,
        "WEBHOOK_DELIVERY_NOT_FOUND",
    )
    receiver.status = 204
    await ledger.send(ledger.stub.RedeliverWebhook, again)
    await sending.turn()
    [one] = await deliveries(ledger)
    assert (one.state, one.tries, one.status) == (DELIVERED, 1, 204)


async def test_who_redirects_or_dawdles_has_not_taken_it(
    ledger: ServedLedger, receiver: Receiver
) -> None:
    await register(ledger, receiver)
    sending, told = ledger.payouts.notices.sending, ledger.payouts.notices.consumers
    receiver.status = 302
    low = FundsLow(project_id="prj_1", client_id="org_client", currency="USD", version=1)
    await told.funds_low([event(low)])
    await sending.turn()
    [one] = await deliveries(ledger)
    assert (one.state, one.status, len(receiver.received)) == (PENDING, 302, 1)
    receiver.slow_seconds = 5.0
    await make_due(ledger)
    await sending.turn()
    [one] = await deliveries(ledger)
    assert (one.state, one.status, one.tries) == (PENDING, 0, 2)
    assert "Timeout" in one.error


async def test_a_secret_is_shown_once_and_changed_without_a_gap(
    ledger: ServedLedger, receiver: Receiver
) -> None:
    request = creating(f"{receiver.url}/hook")
    made = await ledger.send(ledger.stub.CreateWebhookEndpoint, request)
    again = await ledger.send(ledger.stub.CreateWebhookEndpoint, request)
    assert made.secret.startswith("whsec_")
    assert (again.secret, again.webhook_endpoint) == ("", made.webhook_endpoint)
    kept = str(await ledger.rpc.contents())
    assert made.secret not in kept
    endpoint_id = made.webhook_endpoint.webhook_endpoint_id
    rotated = await ledger.send(
        ledger.stub.RotateWebhookSecret,
        pb.RotateWebhookSecretRequest(
            request_id=str(uuid.uuid4()), webhook_endpoint_id=endpoint_id
        ),
    )
    low = FundsLow(project_id="prj_1", client_id="org_client", currency="USD", version=1)
    await ledger.payouts.notices.consumers.funds_low([event(low)])
    await ledger.payouts.notices.sending.turn()
    assert rotated.secret != made.secret
    assert receiver.signed_by(made.secret)
    assert receiver.signed_by(rotated.secret)

    deleting = pb.DeleteWebhookEndpointRequest(
        request_id=str(uuid.uuid4()), webhook_endpoint_id=endpoint_id
    )
    stranger = ledger.token("CLIENT", organisation_id="org_other")
    found = await refusal(ledger.stub.DeleteWebhookEndpoint, deleting, token=stranger)
    assert found.reason == "WEBHOOK_ENDPOINT_NOT_FOUND"
    await ledger.send(ledger.stub.DeleteWebhookEndpoint, deleting)
    listed = await ledger.send(ledger.stub.ListWebhookEndpoints, pb.ListWebhookEndpointsRequest())
    assert list(listed.webhook_endpoints) == []


async def test_an_organisation_has_so_many_endpoints(
    ledger: ServedLedger, receiver: Receiver
) -> None:
    for _ in range(10):
        await register(ledger, receiver)
    found = await refusal(
        ledger.stub.CreateWebhookEndpoint, creating(receiver.url), token=ledger.token("CLIENT")
    )
    assert found.reason == "WEBHOOK_ENDPOINTS_TOO_MANY"


async def test_nobody_makes_us_call_our_own_neighbours(rpc: RpcHarness, receiver: Receiver) -> None:
    """As it is registered, and as it resolves when it is sent, for a name may move."""
    served = await start_ledger(rpc)
    before = await rpc.contents()
    for url in ("http://example.com/", "https://10.0.0.7/hook", "https://payouts:8080/"):
        found = await refusal(
            served.stub.CreateWebhookEndpoint, creating(url), token=served.token("CLIENT")
        )
        assert (found.reason, found.fields) == ("WEBHOOK_URL_INVALID", ("url",))
    assert await rpc.contents() == before

    strict = NoticeSender(timeout_seconds=5, allow_private=False)
    receipt = await strict.send(receiver.url.replace("http:", "https:"), b"{}", {})
    assert (receipt.status, receipt.error[:8]) == (0, "no notic")
    await strict.close()
    assert receiver.received == []


class _Says(AbstractResolver):
    """A name server of somebody who means no good."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self._addresses
        ]

    async def close(self) -> None:
        return


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("::1",), ()])
async def test_a_name_that_leads_to_a_neighbour_is_not_followed(addresses: tuple[str, ...]) -> None:
    with pytest.raises(OSError, match="no public address"):
        await PublicOnly(_Says(*addresses)).resolve("rebind.example.com", 443)
    [found] = await PublicOnly(_Says("8.8.8.8")).resolve("hooks.example.com", 443)
    assert found["host"] == "8.8.8.8"


async def test_a_flood_of_one_organisation_keeps_no_other_waiting(
    ledger: ServedLedger, receiver: Receiver
) -> None:
    """Whose receiver dawdles waits alone, however much it is to be told."""
    told, sending = ledger.payouts.notices.consumers, ledger.payouts.notices.sending
    await register(ledger, receiver)
    async with receiving() as slow:
        slow.slow_seconds = 30.0
        token = ledger.token("CLIENT", organisation_id="org_flood")
        await ledger.send(
            ledger.stub.CreateWebhookEndpoint, creating(f"{slow.url}/hook"), token=token
        )
        flood = [
            FundsLow(project_id=f"prj_{n}", client_id="org_flood", currency="USD", version=1)
            for n in range(150)
        ]
        await told.funds_low([event(one) for one in flood])
        await make_due(ledger)
        running = asyncio.create_task(sending.run())
        try:
            await eventually(lambda: _is(slow.received), what="the flood is under way")
            mine = FundsLow(project_id="prj_1", client_id="org_client", currency="USD", version=1)
            await told.funds_low([event(mine)])
            await eventually(lambda: _is(receiver.received), what="the other one is told")
            assert len(slow.received) <= 20
        finally:
            await sending.stop()
            await running


async def _is(found: object) -> bool:
    return bool(found)


async def test_more_than_may_wait_is_listed_as_dead_and_can_be_ordered_again(
    rpc: RpcHarness, receiver: Receiver
) -> None:
    """One organisation's queue has an end, and what is beyond it is not lost in silence."""
    ledger = await start_ledger(rpc, webhook_allow_private=True, webhook_queued_max=3)
    told = ledger.payouts.notices.consumers
    await register(ledger, receiver)
    before = metrics.NOTICES_REFUSED_TOTAL._value.get()
    news = [
        event(FundsLow(project_id=f"prj_{n}", client_id="org_client", currency="USD", version=1))
        for n in range(5)
    ]
    await told.funds_low(news[:2])
    await told.funds_low(news[2:])
    dead = await deliveries(ledger, state=DEAD)
    assert (len(dead), len(await deliveries(ledger, state=PENDING))) == (2, 3)
    assert {(one.tries, one.error) for one in dead} == {(0, "too many notices wait")}
    assert metrics.NOTICES_REFUSED_TOTAL._value.get() == before + 2
    await ledger.payouts.notices.sending.turn()
    assert len(receiver.received) == 3
    again = pb.RedeliverWebhookRequest(
        request_id=str(uuid.uuid4()), webhook_delivery_id=dead[0].webhook_delivery_id
    )
    await ledger.send(ledger.stub.RedeliverWebhook, again)
    await ledger.payouts.notices.sending.turn()
    assert len(receiver.received) == 4
    await ledger.payouts.notices.sender.close()

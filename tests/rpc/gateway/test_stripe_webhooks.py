"""Stripe's notifications reach payouts unchanged, and the status tells Stripe what to do next."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from crewline.payouts.v1 import service_pb2
from services.chassis.errors import DomainError, Kind, Overloaded, StoreUnavailable
from services.gateway import stripe_webhooks
from tests.rpc.gateway.conftest import Behind, Gateway, RunGateway
from tests.waiting import eventually

SIGNED = {"Stripe-Signature": "t=1,v1=abc", "Content-Type": "application/json"}
# Not JSON and not UTF-8: the signature is over these very bytes.
RAW = b'{"id": "evt_1",\r\n  "text": "\xff\x00"}  '


class Refused(DomainError):
    """Payouts' refusal, of the kind and reason that a test wants."""

    def __init__(self, kind: Kind, reason: str) -> None:
        super().__init__(f"refused: {reason}", event="evt_1")
        self.kind, self.reason = kind, reason


def refusing(error: Exception) -> Any:
    async def answer(request: Any) -> Any:
        raise error

    return answer


def problem_of(response: httpx.Response) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(response.content)
    assert body["status"] == response.status_code
    assert body["request_id"] == response.headers["x-request-id"]
    return body


@pytest.mark.parametrize("endpoint", ["platform", "connect", "v2"])
async def test_forwards_the_raw_body_and_the_signature(
    gateway: Gateway, behind: Behind, endpoint: str
) -> None:
    response = await gateway.client.post(
        f"/webhooks/stripe/{endpoint}",
        content=RAW,
        headers={**SIGNED, "X-Request-Id": "delivery-7"},
    )
    assert response.status_code == 200
    assert response.json() == {"received": True, "duplicate": False}
    assert response.headers["x-request-id"] == "delivery-7"
    assert behind.payouts.received == [
        service_pb2.ReceiveWebhookRequest(
            endpoint=endpoint, payload=RAW, signature=SIGNED["Stripe-Signature"]
        )
    ]
    assert behind.payouts.request_ids == ["delivery-7"]


async def test_a_duplicate_is_a_success(gateway: Gateway, behind: Behind) -> None:
    async def duplicate(request: Any) -> Any:
        return service_pb2.ReceiveWebhookResponse(duplicate=True)

    behind.payouts.answer = duplicate
    response = await gateway.client.post("/webhooks/stripe/platform", content=RAW, headers=SIGNED)
    assert (response.status_code, response.json()["duplicate"]) == (200, True)


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (Refused(Kind.INVALID, "SIGNATURE_INVALID"), 400, "SIGNATURE_INVALID"),
        (Refused(Kind.INVALID, "EVENT_MALFORMED"), 400, "EVENT_MALFORMED"),
        (Refused(Kind.FORBIDDEN, "ROLE_NOT_ADMITTED"), 403, "ROLE_NOT_ADMITTED"),
        (Refused(Kind.NOT_FOUND, "PAYEE_NOT_FOUND"), 404, "PAYEE_NOT_FOUND"),
        (Refused(Kind.CONFLICT, "WRITE_CONTENTION"), 409, "WRITE_CONTENTION"),
        (Overloaded("busy"), 429, "OVERLOADED"),
        (StoreUnavailable("no primary"), 503, "STORE_UNAVAILABLE"),
        (RuntimeError("the secret is hunter2"), 500, "INTERNAL"),
    ],
)
async def test_refusals_are_problems(
    gateway: Gateway, behind: Behind, error: Exception, status: int, reason: str
) -> None:
    behind.payouts.answer = refusing(error)
    response = await gateway.client.post("/webhooks/stripe/connect", content=RAW, headers=SIGNED)
    problem = problem_of(response)
    assert (response.status_code, problem["reason"]) == (status, reason)
    assert problem["type"] == f"urn:crewline:problem:{reason}"
    assert ("retry-after" in response.headers) == (status in (429, 503))
    assert "hunter2" not in response.text
    if status == 400:
        assert problem["metadata"] == {"event": "evt_1"}


async def test_without_a_signature_payouts_is_not_asked(gateway: Gateway, behind: Behind) -> None:
    response = await gateway.client.post("/webhooks/stripe/platform", content=RAW)
    assert response.status_code == 400
    assert problem_of(response)["reason"] == "SIGNATURE_INVALID"
    assert behind.payouts.received == []


async def test_what_breaks_the_contract_is_told_by_field(gateway: Gateway, behind: Behind) -> None:
    response = await gateway.client.post("/webhooks/stripe/platform", content=b"", headers=SIGNED)
    assert response.status_code == 400
    problem = problem_of(response)
    assert (problem["reason"], problem["metadata"]["field"]) == ("FIELD_VIOLATION", "payload")
    assert behind.payouts.received == []


async def test_one_mebibyte_is_taken_and_a_byte_more_is_not(
    gateway: Gateway, behind: Behind
) -> None:
    whole = b"x" * stripe_webhooks.BYTES_MAX
    taken = await gateway.client.post("/webhooks/stripe/platform", content=whole, headers=SIGNED)
    assert taken.status_code == 200
    assert behind.payouts.received[0].payload == whole

    # Only the headers go out: the answer must not wait for what they announce.
    head = (
        f"POST /webhooks/stripe/platform HTTP/1.1\r\nHost: x\r\nStripe-Signature: t=1\r\n"
        f"Content-Length: {stripe_webhooks.BYTES_MAX + 1}\r\n\r\n"
    )
    assert (await _raw(gateway.port, head.encode())).startswith(b"HTTP/1.1 413")
    assert len(behind.payouts.received) == 1


async def test_a_body_of_unstated_length_is_cut_off(gateway: Gateway, behind: Behind) -> None:
    head = (
        b"POST /webhooks/stripe/platform HTTP/1.1\r\nHost: x\r\nStripe-Signature: t=1\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    # Seventeen chunks of 64 KiB and no end: one too many, and never finished.
    assert (await _raw(gateway.port, head + chunk * 17)).startswith(b"HTTP/1.1 413")
    assert behind.payouts.received == []


async def test_down_means_again_later_and_recovers(gateway: Gateway, behind: Behind) -> None:
    await behind.stop("payouts")
    response = await gateway.client.post("/webhooks/stripe/platform", content=RAW, headers=SIGNED)
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) >= 1
    problem = problem_of(response)
    assert problem["reason"] == "UNAVAILABLE"
    assert str(behind.ports["payouts"]) not in response.text, "addresses inside stay inside"

    await behind.start("payouts")

    async def delivered() -> Any:
        again = await gateway.client.post("/webhooks/stripe/platform", content=RAW, headers=SIGNED)
        return again.status_code == 200

    assert await eventually(delivered, what="the delivery after payouts came back")


async def test_silence_of_payouts_ends_at_the_deadline(
    run_gateway: RunGateway, behind: Behind
) -> None:
    async def never(request: Any) -> Any:
        await asyncio.Event().wait()

    behind.payouts.answer = never
    async with run_gateway(webhook_timeout_seconds=0.3) as gateway:
        response = await gateway.client.post(
            "/webhooks/stripe/platform", content=RAW, headers=SIGNED
        )
    assert response.status_code == 504
    assert problem_of(response)["reason"] == "DEADLINE_EXCEEDED"


async def test_too_many_at_once_are_sent_away(
    run_gateway: RunGateway, behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe_webhooks, "_IN_FLIGHT_MAX", 2)
    go = asyncio.Event()

    async def held(request: Any) -> Any:
        await go.wait()
        return service_pb2.ReceiveWebhookResponse()

    behind.payouts.answer = held
    async with run_gateway() as gateway:
        post = gateway.client.post
        first = [
            asyncio.create_task(post("/webhooks/stripe/connect", content=RAW, headers=SIGNED))
            for _ in range(2)
        ]
        await eventually(lambda: len(behind.payouts.received) == 2, what="two in flight")
        third = await post("/webhooks/stripe/connect", content=RAW, headers=SIGNED)
        assert (third.status_code, problem_of(third)["reason"]) == (429, "OVERLOADED")
        go.set()
        assert [response.status_code for response in await asyncio.gather(*first)] == [200, 200]
        fourth = await post("/webhooks/stripe/connect", content=RAW, headers=SIGNED)
        assert fourth.status_code == 200


async def test_stopping_finishes_what_is_in_flight(run_gateway: RunGateway, behind: Behind) -> None:
    go = asyncio.Event()

    async def held(request: Any) -> Any:
        await go.wait()
        return service_pb2.ReceiveWebhookResponse()

    behind.payouts.answer = held
    async with run_gateway() as gateway:
        in_flight = asyncio.create_task(
            gateway.client.post("/webhooks/stripe/platform", content=RAW, headers=SIGNED)
        )
        await eventually(lambda: behind.payouts.received, what="one in flight")
        gateway.stopping.set()

        async def refuses() -> bool:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
            except ConnectionError:
                # Refused, or reset where it was waiting to be taken as the door closed.
                return True
            writer.close()
            return False

        assert await eventually(refuses, what="no new connections")
        assert not gateway.task.done()
        go.set()
        assert (await in_flight).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/webhooks/stripe/platform", 405), ("POST", "/webhooks/stripe/other", 404)],
)
async def test_other_requests_are_problems_too(
    gateway: Gateway, method: str, path: str, status: int
) -> None:
    response = await gateway.client.request(method, path, headers=SIGNED)
    assert response.status_code == status
    assert problem_of(response)["type"] == "about:blank"


async def test_what_is_not_http_is_refused(gateway: Gateway) -> None:
    assert (await _raw(gateway.port, b"\x16\x03\x01 hello\r\n\r\n")).startswith(b"HTTP/1.1 400")
    assert (await gateway.client.get("/healthz")).status_code == 200


async def _raw(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return await asyncio.wait_for(reader.readline(), timeout=5)
    finally:
        writer.close()

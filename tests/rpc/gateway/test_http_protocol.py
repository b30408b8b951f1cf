"""Requests that are no requests, or never become one: answered or cut off, and never kept."""

from __future__ import annotations

import asyncio
import json

import pytest

from services.gateway import http_protocol
from tests.rpc.gateway.conftest import Gateway

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"


async def exchange(gateway: Gateway, *pieces: bytes) -> bytes:
    """Everything that comes back until the gateway hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    try:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0)
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


def problem_in(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    told = json.loads(body)
    assert head.startswith(b"HTTP/1.1 %d " % told["status"])
    return told["status"], told["reason"]


@pytest.mark.parametrize(
    "head",
    [
        GET + b"".join(b"X-%d: 1\r\n" % n for n in range(101)) + b"\r\n",
        GET + b"X: " + b"y" * 70_000,  # and no end of it
        b"GET /" + b"a" * 70_000,
        GET + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
    ],
)
async def test_heads_have_a_size(gateway: Gateway, head: bytes) -> None:
    assert problem_in(await exchange(gateway, head)) == (431, "HEAD_TOO_LARGE")


async def test_a_large_body_is_no_large_head(gateway: Gateway) -> None:
    body = b"x" * 200_000
    head = b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    head += b"Content-Length: %d\r\n\r\n" % len(body)
    answer = await exchange(gateway, head + body)
    assert problem_in(answer) == (413, "REQUEST_ENTITY_TOO_LARGE")


@pytest.mark.parametrize(
    "text",
    [
        b"hello\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
async def test_what_is_no_request_is_a_problem(gateway: Gateway, text: bytes) -> None:
    assert problem_in(await exchange(gateway, text)) == (400, "BAD_REQUEST")


async def test_a_head_that_does_not_come_is_not_waited_for(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS_MAX", 0.2)
    assert await exchange(gateway, GET) == b""
    assert await exchange(gateway) == b""
    served = await exchange(gateway, GET + b"\r\n" + GET)  # the second never ends
    assert served.startswith(b"HTTP/1.1 200 OK")
    assert served.count(b"HTTP/1.1") == 1


async def test_one_connection_serves_one_request_after_the_other(gateway: Gateway) -> None:
    answer = await exchange(gateway, GET + b"\r\n" + GET + b"Connection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 OK") == 2

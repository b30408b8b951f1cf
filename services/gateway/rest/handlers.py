"""What answers a request once its rule and its caller are known: one handler a shape of RPC."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import Request
from starlette.types import Message, Receive, Send

from services.chassis.errors import FieldsInvalid, FieldViolation, Unauthenticated
from services.gateway.bodies import read_body
from services.gateway.callers import Caller
from services.gateway.peers import Peers
from services.gateway.problems import Rename
from services.gateway.rest.elements import (
    JSON,
    check_encoding,
    media_type,
    read_elements,
    unsupported,
)
from services.gateway.rest.encode import Encoder
from services.gateway.rest.idempotency import HEADER as IDEMPOTENCY_KEY
from services.gateway.rest.methods import stub_of
from services.gateway.rest.rows import Row, RowSender
from services.gateway.rest.rules import Rule
from services.gateway.rest.streams import Elements, answer_stream, framing_for, unless_gone
from services.gateway.rest.transcode import Transcoder

BODY_BYTES_MAX = 8 * 1024 * 1024
# Who shows no credential sends little.
PUBLIC_BODY_BYTES_MAX = 64 * 1024

_NO_QUERY = FieldViolation(
    field="", rule="query.unknown", description="a stream of rows has no query parameters"
)

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request on its way to an answer."""

    request: Request
    receive: Receive
    send: Send
    values: tuple[str, ...]
    """Of the path's variables, in order."""
    caller: Caller | None
    """None where the RPC is public."""
    address: str
    headers: Headers
    """That the answer has whatever it is."""


class UnaryHandler:
    """One message in, one out."""

    def __init__(self, rule: Rule, *, peers: Peers, transcoder: Transcoder) -> None:
        self.rule = rule
        self._peers = peers
        self._transcoder = transcoder
        self._method = stub_of(rule, peers)
        self._bytes_max = PUBLIC_BODY_BYTES_MAX if rule.public else BODY_BYTES_MAX

    async def answer(self, exchange: Exchange) -> None:
        """Errors: DomainError, HTTPException."""
        message = await read_message(
            self.rule, self._transcoder, exchange, bytes_max=self._bytes_max
        )
        response = await self._peers.call(
            self._method, message, caller=exchange.caller, peer=exchange.address
        )
        await send_json(exchange, self._transcoder.response(response))


class StreamHandler:
    """One message in, a stream out."""

    def __init__(
        self,
        rule: Rule,
        *,
        peers: Peers,
        transcoder: Transcoder,
        encoder: Encoder,
        rename: Rename,
    ) -> None:
        self.rule = rule
        self._peers = peers
        self._transcoder = transcoder
        self._method = stub_of(rule, peers)
        self._elements = Elements(rule, encoder=encoder)
        self._rename = rename

    async def answer(self, exchange: Exchange) -> None:
        """Errors: DomainError, HTTPException."""
        message = await read_message(
            self.rule, self._transcoder, exchange, bytes_max=BODY_BYTES_MAX
        )
        messages = self._peers.stream(
            self._method, message, caller=exchange.caller, peer=exchange.address
        )
        work = _stream_out(
            messages, exchange, elements=self._elements, rename=self._rename, spooled=False
        )
        await unless_gone(work, exchange.receive)


class RowsHandler:
    """A stream in; one message or a stream out."""

    def __init__(self, rule: Rule, *, sender: RowSender, encoder: Encoder, rename: Rename) -> None:
        self.rule = rule
        self._sender = sender
        self._show = encoder.of(rule.rpc.output_type)
        self._elements = Elements(rule, encoder=encoder)
        self._rename = rename

    async def answer(self, exchange: Exchange) -> None:
        """Errors: DomainError, HTTPException."""
        if exchange.caller is None:
            raise Unauthenticated("streams are for callers who are known")
        if exchange.request.url.query:
            raise FieldsInvalid([_NO_QUERY])
        ended = asyncio.Event()
        rows = _telling(read_elements(exchange.request), ended)
        if not self.rule.streams_out:
            response = await self._sender.send(rows, path=exchange.values, caller=exchange.caller)
            await send_json(exchange, orjson.dumps(self._show(response)))
            return

        async def receive() -> Message:
            await ended.wait()  # until then, who reads the body sees the client go
            return await exchange.receive()

        messages = self._sender.stream(rows, path=exchange.values, caller=exchange.caller)
        work = _stream_out(
            messages, exchange, elements=self._elements, rename=self._rename, spooled=True
        )
        await unless_gone(work, receive)


async def read_message(
    rule: Rule, transcoder: Transcoder, exchange: Exchange, *, bytes_max: int
) -> Any:
    """The request message. Errors: DomainError, HTTPException."""
    request = exchange.request
    body = b""
    if rule.body:
        check_encoding(request)
        body = await read_body(request, bytes_max=bytes_max)
        kind = media_type(request)
        if body and kind not in ("", JSON):
            raise unsupported(kind, JSON)
    keys = [
        value.decode("latin-1")
        for name, value in request.scope["headers"]
        if name == IDEMPOTENCY_KEY
    ]
    return transcoder.request(
        values=exchange.values,
        query=request.scope["query_string"],
        body=body,
        idempotency_keys=keys,
        organisation_id=exchange.caller.organisation_id if exchange.caller is not None else "",
    )


async def send_json(exchange: Exchange, body: bytes) -> None:
    """An answer of 200."""
    headers = [
        (b"content-type", JSON.encode()),
        (b"content-length", str(len(body)).encode()),
        *exchange.headers,
    ]
    await exchange.send({"type": "http.response.start", "status": 200, "headers": headers})
    await exchange.send({"type": "http.response.body", "body": body})


async def _stream_out(
    messages: AsyncGenerator[Any, None],
    exchange: Exchange,
    *,
    elements: Elements,
    rename: Rename,
    spooled: bool,
) -> None:
    framing = framing_for(exchange.request.headers.get("accept", ""))
    await answer_stream(
        messages,
        elements=elements,
        framing=framing,
        headers=[(b"content-type", framing.media_type.encode()), *exchange.headers],
        rename=rename,
        send=exchange.send,
        spooled=spooled,
    )


async def _telling(rows: AsyncIterator[Row], ended: asyncio.Event) -> AsyncIterator[Row]:
    try:
        async for row in rows:
            yield row
    finally:
        ended.set()

"""A streamed answer gives back what it holds when its client goes, and not when memory is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from google.protobuf.message import Message
from starlette.requests import ClientDisconnect

from crewline.common.v1 import types_pb2
from services.gateway.rest import streams
from services.gateway.rest.spool import Spool
from services.gateway.rest.streams import Framing, answer_stream, unless_gone


class Whole:
    """Every message is one element."""

    def of(self, message: Message) -> list[str]:
        return [str(message)]


class Answer:
    """Messages without end; says whether it was closed."""

    def __init__(self) -> None:
        self.closed = False

    async def messages(self) -> AsyncGenerator[Message, None]:
        try:
            while True:
                yield types_pb2.ItemError(reason="X")
                await asyncio.sleep(0)
        finally:
            self.closed = True


class Wire:
    """Takes the head and so many pieces; then it breaks, or takes no more."""

    def __init__(self, pieces: int, *, breaks: bool) -> None:
        self._left, self._breaks = pieces, breaks
        self.full = asyncio.Event()

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            return
        if self._left:
            self._left -= 1
            return
        self.full.set()
        if self._breaks:
            raise ClientDisconnect
        await asyncio.Event().wait()

    async def receive(self) -> Any:
        await self.full.wait()
        return {"type": "http.disconnect"}


@pytest.mark.parametrize("spooled", [False, True])
@pytest.mark.parametrize("breaks", [False, True])
async def test_all_is_given_back_when_the_client_goes(
    spooled: bool, breaks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Spool] = []

    def make() -> Spool:
        kept.append(Spool())
        return kept[-1]

    monkeypatch.setattr(streams, "Spool", make)
    answer, wire = Answer(), Wire(3, breaks=breaks)
    work = answer_stream(
        answer.messages(),
        elements=Whole(),  # type: ignore[arg-type]
        framing=Framing(),
        headers=[],
        rename=lambda field: field,
        send=wire.send,
        spooled=spooled,
    )
    with pytest.raises(ClientDisconnect):
        await asyncio.wait_for(unless_gone(work, wire.receive), 10)
    assert answer.closed
    assert len(kept) == spooled
    assert all(spool._file.closed for spool in kept)

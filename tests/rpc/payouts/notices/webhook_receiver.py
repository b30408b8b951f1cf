"""A client's own server, that notices are sent to."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from aiohttp import web


@dataclass(slots=True, kw_only=True)
class Receiver:
    """Answers with `status`, and keeps what came."""

    url: str = ""
    status: int = 200
    slow_seconds: float = 0.0
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.received.append(
            ({name.lower(): value for name, value in request.headers.items()}, body)
        )
        if self.slow_seconds:
            await asyncio.sleep(self.slow_seconds)
        headers = {"location": self.url + "/elsewhere"} if self.status // 100 == 3 else {}
        return web.Response(status=self.status, headers=headers)

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.received]

    def signed_by(self, secret: str, place: int = -1) -> bool:
        """As a receiver of the Standard Webhooks specification checks it."""
        headers, body = self.received[place]
        told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        key = base64.b64decode(secret.removeprefix("whsec_"))
        wanted = base64.b64encode(hmac.new(key, told, sha256).digest()).decode()
        return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """One that listens on this machine."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/{rest:.*}", receiver.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    [address] = runner.addresses
    receiver.url = f"http://127.0.0.1:{address[1]}"
    try:
        yield receiver
    finally:
        await runner.cleanup()

"""uvicorn as one part of the process: it leaves the signals and the logs to the chassis."""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
from collections.abc import Generator

import uvicorn
from starlette.types import ASGIApp

from services.gateway.http_protocol import StrictHttp

_BACKLOG = 1024
_KEEP_ALIVE_SECONDS = 30
_START_TIMEOUT_SECONDS = 10.0


class HttpServer:
    """Binds at once, serves when started, and stops without cutting requests off."""

    def __init__(self, app: ASGIApp, *, host: str, port: int, stop_grace_seconds: float) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        # Connections inherit it. asyncio sets it only on sockets that name their protocol, which
        # this one does not; without it, every answer in two pieces waits 40 ms.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port: int = self._socket.getsockname()[1]
        self._stop_grace_seconds = stop_grace_seconds
        self._server = _Server(
            uvicorn.Config(
                app,
                http=StrictHttp,
                ws="none",
                lifespan="off",
                loop="none",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=math.ceil(stop_grace_seconds),
            )
        )
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns once requests are answered."""
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        listening = asyncio.create_task(self._server.listening.wait())
        done, _ = await asyncio.wait(
            {self._serving, listening},
            timeout=_START_TIMEOUT_SECONDS,
            return_when=asyncio.FIRST_COMPLETED,
        )
        listening.cancel()
        if self._serving in done:
            self._serving.result()
        if listening not in done:
            raise RuntimeError("the HTTP server did not start")

    async def run(self) -> None:
        """Until stopped, or until serving fails."""
        if self._serving is not None:
            await self._serving

    async def stop(self) -> None:
        """Takes no new requests; those in flight have the grace to finish."""
        self._server.should_exit = True
        if self._serving is not None:
            await asyncio.wait({self._serving}, timeout=self._stop_grace_seconds + 2.0)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.listening.set()

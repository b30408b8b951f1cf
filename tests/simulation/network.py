"""A network inside one event loop: connections are pairs of transports, bytes take a little time.

aiohttp's client and server, both real, talk over it; nothing leaves the process, so the order of
all that arrives follows from the seed.
"""

from __future__ import annotations

import asyncio
import contextvars
import random
from collections.abc import Callable
from typing import Any

from tests.simulation.processes import Process, current_process

_FIRST_PORT = 20_000
_LATENCY_SECONDS = (0.0005, 0.02)
# Two arrivals are never at the same moment: the order of equal ones would be the heap's.
_APART_SECONDS = 1e-6

Factory = Callable[[], asyncio.BaseProtocol]


class Network:
    """Who listens where, and which connections are open."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.random = random.Random(0)
        self._listeners: dict[int, Listener] = {}
        self._next_port = _FIRST_PORT

    def has(self, port: int) -> bool:
        return port in self._listeners

    def listen(self, factory: Factory, port: int) -> Listener:
        """Port 0 takes a free one."""
        if not port:
            self._next_port += 1
            port = self._next_port
        if port in self._listeners:
            raise OSError(98, f"port {port} is taken")
        listener = Listener(self, port, factory)
        self._listeners[port] = listener
        return listener

    def forget(self, port: int) -> None:
        self._listeners.pop(port, None)

    def connect(
        self, factory: Factory, port: int
    ) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        """Errors: ConnectionRefusedError."""
        listener = self._listeners.get(port)
        if listener is None:
            raise ConnectionRefusedError(111, f"nobody listens at port {port}")
        here = End(self, self.loop, current_process(), contextvars.copy_context(), port)
        there = End(self, self.loop, listener.process, listener.context, port)
        here.join(there)
        protocol = factory()
        there.attach(listener.context.run(listener.factory))
        here.attach(protocol)
        return here, protocol

    def latency_seconds(self) -> float:
        return self.random.uniform(*_LATENCY_SECONDS)


class Listener(asyncio.AbstractServer):
    """What `create_server` returns."""

    def __init__(self, network: Network, port: int, factory: Factory) -> None:
        self._network = network
        self.port = port
        self.factory = factory
        self.process = current_process()
        self.context = contextvars.copy_context()
        if self.process is not None:
            self.process.on_stop.append(self.close)

    @property
    def sockets(self) -> tuple[Listener, ...]:
        return (self,)

    def getsockname(self) -> tuple[str, int]:
        return ("127.0.0.1", self.port)

    def close(self) -> None:
        self._network.forget(self.port)

    async def wait_closed(self) -> None:
        return

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._network.loop

    def is_serving(self) -> bool:
        return self._network.has(self.port)

    async def start_serving(self) -> None:
        return

    async def serve_forever(self) -> None:
        raise NotImplementedError("nobody in here serves for ever")


class End(asyncio.Transport):
    """One side of a connection."""

    def __init__(
        self,
        network: Network,
        loop: asyncio.AbstractEventLoop,
        process: Process | None,
        context: contextvars.Context,
        port: int,
    ) -> None:
        address = ("127.0.0.1", port)
        super().__init__({"peername": address, "sockname": address})
        self._network = network
        self._loop = loop
        self._process = process
        self._context = context
        self._protocol: Any = None
        self._peer: End = self
        self._is_closing = False
        self._is_paused = False
        self._held: list[bytes | None] = []
        self._arrives_at = 0.0
        if process is not None:
            process.on_stop.append(self._died)

    def join(self, other: End) -> None:
        self._peer, other._peer = other, self

    def attach(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol
        self._context.run(protocol.connection_made, self)

    # What protocols call

    def write(self, data: Any) -> None:
        if self._is_closing or not data:
            return
        if self._process is not None:
            self._process.operate(has_effect=True)
        self._send(bytes(data))

    def close(self) -> None:
        if self._is_closing:
            return
        self._is_closing = True
        self._send(None)
        self._loop.call_soon(self._lose, context=self._context)

    def abort(self) -> None:
        self.close()

    def is_closing(self) -> bool:
        return self._is_closing

    def pause_reading(self) -> None:
        self._is_paused = True

    def resume_reading(self) -> None:
        self._is_paused = False
        held, self._held = self._held, []
        for data in held:
            self._take(data)

    def is_reading(self) -> bool:
        return not self._is_paused

    def get_protocol(self) -> asyncio.BaseProtocol:
        protocol: asyncio.BaseProtocol = self._protocol
        return protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        return

    def can_write_eof(self) -> bool:
        return False

    # What happens to it

    def _send(self, data: bytes | None) -> None:
        soonest = self._loop.time() + self._network.latency_seconds()
        self._arrives_at = max(self._arrives_at + _APART_SECONDS, soonest)
        peer = self._peer
        self._loop.call_at(self._arrives_at, peer._take, data, context=peer._context)

    def _take(self, data: bytes | None) -> None:
        if self._is_closing or (self._process is not None and self._process.is_dead):
            return
        if self._is_paused:
            self._held.append(data)
        elif data is not None:
            self._protocol.data_received(data)
        else:
            self._is_closing = True
            self._protocol.eof_received()
            self._lose()

    def _lose(self) -> None:
        self._protocol.connection_lost(None)

    def _died(self) -> None:
        self.close()

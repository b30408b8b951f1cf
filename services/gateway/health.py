"""Is the process alive, and do the services behind it and its database answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import grpc
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.chassis.errors import StoreUnavailable

_FRESH_SECONDS = 0.5
_SERVING = "SERVING"
_DATABASE = "database"


class Readiness:
    """Asks every service behind, and the database; who ask at one moment share the answer."""

    def __init__(
        self,
        *,
        channels: Mapping[str, grpc.aio.Channel],
        ping_database: Callable[[], Awaitable[None]],
        timeout_seconds: float,
    ) -> None:
        self._stubs = {
            name: health_pb2_grpc.HealthStub(channel) for name, channel in channels.items()
        }
        self._ping_database = ping_database
        self._timeout_seconds = timeout_seconds
        self._asking = asyncio.Lock()
        self._answers: dict[str, str] = {}
        self._answered_at = float("-inf")

    async def states(self) -> dict[str, str]:
        """By service, and `database`: SERVING, or NOT_SERVING, or the gRPC code that came."""
        async with self._asking:
            if time.monotonic() - self._answered_at > _FRESH_SECONDS:
                states = await asyncio.gather(
                    *(self._ask(stub) for stub in self._stubs.values()), self._ask_database()
                )
                self._answers = dict(zip((*self._stubs, _DATABASE), states, strict=True))
                self._answered_at = time.monotonic()
            return dict(self._answers)

    async def _ask(self, stub: health_pb2_grpc.HealthStub) -> str:
        try:
            response = await stub.Check(
                health_pb2.HealthCheckRequest(), timeout=self._timeout_seconds
            )
        except grpc.aio.AioRpcError as err:
            return str(err.code().name)
        return str(health_pb2.HealthCheckResponse.ServingStatus.Name(response.status))

    async def _ask_database(self) -> str:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._ping_database()
        except StoreUnavailable:
            return "UNAVAILABLE"
        except TimeoutError:
            return "DEADLINE_EXCEEDED"
        return _SERVING


def health_router(readiness: Readiness) -> APIRouter:
    """/healthz: restart me where I do not answer. /readyz: send me requests only where 200."""
    router = APIRouter()

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        states = await readiness.states()
        ready = all(state == _SERVING for state in states.values())
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({"ready": ready, "services": states}, status_code=status)

    return router

"""A caller: an API key, the token it was last exchanged for, and calls that persist."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Collection
from typing import Any

import grpc

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from services.chassis.errors import Kind
from services.chassis.grpc_client import call
from services.chassis.grpc_errors import RemoteError, from_rpc_error
from services.sdk.replay.connection import Connection
from services.sdk.replay.patience import Deadline, persist

_CALL_SECONDS = 20.0
_STREAM_SECONDS = 600.0
# A token is renewed while it is still good for a while: clocks differ and calls take time.
_RENEW_BEFORE_SECONDS = 60.0
_RENEW_SHARE = 0.2


def new_request_id() -> str:
    """For one mutation; its repeats carry the same."""
    return str(uuid.uuid4())


class Session:
    """Keeps a good token for one API key; any number of tasks may ask for it at once."""

    def __init__(
        self,
        connection: Connection,
        *,
        secret: str,
        deadline: Deadline,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._accounts = connection.accounts
        self._secret = secret
        self._deadline = deadline
        self._now = now
        self._token = ""
        self._renew_at = 0.0
        self._renewing = asyncio.Lock()
        self.subject_id = ""
        self.organisation_id = ""

    async def token(self) -> str:
        """An access token that is good for a while yet. Errors: RemoteError."""
        if self._now() < self._renew_at:
            return self._token
        async with self._renewing:
            if self._now() >= self._renew_at:
                await persist(self._exchange, deadline=self._deadline)
            return self._token

    def forget(self, token: str) -> None:
        """The token was refused: the next call gets another."""
        if token == self._token:
            self._renew_at = 0.0

    async def _exchange(self) -> None:
        request = accounts_pb2.ExchangeApiKeyRequest(secret=self._secret)
        answer = await call(self._accounts.ExchangeApiKey, request, timeout_seconds=_CALL_SECONDS)
        lives = answer.expire_time.ToMicroseconds() / 1e6 - self._now()
        self._token = answer.access_token
        self._renew_at = self._now() + lives - min(_RENEW_BEFORE_SECONDS, lives * _RENEW_SHARE)
        self.subject_id = answer.subject_id
        self.organisation_id = answer.organisation_id


class Caller:
    """Calls services in one session's name, again and again until the deadline where that helps."""

    def __init__(self, *, session: Session, deadline: Deadline) -> None:
        self.session = session
        self.deadline = deadline

    async def call(
        self,
        method: Callable[..., Any],
        request: Any,
        *,
        early: Collection[str] = (),
        final: Collection[str] = (),
        deadline: Deadline | None = None,
    ) -> Any:
        """One unary call that is safe to repeat; see `persist`. Errors: RemoteError."""
        ends = deadline or self.deadline

        async def attempt() -> Any:
            token = await self.session.token()
            seconds = max(0.1, min(_CALL_SECONDS, ends.left_seconds))
            try:
                return await call(method, request, timeout_seconds=seconds, token=token)
            except RemoteError as err:
                if err.kind is Kind.UNAUTHENTICATED:
                    self.session.forget(token)
                raise

        try:
            return await persist(attempt, deadline=ends, early=early, final=final)
        except RemoteError as err:
            if err.kind is not Kind.UNAUTHENTICATED:
                raise
        # Refused although it should be good still: once more with a new token.
        return await persist(attempt, deadline=ends, early=early, final=final)

    async def stream(self, method: Callable[..., Any], request: Any) -> AsyncIterator[Any]:
        """The messages of one call, from one attempt; `request` may be an iterator of them.

        Errors:
            RemoteError: broken off or refused; what has come so far is all there is.
        """
        metadata = await self._metadata()
        try:
            async for message in method(request, timeout=self._stream_seconds, metadata=metadata):
                yield message
        except grpc.aio.AioRpcError as err:
            raise from_rpc_error(err) from err

    async def send(self, method: Callable[..., Any], requests: AsyncIterator[Any]) -> Any:
        """One client-streaming call, from one attempt. Errors: RemoteError."""
        metadata = await self._metadata()
        try:
            return await method(requests, timeout=self._stream_seconds, metadata=metadata)
        except grpc.aio.AioRpcError as err:
            raise from_rpc_error(err) from err

    @property
    def _stream_seconds(self) -> float:
        return max(0.1, min(_STREAM_SECONDS, self.deadline.left_seconds))

    async def _metadata(self) -> list[tuple[str, str]]:
        return [("authorization", f"Bearer {await self.session.token()}")]

"""The connection to NATS JetStream: publishing with proof, and pulling without waiting to fill."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import time
from collections.abc import Sequence

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext

from services.chassis.errors import PeerUnavailable
from services.chassis.events import OutgoingEvent
from services.chassis.logs import logger
from services.chassis.topology import ConsumerSpec

log = logger(__name__)

PUBLISH_TIMEOUT_SECONDS = 5.0
_PULL_EXPIRES_SECONDS = 5.0
# A request that the server forgot (it was restarted) is asked again after this.
_PULL_SILENCE_SECONDS = _PULL_EXPIRES_SECONDS + 2.0
_CONNECT_TIMEOUT_SECONDS = 5
_DRAIN_TIMEOUT_SECONDS = 5
_FLUSH_TIMEOUT_SECONDS = 5


class Bus:
    """One process's connection; it reconnects for ever, and says so in the log."""

    def __init__(self, *, client: Client, log: _ConnectionLog) -> None:
        self._client = client
        self._log = log
        self.js: JetStreamContext = client.jetstream(timeout=PUBLISH_TIMEOUT_SECONDS)

    @classmethod
    async def connect(
        cls, *, url: str, name: str, user: str = "", password: str = "", ca_file: str = ""
    ) -> Bus:
        """Errors: PeerUnavailable after half a minute without a server."""
        tls = ssl.create_default_context(cafile=ca_file) if ca_file else None
        deadline = time.monotonic() + 30.0
        connection_log = _ConnectionLog()
        while True:
            try:
                client = await nats.connect(
                    url,
                    name=name,
                    user=user or None,
                    password=password or None,
                    inbox_prefix=inbox_prefix(user),
                    tls=tls,
                    connect_timeout=_CONNECT_TIMEOUT_SECONDS,
                    reconnect_time_wait=0.5,
                    max_reconnect_attempts=-1,
                    allow_reconnect=True,
                    drain_timeout=_DRAIN_TIMEOUT_SECONDS,
                    error_cb=connection_log.error,
                    disconnected_cb=connection_log.disconnected,
                    reconnected_cb=connection_log.reconnected,
                )
            except (OSError, NatsError, TimeoutError) as err:
                if time.monotonic() > deadline:
                    raise PeerUnavailable("the bus did not answer", url=url) from err
                await asyncio.sleep(0.2)
                continue
            return cls(client=client, log=connection_log)

    @property
    def is_connected(self) -> bool:
        """False while it tries to reconnect."""
        return self._client.is_connected

    async def publish(self, event: OutgoingEvent) -> None:
        """Returns once the stream has it on disk.

        Errors:
            PeerUnavailable: no ack in time; it may be stored all the same, and the same id
                published again is nothing.
        """
        await self.publish_raw(event.subject, event.body, event.headers)

    async def publish_raw(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
        """As publish, for a body that is packed already."""
        try:
            await self.js.publish(subject, body, timeout=PUBLISH_TIMEOUT_SECONDS, headers=headers)
        except (NatsError, OSError, TimeoutError) as err:
            raise PeerUnavailable(
                "the bus did not confirm", subject=subject, cause=type(err).__name__
            ) from err

    async def pull(self, spec: ConsumerSpec) -> PullFeed:
        """A feed of one consumer's messages."""
        inbox = self._client.new_inbox()
        subscription = await self._client.subscribe(inbox)
        return PullFeed(client=self._client, subscription=subscription, inbox=inbox, spec=spec)

    async def close(self) -> None:
        """Sends what is buffered, then ends the connection."""
        if self._client.is_connected:
            with contextlib.suppress(NatsError, TimeoutError):
                await self._client.flush(timeout=_FLUSH_TIMEOUT_SECONDS)
        self._log.is_closing = True
        await self._client.close()


def inbox_prefix(user: str) -> str:
    """Where a user's answers and messages come: its own, so that no other user may hear them."""
    return f"_INBOX_{user}" if user else "_INBOX"


class PullFeed:
    """Pulls a consumer's messages: what is there now, at once, up to a batch.

    nats-py's own fetch waits for a full batch or its timeout; under a light load that would be
    the latency of every message.
    """

    def __init__(
        self, *, client: Client, subscription: Subscription, inbox: str, spec: ConsumerSpec
    ) -> None:
        self._client = client
        self._subscription = subscription
        self._inbox = inbox
        self._spec = spec
        self._asked_for = 0
        self._asked_at = 0.0

    async def next_batch(self, *, wait_seconds: float = 1.0) -> Sequence[Msg]:
        """Up to a batch of messages; none where nothing came in time."""
        await self._ask()
        messages: list[Msg] = []
        deadline = time.monotonic() + wait_seconds
        while len(messages) < self._spec.batch:
            remaining = deadline - time.monotonic()
            if remaining <= 0 and not self._subscription.pending_msgs:
                break
            try:
                message = await self._subscription.next_msg(timeout=max(remaining, 0.001))
            except (NatsTimeoutError, TimeoutError):
                break
            if self._is_status(message):
                await self._ask()
            else:
                if not messages:
                    deadline = time.monotonic() + self._spec.linger_seconds
                self._asked_for -= 1
                messages.append(message)
        return messages

    async def close(self) -> None:
        """Ends the subscription; what was pulled and not acked comes again to somebody."""
        with contextlib.suppress(NatsError):
            await self._subscription.unsubscribe()

    async def _ask(self) -> None:
        silent = time.monotonic() - self._asked_at > _PULL_SILENCE_SECONDS
        if self._asked_for > self._spec.batch // 2 and not silent:
            return
        request = {
            "batch": self._spec.batch,
            "expires": int(_PULL_EXPIRES_SECONDS * 1e9),
        }
        self._asked_for = self._spec.batch if silent else self._asked_for + self._spec.batch
        self._asked_at = time.monotonic()
        await self._client.publish(
            f"$JS.API.CONSUMER.MSG.NEXT.{self._spec.stream}.{self._spec.name}",
            json.dumps(request).encode(),
            self._inbox,
        )

    def _is_status(self, message: Msg) -> bool:
        """408, 409 and their kin end a request with so many messages still asked for."""
        headers = message.headers or {}
        if "Status" not in headers:
            return False
        left = int(headers.get("Nats-Pending-Messages", "0") or 0)
        self._asked_for = max(0, self._asked_for - left) if left else 0
        return True


class _ConnectionLog:
    def __init__(self) -> None:
        self.is_closing = False

    async def error(self, err: Exception) -> None:
        log.warning("bus.error", error=repr(err))

    async def disconnected(self) -> None:
        # The client calls this for an end that we asked for, too.
        if not self.is_closing:
            log.warning("bus.disconnected")

    async def reconnected(self) -> None:
        log.info("bus.reconnected")

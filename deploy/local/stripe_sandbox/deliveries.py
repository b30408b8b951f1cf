"""Webhook deliveries: signed, sent, and sent again with growing pauses for up to three days."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import aiohttp

from deploy.local.stripe_sandbox.objects import Stored
from deploy.local.stripe_sandbox.owed import FAILED, REPEAT
from deploy.local.stripe_sandbox.waker import Waker
from deploy.local.stripe_sandbox.world import Sandbox

_AT_ONCE: Final = 16
_LONGEST_PAUSE_SECONDS: Final = 3 * 3600.0
_GIVE_UP_SECONDS: Final = 3 * 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event owed to one endpoint."""

    seq: int
    event: str
    endpoint: str
    created: float
    attempts: int
    outcome: str


def signature(secrets: Sequence[str], body: bytes, *, timestamp: int) -> str:
    """Return the `Stripe-Signature` header of a payload: one `v1` for each valid secret."""
    signed = f"{timestamp}.".encode() + body
    digests = (hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets)
    return ",".join((f"t={timestamp}", *(f"v1={digest}" for digest in digests)))


def outstanding(sandbox: Sandbox) -> dict[str, float | int | None]:
    """Return how many deliveries are owed or given up, and the seconds to the next attempt."""
    row = sandbox.database.row("SELECT count(due), count(*) - count(due), min(due) FROM deliveries")
    owed, given_up, due = row or (0, 0, None)
    wait = None if due is None else max(float(due) - sandbox.clock.now(), 0.0)
    return {"owed": owed, "given_up": given_up, "next_attempt_in_seconds": wait}


class Courier:
    """Sends what is owed. A delivery leaves the file only when its receiver answered 2xx."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession, waker: Waker) -> None:
        self._sandbox = sandbox
        self._session = session
        self._waker = waker
        self._under_way: set[int] = set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                for delivery in self._due():
                    self._under_way.add(delivery.seq)
                    tasks.create_task(self._deliver(delivery))
                await self._waker.sleep(self._seconds_to_next())

    def _due(self) -> list[Delivery]:
        free = _AT_ONCE - len(self._under_way)
        if free <= 0:
            return []
        rows = self._sandbox.database.rows(
            "SELECT seq, event, endpoint, created, attempts, outcome FROM deliveries "
            "WHERE due <= ? ORDER BY due LIMIT ?",
            (self._sandbox.clock.now(), _AT_ONCE + free),
        )
        due = [
            Delivery(
                seq=row[0],
                event=row[1],
                endpoint=row[2],
                created=row[3],
                attempts=row[4],
                outcome=row[5],
            )
            for row in rows
            if row[0] not in self._under_way
        ]
        return due[:free]

    def _seconds_to_next(self) -> float | None:
        if len(self._under_way) >= _AT_ONCE:
            return None
        rows = self._sandbox.database.rows(
            "SELECT seq, due FROM deliveries WHERE due IS NOT NULL ORDER BY due LIMIT ?",
            (_AT_ONCE + 1,),
        )
        waiting = [due for seq, due in rows if seq not in self._under_way]
        return float(waiting[0]) - self._sandbox.clock.now() if waiting else None

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            self._record(delivery, delivered=await self._send(delivery))
        finally:
            self._under_way.discard(delivery.seq)
            self._waker.wake()

    async def _send(self, delivery: Delivery) -> bool:
        objects = self._sandbox.objects
        # Of either version: thin events go to destinations, the others to endpoints.
        event = objects.find(delivery.event)
        endpoint = objects.find(delivery.endpoint)
        if event is None or endpoint is None or endpoint.body["status"] != "enabled":
            return False
        body = _payload(event, endpoint)
        self._sandbox.recorder.delivery(body)
        # Receivers judge the timestamp by their own clock, so it is the wall's, not the sandbox's.
        stamp = signature(self._secrets(endpoint), body, timestamp=int(time.time()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": stamp,
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "X-Sandbox": "crewline",
        }
        limit = aiohttp.ClientTimeout(total=self._sandbox.settings.webhook_timeout_seconds)
        try:
            async with self._session.post(
                endpoint.private.get("url") or endpoint.body["url"],
                data=body,
                headers=headers,
                timeout=limit,
                allow_redirects=False,
            ) as response:
                return 200 <= response.status < 300
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            # Whatever the receiver did, it did not say 2xx: the delivery stays owed.
            return False

    def _secrets(self, endpoint: Stored) -> list[str]:
        """Return the secret, and the one before it for as long as it is still valid."""
        private = endpoint.private
        if private.get("old_secret_until", 0) > self._sandbox.clock.now():
            return [private["secret"], private["old_secret"]]
        return [private["secret"]]

    def _record(self, delivery: Delivery, *, delivered: bool) -> None:
        with self._sandbox.database.transaction():
            if delivered:
                self._sandbox.database.run("DELETE FROM deliveries WHERE seq = ?", (delivery.seq,))
                if delivery.outcome != REPEAT:
                    self._count_down(delivery.event)
            else:
                self._postpone(delivery)

    def _count_down(self, event_id: str) -> None:
        # Thin events tell nobody how many have not heard of them.
        event = self._sandbox.objects.find(event_id, kind="event")
        if event is not None:
            event.body["pending_webhooks"] -= 1
            self._sandbox.objects.save(event)

    def _postpone(self, delivery: Delivery) -> None:
        now = self._sandbox.clock.now()
        base = self._sandbox.settings.webhook_retry_base_seconds
        # 2**20 is past the longest pause for any base: the exponent need not grow further.
        pause = min(base * 2 ** min(delivery.attempts, 20), _LONGEST_PAUSE_SECONDS)
        if now - delivery.created >= _GIVE_UP_SECONDS:
            due, outcome = None, FAILED
        else:
            due, outcome = now + pause, delivery.outcome
        self._sandbox.database.run(
            "UPDATE deliveries SET attempts = ?, due = ?, outcome = ? WHERE seq = ?",
            (delivery.attempts + 1, due, outcome, delivery.seq),
        )


def _payload(event: Stored, endpoint: Stored) -> bytes:
    body = dict(event.body)
    if endpoint.body.get("api_version"):
        body["api_version"] = endpoint.body["api_version"]
    return json.dumps(body, indent=2).encode()

"""Object locks: two calls that change one object do not run side by side.

A call that holds an object for long (a delayed one) makes the next wait, and refuses it with
`lock_timeout` when it has waited long enough; nothing of that refusal is kept under its key.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deploy.local.stripe_sandbox.rate_limits import limited
from deploy.local.stripe_sandbox.world import Call


class ObjectLocks:
    """The objects that calls under way hold, by id."""

    def __init__(self, *, wait_seconds: float) -> None:
        self._wait_seconds = wait_seconds
        self._held: set[str] = set()
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def holding(self, objects: frozenset[str]) -> AsyncIterator[None]:
        """Hold objects while a call is executed, or raise 429 `lock_timeout`."""
        if not self._held.isdisjoint(objects):
            await self._until_free(objects)
        self._held |= objects
        try:
            yield
        finally:
            self._held -= objects
            self._freed.set()
            self._freed = asyncio.Event()

    async def _until_free(self, objects: frozenset[str]) -> None:
        try:
            async with asyncio.timeout(self._wait_seconds):
                while not self._held.isdisjoint(objects):
                    await self._freed.wait()
        except TimeoutError as cause:
            raise limited("", code="lock_timeout") from cause


def objects_of(call: Call, *, platform: str) -> frozenset[str]:
    """Return what a call changes: what its path names, whom it pays, and whose balance it uses.

    The platform's own balance is not among them: transfers to different accounts run side by side.
    """
    if call.method == "GET":
        return frozenset()
    # What belongs to an account is changed with the account.
    owner = call.ids.get("account")
    named = {owner} if owner else set(call.ids.values())
    if call.operation == "transfer.create":
        named.add(str(call.params.get("destination", "")))
    if call.account != platform:
        named.add(call.account)
    return frozenset(named - {""})

"""Password hashing with argon2id (RFC 9106), in threads of its own."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from argon2.low_level import Type, hash_secret_raw

from services.accounts import metrics
from services.chassis.errors import Overloaded

T = TypeVar("T")

_FINGERPRINT_BYTES = 32
_SALT_BYTES = 16


class Argon2Passwords:
    """The threads are the bound on memory: one hash needs `memory_kib` for as long as it runs.

    A caller that goes away leaves its hash running; behind a semaphore, the next would join it.
    """

    def __init__(
        self, *, memory_kib: int, iterations: int, lanes: int, at_once: int, waiting_max: int
    ) -> None:
        self._hasher = PasswordHasher(
            time_cost=iterations, memory_cost=memory_kib, parallelism=lanes
        )
        self._at_once = at_once
        self._waiting_max = waiting_max
        self._threads = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="argon2")
        self._taken = 0
        # Of a password that nobody has: what is verified where there is no hash.
        self._nobodys = self._hasher.hash(os.urandom(32))

    async def hash(self, password: str) -> str:
        """See PasswordHashes."""
        return await self._in_thread(self._hasher.hash, password)

    async def verify(self, encoded: str | None, password: str) -> bool:
        """See PasswordHashes."""
        matches = await self._in_thread(self._matches, encoded or self._nobodys, password)
        return matches and encoded is not None

    def is_stale(self, encoded: str) -> bool:
        """See PasswordHashes."""
        return self._hasher.check_needs_rehash(encoded)

    async def fingerprint(self, texts: tuple[str, ...], *, salt: str) -> str:
        """See PasswordHashes."""
        # The length before each keeps ("ab", "c") and ("a", "bc") apart.
        joined = "".join(f"{len(text)}:{text}" for text in texts).encode()
        raw = await self._in_thread(
            lambda: hash_secret_raw(
                joined,
                hashlib.sha256(salt.encode()).digest()[:_SALT_BYTES],
                time_cost=self._hasher.time_cost,
                memory_cost=self._hasher.memory_cost,
                parallelism=self._hasher.parallelism,
                hash_len=_FINGERPRINT_BYTES,
                type=Type.ID,
            )
        )
        return raw.hex()

    async def close(self) -> None:
        """Returns when every hash that began has ended; those that wait are dropped."""
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)

    def _matches(self, encoded: str, password: str) -> bool:
        try:
            return self._hasher.verify(encoded, password)
        except VerifyMismatchError:
            return False

    async def _in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        if self._taken >= self._at_once + self._waiting_max:
            raise Overloaded("too many passwords are waiting to be hashed")
        taken_at = time.perf_counter()
        future = self._threads.submit(work, *arguments)
        self._count(+1)
        loop = asyncio.get_running_loop()
        # However it ends, also where nobody waits for it any more.
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._count, -1))
        try:
            return await asyncio.wrap_future(future)
        finally:
            metrics.PASSWORD_HASH_SECONDS.observe(time.perf_counter() - taken_at)

    def _count(self, change: int) -> None:
        self._taken += change
        metrics.PASSWORD_HASHES.set(self._taken)

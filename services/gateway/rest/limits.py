"""So many requests a second for each key, and some at once; in bounded memory."""

from __future__ import annotations

import contextlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.chassis.errors import DomainError, Kind
from services.gateway.client_address import network_of

_KEYS_MAX = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a key has left; `wait_seconds` is 0 where the request was taken."""

    limit: int
    """Requests that a full bucket holds."""
    remaining: int
    reset_seconds: int
    """Until the bucket is full again."""
    wait_seconds: float


class RateExceeded(DomainError):
    """The key, or the address, has no request left at the moment."""

    kind, reason = Kind.EXHAUSTED, "RATE_EXCEEDED"

    def __init__(
        self,
        message: str,
        *,
        retry_seconds: float,
        allowance: Allowance | None = None,
        **metadata: object,
    ) -> None:
        super().__init__(message, **metadata)
        self.retry_seconds = retry_seconds
        self.allowance = allowance


class Buckets:
    """Token buckets; where there are too many keys, those unused for longest start anew."""

    def __init__(
        self,
        *,
        per_second: float,
        burst: int,
        keys_max: int = _KEYS_MAX,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._keys_max = keys_max
        self._monotonic = monotonic
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> Allowance:
        """Takes one, where there is one."""
        now = self._monotonic()
        level = self._level(key, now)
        taken = level >= 1.0
        if taken:
            level -= 1.0
        self._buckets[key] = (level, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._keys_max:
            self._buckets.popitem(last=False)
        return self._allowance(level, taken=taken)

    def look(self, key: str) -> Allowance:
        """As take, but nothing is taken."""
        level = self._level(key, self._monotonic())
        return self._allowance(level, taken=level >= 1.0)

    def __len__(self) -> int:
        """Keys in memory."""
        return len(self._buckets)

    def _level(self, key: str, now: float) -> float:
        level, since = self._buckets.get(key, (float(self._burst), now))
        return min(float(self._burst), level + max(now - since, 0.0) * self._per_second)

    def _allowance(self, level: float, *, taken: bool) -> Allowance:
        return Allowance(
            limit=self._burst,
            remaining=int(level),
            reset_seconds=math.ceil((self._burst - level) / self._per_second),
            wait_seconds=0.0 if taken else (1.0 - level) / self._per_second,
        )


class StreamSlots:
    """How many streams each key may have open; one that is closed counts no more."""

    def __init__(self, *, per_key_max: int) -> None:
        self._per_key_max = per_key_max
        self._open: dict[str, int] = {}

    @contextlib.contextmanager
    def one(self, key: str) -> Iterator[None]:
        """Holds one open. Errors: RateExceeded where as many are open as may be."""
        number = self._open.get(key, 0)
        if number >= self._per_key_max:
            raise RateExceeded(
                f"{number} streams are open, as many as may be",
                retry_seconds=1.0,
                streams_max=self._per_key_max,
            )
        self._open[key] = number + 1
        try:
            yield
        finally:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]


class Limits:
    """Keys have a bucket each; who shows none, or a wrong one, has that of the own address."""

    def __init__(self, *, keys: Buckets, addresses: Buckets, streams: StreamSlots) -> None:
        self._keys = keys
        self._addresses = addresses
        self.streams = streams

    def take(self, limit_key: str) -> Allowance:
        """One request of a caller. Errors: RateExceeded."""
        return _admitted(self._keys.take(limit_key), "of this key")

    def take_public(self, address: str) -> Allowance:
        """One request that carries no credential. Errors: RateExceeded."""
        return _admitted(self._addresses.take(network_of(address)), "from this address")

    def check_address(self, address: str) -> None:
        """Whether another credential may be tried from there. Errors: RateExceeded."""
        _admitted(self._addresses.look(network_of(address)), "from this address")

    def refused(self, address: str) -> None:
        """A credential from there was none."""
        self._addresses.take(network_of(address))


def _admitted(allowance: Allowance, whose: str) -> Allowance:
    if allowance.wait_seconds:
        raise RateExceeded(
            f"too many requests {whose}",
            retry_seconds=allowance.wait_seconds,
            allowance=allowance,
            limit=allowance.limit,
        )
    return allowance

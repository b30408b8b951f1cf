"""Addresses that keep bringing secrets that do not work are refused unseen."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from prometheus_client import Counter

from services.accounts.domain.errors import RateLimited
from services.accounts.domain.rate_limits import RateLimit
from services.chassis.errors import DomainError


class Failures:
    """Of one kind of secret. They are long and random: the limit spares the database, no more."""

    def __init__(
        self,
        *,
        limit: RateLimit,
        monotonic: Callable[[], float],
        of: type[DomainError],
        outcomes: Counter,
    ) -> None:
        self._limit = limit
        self._monotonic = monotonic
        self._of = of
        self._outcomes = outcomes

    @contextlib.contextmanager
    def counted(self, address: str) -> Iterator[None]:
        """Around one attempt; it fails by raising this kind's error.

        Errors:
            RateLimited: too many failures from this address.
        """
        if not self._limit.allows(address, now_seconds=self._monotonic()):
            self._outcomes.labels("limited").inc()
            raise RateLimited("too many failed attempts from there; try again a little later")
        try:
            yield
        except self._of:
            self._limit.take(address, now_seconds=self._monotonic())
            raise

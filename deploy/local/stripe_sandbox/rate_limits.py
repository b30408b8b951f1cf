"""Request limits: one bucket for the key and one for each endpoint, refilled by time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from deploy.local.stripe_sandbox.errors import ApiError

# Endpoints that Stripe gives a limit of their own, as a share of the usual one of 25 a second.
_SHARES: Final = {"payout.create": 15 / 25, "account.create": 30 / 25}


@dataclass(slots=True, kw_only=True)
class _Bucket:
    tokens: float
    filled_at: float


class RateLimits:
    """Counts on the wall clock: virtual time does not let a client send faster."""

    def __init__(self, *, per_second: int, endpoint_per_second: int) -> None:
        self._per_second = per_second
        self._endpoint_per_second = endpoint_per_second
        self._buckets: dict[str, _Bucket] = {}

    def check(self, operation: str) -> None:
        """Take one request's worth from both buckets, or refuse it.

        Calls in connected accounts' names count together with the platform's own.
        """
        if self._per_second == 0:
            return
        share = _SHARES.get(operation, 1.0)
        if not self._take(operation, self._endpoint_per_second * share):
            raise limited("endpoint-rate")
        if not self._take("", float(self._per_second)):
            raise limited("global-rate")

    def _take(self, key: str, rate: float) -> bool:
        if rate <= 0:
            return True
        now = time.monotonic()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(tokens=rate, filled_at=now)
        bucket.tokens = min(rate, bucket.tokens + (now - bucket.filled_at) * rate)
        bucket.filled_at = now
        if bucket.tokens < 1.0:
            return False
        bucket.tokens -= 1.0
        return True


def limited(reason: str, *, code: str = "rate_limit") -> ApiError:
    """Return a 429; only a limiter names its reason in a header, a lock does not."""
    if code == "lock_timeout":
        return ApiError(
            status=429,
            message=(
                "This object cannot be accessed right now because another API request or Stripe "
                "process is currently accessing it."
            ),
            code=code,
        )
    return ApiError(
        status=429,
        message="Request rate limit exceeded. Learn more at https://stripe.com/docs/rate-limits.",
        code=code,
        headers={"Stripe-Rate-Limited-Reason": reason},
    )

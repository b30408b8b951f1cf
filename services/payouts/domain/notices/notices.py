"""What organisations are told at addresses of their own: how it is signed, how often it is sent.

The form is that of the Standard Webhooks specification (standardwebhooks.com): headers
`webhook-id`, `webhook-timestamp` and `webhook-signature`, the latter `v1,` and the base64 of
HMAC-SHA256 over `id.timestamp.payload`; several signatures are apart by a space.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from services.chassis.errors import DomainError, Kind

ENDPOINTS_MAX: Final = 10
URL_CHARACTERS_MAX: Final = 500
DESCRIPTION_CHARACTERS_MAX: Final = 200
# A secret that was replaced signs so much longer, beside the new one.
ROTATION: Final = timedelta(hours=24)

# Pauses after a failed try; with the length of the tries just under three days in all.
BACKOFF: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=20),
)
_SECRET_PREFIX: Final = "whsec_"  # noqa: S105 (what every one of them begins with)


class NoticeType(StrEnum):
    """What there is to be told of."""

    PROJECT_STATE_CHANGED = "project.state_changed"
    RESULTS_READY = "results.ready"
    FUNDS_LOW = "funds.low"
    FUNDS_EXHAUSTED = "funds.exhausted"
    PAY_BELOW_FLOOR = "pay.below_floor"
    STATEMENT_CHANGED = "statement.changed"


class EndpointNotFound(DomainError):
    """No such endpoint, or it is another organisation's."""

    kind, reason = Kind.NOT_FOUND, "WEBHOOK_ENDPOINT_NOT_FOUND"


class DeliveryNotFound(DomainError):
    """No such delivery, or it is another organisation's, or it is too long ago."""

    kind, reason = Kind.NOT_FOUND, "WEBHOOK_DELIVERY_NOT_FOUND"


class EndpointsTooMany(DomainError):
    """An organisation has as many endpoints as it may have."""

    kind, reason = Kind.PRECONDITION, "WEBHOOK_ENDPOINTS_TOO_MANY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where an organisation wants to hear of what; empty `types` are all.

    The secrets are not kept: they follow from the id and `secret_version` (see `secret_of`).
    """

    endpoint_id: str
    organisation_id: str
    url: str
    types: frozenset[NoticeType]
    description: str
    created_at: datetime
    secret_version: int = 1
    rotated_at: datetime | None = None

    def wants(self, kind: NoticeType) -> bool:
        return not self.types or kind in self.types

    def versions(self, now: datetime) -> tuple[int, ...]:
        """Return the secrets that sign now, the newest first."""
        if self.rotated_at is None or now >= self.rotated_at + ROTATION:
            return (self.secret_version,)
        return (self.secret_version, self.secret_version - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell one organisation; the same id is told once."""

    notice_id: str
    organisation_id: str
    type: NoticeType
    at: datetime
    data: Mapping[str, object]

    @property
    def payload(self) -> bytes:
        body = {
            "id": self.notice_id,
            "type": self.type.value,
            "timestamp": self.at.isoformat().replace("+00:00", "Z"),
            "data": dict(self.data),
        }
        return json.dumps(body, separators=(",", ":"), sort_keys=True).encode()


class DeliveryState(StrEnum):
    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    # Given up after the last try; an operator or the owner may order it anew.
    DEAD = "DEAD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One notice on its way to one endpoint, and what became of the tries."""

    delivery_id: str
    notice_id: str
    endpoint_id: str
    organisation_id: str
    type: NoticeType
    payload: bytes
    created_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    tries: int = 0
    status: int = 0
    error: str = ""
    tried_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What came of one try: an HTTP status, or 0 and why there was none."""

    status: int
    error: str = ""

    @property
    def is_taken(self) -> bool:
        # A redirect is no answer: where it leads was never checked.
        return 200 <= self.status < 300


def after_try(delivery: Delivery, receipt: Receipt) -> tuple[DeliveryState, timedelta | None]:
    """Return how the delivery stands after one more try, and when the next is, if there is one."""
    if receipt.is_taken:
        return DeliveryState.DELIVERED, None
    if receipt.status == 410 or delivery.tries >= len(BACKOFF):
        # Gone: the receiver says that it never wants it.
        return DeliveryState.DEAD, None
    return DeliveryState.PENDING, BACKOFF[delivery.tries]


def secret_of(endpoint_id: str, version: int, *, master: bytes) -> str:
    """Derive an endpoint's secret, so that none is kept: HMAC-SHA256 under the platform's key."""
    told = f"webhook:{endpoint_id}:{version}".encode()
    digest = hmac.new(master, told, sha256).digest()
    return _SECRET_PREFIX + base64.b64encode(digest).decode()


def signed_headers(
    notice_id: str, payload: bytes, *, secrets: Sequence[str], now: datetime
) -> dict[str, str]:
    """Sign a payload with every secret that holds now."""
    seconds = int(now.timestamp())
    told = f"{notice_id}.{seconds}.".encode() + payload
    signatures = [
        base64.b64encode(
            hmac.new(base64.b64decode(secret.removeprefix(_SECRET_PREFIX)), told, sha256).digest()
        ).decode()
        for secret in secrets
    ]
    return {
        "webhook-id": notice_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }

"""Stripe's client, opened when it is first used, and what a notification's signature proves."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

import aiohttp
import stripe

from services.payouts.domain.payments.rail_errors import EventMalformed, SignatureInvalid


class StripeConnection:
    """One rail's way to Stripe."""

    def __init__(self, *, api_base: str, secret_key: str, timeout_seconds: float) -> None:
        stripe.enable_telemetry = False
        self._api_base = api_base
        self._secret_key = secret_key
        self._timeout_seconds = timeout_seconds
        self._session: aiohttp.ClientSession | None = None
        self._opened: stripe.StripeClient | None = None

    @property
    def client(self) -> stripe.StripeClient:
        """Without retries of its own: those are ours."""
        # Opened when first used: a session belongs to the loop that it was made in.
        if self._opened is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._timeout_seconds)
            )
            self._opened = stripe.StripeClient(
                self._secret_key,
                base_addresses={"api": self._api_base},
                http_client=stripe.AIOHTTPClient(
                    timeout=self._timeout_seconds, session=self._session
                ),
                max_network_retries=0,
            )
        return self._opened

    async def close(self) -> None:
        """Ends the connections; a call that comes later opens them anew."""
        if self._session is not None:
            await self._session.close()
            self._session = self._opened = None


@contextlib.contextmanager
def proved(
    payload: bytes,
    signature: str,
    *,
    secret: str,
    endpoint: str,
    form: str,
    tolerance_seconds: int,
) -> Iterator[dict[str, Any]]:
    """A notification that the signature proves; within it, it is read.

    `form` is the `object` that it must be. No connection is needed, and none is opened: one may
    come before the first call, and after the last.

    Errors: SignatureInvalid (also one from the future, which Stripe's check lets pass),
    EventMalformed (also what fails within).
    """
    try:
        stripe.WebhookSignature.verify_header(payload, signature, secret, tolerance_seconds)
        if _signed_at(signature) > time.time() + tolerance_seconds:
            raise SignatureInvalid("the signature is from the future", endpoint=endpoint)
        event = json.loads(payload)
        if event["object"] != form:
            raise EventMalformed(f"this is no {form}", endpoint=endpoint)
        yield event
    except stripe.SignatureVerificationError as err:
        raise SignatureInvalid("the signature proves nothing", endpoint=endpoint) from err
    except (ValueError, KeyError, TypeError, AttributeError) as err:
        raise EventMalformed(f"this is no {form}", endpoint=endpoint) from err


def _signed_at(signature: str) -> int:
    parts = dict(part.split("=", 1) for part in signature.split(",") if "=" in part)
    return int(parts["t"])

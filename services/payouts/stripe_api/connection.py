"""Stripe's client, opened when it is first used, and what a notification's signature proves."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

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
        """Ends the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = self._opened = None


@contextlib.contextmanager
def proving(signature: str, *, endpoint: str, form: str, tolerance_seconds: int) -> Iterator[None]:
    """Within it a notification is verified and read; `form` is what it should be, in words.

    Errors: SignatureInvalid (also one from the future, which Stripe's client lets pass),
    EventMalformed.
    """
    try:
        yield
        if _signed_at(signature) > time.time() + tolerance_seconds:
            raise SignatureInvalid("the signature is from the future", endpoint=endpoint)
    except stripe.SignatureVerificationError as err:
        raise SignatureInvalid("the signature proves nothing", endpoint=endpoint) from err
    except (ValueError, KeyError, TypeError, AttributeError) as err:
        raise EventMalformed(f"this is no {form}", endpoint=endpoint) from err


def _signed_at(signature: str) -> int:
    parts = dict(part.split("=", 1) for part in signature.split(",") if "=" in part)
    return int(parts["t"])

"""Who a request of a program is from, for routes that no proto describes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request

from services.gateway.callers import Caller, Callers
from services.gateway.client_address import ClientAddresses
from services.gateway.rest.credentials import credential

Identify = Callable[[Request], Awaitable[Caller]]
"""Errors: Unauthenticated."""


def by_credential(callers: Callers, addresses: ClientAddresses) -> Identify:
    """By API key or access token."""

    async def identify(request: Request) -> Caller:
        return await callers.from_credential(
            credential(request.scope["headers"]), peer=addresses.of(request.scope)
        )

    return identify

"""From a request to its caller, or to why there is none; and whether it may ask again so soon."""

from __future__ import annotations

from fastapi import Request

from services.chassis.errors import DomainError, Kind
from services.gateway.callers import Caller, Callers
from services.gateway.client_address import ClientAddresses
from services.gateway.rest.credentials import credential
from services.gateway.rest.limits import Allowance, Limits


class Admission:
    """What every route for programs asks first."""

    def __init__(self, *, callers: Callers, addresses: ClientAddresses, limits: Limits) -> None:
        self._callers = callers
        self._addresses = addresses
        self.limits = limits

    async def identify(self, request: Request) -> Caller:
        """The caller; the request is counted.

        Errors:
            Unauthenticated, RateExceeded, RemoteError.
        """
        caller, _ = await self.admit(request)
        return caller

    async def admit(self, request: Request) -> tuple[Caller, Allowance]:
        """As identify, with what the caller has left."""
        address = self._addresses.of(request.scope)
        self.limits.check_address(address)
        try:
            caller = await self._callers.from_credential(
                credential(request.scope["headers"]), peer=address
            )
        except DomainError as err:
            if err.kind is Kind.UNAUTHENTICATED:
                self.limits.refused(address)
            raise
        return caller, self.limits.take(caller.limit_key)

    def admit_public(self, request: Request) -> Allowance:
        """For a route that asks for no credential. Errors: RateExceeded."""
        return self.limits.take_public(self.address(request))

    def address(self, request: Request) -> str:
        """Of the client."""
        return self._addresses.of(request.scope)

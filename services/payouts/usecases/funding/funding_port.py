"""What the use cases need of a rail that clients' money comes in on."""

from __future__ import annotations

from typing import Protocol

from services.payouts.domain.funding.deposits import Deposit, Method
from services.payouts.domain.payments.rail_objects import Answer, Incoming, ReturnedMoney


class FundingRail(Protocol):
    """Calls that make something tell every outcome apart; reads raise ProviderUnavailable."""

    async def ask(self, deposit: Deposit) -> Answer[Incoming]:
        """Asks for what the deposit wants, under its key."""

    async def look_up(self, deposit: Deposit) -> Answer[Incoming]:
        """Finds what a deposit's call has made."""

    async def fetch(self, method: Method, rail_id: str) -> Incoming | None:
        """As it is now; None where there is no such thing."""

    async def fetch_page(self, session_id: str) -> Incoming | None:
        """The rail's own payment page as it is now, with what was paid on it."""

    async def payment_of(self, family: str, object_id: str) -> str:
        """The id of the payment that a charge, refund or dispute is of; empty where of none."""

    async def returns(self, rail_id: str) -> list[ReturnedMoney]:
        """All that has gone back of a payment, and come again, since it succeeded."""

"""What reconciliation needs of a rail: all that has moved there, and what nobody has been told."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from services.payouts.domain.answers.contractor_money import BankLine
from services.payouts.domain.reconciliation.rail_history import EventPage, TransactionPage


class MovementHistory(Protocol):
    """What has moved one account's balance."""

    async def transactions(
        self, account: str, *, since: datetime | None, after: str
    ) -> TransactionPage:
        """A page of what was created at `since` or later, going on where the one before said.

        Errors: ProviderUnavailable.
        """


class RailHistory(MovementHistory, Protocol):
    """Lists of one account: `platform`, or a payee's account by its id at the rail."""

    async def undelivered(self, account: str, *, after: str) -> EventPage:
        """A page of events that some endpoint has not taken. Errors: ProviderUnavailable."""

    async def bank_line(self, account: str, payout_id: str) -> BankLine | None:
        """What the bank shows of a payout; None where the account has no such.

        Errors: ProviderUnavailable.
        """

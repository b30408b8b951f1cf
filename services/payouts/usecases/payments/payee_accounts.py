"""Payees' accounts at whichever rail they are paid on."""

from __future__ import annotations

from services.chassis.authentication import Principal
from services.chassis.errors import DomainError, Kind
from services.payouts.domain.ledger.accounts import MANUAL_CSV, STRIPE_GLOBAL
from services.payouts.domain.statements.statement_lines import Payee
from services.payouts.usecases.payments.payout_accounts import PayoutAccounts
from services.payouts.usecases.payments.payout_rails import PayoutRails


class RailWithoutAccounts(DomainError):
    """Payments of this payee go to the bank account that was given, not to one at a provider."""

    kind, reason = Kind.PRECONDITION, "PAYOUT_RAIL_HAS_NO_ACCOUNTS"


class PayeeAccounts:
    """Tells where a payee's account is, or is to be opened."""

    def __init__(
        self, *, connect: PayoutAccounts, recipients: PayoutAccounts | None, rails: PayoutRails
    ) -> None:
        self._connect = connect
        self._recipients = recipients
        self._rails = rails

    async def payee(self, principal: Principal) -> tuple[Payee, str]:
        """The caller as a payee, and the country. Errors: PayeeNotFound, PaidByVendor."""
        return await self._connect.payee(principal)

    async def to_open(self, payee: Payee, country: str) -> PayoutAccounts:
        """Errors: RailWithoutAccounts."""
        rail = await self._rails.rail_of(payee, country=country)
        if rail == MANUAL_CSV:
            raise RailWithoutAccounts(
                "payments go to a bank in files: tell the bank details, or choose another rail",
                rail=rail,
            )
        return self._at(rail)

    async def to_read(self, principal: Principal, payee_id: str) -> PayoutAccounts:
        """Where to look; whether there is one is another question."""
        return self._at(await self._rails.rail_seen(principal, payee_id))

    def _at(self, rail: str) -> PayoutAccounts:
        if rail == STRIPE_GLOBAL and self._recipients is not None:
            return self._recipients
        return self._connect

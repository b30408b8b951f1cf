"""What the use cases need of a payment rail: `Rail` of every one, `PaymentRail` of Connect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from services.payouts.domain.payments.instructions import Instruction, RailPolicy
from services.payouts.domain.payments.payout_accounts import PayoutAccount
from services.payouts.domain.payments.payout_rails import RailUnavailable
from services.payouts.domain.payments.rail import Op, Outcome, RailObject
from services.payouts.domain.payments.rail_objects import (
    AccountLink,
    Answer,
    ConnectedAccount,
    Notification,
    RailBalance,
)


class Rail(Protocol):
    """Calls that make something tell every outcome apart; reads raise ProviderUnavailable."""

    async def admit(self, op: Op) -> None:
        """Returns when a call of this kind may go without being turned away for its number."""

    async def send(self, instruction: Instruction) -> Outcome:
        """Makes the call that is under way, under its key; call `admit` before."""

    async def look_up(self, instruction: Instruction) -> Outcome:
        """Finds what an attempt has made, by the metadata that was sent with it."""

    async def fetch(self, op: Op, rail_id: str, *, destination: str) -> RailObject | None:
        """What a call has made, as it is now; None where there is no such thing."""

    async def take_back(self, instruction: Instruction) -> Outcome:
        """Cancels what has not left yet, or reverses what lies with the payee at the rail.

        Of the first call. Confirmed with the object as it then is; refused where it is too late.
        """

    def verify(self, payload: bytes, *, signature: str, endpoint: str) -> Notification:
        """Errors: SignatureInvalid, EventMalformed; of a rail without events, always."""


class RecipientRail(Protocol):
    """Accounts of payees at a rail."""

    async def create_account(self, wanted: PayoutAccount) -> Answer[ConnectedAccount]:
        """Opens an account under its key."""

    async def find_account(self, wanted: PayoutAccount) -> Answer[ConnectedAccount]:
        """Finds what such a call has opened."""

    async def fetch_account(self, account_id: str) -> ConnectedAccount:
        """As it is now; one that is gone can do nothing."""

    async def account_link(
        self, account_id: str, *, refresh_url: str, return_url: str
    ) -> AccountLink:
        """A new single-use link."""


class PaymentRail(Rail, RecipientRail, Protocol):
    """Connect: payees have balances of their own there."""

    async def fetch_transfer(self, rail_id: str) -> RailObject | None:
        """None where there is no such transfer."""

    async def fetch_payout(self, rail_id: str, *, account_id: str) -> RailObject | None:
        """None where the account has no such payout."""

    async def available_minor(self, account_id: str, *, currency: str) -> int | None:
        """What a payee's account could pay out now; negative where it owes.

        None where the account is gone, or its holder has cut us off.
        """

    async def platform_balances(self) -> list[RailBalance]:
        """What the platform's own account holds."""


class Rails:
    """All rails that there are here, by the names that instructions and ledger accounts carry."""

    def __init__(
        self,
        *,
        connect: PaymentRail,
        rails: Mapping[str, Rail],
        policies: Mapping[str, RailPolicy],
    ) -> None:
        """`rails` and `policies` have the same names, Connect's among them."""
        self.connect = connect
        self._rails = dict(rails)
        self._policies = dict(policies)

    @property
    def names(self) -> frozenset[str]:
        """Which there are."""
        return frozenset(self._rails)

    def of(self, name: str) -> Rail:
        """Errors: RailUnavailable."""
        found = self._rails.get(name)
        if found is None:
            raise RailUnavailable(f"{name} is not set up here", rail=name)
        return found

    def policy(self, name: str) -> RailPolicy:
        """How this rail remembers keys; known of every rail, set up or not."""
        return self._policies[name]

"""What the use cases need of a payment rail; `stripe_rail` is the one there is."""

from __future__ import annotations

from typing import Protocol

from services.payouts.domain.deposits import Deposit
from services.payouts.domain.instructions import Instruction
from services.payouts.domain.payout_accounts import PayoutAccount
from services.payouts.domain.rail import Op, Outcome, RailObject
from services.payouts.domain.rail_objects import (
    AccountLink,
    Answer,
    ConnectedAccount,
    Notification,
    RailBalance,
    TopUp,
)


class PaymentRail(Protocol):
    """Calls that make something tell every outcome apart; reads raise ProviderUnavailable."""

    async def admit(self, op: Op) -> None:
        """Returns when a call of this kind may go without being turned away for its number."""

    async def send(self, instruction: Instruction) -> Outcome:
        """Makes the call that is under way, under its key; call `admit` before."""

    async def look_up(self, instruction: Instruction) -> Outcome:
        """Finds what an attempt has made, by the metadata that was sent with it."""

    async def fetch_transfer(self, rail_id: str) -> RailObject | None:
        """None where there is no such transfer."""

    async def fetch_payout(self, rail_id: str, *, account_id: str) -> RailObject | None:
        """None where the account has no such payout."""

    async def available_minor(self, account_id: str, *, currency: str) -> int:
        """What a payee's account could pay out now."""

    async def platform_balances(self) -> list[RailBalance]:
        """What the platform's own account holds."""

    async def create_topup(self, deposit: Deposit) -> Answer[TopUp]:
        """Asks for a top-up under the deposit's key."""

    async def find_topup(self, deposit: Deposit) -> Answer[TopUp]:
        """Finds what a deposit's call has made."""

    async def fetch_topup(self, rail_id: str) -> TopUp | None:
        """None where there is no such top-up."""

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

    def verify(self, payload: bytes, *, signature: str, endpoint: str) -> Notification:
        """Errors: SignatureInvalid, EventMalformed."""

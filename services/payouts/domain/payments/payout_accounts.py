"""A payee's account at the rail: opened once, under a stored key, then known by what it shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.payouts.domain.payments.payments import LOOK_AGAIN_MAX
from services.payouts.domain.payments.rail_objects import ConnectedAccount
from services.payouts.domain.statements.statement_lines import Payee


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutAccount:
    """The order to open an account, and, once it is open, its newest known state.

    What was sent with an attempt (country, e-mail) does not change during it: its key stands for
    exactly that.
    """

    payee: Payee
    country: str
    email: str
    created_at: datetime
    attempt: int = 1
    # Empty while no call of this attempt can have opened an account that we have not seen.
    first_sent_at: datetime | None = None
    account_id: str = ""
    currency: str = ""
    transfers_enabled: bool = False
    payouts_enabled: bool = False
    requirements_due: tuple[str, ...] = ()
    bank_currencies: tuple[str, ...] = ()
    fetched_at: datetime | None = None
    version: int = 1

    @property
    def key(self) -> str:
        """Return the idempotency key of the current attempt."""
        return f"account:{self.payee.payee_id}:{self.attempt}"

    @property
    def is_ready(self) -> bool:
        """Tell whether money can go all the way."""
        return self.transfers_enabled and self.payouts_enabled

    def begun(self, *, country: str, email: str, now: datetime) -> PayoutAccount:
        """Note that a call is about to be made; commit this, then call under `key`.

        What is sent may still be corrected as long as nothing was sent under this key.
        """
        is_fresh = self.first_sent_at is None
        return replace(
            self,
            country=country if is_fresh else self.country,
            email=email if is_fresh else self.email,
            first_sent_at=self.first_sent_at or now,
            version=self.version + 1,
        )

    def refused(self) -> PayoutAccount:
        """Nothing was opened and the key is used up: the next attempt has its own."""
        return replace(self, attempt=self.attempt + 1, first_sent_at=None, version=self.version + 1)

    def noted(self, found: ConnectedAccount, *, fetched_at: datetime) -> PayoutAccount:
        """Take note of what a fetch that began then has shown; an older one changes nothing."""
        stale = self.fetched_at is not None and fetched_at <= self.fetched_at
        if stale or self.account_id not in ("", found.account_id):
            return self
        return replace(
            self,
            account_id=found.account_id,
            country=found.country or self.country,
            currency=found.currency,
            transfers_enabled=found.transfers_enabled,
            payouts_enabled=found.payouts_enabled,
            requirements_due=found.requirements_due,
            bank_currencies=found.bank_currencies,
            fetched_at=fetched_at,
            version=self.version + 1,
        )

    def next_look_at(self, *, now: datetime, poll_after: timedelta) -> datetime | None:
        """Say when to ask for it without being told: never once it is ready."""
        if not self.account_id or self.is_ready:
            return None
        return now + min(max(poll_after, (now - self.created_at) / 2), LOOK_AGAIN_MAX)

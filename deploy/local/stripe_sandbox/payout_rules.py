"""When payouts arrive, and the smallest that a country's banks take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from deploy.local.stripe_sandbox.errors import refused
from deploy.local.stripe_sandbox.objects import Stored
from deploy.local.stripe_sandbox.world import Sandbox

_SATURDAY: Final = 5
# Least payouts across a border, in whole units of the country's currency, where Stripe asks for
# more than one: docs.stripe.com/connect/cross-border-payouts/special-requirements. An excerpt.
_LEAST_UNITS: Final = {
    "AL": ("all", 3_000),
    "AM": ("amd", 12_100),
    "AO": ("aoa", 23_000),
    "AR": ("ars", 4_600),
    "AZ": ("azn", 50),
    "BA": ("bam", 50),
    "BD": ("bdt", 20),
    "BO": ("bob", 200),
    "CL": ("clp", 23_000),
    "CO": ("cop", 140_000),
    "KH": ("khr", 123_000),
}
_WITHOUT_DECIMALS: Final = frozenset({"clp"})


def arrival(sandbox: Sandbox, now: float) -> float:
    """Return when a payout of this moment reaches its bank.

    After the setting's seconds, or at midnight (UTC) of the nth business day where it names days.
    """
    days = sandbox.settings.payout_business_days
    if days == 0:
        return now + sandbox.settings.payout_seconds
    day = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    while days:
        day += timedelta(days=1)
        if day.weekday() < _SATURDAY:
            days -= 1
    return day.timestamp()


def check_least(account: Stored, currency: str, amount: int) -> None:
    """Refuse a payout that is too small for the banks of the account's country."""
    of_currency, units = _LEAST_UNITS.get(account.body["country"], ("", 0))
    if currency != of_currency:
        return
    least = units * (1 if currency in _WITHOUT_DECIMALS else 100)
    if amount < least:
        raise refused(
            f"Payouts in {currency} to {account.body['country']} must be at least {least}.",
            code="amount_too_small",
            param="amount",
        )

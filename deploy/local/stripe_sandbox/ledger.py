"""All the money in the sandbox on one page, added up from the postings, for tests to compare."""

from __future__ import annotations

from typing import Any

from deploy.local.stripe_sandbox.v2 import financial_accounts
from deploy.local.stripe_sandbox.world import Sandbox

_TOPUPS = ("topup", "topup_reversal")
_PAYMENTS = ("charge", "refund", "refund_failure", "adjustment")
_PAYOUTS = ("payout", "payout_failure", "payout_cancel")
_OUTBOUND = (financial_accounts.PAID, financial_accounts.RETURNED)
_TRANSFERS = ("transfer", "transfer_refund")


def ledger(sandbox: Sandbox) -> dict[str, Any]:
    """Return, per currency, who holds what; `conserved` says whether it all adds up.

    What was topped up, paid in or converted into it is either still in some balance or has been
    paid out. `paid_out_minor` counts a payout from the moment it leaves the balance;
    `payouts_in_flight_minor` of it has not arrived yet.
    """
    currencies = [
        str(row[0]) for row in sandbox.database.rows("SELECT DISTINCT currency FROM postings")
    ]
    return {currency: _currency(sandbox, currency) for currency in sorted(currencies)}


def _currency(sandbox: Sandbox, currency: str) -> dict[str, Any]:
    rows = sandbox.database.rows(
        "SELECT account, type, sum(amount) FROM postings WHERE currency = ? GROUP BY account, type",
        (currency,),
    )
    held: dict[str, int] = {}
    paid_out: dict[str, int] = {}
    topped_up = paid_in = transferred = outbound = 0
    for account, kind, amount in rows:
        held[account] = held.get(account, 0) + amount
        if kind in _PAYOUTS:
            paid_out[account] = paid_out.get(account, 0) - amount
        elif kind in _OUTBOUND:
            outbound -= amount
        elif kind == financial_accounts.FUNDED:
            # A payout of the platform's that has gone no further than this.
            paid_out[sandbox.platform] = paid_out.get(sandbox.platform, 0) - amount
        elif kind in _TOPUPS:
            topped_up += amount
        elif kind in _PAYMENTS or (kind == "payment" and account == sandbox.platform):
            paid_in += amount
        elif kind in _TRANSFERS:
            transferred -= amount
    platform = held.pop(sandbox.platform, 0)
    total_paid_out = sum(paid_out.values())
    whole = platform + sum(held.values()) + total_paid_out + outbound
    came, left = _converted(sandbox, currency)
    agrees = _agrees(sandbox, currency, platform, held)
    financial = {account: held.pop(account) for account in list(held) if account[:3] == "fa_"}
    return {
        "topped_up_minor": topped_up,
        # Net of refunds, disputes and what Stripe keeps.
        "paid_in_minor": paid_in,
        "platform_balance_minor": platform,
        "connected_balance_minor": sum(held.values()),
        "connected_balances_minor": held,
        "transferred_net_minor": transferred,
        # By transfers to accounts that settle in another currency, net of reversals.
        "converted_in_minor": came,
        "converted_out_minor": left,
        "paid_out_minor": total_paid_out,
        "paid_out_by_account_minor": paid_out,
        "payouts_in_flight_minor": _in_flight(sandbox, currency),
        # Of financial accounts: with what is held for payments on their way.
        "financial_balance_minor": sum(financial.values()),
        "outbound_paid_minor": outbound,
        "conserved": whole == topped_up + paid_in + came - left and agrees,
    }


def _converted(sandbox: Sandbox, currency: str) -> tuple[int, int]:
    row = sandbox.database.row(
        "SELECT coalesce(sum(target_amount) FILTER (WHERE target = ?1), 0), "
        "coalesce(sum(source_amount) FILTER (WHERE source = ?1), 0) FROM conversions",
        (currency,),
    )
    return (0, 0) if row is None else (int(row[0]), int(row[1]))


def _in_flight(sandbox: Sandbox, currency: str) -> int:
    row = sandbox.database.row(
        "SELECT coalesce(sum(json_extract(body, '$.amount')), 0) FROM objects "
        "WHERE kind = 'payout' AND json_extract(body, '$.status') IN ('pending', 'in_transit') "
        "AND json_extract(body, '$.currency') = ?",
        (currency,),
    )
    return 0 if row is None else int(row[0])


def _agrees(sandbox: Sandbox, currency: str, platform: int, connected: dict[str, int]) -> bool:
    """Compare the postings with the running balances, which are written separately."""
    rows = sandbox.database.rows(
        "SELECT account, available + pending FROM balances WHERE currency = ?", (currency,)
    )
    running: dict[str, int] = {str(account): int(amount) for account, amount in rows}
    return running == {
        account: amount
        for account, amount in {sandbox.platform: platform, **connected}.items()
        if amount or account in running
    }

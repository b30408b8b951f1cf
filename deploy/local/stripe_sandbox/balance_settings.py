"""Balance settings: the newer place of an account's payout schedule."""

from __future__ import annotations

from deploy.local.stripe_sandbox import accounts, events
from deploy.local.stripe_sandbox.account_shapes import merge_schedule
from deploy.local.stripe_sandbox.errors import no_access
from deploy.local.stripe_sandbox.objects import Body, Stored
from deploy.local.stripe_sandbox.world import Call, Sandbox


def _body(account: Stored) -> Body:
    payouts = account.body["settings"]["payouts"]
    schedule = payouts["schedule"]
    anchors = ("monthly_payout_days", "weekly_payout_days")
    return {
        "object": "balance_settings",
        "payments": {
            "debit_negative_balances": payouts["debit_negative_balances"],
            "payouts": {
                # Empty, not null: the client of this API version breaks on a null here.
                "automatic_transfer_rules_by_currency": {},
                "minimum_balance_by_currency": None,
                "schedule": {
                    "interval": schedule["interval"],
                    **{name: schedule[name] for name in anchors if name in schedule},
                },
                "statement_descriptor": payouts["statement_descriptor"],
                "status": "enabled" if account.body["payouts_enabled"] else "disabled",
            },
            "settlement_timing": {
                "delay_days": schedule["delay_days"],
                "start_of_day": {"hour": 0, "minutes": 0, "timezone": "Etc/UTC"},
            },
        },
    }


def _own(sandbox: Sandbox, call: Call) -> Stored:
    account = sandbox.objects.find(call.account, kind="account")
    if account is None:
        raise no_access(sandbox.settings.secret_key, call.account)
    return account


def retrieve(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/balance_settings."""
    return _body(_own(sandbox, call))


def update(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/balance_settings."""
    account = _own(sandbox, call)
    before = _body(account)
    payments = call.params.get("payments", {})
    wished = payments.get("payouts", {})
    with accounts.change(sandbox, account):
        payouts = account.body["settings"]["payouts"]
        if "debit_negative_balances" in payments:
            payouts["debit_negative_balances"] = payments["debit_negative_balances"]
        if "statement_descriptor" in wished:
            payouts["statement_descriptor"] = wished["statement_descriptor"]
        schedule = dict(wished.get("schedule", {}))
        delay = payments.get("settlement_timing", {}).get("delay_days_override")
        if delay is not None:
            schedule["delay_days"] = delay or "minimum"
        payouts["schedule"] = merge_schedule(payouts["schedule"], schedule)
    after = _body(account)
    if after != before:
        events.emit(sandbox, account.id, "balance_settings.updated", after, before=before)
    return after

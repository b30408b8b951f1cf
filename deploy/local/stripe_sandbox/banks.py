"""Bank accounts that payouts go to: attaching them, the default of each currency, their health."""

from __future__ import annotations

from typing import Any, Final

from deploy.local.stripe_sandbox import events
from deploy.local.stripe_sandbox.bank_numbers import (
    Bank,
    bank_from_params,
    bank_from_token,
    fails_late,
)
from deploy.local.stripe_sandbox.errors import refused
from deploy.local.stripe_sandbox.ids import new_id
from deploy.local.stripe_sandbox.objects import Body, Stored, equals
from deploy.local.stripe_sandbox.world import Sandbox, list_body

_SHOWN: Final = 10
_MAX_PER_ACCOUNT: Final = 100


def embedded_list(sandbox: Sandbox, account_id: str) -> Body:
    """Return the list that is embedded in an account."""
    banks = _banks(sandbox, account_id)
    url = f"/v1/accounts/{account_id}/external_accounts"
    shown = [bank.body for bank in reversed(banks[-_SHOWN:])]
    return list_body(url, shown, has_more=len(banks) > _SHOWN)


def _banks(sandbox: Sandbox, account_id: str) -> list[Stored]:
    return sandbox.objects.all_of(
        kind="bank_account", owner=account_id, where=[], limit=_MAX_PER_ACCOUNT
    )


def default_bank(sandbox: Sandbox, account_id: str, currency: str) -> Stored | None:
    """Return the bank account that payouts in a currency go to unless told otherwise."""
    chosen = sandbox.objects.all_of(
        kind="bank_account",
        owner=account_id,
        where=[equals("currency", currency), equals("default_for_currency", True)],
        limit=1,
    )
    return chosen[0] if chosen else None


def attach(sandbox: Sandbox, account: Stored, given: Any, *, param: str) -> Stored:
    """Attach the bank account that a token or a hash stands for; the caller saves `account`."""
    if isinstance(given, str):
        bank = bank_from_token(given, param=param)
    elif given.get("object") == "bank_account":
        bank = bank_from_params(
            given, default_currency=account.body["default_currency"], param=param
        )
    else:
        raise refused("The sandbox attaches bank accounts, not cards.", param=param)
    return attach_bank(sandbox, account, bank)


def attach_bank(sandbox: Sandbox, account: Stored, bank: Bank) -> Stored:
    """Attach a bank account; the first of its currency is the default. The caller saves."""
    if len(account.private["banks"]) >= _MAX_PER_ACCOUNT:
        raise refused(f"An account can have at most {_MAX_PER_ACCOUNT} external accounts.")
    first = default_bank(sandbox, account.id, bank.currency) is None
    stored = Stored(
        id=new_id("ba"),
        kind="bank_account",
        owner=account.id,
        body=_body(bank, account.id, default=first),
        private={"failure_code": bank.failure_code, "fails_late": fails_late(bank.number)},
    )
    stored.body = {"id": stored.id, **stored.body}
    sandbox.objects.add(stored)
    account.private["banks"] = [*account.private["banks"], stored.id]
    events.emit(sandbox, account.id, "account.external_account.created", stored.body)
    return stored


def _body(bank: Bank, account_id: str, *, default: bool) -> Body:
    nothing_due: Body = {
        "currently_due": [],
        "errors": [],
        "past_due": [],
        "pending_verification": [],
    }
    return {
        "object": "bank_account",
        "account": account_id,
        "account_holder_name": bank.holder_name,
        "account_holder_type": bank.holder_type,
        "account_type": None,
        "available_payout_methods": ["standard"],
        "bank_name": "STRIPE TEST BANK",
        "country": bank.country,
        "currency": bank.currency,
        "customer": None,
        "default_for_currency": default,
        "fingerprint": bank.fingerprint,
        "future_requirements": nothing_due,
        "last4": bank.number[-4:],
        "metadata": {},
        "requirements": nothing_due,
        "routing_number": bank.routing_number,
        "status": "new",
    }


def make_default(sandbox: Sandbox, bank: Stored) -> None:
    """Send payouts of the bank account's currency to it from now on. The caller saves `bank`."""
    previous = default_bank(sandbox, bank.owner, bank.body["currency"])
    if previous is not None and previous.id != bank.id:
        previous.body["default_for_currency"] = False
        sandbox.objects.save(previous)
    bank.body["default_for_currency"] = True


def mark_errored(sandbox: Sandbox, bank_id: str) -> None:
    """Record that a payout to a bank account has failed."""
    bank = sandbox.objects.find(bank_id, kind="bank_account")
    if bank is None or bank.body["status"] == "errored":
        return
    before = dict(bank.body)
    bank.body["status"] = "errored"
    sandbox.objects.save(bank)
    announce_update(sandbox, bank, before)


def announce_update(sandbox: Sandbox, bank: Stored, before: Body) -> None:
    """Emit what changed about a bank account, if anything did."""
    if bank.body != before:
        events.emit(
            sandbox, bank.owner, "account.external_account.updated", bank.body, before=before
        )


def detach(sandbox: Sandbox, account: Stored, bank: Stored) -> None:
    """Forget a bank account; the caller saves `account`."""
    sandbox.objects.remove(bank)
    account.private["banks"] = [held for held in account.private["banks"] if held != bank.id]
    events.emit(sandbox, account.id, "account.external_account.deleted", bank.body)


def replace_default(sandbox: Sandbox, account: Stored, given: Any, *, param: str) -> None:
    """Attach a bank account in the place of its currency's default; the caller saves `account`."""
    bank = attach(sandbox, account, given, param=param)
    previous = default_bank(sandbox, account.id, bank.body["currency"])
    if previous is not None and previous.id != bank.id:
        make_default(sandbox, bank)
        sandbox.objects.save(bank)
        detach(sandbox, account, previous)

"""Stripe's objects, as plain dictionaries, in words of our own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from services.chassis.errors import DomainError
from services.chassis.logs import logger
from services.payouts.domain.payments.rail import Op, RailObject, RailState
from services.payouts.domain.payments.rail_objects import (
    AccountLink,
    ConnectedAccount,
    RailBalance,
)
from services.payouts.domain.payments.rail_units import from_rail_units

log = logger(__name__)

Body = Mapping[str, Any]

_PARTS: Final = ("available", "pending")
_ATTEMPT_DIGITS_MAX: Final = 9


def transfer(body: Body) -> RailObject:
    """Errors: DomainError for units that are not the ledger's."""
    currency = body["currency"].upper()
    return RailObject(
        op=Op.TRANSFER,
        rail_id=body["id"],
        instruction_id=metadata_of(body, "instruction_id"),
        attempt=attempt_in(body),
        state=RailState.REVERSED if body["reversed"] else RailState.CREATED,
        amount_minor=from_rail_units(body["amount"], currency=currency).amount_minor,
        currency=currency,
        reversed_minor=from_rail_units(body["amount_reversed"], currency=currency).amount_minor,
    )


def payout(body: Body) -> RailObject:
    """Errors: DomainError for units that are not the ledger's."""
    currency = body["currency"].upper()
    return RailObject(
        op=Op.PAYOUT,
        rail_id=body["id"],
        instruction_id=metadata_of(body, "instruction_id"),
        attempt=attempt_in(body),
        state=RailState(body["status"]),
        amount_minor=from_rail_units(body["amount"], currency=currency).amount_minor,
        currency=currency,
        failure_code=body.get("failure_code") or "",
    )


def account(body: Body) -> ConnectedAccount:
    """A deleted account keeps nothing but its id."""
    capabilities = body.get("capabilities") or {}
    requirements = body.get("requirements") or {}
    return ConnectedAccount(
        account_id=body["id"],
        payee_id=metadata_of(body, "payee_id"),
        country=body.get("country") or "",
        currency=(body.get("default_currency") or "").upper(),
        transfers_enabled=capabilities.get("transfers") == "active",
        payouts_enabled=bool(body.get("payouts_enabled")),
        requirements_due=tuple(requirements.get("currently_due") or ()),
        bank_currencies=_bank_currencies(body),
    )


def _bank_currencies(body: Body) -> tuple[str, ...]:
    """A transfer in any other currency is changed into that of the account, and never paid out."""
    banks = body.get("external_accounts") or {}
    currencies = {bank.get("currency") for bank in banks.get("data") or ()}
    if banks.get("has_more") or None in currencies:
        # The first of them say nothing of the others, and a card does not always say.
        return ()
    return tuple(sorted(str(currency).upper() for currency in currencies))


def gone(account_id: str) -> ConnectedAccount:
    """An account that was closed, or from which the payee has cut us off."""
    return ConnectedAccount(
        account_id=account_id,
        payee_id="",
        country="",
        currency="",
        transfers_enabled=False,
        payouts_enabled=False,
    )


def account_link(body: Body) -> AccountLink:
    """Single-use: it goes to the payee and is kept nowhere."""
    return AccountLink(url=body["url"], expires_at=datetime.fromtimestamp(body["expires_at"], UTC))


def balances(body: Body) -> list[RailBalance]:
    """One a currency; those in units that are not the ledger's are not known."""
    names = {entry["currency"].upper() for part in _PARTS for entry in body.get(part) or ()}
    return [balance_if_known(name, partial(balance, body)) for name in sorted(names)]


def balance(body: Body, currency: str) -> RailBalance:
    """That of one currency. Errors: DomainError for units that are not the ledger's."""
    available, pending = (
        sum(
            from_rail_units(entry["amount"], currency=currency).amount_minor
            for entry in body.get(part) or ()
            if entry["currency"].upper() == currency
        )
        for part in _PARTS
    )
    return RailBalance(currency=currency, available_minor=available, pending_minor=pending)


def balance_if_known(currency: str, read: Callable[[str], RailBalance]) -> RailBalance:
    """The same, of any answer: what cannot be read keeps no other currency from being told."""
    try:
        return read(currency)
    except DomainError as err:
        log.warning("rail.balance_unknown", currency=currency, reason=err.reason, error=err.message)
        return RailBalance(currency=currency, is_known=False)


def metadata_of(body: Body, name: str) -> str:
    """What we sent with it; empty where nothing of the kind is there."""
    return str((body.get("metadata") or {}).get(name, ""))


def attempt_in(body: Body) -> int:
    """The attempt that made it; 0 where it is none of ours."""
    text = metadata_of(body, "attempt")
    # Anybody with access to the dashboard can edit metadata.
    return int(text) if text.isdecimal() and len(text) <= _ATTEMPT_DIGITS_MAX else 0

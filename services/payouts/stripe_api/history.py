"""What has happened at Stripe: balance transactions and events, page by page, in our words."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from services.chassis.logs import logger
from services.payouts.domain.answers.contractor_money import BankLine
from services.payouts.domain.ledger.money import LEDGER_UNITS_PER_MINOR, minor_exponent
from services.payouts.domain.payments.rail_objects import Notification
from services.payouts.domain.payments.rail_units import rail_rule
from services.payouts.domain.reconciliation.mirrors import PLATFORM
from services.payouts.domain.reconciliation.rail_history import (
    BalanceTransaction,
    EventPage,
    FetchedEvent,
    FetchedTransaction,
    TransactionPage,
)
from services.payouts.stripe_api.calls import UNREADABLE

log = logger(__name__)

Body = Mapping[str, Any]

_PAGE: Final = 100
_ATTEMPT_DIGITS_MAX: Final = 9


class ListPages(Protocol):
    """See `stripe_rail.StripeRail.page`."""

    def __call__(
        self, resource: str, params: Mapping[str, Any], *, account_id: str = ""
    ) -> Awaitable[Body]: ...


class OneBody(Protocol):
    """See `stripe_rail.StripeRail.body`."""

    def __call__(
        self, resource: str, rail_id: str, *, account_id: str = ""
    ) -> Awaitable[Body | None]: ...


class StripeHistory:
    """See `usecases.reconciliation.history_port.RailHistory`."""

    def __init__(self, *, page: ListPages, body: OneBody) -> None:
        self._page = page
        self._body = body

    async def transactions(
        self, account: str, *, since: datetime | None, after: str
    ) -> TransactionPage:
        """See RailHistory."""
        params: dict[str, Any] = {"limit": _PAGE, "expand": ["data.source"]}
        if since is not None:
            params["created"] = {"gte": int(since.timestamp())}
        if after:
            params["starting_after"] = after
        body = await self._page("balance_transactions", params, account_id=_account_id(account))
        found = [_fetched(one) for one in body["data"]]
        return TransactionPage(
            found=tuple(found),
            has_more=bool(body["has_more"]) and bool(found),
            after=found[-1].transaction_id if found else "",
        )

    async def undelivered(self, account: str, *, after: str) -> EventPage:
        """See RailHistory."""
        params: dict[str, Any] = {"limit": _PAGE, "delivery_success": False}
        if after:
            params["starting_after"] = after
        body = await self._page("events", params, account_id=_account_id(account))
        found = [
            FetchedEvent(
                notification=Notification(
                    event_id=str(one["id"]),
                    type=str(one["type"]),
                    object_id=str(one["data"]["object"].get("id") or ""),
                    # An account's own list does not say whose events these are.
                    account_id=str(one.get("account") or _account_id(account)),
                ),
                payload=json.dumps(one).encode(),
            )
            for one in body["data"]
        ]
        return EventPage(found=tuple(found), has_more=bool(body["has_more"]) and bool(found))

    async def bank_line(self, account: str, payout_id: str) -> BankLine | None:
        """See RailHistory."""
        body = await self._body("payouts", payout_id, account_id=_account_id(account))
        if body is None:
            return None
        trace = body.get("trace_id") or {}
        arrives = body.get("arrival_date")
        return BankLine(
            arrives_on=None if arrives is None else datetime.fromtimestamp(arrives, UTC).date(),
            trace_id=str(trace.get("value") or ""),
            trace_status=str(trace.get("status") or ""),
            descriptor=str(body.get("statement_descriptor") or ""),
        )


def _account_id(account: str) -> str:
    return "" if account == PLATFORM else account


def _fetched(body: Body) -> FetchedTransaction:
    read: BalanceTransaction | None = None
    try:
        read = balance_transaction(body)
    except UNREADABLE as err:
        # Kept as it came: one that cannot be read hides none of the others.
        log.warning("rail.transaction_unreadable", transaction=body.get("id"), error=repr(err))
    return FetchedTransaction(
        transaction_id=str(body["id"]), payload=json.dumps(body).encode(), read=read
    )


def balance_transaction(body: Body) -> BalanceTransaction:
    """Errors: CurrencyUnsupported, KeyError and its like for what is no balance transaction."""
    currency = str(body["currency"]).upper()
    source = body.get("source")
    details: Body = source if isinstance(source, dict) else {}
    metadata = details.get("metadata") or {}
    attempt = str(metadata.get("attempt", ""))
    transfer = _transfer_of(details)
    return BalanceTransaction(
        transaction_id=str(body["id"]),
        type=str(body["type"]),
        currency=currency,
        amount_units=_units(body["amount"], currency),
        fee_units=_units(body["fee"], currency),
        created_at=datetime.fromtimestamp(body["created"], UTC),
        source=str(details.get("id") or source or ""),
        transfer=transfer,
        payment_intent=_id_of(details.get("payment_intent")),
        instruction_id=str(metadata.get("instruction_id", "")),
        attempt=(
            int(attempt) if attempt.isdecimal() and len(attempt) <= _ATTEMPT_DIGITS_MAX else 0
        ),
        aliases=_aliases(details) if transfer else (),
    )


def _transfer_of(source: Body) -> str:
    """A reversal names its transfer, and so does the payment that it made at the payee's."""
    if source.get("object") == "transfer_reversal":
        return _id_of(source.get("transfer"))
    return _id_of(source.get("source_transfer"))


def _aliases(source: Body) -> tuple[str, ...]:
    # The payee's side of a reversal is a refund that does not name the transfer.
    refund = _id_of(source.get("destination_payment_refund"))
    return (refund,) if refund else ()


def _id_of(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("id") or "")
    return str(value or "")


def _units(rail_units: int, currency: str) -> int:
    """Exact in every currency: where the rail counts finer than ISO 4217, the ledger does, too."""
    in_ledger = LEDGER_UNITS_PER_MINOR * int(10 ** minor_exponent(currency))
    at_rail = int(10 ** rail_rule(currency).decimals)
    units, rest = divmod(int(rail_units) * in_ledger, at_rail)
    if rest:
        raise ValueError(f"{rail_units} of the rail's units of {currency} are no ledger units")
    return units

"""What left and came back to the financial account, read off its outbound payments one by one."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from services.chassis.logs import logger
from services.payouts.domain.ledger.money import units_of
from services.payouts.domain.payments.rail_units import from_rail_units
from services.payouts.domain.reconciliation.rail_history import (
    BalanceTransaction,
    FetchedTransaction,
    TransactionPage,
)
from services.payouts.stripe_api.answers import attempt_in, metadata_of
from services.payouts.stripe_api.calls import UNREADABLE
from services.payouts.stripe_api.global_rail import page_named

log = logger(__name__)

Body = Mapping[str, Any]

SENT: Final = "outbound_payment"
# What ended without the payee: the money is in the account again.
_CAME_BACK: Final = ("failed", "canceled", "returned")


class Pages(Protocol):
    """See `global_rail.StripeGlobalRail.payments_page`."""

    def __call__(self, *, since: datetime | None, page: str) -> Awaitable[Body]: ...


class GlobalHistory:
    """A `usecases.reconciliation.history_port.MovementHistory` of one account, however called."""

    def __init__(self, *, pages: Pages) -> None:
        self._pages = pages

    async def transactions(
        self, account: str, *, since: datetime | None, after: str
    ) -> TransactionPage:
        """See MovementHistory. A payment is one movement, or two where it came back."""
        body = await self._pages(since=since, page=after)
        following = page_named(body.get("next_page_url") or "")
        found = tuple(one for payment in body["data"] for one in movements(payment))
        return TransactionPage(found=found, has_more=bool(following), after=following)


def movements(payment: Body) -> list[FetchedTransaction]:
    """What a payment has moved so far, each under an id that it keeps."""
    payload = json.dumps(payment).encode()
    payment_id = str(payment["id"])
    found = [_fetched(payment_id, payload, lambda: _sent(payment))]
    if payment.get("status") in _CAME_BACK:
        back = f"{payment_id}:{payment['status']}"
        found.append(_fetched(back, payload, lambda: _came_back(payment, back)))
    return found


def _fetched(
    transaction_id: str, payload: bytes, read: Callable[[], BalanceTransaction]
) -> FetchedTransaction:
    try:
        known: BalanceTransaction | None = read()
    except UNREADABLE as err:
        # Kept as it came: one that cannot be read hides none of the others.
        log.warning("rail.transaction_unreadable", transaction=transaction_id, error=repr(err))
        known = None
    return FetchedTransaction(transaction_id=transaction_id, payload=payload, read=known)


def _sent(payment: Body) -> BalanceTransaction:
    return _moved(
        payment,
        transaction_id=str(payment["id"]),
        kind=SENT,
        sign=-1,
        at=datetime.fromisoformat(payment["created"]),
    )


def _came_back(payment: Body, transaction_id: str) -> BalanceTransaction:
    times = payment.get("status_transitions") or {}
    at = times.get(f"{payment['status']}_at") or payment["created"]
    return _moved(
        payment,
        transaction_id=transaction_id,
        kind=f"{SENT}_{payment['status']}",
        sign=1,
        at=datetime.fromisoformat(at),
    )


def _moved(
    payment: Body, *, transaction_id: str, kind: str, sign: int, at: datetime
) -> BalanceTransaction:
    debited = payment["from"]["debited"]
    currency = str(debited["currency"]).upper()
    amount = from_rail_units(debited["value"], currency=currency)
    return BalanceTransaction(
        transaction_id=transaction_id,
        type=kind,
        currency=currency,
        amount_units=sign * units_of(amount.amount_minor),
        fee_units=0,
        created_at=at,
        source=str(payment["id"]),
        instruction_id=metadata_of(payment, "instruction_id"),
        attempt=attempt_in(payment),
    )

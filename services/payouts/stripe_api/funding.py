"""Clients' money at Stripe: top-ups, payments, and what refunds and disputes take back of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol, TypeVar

from services.payouts.domain.deposits import Deposit, Method
from services.payouts.domain.money import Money
from services.payouts.domain.rail_errors import ProviderUnavailable
from services.payouts.domain.rail_objects import (
    Answer,
    Incoming,
    IncomingState,
    ReturnedMoney,
    Settlement,
)
from services.payouts.domain.rail_units import from_rail_units, to_rail_units
from services.payouts.stripe_api.calls import understood

FoundT = TypeVar("FoundT")
Body = Mapping[str, Any]

_RESOURCES: Final = {Method.TOP_UP: "topups", Method.PAYMENT: "payment_intents"}
# How the payment reached the balance, and what of it went back, come with the payment.
_EXPANDED: Final = ("latest_charge.balance_transaction",)
_OF_PAYMENTS: Final = {"charge": "charges", "refund": "refunds", "dispute": "disputes"}
_PAGE: Final = 100
_PAGES_MAX: Final = 10
_DECLINED: Final = "declined"

_PAYMENT_STATES: Final = {
    "requires_payment_method": IncomingState.NEEDS_PAYER,
    "requires_confirmation": IncomingState.NEEDS_PAYER,
    "requires_action": IncomingState.NEEDS_PAYER,
    "requires_capture": IncomingState.PENDING,
    "processing": IncomingState.PENDING,
    "succeeded": IncomingState.SUCCEEDED,
    "canceled": IncomingState.CANCELED,
}


class Calls(Protocol):
    """See `stripe_rail.StripeRail`."""

    def make(
        self, resource: str, params: Body, *, key: str, read: Callable[[Body], FoundT]
    ) -> Awaitable[Answer[FoundT]]: ...

    def find(
        self,
        resource: str,
        since: datetime,
        *,
        read: Callable[[Body], FoundT],
        is_ours: Callable[[FoundT], bool],
    ) -> Awaitable[Answer[FoundT]]: ...

    def get(
        self, resource: str, rail_id: str, *, expand: tuple[str, ...] = ()
    ) -> Awaitable[Body | None]: ...

    def page(
        self, resource: str, params: Mapping[str, Any], *, account_id: str = ""
    ) -> Awaitable[Body]: ...


class StripeFunding:
    """See `usecases.funding_port.FundingRail`."""

    def __init__(self, *, calls: Calls) -> None:
        self._calls = calls

    async def ask(self, deposit: Deposit) -> Answer[Incoming]:
        """See FundingRail."""
        build = _topup_params if deposit.method is Method.TOP_UP else _payment_params
        resource, read = _RESOURCES[deposit.method], _READ[deposit.method]
        return await self._calls.make(resource, build(deposit), key=deposit.key, read=read)

    async def look_up(self, deposit: Deposit) -> Answer[Incoming]:
        """See FundingRail."""
        return await self._calls.find(
            _RESOURCES[deposit.method],
            deposit.first_sent_at or deposit.created_at,
            read=_READ[deposit.method],
            is_ours=lambda found: found.deposit_id == deposit.deposit_id,
        )

    async def fetch(self, method: Method, rail_id: str) -> Incoming | None:
        """See FundingRail."""
        expand = _EXPANDED if method is Method.PAYMENT else ()
        body = await self._calls.get(_RESOURCES[method], rail_id, expand=expand)
        return None if body is None else understood(body, _READ[method])

    async def payment_of(self, family: str, object_id: str) -> str:
        """See FundingRail."""
        body = await self._calls.get(_OF_PAYMENTS[family], object_id)
        return "" if body is None else _id_of(body.get("payment_intent"))

    async def returns(self, rail_id: str) -> list[ReturnedMoney]:
        """See FundingRail."""
        found: list[ReturnedMoney] = []
        expand = ["data.balance_transaction", "data.failure_balance_transaction"]
        for refund in await self._all("refunds", {"payment_intent": rail_id, "expand": expand}):
            found += understood(refund, _of_refund)
        for dispute in await self._all("disputes", {"payment_intent": rail_id}):
            found += understood(dispute, _of_dispute)
        return found

    async def _all(self, resource: str, params: dict[str, Any]) -> list[Body]:
        """Errors: ProviderUnavailable, also for a list that does not end."""
        found: list[Body] = []
        asked = {**params, "limit": _PAGE}
        for _ in range(_PAGES_MAX):
            page = await self._calls.page(resource, asked)
            found += page["data"]
            if not page["has_more"] or not page["data"]:
                return found
            asked["starting_after"] = found[-1]["id"]
        raise ProviderUnavailable("the list has too many pages", endpoint=f"{resource}.list")


def _topup_params(deposit: Deposit) -> dict[str, Any]:
    """Errors: RailUnitsInvalid, CurrencyUnsupported."""
    return {
        **_amount(deposit),
        "description": f"Deposit {deposit.deposit_id}",
        "metadata": {"deposit_id": deposit.deposit_id, "client_id": deposit.client_id},
    }


def _payment_params(deposit: Deposit) -> dict[str, Any]:
    """Errors: RailUnitsInvalid, CurrencyUnsupported."""
    return {
        **_amount(deposit),
        "description": deposit.description or f"Payment {deposit.deposit_id}",
        "automatic_payment_methods": {"enabled": True},
        # Nothing of a client's but its id goes to the rail.
        "metadata": {"deposit_id": deposit.deposit_id, "client_id": deposit.client_id},
    }


def _amount(deposit: Deposit) -> dict[str, Any]:
    money = Money(amount_minor=deposit.amount_minor, currency=deposit.currency)
    return {"amount": to_rail_units(money), "currency": deposit.currency.lower()}


def topup(body: Body) -> Incoming:
    """Errors: DomainError for units that are not the ledger's."""
    currency = body["currency"].upper()
    return Incoming(
        rail_id=body["id"],
        deposit_id=_deposit_id(body),
        state=IncomingState(body["status"]),
        amount_minor=from_rail_units(body["amount"], currency=currency).amount_minor,
        currency=currency,
        failure_code=body.get("failure_code") or "",
    )


def payment(body: Body) -> Incoming:
    """A payment has succeeded when we know how it reached the balance, too.

    A list or an answer to a call names that only by its id: it is then asked for again.
    """
    currency = body["currency"].upper()
    charge = body.get("latest_charge")
    details: Body = charge if isinstance(charge, dict) else {}
    state = _PAYMENT_STATES[body["status"]]
    settlement = None
    if state is IncomingState.SUCCEEDED:
        settlement = _settlement(details.get("balance_transaction"))
        state = state if settlement is not None else IncomingState.PENDING
    error = body.get("last_payment_error") or {}
    return Incoming(
        rail_id=body["id"],
        deposit_id=_deposit_id(body),
        state=state,
        amount_minor=from_rail_units(body["amount"], currency=currency).amount_minor,
        currency=currency,
        failure_code=(error.get("decline_code") or error.get("code") or _DECLINED) if error else "",
        client_secret=body.get("client_secret") or "",
        settlement=settlement,
        has_returns=bool(details.get("amount_refunded") or details.get("disputed")),
    )


def _settlement(transaction: Any) -> Settlement | None:
    if not isinstance(transaction, dict):
        return None
    currency = transaction["currency"].upper()
    return Settlement(
        transaction_id=transaction["id"],
        currency=currency,
        fee_minor=from_rail_units(transaction["fee"], currency=currency).amount_minor,
        available_at=datetime.fromtimestamp(transaction["available_on"], UTC),
    )


def _of_refund(refund: Body) -> list[ReturnedMoney]:
    # One that has not happened yet, or was never booked, has none.
    return [
        _returned(refund[name], kind=kind, source_id=refund["id"])
        for name, kind in (
            ("balance_transaction", "refund"),
            ("failure_balance_transaction", "refund_failure"),
        )
        if refund.get(name)
    ]


def _of_dispute(dispute: Body) -> list[ReturnedMoney]:
    return [
        _returned(
            moved,
            kind="dispute" if moved["amount"] < 0 else "dispute_reversal",
            source_id=dispute["id"],
        )
        for moved in dispute["balance_transactions"]
    ]


def _returned(transaction: Body, *, kind: str, source_id: str) -> ReturnedMoney:
    currency = transaction["currency"].upper()
    return ReturnedMoney(
        transaction_id=transaction["id"],
        source_id=source_id,
        kind=kind,
        currency=currency,
        amount_minor=from_rail_units(transaction["amount"], currency=currency).amount_minor,
        fee_minor=from_rail_units(transaction["fee"], currency=currency).amount_minor,
        created_at=datetime.fromtimestamp(transaction["created"], UTC),
    )


def _deposit_id(body: Body) -> str:
    return str((body.get("metadata") or {}).get("deposit_id", ""))


def _id_of(value: Any) -> str:
    return str(value.get("id") or "") if isinstance(value, dict) else str(value or "")


_READ: Final[dict[Method, Callable[[Body], Incoming]]] = {
    Method.TOP_UP: topup,
    Method.PAYMENT: payment,
}

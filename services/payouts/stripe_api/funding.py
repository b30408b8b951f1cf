"""Clients' money at Stripe: top-ups, payments, and what refunds and disputes take back of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

from services.payouts.domain.funding.deposits import Deposit, Method
from services.payouts.domain.payments.rail_errors import ProviderUnavailable
from services.payouts.domain.payments.rail_objects import Answer, Incoming, ReturnedMoney
from services.payouts.stripe_api import funding_answers as answers
from services.payouts.stripe_api import funding_params as params
from services.payouts.stripe_api.calls import understood

FoundT = TypeVar("FoundT")
Body = Mapping[str, Any]

_RESOURCES: Final = {Method.TOP_UP: "topups", Method.PAYMENT: "payment_intents"}
_PAGES: Final = "checkout.sessions"
# How the payment reached the balance, and what of it went back, come with the payment.
_EXPANDED: Final = ("latest_charge.balance_transaction",)
_EXPANDED_OF_PAGES: Final = ("payment_intent.latest_charge.balance_transaction",)
_OF_PAYMENTS: Final = {"charge": "charges", "refund": "refunds", "dispute": "disputes"}
_PAGE: Final = 100
_PAGES_MAX: Final = 10


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
    """See `usecases.funding.funding_port.FundingRail`."""

    def __init__(self, *, calls: Calls) -> None:
        self._calls = calls

    async def ask(self, deposit: Deposit) -> Answer[Incoming]:
        """See FundingRail."""
        build = _BUILD[deposit.method] if deposit.checkout is None else params.session
        resource, read = _made_by(deposit)
        return await self._calls.make(resource, build(deposit), key=deposit.key, read=read)

    async def look_up(self, deposit: Deposit) -> Answer[Incoming]:
        """See FundingRail."""
        resource, read = _made_by(deposit)
        return await self._calls.find(
            resource,
            deposit.first_sent_at or deposit.created_at,
            read=read,
            is_ours=lambda found: found.deposit_id == deposit.deposit_id,
        )

    async def fetch(self, method: Method, rail_id: str) -> Incoming | None:
        """See FundingRail."""
        expand = _EXPANDED if method is Method.PAYMENT else ()
        body = await self._calls.get(_RESOURCES[method], rail_id, expand=expand)
        return None if body is None else understood(body, _READ[method])

    async def fetch_page(self, session_id: str) -> Incoming | None:
        """See FundingRail."""
        body = await self._calls.get(_PAGES, session_id, expand=_EXPANDED_OF_PAGES)
        return None if body is None else understood(body, answers.session)

    async def payment_of(self, family: str, object_id: str) -> str:
        """See FundingRail."""
        body = await self._calls.get(_OF_PAYMENTS[family], object_id)
        return "" if body is None else answers.id_of(body.get("payment_intent"))

    async def returns(self, rail_id: str) -> list[ReturnedMoney]:
        """See FundingRail."""
        found: list[ReturnedMoney] = []
        expand = ["data.balance_transaction", "data.failure_balance_transaction"]
        for refund in await self._all("refunds", {"payment_intent": rail_id, "expand": expand}):
            found += understood(refund, answers.of_refund)
        for dispute in await self._all("disputes", {"payment_intent": rail_id}):
            found += understood(dispute, answers.of_dispute)
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


_READ: Final[dict[Method, Callable[[Body], Incoming]]] = {
    Method.TOP_UP: answers.topup,
    Method.PAYMENT: answers.payment,
}
_BUILD: Final[dict[Method, Callable[[Deposit], dict[str, Any]]]] = {
    Method.TOP_UP: params.topup,
    Method.PAYMENT: params.payment,
}


def _made_by(deposit: Deposit) -> tuple[str, Callable[[Body], Incoming]]:
    """Where what a deposit asks for is made, and how it is read."""
    if deposit.checkout is not None:
        return _PAGES, answers.session
    return _RESOURCES[deposit.method], _READ[deposit.method]

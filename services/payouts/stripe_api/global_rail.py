"""Stripe's Global Payouts: one call from the platform's financial account to a payee's bank."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from services.chassis.errors import DomainError
from services.chassis.logs import logger
from services.payouts.domain.payments.instructions import Instruction
from services.payouts.domain.payments.payout_accounts import PayoutAccount
from services.payouts.domain.payments.rail import Op, Outcome, OutcomeKind, RailObject
from services.payouts.domain.payments.rail_errors import (
    ProviderUnavailable,
)
from services.payouts.domain.payments.rail_objects import (
    AccountLink,
    Answer,
    ConnectedAccount,
    Notification,
    RailBalance,
)
from services.payouts.stripe_api import global_answers, global_params
from services.payouts.stripe_api.answers import gone
from services.payouts.stripe_api.calls import (
    Body,
    FoundT,
    answer_to,
    as_is,
    find_in,
    outcome_of,
    unavailable,
    understood,
)
from services.payouts.stripe_api.connection import StripeConnection, proved
from services.payouts.stripe_api.pace import Pace

log = logger(__name__)

_PAGE: Final = 100
_PAGES_MAX: Final = 50
# Our clock and Stripe's may differ by this much.
_SKEW: Final = timedelta(hours=1)
_MISSING: Final = ("not_found", "resource_missing")


class StripeGlobalRail:
    """See `usecases.payments.rail_port`: a Rail, and a RecipientRail."""

    def __init__(
        self,
        *,
        api_base: str,
        secret_key: str,
        webhook_secret: str,
        financial_account: str,
        pace: Pace,
        timeout_seconds: float,
        webhook_tolerance_seconds: int,
    ) -> None:
        """`pace` is the one of the other calls of this key: the account's limit is one."""
        self._connection = StripeConnection(
            api_base=api_base, secret_key=secret_key, timeout_seconds=timeout_seconds
        )
        self._webhook_secret = webhook_secret
        self._financial_account = financial_account
        self._pace = pace
        self._tolerance_seconds = webhook_tolerance_seconds

    async def close(self) -> None:
        """Ends the connections."""
        await self._connection.close()

    async def admit(self, op: Op) -> None:
        """See Rail."""
        await self._pace.admit("v2.outbound_payments.create")

    async def send(self, instruction: Instruction) -> Outcome:
        """See Rail."""
        try:
            params = global_params.outbound_payment(
                instruction, financial_account=self._financial_account
            )
        except DomainError as err:
            # Nothing is sent: the amount cannot be said in Stripe's units.
            log.warning("rail.unsayable", instruction=instruction.instruction_id, **err.metadata)
            return outcome_of(
                instruction, Answer(kind=OutcomeKind.REFUSED, code=err.reason.lower())
            )
        call = self._money.outbound_payments.create_async(params, _options(instruction.key))
        return outcome_of(instruction, await _answer(call, global_answers.outbound_payment))

    async def look_up(self, instruction: Instruction) -> Outcome:
        """See Rail."""
        leg = instruction.leg
        since = leg.first_sent_at or instruction.created_at
        found = await find_in(
            self._payments(since, recipient=instruction.destination),
            global_answers.outbound_payment,
            lambda one: (
                (one.instruction_id, one.attempt) == (instruction.instruction_id, leg.attempt)
            ),
        )
        return outcome_of(instruction, found)

    async def fetch(self, op: Op, rail_id: str, *, destination: str) -> RailObject | None:
        """See Rail; `destination` is no part of the address here."""
        body = await self._read(
            "v2.outbound_payments.get", self._money.outbound_payments.retrieve_async, rail_id
        )
        return None if body is None else understood(body, global_answers.outbound_payment)

    async def take_back(self, instruction: Instruction) -> Outcome:
        """See Rail: cancels what is not posted yet."""
        leg = instruction.leg
        await self._pace.admit("v2.outbound_payments.cancel")
        options = _options(f"{instruction.instruction_id}:{leg.attempt}:cancel")
        call = self._money.outbound_payments.cancel_async(leg.rail_id, {}, options)
        return outcome_of(instruction, await _answer(call, global_answers.outbound_payment))

    async def payments_page(self, *, since: datetime | None, page: str) -> Body:
        """All payments made since then, whoever they are to; a page of them.

        Errors: ProviderUnavailable.
        """
        asked: dict[str, Any] = {"limit": _PAGE, **(_created(since) if since else {})}
        if page:
            asked["page"] = page
        endpoint = "v2.outbound_payments.list"
        await self._pace.admit(endpoint)
        call = self._money.outbound_payments.list_async(asked, _options())
        read = await _answer(call, as_is)
        if read.found is None:
            raise unavailable(read)
        return read.found

    async def balances(self) -> list[RailBalance]:
        """What the financial account holds, and what of it is on its way."""
        body = await self._read(
            "v2.financial_accounts.get",
            self._money.financial_accounts.retrieve_async,
            self._financial_account,
        )
        if body is None:
            raise ProviderUnavailable("there is no such financial account")
        return understood(body, global_answers.balances)

    async def create_account(self, wanted: PayoutAccount) -> Answer[ConnectedAccount]:
        """See RecipientRail."""
        await self._pace.admit("v2.accounts.create")
        params = global_params.recipient(wanted)
        call = self._core.accounts.create_async(params, _options(wanted.key))
        return await _answer(call, global_answers.recipient)

    async def find_account(self, wanted: PayoutAccount) -> Answer[ConnectedAccount]:
        """See RecipientRail."""
        pages = self._pages("v2.accounts.list", self._core.accounts.list_async, {})
        found = await find_in(
            pages,
            global_answers.recipient,
            lambda one: one.payee_id == wanted.payee.payee_id,
        )
        if found.found is None:
            return found
        # Lists show nothing of what a recipient may do.
        whole = await self.fetch_account(found.found.account_id)
        return Answer(kind=OutcomeKind.CONFIRMED, found=whole)

    async def fetch_account(self, account_id: str) -> ConnectedAccount:
        """See RecipientRail."""
        body = await self._read(
            "v2.accounts.get",
            self._core.accounts.retrieve_async,
            account_id,
            params={"include": global_params.INCLUDE},
        )
        if body is None:
            return gone(account_id)
        return understood(body, global_answers.recipient)

    async def account_link(
        self, account_id: str, *, refresh_url: str, return_url: str
    ) -> AccountLink:
        """See RecipientRail."""
        await self._pace.admit("v2.account_links.create")
        params = global_params.account_link(
            account_id, refresh_url=refresh_url, return_url=return_url
        )
        call = self._core.account_links.create_async(params, _options())
        made = await _answer(call, global_answers.account_link)
        if made.found is None:
            raise unavailable(made)
        return made.found

    def verify(self, payload: bytes, *, signature: str, endpoint: str) -> Notification:
        """See Rail. A thin event names what has changed, and says nothing of how it is."""
        with proved(
            payload,
            signature,
            secret=self._webhook_secret,
            endpoint=endpoint,
            form="v2.core.event",
            tolerance_seconds=self._tolerance_seconds,
        ) as event:
            return Notification(
                event_id=str(event["id"]),
                type=str(event["type"]),
                object_id=str((event.get("related_object") or {}).get("id") or ""),
            )

    @property
    def _money(self) -> Any:
        return self._connection.client.v2.money_management

    @property
    def _core(self) -> Any:
        return self._connection.client.v2.core

    def _payments(self, since: datetime, *, recipient: str) -> AsyncIterator[list[Body]]:
        params = {"recipient": recipient, **_created(since - _SKEW)}
        lister = self._money.outbound_payments.list_async
        return self._pages("v2.outbound_payments.list", lister, params)

    async def _read(
        self,
        endpoint: str,
        retrieve: Callable[..., Awaitable[Any]],
        rail_id: str,
        *,
        params: dict[str, Any] | None = None,
    ) -> Body | None:
        """A fresh copy, None where there is none. Errors: ProviderUnavailable."""
        await self._pace.admit(endpoint)
        read = await _answer(retrieve(rail_id, params or {}, _options()), as_is)
        if read.found is None and read.code not in _MISSING:
            raise unavailable(read)
        return read.found

    async def _pages(
        self, endpoint: str, list_page: Callable[..., Awaitable[Any]], params: dict[str, Any]
    ) -> AsyncIterator[list[Body]]:
        """Errors: ProviderUnavailable, also for a list that does not end."""
        asked = {**params, "limit": _PAGE}
        for _ in range(_PAGES_MAX):
            await self._pace.admit(endpoint)
            read = await _answer(list_page(asked, _options()), as_is)
            if read.found is None:
                raise unavailable(read)
            yield list(read.found["data"])
            following = read.found.get("next_page_url")
            if not following:
                return
            # The address of the next page carries its place; the rest is as it was asked.
            asked["page"] = page_named(following)
        raise ProviderUnavailable("the list has too many pages", endpoint=endpoint)


async def _answer(call: Awaitable[Any], read: Callable[[Body], FoundT]) -> Answer[FoundT]:
    return await answer_to(
        call, read, classify=global_answers.classify, reason_of=global_answers.reason_of
    )


def page_named(url: str) -> str:
    """The place of a page that an address carries; empty where there is none."""
    [page] = parse_qs(urlsplit(url).query).get("page", [""])
    return page


def _created(since: datetime) -> dict[str, Any]:
    moment = since.astimezone(UTC)
    return {"created": {"gte": f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"}}


def _options(key: str = "") -> dict[str, Any]:
    options: dict[str, Any] = {"max_network_retries": 0}
    if key:
        options["idempotency_key"] = key
    return options

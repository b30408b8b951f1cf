"""Stripe Connect: a transfer to the payee's account, and a payout from there. No guesses.

Retries are ours, not the client's: what may be sent again, and under which key, follows from the
stored instruction.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from services.chassis.errors import DomainError
from services.chassis.logs import logger
from services.payouts.domain.payments.instructions import Instruction
from services.payouts.domain.payments.payout_accounts import PayoutAccount
from services.payouts.domain.payments.rail import (
    Op,
    Outcome,
    OutcomeKind,
    RailObject,
)
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
from services.payouts.stripe_api import answers as rail_answers
from services.payouts.stripe_api import params as rail_params
from services.payouts.stripe_api.calls import Body, FoundT
from services.payouts.stripe_api.calls import answer_to as _answer
from services.payouts.stripe_api.calls import as_is as _as_is
from services.payouts.stripe_api.calls import find_in as _find
from services.payouts.stripe_api.calls import outcome_of as _outcome
from services.payouts.stripe_api.calls import unavailable as _unavailable
from services.payouts.stripe_api.calls import understood as _understood
from services.payouts.stripe_api.connection import StripeConnection, proved
from services.payouts.stripe_api.pace import Pace

log = logger(__name__)

_ENDPOINTS: Final = {Op.TRANSFER: "transfers.create", Op.PAYOUT: "payouts.create"}
_PAGE: Final = 100
_PAGES_MAX: Final = 50
# Our clock and Stripe's may differ by this much.
_SKEW_SECONDS: Final = 3600
# There is no such object, or no such account of ours any more.
_MISSING: Final = ("resource_missing", "account_invalid")


class StripeRail:
    """See `usecases.payments.rail_port.PaymentRail`."""

    def __init__(
        self,
        *,
        api_base: str,
        secret_key: str,
        webhook_secrets: Mapping[str, str],
        platform_country: str,
        pace: Pace,
        timeout_seconds: float,
        webhook_tolerance_seconds: int,
    ) -> None:
        """`webhook_secrets` by endpoint: platform and connect."""
        self._connection = StripeConnection(
            api_base=api_base, secret_key=secret_key, timeout_seconds=timeout_seconds
        )
        self._webhook_secrets = dict(webhook_secrets)
        self._platform_country = platform_country
        self._tolerance_seconds = webhook_tolerance_seconds
        self._pace = pace

    async def close(self) -> None:
        """Ends the connections."""
        await self._connection.close()

    async def admit(self, op: Op) -> None:
        """See PaymentRail."""
        await self._pace.admit(_ENDPOINTS[op])

    async def send(self, instruction: Instruction) -> Outcome:
        """See PaymentRail."""
        op, options = instruction.leg.op, self._options(key=instruction.key)
        try:
            is_transfer = op is Op.TRANSFER
            build = rail_params.transfer if is_transfer else rail_params.payout
            params = build(instruction)
        except DomainError as err:
            # Nothing is sent: the amount cannot be said in Stripe's units.
            log.warning("rail.unsayable", instruction=instruction.instruction_id, **err.metadata)
            return _outcome(instruction, Answer(kind=OutcomeKind.REFUSED, code=err.reason.lower()))
        if is_transfer:
            call = self._v1.transfers.create_async(params, options)
            return _outcome(instruction, await _answer(call, rail_answers.transfer))
        options["stripe_account"] = instruction.destination
        call = self._v1.payouts.create_async(params, options)
        return _outcome(instruction, await _answer(call, rail_answers.payout))

    async def look_up(self, instruction: Instruction) -> Outcome:
        """See PaymentRail."""
        leg = instruction.leg

        def is_ours(found: RailObject) -> bool:
            return (found.instruction_id, found.attempt) == (
                instruction.instruction_id,
                leg.attempt,
            )

        if leg.op is Op.TRANSFER:
            params: dict[str, Any] = {"transfer_group": instruction.statement_id}
            pages = self._pages("transfers.list", self._v1.transfers.list_async, params)
            answer = await _find(pages, rail_answers.transfer, is_ours)
        else:
            since = leg.first_sent_at or instruction.created_at
            pages = self._pages(
                "payouts.list",
                self._v1.payouts.list_async,
                _created_since(since),
                account_id=instruction.destination,
            )
            answer = await _find(pages, rail_answers.payout, is_ours)
        return _outcome(instruction, answer)

    async def fetch(self, op: Op, rail_id: str, *, destination: str) -> RailObject | None:
        """See PaymentRail."""
        if op is Op.TRANSFER:
            return await self.fetch_transfer(rail_id)
        return await self.fetch_payout(rail_id, account_id=destination)

    async def take_back(self, instruction: Instruction) -> Outcome:
        """See PaymentRail: reverses the transfer that lies with the payee.

        Without a key of ours, under which a refusal would be repeated for a day: what is left to
        reverse is less after every reversal, so that no second one takes anything.
        """
        leg = instruction.transfer
        await self._pace.admit("transfers.reverse")
        params = rail_params.reversal(instruction)
        call = self._v1.transfers.reversals.create_async(leg.rail_id, params, self._options())
        answer = await _answer(call, _as_is)
        if answer.found is None:
            return _outcome(instruction, Answer(kind=answer.kind, code=answer.code), leg=leg)
        # The reversal tells of itself; what counts is the transfer as it then is.
        found = await self.fetch_transfer(leg.rail_id)
        if found is None:
            return _outcome(instruction, Answer(kind=OutcomeKind.NO_RESPONSE), leg=leg)
        return _outcome(instruction, Answer(kind=OutcomeKind.CONFIRMED, found=found), leg=leg)

    async def fetch_transfer(self, rail_id: str) -> RailObject | None:
        """See PaymentRail."""
        body = await self._read("transfers.get", self._v1.transfers.retrieve_async, rail_id)
        return None if body is None else _understood(body, rail_answers.transfer)

    async def fetch_payout(self, rail_id: str, *, account_id: str) -> RailObject | None:
        """See PaymentRail."""
        body = await self._read(
            "payouts.get", self._v1.payouts.retrieve_async, rail_id, account_id=account_id
        )
        return None if body is None else _understood(body, rail_answers.payout)

    async def available_minor(self, account_id: str, *, currency: str) -> int | None:
        """See PaymentRail."""
        body = await self._read(
            "balance.get", self._v1.balance.retrieve_async, account_id=account_id
        )
        if body is None:
            return None
        # What it holds of other currencies is none of this payment's business.
        return _understood(body, lambda it: rail_answers.balance(it, currency)).available_minor

    async def platform_balances(self) -> list[RailBalance]:
        """See PaymentRail."""
        body = await self._read("balance.get", self._v1.balance.retrieve_async)
        return _understood(body or {}, rail_answers.balances)

    async def make(
        self, resource: str, params: Body, *, key: str, read: Callable[[Body], FoundT]
    ) -> Answer[FoundT]:
        """Makes an object of a resource such as `topups` or `checkout.sessions`, under a key."""
        await self._pace.admit(f"{resource}.create")
        create = attrgetter(resource)(self._v1).create_async
        return await _answer(create(dict(params), self._options(key=key)), read)

    async def find(
        self,
        resource: str,
        since: datetime,
        *,
        read: Callable[[Body], FoundT],
        is_ours: Callable[[FoundT], bool],
    ) -> Answer[FoundT]:
        """The one that is ours of those made since then."""
        list_page = attrgetter(resource)(self._v1).list_async
        pages = self._pages(f"{resource}.list", list_page, _created_since(since))
        return await _find(pages, read, is_ours)

    async def get(
        self, resource: str, rail_id: str, *, expand: tuple[str, ...] = ()
    ) -> Body | None:
        """One as it is now, None where there is none. Errors: ProviderUnavailable."""
        retrieve = attrgetter(resource)(self._v1).retrieve_async
        return await self._read(f"{resource}.get", retrieve, rail_id, expand=expand)

    async def create_account(self, wanted: PayoutAccount) -> Answer[ConnectedAccount]:
        """See PaymentRail."""
        params = rail_params.account(wanted, platform_country=self._platform_country)
        await self._pace.admit("accounts.create")
        call = self._v1.accounts.create_async(params, self._options(key=wanted.key))
        return await _answer(call, rail_answers.account)

    async def find_account(self, wanted: PayoutAccount) -> Answer[ConnectedAccount]:
        """See PaymentRail."""
        params = _created_since(wanted.first_sent_at or wanted.created_at)
        pages = self._pages("accounts.list", self._v1.accounts.list_async, params)
        return await _find(
            pages, rail_answers.account, lambda found: found.payee_id == wanted.payee.payee_id
        )

    async def fetch_account(self, account_id: str) -> ConnectedAccount:
        """See PaymentRail."""
        body = await self._read("accounts.get", self._v1.accounts.retrieve_async, account_id)
        if body is None:
            return rail_answers.gone(account_id)
        return _understood(body, rail_answers.account)

    async def account_link(
        self, account_id: str, *, refresh_url: str, return_url: str
    ) -> AccountLink:
        """See PaymentRail."""
        await self._pace.admit("account_links.create")
        params = {
            "account": account_id,
            "type": "account_onboarding",
            "refresh_url": refresh_url,
            "return_url": return_url,
        }
        call = self._v1.account_links.create_async(params, self._options())
        answer = await _answer(call, rail_answers.account_link)
        if answer.found is None:
            raise _unavailable(answer)
        return answer.found

    def verify(self, payload: bytes, *, signature: str, endpoint: str) -> Notification:
        """See PaymentRail."""
        with proved(
            payload,
            signature,
            secret=self._webhook_secrets[endpoint],
            endpoint=endpoint,
            form="event",
            tolerance_seconds=self._tolerance_seconds,
        ) as event:
            return Notification(
                event_id=str(event["id"]),
                type=str(event["type"]),
                object_id=str(event["data"]["object"].get("id") or ""),
                account_id=str(event.get("account") or ""),
            )

    @property
    def _v1(self) -> Any:
        return self._connection.client.v1

    def _options(self, *, key: str = "", account_id: str = "") -> dict[str, Any]:
        options: dict[str, Any] = {"max_network_retries": 0}
        if key:
            options["idempotency_key"] = key
        if account_id:
            options["stripe_account"] = account_id
        return options

    async def _read(
        self,
        endpoint: str,
        retrieve: Callable[..., Awaitable[Any]],
        *ids: str,
        account_id: str = "",
        expand: tuple[str, ...] = (),
    ) -> Body | None:
        """A fresh copy, None where there is none. Errors: ProviderUnavailable."""
        await self._pace.admit(endpoint)
        params = {"expand": list(expand)} if expand else {}
        call = retrieve(*ids, params, self._options(account_id=account_id))
        answer = await _answer(call, _as_is)
        if answer.found is None and answer.code not in _MISSING:
            raise _unavailable(answer)
        return answer.found

    async def body(self, resource: str, rail_id: str, *, account_id: str = "") -> Body | None:
        """An object as it comes, None where there is none. Errors: ProviderUnavailable."""
        retrieve = getattr(self._v1, resource).retrieve_async
        return await self._read(f"{resource}.get", retrieve, rail_id, account_id=account_id)

    async def page(self, resource: str, params: Mapping[str, Any], *, account_id: str = "") -> Body:
        """One page of a list, as it comes. Errors: ProviderUnavailable."""
        list_page = getattr(self._v1, resource).list_async
        return await self._page(f"{resource}.list", list_page, params, account_id=account_id)

    async def _page(
        self,
        endpoint: str,
        list_page: Callable[..., Awaitable[Any]],
        params: Mapping[str, Any],
        *,
        account_id: str,
    ) -> Body:
        await self._pace.admit(endpoint)
        call = list_page(dict(params), self._options(account_id=account_id))
        answer = await _answer(call, _as_is)
        if answer.found is None:
            raise _unavailable(answer)
        return answer.found

    async def _pages(
        self,
        endpoint: str,
        list_page: Callable[..., Awaitable[Any]],
        params: Mapping[str, Any],
        *,
        account_id: str = "",
    ) -> AsyncIterator[list[Body]]:
        """Errors: ProviderUnavailable, also for a list that does not end."""
        asked: dict[str, Any] = {**params, "limit": _PAGE}
        for _ in range(_PAGES_MAX):
            found = await self._page(endpoint, list_page, asked, account_id=account_id)
            page: list[Body] = list(found["data"])
            yield page
            if not found["has_more"] or not page:
                return
            asked["starting_after"] = page[-1]["id"]
        raise ProviderUnavailable("the list has too many pages", endpoint=endpoint)


def _created_since(moment: datetime) -> dict[str, Any]:
    return {"created": {"gte": int(moment.timestamp()) - _SKEW_SECONDS}}

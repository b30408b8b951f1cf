"""Payees' accounts at the rail: one a payee, and what it may do, newest fetch wins."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from services.chassis.authentication import Principal
from services.chassis.clock import Clock
from services.chassis.errors import DomainError
from services.chassis.ids import NewId
from services.chassis.logs import logger
from services.chassis.loops import Loop
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.payments.instructions import RailPolicy
from services.payouts.domain.payments.payout_accounts import PayoutAccount
from services.payouts.domain.payments.rail import OutcomeKind
from services.payouts.domain.payments.rail_errors import (
    CountryUnsupported,
    PayoutAccountNotFound,
    PayoutAccountRefused,
    ProviderUnavailable,
)
from services.payouts.domain.payments.rail_objects import AccountLink, ConnectedAccount
from services.payouts.domain.statements.statement_lines import Payee
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.payments.payout_accounts import PayoutAccountStore
from services.payouts.store.statements.statements import StatementStore
from services.payouts.usecases.payments.payees import own_payee_id, payee_of
from services.payouts.usecases.payments.rail_port import RecipientRail

log = logger(__name__)

_TRIES_MAX = 6
_PAUSE_SECONDS = 0.2
_PAUSE_SECONDS_MAX = 2.0
_HOLD = timedelta(seconds=60)
_TAKEN_MAX = 20
_AGAIN = (OutcomeKind.RATE_LIMITED, OutcomeKind.KEY_IN_USE)
_ENDED = (OutcomeKind.SERVER_ERROR, OutcomeKind.KEY_MISMATCH)


class PayoutAccounts:
    """Opens accounts, and keeps what is known of them."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        rail: RecipientRail,
        accounts: PayoutAccountStore,
        statements: StatementStore,
        projections: ProjectionStore,
        clock: Clock,
        new_id: NewId,
        policy: RailPolicy,
        poll_after: timedelta,
        tick_seconds: float,
    ) -> None:
        self._transactions = transactions
        self._rail = rail
        self._accounts = accounts
        self._statements = statements
        self._projections = projections
        self._clock = clock
        self._new_id = new_id
        self._policy = policy
        self._poll_after = poll_after
        self._loop = Loop(name="payout_accounts", turn=self.turn, pause_seconds=tick_seconds)

    async def run(self) -> None:
        """Until stop()."""
        await self._loop.run()

    async def stop(self) -> None:
        """Ends run() after the step in hand."""
        await self._loop.stop()

    async def payee(self, principal: Principal) -> tuple[Payee, str]:
        """The caller as a payee, and the country. Errors: PayeeNotFound, PaidByVendor."""
        return await payee_of(principal, self._projections)

    async def order(self, work: UnitOfWork, payee: Payee, *, country: str, email: str) -> None:
        """Writes down that the payee wants an account; `open` then opens it."""
        if await self._accounts.get(payee.payee_id, session=work.session) is None:
            wanted = PayoutAccount(payee=payee, country=country, email=email, created_at=work.now)
            await self._accounts.insert(wanted, session=work.session)

    async def open(self, payee_id: str, *, country: str, email: str) -> PayoutAccount:
        """The payee's account; opened if it is not yet, and never a second one.

        `country` and `email` count as long as nothing was sent with others.

        Errors:
            CountryUnsupported, PayoutAccountRefused: nothing was opened.
            ProviderUnavailable, StoreUnavailable: try again, it will be the same account.
        """
        for attempt in range(_TRIES_MAX):
            if attempt:
                await asyncio.sleep(min(_PAUSE_SECONDS * 2**attempt, _PAUSE_SECONDS_MAX))
            account = await self._get(payee_id)
            if account.account_id:
                return account
            if self._key_is_old(account):
                await self._look_up(account, is_proof=True)
                continue
            account = await self._change(
                payee_id,
                lambda current, now: current.begun(country=country, email=email, now=now),
            )
            asked_at = self._clock()
            answer = await self._rail.create_account(account)
            if answer.found is not None:
                return await self._note(payee_id, answer.found, fetched_at=asked_at)
            if answer.kind is OutcomeKind.REFUSED:
                await self._next_attempt(account)
                raise _refusal(answer.code, country=account.country)
            if answer.kind in _ENDED:
                settled_at = (account.first_sent_at or asked_at) + self._policy.absence_after
                await self._look_up(account, is_proof=asked_at >= settled_at)
            elif answer.kind not in _AGAIN:
                raise ProviderUnavailable("the provider gave no usable answer", code=answer.code)
        raise ProviderUnavailable("the provider is busy; try again", payee_id=payee_id)

    async def get(self, principal: Principal, payee_id: str) -> PayoutAccount:
        """Errors: PayoutAccountNotFound."""
        own = own_payee_id(principal)
        if own and payee_id not in ("", own):
            raise PayoutAccountNotFound("no such payout account", payee_id=payee_id)
        with store_errors():
            account = await self._accounts.get(own or payee_id)
        if account is None or not account.account_id:
            raise PayoutAccountNotFound("no such payout account", payee_id=own or payee_id)
        return account

    async def link(self, principal: Principal, *, refresh_url: str, return_url: str) -> AccountLink:
        """A new single-use link; it is kept nowhere.

        Errors: PayoutAccountNotFound, ProviderUnavailable.
        """
        account = await self.get(principal, "")
        return await self._rail.account_link(
            account.account_id, refresh_url=refresh_url, return_url=return_url
        )

    async def account_changed(self, account_id: str) -> bool:
        """Looks at an account that we were told of; false if it is none of ours.

        Errors: StoreUnavailable, ProviderUnavailable.
        """
        asked_at = self._clock()
        found = await self._rail.fetch_account(account_id)
        with store_errors():
            known = await self._accounts.of_account(account_id)
            if known is None and found.payee_id:
                # We were told before our own call was answered.
                known = await self._accounts.get(found.payee_id)
        if known is None:
            return False
        await self._note(known.payee.payee_id, found, fetched_at=asked_at)
        return True

    async def turn(self) -> bool:
        """Asks for accounts that are not ready yet; true if there were any."""
        now = self._clock()
        with store_errors():
            taken = await self._accounts.take(
                now=now, hold_until=now + _HOLD, holder=self._new_id("wrk"), limit=_TAKEN_MAX
            )
        for account in taken:
            try:
                await self.account_changed(account.account_id)
            except DomainError as err:
                log.warning(
                    "payout_account.postponed", payee=account.payee.payee_id, reason=err.reason
                )
        return bool(taken)

    def _key_is_old(self, account: PayoutAccount) -> bool:
        sent = account.first_sent_at
        return sent is not None and self._clock() >= sent + self._policy.key_window

    async def _look_up(self, account: PayoutAccount, *, is_proof: bool) -> None:
        asked_at = self._clock()
        answer = await self._rail.find_account(account)
        if answer.found is not None:
            await self._note(account.payee.payee_id, answer.found, fetched_at=asked_at)
        elif answer.kind is OutcomeKind.ABSENT and is_proof:
            await self._next_attempt(account)
        else:
            raise ProviderUnavailable("it is not known yet whether the account was opened")

    async def _next_attempt(self, account: PayoutAccount) -> None:
        def step(current: PayoutAccount, _now: datetime) -> PayoutAccount:
            if current.account_id or current.attempt != account.attempt:
                return current
            return current.refused()

        await self._change(account.payee.payee_id, step)

    async def _note(
        self, payee_id: str, found: ConnectedAccount, *, fetched_at: datetime
    ) -> PayoutAccount:
        return await self._change(
            payee_id, lambda current, _now: current.noted(found, fetched_at=fetched_at)
        )

    async def _get(self, payee_id: str) -> PayoutAccount:
        with store_errors():
            account = await self._accounts.get(payee_id)
        if account is None:
            raise PayoutAccountNotFound("no such payout account", payee_id=payee_id)
        return account

    async def _change(
        self, payee_id: str, step: Callable[[PayoutAccount, datetime], PayoutAccount]
    ) -> PayoutAccount:
        async def body(work: UnitOfWork) -> PayoutAccount:
            before = await self._accounts.get(payee_id, session=work.session)
            if before is None:
                raise PayoutAccountNotFound("no such payout account", payee_id=payee_id)
            after = step(before, work.now)
            if after != before:
                due_at = after.next_look_at(now=work.now, poll_after=self._poll_after)
                await self._accounts.replace(after, due_at=due_at, session=work.session)
            if (after.is_ready, after.bank_currencies) != (
                before.is_ready,
                before.bank_currencies,
            ):
                # What was refused for want of an account, or of a bank account, is paid now.
                await self._statements.look_now(payee_id, now=work.now, session=work.session)
            return after

        return await self._transactions.run(body)


def _refusal(code: str, *, country: str) -> DomainError:
    if code == "country_unsupported":
        return CountryUnsupported(
            f"the provider opens no accounts in {country}", country=country, code=code
        )
    return PayoutAccountRefused("the provider refused to open the account", code=code)

"""Clients' money comes in: asked for once, booked once, however often anybody tells us of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.chassis.clock import Clock
from services.chassis.errors import DomainError
from services.chassis.ids import NewId
from services.chassis.logs import logger
from services.chassis.loops import Loop
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.errors import InvalidAmount
from services.payouts.domain.funding.checkouts import ordered
from services.payouts.domain.funding.deposits import Deposit, DepositAction, DepositState, Method
from services.payouts.domain.ledger.accounts import client_available
from services.payouts.domain.ledger.money import Money, check_positive
from services.payouts.domain.payments.instructions import RailPolicy
from services.payouts.domain.payments.rail_objects import Incoming, ReturnedMoney
from services.payouts.domain.payments.rail_units import to_rail_units
from services.payouts.metrics import rail as metrics
from services.payouts.store.funding.deposits import DepositStore
from services.payouts.usecases.funding.funding_port import FundingRail
from services.payouts.usecases.funding.incoming_books import Arrived, IncomingBooks

log = logger(__name__)

# More is a slip of the finger; and sums of as many as there will ever be fit 64 bits.
_AMOUNT_MINOR_MAX = 10**12
_STEPS_MAX = 6
_HOLD = timedelta(seconds=60)
_TAKEN_MAX = 20

_Next = Callable[[Deposit, datetime], Deposit]


class Deposits:
    """Asks for top-ups and payments, and books those that have succeeded."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        rail: FundingRail,
        deposits: DepositStore,
        books: IncomingBooks,
        clock: Clock,
        new_id: NewId,
        policy: RailPolicy,
        poll_after: timedelta,
        tick_seconds: float,
    ) -> None:
        self._transactions = transactions
        self._rail = rail
        self._deposits = deposits
        self._books = books
        self._clock = clock
        self._new_id = new_id
        self._policy = policy
        self._poll_after = poll_after
        self._loop = Loop(name="deposits", turn=self.turn, pause_seconds=tick_seconds)

    async def run(self) -> None:
        """Until stop()."""
        await self._loop.run()

    async def stop(self) -> None:
        """Ends run() after the step in hand."""
        await self._loop.stop()

    async def create(
        self,
        work: UnitOfWork,
        *,
        client_id: str,
        amount: Money,
        method: Method = Method.TOP_UP,
        description: str = "",
        return_url: str = "",
        cancel_url: str = "",
    ) -> Deposit:
        """Writes down what is wanted; `drive` then asks for it.

        With a `return_url` it is paid on the rail's own page, which leads there afterwards.

        Errors: InvalidAmount, CurrencyUnsupported, RailUnitsInvalid, InvalidAccount,
        ReturnUrlInvalid.
        """
        check_positive(amount.amount_minor)
        if amount.amount_minor > _AMOUNT_MINOR_MAX:
            most = replace(amount, amount_minor=_AMOUNT_MINOR_MAX)
            raise InvalidAmount(
                f"a deposit or payment is at most {most}",
                amount_minor=amount.amount_minor,
            )
        to_rail_units(amount)
        client_available(client_id=client_id, currency=amount.currency)
        deposit_id = self._new_id("dep")
        checkout = None
        if return_url:
            checkout = ordered(
                deposit_id, return_url=return_url, cancel_url=cancel_url, now=work.now
            )
        deposit = Deposit(
            deposit_id=deposit_id,
            checkout=checkout,
            client_id=client_id,
            currency=amount.currency,
            amount_minor=amount.amount_minor,
            created_at=work.now,
            method=method,
            description=description,
        )
        await self._deposits.insert(deposit, due_at=work.now + _HOLD, session=work.session)
        return deposit

    async def drive(self, deposit_id: str, *, poll: bool = False) -> Deposit:
        """Does what is to be done with it now; returns it as it then is.

        Errors: StoreUnavailable, ProviderUnavailable (`poll` only).
        """
        deposit = await self._get(deposit_id)
        for _ in range(_STEPS_MAX):
            now = self._clock()
            action, at = self._next_action(deposit, now)
            if action is DepositAction.POLL and poll:
                return await self._refresh(deposit)
            if now < at or action not in (DepositAction.SEND, DepositAction.LOOK_UP):
                break
            if action is DepositAction.SEND:
                begun = await self._change(deposit_id, self._begin)
                if begun.version == deposit.version or begun.state is not DepositState.SENDING:
                    return begun
                answer = await self._rail.ask(begun)
                now = self._clock()
            else:
                answer = await self._rail.look_up(deposit)
            said = answer
            answered_at = now

            def note(current: Deposit, _now: datetime) -> Deposit:
                return current.answered(said, now=answered_at, policy=self._policy)  # noqa: B023

            deposit = await self._change(deposit_id, note)
        return deposit

    async def changed(self, method: Method, rail_id: str, *, part: bool = False) -> bool:
        """Looks at what we were told of; false if it is not one of ours.

        `part`: it was something of it that changed, which may have gone back, or come again.

        Errors: StoreUnavailable, ProviderUnavailable.
        """
        found = await self._rail.fetch(method, rail_id)
        return await self._told(found, method, part=part)

    async def page_changed(self, session_id: str) -> bool:
        """Looks at a payment page that we were told of; false if it is not one of ours.

        Errors: StoreUnavailable, ProviderUnavailable.
        """
        return await self._told(await self._rail.fetch_page(session_id), Method.PAYMENT)

    async def _told(self, found: Incoming | None, method: Method, *, part: bool = False) -> bool:
        if found is None or not found.deposit_id:
            return False
        with store_errors():
            deposit = await self._deposits.get(found.deposit_id)
        if deposit is None or deposit.method is not method:
            return False
        await self._see(deposit, found, part=part)
        return True

    async def look_again(self, deposit: Deposit) -> bool:
        """Whether one that has ended is not what it was.

        Errors: StoreUnavailable, ProviderUnavailable.
        """
        return (await self._refresh(deposit)).version != deposit.version

    async def part_changed(self, family: str, object_id: str) -> bool:
        """Looks at the payment of a charge, refund or dispute; false if it is not one of ours.

        Errors: StoreUnavailable, ProviderUnavailable.
        """
        rail_id = await self._rail.payment_of(family, object_id)
        return bool(rail_id) and await self.changed(Method.PAYMENT, rail_id, part=True)

    async def turn(self) -> bool:
        """Goes on with what is due; true if there was any."""
        now = self._clock()
        with store_errors():
            taken = await self._deposits.take(
                now=now, hold_until=now + _HOLD, holder=self._new_id("wrk"), limit=_TAKEN_MAX
            )
        for deposit in taken:
            try:
                after = await self.drive(deposit.deposit_id, poll=True)
                if after.version == deposit.version:
                    _, at = self._next_action(after, now)
                    with store_errors():
                        await self._deposits.postpone(after, until=max(at, now))
            except DomainError as err:
                log.warning("deposit.postponed", deposit=deposit.deposit_id, reason=err.reason)
        return bool(taken)

    async def _get(self, deposit_id: str) -> Deposit:
        with store_errors():
            deposit = await self._deposits.get(deposit_id)
        if deposit is None:
            raise LookupError(f"deposit {deposit_id} is gone")
        return deposit

    async def _refresh(self, deposit: Deposit) -> Deposit:
        session_id = deposit.checkout.session_id if deposit.checkout else ""
        if session_id:
            # The page tells more than its payment: that nobody can pay there any more.
            found = await self._rail.fetch_page(session_id)
        else:
            found = await self._rail.fetch(deposit.method, deposit.rail_id)
        return deposit if found is None else await self._see(deposit, found)

    async def _see(self, deposit: Deposit, found: Incoming, *, part: bool = False) -> Deposit:
        """Notes what the rail says, and what went back of it; whoever comes to know of it first."""
        returns: list[ReturnedMoney] = []
        if part or found.has_returns:
            returns = await self._rail.returns(deposit.rail_id or found.rail_id)
        return await self._change(
            deposit.deposit_id, lambda current, _now: current.seen(found), returns=returns
        )

    def _begin(self, current: Deposit, now: datetime) -> Deposit:
        action, at = self._next_action(current, now)
        if action is not DepositAction.SEND or now < at:
            return current  # somebody else was faster
        return current.begun(now=now)

    def _next_action(self, deposit: Deposit, now: datetime) -> tuple[DepositAction, datetime]:
        return deposit.next_action(now=now, policy=self._policy, poll_after=self._poll_after)

    async def _change(
        self, deposit_id: str, step: _Next, *, returns: Sequence[ReturnedMoney] = ()
    ) -> Deposit:
        async def body(work: UnitOfWork) -> Deposit:
            before = await self._deposits.get(deposit_id, session=work.session)
            if before is None:
                raise LookupError(f"deposit {deposit_id} is gone")
            after = step(before, work.now)
            if after != before:
                if after.state is DepositState.SUCCEEDED:
                    await self._book(work, after)
                if after.state is DepositState.REVERSED:
                    await self._take_back(work, after, [after.taken_back(at=work.now)])
                action, at = self._next_action(after, work.now)
                due_at = None if action is DepositAction.NOTHING else max(at, work.now)
                await self._deposits.replace(after, due_at=due_at, session=work.session)
            if after.state is DepositState.SUCCEEDED:
                # In one transaction with it: afterwards nobody asks for it by itself any more.
                await self._take_back(work, after, returns)
            return after

        after = await self._transactions.run(body)
        if after.state is DepositState.REVERSED:
            log.error("deposit.taken_back", deposit=deposit_id, code=after.code)
        if after.state is DepositState.FAILED:
            log.warning("deposit.failed", deposit=deposit_id, code=after.code)
        return after

    async def _take_back(
        self, work: UnitOfWork, deposit: Deposit, returns: Sequence[ReturnedMoney]
    ) -> None:
        new = [
            await self._books.returned(
                work, one, client_id=deposit.client_id, rail_id=deposit.rail_id
            )
            for one in returns
        ]
        if deposit.state is DepositState.REVERSED and any(new):
            work.afterwards(metrics.TOPUPS_TAKEN_BACK_TOTAL.inc)
        if movements := sum(new):
            work.afterwards(
                lambda: log.warning(
                    "payment.returned", deposit=deposit.deposit_id, movements=movements
                )
            )

    async def _book(self, work: UnitOfWork, deposit: Deposit) -> None:
        arrived = Arrived(
            client_id=deposit.client_id,
            currency=deposit.currency,
            amount_minor=deposit.amount_minor,
            rail_id=deposit.rail_id,
            source_id=deposit.deposit_id,
            how=deposit.method.value,
            effective_at=work.now,
            settlement=deposit.settlement,
        )
        await self._books.arrived(work, arrived)

"""Clients have unspent money back: held at once, sent by a person, or free again after its time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from services.chassis.authentication import Principal
from services.chassis.clock import Clock
from services.chassis.ids import NewId
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.funding.refunds import (
    Refund,
    RefundNotFound,
    RefundState,
    funds_hold,
    funds_hold_resolved,
)
from services.payouts.domain.ledger.entries import Booking
from services.payouts.domain.ledger.money import Money
from services.payouts.store.funding.refunds import RefundStore
from services.payouts.store.ledger.ledger import LedgerStore
from services.payouts.usecases.funding.incoming_books import IncomingBooks

_EXPIRED_EACH_TURN = 50

Next = Callable[[Refund, datetime], Refund]


class Refunds:
    """Holds, resolves and lets expire."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        ledger: LedgerStore,
        refunds: RefundStore,
        books: IncomingBooks,
        clock: Clock,
        new_id: NewId,
        expires_after: timedelta,
    ) -> None:
        self._transactions = transactions
        self._ledger = ledger
        self._refunds = refunds
        self._books = books
        self._clock = clock
        self._new_id = new_id
        self._expires_after = expires_after

    async def request(
        self, work: UnitOfWork, principal: Principal, amount: Money, *, note: str
    ) -> Refund:
        """Holds the caller's money. Errors: InsufficientFunds, InvalidAmount, InvalidAccount."""
        refund = Refund(
            refund_id=self._new_id("rfd"),
            client_id=principal.organisation_id,
            currency=amount.currency,
            amount_minor=amount.amount_minor,
            note=note,
            requested_by=principal.subject_id,
            requested_at=work.now,
            expires_at=work.now + self._expires_after,
        )
        entry = funds_hold(refund, booking=_now(work))
        await self._ledger.post_all([entry], session=work.session, now=work.now)
        await self._refunds.insert(refund, session=work.session)
        return refund

    async def pay(
        self,
        work: UnitOfWork,
        principal: Principal,
        refund_id: str,
        amount: Money | None,
        *,
        bank_reference: str,
    ) -> Refund:
        """An operator has sent it from the platform's bank account: all of it, or so much.

        Errors: RefundNotFound, RefundResolved, InvalidAmount, CurrencyMismatch,
        RefundFactsMissing.
        """

        def step(refund: Refund, now: datetime) -> Refund:
            paid = amount or Money(amount_minor=refund.amount_minor, currency=refund.currency)
            return refund.paid(
                paid, bank_reference=bank_reference, by=principal.subject_id, now=now
            )

        return await self._resolve(work, principal, refund_id, step)

    async def decline(
        self, work: UnitOfWork, principal: Principal, refund_id: str, *, reason: str
    ) -> Refund:
        """It is not sent: an operator's decision, or the client's that asked for it.

        Errors: RefundNotFound, RefundResolved, RefundFactsMissing.
        """
        return await self._resolve(
            work,
            principal,
            refund_id,
            lambda refund, now: refund.declined(reason=reason, by=principal.subject_id, now=now),
        )

    async def list(self, principal: Principal, *, before: str, limit: int) -> list[Refund]:
        """The caller's, or all for operators; newest first."""
        client_id = "" if "OPERATOR" in principal.roles else principal.organisation_id
        with store_errors():
            return await self._refunds.newest(client_id=client_id, before=before, limit=limit)

    async def turn(self) -> bool:
        """Gives back what nobody resolved in time; whether there may be more."""
        with store_errors():
            overdue = await self._refunds.overdue(now=self._clock(), limit=_EXPIRED_EACH_TURN)
        for refund_id in overdue:
            await self._transactions.run(self._expiring(refund_id))
        return len(overdue) == _EXPIRED_EACH_TURN

    def _expiring(self, refund_id: str) -> Callable[[UnitOfWork], Awaitable[Refund]]:
        async def body(work: UnitOfWork) -> Refund:
            return await self._step(work, refund_id, lambda one, now: one.expired(now=now))

        return body

    async def _resolve(
        self, work: UnitOfWork, principal: Principal, refund_id: str, step: Next
    ) -> Refund:
        refund = await self._refunds.get(refund_id, session=work.session)
        own = refund is not None and refund.client_id == principal.organisation_id
        if refund is None or not (own or "OPERATOR" in principal.roles):
            raise RefundNotFound("no such refund", refund_id=refund_id)
        return await self._step(work, refund_id, step)

    async def _step(self, work: UnitOfWork, refund_id: str, step: Next) -> Refund:
        before = await self._refunds.get(refund_id, session=work.session)
        if before is None:
            raise RefundNotFound("no such refund", refund_id=refund_id)
        after = step(before, work.now)
        if after == before:
            return before
        entry = funds_hold_resolved(after, booking=_now(work))
        await self._ledger.post_all([entry], session=work.session, now=work.now)
        await self._refunds.replace(after, session=work.session)
        if after.state is not RefundState.PAID or after.paid_minor < after.amount_minor:
            # What is free again may be owed.
            await self._books.cover(
                work, after.client_id, after.currency, cause=f"refund:{refund_id}"
            )
        return after


def _now(work: UnitOfWork) -> Booking:
    return Booking(effective_at=work.now, recorded_at=work.now)

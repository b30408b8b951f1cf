"""Notifications: proved, kept as they came, answered; then looked into by asking the rail itself.

What a notification says about an object is never used: it may be late, repeated or out of order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from services.chassis.clock import Clock
from services.chassis.errors import DomainError, Kind
from services.chassis.group_commit import GroupCommit
from services.chassis.ids import NewId
from services.chassis.logs import logger
from services.chassis.loops import Loop
from services.chassis.mongo import PyMongoError, store_errors
from services.payouts.domain.funding.deposits import Method
from services.payouts.domain.ledger.accounts import STRIPE, STRIPE_GLOBAL
from services.payouts.domain.payments.instruction_facts import apply_rail_object
from services.payouts.domain.payments.rail import Op, RailObject
from services.payouts.domain.payments.rail_objects import Notification
from services.payouts.domain.reconciliation.rail_history import FetchedEvent
from services.payouts.metrics import rail as metrics
from services.payouts.store.payments.instructions import InstructionStore
from services.payouts.store.payments.webhooks import Pending, Received, WebhookStore
from services.payouts.usecases.funding.deposits import Deposits
from services.payouts.usecases.payments.bank_changes import BankChanges
from services.payouts.usecases.payments.journal import Change, InstructionJournal, Ruling
from services.payouts.usecases.payments.paying import Payer
from services.payouts.usecases.payments.payout_accounts import PayoutAccounts
from services.payouts.usecases.payments.rail_port import Rails

log = logger(__name__)

_TAKEN_MAX = 200
_AT_ONCE = 10
_TRIES_MAX = 20
_HOLD = timedelta(seconds=120)
_BACKOFF = timedelta(seconds=1)
_BACKOFF_MAX = timedelta(minutes=10)
_LATER = (Kind.UNAVAILABLE, Kind.CONFLICT, Kind.EXHAUSTED)

# Families of events that mean something to us; of others there are hundreds.
_FAMILIES = (
    "transfer",
    "payout",
    "account",
    "capability",
    "topup",
    "payment_intent",
    "checkout",
    "charge",
    "refund",
    "dispute",
    "balance",
)
# Of clients' money, at the platform's own account.
_INCOMING = ("topup", "payment_intent", "checkout", "charge", "refund", "dispute")
# Events whose object is not of the family that their first word names.
_OTHERWISE = {"charge.refund": "refund", "charge.dispute": "dispute"}
# Of thin events, which all begin with the version.
_THIN_FAMILIES = {
    "v2.money_management.outbound_payment.": "outbound",
    "v2.core.account": "recipient",
}
# A payee has named another bank account. Updates tell that the old one has failed, too.
_BANK_NEWS = "account.external_account.created"
# The endpoint that thin events come in by.
V2 = "v2"
_PAYEE_FAMILIES = ("account", "capability")

Subject = tuple[str, str, str]
"""Family, account, object: notifications of one subject are answered by one look."""


class Webhooks:
    """Receives notifications, and looks into them."""

    def __init__(
        self,
        *,
        rails: Rails,
        recipients: PayoutAccounts | None,
        bank_changes: BankChanges,
        webhooks: WebhookStore,
        instructions: InstructionStore,
        journal: InstructionJournal,
        payer: Payer,
        accounts: PayoutAccounts,
        deposits: Deposits,
        clock: Clock,
        new_id: NewId,
        tick_seconds: float,
    ) -> None:
        self._rails = rails
        self._rail = rails.connect
        self._recipients = recipients
        self._bank_changes = bank_changes
        self._webhooks = webhooks
        self._instructions = instructions
        self._journal = journal
        self._payer = payer
        self._accounts = accounts
        self._deposits = deposits
        self._clock = clock
        self._new_id = new_id
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._receipts = GroupCommit[Received, bool](name="webhooks", commit=self._insert)
        self._loop = Loop(name="webhooks", turn=self.turn, pause_seconds=tick_seconds)

    async def run(self) -> None:
        """Until stop()."""
        await self._loop.run()

    async def stop(self) -> None:
        """Ends run() after the step in hand."""
        await self._loop.stop()

    async def close(self) -> None:
        """Takes no more notifications."""
        await self._receipts.close()

    async def receive(self, payload: bytes, *, signature: str, endpoint: str) -> bool:
        """Keeps a notification; true if it was there already.

        Errors: SignatureInvalid, EventMalformed, StoreUnavailable (it will be delivered again).
        """
        try:
            rail = self._rails.of(STRIPE_GLOBAL if endpoint == V2 else STRIPE)
            notification = rail.verify(payload, signature=signature, endpoint=endpoint)
        except DomainError as err:
            log.warning("webhook.refused", endpoint=endpoint, reason=err.reason)
            # Nobody has proved what type it is.
            metrics.WEBHOOKS_TOTAL.labels("unknown", "refused").inc()
            raise
        is_new = await self._receipts.submit(
            Received(
                notification=notification,
                endpoint=endpoint,
                payload=payload,
                received_at=self._clock(),
            )
        )
        _count(notification, "received" if is_new else "duplicate")
        self._loop.wake()
        return not is_new

    async def take_in(self, found: Sequence[FetchedEvent], *, endpoint: str) -> list[bool]:
        """Keeps events that were fetched as if they had come; for each whether it is new."""
        if not found:
            return []
        now = self._clock()
        with store_errors():
            is_new = await self._webhooks.insert(
                [
                    Received(
                        notification=one.notification,
                        endpoint=endpoint,
                        payload=one.payload,
                        received_at=now,
                    )
                    for one in found
                ]
            )
        for one, new in zip(found, is_new, strict=True):
            _count(one.notification, "fetched" if new else "duplicate")
        self._loop.wake()
        return is_new

    async def turn(self) -> bool:
        """Looks into what has come; true if there was any."""
        now = self._clock()
        with store_errors():
            taken = await self._webhooks.take(
                now=now, hold_until=now + _HOLD, holder=self._new_id("wrk"), limit=_TAKEN_MAX
            )
        subjects: dict[Subject, list[Pending]] = {}
        for pending in taken:
            subjects.setdefault(_subject(pending.notification), []).append(pending)
        await asyncio.gather(*(self._look(*item) for item in subjects.items()))
        if taken:
            self._payer.wake()
        return bool(taken)

    async def _insert(self, received: list[Received]) -> Sequence[bool]:
        with store_errors():
            return await self._webhooks.insert(received)

    async def _look(self, subject: Subject, pending: list[Pending]) -> None:
        async with self._room:
            try:
                thin = subject[0] in _THIN_FAMILIES.values()
                is_ours = await (self._thin(subject) if thin else self._apply(subject))
            except DomainError as err:
                if err.kind in _LATER:
                    await self._again(pending, error=err.reason)
                    return
                log.warning("webhook.useless", subject=subject, reason=err.reason)
                await self._handled(pending, "failed")
            except PyMongoError as err:
                log.warning("webhook.postponed", subject=subject, error=repr(err))
                await self._again(pending, error=type(err).__name__)
            else:
                await self._handled(pending, "applied" if is_ours else "ignored")

    async def _apply(self, subject: Subject) -> bool:
        match subject:
            case ("transfer", _, rail_id):
                return await self._seen(await self._rail.fetch_transfer(rail_id))
            case ("payout", account_id, rail_id) if account_id:
                found = await self._rail.fetch_payout(rail_id, account_id=account_id)
                return await self._seen(found)
            case ("account" | "bank" as family, account_id, _) if account_id:
                known = await self._accounts.account_changed(account_id)
                if known and family == "bank":
                    await self._bank_changes.told(account_id)
                return known
            case (family, "", rail_id) if family in _INCOMING:
                return await self._incoming(family, rail_id)
            case ("balance", account_id, _) if account_id:
                with store_errors():
                    now = self._clock()
                    return bool(await self._instructions.balance_changed(account_id, now=now))
            case _:
                return False

    async def _incoming(self, family: str, rail_id: str) -> bool:
        if family == "checkout":
            return await self._deposits.page_changed(rail_id)
        method = {"topup": Method.TOP_UP, "payment_intent": Method.PAYMENT}.get(family)
        if method is None:
            return await self._deposits.part_changed(family, rail_id)
        return await self._deposits.changed(method, rail_id)

    async def _thin(self, subject: Subject) -> bool:
        family, _, rail_id = subject
        if family == "recipient":
            recipients = self._recipients
            return recipients is not None and await recipients.account_changed(rail_id)
        rail = self._rails.of(STRIPE_GLOBAL)
        return await self._seen(await rail.fetch(Op.OUTBOUND, rail_id, destination=""))

    async def _seen(self, found: RailObject | None) -> bool:
        if found is None or not found.instruction_id:
            return False
        with store_errors():
            instruction = await self._instructions.get(found.instruction_id)
        if instruction is None:
            return False
        await self._journal.change(
            Change(
                instruction_id=instruction.instruction_id,
                statement_id=instruction.statement_id,
                decide=lambda current, _now: Ruling(
                    steps=() if current is None else (apply_rail_object(current, found),)
                ),
            )
        )
        return True

    async def _handled(self, pending: list[Pending], outcome: str) -> None:
        with store_errors():
            await self._webhooks.handled(
                [(one.notification, outcome) for one in pending], now=self._clock()
            )
        for one in pending:
            _count(one.notification, outcome)

    async def _again(self, pending: list[Pending], *, error: str) -> None:
        given_up = [one for one in pending if one.tries + 1 >= _TRIES_MAX]
        if given_up:
            log.error("webhook.given_up", events=[one.notification.event_id for one in given_up])
            await self._handled(given_up, "failed")
        for one in pending:
            if one not in given_up:
                wait = min(_BACKOFF * 2**one.tries, _BACKOFF_MAX)
                with store_errors():
                    await self._webhooks.retry(
                        one.notification.event_id, at=self._clock() + wait, error=error
                    )


def _family(notification: Notification) -> str:
    for prefix, thin in _THIN_FAMILIES.items():
        if notification.type.startswith(prefix):
            return thin
    if notification.type == _BANK_NEWS:
        return "bank"
    first, _, rest = notification.type.partition(".")
    family = _OTHERWISE.get(f"{first}.{rest.partition('.')[0]}", first)
    return family if family in _FAMILIES else "other"


def _subject(notification: Notification) -> Subject:
    family, account_id = _family(notification), notification.account_id
    if family in _PAYEE_FAMILIES:
        return ("account", account_id, "")
    object_id = "" if family in ("balance", "other") else notification.object_id
    return (family, account_id, object_id)


def _count(notification: Notification, outcome: str) -> None:
    # Types are Stripe's to invent: only those that we know get a series.
    known = _family(notification) != "other"
    metrics.WEBHOOKS_TOTAL.labels(notification.type if known else "other", outcome).inc()

"""Two lists of the same money: what moved a balance at the rail, and what the ledger booked of it.

Every balance transaction of the rail and every posting to an account that mirrors a balance there
becomes an item. Items that are about one thing (a transfer, a payout, a top-up) are a group, and
a group is settled when both sides come to the same. What is in no settled group is unexplained.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from services.payouts.domain.ledger.accounts import STRIPE, STRIPE_GLOBAL, Purpose, parse
from services.payouts.domain.ledger.entries import Entry, EntryKind
from services.payouts.domain.reconciliation.rail_history import BalanceTransaction

PLATFORM: Final = "platform"
"""The platform's own account; payees' accounts go by their ids at the rail."""
GLOBAL: Final = "global"
"""The platform's financial account, that outbound payments leave."""
CONNECTED: Final = "connected"
"""All payees' accounts together."""
OWN: Final = (PLATFORM, GLOBAL)
"""Accounts that are always there, each with a line of its own."""

FEE: Final = "fee"

_MIRRORS: Final = (Purpose.RAIL_PLATFORM, Purpose.RAIL_CONNECTED)
# Written before the rail has given its object an id: found by the attempt instead.
_PAYOUTS: Final = (EntryKind.PAYOUT_SENT, EntryKind.PAYOUT_REFUSED, EntryKind.PAYOUT_FAILED)
# Of the financial account, only these: what is moved there is no outbound payment, and is compared
# with its balance alone.
_OUTBOUND: Final = (EntryKind.OUTBOUND_SEEN, EntryKind.OUTBOUND_RETURNED)


class ItemSide(StrEnum):
    RAIL = "rail"
    LEDGER = "ledger"


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorItem:
    """One movement of one mirrored account, as one side tells it."""

    item_id: str
    side: ItemSide
    account: str
    currency: str
    amount_units: int
    at: datetime
    type: str
    source: str
    group: str

    @property
    def day(self) -> date:
        return self.at.date()


def items_of_transaction(found: BalanceTransaction, *, account: str) -> tuple[MirrorItem, ...]:
    """Return the movement, and what the rail kept of it as an item of its own."""
    group = _group_of(found)
    item = MirrorItem(
        item_id=found.transaction_id,
        side=ItemSide.RAIL,
        account=account,
        currency=found.currency,
        amount_units=found.amount_units,
        at=found.created_at,
        type=found.type,
        source=found.source,
        group=group,
    )
    if not found.fee_units:
        return (item,)
    fee = MirrorItem(
        item_id=f"{found.transaction_id}:{FEE}",
        side=ItemSide.RAIL,
        account=account,
        currency=found.currency,
        amount_units=-found.fee_units,
        at=found.created_at,
        type=FEE,
        source=found.source,
        group=f"{FEE}:{found.transaction_id}",
    )
    return (item, fee)


def items_of_entry(entry: Entry) -> tuple[MirrorItem, ...]:
    """Return what an entry says has moved at the rail; most entries say nothing of it."""
    items = []
    for place, posting in enumerate(entry.postings):
        account = parse(posting.account)
        if account.kind.purpose not in _MIRRORS:
            continue
        is_platform = account.kind.purpose is Purpose.RAIL_PLATFORM
        is_global = (
            is_platform and account.part("rail") == STRIPE_GLOBAL and entry.kind in _OUTBOUND
        )
        if account.part("rail") != STRIPE and not is_global:
            continue
        own = GLOBAL if is_global else PLATFORM
        items.append(
            MirrorItem(
                item_id=f"{entry.entry_id}#{place}",
                side=ItemSide.LEDGER,
                account=own if is_platform else account.part("account"),
                currency=posting.currency,
                amount_units=posting.amount_units,
                at=entry.booking.recorded_at,
                type=entry.kind.value,
                source=entry.subject.rail_id,
                group=_group_of_entry(entry),
            )
        )
    return tuple(items)


def clearing_items_of(entry: Entry) -> tuple[MirrorItem, ...]:
    """Return what an entry puts into or takes out of clearing accounts; settled when it is nil.

    What is on its way is of one instruction, or else of what the rail knows it as.
    """
    subject = entry.subject
    return tuple(
        MirrorItem(
            item_id=f"{entry.entry_id}#{place}",
            side=ItemSide.LEDGER,
            account=posting.account,
            currency=posting.currency,
            amount_units=posting.amount_units,
            at=entry.booking.recorded_at,
            type=entry.kind.value,
            source=subject.statement_id,
            group=subject.instruction_id or subject.rail_id or entry.entry_id,
        )
        for place, posting in enumerate(entry.postings)
        if parse(posting.account).kind.clearing
    )


def payout_group(instruction_id: str, attempt: int) -> str:
    """Name one attempt to pay out, which both sides know before it has an id at the rail."""
    return f"payout:{instruction_id}:{attempt}"


def outbound_group(instruction_id: str, attempt: int) -> str:
    """Name one outbound payment as its metadata and our entries do."""
    return f"outbound:{instruction_id}:{attempt}"


def _group_of(found: BalanceTransaction) -> str:
    if found.type.startswith("outbound") and found.instruction_id:
        return outbound_group(found.instruction_id, found.attempt)
    if found.type.startswith("payout") and found.instruction_id:
        return payout_group(found.instruction_id, found.attempt)
    return found.transfer or found.payment_intent or found.source or found.transaction_id


def _group_of_entry(entry: Entry) -> str:
    if entry.kind in _PAYOUTS:
        # payout:{instruction}:{attempt}, payout_return:{instruction}:{attempt}
        _, instruction_id, attempt = entry.entry_id.split(":")
        return payout_group(instruction_id, int(attempt))
    if entry.kind in _OUTBOUND:
        # outbound_outcome:{instruction}:{attempt}, outbound_return:{instruction}:{attempt}
        _, instruction_id, attempt = entry.entry_id.split(":")
        return outbound_group(instruction_id, int(attempt))
    if entry.kind is EntryKind.RAIL_FUNDING:
        # rail_funding:{rail}:{reference}: whoever recorded it names what moved it at the rail.
        return entry.entry_id.split(":", 2)[2]
    # What the rail kept of a movement is booked as fee:{transaction}, as its item is.
    return entry.subject.rail_id or entry.entry_id


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorDay:
    """One day of one currency, of an account of the platform's or of all payees' together.

    In ledger units. `timing_units`: of groups that both sides agree on, what one side has on this
    day and the other on another. `pending_units`: not matched yet, and too young to worry.
    `unexplained_units`: the rest, and there is no other.
    """

    day: date
    currency: str
    account: str
    rail_units: int = 0
    ledger_units: int = 0
    matched_rail_units: int = 0
    matched_ledger_units: int = 0
    pending_units: int = 0
    unmatched_rail: int = 0
    unmatched_ledger: int = 0

    @property
    def timing_units(self) -> int:
        return self.matched_rail_units - self.matched_ledger_units

    @property
    def unmatched_rail_units(self) -> int:
        return self.rail_units - self.matched_rail_units

    @property
    def unmatched_ledger_units(self) -> int:
        return self.ledger_units - self.matched_ledger_units

    @property
    def unexplained_units(self) -> int:
        return self.rail_units - self.ledger_units - self.timing_units - self.pending_units

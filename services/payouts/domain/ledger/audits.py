"""What may be wrong with the books, found by adding them up again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.ledger.accounts import parse


class Fault(StrEnum):
    """Each alone stops a period from being closed."""

    UNBALANCED = "UNBALANCED"
    """Debits and credits of a currency are not the same."""
    OVERDRAWN = "OVERDRAWN"
    """An account that may not go below zero is below it."""
    MISSTATED = "MISSTATED"
    """A balance is not the sum of its entries."""
    ENTRY_CHANGED = "ENTRY_CHANGED"
    """What is stored of an entry is not what was recorded."""
    BLOCK_ENTRIES = "BLOCK_ENTRIES"
    """The entries of a block are not those that it was made of: one was added or taken away."""
    BLOCK_BROKEN = "BLOCK_BROKEN"
    """A block does not follow the one before it, or is not what its hash was made of."""
    MISCOUNTED = "MISCOUNTED"
    """There are more entries than were posted, or fewer."""
    SEAL_BROKEN = "SEAL_BROKEN"
    """A closed pay period was sealed with another block than the chain now has."""
    STATEMENT_CHANGED = "STATEMENT_CHANGED"
    """A statement's lines are not those that were frozen, or do not come to its total."""
    STATEMENT_MISBOOKED = "STATEMENT_MISBOOKED"
    """Another sum than a statement's was moved to its account."""
    STATEMENT_PAYMENT = "STATEMENT_PAYMENT"
    """A paid statement has not exactly one payment, or an unpaid one has one."""
    PERIOD_INCOMPLETE = "PERIOD_INCOMPLETE"
    """What a closed pay period took in is not what it stated and carried over."""
    CLEARING_OLD = "CLEARING_OLD"
    """Money has been on its way for too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`account` is empty for totals; amounts are debits less credits.

    Of the journal's chain: the block, the entry if one alone is wrong, and numbers of entries in
    place of amounts.
    """

    fault: Fault
    currency: str
    expected_units: int
    found_units: int
    account: str = ""
    block_number: int = 0
    entry_id: str = ""


class BooksWrong(DomainError):
    """The books contradict themselves: nothing is closed until a person has looked."""

    kind, reason = Kind.PRECONDITION, "BOOKS_WRONG"


def unbalanced(totals_units: Mapping[str, int]) -> list[Finding]:
    """Of the sum of all balances by currency."""
    return [
        Finding(fault=Fault.UNBALANCED, currency=currency, expected_units=0, found_units=total)
        for currency, total in sorted(totals_units.items())
        if total
    ]


def overdrawn(balances_units: Mapping[str, int]) -> list[Finding]:
    """Of balances by account."""
    found = []
    for name, amount_units in sorted(balances_units.items()):
        account = parse(name)
        if account.kind.guarded and account.balance_units(amount_units) < 0:
            found.append(
                Finding(
                    fault=Fault.OVERDRAWN,
                    currency=account.currency,
                    expected_units=0,
                    found_units=amount_units,
                    account=name,
                )
            )
    return found


def misstated(account: str, *, balance_units: int, entries_units: int) -> Finding | None:
    """Of one account's balance beside the sum of its entries' postings."""
    if balance_units == entries_units:
        return None
    return Finding(
        fault=Fault.MISSTATED,
        currency=parse(account).currency,
        expected_units=entries_units,
        found_units=balance_units,
        account=account,
    )


def chain_fault(
    fault: Fault, *, block_number: int, entry_id: str = "", expected: int = 0, found: int = 0
) -> Finding:
    """Of the journal's chain; `expected` and `found` are numbers of entries."""
    return Finding(
        fault=fault,
        currency="",
        expected_units=expected,
        found_units=found,
        block_number=block_number,
        entry_id=entry_id,
    )

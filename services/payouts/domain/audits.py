"""What may be wrong with the books, found by adding them up again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.accounts import parse


class Fault(StrEnum):
    """Each alone stops a period from being closed."""

    UNBALANCED = "UNBALANCED"
    """Debits and credits of a currency are not the same."""
    OVERDRAWN = "OVERDRAWN"
    """An account that may not go below zero is below it."""
    MISSTATED = "MISSTATED"
    """A balance is not the sum of its entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`account` is empty for totals; amounts are debits less credits."""

    fault: Fault
    currency: str
    expected_minor: int
    found_minor: int
    account: str = ""


class BooksWrong(DomainError):
    """The books contradict themselves: nothing is closed until a person has looked."""

    kind, reason = Kind.PRECONDITION, "BOOKS_WRONG"


def unbalanced(totals_minor: Mapping[str, int]) -> list[Finding]:
    """Of the sum of all balances by currency."""
    return [
        Finding(fault=Fault.UNBALANCED, currency=currency, expected_minor=0, found_minor=total)
        for currency, total in sorted(totals_minor.items())
        if total
    ]


def overdrawn(balances_minor: Mapping[str, int]) -> list[Finding]:
    """Of balances by account."""
    found = []
    for name, amount_minor in sorted(balances_minor.items()):
        account = parse(name)
        if account.kind.guarded and account.balance_minor(amount_minor) < 0:
            found.append(
                Finding(
                    fault=Fault.OVERDRAWN,
                    currency=account.currency,
                    expected_minor=0,
                    found_minor=amount_minor,
                    account=name,
                )
            )
    return found


def misstated(account: str, *, balance_minor: int, entries_minor: int) -> Finding | None:
    """Of one account's balance beside the sum of its entries' postings."""
    if balance_minor == entries_minor:
        return None
    return Finding(
        fault=Fault.MISSTATED,
        currency=parse(account).currency,
        expected_minor=entries_minor,
        found_minor=balance_minor,
        account=account,
    )

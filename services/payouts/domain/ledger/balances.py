"""Balances as the fold of entries, and the guard that keeps accounts from going below zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.chassis.errors import DomainError
from services.payouts.domain.errors import EntryConflict, InsufficientFunds
from services.payouts.domain.ledger.accounts import Side, parse
from services.payouts.domain.ledger.entries import Entry, check_same
from services.payouts.domain.ledger.money import decimal_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An entry that must not be written, and why."""

    entry: Entry
    error: DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """What a batch of candidate entries comes to.

    `accepted` are to be written, `repeated` are already written (a no-op each), `refused` fail
    alone. `deltas_units` is the net signed change per account of the accepted ones, without
    zeroes.
    """

    accepted: tuple[Entry, ...]
    repeated: tuple[Entry, ...]
    refused: tuple[Refusal, ...]
    deltas_units: Mapping[str, int]


def guarded_accounts(entries: Iterable[Entry]) -> frozenset[str]:
    """Return the accounts whose balances a fold of these entries has to know."""
    return frozenset(
        posting.account
        for entry in entries
        for posting in entry.postings
        if parse(posting.account).kind.guarded
    )


def fold(
    *,
    entries: Sequence[Entry],
    balances_units: Mapping[str, int],
    known_hashes: Mapping[str, str],
) -> Folded:
    """Take entries in order; one that is refused leaves the others as if it had not been there.

    `balances_units` are signed sums of postings (a missing account is empty), `known_hashes` the
    body hashes of those entry ids that are already in the ledger.
    """
    running: dict[str, int] = {}
    seen = dict(known_hashes)
    accepted: list[Entry] = []
    repeated: list[Entry] = []
    refused: list[Refusal] = []
    for entry in entries:
        known_hash = seen.get(entry.entry_id)
        try:
            if known_hash is not None:
                check_same(entry, known_hash)
                repeated.append(entry)
                continue
            changes = _changes(entry)
            _check_funds(changes, running, balances_units)
        except (EntryConflict, InsufficientFunds) as error:
            refused.append(Refusal(entry=entry, error=error))
            continue
        for account, change in changes.items():
            running[account] = running.get(account, 0) + change
        seen[entry.entry_id] = entry.body_hash
        accepted.append(entry)
    return Folded(
        accepted=tuple(accepted),
        repeated=tuple(repeated),
        refused=tuple(refused),
        deltas_units={account: delta for account, delta in running.items() if delta},
    )


def apply(balances_units: Mapping[str, int], deltas_units: Mapping[str, int]) -> dict[str, int]:
    """Return the balances after the deltas."""
    after = dict(balances_units)
    for account, delta in deltas_units.items():
        after[account] = after.get(account, 0) + delta
    return after


def trial_balance(balances_units: Mapping[str, int]) -> dict[str, int]:
    """Add up all accounts per currency; anything but zeroes means that the ledger is broken."""
    sums: dict[str, int] = {}
    for account, signed_units in balances_units.items():
        currency = parse(account).currency
        sums[currency] = sums.get(currency, 0) + signed_units
    return sums


def _changes(entry: Entry) -> dict[str, int]:
    changes: dict[str, int] = {}
    for posting in entry.postings:
        changes[posting.account] = changes.get(posting.account, 0) + posting.amount_units
    return changes


def _check_funds(
    changes: Mapping[str, int], running: Mapping[str, int], balances_units: Mapping[str, int]
) -> None:
    for name, change in changes.items():
        account = parse(name)
        if not account.kind.guarded:
            continue
        # Money may always come in, even to an account that something else has overdrawn.
        grows = change >= 0 if account.kind.side is Side.DEBIT else change <= 0
        if grows:
            continue
        before = balances_units.get(name, 0) + running.get(name, 0)
        available_units = account.balance_units(before)
        if available_units + account.balance_units(change) < 0:
            raise InsufficientFunds(
                account=name,
                available=decimal_text(available_units, account.currency),
                needed=decimal_text(-account.balance_units(change), account.currency),
                currency=account.currency,
            )

"""The journal's hash chain: every entry is in one block, and every block names the one before it.

A block covers the entries between two places in the order of recording, (recorded_at, entry_id).
Whoever keeps the hash of one block can be shown that nothing up to it was added, taken away or
changed. Times are hashed as whole milliseconds since 1970, which is how they are kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from services.chassis.errors import DomainError, Kind

GENESIS_HASH: Final = "0" * 64
"""What the first block names as the hash of the one before it."""
BLOCK_ENTRIES_MAX: Final = 500

# Part of every hash: a change of what is hashed gets a new number and old blocks keep theirs.
_BLOCK_FORM: Final = "crewline-block-1"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_canonical = json.JSONEncoder(separators=(",", ":")).encode


class BlockUnreadable(DomainError):
    """What is stored in a block's place is none."""

    kind, reason = Kind.PRECONDITION, "BLOCK_UNREADABLE"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Position:
    """A place in the order of recording; with an empty id, before all that was recorded then."""

    recorded_at: datetime
    entry_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What of an entry goes into its block: what it does, when, and into which pay period.

    `debits_units` is what it moves, by currency.
    """

    entry_id: str
    body_hash: str
    recorded_at: datetime
    effective_at: datetime
    period_id: str
    debits_units: Mapping[str, int]

    @property
    def position(self) -> Position:
        return Position(recorded_at=self.recorded_at, entry_id=self.entry_id)

    def line(self) -> bytes:
        """Return it as it is hashed."""
        parts = (
            self.entry_id,
            self.body_hash,
            _millis(self.recorded_at),
            _millis(self.effective_at),
            self.period_id,
        )
        return _canonical(parts).encode() + b"\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The entries after the block before it, up to and with `until`.

    `entries_total` counts those of all blocks up to this one. A block is `complete` if it ends at a
    time and not at an entry: all that was recorded before that time is in it or before it.
    """

    number: int
    previous_hash: str
    until: Position
    first_id: str
    last_id: str
    entries: int
    entries_total: int
    entries_hash: str
    debits_units: Mapping[str, int]
    block_hash: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "block_hash", _block_hash(self))

    @property
    def is_complete(self) -> bool:
        return not self.until.entry_id

    def follows(self, previous: Block | None) -> bool:
        """Whether it can be the one after that."""
        if previous is None:
            return (self.number, self.previous_hash) == (1, GENESIS_HASH) and (
                self.entries_total == self.entries
            )
        return (
            self.number == previous.number + 1
            and self.previous_hash == previous.block_hash
            and self.until > previous.until
            and self.entries_total == previous.entries_total + self.entries
        )


def make_block(previous: Block | None, links: Iterable[Link], *, until: Position) -> Block | None:
    """Return the next block, of entries in the order of recording; None if there are none."""
    entries = 0
    first_id = last_id = ""
    digest = hashlib.sha256()
    debits_units: dict[str, int] = {}
    for link in links:
        entries += 1
        first_id = first_id or link.entry_id
        last_id = link.entry_id
        digest.update(link.line())
        for currency, amount_units in link.debits_units.items():
            debits_units[currency] = debits_units.get(currency, 0) + amount_units
    if not entries:
        return None
    return Block(
        number=previous.number + 1 if previous else 1,
        previous_hash=previous.block_hash if previous else GENESIS_HASH,
        until=until,
        first_id=first_id,
        last_id=last_id,
        entries=entries,
        entries_total=entries + (previous.entries_total if previous else 0),
        entries_hash=digest.hexdigest(),
        debits_units=dict(sorted(debits_units.items())),
    )


def debits_of(postings: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return what postings of (currency, amount_units) move: their debits, by currency."""
    found: dict[str, int] = {}
    for currency, amount_units in postings:
        if amount_units > 0:
            found[currency] = found.get(currency, 0) + amount_units
    return found


def _block_hash(block: Block) -> str:
    parts = (
        _BLOCK_FORM,
        block.number,
        block.previous_hash,
        _millis(block.until.recorded_at),
        block.until.entry_id,
        block.first_id,
        block.last_id,
        block.entries,
        block.entries_total,
        block.entries_hash,
        # As text: sums may be more than 64 bits hold.
        [[currency, str(amount)] for currency, amount in sorted(block.debits_units.items())],
    )
    return hashlib.sha256(_canonical(parts).encode()).hexdigest()


def _millis(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND

"""The journal's hash chain computed again, from nothing but the entries and the blocks.

Written for whoever does not want to take the platform's word: everything that is hashed is here.
An entry's hash is SHA-256 over JSON of what it does, a block's over its entries' ids, hashes, times
and pay periods, and over the hash of the block before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from .messages import Block, Entry

GENESIS_HASH: Final = "0" * 64
_ENTRY_FORM: Final = "3"
_BLOCK_FORM: Final = "crewline-block-1"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_PROBLEMS_MAX: Final = 20
_canonical = json.JSONEncoder(separators=(",", ":")).encode

_Position = tuple[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A block and the entries that are said to be in it; without a block, those after the last."""

    block: Block | None
    entries: list[Entry]


@dataclass(slots=True, kw_only=True)
class Verification:
    """What has been computed again so far, and every problem that was found (at most 20 told)."""

    blocks: int = 0
    entries: int = 0
    waiting: int = 0
    """Entries that are in no block yet."""
    head_hash: str = GENESIS_HASH
    problems: list[str] = field(default_factory=list)
    problems_total: int = 0
    _until: _Position = (-1, "")

    def add(self, group: Group) -> None:
        """The next block with its entries."""
        try:
            self._add(group)
        except (AttributeError, LookupError, TypeError, ValueError) as err:
            where = f"after block {self.blocks:,}"
            self._tell(f"{where}: what is there cannot be read: {type(err).__name__} {err}")

    def _add(self, group: Group) -> None:
        if group.block is None:
            self.waiting += len(group.entries)
            self._check_entries(group.entries, "after the last block")
            return
        block = group.block
        name = f"block {block['number']:,}"
        lines = self._check_entries(group.entries, name)
        until = (_millis(block.get("until_time", "")), block["until_entry_id"])
        positions = [_position(entry) for entry in group.entries]
        if positions != sorted(set(positions)):
            self._tell(f"{name}: its entries are not in their order, or one is there twice")
        if positions and not (self._until < positions[0] and positions[-1] <= until):
            self._tell(f"{name} has an entry that was not recorded in its time")
        self._check_contents(block, group.entries, lines, name)
        if block["number"] != self.blocks + 1 or block["previous_hash"] != self.head_hash:
            self._tell(f"{name} does not follow block {self.blocks:,}")
        if block_hash(block) != block["hash"]:
            self._tell(f"{name} is not what its hash was made of")
        self.blocks = block["number"]
        self.entries = block["entries_total"]
        self.head_hash = block["hash"]
        self._until = until

    def _check_entries(self, entries: Iterable[Entry], where: str) -> list[bytes]:
        lines = []
        for entry in entries:
            computed = body_hash(entry)
            if computed != entry["body_hash"]:
                self._tell(f"{where}: entry {entry['entry_id']} is not what was recorded")
            lines.append(_entry_line(entry, computed))
        return lines

    def _check_contents(
        self, block: Block, entries: list[Entry], lines: list[bytes], name: str
    ) -> None:
        if len(entries) != block["entries"]:
            self._tell(f"{name} was made of {block['entries']:,} entries and has {len(entries):,}")
            return
        if block["entries_total"] != self.entries + len(entries):
            self._tell(f"{name} counts {block['entries_total']:,} entries up to it")
        if hashlib.sha256(b"".join(lines)).hexdigest() != block["entries_hash"]:
            self._tell(f"{name}: its entries are not those that it was made of")
        sums = {one["currency"]: int(one["debit_units"]) for one in block["sums"]}
        if sums != _debits(entries):
            self._tell(f"{name}: its sums are not those of its entries")

    def _tell(self, problem: str) -> None:
        self.problems_total += 1
        if len(self.problems) < _PROBLEMS_MAX:
            self.problems.append(problem)


def grouped(blocks: Iterable[Block], entries: Iterable[Entry]) -> Iterator[Group]:
    """Each block with the entries that were recorded in its time; at last those after all blocks.

    Both are in their order. No more is kept than one block's entries.
    """
    waiting: list[Entry] = []
    rest = iter(entries)
    for block in blocks:
        until = (_millis(block.get("until_time", "")), block["until_entry_id"])
        own, waiting = waiting, []
        if own and _position(own[0]) > until:
            yield Group(block=block, entries=[])
            waiting = own
            continue
        for entry in rest:
            if _position(entry) > until:
                waiting = [entry]
                break
            own.append(entry)
        yield Group(block=block, entries=own)
    yield Group(block=None, entries=[*waiting, *rest])


def body_hash(entry: Entry) -> str:
    """What an entry does, as one hash."""
    body: list[Any] = [
        _ENTRY_FORM,
        entry["entry_id"],
        entry["kind"],
        sorted(
            [posting["account"], posting["amount_units"], posting["currency"]]
            for posting in entry["postings"]
        ),
        dict(sorted(entry["subject"].items())),
        entry["reverses_entry_id"],
        entry["reason"],
    ]
    exchange = entry.get("exchange")
    if exchange is not None:
        body.append(
            [
                exchange["base"],
                exchange["quote"],
                exchange["rate"],
                exchange["source"],
                str(_millis(exchange.get("rate_time", ""))),
            ]
        )
    approval = entry.get("approval")
    if approval is not None:
        body.append([approval["proposed_by"], approval["confirmed_by"], approval["document"]])
    return _sha256(body)


def block_hash(block: Block) -> str:
    """What a block is made of, as one hash."""
    sums = {one["currency"]: one["debit_units"] for one in block["sums"]}
    parts = (
        _BLOCK_FORM,
        block["number"],
        block["previous_hash"],
        _millis(block.get("until_time", "")),
        block["until_entry_id"],
        block["first_entry_id"],
        block["last_entry_id"],
        block["entries"],
        block["entries_total"],
        block["entries_hash"],
        [[currency, amount] for currency, amount in sorted(sums.items())],
    )
    return _sha256(parts)


def _entry_line(entry: Entry, computed_hash: str) -> bytes:
    parts = (
        entry["entry_id"],
        computed_hash,
        _millis(entry.get("record_time", "")),
        _millis(entry.get("effective_time", "")),
        entry["pay_period_id"],
    )
    return _canonical(parts).encode() + b"\n"


def _debits(entries: Iterable[Entry]) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in entries:
        for posting in entry["postings"]:
            if posting["amount_units"] > 0:
                currency = posting["currency"]
                found[currency] = found.get(currency, 0) + posting["amount_units"]
    return found


def _position(entry: Entry) -> _Position:
    return _millis(entry.get("record_time", "")), entry["entry_id"]


def _millis(moment: str) -> int:
    """Since 1970; what is no time counts as the beginning, and so cannot be right."""
    try:
        return (datetime.fromisoformat(moment) - _EPOCH) // _MILLISECOND
    except (TypeError, ValueError):
        return -1


def _sha256(parts: Any) -> str:
    return hashlib.sha256(_canonical(parts).encode()).hexdigest()

"""The ledger: entries that are only ever added, and balances that are always their sums.

Everything is posted inside the caller's transaction, so that money moves together with whatever
moved it. What was posted under an entry's id is posted once, however often it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum, auto

from services.chassis.errors import DomainError
from services.chassis.mongo import Document, MongoDatabase, Session, UpdateOne, fetch
from services.payouts.domain.ledger.accounts import parse
from services.payouts.domain.ledger.balances import Folded, fold
from services.payouts.domain.ledger.entries import Entry, reversal_key
from services.payouts.domain.ledger.period_seals import PeriodSealed
from services.payouts.store.collections import BALANCES, BOOKS, ENTRIES
from services.payouts.store.ledger.books import ACCRUAL_BOOK, BookStore, book_of
from services.payouts.store.ledger.chain_collections import PERIOD_SEALS
from services.payouts.store.ledger.entry_documents import entry_document, entry_of


class Posted(Enum):
    """What became of an entry that was not refused."""

    NEW = auto()
    REPEATED = auto()


Outcome = Posted | DomainError


class LedgerStore:
    """Posts entries and reads balances."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._entries = database.collection(ENTRIES)
        self._balances = database.collection(BALANCES)
        self._books = database.collection(BOOKS)
        self._seals = BookStore(database=database)
        self._period_seals = database.collection(PERIOD_SEALS)

    async def post(
        self, entries: Sequence[Entry], *, session: Session, now: datetime
    ) -> list[Outcome]:
        """One outcome an entry, in their order; those that are refused change nothing for others.

        Outcomes: Posted, EntryConflict (the id has another body), InsufficientFunds (a guarded
        account would fall below zero).

        Nothing is recorded before what its book is sealed to: what comes late is recorded then.

        Errors: PeriodSealed (an entry counts into a pay period that is closed).
        """
        if not entries:
            return []
        known_hashes = await self._hashes(entries, session=session)
        fresh = [entry for entry in entries if entry.entry_id not in known_hashes]
        accounts = {posting.account for entry in fresh for posting in entry.postings}
        balances_units = await self.balances(accounts, session=session)
        folded = fold(entries=entries, balances_units=balances_units, known_hashes=known_hashes)
        if folded.accepted:
            await self._check_periods(folded.accepted, session=session)
            recorded = await self._seals.recorded(folded.accepted, session=session)
            await self._entries.insert_many(
                [entry_document(entry) for entry in recorded], session=session
            )
            await self._move(folded, existing=balances_units.keys(), session=session, now=now)
            await self._count(folded.accepted, session=session)
        return _outcomes(entries, folded)

    async def post_all(
        self, entries: Sequence[Entry], *, session: Session, now: datetime
    ) -> list[Posted]:
        """The same where all must be posted: a refusal is raised, which ends the transaction.

        Errors: EntryConflict, InsufficientFunds.
        """
        posted: list[Posted] = []
        for outcome in await self.post(entries, session=session, now=now):
            if isinstance(outcome, DomainError):
                raise outcome
            posted.append(outcome)
        return posted

    async def get_many(
        self, entry_ids: Iterable[str], *, session: Session | None = None
    ) -> dict[str, Entry]:
        """Those that are there."""
        wanted = list(entry_ids)
        if not wanted:
            return {}
        found = self._entries.find({"_id": {"$in": wanted}}, session=session)
        return {document["_id"]: entry_of(document) for document in await fetch(found)}

    async def reversed_by_hand(self, entry_ids: Iterable[str], *, session: Session) -> set[str]:
        """Those that operators have agreed to reverse: they are gone, and not reversed again."""
        found = await self.get_many(map(reversal_key, entry_ids), session=session)
        return {one.reverses_id for one in found.values() if one.approval is not None}

    async def balances(
        self, accounts: Iterable[str], *, session: Session | None = None
    ) -> dict[str, int]:
        """Debits less credits of those accounts that any entry has ever touched."""
        found = self._balances.find(
            {"_id": {"$in": list(accounts)}}, {"amount_units": 1}, session=session
        )
        return {document["_id"]: document["amount_units"] for document in await fetch(found)}

    async def balances_to_decide_by(
        self, accounts: Sequence[str], *, session: Session
    ) -> dict[str, int]:
        """The same for a transaction that posts according to them.

        It writes to all of them, also to those that it then leaves as they are: a transaction
        beside it that moves one of them comes before this one or after it, and never between what
        this one reads and what it commits. (A snapshot alone lets two transactions that write
        different accounts each miss what the other has done.)
        """
        await self._balances.update_many(
            {"_id": {"$in": list(accounts)}}, {"$inc": {"decisions": 1}}, session=session
        )
        return await self.balances(accounts, session=session)

    async def accrual_time(self, now: datetime, *, session: Session) -> datetime:
        """When an accrual of this transaction is recorded: now, or after what is sealed."""
        book = await self._books.find_one({"_id": ACCRUAL_BOOK}, session=session)
        sealed_until: datetime | None = book.get("sealed_until") if book else None
        return now if sealed_until is None else max(now, sealed_until)

    async def rejection_time(self, now: datetime, *, session: Session) -> datetime:
        """The same for a batch that may only reject: it, too, writes what sealing writes."""
        await self._books.update_one(
            {"_id": ACCRUAL_BOOK}, {"$inc": {"rejecting_batches": 1}}, upsert=True, session=session
        )
        return await self.accrual_time(now, session=session)

    async def seal_accruals(self, before: datetime, *, session: Session) -> None:
        """Lets no accrual be recorded before that time any more.

        Once this has committed, all that were can be read. Keep the transaction short: batches of
        accruals beside it run again. `before` must not lie in the future, for accruals would then
        be recorded there.
        """
        await self._books.update_one(
            {"_id": ACCRUAL_BOOK}, {"$max": {"sealed_until": before}}, upsert=True, session=session
        )

    async def _check_periods(self, entries: Sequence[Entry], *, session: Session) -> None:
        # Whoever seals a period seals all books, too: beside a seal this runs again and sees it.
        ids = sorted({entry.booking.period_id for entry in entries} - {""})
        if not ids:
            return
        found = await self._period_seals.find_one({"_id": {"$in": ids}}, session=session)
        if found is not None:
            raise PeriodSealed(
                f"pay period {found['_id']} is closed: nothing is booked into it any more",
                pay_period_id=found["_id"],
            )

    async def _hashes(self, entries: Sequence[Entry], *, session: Session) -> dict[str, str]:
        ids = [entry.entry_id for entry in entries]
        found = self._entries.find({"_id": {"$in": ids}}, {"hash": 1}, session=session)
        return {document["_id"]: document["hash"] for document in await fetch(found)}

    async def _move(
        self, folded: Folded, *, existing: Iterable[str], session: Session, now: datetime
    ) -> None:
        touched = {posting.account for entry in folded.accepted for posting in entry.postings}
        there = touched & set(existing)
        deltas_units = folded.deltas_units
        opened = [
            _balance_document(account, deltas_units.get(account, 0), now=now)
            for account in sorted(touched - there)
        ]
        if opened:
            await self._balances.insert_many(opened, session=session)
        # In one order everywhere, so that batches side by side collide early or not at all.
        moved = [
            UpdateOne({"_id": account}, {"$inc": {"amount_units": deltas_units[account]}})
            for account in sorted(there & deltas_units.keys())
        ]
        if moved:
            await self._balances.bulk_write(moved, session=session)

    async def _count(self, accepted: Sequence[Entry], *, session: Session) -> None:
        books: dict[str, dict[str, int]] = {}
        for entry in accepted:
            counts = books.setdefault(book_of(entry.kind), {})
            counts[entry.kind.value] = counts.get(entry.kind.value, 0) + 1
        await self._books.bulk_write(
            [
                UpdateOne({"_id": name}, {"$inc": counts}, upsert=True)
                for name, counts in sorted(books.items())
            ],
            session=session,
        )


def _outcomes(entries: Sequence[Entry], folded: Folded) -> list[Outcome]:
    refused = {id(refusal.entry): refusal.error for refusal in folded.refused}
    new = {entry.entry_id for entry in folded.accepted}
    outcomes: list[Outcome] = []
    for entry in entries:
        error = refused.get(id(entry))
        if error is not None:
            outcomes.append(error)
        elif entry.entry_id in new:
            new.discard(entry.entry_id)
            outcomes.append(Posted.NEW)
        else:
            outcomes.append(Posted.REPEATED)
    return outcomes


def _balance_document(account: str, amount_units: int, *, now: datetime) -> Document:
    parsed = parse(account)
    return {
        "_id": account,
        "amount_units": amount_units,
        "currency": parsed.currency,
        "purpose": parsed.kind.purpose.value,
        **{f"{name}_id": value for name, value in parsed.parts},
        "opened_at": now,
    }

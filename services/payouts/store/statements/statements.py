"""Statements, and what payees carry over instead of one; frozen but for how far the payment is.

Both are named by period, payee and currency, so that of the two there is only ever one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.mongo import (
    ASCENDING,
    DESCENDING,
    Document,
    MongoDatabase,
    Session,
    UpdateOne,
)
from services.payouts.domain.errors import StatementAltered
from services.payouts.domain.payments.payments import Standing, StatementState
from services.payouts.domain.statements.statement_lines import Payee, StatementLine
from services.payouts.domain.statements.statements import CarryOver, Statement
from services.payouts.store.payments.rail_collections import STATEMENTS
from services.payouts.store.statements.statement_parts import StatementParts
from services.payouts.store.statements.statement_records import (
    CARRIED,
    MadeStatement,
    StatementRecord,
    carried_document,
    carry_over_of,
    line_of,
    record_of,
    standing_document,
    statement_document,
    statement_if_readable,
    statement_of,
)

_WITHOUT_LINES = {"lines": 0}
_UNPAID = [StatementState.CLOSED.value, StatementState.FAILED.value]
_STATES = [state.value for state in StatementState]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """`standing` is None of what was carried over instead of being stated."""

    standing: Standing | None


class StatementStore:
    """Reads and writes statements."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._statements = database.collection(STATEMENTS)
        self._parts = StatementParts(database=database)

    async def known(self, ids: Iterable[str], *, session: Session | None = None) -> set[str]:
        """Those of the names that are taken, by a statement or by what is carried over."""
        found = self._statements.find({"_id": {"$in": list(ids)}}, {"_id": 1}, session=session)
        return {document["_id"] async for document in found}

    async def insert(
        self, made: Sequence[MadeStatement], *, closed_at: datetime, session: Session
    ) -> list[StatementRecord]:
        """New ones."""
        documents = [statement_document(one, closed_at) for one in made]
        await self._parts.take_out(documents, session=session)
        if documents:
            await self._statements.insert_many(documents, session=session)
        return [record_of(document) for document in documents]

    async def insert_carried(
        self, period_id: str, carried: Sequence[CarryOver], *, session: Session
    ) -> None:
        """What comes up again when the next period is closed."""
        documents = [carried_document(period_id, carry) for carry in carried]
        await self._parts.take_out(documents, session=session)
        if documents:
            await self._statements.insert_many(documents, session=session)

    async def carried(self, period_id: str) -> list[CarryOver]:
        """What a period's closing left for the next."""
        found = self._statements.find({"period_id": period_id, "state": CARRIED})
        return [carry_over_of(await self._parts.put_back(document)) async for document in found]

    async def carried_of(self, period_id: str, payee: Payee) -> list[CarryOver]:
        """What of one payee's a period's closing left for the next."""
        # Names begin with the period and the payee; no id has a slash, which comes after the dot.
        begin = f"{period_id}.{payee.kind.value}.{payee.payee_id}"
        found = self._statements.find(
            {"_id": {"$gt": f"{begin}.", "$lt": f"{begin}/"}, "state": CARRIED}
        )
        return [carry_over_of(await self._parts.put_back(document)) async for document in found]

    async def due_to_pay(
        self, now: datetime, *, limit: int
    ) -> list[tuple[Statement | None, StatementRecord]]:
        """Those that are to be paid, or whose payment is to be looked at again, by now.

        None where its lines are none any more.
        """
        found = (
            self._statements.find({"state": {"$in": _UNPAID}, "pay_at": {"$lte": now}})
            .sort("pay_at", ASCENDING)
            .limit(limit)
        )
        return [await self._readable(document) async for document in found]

    async def look_again(self, ids: Iterable[str], *, at: datetime) -> None:
        """When to look at their payments next."""
        await self._statements.update_many({"_id": {"$in": list(ids)}}, {"$set": {"pay_at": at}})

    async def failed_without_time(self, *, limit: int) -> list[str]:
        """Those that failed when an operator paid them, and that nothing would look at again."""
        found = self._statements.find(
            {"state": StatementState.FAILED.value, "pay_at": None}, {"_id": 1}
        ).limit(limit)
        return [document["_id"] async for document in found]

    async def look_now(
        self, payee_id: str, *, now: datetime, session: Session | None = None
    ) -> None:
        """What a payee's failed payments waited for may be there now."""
        await self._statements.update_many(
            {"payee_id": payee_id, "state": StatementState.FAILED.value},
            {"$set": {"pay_at": now}},
            session=session,
        )

    async def count(
        self, period_id: str, *, session: Session | None = None
    ) -> dict[StatementState, int]:
        """A period's statements by state."""
        found = self._statements.aggregate(
            [
                {"$match": {"period_id": period_id, "state": {"$in": _STATES}}},
                {"$group": {"_id": "$state", "count": {"$sum": 1}}},
            ],
            session=session,
        )
        return {StatementState(document["_id"]): document["count"] async for document in found}

    async def record(self, statement_id: str) -> StatementRecord | None:
        """Without its lines."""
        found = await self._statements.find_one(
            {"_id": statement_id, "state": {"$in": _STATES}}, _WITHOUT_LINES
        )
        return None if found is None else record_of(found)

    async def get(self, statement_id: str) -> tuple[Statement, StatementRecord] | None:
        """All of it. Errors: StatementAltered; whatever lines that are none come to."""
        found = await self._statements.find_one({"_id": statement_id, "state": {"$in": _STATES}})
        if found is None:
            return None
        return statement_of(await self._parts.put_back(found)), record_of(found)

    async def content(self, statement_id: str, *, session: Session) -> Statement:
        """As it was frozen. Errors: whatever lines that are none come to."""
        found = await self._statements.find_one({"_id": statement_id}, session=session)
        return statement_of(await self._parts.put_back(found or {}, session=session))

    async def standing(self, statement_id: str) -> Stood | None:
        """How far it is; None where neither it nor anything carried over in its place is there."""
        found = await self._statements.find_one({"_id": statement_id}, _WITHOUT_LINES)
        if found is None:
            return None
        if found["state"] == CARRIED:
            return Stood(standing=None)
        return Stood(standing=record_of(found).standing)

    async def unpaid(
        self, period_id: str, state: StatementState, *, after: str, limit: int
    ) -> list[tuple[Statement | None, StatementRecord]]:
        """A period's statements in that state, in the order of their ids; None as above."""
        found = (
            self._statements.find(
                {"period_id": period_id, "state": state.value, "_id": {"$gt": after}}
            )
            .sort("_id", ASCENDING)
            .limit(limit)
        )
        return [await self._readable(document) async for document in found]

    async def count_unpaid(self, period_id: str, state: StatementState, *, after: str) -> int:
        """How many `unpaid` has from there on."""
        return await self._statements.count_documents(
            {"period_id": period_id, "state": state.value, "_id": {"$gt": after}}
        )

    async def parts(
        self, contractor_id: str, *, payee_ids: Iterable[str], period_id: str, before: str,
        limit: int,
    ) -> list[tuple[tuple[StatementLine, ...], StatementRecord]]:  # fmt: skip
        """Statements of the payees that a contractor is on, with the contractor's lines alone."""
        query = _listed(period_id, before)
        query["payee_id"] = {"$in": list(payee_ids)}
        in_parts = await self._parts.statements_with(contractor_id, _of_parts(query), limit=limit)
        # A line is an array, and no other part of it looks like a contractor's id.
        is_named = {"lines": {"$elemMatch": {"$elemMatch": {"$eq": contractor_id}}}}
        query["$or"] = [is_named, {"_id": {"$in": in_parts}}]
        own = {"$eq": [{"$arrayElemAt": ["$$line", 1]}, contractor_id]}
        found = self._statements.aggregate(
            [
                {"$match": query},
                {"$sort": {"_id": DESCENDING}},
                {"$limit": limit},
                {"$set": {"lines": {"$filter": {"input": "$lines", "as": "line", "cond": own}}}},
            ]
        )
        own_lines = await self._parts.lines_of(contractor_id, in_parts) if in_parts else {}
        return [
            (
                tuple(own_lines.get(document["_id"]) or map(line_of, document["lines"])),
                record_of(document),
            )
            async for document in found
        ]

    async def list(
        self, *, payee_id: str, period_id: str, before: str, limit: int
    ) -> list[StatementRecord]:
        """The newest period's first; empty means of everybody, or of all periods."""
        query = _listed(period_id, before)
        if payee_id:
            query["payee_id"] = payee_id
        found = self._statements.find(query, _WITHOUT_LINES).sort("_id", DESCENDING).limit(limit)
        return [record_of(document) async for document in found]

    async def records(self, ids: Iterable[str], *, session: Session) -> dict[str, StatementRecord]:
        """Those that are there."""
        found = self._statements.find({"_id": {"$in": list(ids)}}, _WITHOUT_LINES, session=session)
        return {document["_id"]: record_of(document) async for document in found}

    async def put(self, records: Sequence[StatementRecord], *, session: Session) -> None:
        """How far their payments are now; this transaction has read them."""
        if records:
            await self._statements.bulk_write(
                [
                    UpdateOne(
                        {"_id": record.statement_id},
                        {"$set": {**standing_document(record.standing), "version": record.version}},
                    )
                    for record in records
                ],
                session=session,
            )

    async def _readable(self, document: Document) -> tuple[Statement | None, StatementRecord]:
        # One whose lines or parts somebody has altered keeps no other payee from the money.
        try:
            whole = await self._parts.put_back(document)
        except StatementAltered:
            return None, record_of(document)
        return statement_if_readable(whole), record_of(document)


def _of_parts(query: Document) -> Document:
    names = {"_id": "statement_id", "payee_id": "payee_id", "period_id": "period_id"}
    return {names[name]: value for name, value in query.items() if name in names}


def _listed(period_id: str, before: str) -> Document:
    query: Document = {"state": {"$in": _STATES}}
    if before:
        query["_id"] = {"$lt": before}
    if period_id:
        query["period_id"] = period_id
    return query

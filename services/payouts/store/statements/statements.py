"""Statements, and what payees carry over instead of one; frozen but for how far the payment is.

Both are named by period, payee and currency, so that of the two there is only ever one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from services.chassis.errors import DomainError
from services.chassis.mongo import (
    ASCENDING,
    DESCENDING,
    Document,
    MongoDatabase,
    Session,
    UpdateOne,
)
from services.payouts.domain.payments.payments import Standing, StatementState
from services.payouts.domain.statements.statement_lines import (
    LineKind,
    Payee,
    PayeeKind,
    StatementLine,
)
from services.payouts.domain.statements.statements import (
    CarryOver,
    CarryReason,
    Statement,
    statement_id_of,
)
from services.payouts.domain.statements.withholding import Withheld
from services.payouts.store.payments.rail_collections import STATEMENTS

_CARRIED = "CARRIED"
_WITHOUT_LINES = {"lines": 0}
_UNPAID = [StatementState.CLOSED.value, StatementState.FAILED.value]
_STATES = [state.value for state in StatementState]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRecord:
    """A statement as lists show it: without its lines, with its payment's standing."""

    statement_id: str
    period_id: str
    payee: Payee
    currency: str
    total_minor: int
    rest_units: int
    """Carried over by rounding: less than a minor unit, or than rails move of the currency."""
    body_hash: str
    standing: Standing
    closed_at: datetime
    version: int
    document_hash: str = ""
    withheld: tuple[Withheld, ...] = ()
    pay_at: datetime | None = None
    """When it is paid, or its payment looked at again, by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeStatement:
    """A new one, with what is known of it beside its lines."""

    statement: Statement
    document_hash: str
    pay_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """`standing` is None of what was carried over instead of being stated."""

    standing: Standing | None


class StatementStore:
    """Reads and writes statements."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._statements = database.collection(STATEMENTS)

    async def known(self, ids: Iterable[str], *, session: Session | None = None) -> set[str]:
        """Those of the names that are taken, by a statement or by what is carried over."""
        found = self._statements.find({"_id": {"$in": list(ids)}}, {"_id": 1}, session=session)
        return {document["_id"] async for document in found}

    async def insert(
        self, made: Sequence[MadeStatement], *, closed_at: datetime, session: Session
    ) -> list[StatementRecord]:
        """New ones."""
        documents = [_document(one, closed_at) for one in made]
        if documents:
            await self._statements.insert_many(documents, session=session)
        return [_record(document) for document in documents]

    async def insert_carried(
        self, period_id: str, carried: Sequence[CarryOver], *, session: Session
    ) -> None:
        """What comes up again when the next period is closed."""
        documents: list[Document] = [
            {
                "_id": carried_id(period_id, carry),
                "period_id": period_id,
                "state": _CARRIED,
                "carried_payee": [carry.payee.kind.value, carry.payee.payee_id],
                "currency": carry.currency,
                "reason": carry.reason.value,
                "minimum_minor": carry.minimum_minor,
                "total_units": carry.total_units,
                "lines": [_packed(line) for line in carry.lines],
            }
            for carry in carried
        ]
        if documents:
            await self._statements.insert_many(documents, session=session)

    async def carried(self, period_id: str) -> list[CarryOver]:
        """What a period's closing left for the next."""
        found = self._statements.find({"period_id": period_id, "state": _CARRIED})
        return [_carry_over(document) async for document in found]

    async def carried_of(self, period_id: str, payee: Payee) -> list[CarryOver]:
        """What of one payee's a period's closing left for the next."""
        # Names begin with the period and the payee; no id has a slash, which comes after the dot.
        begin = f"{period_id}.{payee.kind.value}.{payee.payee_id}"
        found = self._statements.find(
            {"_id": {"$gt": f"{begin}.", "$lt": f"{begin}/"}, "state": _CARRIED}
        )
        return [_carry_over(document) async for document in found]

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
        return [(_if_readable(document), _record(document)) async for document in found]

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

    async def get(self, statement_id: str) -> tuple[Statement, StatementRecord] | None:
        """All of it."""
        found = await self._statements.find_one({"_id": statement_id, "state": {"$in": _STATES}})
        return None if found is None else (_statement(found), _record(found))

    async def content(self, statement_id: str, *, session: Session) -> Statement:
        """As it was frozen. Errors: whatever lines that are none come to."""
        found = await self._statements.find_one({"_id": statement_id}, session=session)
        return _statement(found or {})

    async def standing(self, statement_id: str) -> Stood | None:
        """How far it is; None where neither it nor anything carried over in its place is there."""
        found = await self._statements.find_one({"_id": statement_id}, _WITHOUT_LINES)
        if found is None:
            return None
        if found["state"] == _CARRIED:
            return Stood(standing=None)
        return Stood(standing=_record(found).standing)

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
        return [(_if_readable(document), _record(document)) async for document in found]

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
        # A line is an array, and no other part of it looks like a contractor's id.
        query["lines"] = {"$elemMatch": {"$elemMatch": {"$eq": contractor_id}}}
        own = {"$eq": [{"$arrayElemAt": ["$$line", 1]}, contractor_id]}
        found = self._statements.aggregate(
            [
                {"$match": query},
                {"$sort": {"_id": DESCENDING}},
                {"$limit": limit},
                {"$set": {"lines": {"$filter": {"input": "$lines", "as": "line", "cond": own}}}},
            ]
        )
        return [
            (tuple(_unpacked(packed) for packed in document["lines"]), _record(document))
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
        return [_record(document) async for document in found]

    async def records(self, ids: Iterable[str], *, session: Session) -> dict[str, StatementRecord]:
        """Those that are there."""
        found = self._statements.find({"_id": {"$in": list(ids)}}, _WITHOUT_LINES, session=session)
        return {document["_id"]: _record(document) async for document in found}

    async def put(self, records: Sequence[StatementRecord], *, session: Session) -> None:
        """How far their payments are now; this transaction has read them."""
        if records:
            await self._statements.bulk_write(
                [
                    UpdateOne(
                        {"_id": record.statement_id},
                        {"$set": {**_standing(record.standing), "version": record.version}},
                    )
                    for record in records
                ],
                session=session,
            )


def _listed(period_id: str, before: str) -> Document:
    query: Document = {"state": {"$in": _STATES}}
    if before:
        query["_id"] = {"$lt": before}
    if period_id:
        query["period_id"] = period_id
    return query


def carried_id(period_id: str, carry: CarryOver) -> str:
    """The name that the payee's statement of this period would have had, or one beside it."""
    instead = statement_id_of(period_id=period_id, payee=carry.payee, currency=carry.currency)
    return f"{instead}.rest" if carry.reason is CarryReason.ROUNDING else instead


def _document(made: MadeStatement, closed_at: datetime) -> Document:
    statement = made.statement
    return {
        "_id": statement.statement_id,
        "period_id": statement.period_id,
        "payee_kind": statement.payee.kind.value,
        "payee_id": statement.payee.payee_id,
        "currency": statement.currency,
        "total_minor": statement.total_minor,
        "rest_units": statement.rest_units,
        "hash": statement.body_hash,
        "withheld": [asdict(one) for one in statement.withheld],
        "held_back_minor": statement.held_back_minor,
        "lines": [_packed(line) for line in statement.lines],
        "closed_at": closed_at,
        "document_hash": made.document_hash,
        "pay_at": made.pay_at,
        **_standing(Standing(state=StatementState.CLOSED)),
        "version": 1,
    }


def _standing(standing: Standing) -> Document:
    return {
        "state": standing.state.value,
        "reason": standing.reason,
        "transfer_id": standing.transfer_id,
        "payout_id": standing.payout_id,
    }


def _packed(line: StatementLine) -> list[object]:
    # A vendor's statement has a line a contractor and project: names would be most of it.
    return [
        line.period_id,
        line.contractor_id,
        line.project_id,
        line.answers,
        line.pay_units,
        line.commission_units,
        line.kind.value,
        line.fee_units,
        line.benefits_units,
    ]


def _unpacked(packed: list[object]) -> StatementLine:
    period_id, contractor_id, project_id, answers, pay_units, commission_units, kind, *told = packed
    fee_units, benefits_units = told or (0, 0)
    return StatementLine(
        period_id=str(period_id),
        contractor_id=str(contractor_id),
        project_id=str(project_id),
        answers=int(str(answers)),
        pay_units=int(str(pay_units)),
        commission_units=int(str(commission_units)),
        kind=LineKind(str(kind)),
        fee_units=int(str(fee_units)),
        benefits_units=int(str(benefits_units)),
    )


def _statement(document: Document) -> Statement:
    return Statement(
        statement_id=document["_id"],
        period_id=document["period_id"],
        payee=_payee(document),
        currency=document["currency"],
        lines=tuple(_unpacked(packed) for packed in document["lines"]),
        withheld=tuple(Withheld(**one) for one in document.get("withheld", ())),
        held_back_minor=document.get("held_back_minor", 0),
    )


def _if_readable(document: Document) -> Statement | None:
    """One that somebody has altered keeps no other payee from the money."""
    try:
        return _statement(document)
    except (DomainError, ValueError, TypeError, KeyError):
        return None


def _payee(document: Document) -> Payee:
    return Payee(kind=PayeeKind(document["payee_kind"]), payee_id=document["payee_id"])


def _record(document: Document) -> StatementRecord:
    return StatementRecord(
        statement_id=document["_id"],
        period_id=document["period_id"],
        payee=_payee(document),
        currency=document["currency"],
        total_minor=document["total_minor"],
        rest_units=document["rest_units"],
        body_hash=document["hash"],
        standing=Standing(
            state=StatementState(document["state"]),
            reason=document["reason"],
            transfer_id=document["transfer_id"],
            payout_id=document["payout_id"],
        ),
        closed_at=document["closed_at"],
        version=document["version"],
        document_hash=document.get("document_hash", ""),
        withheld=tuple(Withheld(**one) for one in document.get("withheld", ())),
        pay_at=document.get("pay_at"),
    )


def _carry_over(document: Document) -> CarryOver:
    kind, payee_id = document["carried_payee"]
    return CarryOver(
        payee=Payee(kind=PayeeKind(kind), payee_id=payee_id),
        currency=document["currency"],
        reason=CarryReason(document["reason"]),
        minimum_minor=document["minimum_minor"],
        lines=tuple(_unpacked(packed) for packed in document["lines"]),
    )

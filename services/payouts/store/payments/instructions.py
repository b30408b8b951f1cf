"""Payment instructions: one document each, which is all that a fresh process needs to go on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from services.chassis.mongo import (
    ASCENDING,
    Document,
    InsertOne,
    MongoDatabase,
    ReplaceOne,
    Session,
)
from services.payouts.domain.payments.instructions import (
    Action,
    Doubt,
    Freeze,
    Instruction,
    Leg,
    LegState,
    Todo,
)
from services.payouts.domain.payments.payments import sent_at
from services.payouts.domain.payments.rail import Cause, Op, RailState
from services.payouts.domain.statements.statement_lines import Payee, PayeeKind
from services.payouts.store.due import take_due
from services.payouts.store.payments.rail_collections import INSTRUCTIONS

# Nothing is under way in these: paid, or waiting for a person or a cause.
_RESTING = (Action.NOTHING, Action.OPERATOR, Action.WAIT_FOR_CAUSE)
_WAITING_MAX = 100
_PLAIN = (
    "statement_id",
    "statement_hash",
    "destination",
    "currency",
    "amount_minor",
    "created_at",
    "rail",
    "version",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """An instruction to store, with what is next and when it is looked at again."""

    instruction: Instruction
    next: Todo
    is_new: bool = False


class InstructionStore:
    """Reads and writes instructions."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._instructions = database.collection(INSTRUCTIONS)

    async def get(self, instruction_id: str) -> Instruction | None:
        """None where there is none."""
        found = await self._instructions.find_one({"_id": instruction_id})
        return None if found is None else _instruction(found)

    async def get_many(
        self, ids: Iterable[str], *, session: Session | None = None
    ) -> dict[str, Instruction]:
        """Those that are there."""
        found = self._instructions.find({"_id": {"$in": list(ids)}}, session=session)
        return {document["_id"]: _instruction(document) async for document in found}

    async def put(self, puts: Sequence[Put], *, session: Session) -> None:
        """New ones, and next versions of those that this transaction has read."""
        if puts:
            await self._instructions.bulk_write(
                [
                    InsertOne(_document(put))
                    if put.is_new
                    else ReplaceOne({"_id": put.instruction.instruction_id}, _document(put))
                    for put in puts
                ],
                session=session,
            )

    async def postpone(self, instruction: Instruction, *, until: datetime) -> None:
        """Looks at it later, unless it has changed meanwhile."""
        await self._instructions.update_one(
            {"_id": instruction.instruction_id, "version": instruction.version},
            {"$set": {"due_at": until}},
        )

    async def balance_changed(self, account_id: str, *, now: datetime) -> int:
        """Looks at once at what waits for this payee's balance."""
        actions = [Action.AWAIT_AVAILABLE.value, Action.WAIT_FOR_CAUSE.value]
        changed = await self._instructions.update_many(
            {
                "is_settled": False,
                "action": {"$in": actions},
                "destination": account_id,
                "due_at": {"$gt": now},
            },
            {"$set": {"due_at": now}},
        )
        return changed.modified_count

    async def waiting_at(self, destination: str) -> list[Instruction]:
        """What waits for something about this destination to change; a payee has few at a time."""
        found = self._instructions.find(
            {
                "is_settled": False,
                "action": Action.WAIT_FOR_CAUSE.value,
                "destination": destination,
            }
        )
        documents = await found.limit(_WAITING_MAX).to_list(_WAITING_MAX)
        return [_instruction(document) for document in documents]

    async def take(
        self, *, now: datetime, hold_until: datetime, holder: str, limit: int
    ) -> list[Instruction]:
        """Instructions that something is to be done about now."""
        taken = await take_due(
            self._instructions, now=now, hold_until=hold_until, holder=holder, limit=limit
        )
        return [_instruction(document) for document in taken]

    async def destinations(self, *, limit: int) -> list[str]:
        """Accounts that payments are under way to."""
        found = self._instructions.aggregate(
            [
                {"$match": {"is_settled": False}},
                {"$group": {"_id": "$destination"}},
                {"$limit": limit},
            ],
            hint="unsettled",
        )
        return [document["_id"] async for document in found]

    async def busy(self, accounts: Sequence[str]) -> set[str]:
        """Those of the accounts that payments are under way to."""
        found = self._instructions.find(
            {"is_settled": False, "destination": {"$in": list(accounts)}}, {"destination": 1}
        )
        return {document["destination"] async for document in found.hint("unsettled")}

    async def paid_since(
        self, moment: datetime, *, after: tuple[datetime, str] | None, limit: int
    ) -> list[Instruction]:
        """Paid ones whose last call was made since then, in the order in which they were sent."""
        sent_at, instruction_id = after or (moment, "")
        found = self._instructions.find(
            {
                "is_settled": True,
                "sent_at": {"$gte": max(sent_at, moment)},
                "$or": [{"sent_at": {"$gt": sent_at}}, {"_id": {"$gt": instruction_id}}],
            }
        ).sort([("sent_at", ASCENDING), ("_id", ASCENDING)])
        return [_instruction(document) async for document in found.limit(limit)]

    async def oldest(self) -> dict[Action, datetime | None]:
        """Since when the oldest that is not paid has waited, by what for; None where none does."""
        found = self._instructions.aggregate(
            [
                {"$match": {"is_settled": False}},
                {"$group": {"_id": "$action", "since": {"$min": "$created_at"}}},
            ],
            hint="unsettled",
        )
        since: dict[Action, datetime | None] = dict.fromkeys(Action)
        async for document in found:
            since[Action(document["_id"])] = document["since"]
        return since

    async def count(self) -> dict[Action, int]:
        """What is not paid yet, by what it waits for."""
        found = self._instructions.aggregate(
            [
                {"$match": {"is_settled": False}},
                {"$group": {"_id": "$action", "count": {"$sum": 1}}},
            ],
            hint="unsettled",
        )
        return {Action(document["_id"]): document["count"] async for document in found}

    async def count_under_way(self) -> int:
        """Payments whose outcome is still to come."""
        counts = await self.count()
        return sum(count for action, count in counts.items() if action not in _RESTING)


def _document(put: Put) -> Document:
    instruction = put.instruction
    document: Document = {
        "_id": instruction.instruction_id,
        "payee_kind": instruction.payee.kind.value,
        "payee_id": instruction.payee.payee_id,
        **{name: getattr(instruction, name) for name in _PLAIN},
        "op": instruction.op.value,
        "transfer": asdict(instruction.transfer),
        "payout": None if instruction.payout is None else asdict(instruction.payout),
        "closed_rail_ids": list(instruction.closed_rail_ids),
        "freeze": instruction.freeze.value,
        "action": put.next.action.value,
        "is_settled": put.next.action is Action.NOTHING,
        "sent_at": sent_at(instruction),
    }
    if put.next.at is not None:
        document["due_at"] = put.next.at
    return document


def _instruction(document: Document) -> Instruction:
    payout = document["payout"]
    return Instruction(
        instruction_id=document["_id"],
        payee=Payee(kind=PayeeKind(document["payee_kind"]), payee_id=document["payee_id"]),
        **{name: document[name] for name in _PLAIN},
        op=Op(document["op"]),
        transfer=_leg(document["transfer"]),
        payout=None if payout is None else _leg(payout),
        closed_rail_ids=tuple(document["closed_rail_ids"]),
        freeze=Freeze(document["freeze"]),
    )


def _leg(document: Document) -> Leg:
    rail_state = document["rail_state"]
    named = {
        "op": Op(document["op"]),
        "state": LegState(document["state"]),
        "doubt": Doubt(document["doubt"]),
        "cause": Cause(document["cause"]),
        "rail_state": None if rail_state is None else RailState(rail_state),
    }
    return Leg(**{**document, **named})

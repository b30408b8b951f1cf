"""What the databases say after a storm: every answer, task, event and cent accounted for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient

Document = dict[str, Any]
OUTBOXES = (
    "crewline_accounts",
    "crewline_vendors",
    "crewline_broker",
    "crewline_quality",
    "crewline_payouts",
)
_ANSWERED = ("SUBMITTED", "ACCEPTED", "REJECTED", "IN_REVIEW")


@dataclass(slots=True)
class Books:
    """A reader of a stack's databases; the only thing here that looks behind the RPCs."""

    uri: str
    _client: AsyncIOMotorClient[Document] = field(init=False)

    def __post_init__(self) -> None:
        self._client = AsyncIOMotorClient(self.uri, serverSelectionTimeoutMS=20_000)

    def close(self) -> None:
        """Ends its connections."""
        self._client.close()

    async def answers(self) -> int:
        """Answers that the broker has taken so far."""
        return await self._client["crewline_broker"]["answers"].count_documents({})

    async def statements(self) -> int:
        """Statements made so far."""
        return await self._client["crewline_payouts"]["statements"].count_documents({})

    async def outbox_rows(self) -> int:
        """Events that were committed and are not on the bus yet, in all services."""
        return sum([await self._client[name]["outbox"].count_documents({}) for name in OUTBOXES])

    async def accruals_by_answer(self) -> Counter[str]:
        """How many accruals each answer has, less those that were taken back."""
        found: Counter[str] = Counter()
        counted = ("accrual", "loss_repaid")
        query = {"kind": {"$in": [*counted, "accrual_reversal", "accrual_absorption"]}}
        async for entry in self._client["crewline_payouts"]["entries"].find(query):
            found[_assignment_of(entry)] += 1 if entry["kind"] in counted else -1
        return found

    async def decided(self, state: str) -> set[str]:
        """Answers that quality's rulings have put into a state."""
        rulings = self._client["crewline_quality"]["rulings"].find({"state": state}, {"_id": 1})
        return {ruling["_id"] async for ruling in rulings}

    async def answers_by_task(self) -> tuple[Counter[str], dict[str, int]]:
        """Answers that each task has, and how many it was to have."""
        broker = self._client["crewline_broker"]
        given: Counter[str] = Counter()
        async for assignment in broker["assignments"].find({"state": {"$in": list(_ANSWERED)}}):
            given[assignment["task_id"]] += 1
        wanted = {task["_id"]: task["overlap"] async for task in broker["tasks"].find()}
        return given, wanted

    async def pairs(self) -> Counter[tuple[str, str]]:
        """How often each contractor answered each task."""
        found: Counter[tuple[str, str]] = Counter()
        async for answer in self._client["crewline_broker"]["answers"].find():
            found[answer["task_id"], answer["contractor_id"]] += 1
        return found


def _assignment_of(entry: Document) -> str:
    # accrual:{assignment_id}:{revision} and what reverses it
    key = entry["_id"]
    for prefix in ("reversal:", "accrual:", "loss_repaid:"):
        key = key.removeprefix(prefix)
    return str(key.rpartition(":")[0])

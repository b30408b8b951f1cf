"""Known answers: a client makes them known or takes them back, and sees how they do."""

from __future__ import annotations

from collections.abc import Sequence

from services.chassis.errors import DomainError
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.quality.domain.records import ProjectRecord, StoredStanding
from services.quality.store.gold import GoldStore
from services.quality.usecases.outcome import Outcome, count
from services.quality.usecases.truths import FoundTruth, Truths


class Gold:
    """Sets and lists known answers."""

    def __init__(self, *, transactions: Transactions, gold: GoldStore, truths: Truths) -> None:
        self._transactions = transactions
        self._gold = gold
        self._truths = truths

    async def set(
        self, project: ProjectRecord, found: Sequence[FoundTruth]
    ) -> list[DomainError | None]:
        """One error or None for each, in order; see `Truths.learn`."""

        async def body(work: UnitOfWork) -> tuple[list[DomainError | None], Outcome]:
            return await self._truths.learn(work, project, found)

        errors, outcome = await self._transactions.run(body)
        count(outcome)
        return errors

    async def page(self, project: ProjectRecord, *, after: str, limit: int) -> list[StoredStanding]:
        """By task_id."""
        with store_errors():
            return await self._gold.page(project.project_id, after=after, limit=limit)

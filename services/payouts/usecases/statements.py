"""Reading statements: payees see their own, operators all."""

from __future__ import annotations

from services.chassis.authentication import Principal
from services.chassis.mongo import store_errors
from services.payouts.domain.rail_errors import StatementNotFound
from services.payouts.domain.statements import Statement
from services.payouts.store.statements import StatementRecord, StatementStore
from services.payouts.usecases.payees import own_payee_id


class Statements:
    """Reads that never change anything."""

    def __init__(self, *, statements: StatementStore) -> None:
        self._statements = statements

    async def get(
        self, principal: Principal, statement_id: str
    ) -> tuple[Statement, StatementRecord]:
        """Errors: StatementNotFound."""
        with store_errors():
            found = await self._statements.get(statement_id)
        own = own_payee_id(principal)
        if found is None or own not in ("", found[1].payee.payee_id):
            raise StatementNotFound("no such statement", statement_id=statement_id)
        return found

    async def list(
        self, principal: Principal, *, period_id: str, after: str, limit: int
    ) -> list[StatementRecord]:
        """The caller's, or, for operators, everybody's."""
        with store_errors():
            return await self._statements.list(
                payee_id=own_payee_id(principal), period_id=period_id, after=after, limit=limit
            )

"""An operator's order to pay a period: one instruction a statement, whatever is repeated."""

from __future__ import annotations

import asyncio
from datetime import datetime

from services.chassis.logs import logger
from services.chassis.mongo import store_errors
from services.payouts.domain.instruction_steps import commit, reattempt
from services.payouts.domain.instructions import Instruction, RailPolicy, instruction_for
from services.payouts.domain.payments import (
    ACCOUNT_MISSING,
    TRANSFERS_DISABLED,
    StatementState,
    is_waiting_for_cause,
)
from services.payouts.domain.payout_accounts import PayoutAccount
from services.payouts.domain.rail import Op
from services.payouts.domain.rail_errors import PayPeriodNotFound, PeriodStateWrong
from services.payouts.domain.statements import PeriodState, Statement
from services.payouts.store.payout_accounts import PayoutAccountStore
from services.payouts.store.periods import PeriodStore
from services.payouts.store.statements import StatementRecord, StatementStore
from services.payouts.usecases.journal import Change, Decide, InstructionJournal, Ruling

log = logger(__name__)

_PAGE = 100
_ALTERED = "STATEMENT_ALTERED"


class PayOrders:
    """Commits instructions; who drives them is not its business."""

    def __init__(
        self,
        *,
        journal: InstructionJournal,
        periods: PeriodStore,
        statements: StatementStore,
        accounts: PayoutAccountStore,
        policy: RailPolicy,
    ) -> None:
        self._journal = journal
        self._periods = periods
        self._statements = statements
        self._accounts = accounts
        self._policy = policy

    async def pay(self, period_id: str) -> int:
        """Commits an instruction, or a new attempt, for all that may be paid; returns how many.

        Errors: PayPeriodNotFound, PeriodStateWrong.
        """
        with store_errors():
            record = await self._periods.get(period_id)
        if record is None:
            raise PayPeriodNotFound("no such pay period", pay_period_id=period_id)
        if record.period.state is not PeriodState.CLOSED:
            raise PeriodStateWrong(
                f"the pay period is {record.period.state}, not closed",
                pay_period_id=period_id,
                state=record.period.state,
            )
        # What failed before comes first: what fails now is not tried twice.
        return sum(
            [
                await self._pay_all(period_id, state)
                for state in (StatementState.FAILED, StatementState.CLOSED)
            ]
        )

    async def _pay_all(self, period_id: str, state: StatementState) -> int:
        committed, after = 0, ""
        while True:
            with store_errors():
                page = await self._statements.unpaid(period_id, state, after=after, limit=_PAGE)
                payees = [record.payee.payee_id for _, record in page]
                accounts = await self._accounts.get_many(payees)
            committed += await self._pay_page(page, accounts)
            if len(page) < _PAGE:
                return committed
            after = page[-1][0].statement_id

    async def _pay_page(
        self,
        page: list[tuple[Statement, StatementRecord]],
        accounts: dict[str, PayoutAccount],
    ) -> int:
        changes = [
            Change(
                # Its id follows from the statement's: there can only be one.
                instruction_id=f"pay.{statement.statement_id}",
                statement_id=statement.statement_id,
                decide=self._order(statement, record, accounts.get(record.payee.payee_id)),
            )
            for statement, record in page
        ]
        done = await asyncio.gather(*(self._journal.change(change) for change in changes))
        return sum(1 for changed in done if changed.steps)

    def _order(
        self, statement: Statement, record: StatementRecord, account: PayoutAccount | None
    ) -> Decide:
        def decide(current: Instruction | None, now: datetime) -> Ruling:
            if statement.body_hash != record.body_hash:
                log.error("statement.altered", statement=statement.statement_id)
                return Ruling(reason=_ALTERED)
            if current is None:
                if account is None or not account.account_id:
                    return Ruling(reason=ACCOUNT_MISSING)
                if not account.transfers_enabled:
                    return Ruling(reason=TRANSFERS_DISABLED)
                ordered = instruction_for(statement, destination=account.account_id, created_at=now)
                return Ruling(steps=(commit(ordered),))
            if current.freeze or not is_waiting_for_cause(current) or account is None:
                return Ruling()
            return self._again(current, account)

        return decide

    def _again(self, current: Instruction, account: PayoutAccount) -> Ruling:
        if current.leg.op is Op.TRANSFER:
            if not account.transfers_enabled:
                return Ruling(reason=TRANSFERS_DISABLED)
            destination = account.account_id
            return Ruling(steps=(reattempt(current, policy=self._policy, destination=destination),))
        if not account.payouts_enabled:
            return Ruling()
        return Ruling(steps=(reattempt(current, policy=self._policy),))

"""The audit of statements: each beside its lines, its entries and its payment, round after round.

What it finds, and money that has been on its way for too long, stops pay periods from being closed.
"""

from __future__ import annotations

from datetime import timedelta

from services.chassis.clock import Clock
from services.chassis.errors import DomainError
from services.chassis.logs import logger
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.ledger.audits import Finding
from services.payouts.domain.reconciliation.clearing import Told, told
from services.payouts.domain.statements.statement_audits import (
    StoredStatement,
    account_of,
    period_faults,
    statement_fault,
    stuck,
)
from services.payouts.domain.statements.statements import PeriodState, Statement
from services.payouts.metrics import ledger as metrics
from services.payouts.store.ledger.ledger_reads import LedgerReads
from services.payouts.store.reconciliation.clearing import ClearingStore
from services.payouts.store.statements.periods import PeriodRecord, PeriodStore
from services.payouts.store.statements.statement_audits import StatementAuditStore, Version
from services.payouts.store.statements.statement_records import StatementRecord
from services.payouts.store.statements.statements import StatementStore

log = logger(__name__)

_FINDINGS_MAX = 100
# Of more at once the others count for nothing, and periods stay open.
_ACKNOWLEDGED_MAX = 500
_STATEMENTS_EACH_TURN = 50
# One that has not changed is looked at again so much later: whoever changes it knows no version.
_AGAIN = timedelta(hours=24)
_PERIODS_LOOKED_AT = 3


class StatementAudit:
    """Looks, and says what is wrong."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        audits: StatementAuditStore,
        statements: StatementStore,
        periods: PeriodStore,
        clearing: ClearingStore,
        reads: LedgerReads,
        clock: Clock,
        clearing_longest: timedelta,
    ) -> None:
        """`clearing_longest` of nothing: what is on its way stops nothing."""
        self._transactions = transactions
        self._audits = audits
        self._statements = statements
        self._periods = periods
        self._clearing = clearing
        self._reads = reads
        self._clock = clock
        self._clearing_longest = clearing_longest
        self._after = ""

    async def turn(self) -> bool:
        """The next statements of this round; whether it has more of them."""
        with store_errors():
            page = await self._audits.page(after=self._after, limit=_STATEMENTS_EACH_TURN)
            known = await self._audits.looked_at(page, since=self._clock() - _AGAIN)
        for version in page:
            if version not in known:
                await self.audit(version)
        if len(page) == _STATEMENTS_EACH_TURN:
            self._after = page[-1].statement_id
            return True
        self._after = ""
        await self._look_at_periods()
        with store_errors():
            wrong = await self._audits.wrong(limit=_FINDINGS_MAX)
        metrics.STATEMENTS_WRONG.set(len(wrong))
        return False

    async def audit(self, version: Version) -> Finding | None:
        """One statement, all of one moment."""

        async def body(work: UnitOfWork) -> Finding | None:
            records = await self._statements.records([version.statement_id], session=work.session)
            record = records.get(version.statement_id)
            if record is None:
                return None
            name = account_of(record.statement_id, record.currency)
            finding = statement_fault(
                await self._read(record, work),
                StoredStatement(
                    total_minor=record.total_minor,
                    body_hash=record.body_hash,
                    state=record.standing.state,
                ),
                await self._audits.booked(record.statement_id, name, session=work.session),
                name=name,
            )
            await self._audits.put(
                record.statement_id,
                finding,
                version=record.version,
                at=work.now,
                session=work.session,
            )
            return finding

        finding = await self._transactions.run(body)
        if finding is not None:
            log.error(
                "statement.wrong",
                statement=version.statement_id,
                fault=finding.fault.value,
                expected_units=finding.expected_units,
                found_units=finding.found_units,
            )
        return finding

    async def findings(self, work: UnitOfWork) -> list[Finding]:
        """What is known to be wrong, and what has been on its way for too long now."""
        found = await self._audits.wrong(limit=_FINDINGS_MAX, session=work.session)
        unexplained = [one.item for one in await self._old_items(work) if not one.acknowledgement]
        return found + stuck(unexplained, now=work.now, longest=self._clearing_longest)

    async def set_aside(self, work: UnitOfWork) -> list[str]:
        """What would stop a period from being closed, had no operator acknowledged it."""
        known = [one.item for one in await self._old_items(work) if one.acknowledgement]
        found = stuck(known, now=work.now, longest=self._clearing_longest)
        return [f"{one.account} {one.entry_id}" for one in found]

    async def _old_items(self, work: UnitOfWork) -> list[Told]:
        """The oldest, with what is known of them: what is known crowds out nothing else."""
        if not self._clearing_longest:
            return []
        known = await self._clearing.acknowledgements(
            now=work.now, limit=_ACKNOWLEDGED_MAX, session=work.session
        )
        oldest = await self._clearing.open_items(
            limit=_FINDINGS_MAX + len(known), session=work.session
        )
        return told(oldest, known, now=work.now)

    async def _read(self, record: StatementRecord, work: UnitOfWork) -> Statement | None:
        try:
            return await self._statements.content(record.statement_id, session=work.session)
        except (DomainError, ValueError, TypeError, KeyError):
            # Its lines are no lines of a statement any more.
            return None

    async def _look_at_periods(self) -> None:
        with store_errors():
            for record in await self._periods.newest(before="", limit=_PERIODS_LOOKED_AT):
                if record.period.state is PeriodState.CLOSED:
                    await self._look_at_period(record)

    async def _look_at_period(self, record: PeriodRecord) -> None:
        """Once a day: what it is added up from should not change any more."""
        version = Version(statement_id=record.period_id, version=0)
        if version in await self._audits.looked_at([version], since=self._clock() - _AGAIN):
            return
        came_in = await self._audits.period_carried(record.previous_id)
        for aggregate in await self._reads.accrual_aggregates(
            period_id=record.period_id,
            recorded_from=record.recorded_from,
            recorded_before=record.period.ends_at,
        ):
            units = came_in.get(aggregate.currency, 0) + aggregate.line.amount_units
            came_in[aggregate.currency] = units
        went_out = await self._audits.period_went_out(record.period_id)
        found = period_faults(record.period_id, came_in=came_in, went_out=went_out)

        async def body(work: UnitOfWork) -> None:
            await self._audits.put(
                record.period_id,
                found[0] if found else None,
                version=0,
                at=work.now,
                session=work.session,
            )

        await self._transactions.run(body)
        for finding in found:
            log.error(
                "period.incomplete",
                period=record.period_id,
                currency=finding.currency,
                expected_units=finding.expected_units,
                found_units=finding.found_units,
            )

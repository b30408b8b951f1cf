"""The audit: every account is added up again from its entries, round after round.

What it found, with what else the books must satisfy, stops a pay period from being closed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from services.chassis.clock import Clock
from services.chassis.logs import logger
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.ledger.accounts import parse
from services.payouts.domain.ledger.audits import (
    BooksWrong,
    Finding,
    misstated,
    overdrawn,
    unbalanced,
)
from services.payouts.metrics import ledger as metrics
from services.payouts.store.ledger.audits import AuditStore, Checkpoint
from services.payouts.store.ledger.ledger_reads import LedgerReads
from services.payouts.usecases.ledger.ledger import totals

log = logger(__name__)

FINDINGS_MAX = 100
_ACCOUNTS_EACH_TURN = 50
SETTLED = timedelta(minutes=5)
"""What was recorded later may still be joined by what was begun before: it is added anew."""

Look = Callable[[UnitOfWork], Awaitable[list[Finding]]]
"""What somebody else knows to be wrong with the books."""


class LedgerAudit:
    """Looks, and says what is wrong."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        audits: AuditStore,
        reads: LedgerReads,
        clock: Clock,
        more: Sequence[Look] = (),
    ) -> None:
        self._transactions = transactions
        self._audits = audits
        self._reads = reads
        self._clock = clock
        self._more = more
        self._after = ""

    async def turn(self) -> bool:
        """The next accounts of this round; whether it has more of them."""
        with store_errors():
            names = await self._audits.accounts_after(self._after, limit=_ACCOUNTS_EACH_TURN)
        for name in names:
            await self.audit(name)
        if len(names) == _ACCOUNTS_EACH_TURN:
            self._after = names[-1]
            return True
        self._after = ""
        with store_errors():
            wrong = await self._audits.wrong(limit=FINDINGS_MAX)
        metrics.LEDGER_MISSTATED.set(len(wrong))
        return False

    async def audit(self, name: str) -> Finding | None:
        """One account: its balance beside the sum of its entries, those new since the last time."""
        account = parse(name)

        async def body(work: UnitOfWork) -> Finding | None:
            before = await self._audits.checkpoint(name, session=work.session)
            edge = self._clock() - SETTLED
            if before.until is not None and edge < before.until:
                edge = before.until
            settled = before.amount_units + await self._audits.sum_of(
                account, after=before.until, until=edge, session=work.session
            )
            entries_units = settled + await self._audits.sum_since(
                account, edge, session=work.session
            )
            finding = misstated(
                name,
                balance_units=await self._audits.balance(account, session=work.session),
                entries_units=entries_units,
            )
            await self._audits.put(
                name,
                Checkpoint(until=edge, amount_units=settled),
                finding,
                session=work.session,
            )
            return finding

        finding = await self._transactions.run(body)
        if finding is not None:
            log.error(
                "ledger.misstated",
                account=name,
                expected_units=finding.expected_units,
                found_units=finding.found_units,
            )
        return finding

    async def findings(self, work: UnitOfWork) -> list[Finding]:
        """All that is known to be wrong, of one moment; at most `FINDINGS_MAX` of a kind."""
        session = work.session
        sums = await self._reads.sums(session=session)
        low = await self._audits.below_zero(limit=FINDINGS_MAX, session=session)
        return [
            *unbalanced(totals(sums)),
            *overdrawn(low),
            *await self._audits.wrong(limit=FINDINGS_MAX, session=session),
            *[finding for look in self._more for finding in await look(work)],
        ]

    async def check(self, work: UnitOfWork) -> None:
        """Errors: BooksWrong, which names the first that was found."""
        found = await self.findings(work)
        if found:
            first = found[0]
            raise BooksWrong(
                f"the books are wrong in {len(found)} places: nothing is closed",
                findings=len(found),
                fault=first.fault,
                account=first.account,
                block_number=first.block_number,
                entry_id=first.entry_id,
                currency=first.currency,
                expected_units=first.expected_units,
                found_units=first.found_units,
            )

    async def report(self) -> list[Finding]:
        """The same for people."""
        return await self._transactions.run(self.findings)

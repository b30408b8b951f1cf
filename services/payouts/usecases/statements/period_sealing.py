"""A pay period is sealed when it is closed: what stood in the books then can be shown ever after.

All that a seal is made of can no longer change when it is read; so making one twice makes the same.
"""

from __future__ import annotations

from datetime import timedelta

from services.chassis.clock import Clock
from services.chassis.logs import logger
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.ledger.period_seals import BalanceLine, PeriodSeal, StatementsRoot
from services.payouts.store.ledger.books import BookStore
from services.payouts.store.ledger.period_seals import PeriodSealStore
from services.payouts.usecases.ledger.chain import Chain
from services.payouts.usecases.ledger.ledger import LedgerInspection

log = logger(__name__)

# Times are kept to the millisecond: the last before another.
_BEFORE = timedelta(milliseconds=1)


class PeriodSealing:
    """Makes seals, and shows them."""

    def __init__(
        self,
        *,
        chain: Chain,
        books: BookStore,
        seals: PeriodSealStore,
        inspection: LedgerInspection,
        clock: Clock,
    ) -> None:
        self._chain = chain
        self._books = books
        self._seals = seals
        self._inspection = inspection
        self._clock = clock

    async def prepare(self, period_id: str) -> PeriodSeal | None:
        """The seal of a period all of whose statements are made; None if it is too early.

        The chain must have come past the last statement, whose clock may be ahead of ours.
        """
        head = await self._chain.advance()
        with store_errors():
            last = await self._seals.last_closed_at(period_id)
            root = StatementsRoot()
            async for page in self._seals.statement_hashes(period_id):
                root.add(page)
        if last is not None and (head is None or head.until.recorded_at <= last):
            log.info("period.seal_waits", period=period_id, last=last.isoformat())
            return None
        as_of = head.until.recorded_at if head is not None else self._clock()
        balance = await self._inspection.trial_balance(as_of=as_of - _BEFORE)
        return PeriodSeal(
            period_id=period_id,
            sealed_at=self._clock(),
            as_of=as_of,
            block_number=head.number if head is not None else 0,
            block_hash=head.block_hash if head is not None else "",
            statements=root.statements,
            statements_root=root.root(),
            balances=tuple(
                BalanceLine(
                    purpose=line.purpose.value,
                    currency=line.currency,
                    amount_units=line.amount_units,
                    accounts=line.accounts,
                )
                for line in balance.sums
            ),
        )

    async def seal(self, work: UnitOfWork, seal: PeriodSeal) -> None:
        """Whoever posts into the period beside this transaction runs again, and is refused."""
        await self._books.seal(work.now, session=work.session)
        await self._seals.insert(seal, session=work.session)

    async def get(self, period_id: str) -> PeriodSeal | None:
        """None of a period that is not closed."""
        with store_errors():
            return await self._seals.get(period_id)

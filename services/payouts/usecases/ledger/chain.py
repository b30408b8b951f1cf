"""The chain grows behind the journal: what can no longer change its place is put into blocks.

Posting does not wait for it. Why no entry is missed: deploy/adr/0020-a-chain-behind-the-journal.md.
"""

from __future__ import annotations

from services.chassis.clock import Clock
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.ledger.chain import BLOCK_ENTRIES_MAX, Block, Position, make_block
from services.payouts.metrics import chain as metrics
from services.payouts.store.ledger.books import BookStore
from services.payouts.store.ledger.chain import ChainStore


class Chain:
    """Makes blocks; any number of processes may, and together they make one chain."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        books: BookStore,
        blocks: ChainStore,
        clock: Clock,
    ) -> None:
        self._transactions = transactions
        self._books = books
        self._blocks = blocks
        self._clock = clock
        self._is_behind = False

    async def turn(self) -> bool:
        """The next block; whether there are entries for another one at once."""
        if not self._is_behind:
            await self._seal()
        block = await self.extend()
        self._is_behind = block is not None and not block.is_complete
        if not self._is_behind:
            metrics.LEDGER_CHAINED_UNTIL.set(self._clock().timestamp())
        return self._is_behind

    async def advance(self) -> Block | None:
        """Puts all that is recorded by now into blocks; returns the newest that ends at a time."""
        await self._seal()
        while (block := await self.extend()) is not None and not block.is_complete:
            pass
        with store_errors():
            return await self._blocks.complete_head()

    async def extend(self) -> Block | None:
        """One block of what is sealed and in none yet; None if there is nothing."""
        return await self._transactions.run(self._extend)

    async def _extend(self, work: UnitOfWork) -> Block | None:
        sealed_until = await self._books.sealed_until(session=work.session)
        if sealed_until is None:
            return None
        head = await self._blocks.head(session=work.session)
        edge = Position(recorded_at=sealed_until)
        if head is not None and edge <= head.until:
            return None
        links = await self._blocks.links(
            after=head.until if head else None,
            until=edge,
            limit=BLOCK_ENTRIES_MAX + 1,
            session=work.session,
        )
        if len(links) > BLOCK_ENTRIES_MAX:
            links = links[:BLOCK_ENTRIES_MAX]
            edge = links[-1].position
        block = make_block(head, links, until=edge)
        if block is not None:
            await self._blocks.insert(block, session=work.session)
        return block

    async def _seal(self) -> None:
        """Nothing is sealed for nothing: postings side by side with it run again."""

        async def body(work: UnitOfWork) -> None:
            head = await self._blocks.head(session=work.session)
            after = head.until if head else None
            if await self._blocks.count_after(after, session=work.session):
                await self._books.seal(work.now, session=work.session)

        await self._transactions.run(body)

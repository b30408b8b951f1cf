"""The chain is looked through, block after block and round after round, for what has changed.

All is computed again from the entries' contents: their hashes, the blocks', and how they follow
each other. What is found, with what else the books must satisfy, stops a pay period's closing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from services.chassis.clock import Clock
from services.chassis.logs import logger
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.ledger.audits import Fault, Finding, chain_fault
from services.payouts.domain.ledger.chain import Block, BlockUnreadable, Link, make_block
from services.payouts.metrics import chain as metrics
from services.payouts.store.ledger.chain import ChainStore, Witness
from services.payouts.store.ledger.chain_checks import ChainCheckStore, ChainProgress
from services.payouts.store.ledger.period_seals import PeriodSealStore

log = logger(__name__)

_FINDINGS_MAX = 100
_SEALS_MAX = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainStanding:
    """The newest block, and how far the look that is under way has come."""

    head: Block | None
    progress: ChainProgress


class ChainAudit:
    """Looks, and remembers what is wrong until it is right again."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        blocks: ChainStore,
        checks: ChainCheckStore,
        seals: PeriodSealStore,
        clock: Clock,
        pause: timedelta,
    ) -> None:
        self._transactions = transactions
        self._blocks = blocks
        self._checks = checks
        self._seals = seals
        self._clock = clock
        self._pause = pause

    async def turn(self) -> bool:
        """One block, or the end of a round; false, so that others have the processor between."""
        with store_errors():
            progress = await self._checks.progress()
        ended_at = progress.round_ended_at
        is_under_way = progress.next_number > 1
        if is_under_way or ended_at is None or self._clock() >= ended_at + self._pause:
            await self.step(progress)
        return False

    async def round(self) -> list[Finding]:
        """From the first block to the last, without a pause."""
        progress = ChainProgress()
        while (progress := await self.step(progress)).next_number > 1:
            pass
        with store_errors():
            return await self._checks.wrong(limit=_FINDINGS_MAX)

    async def step(self, progress: ChainProgress) -> ChainProgress:
        """Looks at the next block; after the last, at what is beside the chain."""
        number = progress.next_number
        if await self._look_at(number):
            after = ChainProgress(next_number=number + 1, round_ended_at=progress.round_ended_at)
        else:
            await self._end_round(number)
            after = ChainProgress(round_ended_at=self._clock())
        with store_errors():
            await self._checks.put_progress(after)
        return after

    async def findings(self, work: UnitOfWork) -> list[Finding]:
        """What is known to be wrong."""
        return await self._checks.wrong(limit=_FINDINGS_MAX, session=work.session)

    async def standing(self) -> ChainStanding:
        """For people."""
        with store_errors():
            return ChainStanding(
                head=await self._blocks.head(), progress=await self._checks.progress()
            )

    async def blocks(self, *, after: int, limit: int) -> list[Block]:
        """In their order. Errors: BlockUnreadable."""
        with store_errors():
            return await self._blocks.page(after=after, limit=limit)

    async def _look_at(self, number: int) -> bool:
        """Whether there is one."""
        try:
            with store_errors():
                block = await self._blocks.get(number)
            if block is None:
                return False
            finding = await self._compare(block)
        except BlockUnreadable:
            finding = chain_fault(Fault.BLOCK_BROKEN, block_number=number)
        await self._note(f"block:{number}", finding)
        return True

    async def _compare(self, block: Block) -> Finding | None:
        with store_errors():
            previous = await self._blocks.get(block.number - 1)
            stored_hash = await self._blocks.stored_hash(block.number)
            witnesses = await self._blocks.witnesses(
                after=previous.until if previous else None,
                until=block.until,
                # One more is enough to see that there are too many.
                limit=block.entries + 1,
            )
        changed: list[str] = []
        again = make_block(previous, await _read(witnesses, changed), until=block.until)
        if changed:
            return chain_fault(Fault.ENTRY_CHANGED, block_number=block.number, entry_id=changed[0])
        if stored_hash != block.block_hash or not block.follows(previous):
            return chain_fault(Fault.BLOCK_BROKEN, block_number=block.number)
        if again is None or again.block_hash != block.block_hash:
            return chain_fault(
                Fault.BLOCK_ENTRIES,
                block_number=block.number,
                expected=block.entries,
                found=again.entries if again else 0,
            )
        return None

    async def _end_round(self, number: int) -> None:
        """What no block tells: the journal's end, blocks that are gone, and what was sealed."""
        await self._note("count", await self._transactions.run(self._miscounted))
        with store_errors():
            sealed = await self._seals.blocks(limit=_SEALS_MAX)
        for period_id, block_number, block_hash in sealed:
            with store_errors():
                block = await self._blocks.get(block_number)
            is_same = block is not None and block.block_hash == block_hash
            finding = None if is_same else chain_fault(Fault.SEAL_BROKEN, block_number=block_number)
            await self._note(f"seal:{period_id}", finding)
        # A hole in the numbers would end every round before it.
        with store_errors():
            head = await self._blocks.head()
        hole = head is not None and head.number >= number
        gap = chain_fault(Fault.BLOCK_BROKEN, block_number=number) if hole else None
        await self._note("gap", gap)
        with store_errors():
            wrong = await self._checks.wrong(limit=_FINDINGS_MAX)
        metrics.LEDGER_CHAIN_FAULTS.set(len(wrong))
        metrics.LEDGER_CHAIN_VERIFIED.set(self._clock().timestamp())

    async def _miscounted(self, work: UnitOfWork) -> Finding | None:
        head = await self._blocks.head(session=work.session)
        found = (head.entries_total if head else 0) + await self._blocks.count_after(
            head.until if head else None, session=work.session
        )
        expected = await self._blocks.counted(session=work.session)
        if found == expected:
            return None
        return chain_fault(
            Fault.MISCOUNTED,
            block_number=head.number if head else 0,
            expected=expected,
            found=found,
        )

    async def _note(self, subject: str, finding: Finding | None) -> None:
        with store_errors():
            await self._checks.put(subject, finding)
        if finding is not None:
            log.error(
                "ledger.chain_broken",
                fault=finding.fault,
                block=finding.block_number,
                entry=finding.entry_id,
                expected=finding.expected_units,
                found=finding.found_units,
            )


async def _read(witnesses: Iterator[Witness], changed: list[str]) -> list[Link]:
    """The entries that are; the ids of those that are not what they were go to `changed`."""
    links: list[Link] = []
    for place, witness in enumerate(witnesses, 1):
        if witness.was_changed:
            changed.append(witness.entry_id)
        if witness.link is not None:
            links.append(witness.link)
        if place % 50 == 0:
            # Hashing is work: whoever else waits gets a turn.
            await asyncio.sleep(0)
    return links

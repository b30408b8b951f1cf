"""A closed pay period is sealed: what stood then can be shown, and nothing is booked into it."""

from __future__ import annotations

import asyncio
import hashlib
import json

import pytest

from crewline.payouts.v1 import service_pb2 as pb
from services.chassis.timestamps import moment
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.ledger.entries import Booking, Entry, EntryKind
from services.payouts.domain.ledger.flows import move
from services.payouts.domain.ledger.period_seals import PeriodSealed, StatementsRoot
from services.payouts.store.collections import ENTRIES
from services.payouts.store.ledger.chain_collections import CHAIN_BLOCKS
from tests.rpc.payouts.served_rail import ServedRail

PAYABLE = "contractor:ctr_d:payable:USD"


async def _worked(rail: ServedRail) -> None:
    await rail.funded()
    await rail.contractors("ctr_d", "ctr_e")
    await rail.accept("ctr_d", 3)
    await rail.accept("ctr_e", 2)


def _late(rail: ServedRail, period_id: str) -> Entry:
    now = rail.rpc.clock()
    return Entry(
        entry_id="statement:late:1",
        kind=EntryKind.STATEMENT_CLOSE,
        postings=move(debit=PAYABLE, credit="statement:late:USD", amount_units=1, currency="USD"),
        booking=Booking(effective_at=now, recorded_at=now, period_id=period_id),
    )


async def test_a_closed_period_shows_what_it_was_sealed_with(rail: ServedRail) -> None:
    """G7, G17: and shows the same for ever after, whatever is done later."""
    await _worked(rail)
    period_id = (await rail.close()).pay_period_id
    await rail.accept("ctr_d", 1)
    first = (await rail.period(period_id)).seal

    listed = await rail.send(rail.stub.ListBlocks, pb.ListBlocksRequest(page_size=1000))
    block = next(block for block in listed.blocks if block.number == first.block_number)
    assert (block.hash, block.until_time) == (first.block_hash, first.as_of_time)
    statements = sorted(
        (one.statement_id, one.hash) for one in await rail.statements(period_id=period_id)
    )
    assert first.statements == len(statements) == 2
    lines = "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in statements)
    root = hashlib.sha256(f"crewline-statements-1\n{lines}".encode()).hexdigest()
    assert first.statements_root == root

    # The balances are those of the entries in the blocks, and no others.
    chained = {
        document["_id"]: document
        async for document in rail.rpc.database.collection(ENTRIES).find()
        if document["recorded_at"] < moment(first.as_of_time)
    }
    assert len(chained) == block.entries_total
    assert sum(d.get("period_id") == period_id for d in chained.values()) == 2
    payable = sum(
        posting["amount_units"]
        for document in chained.values()
        for posting in document["postings"]
        if posting["account"].startswith("statement:")
    )
    told = {line.purpose: line.amount_units for line in first.balances}
    assert told["statement"] == payable == -5_000_000
    assert told["contractor:payable"] == 0
    assert sum(line.amount_units for line in first.balances) == 0

    await rail.close()
    assert (await rail.period(period_id)).seal == first
    assert not (await rail.period("pp_000003")).HasField("seal")


async def test_nothing_is_booked_into_a_closed_period(rail: ServedRail) -> None:
    """G17: what comes later counts into a later one."""
    await _worked(rail)
    period_id = (await rail.close()).pay_period_id
    await rail.accept("ctr_d", 1)

    async def post(work: UnitOfWork) -> None:
        entry = _late(rail, period_id)
        await rail.parts.ledger.store.post_all([entry], session=work.session, now=work.now)

    with pytest.raises(PeriodSealed):
        await rail.transactions.run(post)
    assert await rail.parts.ledger.store.get_many(["statement:late:1"]) == {}


async def test_what_is_booked_beside_the_seal_is_refused_or_in_it(rail: ServedRail) -> None:
    """G17: a transaction that began before the period was sealed, and commits after."""
    await _worked(rail)
    sealing = rail.parts.ledger.chain.sealing
    began, sealed = asyncio.Event(), asyncio.Event()
    seal = await sealing.prepare("pp_000077")
    assert seal is not None

    async def post(work: UnitOfWork) -> None:
        await rail.parts.ledger.store.balances([PAYABLE], session=work.session)
        began.set()
        await asyncio.wait_for(sealed.wait(), 10)
        entry = _late(rail, "pp_000077")
        await rail.parts.ledger.store.post_all([entry], session=work.session, now=work.now)

    posting = asyncio.create_task(rail.transactions.run(post))
    await asyncio.wait_for(began.wait(), 10)
    await rail.transactions.run(lambda work: sealing.seal(work, seal))
    sealed.set()
    with pytest.raises(PeriodSealed):
        await posting


async def test_a_chain_that_was_made_anew_contradicts_the_seal(rail: ServedRail) -> None:
    """G7: whoever changes an entry, its hash and all blocks after it still cannot hide."""
    await _worked(rail)
    await rail.close()
    chain = rail.parts.ledger.chain
    assert await chain.audit.round() == []
    await rail.rpc.database.collection(CHAIN_BLOCKS).delete_many({})
    entries = rail.rpc.database.collection(ENTRIES)
    victim = await entries.find_one({"kind": "accrual"})
    assert victim is not None
    changed = {**victim, "task_id": "tsk_of_another"}
    await entries.replace_one({"_id": victim["_id"]}, changed)
    again = (await rail.parts.ledger.store.get_many([victim["_id"]]))[victim["_id"]]
    await entries.update_one({"_id": victim["_id"]}, {"$set": {"hash": again.body_hash}})
    await chain.chain.advance()
    assert {finding.fault.value for finding in await chain.audit.round()} == {"SEAL_BROKEN"}


def test_the_root_depends_on_every_statement_and_its_place() -> None:
    def root(*statements: tuple[str, str]) -> str:
        found = StatementsRoot()
        found.add(statements)
        return found.root()

    roots = {
        root(),
        root(("a", "1")),
        root(("a", "1"), ("b", "2")),
        root(("a", "2"), ("b", "1")),
        root(("a", "1"), ("b", "3")),
        root(('a","1"]\n["b', "2")),
    }
    assert len(roots) == 6
    with pytest.raises(ValueError, match="order"):
        root(("b", "1"), ("a", "2"))

"""The journal's hash chain on a real database: nothing is missed, and nothing changes unseen."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import grpc
import pytest
from prometheus_client import REGISTRY

from crewline.payouts.v1 import service_pb2 as pb
from services.chassis.mongo import Document
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.ledger import chain as chain_rules
from services.payouts.domain.ledger.entries import Booking, Entry
from services.payouts.domain.ledger.flows import client_deposit
from services.payouts.parts.chain import ChainParts
from services.payouts.store.collections import BOOKS, ENTRIES
from services.payouts.store.ledger.books import BookStore
from services.payouts.store.ledger.chain_collections import CHAIN_BLOCKS
from services.payouts.store.ledger.entry_documents import entry_of
from services.payouts.usecases.ledger import chain as chain_module
from tests.rpc.harness import RpcHarness, refusal
from tests.rpc.payouts.served_ledger import ServedLedger, start_ledger

Tamper = Callable[[ServedLedger, list[Document]], Awaitable[Any]]


@pytest.fixture
async def working(rpc: RpcHarness, monkeypatch: pytest.MonkeyPatch) -> ServedLedger:
    """Eleven entries or so, in blocks of at most three."""
    monkeypatch.setattr(chain_module, "BLOCK_ENTRIES_MAX", 3)
    ledger = await start_ledger(rpc)
    await ledger.deposit(100_000)
    await ledger.project()
    await ledger.enrol("ctr_1", "ctr_d")
    await ledger.fund(60_000)
    await ledger.accept(*(f"a{number}" for number in range(6)))
    await ledger.accept("d1", "d2", contractor_id="ctr_d")
    return ledger


def _chain(ledger: ServedLedger) -> ChainParts:
    return ledger.parts.chain


def _deposit(ledger: ServedLedger, *, behind: timedelta = timedelta()) -> Entry:
    recorded_at = ledger.rpc.clock() - behind
    return client_deposit(
        client_id="org_client",
        currency="USD",
        amount_minor=100,
        rail_id=f"tu_{uuid.uuid4().hex}",
        booking=Booking(effective_at=recorded_at, recorded_at=recorded_at),
    )


async def _in_blocks(ledger: ServedLedger) -> list[str]:
    """The ids of all entries, block after block, as the blocks' borders have them."""
    ids: list[str] = []
    previous = None
    for block in await _chain(ledger).blocks.page(after=0, limit=1000):
        assert block.follows(previous)
        found = list(
            await _chain(ledger).blocks.witnesses(
                after=previous.until if previous else None, until=block.until, limit=1000
            )
        )
        assert len(found) == block.entries
        ids += [witness.entry_id for witness in found]
        previous = block
    return ids


async def _all(ledger: ServedLedger) -> list[str]:
    return sorted(await ledger.rpc.database.collection(ENTRIES).distinct("_id"))


async def test_every_entry_is_in_exactly_one_block(working: ServedLedger) -> None:
    """G7: and what is posted later is in later ones."""
    await _chain(working).chain.advance()
    first = await _in_blocks(working)
    assert sorted(first) == await _all(working)
    await working.accept("later")
    await working.deposit(5)
    await _chain(working).chain.advance()
    second = await _in_blocks(working)
    assert second[: len(first)] == first
    assert sorted(second) == await _all(working)
    assert await _chain(working).audit.round() == []


async def test_blocks_are_made_beside_posting_by_several_at_once(working: ServedLedger) -> None:
    """G7: two processes make one chain, and no batch that commits beside a seal is missed."""

    async def post(place: int) -> None:
        for number in range(8):
            await working.post([_deposit(working)])
            await working.accept(f"b{place}_{number}")

    async def chain() -> None:
        for _ in range(12):
            await _chain(working).chain.turn()

    await asyncio.gather(post(0), post(1), chain(), chain())
    await _chain(working).chain.advance()
    assert sorted(await _in_blocks(working)) == await _all(working)
    assert await _chain(working).audit.round() == []


async def test_a_transaction_that_commits_late_is_not_missed(working: ServedLedger) -> None:
    """G7: it began before the seal, with the hour of before, and commits after it."""
    posted, sealed = asyncio.Event(), asyncio.Event()
    late = _deposit(working, behind=timedelta(milliseconds=1))
    runs = 0

    async def body(work: UnitOfWork) -> None:
        nonlocal runs
        runs += 1
        await working.parts.projection_store.projects(["prj_1"], session=work.session)
        posted.set()
        await asyncio.wait_for(sealed.wait(), 10)
        await working.parts.store.post_all([late], session=work.session, now=work.now)

    posting = asyncio.create_task(working.transactions.run(body))
    await asyncio.wait_for(posted.wait(), 10)
    head = await _chain(working).chain.advance()
    assert head is not None
    assert late.entry_id not in await _in_blocks(working)
    sealed.set()
    await posting
    assert runs == 2
    await _chain(working).chain.advance()
    assert (await _in_blocks(working))[-1] == late.entry_id
    found = await working.rpc.database.collection(ENTRIES).find_one({"_id": late.entry_id})
    assert found is not None
    assert found["recorded_at"] >= head.until.recorded_at > late.booking.recorded_at


async def test_an_hour_that_is_sealed_is_not_written_into(working: ServedLedger) -> None:
    """Whatever the clock of a process says that is an hour behind."""
    head = await _chain(working).chain.advance()
    assert head is not None
    behind = _deposit(working, behind=timedelta(hours=1))
    await working.post([behind])
    assert await _chain(working).audit.round() == []
    found = await working.rpc.database.collection(ENTRIES).find_one({"_id": behind.entry_id})
    assert found is not None
    assert found["recorded_at"] == head.until.recorded_at
    assert found["effective_at"] == behind.booking.effective_at
    # The same again is nothing, however it was recorded.
    await working.post([behind])
    assert await working.parts.store.get_many([behind.entry_id]) != {}


async def test_without_news_no_block_is_made_and_nothing_sealed(working: ServedLedger) -> None:
    await _chain(working).chain.advance()
    before = await working.rpc.database.collection(BOOKS).find().to_list(None)
    for _ in range(3):
        assert await _chain(working).chain.turn() is False
    assert await working.rpc.database.collection(BOOKS).find().to_list(None) == before


async def test_a_book_that_nobody_sealed_keeps_all_others_waiting(working: ServedLedger) -> None:
    """Of a kind of entry that a newer process posts and an older one does not know."""
    await _chain(working).chain.advance()
    books = working.rpc.database.collection(BOOKS)
    await books.insert_one({"_id": "kind_of_tomorrow", "kind_of_tomorrow": 1})
    await working.deposit(5)
    assert await _chain(working).chain.extend() is None

    async def body(work: UnitOfWork) -> None:
        await BookStore(database=working.rpc.database).seal(work.now, session=work.session)

    await working.transactions.run(body)
    assert await _chain(working).chain.extend() is not None


# What somebody might do to the database


async def _change(ledger: ServedLedger, entries: list[Document], change: Document) -> None:
    await ledger.rpc.database.collection(ENTRIES).update_one({"_id": entries[4]["_id"]}, change)


async def _amount(ledger: ServedLedger, entries: list[Document]) -> None:
    await _change(
        ledger,
        entries,
        {"$inc": {"postings.0.amount_units": 7, "postings.1.amount_units": -7}},
    )


async def _amount_with_hash(ledger: ServedLedger, entries: list[Document]) -> None:
    """Whoever knows how an entry is hashed."""
    await _amount(ledger, entries)
    entry_id = entries[4]["_id"]
    forged = (await ledger.parts.store.get_many([entry_id]))[entry_id]
    await _change(ledger, entries, {"$set": {"hash": forged.body_hash}})


async def _time(ledger: ServedLedger, entries: list[Document]) -> None:
    effective_at = entries[4]["effective_at"] - timedelta(days=1)
    await _change(ledger, entries, {"$set": {"effective_at": effective_at}})


async def _period(ledger: ServedLedger, entries: list[Document]) -> None:
    await _change(ledger, entries, {"$set": {"period_id": "pp_000009"}})


async def _nonsense(ledger: ServedLedger, entries: list[Document]) -> None:
    await _change(ledger, entries, {"$set": {"postings": "none"}})


async def _remove(ledger: ServedLedger, entries: list[Document]) -> None:
    await ledger.rpc.database.collection(ENTRIES).delete_one({"_id": entries[4]["_id"]})


async def _add(ledger: ServedLedger, entries: list[Document], **changes: Any) -> None:
    """Flawless in itself."""
    twin = {**entries[4], "_id": f"{entries[4]['_id']}0", **changes}
    twin["hash"] = entry_of(twin).body_hash
    await ledger.rpc.database.collection(ENTRIES).insert_one(twin)


async def _last_added(ledger: ServedLedger, entries: list[Document]) -> None:
    """After the newest block: only the count tells."""
    await _add(ledger, entries, recorded_at=ledger.rpc.clock())


async def _block_rewritten(ledger: ServedLedger, entries: list[Document]) -> None:
    await ledger.rpc.database.collection(CHAIN_BLOCKS).update_one(
        {"_id": 2}, {"$inc": {"entries_total": 1}}
    )


async def _block_unreadable(ledger: ServedLedger, entries: list[Document]) -> None:
    await ledger.rpc.database.collection(CHAIN_BLOCKS).update_one(
        {"_id": 2}, {"$set": {"debits_units": {"USD": "much"}}}
    )


async def _block_removed(ledger: ServedLedger, entries: list[Document]) -> None:
    await ledger.rpc.database.collection(CHAIN_BLOCKS).delete_one({"_id": 2})


@pytest.mark.parametrize(
    ("tamper", "faults"),
    [
        (_amount, {"ENTRY_CHANGED"}),
        (_amount_with_hash, {"BLOCK_ENTRIES"}),
        (_time, {"BLOCK_ENTRIES"}),
        (_period, {"BLOCK_ENTRIES"}),
        (_nonsense, {"ENTRY_CHANGED"}),
        (_remove, {"BLOCK_ENTRIES"}),
        (_add, {"BLOCK_ENTRIES"}),
        (_last_added, {"MISCOUNTED"}),
        (_block_rewritten, {"BLOCK_BROKEN"}),
        (_block_unreadable, {"BLOCK_BROKEN"}),
        (_block_removed, {"BLOCK_BROKEN"}),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
async def test_whatever_is_done_to_the_journal_is_found_and_stops_the_close(
    working: ServedLedger, tamper: Tamper, faults: set[str]
) -> None:
    """G7, G16: found by computing everything again, and told until it is right again."""
    await _chain(working).chain.advance()
    assert await _chain(working).audit.round() == []
    entries = working.rpc.database.collection(ENTRIES)
    blocks = working.rpc.database.collection(CHAIN_BLOCKS)
    before = await entries.find().sort([("recorded_at", 1), ("_id", 1)]).to_list(None)
    blocks_before = await blocks.find().to_list(None)
    await tamper(working, before)

    assert faults <= {finding.fault.value for finding in await _chain(working).audit.round()}
    told = await working.send(
        working.stub.GetBooksCheck, pb.GetBooksCheckRequest(), token=working.token("OPERATOR")
    )
    named = {pb.BookFault.Name(one.fault).removeprefix("BOOK_FAULT_") for one in told.findings}
    assert faults <= named
    refused = await refusal(
        working.stub.ClosePayPeriod,
        pb.ClosePayPeriodRequest(request_id=str(uuid.uuid4())),
        token=working.token("OPERATOR"),
    )
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "BOOKS_WRONG")
    assert (REGISTRY.get_sample_value("crewline_ledger_chain_faults") or 0) >= 1

    for collection, documents in ((entries, before), (blocks, blocks_before)):
        await collection.delete_many({})
        await collection.insert_many(documents)
    assert await _chain(working).audit.round() == []
    assert REGISTRY.get_sample_value("crewline_ledger_chain_faults") == 0


async def test_the_background_goes_on_where_another_process_has_come_to(
    working: ServedLedger,
) -> None:
    await _chain(working).chain.advance()
    numbers = []
    for _ in range(3):
        numbers.append((await _chain(working).audit.standing()).progress.next_number)
        await _chain(working).audit.turn()
    assert numbers == [1, 2, 3]
    while (await _chain(working).audit.standing()).progress.next_number > 1:
        await _chain(working).audit.turn()
    # The next round is not begun before its time.
    await _chain(working).audit.turn()
    standing = await working.send(
        working.stub.GetChain, pb.GetChainRequest(), token=working.token("OPERATOR")
    )
    assert standing.next_block_number == 1
    assert standing.HasField("verified_time")
    assert standing.head.number == (await _chain(working).blocks.page(after=0, limit=99))[-1].number


async def test_blocks_are_listed_by_pages(working: ServedLedger) -> None:
    await _chain(working).chain.advance()
    blocks = await _chain(working).blocks.page(after=0, limit=100)
    assert len(blocks) > 2
    listed: list[tuple[int, str]] = []
    request = pb.ListBlocksRequest(page_size=2)
    while True:
        page = await working.send(working.stub.ListBlocks, request, token=working.token("OPERATOR"))
        listed += [(block.number, block.hash) for block in page.blocks]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert listed == [(block.number, block.block_hash) for block in blocks]
    assert chain_rules.BLOCK_ENTRIES_MAX == 500

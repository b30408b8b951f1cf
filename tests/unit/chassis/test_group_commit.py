"""Group commit: batches grow with the load, and everyone gets their own outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from services.chassis.errors import DomainError, Kind, Overloaded
from services.chassis.group_commit import GroupCommit

BROKEN = 666


class _Refused(DomainError):
    kind, reason = Kind.PRECONDITION, "REFUSED"


class _Log:
    """A commit that doubles numbers, refuses negative ones, and breaks on one."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def commit(self, items: list[int]) -> Sequence[int | DomainError]:
        self.batches.append(list(items))
        self.begun.set()
        await self.gate.wait()
        if BROKEN in items:
            raise RuntimeError("broken")
        return [_Refused("negative", item=n) if n < 0 else n * 2 for n in items]


async def test_callers_side_by_side_share_a_batch() -> None:
    log = _Log()
    group = GroupCommit(name="t", commit=log.commit)
    outcomes = await asyncio.gather(*(group.submit(n) for n in range(100)))
    assert outcomes == [n * 2 for n in range(100)]
    assert len(log.batches) == 1


async def test_while_one_batch_commits_the_next_gathers() -> None:
    log = _Log()
    log.gate.clear()
    group = GroupCommit(name="t", commit=log.commit)
    first = asyncio.create_task(group.submit(1))
    await log.begun.wait()
    rest = [asyncio.create_task(group.submit(n)) for n in range(2, 30)]
    await asyncio.sleep(0)
    log.gate.set()
    await asyncio.gather(first, *rest)
    assert [len(batch) for batch in log.batches] == [1, 28]


async def test_weights_bound_a_batch() -> None:
    log = _Log()
    group = GroupCommit(name="t", commit=log.commit, weight_max=100)
    await asyncio.gather(*(group.submit(n, weight=30) for n in range(10)))
    assert [len(batch) for batch in log.batches] == [3, 3, 3, 1]


async def test_a_refusal_is_its_callers_alone() -> None:
    log = _Log()
    group = GroupCommit(name="t", commit=log.commit)
    outcomes = await asyncio.gather(
        group.submit(1), group.submit(-1), group.submit(2), return_exceptions=True
    )
    assert outcomes[0] == 2
    assert isinstance(outcomes[1], _Refused)
    assert outcomes[2] == 4
    assert len(log.batches) == 1


async def test_an_item_that_breaks_the_commit_spoils_no_other() -> None:
    log = _Log()
    group = GroupCommit(name="t", commit=log.commit)
    outcomes = await asyncio.gather(
        *(group.submit(n) for n in (1, BROKEN, 2)), return_exceptions=True
    )
    assert (outcomes[0], outcomes[2]) == (2, 4)
    assert isinstance(outcomes[1], RuntimeError)


async def test_a_caller_who_goes_away_does_not_stop_the_batch() -> None:
    log = _Log()
    log.gate.clear()
    group = GroupCommit(name="t", commit=log.commit)
    gone = asyncio.create_task(group.submit(1))
    stays = asyncio.create_task(group.submit(2))
    await log.begun.wait()
    gone.cancel()
    log.gate.set()
    assert await stays == 4
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert log.batches == [[1, 2]]


async def test_a_full_queue_is_told() -> None:
    log = _Log()
    log.gate.clear()
    group = GroupCommit(name="t", commit=log.commit, queue_max=3)
    first = asyncio.create_task(group.submit(0))
    await log.begun.wait()
    waiting = [asyncio.create_task(group.submit(n)) for n in range(1, 4)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await group.submit(9)
    log.gate.set()
    assert await asyncio.gather(first, *waiting) == [0, 2, 4, 6]


async def test_closing_commits_what_was_taken_and_takes_no_more() -> None:
    log = _Log()
    group = GroupCommit(name="t", commit=log.commit)
    tasks = [asyncio.create_task(group.submit(n)) for n in range(5)]
    await asyncio.sleep(0)
    await group.close()
    assert [await task for task in tasks] == [0, 2, 4, 6, 8]
    with pytest.raises(Overloaded):
        await group.submit(6)


async def test_an_item_that_comes_as_the_last_batch_ends_is_not_forgotten() -> None:
    log = _Log()
    group = GroupCommit(name="t", commit=log.commit)
    for n in range(200):
        async with asyncio.timeout(5):
            assert await group.submit(n) == n * 2

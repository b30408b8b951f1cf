"""Group commit: callers side by side share one transaction, and each gets its own outcome.

While one batch commits, the next gathers, so batches grow with the load by themselves and a
lone caller waits for nobody.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from services.chassis import metrics
from services.chassis.errors import DomainError, Overloaded
from services.chassis.tracing import set_traceparent

ItemT = TypeVar("ItemT")
OutcomeT = TypeVar("OutcomeT")

Commit = Callable[[list[ItemT]], Awaitable[Sequence[OutcomeT | DomainError]]]


@dataclass(slots=True)
class _Waiting(Generic[ItemT, OutcomeT]):
    item: ItemT
    weight: int
    outcome: asyncio.Future[OutcomeT]


class GroupCommit(Generic[ItemT, OutcomeT]):
    """Gathers items and commits them in batches, at most `commits_max` at a time.

    `commit` gets the items in the order they came and returns one outcome each: a value, or a
    DomainError for that caller alone. If it raises and the batch held several items, each is
    tried alone, so that one that cannot be committed spoils no other.
    """

    def __init__(
        self,
        *,
        name: str,
        commit: Commit[ItemT, OutcomeT],
        weight_max: int = 500,
        queue_max: int = 20_000,
        commits_max: int = 1,
        gather_seconds: float = 0.0,
    ) -> None:
        self._name = name
        self._commit = commit
        self._weight_max = weight_max
        self._queue_max = queue_max
        self._commits_max = commits_max
        self._gather_seconds = gather_seconds
        self._queue: deque[_Waiting[ItemT, OutcomeT]] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._closed = False

    async def submit(self, item: ItemT, *, weight: int = 1) -> OutcomeT:
        """Waits until the item's batch is durable.

        The caller may go away in the meantime; the batch commits all the same.

        Errors:
            Overloaded: too many items wait.
            DomainError: whatever `commit` said of this item.
        """
        if self._closed or len(self._queue) >= self._queue_max:
            raise Overloaded("too many requests are waiting", batch=self._name)
        waiting: _Waiting[ItemT, OutcomeT] = _Waiting(
            item, weight, asyncio.get_running_loop().create_future()
        )
        self._queue.append(waiting)
        self._start()
        return await asyncio.shield(waiting.outcome)

    async def close(self) -> None:
        """Takes nothing more; returns when all that was taken is committed."""
        self._closed = True
        while self._running:
            await asyncio.wait(self._running)

    def _start(self) -> None:
        if len(self._running) < self._commits_max and self._queue:
            task = asyncio.create_task(self._run(), name=f"commit:{self._name}")
            self._running.add(task)

    async def _run(self) -> None:
        # A batch serves many callers: it belongs to no one's trace.
        set_traceparent("")
        try:
            # One turn of the loop lets every caller that is ready now join the batch.
            await asyncio.sleep(self._gather_seconds)
            await self._drain()
        finally:
            # In the same step that saw the queue empty: whoever comes next starts a new task.
            task = asyncio.current_task()
            if task is not None:
                self._running.discard(task)

    async def _drain(self) -> None:
        while self._queue:
            batch = self._take()
            metrics.COMMIT_QUEUE.labels(self._name).set(len(self._queue))
            metrics.COMMIT_ITEMS.labels(self._name).observe(len(batch))
            started = time.perf_counter()
            await self._settle(batch)
            metrics.COMMIT_SECONDS.labels(self._name).observe(time.perf_counter() - started)
            # Those whose outcome this was ask again at once: let them in.
            await asyncio.sleep(self._gather_seconds)

    def _take(self) -> list[_Waiting[ItemT, OutcomeT]]:
        batch = [self._queue.popleft()]
        weight = batch[0].weight
        while self._queue and weight + self._queue[0].weight <= self._weight_max:
            weight += self._queue[0].weight
            batch.append(self._queue.popleft())
        return batch

    async def _settle(self, batch: list[_Waiting[ItemT, OutcomeT]]) -> None:
        try:
            outcomes = await self._commit([waiting.item for waiting in batch])
            if len(outcomes) != len(batch):
                raise RuntimeError(f"{self._name}: {len(outcomes)} outcomes of {len(batch)} items")
        except Exception as err:
            if len(batch) == 1 or isinstance(err, DomainError):
                # An error of the batch as a whole (no database) is every caller's.
                for waiting in batch:
                    _fail(waiting.outcome, err)
                return
            for waiting in batch:
                await self._settle([waiting])
            return
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, DomainError):
                _fail(waiting.outcome, outcome)
            elif not waiting.outcome.done():
                waiting.outcome.set_result(outcome)


def _fail(outcome: asyncio.Future[OutcomeT], err: Exception) -> None:
    if not outcome.done():
        outcome.set_exception(err)
        # The caller may have gone; its error is then nobody's news.
        outcome.exception()

"""A process of the simulation: all that it does to the world is numbered, and it can stop there.

What a process does between two operations nobody outside can see, so a stop before every operation
(a command to the database, bytes onto the network) is a stop at every await point: whatever line
the process was at, the world is left as one of these stops leaves it.
"""

from __future__ import annotations

import asyncio
import contextvars
import weakref
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_REAP_TURNS = 200

_current: contextvars.ContextVar[Process | None] = contextvars.ContextVar("process", default=None)


class ProcessStoppedError(asyncio.CancelledError):
    """Unwinds a dead process: its cleanup runs, but reaches nothing outside any more."""


class ProcessGoneError(Exception):
    """Whoever called a process does not hear of it again."""


class Process:
    """What belongs together and dies together; a restart is another one."""

    def __init__(self, name: str, *, stop_at: int = 0) -> None:
        """`stop_at`: the number of the operation that it does not live to do; 0 is none."""
        self.name = name
        self.operations = 0
        self.effects: list[int] = []
        """Those operations after which the world is another; after the others a stop looks the
        same as before the next of these."""
        self.is_dead = False
        self.stop_at = stop_at
        self.sessions: set[Any] = set()
        """The driver's, that it has worked in."""
        self.on_stop: list[Callable[[], None]] = []
        self._tasks: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()
        self._context = contextvars.copy_context()
        self._context.run(_current.set, self)

    def operate(self, *, has_effect: bool) -> None:
        """Before each operation. Raises ProcessStoppedError where it is not to happen."""
        if not self.is_dead:
            self.operations += 1
            if has_effect:
                self.effects.append(self.operations)
            if self.operations != self.stop_at:
                return
            self.stop()
        raise ProcessStoppedError(self.name)

    def stop(self) -> None:
        """As by SIGKILL: from here on nothing that it does reaches the outside."""
        if self.is_dead:
            return
        self.is_dead = True
        for tell in self.on_stop:
            tell()
        for task in list(self._tasks):
            task.cancel()

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """A task that was started in it."""
        self._tasks.add(task)
        if self.is_dead:
            task.cancel()

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Runs something in it."""
        task: asyncio.Task[T] = self._context.run(asyncio.create_task, work)
        return task

    async def call(self, work: Coroutine[Any, Any, T]) -> T:
        """The same, waited for from outside. Errors: ProcessGoneError."""
        if self.is_dead:
            work.close()
            raise ProcessGoneError(self.name)
        task = self.start(work)
        await asyncio.wait([task])
        if task.cancelled() or self.is_dead:
            raise ProcessGoneError(self.name)
        return task.result()

    async def reap(self) -> None:
        """Until none of its tasks is left; they belong to nobody, and must not outlive a run."""
        left: list[asyncio.Task[Any]] = []
        for _ in range(_REAP_TURNS):
            left = [task for task in self._tasks if not task.done()]
            if not left:
                return
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=0.01)
        raise RuntimeError(f"tasks of {self.name} cannot be stopped: {left}")


def current_process() -> Process | None:
    """Whose code this is; None is the world's own."""
    return _current.get()

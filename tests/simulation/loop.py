"""The event loop of a simulation: virtual time, a network in memory, a database without threads.

- Time stands still while anything can happen, and then jumps to the next timer.
- The driver's commands to the real mongod run where they are awaited, one at a time, instead of in
  the driver's threads; their answers arrive a seeded moment later, so that tasks interleave as
  they do in life, but the same way each time.
- A write outside of a transaction waits until no transaction has written: the server would have
  it wait for the document, and with it the only thread that could end the transaction.
"""

from __future__ import annotations

import asyncio
import functools
import heapq
import random
import socket
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.simulation.network import Network
from tests.simulation.processes import Process, ProcessStoppedError, current_process

# Far from the real present: the server deletes by its own clock what has expired.
EPOCH = datetime(2030, 1, 7, 9, tzinfo=UTC)
_COMMAND_SECONDS = (0.0003, 0.004)
_WRITES = frozenset(
    {
        "insert_one", "insert_many", "update_one", "update_many", "replace_one", "delete_one",
        "delete_many", "bulk_write", "find_one_and_update", "find_one_and_replace",
        "find_one_and_delete",
    }
)  # fmt: skip
# No run takes longer; one that does waits for nothing.
_SECONDS_MAX = 30 * 86_400.0
_COMMIT = "commit_transaction"
_ENDS = frozenset({_COMMIT, "abort_transaction"})


class StandStillError(RuntimeError):
    """Somebody waits for what never comes: in life this process would hang for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Command:
    """A driver's call, as much of it as decides when it may run."""

    run: Callable[[], Any]
    name: str
    session: Any
    process: Process | None
    answer: asyncio.Future[Any]

    @property
    def writes_alone(self) -> bool:
        return self.name in _WRITES and (self.session is None or not self.session.in_transaction)


class SimulatedLoop(asyncio.SelectorEventLoop):
    """Use it for many runs: `rewind` before each."""

    def __init__(self) -> None:
        self._now = 0.0
        self._ends_at = _SECONDS_MAX
        super().__init__()
        self.network = Network(self)
        self.random = random.Random(0)
        self._aims: dict[socket.socket, int] = {}
        self._writing: set[Any] = set()
        self._waiting: deque[_Command] = deque()
        self.set_task_factory(_start_task)  # type: ignore[arg-type]
        self.set_exception_handler(_ignore_the_dead)

    def rewind(self, *, seed: int, at_seconds: float = 0.0) -> None:
        """Before a run, with nothing left of the last one."""
        if asyncio.all_tasks(self):
            raise RuntimeError(f"tasks of the last run are left: {asyncio.all_tasks(self)}")
        self._now = at_seconds
        self._ends_at = at_seconds + _SECONDS_MAX
        self._scheduled.clear()  # type: ignore[attr-defined]
        self._timer_cancelled_count = 0
        self._writing.clear()
        self._waiting.clear()
        self.random = random.Random(seed)
        self.network = Network(self)
        self.network.random = random.Random(seed + 1)

    def time(self) -> float:
        return self._now

    def clock(self) -> datetime:
        """The same as a date, cut to milliseconds as the service's clock is."""
        return EPOCH + timedelta(milliseconds=int(self._now * 1000))

    @property
    def writing(self) -> frozenset[Any]:
        """Sessions whose transactions have written and not ended."""
        return frozenset(self._writing)

    def sessions_ended(self, sessions: set[Any]) -> None:
        """The server has given up these sessions' transactions."""
        self._writing -= sessions
        self._let_writes_go()

    # Time

    def _run_once(self) -> None:
        if not self._ready and not self._stopping:  # type: ignore[attr-defined]
            self._pass_time()
        super()._run_once()  # type: ignore[misc]

    def _pass_time(self) -> None:
        scheduled: list[Any] = self._scheduled  # type: ignore[attr-defined]
        while scheduled and scheduled[0]._cancelled:
            heapq.heappop(scheduled)._scheduled = False
            self._timer_cancelled_count = max(self._timer_cancelled_count - 1, 0)
        if not scheduled or scheduled[0]._when > self._ends_at:
            raise StandStillError(f"nothing happens any more: {asyncio.all_tasks(self)}")
        self._now = max(self._now, scheduled[0]._when)

    # The database

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        process = current_process()
        name, session = _described(func)
        alone = session is None or not session.in_transaction
        if process is not None:
            process.operate(has_effect=name == _COMMIT or (name in _WRITES and alone))
        if process is not None and session is not None:
            process.sessions.add(session)
        command = _Command(
            run=lambda: func(*args),
            name=name,
            session=session,
            process=process,
            answer=self.create_future(),
        )
        if command.writes_alone and self._writing:
            self._waiting.append(command)
        else:
            self._run_command(command)
        return command.answer

    def _run_command(self, command: _Command) -> None:
        answer, result, error = command.answer, None, None
        try:
            result = command.run()
        except Exception as err:
            error = err
        if command.session is not None:
            if command.name in _ENDS or not command.session.in_transaction:
                self._writing.discard(command.session)
            elif command.name in _WRITES:
                self._writing.add(command.session)

        def arrive() -> None:
            if answer.done():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(result)

        self.call_later(self.random.uniform(*_COMMAND_SECONDS), arrive)
        self._let_writes_go()

    def _let_writes_go(self) -> None:
        while self._waiting and not self._writing:
            command = self._waiting.popleft()
            if command.process is None or not command.process.is_dead:
                self._run_command(command)

    # The network

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        if not self.network.has(address[1]):
            raise ConnectionRefusedError(111, f"nobody listens at {address}")
        self._aims[sock] = address[1]

    async def create_connection(self, protocol_factory: Any, *args: Any, **kwargs: Any) -> Any:
        sock = kwargs["sock"]
        port = self._aims.pop(sock)
        sock.close()
        return self.network.connect(protocol_factory, port)

    async def create_server(
        self, protocol_factory: Any, host: Any = None, port: Any = None, **_options: Any
    ) -> Any:
        return self.network.listen(protocol_factory, int(port or 0))


def _described(func: Callable[..., Any]) -> tuple[str, Any]:
    """The driver's method and the session that it works in, out of the partials around it."""
    arguments: dict[str, Any] = {}
    positional: tuple[Any, ...] = ()
    while isinstance(func, functools.partial):
        arguments |= func.keywords
        positional = (*func.args, *positional)
        func = func.func
    # The innermost is Context.run, whose first argument is the driver's function.
    called = positional[0] if positional else func
    name = getattr(called, "__name__", "")
    session = positional[1] if name in _ENDS else arguments.get("session")
    return name, session


def _start_task(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **options: Any
) -> asyncio.Task[Any]:
    context = options.get("context")
    process = current_process() if context is None else context.run(current_process)
    task = asyncio.Task(work, loop=loop, **options)
    if process is not None:
        process.adopt(task)
    return task


def _ignore_the_dead(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if not isinstance(context.get("exception"), ProcessStoppedError):
        loop.default_exception_handler(context)

"""`make run`: the stack, the demo and its sign-ins, up until Ctrl-C; no process is left behind."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import structlog
from rich.console import Console
from rich.table import Table

from deploy.local.demo import Replayed, as_table, replay_all
from deploy.local.folder import DEFAULT_FOLDER, FolderInUse
from deploy.local.log_errors import error_lines
from deploy.local.processes import ProcessFailed
from deploy.local.sandbox import SandboxRefused
from deploy.local.servers import ServerMissing
from deploy.local.sign_ins import SignIn, ensure_sign_ins
from deploy.local.sign_ins import as_table as sign_ins_table
from deploy.local.stack import PartDied, Stack
from services.chassis.errors import DomainError

_INTERRUPTED = 130
_LOG_ERRORS_TOLD_MAX = 10
_EXPECTED = (DomainError, FolderInUse, PartDied, ProcessFailed, SandboxRefused, ServerMissing)


class Session:
    """One `make run`, from the first process to the last."""

    def __init__(self, given: argparse.Namespace) -> None:
        self._given = given
        self._out = Console(highlight=False)
        self._is_up = False
        self._sign_ins: list[SignIn] = []

    async def run(self) -> int:
        """The exit code: 0 where all was well until it was told to stop."""
        work = asyncio.create_task(self._work())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Asked again, it goes on stopping: what is left behind would be worse than the wait.
            loop.add_signal_handler(number, self._interrupt, work)
        try:
            return await work
        except asyncio.CancelledError:
            self._say("stopped")
            return 0 if self._is_up else _INTERRUPTED
        except _EXPECTED as err:
            self._say(str(err))
            return 1

    def _interrupt(self, work: asyncio.Task[int]) -> None:
        if not work.cancelling():
            self._say("stopping")
            work.cancel()

    def _say(self, text: str) -> None:
        self._out.print(text, markup=False, soft_wrap=True)

    async def _work(self) -> int:
        folder: Path = self._given.folder
        self._say(f"starting Crewline in {folder}")
        async with Stack(folder=folder, free_ports=self._given.free_ports, say=self._say) as stack:
            self._say(f"all of it ready in {stack.ready_seconds:.1f} s")
            watch = asyncio.create_task(stack.watch())
            try:
                is_well = await self._demo(stack, watch)
                if self._given.demo_only:
                    return 0 if is_well else 1
                self._out.print(_places(stack))
                self._say("")
                console = f"{stack.target()['gateway']}/sign-in"
                self._out.print(sign_ins_table(self._sign_ins, console=console))
                self._is_up = True
                self._say("one operator runs this alone: corrections need no second person here")
                self._say("up until Ctrl-C")
                await watch
            finally:
                watch.cancel()
        return 0

    async def _demo(self, stack: Stack, watch: asyncio.Task[None]) -> bool:
        demo = asyncio.create_task(self._replay(stack))
        try:
            await asyncio.wait({demo, watch}, return_when=asyncio.FIRST_COMPLETED)
            if watch.done():
                watch.result()
            outcomes = demo.result()
        finally:
            demo.cancel()
            await asyncio.wait({demo})
        return self._given.no_demo or self._tell(stack, outcomes)

    async def _replay(self, stack: Stack) -> list[Replayed]:
        """The replays, and whoever of their people may sign in; without them, the operator may."""
        outcomes: list[Replayed] = []
        if not self._given.no_demo:
            again = self._given.demo or self._given.demo_only
            outcomes = await replay_all(stack.folder, again=again, say=self._say)
        self._sign_ins = await ensure_sign_ins(
            stack.folder,
            target=stack.target(),
            reports=[outcome.report for outcome in outcomes],
            say=self._say,
        )
        return outcomes

    def _tell(self, stack: Stack, outcomes: Sequence[Replayed]) -> bool:
        self._out.print(as_table(outcomes))
        for outcome in outcomes:
            for problem in outcome.problems:
                self._say(f"WRONG  {outcome.recording.name}: {problem}")
        complaints = list(error_lines(stack.folder.log_file(name) for name in stack.parts))
        for complaint in complaints[:_LOG_ERRORS_TOLD_MAX]:
            self._say(f"WRONG  {complaint}")
        self._say(f"{len(complaints)} errors in the logs")
        return not complaints and not any(outcome.problems for outcome in outcomes)


def _places(stack: Stack) -> Table:
    table = Table(title="Where everything is", title_justify="left", box=None, pad_edge=False)
    for heading in ("", "address", "metrics, at /metrics"):
        table.add_column(heading, overflow="fold")
    target = stack.target()
    for name, port in stack.ports.metrics.items():
        table.add_row(name, str(target[name]), f"127.0.0.1:{port}")
    table.add_row("mongod", str(target["mongo_uri"]))
    table.add_row("nats", str(target["nats_url"]))
    table.add_row("Stripe sandbox", str(target["sandbox_url"]))
    table.add_row("operator's API key", str(stack.folder.operator_key_file))
    table.add_row("for clients", str(stack.folder.target_file))
    table.add_row("sign-ins", str(stack.folder.sign_ins_file))
    table.add_row("logs", str(stack.folder.path / "log"))
    table.add_row("data", str(stack.folder.path))
    return table


def main() -> None:
    """Entry point."""
    given = _parse(sys.argv[1:])
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
    sys.exit(asyncio.run(Session(given).run()))


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.local.run",
        description="Starts all of Crewline on this machine, replays the demo, stays up.",
    )
    demo = parser.add_mutually_exclusive_group()
    demo.add_argument(
        "--demo-only", action="store_true", help="replay, report and stop; exit code 0 if all well"
    )
    demo.add_argument("--no-demo", action="store_true", help="only the stack")
    demo.add_argument("--demo", action="store_true", help="replay also what was replayed before")
    parser.add_argument("--folder", type=Path, default=DEFAULT_FOLDER, help="data, logs, secrets")
    parser.add_argument(
        "--free-ports", action="store_true", help="leave the documented ports to others"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()

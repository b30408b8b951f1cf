"""Thousands of pay days with everything that can go wrong: `make simulate`.

Every stop of every path that money takes, every stop of every trouble of each, seeds, the model of
the books, and a large pay day; what fails is printed with the command that plays it again. The same
command plays the same: hashes are seeded, too.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.local.servers import Mongod
from tests.simulation.cases import PARTS, PATHS, Asked, Case, cases_of
from tests.simulation.players import Ended, play_all, player_of_this_process

_FAILURES_MAX = 20
_TOLD_EVERY = 250
_MEMORY = Path("/dev/shm")


@dataclass(slots=True, kw_only=True)
class Tally:
    """What came of all runs."""

    runs: int = 0
    restarts: int = 0
    failed: int = 0


def main() -> int:
    """The number of failures decides the exit code."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(
            sys.executable,
            [sys.executable, "-m", "tests.simulation", *sys.argv[1:]],
            {**os.environ, "PYTHONHASHSEED": "0"},
        )
    given = _parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="crewline-simulate-", dir=_folder()))
    background = _Background()
    mongod = Mongod(folder=folder)
    try:
        background.run(mongod.start())
        return _simulate(mongod.uri, given)
    except KeyboardInterrupt:  # and SIGTERM: neither a server is left then, nor its files
        print("ended before all was played", file=sys.stderr)
        return 128 + signal.SIGINT
    finally:
        background.run(mongod.stop())
        shutil.rmtree(folder, ignore_errors=True)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make simulate ARGS=...", description=__doc__)
    parser.add_argument("--seeds", type=int, default=500, help="how many seeds")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--only", choices=PARTS, help="one part of it")
    parser.add_argument("--path", choices=(*PATHS, "all"), help="of the paths only this one")
    parser.add_argument("--fault", type=int, help="of a path's troubles only this one")
    parser.add_argument("--stop", type=int, help="of the stops only this one")
    parser.add_argument(
        "--effects", action="store_true", help="only stops before what changes something"
    )
    parser.add_argument("--every", type=int, default=1, help="of all cases one in so many")
    parser.add_argument("--payees", type=int, default=2_000, help="how many the load pays")
    parser.add_argument("--jobs", type=int, default=1, help="how many processes play at once")
    return parser.parse_args(arguments)


def _simulate(uri: str, given: argparse.Namespace) -> int:
    console, tally, started = Console(), Tally(), time.perf_counter()
    asked = Asked(
        seeds=given.seeds,
        first=given.first,
        payees=given.payees,
        path=given.path,
        fault=given.fault,
        stop=given.stop,
        effects=given.effects,
    )
    player = player_of_this_process(uri)
    player.end_on_signals()
    for part in PARTS:
        if given.only in (None, part) and tally.failed < _FAILURES_MAX:
            cases = list(cases_of(part, player.stage, asked))[:: given.every]
            # A large pay day is one case, and measures time.
            jobs = min(given.jobs, len(cases))
            _part(part, cases, play_all(cases, player=player, uri=uri, jobs=jobs), tally, console)
    player.close()
    seconds = time.perf_counter() - started
    console.print(
        f"{tally.runs:,} runs with {tally.restarts:,} restarts in {seconds:.0f} s"
        f" ({tally.runs / max(seconds, 0.001):.1f}/s): {tally.failed} failed"
    )
    return 1 if tally.failed or not tally.runs else 0


def _part(
    name: str, cases: list[Case], endings: Iterator[Ended], tally: Tally, console: Console
) -> None:
    columns = (TextColumn(f"{name:<7}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    began = time.perf_counter()
    before = tally.runs
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(name, total=len(cases))
        for ended in endings:
            tally.runs += 1
            if not console.is_terminal and not tally.runs % _TOLD_EVERY:
                done = f"{name}: {tally.runs - before:,} of {len(cases):,}"
                console.print(f"{done}, {tally.failed} failed", markup=False)
            tally.restarts += ended.restarts
            progress.advance(task)
            if not ended.failure:
                continue
            tally.failed += 1
            console.print(f"FAILED: {ended.failure}", markup=False)
            console.print(f"  {ended.case.what}", markup=False)
            console.print(f"  again: make simulate ARGS='{ended.case.again}'", markup=False)
            if tally.failed >= _FAILURES_MAX:
                console.print(f"{_FAILURES_MAX} failures are enough")
                break
    seconds = time.perf_counter() - began
    console.print(f"{name}: {tally.runs - before:,} runs in {seconds:.0f} s", markup=False)


def _folder() -> Path | None:
    """Nothing of this has to outlive a power cut: memory where there is some."""
    return _MEMORY if os.access(_MEMORY, os.W_OK) else None


class _Background:
    """The server's process belongs to a loop that no simulation stands still."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=90)


if __name__ == "__main__":
    sys.exit(main())

"""Thousands of pay days with everything that can go wrong: `make simulate`.

Every stop without any fault, every stop of every fault, seeds, and the model of the books; what
fails is printed with the command that plays it again. The same command plays the same: hashes are
seeded, too.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.local.servers import Mongod
from tests.simulation.cast import SMALL, WHOLE, Cast
from tests.simulation.load import large_pay_day
from tests.simulation.machine import run_machine
from tests.simulation.plans import Plan, every_fault, plan_of
from tests.simulation.stage import Stage, be_silent

PARTS = ("stops", "faults", "seeds", "model", "load")
_FAILURES_MAX = 20
_PAUSE_SECONDS = 5.0
_PACE_SHARE_MAX = 0.05
_MODEL_EXAMPLES = 10
_MODEL_STEPS = 30
_MEMORY = Path("/dev/shm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One run, and how to see it again."""

    what: str
    again: str
    play: Callable[[], int]
    """Returns how often a process was started again; raises what is wrong."""


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
    be_silent()
    folder = Path(tempfile.mkdtemp(prefix="crewline-simulate-", dir=_folder()))
    background = _Background()
    mongod = Mongod(folder=folder)
    try:
        background.run(mongod.start())
        stage = Stage.open(uri=mongod.uri, name="simulation")
        return _simulate(stage, given)
    finally:
        background.run(mongod.stop())
        shutil.rmtree(folder, ignore_errors=True)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make simulate ARGS=...", description=__doc__)
    parser.add_argument("--seeds", type=int, default=500, help="how many seeds")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--only", choices=PARTS, help="one part of it")
    parser.add_argument("--fault", type=int, help="of the faults only this one")
    parser.add_argument("--stop", type=int, help="of the stops only this one")
    parser.add_argument("--payees", type=int, default=2_000, help="how many the load pays")
    return parser.parse_args(arguments)


def _simulate(stage: Stage, given: argparse.Namespace) -> int:
    console, tally, started = Console(), Tally(), time.perf_counter()
    parts = {"stops": _stops, "faults": _faults, "seeds": _seeds, "model": _models, "load": _loads}
    for name, cases in parts.items():
        if given.only in (None, name):
            _part(name, list(cases(stage, given)), stage, tally, console)
    seconds = time.perf_counter() - started
    console.print(
        f"{tally.runs:,} runs with {tally.restarts:,} restarts in {seconds:.0f} s"
        f" ({tally.runs / max(seconds, 0.001):.1f}/s): {tally.failed} failed"
    )
    return 1 if tally.failed or not tally.runs else 0


def _part(name: str, cases: list[Case], stage: Stage, tally: Tally, console: Console) -> None:
    columns = (TextColumn(f"{name:<7}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        for case in progress.track(cases):
            tally.runs += 1
            try:
                tally.restarts += case.play()
            except Exception as err:
                tally.failed += 1
                console.print(f"FAILED: {type(err).__name__}: {err}", markup=False)
                console.print(f"  {case.what}", markup=False)
                console.print(f"  again: make simulate ARGS='{case.again}'", markup=False)
                if tally.failed >= _FAILURES_MAX:
                    console.print(f"{_FAILURES_MAX} failures are enough")
                    return


def _stops(stage: Stage, given: argparse.Namespace) -> Iterator[Case]:
    """Each operation of a pay day with three payees, one after another."""
    yield from _every_stop(stage, Plan(seed=0), WHOLE, "--only stops", given.stop)


def _faults(stage: Stage, given: argparse.Namespace) -> Iterator[Case]:
    """Each fault, and each stop of a payment that has to do with it."""
    for number, fault in enumerate(every_fault()):
        if given.fault in (None, number):
            plan = Plan(seed=0, faults=(fault,))
            yield from _every_stop(
                stage, plan, SMALL, f"--only faults --fault {number}", given.stop
            )


def _seeds(stage: Stage, given: argparse.Namespace) -> Iterator[Case]:
    for seed in range(given.first, given.first + given.seeds):
        again = f"--only seeds --first {seed} --seeds 1"
        yield _case(stage, plan_of(seed), WHOLE, again)


def _models(stage: Stage, given: argparse.Namespace) -> Iterator[Case]:
    """A tenth as many seeds, ten examples of Hypothesis' each."""
    for seed in range(given.first, given.first + max(given.seeds // _MODEL_EXAMPLES, 1)):

        def play(seed: int = seed) -> int:
            run_machine(stage, examples=_MODEL_EXAMPLES, steps=_MODEL_STEPS, seed=seed)
            return 0

        yield Case(
            what=f"the model with Hypothesis' seed {seed}",
            again=f"--only model --first {seed} --seeds 1",
            play=play,
        )


def _loads(stage: Stage, given: argparse.Namespace) -> Iterator[Case]:
    def play() -> int:
        load = large_pay_day(stage, payees=given.payees)
        # Told whatever comes of it.
        Console().print(load, f"{load.over_the_limit:+.2%} beside the limiter alone")
        assert abs(load.over_the_limit) < _PACE_SHARE_MAX
        return 0

    again = f"--only load --payees {given.payees}"
    yield Case(what=f"{given.payees:,} payees under the limiter", again=again, play=play)


def _case(stage: Stage, plan: Plan, cast: Cast, again: str) -> Case:
    return Case(what=str(plan), again=again, play=lambda: stage.play(plan, cast).restarts)


def _every_stop(
    stage: Stage, plan: Plan, cast: Cast, arguments: str, only: int | None
) -> Iterator[Case]:
    # How many there are, the run without a stop tells; it is a run like the others.
    yield _case(stage, plan, cast, f"{arguments} --stop 0")
    if only is not None:
        stops = [only] if only else []
    else:
        stops = list(range(1, stage.play(plan, cast).operations[0] + 1))
    for stop in stops:
        stopped = replace(plan, stops=(stop,), pauses_seconds=(_PAUSE_SECONDS,))
        yield _case(stage, stopped, cast, f"{arguments} --stop {stop}")


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

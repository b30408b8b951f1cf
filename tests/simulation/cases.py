"""What is played: every way of money, with each trouble it may have, stopped everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.simulation.cast import (
    ABROAD,
    BOTH_WAYS,
    BY_FILE,
    OWN_BANK,
    PAYING_IN,
    SMALL,
    WHOLE,
    Cast,
)
from tests.simulation.load import large_pay_day
from tests.simulation.machine import run_machine
from tests.simulation.plans import (
    CONNECT_CALLS,
    GLOBAL_CALLS,
    INCOMING_CALLS,
    Plan,
    every_fault,
    plan_of,
)
from tests.simulation.run import Played
from tests.simulation.stage import Stage

PARTS = ("stops", "faults", "seeds", "model", "load")
_PAUSE_SECONDS = 5.0
_PACE_SHARE_MAX = 0.05
MODEL_EXAMPLES = 10
_MODEL_STEPS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One way of money, alone: who is there, and what may happen to it."""

    cast: Cast
    faults: tuple[Plan, ...] = ()
    """Of its calls."""
    troubles: tuple[Plan, ...] = ()
    """Of banks, of what the platform has, and of what is told."""


def _faults(calls: tuple[tuple[str, str], ...]) -> tuple[Plan, ...]:
    return tuple(Plan(seed=0, faults=(one,)) for one in every_fault(calls))


_BANKS = (Plan(seed=0, bank_failure="account_closed"), Plan(seed=0, sends_back=True))
PATHS = {
    "connect": Path(
        cast=SMALL,
        faults=_faults(CONNECT_CALLS),
        troubles=(*_BANKS, Plan(seed=0, short="connect"), Plan(seed=0, lost_share=1.0)),
    ),
    "global": Path(
        cast=ABROAD,
        faults=_faults(GLOBAL_CALLS),
        troubles=(*_BANKS, Plan(seed=0, short="global"), Plan(seed=0, lost_share=1.0)),
    ),
    "file": Path(cast=BY_FILE, troubles=(*_BANKS, Plan(seed=0, twice_share=1.0))),
    "incoming": Path(
        cast=PAYING_IN,
        faults=_faults(INCOMING_CALLS),
        troubles=(
            Plan(seed=0, lost_share=1.0),
            Plan(seed=0, twice_share=1.0),
            Plan(seed=0, late_share=1.0),
            Plan(seed=0, disputed="won", twice_share=0.5),
            Plan(seed=0, disputed="lost", late_share=0.5),
        ),
    ),
    "bank": Path(cast=OWN_BANK, troubles=(Plan(seed=0, processes=2), Plan(seed=1, processes=2))),
    "returns": Path(
        cast=BOTH_WAYS,
        troubles=(
            Plan(seed=0, disputed="lost", twice_share=1.0),
            Plan(seed=0, disputed="won", late_share=0.5),
            Plan(seed=0, refunded="whole", late_share=1.0),
            Plan(seed=0, refunded="part", twice_share=0.5),
            Plan(seed=0, refunded="failed", twice_share=1.0),
        ),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One run as data: a pay day where there is a cast, else the model or the load."""

    again: str
    plan: Plan
    cast: Cast | None = None
    closed: bool = False
    payees: int = 0

    @property
    def what(self) -> str:
        """For whoever looks into it."""
        if self.cast is not None:
            return str(self.plan)
        if self.payees:
            return f"{self.payees:,} payees under the limiter"
        return f"the model with Hypothesis' seed {self.plan.seed}"

    def play(self, stage: Stage) -> int:
        """How often a process was started again. Errors: what is wrong."""
        if self.cast is not None:
            return stage.play(self.plan, self.cast, closed=self.closed).restarts
        if self.payees:
            load = large_pay_day(stage, payees=self.payees)
            assert abs(load.over_the_limit) < _PACE_SHARE_MAX, load
            return 0
        run_machine(stage, examples=MODEL_EXAMPLES, steps=_MODEL_STEPS, seed=self.plan.seed)
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which of all cases; None is all of its kind."""

    seeds: int = 500
    first: int = 1
    payees: int = 2_000
    path: str | None = None
    fault: int | None = None
    stop: int | None = None
    effects: bool = False
    """Only stops before what changes something: before the rest the world is the same."""


def cases_of(part: str, stage: Stage, asked: Asked) -> Iterator[Case]:
    """Every case of a part; where stops are counted, a run without a stop tells how many."""
    match part:
        case "stops":
            yield from _stops(stage, asked)
        case "faults":
            yield from _troubles(stage, asked)
        case "seeds":
            for seed in range(asked.first, asked.first + asked.seeds):
                again = f"--only seeds --first {seed} --seeds 1"
                yield Case(again=again, plan=plan_of(seed), cast=WHOLE)
        case "model":
            for seed in range(asked.first, asked.first + max(asked.seeds // MODEL_EXAMPLES, 1)):
                yield Case(again=f"--only model --first {seed} --seeds 1", plan=Plan(seed=seed))
        case _:
            again = f"--only load --payees {asked.payees}"
            yield Case(again=again, plan=Plan(seed=0), payees=asked.payees)


def _stops(stage: Stage, asked: Asked) -> Iterator[Case]:
    """Each operation of each path alone, closing and all; then all paths at once."""
    for name, path in PATHS.items():
        if asked.path in (None, name):
            case = Case(again=f"--only stops --path {name}", plan=Plan(seed=0), cast=path.cast)
            yield from _every_stop(stage, case, asked)
    if asked.path in (None, "all"):
        case = Case(again="--only stops --path all", plan=Plan(seed=0), cast=WHOLE)
        yield from _every_stop(stage, case, asked, effects=True)


def _troubles(stage: Stage, asked: Asked) -> Iterator[Case]:
    """Each trouble of each path, and each stop of a payment that has to do with it."""
    for name, path in PATHS.items():
        if asked.path not in (None, name):
            continue
        for number, plan in enumerate((*path.faults, *path.troubles)):
            if asked.fault in (None, number):
                again = f"--only faults --path {name} --fault {number}"
                case = Case(again=again, plan=plan, cast=path.cast, closed=True)
                effects = number >= len(path.faults)
                yield from _every_stop(stage, case, asked, effects=effects)


def _every_stop(stage: Stage, case: Case, asked: Asked, *, effects: bool = False) -> Iterator[Case]:
    effects = effects or asked.effects
    yield replace(case, again=f"{case.again} --stop 0")
    for stop in [asked.stop] if asked.stop is not None else _stops_of(stage, case, effects):
        if stop:
            plan = replace(case.plan, stops=(stop,), pauses_seconds=(_PAUSE_SECONDS,))
            yield replace(case, again=f"{case.again} --stop {stop}", plan=plan)


def _stops_of(stage: Stage, case: Case, effects: bool) -> list[int]:
    assert case.cast is not None
    try:
        played = stage.play(case.plan, case.cast, closed=case.closed)
    except Exception:
        # It is a case of its own, which tells what is wrong.
        stage.renew()
        return []
    if case.closed:
        return until_paid(played, effects=effects)
    return list(played.effects if effects else range(1, played.operations[0] + 1))


def until_paid(played: Played, *, effects: bool) -> list[int]:
    """The stops between the order and the moment when all is done."""
    numbers = played.effects if effects else range(1, played.paid_at + 1)
    return [number for number in numbers if played.ordered_at <= number <= played.paid_at]

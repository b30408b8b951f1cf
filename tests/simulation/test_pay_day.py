"""Pay days that are stopped and hindered wherever they can be: money is neither lost nor doubled.

`make simulate` plays thousands of them.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.simulation.cast import SMALL, WHOLE
from tests.simulation.plans import Plan, every_fault, plan_of
from tests.simulation.stage import Stage

# Bounded here; the same seeds every time, and more of them with `make simulate`.
SEEDS = 5


def test_every_stop_of_a_payment_pays_it_once(stage: Stage) -> None:
    """G9, G10: from the order to the bank, before everything that a process does to the world."""
    path = stage.play(Plan(seed=0), SMALL)
    stops = [stop for stop in path.effects if path.ordered_at <= stop <= path.paid_at]
    restarts = 0
    for stop in stops:
        plan = Plan(seed=0, stops=(stop,), pauses_seconds=(5.0,))
        restarts += stage.play(plan, SMALL).restarts
    assert restarts == len(stops) > 25


@pytest.mark.parametrize("number", range(len(every_fault())))
def test_every_fault_with_a_stop_in_its_midst(stage: Stage, number: int) -> None:
    """G10, C1, C2: whatever a call ends with, and nobody there to hear it, or just so."""
    plan = Plan(seed=number, faults=(every_fault()[number],))
    # No webhook tells what the call did not: it has to be asked for, under the same key.
    path = stage.play(replace(plan, lost_share=1.0), SMALL)
    middle = (path.ordered_at + path.paid_at) // 2
    stage.play(replace(plan, stops=(middle,), pauses_seconds=(400.0,)), SMALL)


def test_a_bank_that_sends_money_back_is_paid_in_the_end(stage: Stage) -> None:
    """C7: the money comes back to the payee's balance, and goes out again once."""
    stage.play(Plan(seed=1, bank_failure="account_closed"), WHOLE)


@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
def test_seeds(stage: Stage, seed: int) -> None:
    """Several troubles at once; again: make simulate ARGS='--only seeds --first N --seeds 1'."""
    stage.play(plan_of(seed), WHOLE)


def test_a_seed_plays_the_same_again(stage: Stage) -> None:
    """What fails can be looked at: the same documents, byte for byte, in the end."""
    plan = plan_of(3)
    played = stage.play(plan, SMALL)
    assert stage.play(plan, SMALL) == played
    assert stage.play(replace(plan, seed=4), SMALL).digest != played.digest

"""Pay days that are stopped and hindered wherever they can be: money is neither lost nor doubled.

`make simulate` plays thousands of them. What is bounded here turns with the seed that pytest tells.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.simulation.cases import PATHS, until_paid
from tests.simulation.cast import SMALL, WHOLE
from tests.simulation.plans import CONNECT_CALLS, Plan, every_fault, plan_of
from tests.simulation.stage import Stage

# The same seeds every time, and one that others begin from.
SEEDS = 2
_STOPS_A_TURN = 5
# Of the faults, and of the other troubles, a turn plays one in so many.
_FAULT_TURNS, _TROUBLE_TURNS = 3, 2
_SEEDS_MAX = 100_000


def test_every_stop_of_a_payment_pays_it_once(stage: Stage) -> None:
    """G9, G10: from the order to the bank, before everything that a process does to the world."""
    stops = until_paid(stage.play(Plan(seed=0), SMALL, closed=True), effects=True)
    restarts = 0
    for stop in stops:
        plan = Plan(seed=0, stops=(stop,), pauses_seconds=(5.0,))
        restarts += stage.play(plan, SMALL, closed=True).restarts
    assert restarts == len(stops) > 25


@pytest.mark.parametrize("path", ["global", "file", "incoming", "bank", "returns"])
def test_stops_of_the_other_ways_of_money(stage: Stage, path: str, turn: int) -> None:
    """G9, G10: the same of Global Payouts, of files to a bank, of payments and top-ups.

    And of what clients send by bank and have back: two operators see to each transfer and refund.
    All stops in a few turns; again: make simulate ARGS='--only stops --path file'.
    """
    cast = PATHS[path].cast
    stops = until_paid(stage.play(Plan(seed=0), cast, closed=True), effects=True)
    turns = -(-len(stops) // _STOPS_A_TURN)
    chosen = stops[turn % turns :: turns]
    restarts = 0
    for stop in chosen:
        plan = Plan(seed=0, stops=(stop,), pauses_seconds=(5.0,))
        restarts += stage.play(plan, cast, closed=True).restarts
    assert restarts == len(chosen) > 0


@pytest.mark.parametrize("number", range(len(every_fault(CONNECT_CALLS))))
def test_every_fault_with_a_stop_in_its_midst(stage: Stage, number: int) -> None:
    """G10, C1, C2: whatever a call ends with, and nobody there to hear it, or just so."""
    plan = Plan(seed=number, faults=(every_fault(CONNECT_CALLS)[number],))
    # No webhook tells what the call did not: it has to be asked for, under the same key.
    path = stage.play(replace(plan, lost_share=1.0), SMALL, closed=True)
    middle = (path.ordered_at + path.paid_at) // 2
    stage.play(replace(plan, stops=(middle,), pauses_seconds=(400.0,)), SMALL, closed=True)


@pytest.mark.parametrize("path", ["global", "incoming"])
def test_faults_of_the_other_calls(stage: Stage, path: str, turn: int) -> None:
    """G10, C2, C5: outbound payments, top-ups, payments; in the next turns it is stopped, too.

    Again: make simulate ARGS='--only faults --path global'.
    """
    for plan in PATHS[path].faults[turn % _FAULT_TURNS :: _FAULT_TURNS]:
        if turn // _FAULT_TURNS % 2:
            hindered = replace(plan, lost_share=1.0)
        else:
            hindered = replace(plan, stops=(60,), pauses_seconds=(400.0,))
        stage.play(hindered, PATHS[path].cast, closed=True)


@pytest.mark.parametrize("path", sorted(PATHS))
def test_banks_that_refuse_and_money_that_is_short(stage: Stage, path: str, turn: int) -> None:
    """C3, C7, C18: refused, sent back after it was paid, or not covered: paid once in the end.

    And what a client paid, which goes back after the client has taken out all that it had: the
    client owes it, once.
    """
    for plan in PATHS[path].troubles[turn % _TROUBLE_TURNS :: _TROUBLE_TURNS]:
        stage.play(plan, PATHS[path].cast, closed=True)


def test_a_bank_that_sends_money_back_is_paid_in_the_end(stage: Stage) -> None:
    """C7: the money comes back to the payee's balance, and goes out again once."""
    stage.play(Plan(seed=1, bank_failure="account_closed"), SMALL, closed=True)


@pytest.mark.parametrize("place", range(SEEDS + 1))
def test_seeds(stage: Stage, place: int, turn: int) -> None:
    """Several troubles at once, on all ways of money; what fails says how it is played again."""
    seed = place + 1 if place < SEEDS else turn % _SEEDS_MAX
    try:
        stage.play(plan_of(seed), WHOLE)
    except Exception as err:
        err.add_note(f"again: make simulate ARGS='--only seeds --first {seed} --seeds 1'")
        raise


def test_a_seed_plays_the_same_again(stage: Stage) -> None:
    """What fails can be looked at: the same documents, byte for byte, in the end."""
    plan = plan_of(3)
    digests = []
    for seed in (3, 3, 4):
        stage.play(replace(plan, seed=seed), SMALL)
        digests.append(stage.database.digest())
    assert digests[0] == digests[1] != digests[2]

"""A pay day takes as long as Stripe's limit makes it, and no longer."""

from __future__ import annotations

from tests.simulation.load import large_pay_day
from tests.simulation.stage import Stage

# `make simulate ARGS='--only load --payees 100000'` is the whole of it.
PAYEES = 250


def test_transfers_go_out_at_the_pace_of_the_limit(stage: Stage) -> None:
    """25 a second: the time is the number of payees by 25, within a twentieth."""
    load = large_pay_day(stage, payees=PAYEES)
    assert abs(load.over_the_limit) < 0.05, load

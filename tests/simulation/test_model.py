"""The service beside a model of its books, in whatever order Hypothesis thinks of."""

from __future__ import annotations

from tests.simulation.machine import run_machine
from tests.simulation.stage import Stage

# Bounded here, and the same every time; `make simulate` takes new ones for every seed.
EXAMPLES = 8
STEPS = 20


def test_the_books_are_the_models_whatever_happens(stage: Stage) -> None:
    """G1, G3, G5, G8: balances are the model's after every step, and everybody is paid once."""
    run_machine(stage, examples=EXAMPLES, steps=STEPS)

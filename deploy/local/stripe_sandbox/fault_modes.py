"""What can go wrong with a call on purpose; fault_plans.py tells what each mode does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# What strikes before a call is read, and what strikes its execution.
REFUSING: Final = frozenset({"429", "409", "reset"})
EXECUTING: Final = frozenset(
    {
        "clock_skew",
        "delay",
        "drop_response",
        "500_after_commit",
        "500_before_commit",
        "stale_list",
    }
)
# Faults that take `seconds`.
TIMED: Final = frozenset({"clock_skew", "delay", "stale_list"})
MODES: Final = REFUSING | EXECUTING


@dataclass(slots=True, kw_only=True)
class Fault:
    """One armed fault; `path` may hold `*` wildcards."""

    method: str
    path: str
    mode: str
    count: int
    seconds: float = 0.0
    code: str | None = None

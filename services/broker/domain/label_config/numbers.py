"""Numbers as JSON brings them: whole, broken, endless, or none at all."""

from __future__ import annotations

import math
from typing import Any, TypeGuard

MAGNITUDE_MAX = 1e15
"""Beyond it a float no longer tells whole numbers apart."""

_PLACES = 4


def is_number(value: Any) -> TypeGuard[int | float]:
    """A finite number that is no more than MAGNITUDE_MAX; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= MAGNITUDE_MAX and math.isfinite(value)


def is_whole(value: Any) -> TypeGuard[int]:
    """A whole number from 0 on."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAGNITUDE_MAX


def plain(value: int | float) -> int | float:
    """One number in one way: 50.0 is 50, and -0.0 is 0."""
    return int(value) if value == int(value) else value


def rounded(value: int | float) -> int | float:
    """A place on the screen or in time, as fine as anybody can point: four places."""
    return plain(round(value, _PLACES))

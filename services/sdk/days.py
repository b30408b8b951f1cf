"""Days as people write them, `2026-01-31`."""

from __future__ import annotations

import re
from datetime import date

from .errors import InvalidRequest

# `date.fromisoformat` also takes 20260131 and 2026-W05-6, which the platform does not.
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def parse_day(text: str) -> str:
    """The day as it is sent. Errors: InvalidRequest."""
    day = text.strip()
    try:
        if _DAY.fullmatch(day) is None:
            raise ValueError(day)
        date.fromisoformat(day)
    except ValueError as err:
        raise InvalidRequest(
            f"{text!r} is no day: write it as 2026-01-31", reason="DAY_INVALID"
        ) from err
    return day

"""The W3C trace context of the work at hand: from a call's metadata into the events it causes."""

from __future__ import annotations

import re
from contextvars import ContextVar

TRACEPARENT = "traceparent"
_FORMAT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

_current: ContextVar[str] = ContextVar("traceparent", default="")


def current_traceparent() -> str:
    """Of the call or event that is being handled; "" where it brought none, or for a batch."""
    return _current.get()


def set_traceparent(value: str) -> None:
    """What a caller sent; anything that is no traceparent counts as none."""
    _current.set(value if _FORMAT.fullmatch(value) else "")

"""Waiting for a condition with a deadline, instead of sleeping."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any


async def eventually(probe: Callable[[], Any], *, what: str, timeout_seconds: float = 20.0) -> Any:
    """The first true answer of a probe, plain or async; fails the test without one in time."""
    deadline = time.monotonic() + timeout_seconds
    pause = 0.005
    while True:
        answer = probe()
        value = await answer if inspect.isawaitable(answer) else answer
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not in {timeout_seconds} s: {what} (last answer: {value!r})")
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 0.1)

"""Waiting for a condition with a deadline, instead of sleeping."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


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


def until(probe: Callable[[], T | None], what: str, *, timeout_seconds: float = 60.0) -> T:
    """As `eventually`, for tests that block: most of these wait for a whole stack."""
    deadline = time.monotonic() + timeout_seconds
    pause = 0.005
    while not (answer := probe()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not in {timeout_seconds} s: {what} (last answer: {answer!r})")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
    return answer


async def at_rest(count: Callable[[], int], *, what: str, rest_seconds: float = 0.2) -> int:
    """The number, as soon as it is above zero and has not changed for so long."""
    seen, since = 0, time.monotonic()

    def rests() -> int:
        nonlocal seen, since
        if (now := count()) != seen:
            seen, since = now, time.monotonic()
        return seen if time.monotonic() - since >= rest_seconds else 0

    found: int = await eventually(rests, what=what)
    return found

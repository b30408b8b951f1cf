"""Trying again, with a deadline: what a service that is being restarted asks of its callers."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import TypeVar

from services.chassis.errors import Kind
from services.chassis.grpc_errors import RemoteError

T = TypeVar("T")

_PAUSE_SECONDS_MIN = 0.05
_PAUSE_SECONDS_MAX = 2.0
_TRANSIENT = frozenset({Kind.UNAVAILABLE, Kind.CONFLICT, Kind.EXHAUSTED})
# Codes that reach us as UNAVAILABLE although trying again does not mend them.
_FINAL_REASONS = frozenset({"INTERNAL", "UNKNOWN", "UNIMPLEMENTED", "DATA_LOSS", "OUT_OF_RANGE"})


class OutOfTime(Exception):
    """What was waited for did not come about in time."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment of the monotonic clock."""

    at_seconds: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """So many seconds from now."""
        return cls(time.monotonic() + seconds)

    @property
    def left_seconds(self) -> float:
        """0 once it has passed."""
        return max(0.0, self.at_seconds - time.monotonic())

    def within(self, seconds: float) -> Deadline:
        """The same, but no later than so many seconds from now."""
        return Deadline(min(self.at_seconds, time.monotonic() + seconds))


def is_transient(err: RemoteError) -> bool:
    """Another attempt may well succeed."""
    return err.kind in _TRANSIENT and err.reason not in _FINAL_REASONS


async def persist(
    attempt: Callable[[], Awaitable[T]],
    *,
    deadline: Deadline,
    early: Collection[str] = (),
    final: Collection[str] = (),
) -> T:
    """The first success of an attempt that is safe to repeat.

    Transient refusals are tried again, and so are the reasons in `early`, which mean that an event
    has not arrived yet; those in `final` are not.

    Errors:
        RemoteError: the refusal, or at the deadline the last one.
    """
    pause = _PAUSE_SECONDS_MIN
    while True:
        try:
            return await attempt()
        except RemoteError as err:
            again = (is_transient(err) or err.reason in early) and err.reason not in final
            if not again or deadline.left_seconds <= pause:
                raise
        # Spread out, so that callers who failed together do not come back together.
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(pause * 2, _PAUSE_SECONDS_MAX)


async def wait_until(
    probe: Callable[[], Awaitable[T | None]],
    *,
    deadline: Deadline,
    what: str,
    pause_seconds_max: float = 1.0,
) -> T:
    """The probe's first answer that is not None. Errors: OutOfTime."""
    pause = _PAUSE_SECONDS_MIN
    while True:
        answer = await probe()
        if answer is not None:
            return answer
        if deadline.left_seconds <= pause:
            raise OutOfTime(f"not in time: {what}")
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, pause_seconds_max)

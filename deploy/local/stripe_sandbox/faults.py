"""Faults that a test arms for the next matching requests, and held calls."""

from __future__ import annotations

import asyncio
from fnmatch import fnmatchcase
from typing import Final

from deploy.local.stripe_sandbox.clock import Clock
from deploy.local.stripe_sandbox.fault_modes import Fault

_MAX_ARMED: Final = 1000
# However far off the sandbox's clock says the end of a delay is, nobody waits longer than this.
_LONGEST_HOLD_SECONDS: Final = 120.0


class Faults:
    """Armed faults in order; they live in memory and die with the process."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []
        self._released = asyncio.Event()
        self._moved = asyncio.Event()

    def arm(self, fault: Fault) -> None:
        """Add a fault behind those already armed."""
        if len(self._armed) >= _MAX_ARMED:
            raise ValueError(f"{_MAX_ARMED} faults are armed already")
        self._armed.append(fault)

    @property
    def armed(self) -> int:
        """How many faults have shots left."""
        return len(self._armed)

    def disarm(self) -> int:
        """Drop every armed fault, let delayed calls go on, and return how many were armed."""
        dropped = len(self._armed)
        self._armed.clear()
        self.release()
        return dropped

    def release(self) -> None:
        """Let every held call go on."""
        self._released.set()
        self._released = asyncio.Event()
        self.clock_moved()

    def clock_moved(self) -> None:
        """Have held calls look at the clock again."""
        self._moved.set()
        self._moved = asyncio.Event()

    async def hold(self, seconds: float, clock: Clock) -> None:
        """Keep a call waiting until the clock says so, or until held calls are released."""
        released, end = self._released, clock.now() + seconds
        try:
            async with asyncio.timeout(_LONGEST_HOLD_SECONDS):
                while not released.is_set() and (left := end - clock.now()) > 0:
                    await self._wait_for_clock(left)
        except TimeoutError:
            return

    async def _wait_for_clock(self, seconds: float) -> None:
        moved = self._moved
        try:
            async with asyncio.timeout(seconds):
                await moved.wait()
        except TimeoutError:
            return

    def take(self, method: str, path: str, modes: frozenset[str]) -> Fault | None:
        """Use up one shot of the first armed fault that matches."""
        for fault in self._armed:
            if fault.mode in modes and fault.method == method and fnmatchcase(path, fault.path):
                fault.count -= 1
                if fault.count <= 0:
                    self._armed.remove(fault)
                return fault
        return None

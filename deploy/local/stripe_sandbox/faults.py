"""Faults that a test arms in advance: the next matching requests fail the way it asks for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

REFUSING: Final = frozenset({"429", "409"})
EXECUTING: Final = frozenset({"drop_response", "500_after_commit", "500_before_commit", "delay"})
MODES: Final = REFUSING | EXECUTING
_MAX_ARMED: Final = 1000


@dataclass(slots=True, kw_only=True)
class Fault:
    """One armed fault; `path` may hold `*` wildcards."""

    method: str
    path: str
    mode: str
    count: int
    seconds: float = 0.0
    code: str | None = None


class Faults:
    """Armed faults in order; they live in memory and die with the process."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []
        self._released = asyncio.Event()

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
        self._released.set()
        self._released = asyncio.Event()
        return dropped

    async def hold(self, seconds: float) -> None:
        """Keep a call waiting, until the faults are cleared if that is sooner."""
        try:
            async with asyncio.timeout(seconds):
                await self._released.wait()
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

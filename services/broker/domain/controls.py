"""Control tasks: in which order a contractor meets them, and how often.

A claim is ordinary tasks with control tasks among them: each of its tasks is one with the chance of
the contractor's share, so that nobody can tell by counting. Where nothing ordinary is left, no
control task is handed out either: they measure work, they are not work of their own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from hashlib import blake2b

from services.broker.domain.queue import Candidate, OpenTask

GOLD_SHARE_DEFAULT = 0.1
CONTROLS_MAX = 200
"""So many of a project's control tasks are in use at a time: those with the lowest draw."""

_DRAW_BYTES = 7


def control_draw(task_id: str) -> int:
    """Where the task stands among a project's control tasks: anywhere, and always there."""
    return _draw(task_id)


def controls_due(rolls: Iterable[float], *, share: float) -> int:
    """How many of a claim's tasks are control tasks; one roll, from 0 up to 1, a task."""
    return sum(roll < share for roll in rolls)


class ControlQueue:
    """One project's control tasks in memory, by draw."""

    def __init__(self, tasks: Iterable[tuple[int, OpenTask]] = ()) -> None:
        ordered = sorted(tasks, key=lambda drawn: drawn[0])
        self._draws = [draw for draw, _ in ordered]
        self._tasks = [task for _, task in ordered]

    def take(self, contractor_id: str, count: int) -> list[Candidate]:
        """Up to `count` that the contractor has not had, from a place of their own on."""
        first = bisect_left(self._draws, _draw(contractor_id))
        taken: list[Candidate] = []
        for task in (*self._tasks[first:], *self._tasks[:first]):
            if len(taken) == count:
                break
            if task.free and contractor_id not in task.holders:
                slot, attempt = task.free.pop()
                task.holders.add(contractor_id)
                taken.append(Candidate(task=task, slot=slot, attempt=attempt))
        return taken


def _draw(key: str) -> int:
    digest = blake2b(key.encode(), digest_size=_DRAW_BYTES, person=b"control")
    return int.from_bytes(digest.digest(), "big")

"""What a scorer promises, and what all of them share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol
from zlib import crc32

from services.quality.domain.keys import UNIT
from services.quality.domain.skills import Skills
from services.quality.domain.types import Answer, Scored, Task


class Scorer(Protocol):
    """Pure: the same task, answers and skills give the same result."""

    def score(self, task: Task, answers: Sequence[Answer], skills: Skills) -> Scored:
        """Infer the task's truth from its answers.

        `skills` must not contain what this task credited before, or contractors confirm
        themselves; the credits returned are the task's whole contribution.
        """
        ...


def likeliest(weights: Mapping[str, float], *, salt: str) -> str:
    """The best label; ties fall by hash, for a fixed order would favour one label throughout."""
    top = max(weights.values()) * (1.0 - 1e-9)
    tied = [label for label, weight in weights.items() if weight >= top]
    if len(tied) == 1:
        return tied[0]
    return min(tied, key=lambda label: (crc32(f"{salt}|{label}".encode()), label))


def in_units(posterior: Mapping[str, float], *, label: str) -> dict[str, int]:
    """The posterior in whole units that sum to `UNIT` exactly; the remainder is `label`'s."""
    units = {name: n for name, p in posterior.items() if (n := round(p * UNIT)) and name != label}
    units[label] = UNIT - sum(units.values())
    return units

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

        `skills` must not contain what this task credited before (else contractors confirm
        themselves); the credits returned are the task's whole contribution.
        """
        ...


def best(posterior: Mapping[str, float], *, salt: str) -> str:
    """The likeliest label; ties fall by hash, for a fixed order would favour one label throughout."""
    top = max(posterior.values()) - 1e-12
    tied = [label for label, p in posterior.items() if p >= top]
    if len(tied) == 1:
        return tied[0]
    return min(tied, key=lambda label: (crc32(f"{salt}|{label}".encode()), label))


def in_units(posterior: Mapping[str, float]) -> dict[str, int]:
    """The posterior in integer units that sum to `UNIT` exactly; zeros left out."""
    units = {label: round(p * UNIT) for label, p in posterior.items()}
    largest = max(units, key=units.__getitem__)
    units[largest] += UNIT - sum(units.values())
    return {label: n for label, n in units.items() if n}

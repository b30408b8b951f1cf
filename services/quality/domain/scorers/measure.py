"""What a kind of answer knows about two of its values, and of many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Measure(Protocol):
    """Compares values of one kind. Pure, symmetric, and 1 for a value and itself.

    None of these refuses a value: one that cannot be read is compared for equality alone.
    """

    def closeness(self, one: str, other: str) -> float:
        """How much two values have in common, from 0 to 1: skill and support are made of it."""
        ...

    def agreement(self, one: str, other: str) -> float:
        """How far one value may stand for the other, from 0 to 1: what answers are judged by."""
        ...

    def agrees(self, one: str, other: str) -> bool:
        """Whether one of them counts as right where the other is true."""
        ...

    def merged(self, values: Sequence[str], weights: Sequence[float], *, salt: str) -> str | None:
        """One value out of all; None where the best supported of them stands for all."""
        ...


class PlainMeasure:
    """A measure with one number for everything, and right from some of it on."""

    right_from = 1.0

    def closeness(self, one: str, other: str) -> float:
        return equal(one, other)

    def agreement(self, one: str, other: str) -> float:
        return self.closeness(one, other)

    def agrees(self, one: str, other: str) -> bool:
        return self.agreement(one, other) >= self.right_from

    def merged(self, values: Sequence[str], weights: Sequence[float], *, salt: str) -> str | None:
        return None


def equal(one: str, other: str) -> float:
    return 1.0 if one == other else 0.0

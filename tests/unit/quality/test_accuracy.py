"""Estimates carry the interval that their evidence allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.quality.domain.accuracy import accuracy_of, wilson
from services.quality.domain.types import Skill
from tests.unit.quality.samples import answered, no_skills, task_of


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    # Published values: Newcombe 1998, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)],
)
def test_the_interval_is_wilsons(right: int, total: int, low: float, high: float) -> None:
    assert wilson(right, total) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_interval_holds_the_share_and_narrows_with_more(right: int, more: int) -> None:
    total = right + more
    low, high = wilson(right, total)
    assert 0.0 <= low <= right / total <= high <= 1.0
    tighter_low, tighter_high = wilson(right * 4, total * 4)
    assert tighter_high - tighter_low < high - low


def test_nothing_known_is_anything() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    accuracy = accuracy_of(Skill(contractor_id="ctr_1"))
    assert (accuracy.answers, accuracy.gold, accuracy.consensus) == (0, None, None)


def test_gold_and_consensus_are_told_apart() -> None:
    skills = no_skills()
    for i in range(4):
        task = task_of(f"gold_{i}", gold="yes")
        answered(task, [("a", "yes" if i else "no")], skills=skills)
    for i in range(6):
        answered(task_of(f"tsk_{i}"), [(who, "yes") for who in "abc"], skills=skills)
    accuracy = accuracy_of(skills.skill("a"))
    assert accuracy.answers == 10
    assert accuracy.gold is not None
    assert (accuracy.gold.value, accuracy.gold.weight) == (0.75, 4)
    assert accuracy.consensus is not None
    assert accuracy.consensus.weight == 10
    assert accuracy.gold.value < accuracy.consensus.value < 1.0
    assert accuracy.consensus.high - accuracy.consensus.low < accuracy.gold.high - accuracy.gold.low

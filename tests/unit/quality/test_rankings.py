"""Strengths out of comparisons: by one fit, and moved on one by one."""

from __future__ import annotations

import random

import pytest

from services.quality.domain.rankings import Compared, Strength, compared, fit, ranking, updated

LABELS = ("model_a", "model_b", "tie")


def _simulated(count: int, *, seed: int = 1) -> list[Compared]:
    draw = random.Random(seed)
    found = []
    for _ in range(count):
        first, second = draw.sample(range(5), 2)
        chance = 1 / (1 + 2.0 ** (first - second))
        outcome = 0.5 if draw.random() < 0.1 else float(draw.random() < chance)
        found.append(Compared(first=f"i{first}", second=f"i{second}", outcome=outcome))
    return found


def _ratings(strengths: dict[str, Strength]) -> dict[str, float]:
    return {rated.item: rated.rating for rated in ranking(strengths)}


def test_a_fit_finds_the_order_whatever_the_order_of_what_was_said() -> None:
    told = _simulated(2_000)
    fitted = _ratings(fit(told))
    assert list(fitted) == ["i0", "i1", "i2", "i3", "i4"]
    shuffled = list(told)
    random.Random(2).shuffle(shuffled)
    assert _ratings(fit(shuffled)) == pytest.approx(fitted, abs=1e-3)


def test_times_are_as_many_comparisons() -> None:
    once = [Compared(first="a", second="b", outcome=1.0) for _ in range(7)]
    assert _ratings(fit(once)) == pytest.approx(
        _ratings(fit([Compared(first="a", second="b", outcome=1.0, times=7)]))
    )


def test_one_by_one_comes_near_the_fit() -> None:
    told = _simulated(2_000)
    fitted, moved = _ratings(fit(told)), _ratings(updated({}, told))
    assert moved == pytest.approx(fitted, abs=25.0)


def test_ties_leave_two_alike_and_nothing_leaves_nothing() -> None:
    tied = ranking(fit([Compared(first="a", second="b", outcome=0.5, times=10)]))
    assert tied[0].rating == pytest.approx(tied[1].rating) == pytest.approx(1_000.0)
    assert fit([]) == {}
    assert ranking({}) == []


def test_what_was_preferred_is_read_out_of_names_and_places() -> None:
    def outcome(label: str, labels: tuple[str, ...] = LABELS) -> float | None:
        found = compared(label, ("x", "y"), labels=labels)
        return found.outcome if found is not None else None

    assert [outcome(label) for label in LABELS] == [1.0, 0.0, 0.5]
    assert outcome("left", ("left", "right")) == 1.0
    assert outcome("mieux", ("mieux", "pire", "pareil")) == 1.0
    assert outcome("pareil", ("mieux", "pire", "pareil")) == 0.5
    assert outcome("nowhere") is None
    assert compared("tie", ("x", "x"), labels=LABELS) is None
    assert compared("tie", ("x",), labels=LABELS) is None

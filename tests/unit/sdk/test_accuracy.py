"""Accuracy on known examples: labels, fair ties, and the word error rate."""

from __future__ import annotations

import pytest

from services.sdk.replay.accuracy import (
    consensus_accuracy,
    consensus_error,
    majority_accuracy,
    mean_error,
    words,
)
from services.sdk.replay.crowd_file import Crowd, CrowdKind, RecordedAnswer
from services.sdk.replay.plan import Plan, plan_replay


def plan_of(rows: str, gold: dict[str, str], kind: CrowdKind = CrowdKind.CHOICE) -> Plan:
    """Rows as `task: label label …`, each by another worker."""
    answers = [
        RecordedAnswer(task, f"w{place}", label.replace("_", " "))
        for task, _, labels in (row.partition(": ") for row in rows.splitlines())
        for place, label in enumerate(labels.split())
    ]
    crowd = Crowd(kind=kind, answers=tuple(answers), gold=gold, labels=("a", "b", "c"))
    return plan_replay(crowd, gold_share=0, seed=1)


def test_the_consensus_is_compared_where_there_is_one() -> None:
    plan = plan_of("t1: a\nt2: a\nt3: b\nt4: a", {"t1": "a", "t2": "b", "t3": "b"})
    assert consensus_accuracy(plan, {"t1": "a", "t2": "a", "t4": "b"}) == 0.5
    assert consensus_accuracy(plan, {"t4": "b"}) is None


def test_a_tied_majority_is_worth_its_chance() -> None:
    plan = plan_of(
        "t1: a a b\nt2: a b\nt3: b b a\nt4: a b c", dict.fromkeys(("t1", "t2", "t3", "t4"), "a")
    )
    assert majority_accuracy(plan, tasks=["t1"]) == 1
    assert majority_accuracy(plan, tasks=["t2"]) == 0.5
    assert majority_accuracy(plan, tasks=["t3"]) == 0
    assert majority_accuracy(plan, tasks=["t1", "t2", "t3", "t4"]) == pytest.approx(
        (1 + 1 / 2 + 0 + 1 / 3) / 4
    )
    assert majority_accuracy(plan, tasks=[]) is None


def test_text_is_compared_by_words_without_case_and_punctuation() -> None:
    gold = {"t1": "it's a bird", "t2": "one two three four"}
    plan = plan_of("t1: It’s_a_bird. x\nt2: one_two_four", gold, CrowdKind.TEXT)
    consensus = {"t1": "it's THE bird!", "t2": "one two three four"}
    assert consensus_accuracy(plan, consensus) == pytest.approx(1 - 1 / 7)
    assert majority_accuracy(plan, tasks=["t1", "t2"]) == pytest.approx(1 - 1 / 7)


def test_no_accuracy_is_below_nothing() -> None:
    plan = plan_of("t1: a", {"t1": "a"}, CrowdKind.TEXT)
    assert consensus_accuracy(plan, {"t1": "b c d"}) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  It's, well—FINE. ", ["it's", "well", "fine"]),
        ("snake_case", ["snake", "case"]),
        ("Straße", ["strasse"]),
        ("...", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_numbers_are_judged_by_how_far_they_are() -> None:
    plan = plan_of("t1: 1 4\nt2: 10\nt3: 7", {"t1": "2", "t2": "8"}, CrowdKind.NUMERIC)
    consensus = {"t1": "3", "t2": "8.5", "t3": "1"}
    assert consensus_error(plan, consensus) == pytest.approx((1 + 0.5) / 2)
    assert mean_error(plan, tasks=["t1", "t2"]) == pytest.approx((0.5 + 2) / 2)
    assert consensus_error(plan, {}) is None
    assert consensus_accuracy(plan, consensus) is majority_accuracy(plan, tasks=["t1"]) is None
    labels = plan_of("t1: a", {"t1": "a"})
    assert consensus_error(labels, {"t1": "a"}) is mean_error(labels, tasks=["t1"]) is None

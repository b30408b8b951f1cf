"""Real people's answers through the scorer, in the three orders that they may come in.

"Standing" is where a task stood when its last answer had come, with nothing revisited. Floors lie a
little below what seeds 0 to 2 reach; figures and CPU time are printed (`pytest -rP`).
"""

from __future__ import annotations

from collections import Counter

import pytest
from rapidfuzz.distance import Levenshtein

from services.quality.domain.decisions import (
    Circumstances,
    QualityPolicy,
    Reason,
    Verdict,
    decide_task,
)
from services.quality.domain.risk import MeanRisk
from services.quality.domain.scorers.text import words
from services.quality.domain.types import Kind
from tests.unit.quality.recorded import ORDERS, Crowd, Streamed, fair_majority, load, stream

# Task by task, the first tasks are judged before anything is known of anybody: they stand lower
# until they are swept.
STANDING = {
    "bluebird": {"random": 0.88, "task": 0.84, "worker": 0.88},
    "rte": {"random": 0.92, "task": 0.92, "worker": 0.92},
    "dog": {"random": 0.825, "task": 0.815, "worker": 0.825},
    # The largest by far: the others show what the order does.
    "sp": {"random": 0.905},
}
SWEPT = {"bluebird": 0.88, "rte": 0.92, "dog": 0.825, "sp": 0.91}


@pytest.mark.parametrize(
    ("name", "order"), [(name, order) for name, floors in STANDING.items() for order in floors]
)
def test_choices_stand_as_high_as_the_best_batch_methods(name: str, order: str) -> None:
    crowd = load(name)
    streamed = stream(crowd, Kind.CHOICE, order=order)
    standing, swept, majority = (
        streamed.accuracy(),
        streamed.swept().accuracy(),
        fair_majority(crowd),
    )
    print(
        f"{name} {order}: standing {standing:.4f}, swept {swept:.4f}, majority {majority:.4f}, "
        f"{streamed.micros_per_answer:.0f} µs CPU an answer"
    )
    assert standing >= STANDING[name][order]
    assert swept >= SWEPT[name]
    assert standing > majority - 0.005


@pytest.mark.parametrize("name", ["bluebird", "dog"])
def test_labels_left_open_are_scored_as_well_as_named_ones(name: str) -> None:
    crowd = load(name)
    opened = stream(crowd, Kind.CHOICE, open_labels=True).accuracy()
    assert opened >= STANDING[name]["random"]


# Nobody in bluebird and dog has a record on gold so bad that it could not be bad luck.
@pytest.mark.parametrize(("name", "caught_floor"), [("bluebird", 0.0), ("dog", 0.0), ("rte", 0.2)])
def test_gold_in_the_stream_refuses_nearly_no_right_answer(name: str, caught_floor: float) -> None:
    streamed = stream(load(name), Kind.CHOICE, gold_share=0.1)
    accuracy, (honest, caught) = streamed.accuracy(), refused(streamed)
    print(f"{name}: accuracy {accuracy:.4f}; refused {honest:.4f} of right, {caught:.4f} of wrong")
    assert accuracy >= STANDING[name]["random"] - 0.005
    assert honest <= 0.01
    assert caught >= caught_floor


def refused(streamed: Streamed) -> list[float]:
    """Share of the right, and of the wrong answers that machines refuse at the defaults."""
    skills = streamed.store.load(set(streamed.store.skills))
    verdicts: dict[bool, list[bool]] = {True: [], False: []}
    for task_id, standing in streamed.standings.items():
        decisions = decide_task(standing, skills=skills, policy=QualityPolicy())
        for answer in standing.answers:
            right = answer.label == streamed.crowd.gold[task_id]
            decision = decisions[answer.assignment_id]
            verdicts[right].append(decision.verdict is Verdict.REJECT)
            if decision.verdict is Verdict.REJECT:
                assert decision.reason is Reason.FAILED_GOLD
    return [sum(verdicts[right]) / len(verdicts[right]) for right in (True, False)]


@pytest.mark.parametrize("name", ["bluebird", "dog", "rte", "sp"])
def test_a_tenth_for_people_finds_more_of_what_is_wrong_than_a_tenth_at_random(name: str) -> None:
    """And hardly a right answer is refused: 1.7 % at most, with 11 % to people."""
    streamed = stream(load(name), Kind.CHOICE, gold_share=0.1)
    skills = streamed.store.load(set(streamed.store.skills))
    policy, mean = QualityPolicy(review_share=0.1, review_seed=name), MeanRisk()
    verdicts: dict[bool, Counter[Verdict]] = {True: Counter(), False: Counter()}
    for task_id, standing in streamed.standings.items():
        decisions = decide_task(
            standing, skills=skills, policy=policy, circumstances=Circumstances(mean_risk=mean)
        )
        mean = mean.including([d.risk for d in decisions.values() if d.risk is not None])
        for answer in standing.answers:
            is_right = answer.label == streamed.crowd.gold[task_id]
            verdicts[is_right][decisions[answer.assignment_id].verdict] += 1
    right, wrong = verdicts[True], verdicts[False]
    looked_at = (right[Verdict.REVIEW] + wrong[Verdict.REVIEW]) / (right + wrong).total()
    refused_right = right[Verdict.REJECT] / right.total()
    found = wrong[Verdict.REVIEW] / (wrong.total() - wrong[Verdict.REJECT])
    print(f"{name}: refused {refused_right:.4f}, looked at {looked_at:.4f}, found {found:.4f}")
    assert refused_right <= 0.017
    assert looked_at <= 0.11
    assert found > 1.5 * looked_at


@pytest.mark.parametrize("order", ORDERS)
def test_preferences_agree_with_the_adjudicators_as_the_majority_does(order: str) -> None:
    crowd = load("mtbench")
    streamed = stream(crowd, Kind.PAIRWISE, order=order)
    majority = fair_majority(crowd)
    print(
        f"mtbench {order}: {streamed.accuracy():.4f}, majority {majority:.4f}, "
        f"{streamed.micros_per_answer:.0f} µs CPU an answer"
    )
    assert streamed.accuracy() >= majority - 0.005


def test_preferences_of_experts_agree_with_the_adjudicators_as_their_majority_does() -> None:
    """The adjudicators' own votes left out: what remains is hard, for anybody."""
    everyone = load("mtbench")
    rows = tuple(row for row in everyone.rows if not row.worker.startswith("author"))
    tasks = {row.task for row in rows}
    gold = {task: truth for task, truth in everyone.gold.items() if task in tasks}
    experts = Crowd(rows=rows, gold=gold)
    found = [stream(experts, Kind.PAIRWISE, order=order).accuracy() for order in ORDERS]
    print(f"mtbench experts: {found}, majority {fair_majority(experts):.4f}")
    assert sum(found) / len(found) >= fair_majority(experts) - 0.015


def word_error_rate(crowd: Crowd, texts: dict[str, str]) -> float:
    errors = total = 0
    for task, truth in crowd.gold.items():
        if task in texts:
            errors += Levenshtein.distance(words(texts[task]), words(truth))
            total += len(words(truth))
    return errors / total


@pytest.mark.parametrize("order", ORDERS)
def test_transcriptions_come_close_to_the_truth(order: str) -> None:
    crowd = load("crowdspeech_dev_clean", tasks=1_200)
    streamed = stream(crowd, Kind.TEXT, order=order)
    first = {t: s.answers[0].label for t, s in streamed.standings.items()}
    chosen = {t: s.scored.label or "" for t, s in streamed.standings.items()}
    rates = word_error_rate(crowd, first), word_error_rate(crowd, chosen)
    print(
        f"crowdspeech_dev_clean {order}: first answer {rates[0]:.4f}, chosen {rates[1]:.4f}, "
        f"{streamed.micros_per_answer:.0f} µs CPU an answer"
    )
    assert rates[1] <= 0.06 < rates[0]

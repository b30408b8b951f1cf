"""crowd-kit's and evalica's methods on the same answers, in the same process, one thread."""

from __future__ import annotations

import importlib
import random
import time
from collections import defaultdict
from collections.abc import Mapping
from math import exp
from typing import Any

from services.quality.domain.types import Kind
from tests.bench.quality.ours import Figures, figure_of
from tests.bench.quality.sets import RecordedSet
from tests.unit.quality.recorded import fair_majority

SLOW_ANSWERS_MAX = 9_000
"""Above it GLAD, MACE and MMSR do not end within the budget: earlier figures stand for them."""
ROVER_TASKS = 200
_SLOW = ("GLAD", "MACE", "MMSR")

EARLIER: Mapping[str, Figures] = {
    "d_product": {"GLAD": 0.928, "MACE": 0.930, "EBCC": 0.935, "BWA": 0.928},
    "sp": {"GLAD": 0.917, "MACE": 0.916, "MMSR": 0.901, "EBCC": 0.915, "BWA": 0.917},
    "s_adult": {"GLAD": 0.757, "MACE": 0.760, "MMSR": 0.751, "EBCC": 0.748, "BWA": 0.742},
    "bluebird": {"EBCC": 0.861, "BWA": 0.759},
    "rte": {"EBCC": 0.931, "BWA": 0.928},
    "dog": {"EBCC": 0.840, "BWA": 0.831},
    "cf": {"EBCC": 0.883, "BWA": 0.893},
    "ms": {"EBCC": 0.787, "BWA": 0.786},
}
"""Of methods that are not run here: EBCC and BWA as published (Li, Rubinstein and
Cohn, 2019), the others as crowd-kit 1.4.2 gave them once on these files."""
_BY_AUTHORS = frozenset({"EBCC", "BWA"})


def labels_of(found: RecordedSet, *, slow: bool) -> tuple[Figures, dict[str, float]]:
    """Accuracy by method, and seconds."""
    figures: Figures = {"MajorityVote, fair ties": fair_majority(found.crowd)}
    seconds: dict[str, float] = {}
    aggregation = importlib.import_module("crowdkit.aggregation")
    methods: dict[str, Any] = {
        "MajorityVote": aggregation.MajorityVote(),
        "DawidSkene": aggregation.DawidSkene(n_iter=100),
        "OneCoinDawidSkene": aggregation.OneCoinDawidSkene(n_iter=100),
    }
    if slow and found.answers <= SLOW_ANSWERS_MAX:
        methods |= {name: getattr(aggregation, name)() for name in _SLOW}
    frame = _frame(found)
    for name, method in methods.items():
        began = time.perf_counter()
        try:
            result = method.fit_predict(frame)
        except Exception as error:  # a library's method that fails on a set is a figure too
            print(f"  {found.name}: {name} failed: {type(error).__name__}: {error}")
            continue
        seconds[name] = time.perf_counter() - began
        figures[name] = figure_of(found.kind, found.crowd, dict(result), frozenset())
    earlier = {
        f"{name}, {'published' if name in _BY_AUTHORS else 'measured before'}": figure
        for name, figure in EARLIER.get(found.name, {}).items()
        if name not in figures
    }
    return {**figures, **earlier}, seconds


def text_of(found: RecordedSet, ours: Mapping[str, str]) -> Figures:
    """Word error rates of a first answer, of ROVER and of ours on ROVER's sample of tasks."""
    pandas = importlib.import_module("pandas")
    aggregation = importlib.import_module("crowdkit.aggregation")
    tasks = sorted(found.crowd.gold)
    sample = set(random.Random(1).sample(tasks, min(ROVER_TASKS, len(tasks))))
    rows = [row for row in found.crowd.rows if row.task in sample]
    frame = pandas.DataFrame(
        {"task": [r.task for r in rows], "worker": [r.worker for r in rows],
         "text": [r.label for r in rows]}
    )  # fmt: skip
    rover = aggregation.ROVER(
        tokenizer=lambda text: text.lower().split(" "), detokenizer=" ".join
    ).fit_predict(frame)
    first: dict[str, str] = {}
    for row in found.crowd.rows:
        first.setdefault(row.task, row.label)

    def rate(labels: Mapping[str, str], among: set[str]) -> float:
        kept = {task: text for task, text in labels.items() if task in among}
        return figure_of(Kind.TEXT, found.crowd, kept, frozenset())

    everything = set(found.crowd.gold)
    return {
        "first answer": rate(first, everything),
        f"ROVER on {len(sample)} tasks": rate(dict(rover), sample),
        f"ours on {len(sample)} tasks": rate(ours, sample),
    }


def numbers_of(found: RecordedSet) -> Figures:
    """Mean absolute errors of the mean and of the median."""
    values: dict[str, list[float]] = defaultdict(list)
    for row in found.crowd.rows:
        values[row.task].append(float(row.label))
    means = {task: str(sum(one) / len(one)) for task, one in values.items()}
    middle = {task: str(sorted(one)[len(one) // 2]) for task, one in values.items()}
    return {
        "mean": figure_of(Kind.NUMERIC, found.crowd, means, frozenset()),
        "upper median": figure_of(Kind.NUMERIC, found.crowd, middle, frozenset()),
    }


def rankings_of(found: RecordedSet, seed: int) -> Figures:
    """Share of held-out decisive comparisons that each fit says beforehand: a fifth held out."""
    draw = random.Random(seed)
    votes = [
        (*found.pairs[row.task], row.label, row.worker)
        for row in found.crowd.rows
        if row.task in found.pairs and row.label in {"model_a", "model_b"}
    ]
    draw.shuffle(votes)
    held, kept = votes[: len(votes) // 5], votes[len(votes) // 5 :]
    pandas = importlib.import_module("pandas")
    aggregation = importlib.import_module("crowdkit.aggregation")
    evalica = importlib.import_module("evalica")
    frame = pandas.DataFrame(
        [
            {"worker": who, "left": a, "right": b, "label": a if said == "model_a" else b}
            for a, b, said, who in kept
        ]
    )
    fits = {
        "BradleyTerry": dict(aggregation.BradleyTerry(n_iter=100).fit_predict(frame)),
        "NoisyBradleyTerry": dict(aggregation.NoisyBradleyTerry(n_iter=10).fit_predict(frame)),
        "evalica BradleyTerry": dict(
            evalica.bradley_terry(
                [a for a, *_ in kept],
                [b for _, b, *_ in kept],
                [
                    evalica.Winner.X if said == "model_a" else evalica.Winner.Y
                    for _, _, said, _ in kept
                ],
            ).scores
        ),
        "online Elo": _elo(kept),
    }
    return {name: _said_before(scores, held) for name, scores in fits.items()}


def _elo(votes: list[tuple[str, str, str, str]]) -> dict[str, float]:
    ratings: dict[str, float] = defaultdict(float)
    for a, b, said, _ in votes:
        expected = 1.0 / (1.0 + exp((ratings[b] - ratings[a]) / 173.7))
        change = 4.0 * ((said == "model_a") - expected)
        ratings[a] += change
        ratings[b] -= change
    return dict(ratings)


def _said_before(scores: Mapping[str, float], held: list[tuple[str, str, str, str]]) -> float:
    points = 0.0
    for a, b, said, _ in held:
        one, other = scores.get(a, 0.0), scores.get(b, 0.0)
        points += 0.5 if one == other else float((one > other) == (said == "model_a"))
    return points / max(len(held), 1)


def _frame(found: RecordedSet) -> Any:
    pandas = importlib.import_module("pandas")
    rows = found.crowd.rows
    return pandas.DataFrame(
        {
            "task": [row.task for row in rows],
            "worker": [row.worker for row in rows],
            "label": [row.label for row in rows],
        }
    )

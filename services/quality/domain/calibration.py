"""Confidence that means something: one temperature a project, fitted on tasks whose truth is known.

Posteriors of counters are over-confident, for people's mistakes are alike. Dividing log posteriors
by a temperature keeps their order and mends their size (Guo et al. 2017). It is fitted on what a
known task would have been without its truth (`standings.blind`), and used only where it helps on
known tasks that it was not fitted on.

    Sample(task_id=..., gold=..., posterior=..., unsaid=..., labels_count=...)
    fit(samples: Iterable[Sample]) -> Calibration
    calibrated(posterior, unsaid, labels_count, calibration) -> (posterior, unsaid)
    calibration_error(pairs of (confidence, right)) -> float
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from math import exp, fsum, log

SAMPLES_MIN = 20
"""Known tasks below which the temperature stays 1."""

SAMPLES_MAX = 500
"""Known tasks that are worth keeping: the latest."""

TEMPERATURE_MIN, TEMPERATURE_MAX = 0.5, 20.0

_FOLDS = 5
_LEAST = 1e-12
_PRIOR_TASKS = 2.0
_STEPS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """`nll_before` and `nll_after` are nats a known task that was held out, at 1 and as fitted."""

    temperature: float = 1.0
    gold_tasks: int = 0
    nll_before: float = 0.0
    nll_after: float = 0.0


UNCALIBRATED = Calibration()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A task whose truth is known, as it would stand without: `unsaid` falls to labels not named.

    `labels_count` is how many labels might have been true, those that nobody gave among them.
    """

    task_id: str
    gold: str
    posterior: Mapping[str, float] = field(default_factory=dict)
    unsaid: float = 0.0
    labels_count: int = 0


def fit(samples: Iterable[Sample]) -> Calibration:
    """The temperature that makes the truths likeliest; 1 where that does not help held-out tasks.

    Deterministic, and independent of the order of the samples: folds go by a hash of the task.
    """
    kept = sorted(samples, key=lambda sample: sample.task_id)
    points = [_point(sample) for sample in kept if sample.posterior]
    if len(points) < SAMPLES_MIN:
        return Calibration(gold_tasks=len(points))
    folds = [_fold(sample.task_id) for sample in kept if sample.posterior]
    held_out = []
    for fold in range(_FOLDS):
        rest = [point for point, at in zip(points, folds, strict=True) if at != fold]
        inverse = _fitted(rest) if rest else 1.0
        held_out += [
            _nll(point, inverse) for point, at in zip(points, folds, strict=True) if at == fold
        ]
    before = fsum(_nll(point, 1.0) for point in points) / len(points)
    after = fsum(held_out) / len(points)
    helps = after < before
    return Calibration(
        temperature=1.0 / _fitted(points) if helps else 1.0,
        gold_tasks=len(points),
        nll_before=before,
        nll_after=after if helps else before,
    )


def calibrated(
    posterior: Mapping[str, float], unsaid: float, labels_count: int, calibration: Calibration
) -> tuple[dict[str, float], float]:
    """The posterior at the fitted temperature; what nobody said is even among what is left."""
    if calibration.temperature == 1.0 or not posterior:
        return dict(posterior), unsaid
    others = _others(len(posterior), unsaid, labels_count)
    logs = [log(max(p, _LEAST)) for p in posterior.values()]
    if others:
        logs.append(log(max(unsaid / others, _LEAST)))
    top = max(logs)
    weights = [exp((value - top) / calibration.temperature) for value in logs]
    rest = weights[len(posterior)] * others if others else 0.0
    total = fsum((*weights[: len(posterior)], rest))
    return (
        {label: weight / total for label, weight in zip(posterior, weights, strict=False)},
        rest / total,
    )


def calibration_error(judged: Iterable[tuple[float, bool]], *, bins: int = 10) -> float:
    """Expected calibration error: how far confidence is from the share of right labels, on average.

    Over bins of equal width, each by its tasks (Naeini et al. 2015); 0 of no tasks.
    """
    confidences: list[list[float]] = [[] for _ in range(bins)]
    rights = [0] * bins
    for confidence, right in judged:
        at = min(int(confidence * bins), bins - 1)
        confidences[at].append(confidence)
        rights[at] += right
    tasks = sum(map(len, confidences))
    gaps = (abs(fsum(held) - right) for held, right in zip(confidences, rights, strict=True))
    return fsum(gaps) / tasks if tasks else 0.0


Point = tuple[Sequence[tuple[float, int]], float]
"""Log probabilities with how many labels have each, and that of the truth."""


def _point(sample: Sample) -> Point:
    others = _others(len(sample.posterior), sample.unsaid, sample.labels_count)
    logs = [(log(max(p, _LEAST)), 1) for p in sample.posterior.values()]
    unsaid = log(max(sample.unsaid / others, _LEAST)) if others else log(_LEAST)
    if others:
        logs.append((unsaid, others))
    truth = sample.posterior.get(sample.gold)
    return logs, unsaid if truth is None else log(max(truth, _LEAST))


def _others(named: int, unsaid: float, labels_count: int) -> int:
    """How many labels share what nobody said."""
    return max(labels_count - named, 1) if unsaid > 0.0 else 0


def _fold(task_id: str) -> int:
    return int.from_bytes(blake2b(task_id.encode(), digest_size=8).digest(), "big") % _FOLDS


def _nll(point: Point, inverse: float) -> float:
    logs, truth = point
    top = max(value for value, _ in logs)
    total = fsum(n * exp((value - top) * inverse) for value, n in logs)
    return log(total) - (truth - top) * inverse


def _slope(points: Sequence[Point], inverse: float) -> float:
    """Of the negative log likelihood by the inverse temperature: it only grows."""
    slopes = []
    for logs, truth in points:
        top = max(value for value, _ in logs)
        weights = [(n * exp((value - top) * inverse), value) for value, n in logs]
        total = fsum(weight for weight, _ in weights)
        slopes.append(fsum(weight * value for weight, value in weights) / total - truth)
    return fsum(slopes) + _PRIOR_TASKS * (inverse - 1.0)


def _fitted(points: Sequence[Point]) -> float:
    """The inverse temperature, by bisection: the likelihood is convex in it."""
    low, high = 1.0 / TEMPERATURE_MAX, 1.0 / TEMPERATURE_MIN
    for _ in range(_STEPS):
        middle = (low + high) / 2.0
        if _slope(points, middle) < 0.0:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0

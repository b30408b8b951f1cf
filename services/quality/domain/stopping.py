"""When a task has answers enough: when one more costs more than it can be expected to save.

Costs are counted in answers: `error_cost_answers` is how many answers a wrong label is worth. A
task stops once the calibrated chance that its label is wrong, at that price, is below the price of
one answer; and also where further answers of people as good as the pool cannot be expected to pay
for themselves (a task on which nobody agrees stays in doubt however many are asked).

    wanted_overlap(posterior, unsaid, labels_count, answers, overlap, overlap_max,
                   pool_accuracy, error_cost_answers, calibration) -> int
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, log

from services.quality.domain.calibration import Calibration, calibrated

ERROR_COST_ANSWERS = 100.0
"""What a wrong label costs where the project does not say."""

_LOOK_AHEAD = 12
_SURE = 1e-9


def wanted_overlap(
    *,
    posterior: Mapping[str, float],
    unsaid: float = 0.0,
    labels_count: int,
    answers: int,
    overlap: int,
    overlap_max: int,
    pool_accuracy: float,
    error_cost_answers: float = ERROR_COST_ANSWERS,
    calibration: Calibration,
) -> int:
    """How many answers the task shall have in all: at least `overlap`, at most `overlap_max`.

    `posterior` is the raw one, of the `answers` given so far; `overlap` is the least that every
    task gets. A result not above `answers` means that the task has enough.
    """
    most = max(overlap, overlap_max)
    if answers < overlap or not posterior:
        return min(max(overlap, answers), most)
    if answers >= most:
        return most
    named, rest = calibrated(posterior, unsaid, labels_count, calibration)
    first, second = _first_two(named, rest)
    if (1.0 - first) * error_cost_answers < 1.0:
        return answers
    weight = _odds(pool_accuracy, labels_count)
    left = most - answers
    if weight <= 1.0 or not _pays(first, second, weight, left, error_cost_answers):
        return answers
    return answers + min(_at_once(first, weight, error_cost_answers), left)


def _first_two(named: Mapping[str, float], rest: float) -> tuple[float, float]:
    ranked = sorted((*named.values(), rest), reverse=True)
    return ranked[0], ranked[1]


def _odds(accuracy: float, labels_count: int) -> float:
    """By how much one answer of the pool raises the odds of the label that it gives."""
    sure = min(max(accuracy, _SURE), 1.0 - _SURE)
    return sure * (max(labels_count, 2) - 1) / (1.0 - sure)


def _pays(first: float, second: float, weight: float, left: int, cost: float) -> bool:
    """Whether asking on, and stopping when best, is expected to cost less than stopping now.

    Between the two likeliest labels alone, at `cost` an error and 1 an answer: an answer goes to
    the true one `weight` times as often. Solved backward over the lead of the first (Wald's
    sequential test with a horizon).
    """
    ahead = min(left, _LOOK_AHEAD)
    right = weight / (1.0 + weight)
    price = cost * (first + second)  # what falls to other labels is lost either way
    odds = first / max(second, _SURE)
    ratios = [odds * weight**lead for lead in range(-ahead, ahead + 1)]
    beliefs = [ratio / (1.0 + ratio) for ratio in ratios]
    stop = [price * min(belief, 1.0 - belief) for belief in beliefs]
    to_first = [belief * right + (1.0 - belief) * (1.0 - right) for belief in beliefs]
    best = stop
    for margin in range(1, ahead + 1):
        after = best
        best = list(stop)
        for at in range(margin, 2 * ahead + 1 - margin):
            going_on = 1.0 + to_first[at] * after[at + 1] + (1.0 - to_first[at]) * after[at - 1]
            best[at] = min(stop[at], going_on)
    return best[ahead] < stop[ahead]


def _at_once(first: float, weight: float, cost: float) -> int:
    """The fewest answers that could settle it, if all agree: with fewer it would go on anyway."""
    doubt = min(1.0 / cost, 0.5)
    needed = log((1.0 - doubt) / doubt) - log(max(first, _SURE) / max(1.0 - first, _SURE))
    return max(1, ceil(needed / log(weight) - _SURE))

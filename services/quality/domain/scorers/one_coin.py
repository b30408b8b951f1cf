"""One number a contractor: right with that chance, else any other label with equal chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import exp, fsum, log

_SURE = 1e-6


def posterior(
    given: Mapping[str, Sequence[str]], *, classes: int, accuracy_of: Callable[[str], float]
) -> tuple[dict[str, float], float]:
    """What each given label has, and what any one label has that nobody gave, of `classes`."""
    logs = {
        label: fsum(_log_odds(accuracy_of(who), classes) for who in contractor_ids)
        for label, contractor_ids in given.items()
    }
    # Relative to a label that nobody gave; scaled by the largest, so that nothing overflows.
    top = max(0.0, *logs.values())
    weights = {label: exp(value - top) for label, value in logs.items()}
    unsaid = exp(-top)
    total = fsum((*weights.values(), unsaid * (classes - len(weights))))
    return {label: weight / total for label, weight in weights.items()}, unsaid / total


def _log_odds(accuracy: float, classes: int) -> float:
    sure = min(max(accuracy, _SURE), 1.0 - _SURE)
    return log(sure * (classes - 1) / (1.0 - sure))

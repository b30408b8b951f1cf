"""Conditions of rules as people write them, `gold_accuracy < 60%`, and as the API takes them."""

from __future__ import annotations

import re
from typing import cast

from .errors import InvalidRequest
from .messages import Comparison, Condition, Statistic

STATISTICS = (
    "answers", "gold_answers", "gold_accuracy", "consensus_accuracy", "spammer_score",
    "median_seconds", "rejected_share",
)  # fmt: skip
_COMPARISONS = {"<": "COMPARISON_BELOW", ">": "COMPARISON_ABOVE"}
_SIGNS = {name: sign for sign, name in _COMPARISONS.items()}
_CONDITION = re.compile(
    r"(?P<statistic>[a-z_]+)\s*(?P<sign>[<>])\s*(?P<number>\d{1,12}(\.\d{1,6})?)(?P<percent>%?)"
)


def parse_condition(text: str) -> Condition:
    """`gold_accuracy < 60%`, `median_seconds < 2`. Errors: InvalidRequest."""
    found = _CONDITION.fullmatch(text.strip())
    if found is None or found["statistic"] not in STATISTICS:
        raise InvalidRequest(
            f"{text!r} is no condition: write it as 'gold_accuracy < 60%'; there are "
            f"{', '.join(STATISTICS)}",
            reason="CONDITION_INVALID",
        )
    number = float(found["number"])
    return Condition(
        statistic=cast("Statistic", f"STATISTIC_{found['statistic'].upper()}"),
        comparison=cast("Comparison", _COMPARISONS[found["sign"]]),
        threshold=number / 100 if found["percent"] else number,
    )


def show_condition(condition: Condition) -> str:
    """As `parse_condition` reads it."""
    name = condition["statistic"].removeprefix("STATISTIC_").lower()
    sign = _SIGNS.get(condition["comparison"], "?")
    return f"{name} {sign} {condition.get('threshold', 0.0):g}"

"""What is known of one contractor in one project: the figures that signals and rules look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import fsum

from services.quality.domain.accuracy import Accuracy, Estimate, accuracy_of, estimate
from services.quality.domain.conduct import Conduct
from services.quality.domain.types import Skill

SPAMMER_ANSWERS_MIN = 10
"""Below so many answers nobody is told apart from a spammer."""

_ROW_STRENGTH = 0.5

Confusion = Mapping[tuple[str, str], float]
"""Soft counts of answers, by the truth and the label that was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractorStatistics:
    """All of it; None where there is nothing to tell it from.

    `rejected` is a share of the decided answers.
    """

    contractor_id: str
    project_id: str
    answers: int
    accuracy: Accuracy
    spammer_score: float | None
    median_seconds: float | None
    measured: int
    rejected: Estimate | None


def statistics_of(skill: Skill, conduct: Conduct) -> ContractorStatistics:
    """Of a contractor's counters and of how they work."""
    accuracy = accuracy_of(skill)
    return ContractorStatistics(
        contractor_id=conduct.contractor_id,
        project_id=conduct.project_id,
        answers=conduct.answers,
        accuracy=accuracy,
        spammer_score=spammer_score(accuracy.confusion),
        median_seconds=conduct.median_seconds,
        measured=conduct.measured,
        rejected=estimate(conduct.rejected, conduct.decided),
    )


def spammer_score(cells: Confusion) -> float | None:
    """1 where the answers tell nothing of the truth, 0 where they tell all of it.

    None below `SPAMMER_ANSWERS_MIN` answers, or where only one truth was met.
    """
    if fsum(cells.values()) < SPAMMER_ANSWERS_MIN:
        return None
    return _uninformed(cells)


def _uninformed(cells: Confusion) -> float | None:
    """How alike the rows of the confusion matrix are, or None of fewer than two.

    Source: V. C. Raykar and S. Yu, Eliminating spammers and ranking annotators for crowdsourced
    labeling tasks, JMLR 13, 2012, section 3: the confusions of a spammer are of rank one, all rows
    alike. This is 1 less the mean squared distance between rows, scaled by its largest value. Rows
    are first shrunk to the contractor's own habit, which is what a spammer's rows are, and two of
    them weigh as often as both truths were met: one that hardly comes up says little.
    """
    truths: dict[str, float] = {}
    habit: dict[str, float] = {}
    for (true, given), answers in cells.items():
        truths[true] = truths.get(true, 0.0) + answers
        habit[given] = habit.get(given, 0.0) + answers
    if len(truths) < 2:
        return None
    total = fsum(truths.values())
    rows = {
        true: {
            given: (cells.get((true, given), 0.0) + _ROW_STRENGTH * share / total)
            / (met + _ROW_STRENGTH)
            for given, share in habit.items()
        }
        for true, met in truths.items()
    }
    apart = weight = 0.0
    for one, other in combinations(sorted(truths), 2):
        distance = fsum((rows[one][given] - rows[other][given]) ** 2 for given in habit)
        apart += truths[one] * truths[other] * distance / 2.0
        weight += truths[one] * truths[other]
    return min(1.0, max(0.0, 1.0 - apart / weight))

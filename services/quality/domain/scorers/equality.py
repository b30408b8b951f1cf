"""Answers of a form that nobody has described: what most contractors gave, exactly as they did.

Nothing is inferred about contractors from it: two good answers need not be the same. What a machine
may say is only whether answers are equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from services.quality.domain.scorers.interface import likeliest
from services.quality.domain.skills import Skills
from services.quality.domain.types import NOTHING_KNOWN, Answer, Credits, Scored, Share, Task


class EqualityScorer:
    """A label is one of the answers; its confidence is the share of contractors who gave it."""

    def score(self, task: Task, answers: Sequence[Answer], skills: Skills) -> Scored:
        if not answers:
            return NOTHING_KNOWN
        counts = Counter(answer.label for answer in answers)
        shares = {label: count / len(answers) for label, count in counts.items()}
        label = likeliest(shares, salt=task.task_id)
        return Scored(
            posterior=shares,
            label=label,
            confidence=shares[label],
            credits=Credits(tuple(Share(contractor_ids=(a.contractor_id,)) for a in answers)),
        )

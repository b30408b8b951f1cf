"""Program text: there is nothing to compare; the client's own checks say whether it is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.quality.domain.skills import Skills
from services.quality.domain.types import NOTHING_KNOWN, Answer, Credits, Scored, Share, Task


class CodeScorer:
    """Counts answers, and infers nothing: two right programs have no text in common."""

    def score(self, task: Task, answers: Sequence[Answer], skills: Skills) -> Scored:
        counted = Credits(tuple(Share(contractor_ids=(a.contractor_id,)) for a in answers))
        if task.gold is None:
            return replace(NOTHING_KNOWN, credits=counted)
        return Scored(posterior={task.gold: 1.0}, label=task.gold, confidence=1.0, credits=counted)

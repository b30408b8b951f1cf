"""Free text: the answer that is closest to all the others, where the skilled weigh more.

Closeness is the share of words that need no edit.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from services.quality.domain.scorers.closeness import ClosenessPriors, ClosenessScorer
from services.quality.domain.scorers.measure import Measure, PlainMeasure
from services.quality.domain.skills import Skills
from services.quality.domain.types import Task

GOLD_SIMILARITY = 0.9
"""From here on a text counts as right where the truth is known."""

MAX_WORDS = 1_000
"""Texts are compared over their first words: the cost grows with the square."""

# Scripts that are written without spaces are compared by character.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[^\W_])+(?:['’](?:[^\W_])+)*")


@lru_cache(maxsize=2_048)
def words(text: str) -> tuple[str, ...]:
    """What is compared: letters and digits in lower case; of a text without any, its characters."""
    found = _WORD.findall(text.lower())
    return tuple(found or text.strip())[:MAX_WORDS]


def similarity(one: str, other: str) -> float:
    return float(Levenshtein.normalized_similarity(words(one), words(other)))


class TextMeasure(PlainMeasure):
    """Texts by their words; none is made of several."""

    right_from = GOLD_SIMILARITY

    def closeness(self, one: str, other: str) -> float:
        return similarity(one, other)


class TextScorer(ClosenessScorer):
    """Scores a project whose answers are texts; a label is one of the texts as it was written."""

    priors = ClosenessPriors(pool=0.8)

    def measure(self, task: Task, skills: Skills) -> Measure:
        return TextMeasure()

"""Free text: the answer that is closest to all the others, where the skilled weigh more.

Closeness is the share of words that need no edit. A contractor's skill is how close their answers
come to those of the others, so one number serves and no label is told apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from math import fsum

from rapidfuzz.distance import Levenshtein

from services.quality.domain.keys import UNIT
from services.quality.domain.scorers.interface import likeliest
from services.quality.domain.skills import Skills
from services.quality.domain.types import NOTHING_KNOWN, Answer, Credits, Scored, Share, Task

GOLD_SIMILARITY = 0.9
"""From here on a text counts as right where the truth is known."""

MAX_WORDS = 1_000
"""Texts are compared over their first words: the cost grows with the square."""

_POOL_SIMILARITY, _POOL_STRENGTH, _OWN_STRENGTH = 0.8, 20.0, 5.0
_CREDIT_FROM = 2
_LEAST_ERROR = 0.005

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


class TextScorer:
    """Scores a project whose answers are texts; a label is one of the texts as it was written.

    The posterior is each text's share of the support; confidence is how close the best text comes
    to the others, and of a text that stands alone, how close its author usually comes.
    """

    def score(self, task: Task, answers: Sequence[Answer], skills: Skills) -> Scored:
        if task.gold is not None:
            return _against_gold(task.gold, answers)
        if not answers:
            return NOTHING_KNOWN
        accuracies = _accuracies(answers, skills)
        weights = [1.0 / max(1.0 - accuracy, _LEAST_ERROR) ** 2 for accuracy in accuracies]
        texts = [answer.label for answer in answers]
        closeness = _closeness(texts, weights) if len(answers) > 1 else accuracies
        total = fsum(weights)
        support: dict[str, float] = {}
        for text, weight, close in zip(texts, weights, closeness, strict=True):
            mean = (close * (total - weight) + weight) / total
            support[text] = max(mean, support.get(text, 0.0))
        label = likeliest(support, salt=task.task_id)
        supported = fsum(support.values())
        credited = len(answers) >= _CREDIT_FROM
        return Scored(
            posterior={text: value / supported for text, value in support.items()},
            label=label,
            confidence=max(c for text, c in zip(texts, closeness, strict=True) if text == label),
            credits=_credits(answers, closeness if credited else None),
        )


def _accuracies(answers: Sequence[Answer], skills: Skills) -> list[float]:
    pool = skills.pool.accuracy(prior=_POOL_SIMILARITY, strength=_POOL_STRENGTH)
    return [
        skills.tally(answer.contractor_id).accuracy(prior=pool, strength=_OWN_STRENGTH)
        for answer in answers
    ]


def _closeness(texts: Sequence[str], weights: Sequence[float]) -> list[float]:
    """Each text's mean similarity to the others, by their weights."""
    sums = [0.0] * len(texts)
    others = [0.0] * len(texts)
    for i, text in enumerate(texts):
        for j in range(i):
            similar = similarity(text, texts[j])
            sums[i] += weights[j] * similar
            sums[j] += weights[i] * similar
            others[i] += weights[j]
            others[j] += weights[i]
    return [value / other for value, other in zip(sums, others, strict=True)]


def _against_gold(gold: str, answers: Sequence[Answer]) -> Scored:
    similarities = [similarity(answer.label, gold) for answer in answers]
    return Scored(
        posterior={gold: 1.0},
        label=gold,
        confidence=1.0,
        credits=_credits(answers, similarities, gold=True),
    )


def _credits(
    answers: Sequence[Answer], similarities: Sequence[float] | None, *, gold: bool = False
) -> Credits:
    """By how similar each answer was; only counted where similarities are not known yet."""
    if similarities is None:
        return Credits(tuple(Share(contractor_ids=(a.contractor_id,)) for a in answers))
    shares = []
    for answer, similar in zip(answers, similarities, strict=True):
        hit = round(similar * UNIT)
        shares.append(
            Share(
                contractor_ids=(answer.contractor_id,),
                hit=hit,
                miss=UNIT - hit,
                gold_total=1 if gold else 0,
                gold_right=1 if gold and similar >= GOLD_SIMILARITY else 0,
            )
        )
    return Credits(tuple(shares))

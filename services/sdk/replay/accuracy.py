"""How right the consensus is, and how right a plain majority would have been.

Labels: the share of the judged tasks whose label is the gold one; a majority that is tied counts
what breaking the tie at random would give on average. Text: 1 less the word error rate over all
judged tasks (edits between the words, by the words of the gold text), both sides in lower case and
without punctuation; in the majority's place stands the text that was recorded first. Numbers: the
mean absolute error, which is no accuracy; in the majority's place stands the mean of the answers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from statistics import fmean

from rapidfuzz.distance import Levenshtein

from services.sdk.replay.crowd_file import CrowdKind
from services.sdk.replay.plan import Plan

_NO_WORD = re.compile(r"[^\w'\s]|_")


def consensus_accuracy(plan: Plan, consensus: Mapping[str, str]) -> float | None:
    """Of the tasks with a known answer that are no controls and have a result; None without any."""
    judged = [(task, gold) for task, gold in plan.judged_gold.items() if task in consensus]
    if plan.kind is CrowdKind.NUMERIC:
        return None
    if plan.kind is CrowdKind.TEXT:
        return _text_accuracy((consensus[task], gold) for task, gold in judged)
    return _share(Fraction(consensus[task] == gold) for task, gold in judged)


def majority_accuracy(plan: Plan, *, tasks: Iterable[str]) -> float | None:
    """Of a plain majority over the recorded answers, on the same tasks."""
    wanted = [task for task in tasks if task in plan.judged_gold]
    answers = _recorded(plan, wanted)
    if plan.kind is CrowdKind.NUMERIC:
        return None
    if plan.kind is CrowdKind.TEXT:
        return _text_accuracy((answers[task][0], plan.judged_gold[task]) for task in wanted)
    return _share(_fair_majority(answers[task], plan.judged_gold[task]) for task in wanted)


def consensus_error(plan: Plan, consensus: Mapping[str, str]) -> float | None:
    """Of numbers, as above; None of other kinds."""
    if plan.kind is not CrowdKind.NUMERIC:
        return None
    gold = plan.judged_gold
    return _mean(abs(float(consensus[t]) - float(gold[t])) for t in gold if t in consensus)


def mean_error(plan: Plan, *, tasks: Iterable[str]) -> float | None:
    """Of the plain mean of the recorded numbers, on the same tasks; None of other kinds."""
    if plan.kind is not CrowdKind.NUMERIC:
        return None
    gold = plan.judged_gold
    answers = _recorded(plan, [task for task in tasks if task in gold])
    return _mean(
        abs(fmean(map(float, given)) - float(gold[task])) for task, given in answers.items()
    )


def _recorded(plan: Plan, wanted: Iterable[str]) -> dict[str, list[str]]:
    """The recorded answers by task."""
    answers: dict[str, list[str]] = {task: [] for task in wanted}
    labels = {worker.name: worker.answers for worker in plan.workers}
    for task in plan.tasks:
        if task.name in answers:
            answers[task.name] = [labels[worker][task.name] for worker in task.workers]
    return answers


def _mean(errors: Iterable[float]) -> float | None:
    found = list(errors)
    return fmean(found) if found else None


def words(text: str) -> list[str]:
    """A text as the word error rate compares it."""
    return _NO_WORD.sub(" ", text.casefold().replace("’", "'")).split()


def _fair_majority(answers: list[str], gold: str) -> Fraction:
    counts = Counter(answers)
    most = max(counts.values())
    tied = [label for label, count in counts.items() if count == most]
    return Fraction(1, len(tied)) if gold in tied else Fraction(0)


def _share(rights: Iterable[Fraction]) -> float | None:
    total, right = 0, Fraction(0)
    for one in rights:
        total += 1
        right += one
    return float(right / total) if total else None


def _text_accuracy(pairs: Iterable[tuple[str, str]]) -> float | None:
    edits = length = 0
    for said, gold in pairs:
        wanted = words(gold)
        edits += Levenshtein.distance(words(said), wanted)
        length += len(wanted)
    # More edits than words are possible; below 0 it is no accuracy any more.
    return max(0.0, 1 - edits / length) if length else None

"""Who gives the same wrong answers: more often than their mistakes and the tasks explain.

Two people who both err will sometimes err alike, the more so the harder a task is. So the tasks
that both did are put into strata by what is true and by how often others err there. Were the two
independent, then in each stratum, given how often either errs in it, the tasks on which both err
would follow the hypergeometric distribution, and their mistakes would be the same ones as often as
their own and everybody else's habits make them. Coincidences beyond that are held, by their normal
approximation, against a false-alarm rate for the whole project, shared among all pairs of people
(Bonferroni). People who err with both of them are left out of what makes a task hard: a ring would
otherwise excuse itself.

Where a ring is so large that it makes the truth, its victims look like one: known answers are what
prevents that. Two who err on every task they share cannot be told apart from two unable ones.

Source of the test by strata: N. Mantel and W. Haenszel, Statistical aspects of the analysis of data
from retrospective studies of disease, JNCI 22, 1959.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from math import erfc, fsum, log, sqrt

from services.quality.domain.signals import Signal, SignalName, signal_id

FALSE_ALARM_RATE = 0.01
"""How often a project of independent people has any such finding, under the model above."""

SHARED_TASKS_MIN = 8
SAME_WRONG_MIN = 4
PEOPLE_PER_TASK_MAX = 64
"""Of a task that more gave the same wrong label to, the first so many: the cost is their square."""
PAIRS_MAX = 5_000
"""Pairs that are tested, those with most in common first."""
_CROWD_STRENGTH = 2.0
_STRATA = 5
_LINKED_LOG_CHANCE = log(1e-3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A task: what is held for true, and what each contractor gave."""

    task_id: str
    truth: str
    given: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two people, and how unlikely it is that what they have in common is chance."""

    contractor_ids: tuple[str, str]
    shared: int
    same_wrong: int
    expected: float
    log_chance: float


def same_wrong_answers(project_id: str, tasks: Iterable[Judged], *, now: datetime) -> list[Signal]:
    """One signal a group of people who are linked by pairs; its evidence is the clearest pair."""
    pairs = colluding_pairs(list(tasks))
    found = []
    for group in groups(pairs):
        inside = [pair for pair in pairs if pair.contractor_ids[0] in group]
        clearest = min(inside, key=lambda pair: pair.log_chance)
        found.append(
            Signal(
                signal_id=signal_id(project_id, SignalName.SAME_WRONG_ANSWERS, min(group)),
                project_id=project_id,
                name=SignalName.SAME_WRONG_ANSWERS,
                contractor_ids=tuple(sorted(group)),
                evidence={
                    "pairs": str(len(inside)),
                    "shared_tasks": str(clearest.shared),
                    "same_wrong": str(clearest.same_wrong),
                    "expected": f"{clearest.expected:.1f}",
                    "chance_log10": f"{clearest.log_chance / log(10.0):.1f}",
                    "false_alarm_rate": f"{FALSE_ALARM_RATE:g}",
                },
                found_at=now,
            )
        )
    return found


def colluding_pairs(
    tasks: Sequence[Judged], *, false_alarm_rate: float = FALSE_ALARM_RATE
) -> list[Pair]:
    """All pairs whose coincidences are beyond chance."""
    evidence = _Evidence(tasks)
    common = evidence.common_mistakes().most_common(PAIRS_MAX)
    naive = [
        pair
        for (one, other), same in common
        if (pair := evidence.test(one, other, same, without=frozenset())) is not None
    ]
    linked: dict[str, set[str]] = defaultdict(set)
    for pair in naive:
        if pair.log_chance < _LINKED_LOG_CHANCE:
            one, other = pair.contractor_ids
            linked[one].add(other)
            linked[other].add(one)
    people = len(evidence.tasks_of)
    bound = log(false_alarm_rate / max(1.0, people * (people - 1) / 2))
    found = []
    for pair in naive:
        one, other = pair.contractor_ids
        if pair.log_chance < bound:
            allies = frozenset(linked[one] & linked[other])
            tested = evidence.test(one, other, pair.same_wrong, without=allies)
            if tested is not None and tested.log_chance < bound:
                found.append(tested)
    return found


def groups(pairs: Iterable[Pair]) -> list[frozenset[str]]:
    """People who are linked, directly or through others."""
    found: list[set[str]] = []
    for pair in pairs:
        linked = [group for group in found if group & set(pair.contractor_ids)]
        found = [group for group in found if group not in linked]
        found.append(set(pair.contractor_ids).union(*linked))
    return [frozenset(group) for group in found]


class _Evidence:
    """Who did which task, and who erred how."""

    def __init__(self, tasks: Sequence[Judged]) -> None:
        self._tasks = tasks
        self.tasks_of: dict[str, dict[int, str]] = defaultdict(dict)
        self._wrong: list[dict[str, list[str]]] = []
        self._mistakes: dict[str, Counter[str]] = defaultdict(Counter)
        for i, task in enumerate(tasks):
            wrong: dict[str, list[str]] = defaultdict(list)
            for who, label in task.given.items():
                self.tasks_of[who][i] = label
                if label != task.truth:
                    wrong[label].append(who)
                    self._mistakes[who][label] += 1
            self._wrong.append(wrong)
        answers = sum(len(task.given) for task in tasks)
        errors = sum(mistakes.total() for mistakes in self._mistakes.values())
        self._error_rate = errors / answers if answers else 0.0

    def common_mistakes(self) -> Counter[tuple[str, str]]:
        """How often two people gave the same wrong label to the same task."""
        found: Counter[tuple[str, str]] = Counter()
        for wrong in self._wrong:
            for people in wrong.values():
                found.update(combinations(sorted(people)[:PEOPLE_PER_TASK_MAX], 2))
        return Counter({pair: same for pair, same in found.items() if same >= SAME_WRONG_MIN})

    def test(self, one: str, other: str, same: int, *, without: frozenset[str]) -> Pair | None:
        """Against tasks' difficulty as the others show it, apart from those left out."""
        ours, theirs = self.tasks_of[one], self.tasks_of[other]
        shared = sorted(ours.keys() & theirs.keys())
        if len(shared) < SHARED_TASKS_MIN:
            return None
        ignored = without | {one, other}
        strata: dict[tuple[str, int], list[int]] = defaultdict(list)
        for i in shared:
            strata[self._tasks[i].truth, self._difficulty(i, ignored)].append(i)
        expected = variance = 0.0
        for (truth, _), members in strata.items():
            n = len(members)
            a = sum(ours[i] != truth for i in members)
            b = sum(theirs[i] != truth for i in members)
            alike = fsum(self._alike(i, one, other, ignored) for i in members) / n
            mean = a * b / n
            spread = mean * (n - a) * (n - b) / (n * (n - 1)) if n > 1 else 0.0
            expected += alike * mean
            variance += alike * alike * spread + alike * (1.0 - alike) * mean
        return Pair(
            contractor_ids=(one, other),
            shared=len(shared),
            same_wrong=same,
            expected=expected,
            log_chance=log_tail(same, expected, variance),
        )

    def _difficulty(self, i: int, ignored: frozenset[str]) -> int:
        given, truth = self._tasks[i].given, self._tasks[i].truth
        others = wrong = 0
        for who, label in given.items():
            if who not in ignored:
                others += 1
                wrong += label != truth
        share = (wrong + _CROWD_STRENGTH * self._error_rate) / (others + _CROWD_STRENGTH)
        return min(int(share * _STRATA), _STRATA - 1)

    def _alike(self, i: int, one: str, other: str, ignored: frozenset[str]) -> float:
        """How likely two mistakes on the task are the same: as theirs and the others' are."""
        truth = self._tasks[i].truth
        likely: dict[str, float] = {}
        for who in (one, other):
            mistakes = self._mistakes[who]
            total = mistakes.total() - mistakes[truth]
            for label, count in mistakes.items():
                if label != truth:
                    likely[label] = likely.get(label, 0.0) + count / total / 2.0
        for label, people in self._wrong[i].items():
            others = sum(who not in ignored for who in people)
            likely[label] = likely.get(label, 0.0) + others
        weight = fsum(likely.values())
        return fsum((part / weight) ** 2 for part in likely.values()) if weight else 1.0


def log_tail(count: int, expected: float, variance: float) -> float:
    """The logarithm of the chance of so many or more, by the normal approximation, continuous."""
    above = count - 0.5 - expected
    if above <= 0.0:
        return 0.0
    z = above / sqrt(variance + 0.25)
    if z > 30.0:
        return -z * z / 2
    return log(max(erfc(z / sqrt(2.0)) / 2, 1e-300))

"""What a rule would have done, had it been in force: a project's answers over again, in order.

A rule meets each contractor with what was known of them then: how they had done their control
tasks, how right they were by the tasks that had enough answers, how fast they were. How right is
taken from where the tasks stand today. What came after the first hit says whether it was deserved.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.quality.domain import conduct, keys
from services.quality.domain.accuracy import GOLD_RIGHT, GOLD_TOTAL, RIGHT, TOTAL, totals
from services.quality.domain.conduct import Conduct
from services.quality.domain.keys import UNIT
from services.quality.domain.rules import RuleDraft
from services.quality.domain.statistics import statistics_of
from services.quality.domain.stream import CREDIT_FROM
from services.quality.domain.types import Credits, Skill

ANSWERS_BETWEEN_LOOKS = 5
"""A contractor is looked at after so many more of their answers."""

GOLD_MIN, CONSENSUS_MIN = 5, 10
"""Answers that it takes to tell whether a hit was deserved: to control tasks, or by consensus."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAnswer:
    """One answer; `rejected` is None where nothing final was decided on it."""

    task_id: str
    contractor_id: str
    active_seconds: float
    submitted_at: datetime | None = None
    rejected: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DryHit:
    """Whom it would have hit first when, on what evidence, and whether they deserved it.

    `deserved`: right less often than the others, on the control tasks after the hit, else by
    consensus after it, else on all their control tasks. False: at least as often. None: there are
    too few of each to tell.
    """

    contractor_id: str
    answers: int
    hit_at: datetime | None
    evidence: Mapping[str, str]
    deserved: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """Whom it would have hit, each contractor once, in the order of the hits."""

    contractors: int = 0
    answers_replayed: int = 0
    hits: tuple[DryHit, ...] = ()

    def count(self, *, deserved: bool | None) -> int:
        """How many of the hits were so."""
        return sum(hit.deserved is deserved for hit in self.hits)


def dry_run(
    draft: RuleDraft, answers: Sequence[RecordedAnswer], *, tasks: Mapping[str, Credits]
) -> DryRun:
    """`answers` in the order of their recording; `tasks` has what each task credits today.

    Cost: a constant for each answer, and for each `ANSWERS_BETWEEN_LOOKS` answers of a contractor
    one look at their counters.
    """
    people: dict[str, _Person] = defaultdict(_Person)
    expected = Counter(answer.task_id for answer in answers)
    worth = {task_id: _Worth(credits_) for task_id, credits_ in tasks.items()}
    waiting: dict[str, list[str]] = defaultdict(list)
    hit: list[str] = []
    for answer in answers:
        who = answer.contractor_id
        people[who].answer(answer)
        found = worth.get(answer.task_id)
        if found is not None:
            waiting[answer.task_id].append(who)
            for learnt in found.learnt(waiting[answer.task_id], expected[answer.task_id]):
                people[learnt].learn(found.of(learnt))
        if people[who].look(draft, at=answer.submitted_at):
            hit.append(who)
    for who, person in people.items():
        if person.look(draft, at=person.last_at, at_last=True):
            hit.append(who)
    pool: Counter[str] = Counter()
    for person in people.values():
        pool.update(totals(person.counters))
    return DryRun(
        contractors=len(people),
        answers_replayed=len(answers),
        hits=tuple(people[who].dry_hit(who, pool) for who in hit),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """What was known when the rule hit."""

    answers: int
    at: datetime | None
    evidence: Mapping[str, str]
    totals: Mapping[str, int]


@dataclass(slots=True)
class _Person:
    """What was known of one contractor at this point of the replay."""

    counters: Counter[str] = field(default_factory=Counter)
    conduct: Counter[str] = field(default_factory=Counter)
    hit: _Moment | None = None
    seen: int = 0
    last_at: datetime | None = None

    def answer(self, answer: RecordedAnswer) -> None:
        self.conduct.update(conduct.counted((answer.active_seconds,)))
        if answer.rejected is not None:
            self.conduct[conduct.REJECTED if answer.rejected else conduct.ACCEPTED] += 1
        self.last_at = answer.submitted_at

    def learn(self, counters: Mapping[str, int]) -> None:
        self.counters.update(counters)

    def look(self, draft: RuleDraft, *, at: datetime | None, at_last: bool = False) -> bool:
        """Whether the rule hits them now, for the first time."""
        answers = self.conduct[conduct.ANSWERS]
        if self.hit is not None or (answers < self.seen + ANSWERS_BETWEEN_LOOKS and not at_last):
            return False
        self.seen = answers
        person = statistics_of(
            Skill(contractor_id="", counters=self.counters),
            Conduct(contractor_id="", project_id="", counters=self.conduct),
        )
        evidence = draft.met_by(person)
        if evidence is None:
            return False
        self.hit = _Moment(answers=answers, at=at, evidence=evidence, totals=totals(self.counters))
        return True

    def dry_hit(self, contractor_id: str, pool: Mapping[str, int]) -> DryHit:
        """Errors: ValueError where they were not hit."""
        if self.hit is None:
            raise ValueError("the rule did not hit them")
        return DryHit(
            contractor_id=contractor_id,
            answers=self.hit.answers,
            hit_at=self.hit.at,
            evidence=self.hit.evidence,
            deserved=_deserved(self.hit.totals, totals(self.counters), pool),
        )


class _Worth:
    """What a task credits to each who answered it."""

    def __init__(self, task: Credits) -> None:
        self._known = any(share.gold_total for share in task.shares)
        self._of: dict[str, Mapping[str, int]] = {}
        for share in task.shares:
            counters = {
                keys.cell(true=true, given=share.given): units
                for true, units in share.truths.items()
            }
            counters |= {
                keys.HIT: share.hit,
                keys.MISS: share.miss,
                keys.GOLD_TOTAL: share.gold_total,
                keys.GOLD_RIGHT: share.gold_right,
            }
            for who in share.contractor_ids:
                self._of[who] = counters

    def learnt(self, arrived: Sequence[str], expected: int) -> Sequence[str]:
        """Of whom the task tells something new, now that the last of these has answered it."""
        first = 1 if self._known else min(CREDIT_FROM, expected)
        if len(arrived) == first:
            return arrived
        return arrived[-1:] if len(arrived) > first else ()

    def of(self, contractor_id: str) -> Mapping[str, int]:
        """Nothing where nobody learns from it."""
        return self._of.get(contractor_id, {})


def _deserved(
    at_hit: Mapping[str, int], now: Mapping[str, int], pool: Mapping[str, int]
) -> bool | None:
    later = Counter(now)
    later.subtract(at_hit)
    others = Counter(pool)
    others.subtract(now)
    for known, right, total, least in (
        (later, GOLD_RIGHT, GOLD_TOTAL, GOLD_MIN),
        (later, RIGHT, TOTAL, CONSENSUS_MIN * UNIT),
        (now, GOLD_RIGHT, GOLD_TOTAL, GOLD_MIN),
    ):
        if known.get(total, 0) >= least and others.get(total, 0) >= least:
            return known.get(right, 0) / known[total] < others.get(right, 0) / others[total]
    return None
